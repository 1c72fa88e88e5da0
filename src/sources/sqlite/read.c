/* read.c - a chunk from SELECT to blocks: each value by one switch over what its column is and what
 * the value is. A value that is not of its column's type stays as it is, in a variant column. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/real.h"
#include "sources/sqlite/sqlite_internal.h"

/* ---- values of another type than their column ---- */

static sl_status append_other(struct sqlite_session *s, int i, struct sl_error *err) {
  sqlite3_stmt *statement = s->statement;
  struct sl_db_other v = { 0 };
  switch (SL_SQLITE(column_type)(statement, i)) {
    case SQLITE_INTEGER:
      v.type = SL_DB_INTEGER;
      v.integer = SL_SQLITE(column_int64)(statement, i);
      break;
    case SQLITE_FLOAT:
      v.type = SL_DB_DOUBLE;
      v.real = SL_SQLITE(column_double)(statement, i);
      break;
    case SQLITE_TEXT:
      v.bytes = (const char *)SL_SQLITE(column_text)(statement, i);
      v.length = (size_t)SL_SQLITE(column_bytes)(statement, i);
      v.type = sl_utf8_valid(v.bytes, v.length) ? SL_DB_TEXT : SL_DB_BINARY;
      break;
    case SQLITE_BLOB:
      v.type = SL_DB_BINARY;
      v.bytes = SL_SQLITE(column_blob)(statement, i);
      v.length = (size_t)SL_SQLITE(column_bytes)(statement, i);
      break;
    default: return SL_OK; /* NULL: the end of the row sees to it */
  }
  s->wire_bytes += (int64_t)v.length;
  return sl_db_batch_append_other(s->batch, (size_t)i, &v, err);
}

/* ---- values of the column's type ---- */

static sl_status append_text(struct sqlite_session *s, const struct sqlite_column *c, int i,
                             struct sl_error *err) {
  const char *text = (const char *)SL_SQLITE(column_text)(s->statement, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s->statement, i);
  if (!sl_utf8_valid(text, length)) {
    return append_other(s, i, err);
  }
  s->wire_bytes += (int64_t)length;
  return sl_builder_append_bytes(c->builder, text, length, err);
}

static sl_status append_blob(struct sqlite_session *s, const struct sqlite_column *c, int i,
                             struct sl_error *err) {
  const char *bytes = SL_SQLITE(column_blob)(s->statement, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s->statement, i);
  s->wire_bytes += (int64_t)length;
  return sl_builder_append_bytes(c->builder, bytes, length, err);
}

/* JSON as text, or as a blob of the text: so the destination stores numbers of more digits than
 * NUMERIC affinity would leave them. */
static sl_status append_json_text(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                  struct sl_error *err) {
  bool blob = SL_SQLITE(column_type)(s->statement, i) == SQLITE_BLOB;
  const char *text = blob ? SL_SQLITE(column_blob)(s->statement, i)
                          : (const char *)SL_SQLITE(column_text)(s->statement, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s->statement, i);
  yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, length, YYJSON_READ_NUMBER_AS_RAW,
                                     s->json_memory, NULL);
  if (doc == NULL) {
    return append_other(s, i, err);
  }
  yyjson_doc_free(doc);
  s->wire_bytes += (int64_t)length;
  return sl_builder_append_bytes(c->builder, text, length, err);
}

/* A JSON number, of which NUMERIC affinity has made an integer or a real. */
static sl_status append_json_number(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                    bool real, struct sl_error *err) {
  char text[SL_REAL_CHARS];
  if (real && !isfinite(SL_SQLITE(column_double)(s->statement, i))) {
    return append_other(s, i, err);
  }
  if (real) {
    sl_real_print(text, SL_SQLITE(column_double)(s->statement, i));
  } else {
    snprintf(text, sizeof text, "%lld", (long long)SL_SQLITE(column_int64)(s->statement, i));
  }
  return sl_builder_append_bytes(c->builder, text, strlen(text), err);
}

static sl_status append_decimal(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                sl_int128 coefficient, struct sl_error *err) {
  bool fits = coefficient < c->limit && coefficient > -c->limit;
  return fits ? sl_builder_append_decimal(c->builder, coefficient, err) : append_other(s, i, err);
}

static sl_status append_integer_decimal(struct sqlite_session *s, const struct sqlite_column *c,
                                        int i, struct sl_error *err) {
  int64_t value = SL_SQLITE(column_int64)(s->statement, i);
  sl_int128 coefficient;
  if (__builtin_mul_overflow((sl_int128)value, c->factor, &coefficient)) {
    return append_other(s, i, err);
  }
  return append_decimal(s, c, i, coefficient, err);
}

/* A decimal that SQLite stores as a double is what SQLite prints for it. */
static sl_status append_real_decimal(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                     struct sl_error *err) {
  double value = SL_SQLITE(column_double)(s->statement, i);
  int64_t quick;
  if (sqlite_real_decimal(value, c->scale, &quick)) {
    return append_decimal(s, c, i, quick, err);
  }
  struct sl_decimal d;
  struct sl_db_other other = { .type = SL_DB_DOUBLE, .real = value };
  const char *text = (const char *)SL_SQLITE(column_text)(s->statement, i);
  bool fits = sl_decimal_parse(sl_text_of(text), &d) && sl_decimal_rescale(&d, c->scale) &&
              d.coefficient < c->limit && d.coefficient > -c->limit;
  return fits ? sl_builder_append_decimal(c->builder, d.coefficient, err)
              : sl_db_batch_append_other(s->batch, (size_t)i, &other, err);
}

/* What a column of TEXT affinity keeps: all digits. */
static sl_status append_text_decimal(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                     struct sl_error *err) {
  struct sl_decimal d;
  struct sl_text text = { (const char *)SL_SQLITE(column_text)(s->statement, i),
                          (size_t)SL_SQLITE(column_bytes)(s->statement, i) };
  s->wire_bytes += (int64_t)text.length;
  return sl_decimal_parse(text, &d) && sl_decimal_rescale(&d, c->scale)
             ? append_decimal(s, c, i, d.coefficient, err)
             : append_other(s, i, err);
}

/* SQLite has no NaN: the destination stores it as a text. */
static sl_status append_text_real(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                  struct sl_error *err) {
  const char *text = (const char *)SL_SQLITE(column_text)(s->statement, i);
  return strcmp(text, "NaN") == 0 ? sl_builder_append_double(c->builder, (double)NAN, err)
                                  : append_other(s, i, err);
}

static sl_status append_bool(struct sqlite_session *s, const struct sqlite_column *c, int i,
                             struct sl_error *err) {
  int64_t value = SL_SQLITE(column_int64)(s->statement, i);
  return value == 0 || value == 1 ? sl_builder_append_bool(c->builder, value == 1, err)
                                  : append_other(s, i, err);
}

static sl_status append_bool_text(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                  struct sl_error *err) {
  static const char *const words[] = { "false", "true", "f", "t" };
  const char *text = (const char *)SL_SQLITE(column_text)(s->statement, i);
  for (int w = 0; w < 4; w++) {
    if (strcasecmp(text, words[w]) == 0) {
      return sl_builder_append_bool(c->builder, (w & 1) != 0, err);
    }
  }
  return append_other(s, i, err);
}

static sl_status append_time_value(const struct sqlite_column *c, int64_t value,
                                   struct sl_error *err) {
  return c->kind == SQLITE_KIND_DATE ? sl_builder_append_int32(c->builder, (int32_t)value, err)
                                     : sl_builder_append_int64(c->builder, value, err);
}

static sl_status append_time_text(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                  struct sl_error *err) {
  const char *text = (const char *)SL_SQLITE(column_text)(s->statement, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s->statement, i);
  int64_t value;
  s->wire_bytes += (int64_t)length;
  return sqlite_parse_time(c->kind, text, length, &value) ? append_time_value(c, value, err)
                                                          : append_other(s, i, err);
}

static sl_status append_time_number(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                    struct sl_error *err) {
  double number = SL_SQLITE(column_double)(s->statement, i);
  int64_t value;
  return sqlite_number_time(c->kind, s->number_times, number, &value)
             ? append_time_value(c, value, err)
             : append_other(s, i, err);
}

/* A column without a declared type whose values were seen to be integers and reals. */
static sl_status append_integer_real(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                     struct sl_error *err) {
  enum { EXACT_BITS = 53 };
  int64_t value = SL_SQLITE(column_int64)(s->statement, i);
  bool exact = value <= (INT64_C(1) << EXACT_BITS) && value >= -(INT64_C(1) << EXACT_BITS);
  return exact ? sl_builder_append_double(c->builder, (double)value, err) : append_other(s, i, err);
}

#define CASE(kind, type) ((kind)*8 + (type))

static inline sl_status append_value(struct sqlite_session *s, const struct sqlite_column *c, int i,
                                     struct sl_error *err) {
  sqlite3_stmt *statement = s->statement;
  int type = SL_SQLITE(column_type)(statement, i);
  if (type == SQLITE_NULL) {
    return SL_OK;
  }
  switch (CASE((int)c->kind, type)) {
    case CASE(SQLITE_KIND_INT, SQLITE_INTEGER):
      return sl_builder_append_int64(c->builder, SL_SQLITE(column_int64)(statement, i), err);
    case CASE(SQLITE_KIND_REAL, SQLITE_FLOAT):
      return sl_builder_append_double(c->builder, SL_SQLITE(column_double)(statement, i), err);
    case CASE(SQLITE_KIND_TEXT, SQLITE_TEXT): return append_text(s, c, i, err);
    case CASE(SQLITE_KIND_BLOB, SQLITE_BLOB): return append_blob(s, c, i, err);
    case CASE(SQLITE_KIND_DECIMAL, SQLITE_INTEGER): return append_integer_decimal(s, c, i, err);
    case CASE(SQLITE_KIND_DECIMAL, SQLITE_FLOAT): return append_real_decimal(s, c, i, err);
    case CASE(SQLITE_KIND_DECIMAL, SQLITE_TEXT): return append_text_decimal(s, c, i, err);
    case CASE(SQLITE_KIND_BOOL, SQLITE_INTEGER): return append_bool(s, c, i, err);
    case CASE(SQLITE_KIND_BOOL, SQLITE_TEXT): return append_bool_text(s, c, i, err);
    case CASE(SQLITE_KIND_DATE, SQLITE_TEXT):
    case CASE(SQLITE_KIND_TIME, SQLITE_TEXT):
    case CASE(SQLITE_KIND_TIMESTAMP, SQLITE_TEXT): return append_time_text(s, c, i, err);
    case CASE(SQLITE_KIND_DATE, SQLITE_INTEGER):
    case CASE(SQLITE_KIND_TIME, SQLITE_INTEGER):
    case CASE(SQLITE_KIND_TIMESTAMP, SQLITE_INTEGER):
    case CASE(SQLITE_KIND_DATE, SQLITE_FLOAT):
    case CASE(SQLITE_KIND_TIME, SQLITE_FLOAT):
    case CASE(SQLITE_KIND_TIMESTAMP, SQLITE_FLOAT): return append_time_number(s, c, i, err);
    case CASE(SQLITE_KIND_JSON, SQLITE_TEXT):
    case CASE(SQLITE_KIND_JSON, SQLITE_BLOB): return append_json_text(s, c, i, err);
    case CASE(SQLITE_KIND_JSON, SQLITE_INTEGER): return append_json_number(s, c, i, false, err);
    case CASE(SQLITE_KIND_JSON, SQLITE_FLOAT): return append_json_number(s, c, i, true, err);
    case CASE(SQLITE_KIND_REAL, SQLITE_TEXT): return append_text_real(s, c, i, err);
    case CASE(SQLITE_KIND_REAL, SQLITE_INTEGER): return append_integer_real(s, c, i, err);
    default: return append_other(s, i, err);
  }
}

/* ---- a chunk ---- */

static sl_int128 power_of_ten(int n) {
  sl_int128 power = 1;
  for (int i = 0; i < n; i++) {
    power *= 10;
  }
  return power;
}

static sl_status prepare_columns(struct sqlite_session *s, const struct sl_db_table *table,
                                 struct sl_error *err) {
  s->columns = sl_calloc_array(table->n_columns, sizeof *s->columns);
  if (s->columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the columns of table %s", table->name);
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_db_column *from = &table->columns[i];
    struct sqlite_column *c = &s->columns[i];
    c->kind = (enum sqlite_kind)from->type;
    c->builder = sl_db_batch_builder(s->batch, i);
    if (c->kind == SQLITE_KIND_DECIMAL) {
      char *end;
      c->limit = power_of_ten((int)strtol(from->format + 2, &end, 10));
      c->scale = (int)strtol(end + 1, NULL, 10);
      c->factor = power_of_ten(c->scale);
    }
  }
  return SL_OK;
}

sl_status sqlite_open(struct sl_db_session *base, const struct sl_db_table *table,
                      const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  struct sl_buffer sql = { 0 };
  sqlite_finish(base);
  s->table = table;
  snprintf(s->doing, sizeof s->doing, "reading table %.200s", table->name);
  sqlite_start_clock(s);
  sl_db_select(&sqlite_driver, table, chunk, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_db_batch_new(&s->batch, table, s->config->settings, err);
  }
  if (rc == SL_OK) {
    sl_db_batch_tell(s->batch, s->config);
  }
  if (rc == SL_OK) {
    rc = prepare_columns(s, table, err);
  }
  if (rc == SL_OK && s->json_memory == NULL) {
    s->json_memory = yyjson_alc_dyn_new();
    rc = s->json_memory == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for JSON") : SL_OK;
  }
  if (rc == SL_OK) {
    rc = sqlite_prepare(s, sql.data, s->doing, &s->statement, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK) {
    sqlite_finish(base);
  }
  return rc;
}

static sl_status read_row(struct sqlite_session *s, struct sl_error *err) {
  int n = (int)s->table->n_columns;
  for (int i = 0; i < n; i++) {
    sl_status rc = append_value(s, &s->columns[i], i, err);
    if (__builtin_expect(rc != SL_OK, 0)) {
      return rc;
    }
  }
  return sl_db_batch_end_row(s->batch, err);
}

/* Looking at all builders costs something: not for each row, but after each large value. */
static bool is_full(struct sqlite_session *s, int64_t rows) {
  enum { ROWS_BETWEEN = 256, BYTES_BETWEEN = 64 << 10 };
  bool look = rows % ROWS_BETWEEN == 0 || s->wire_bytes - s->wire_looked > BYTES_BETWEEN;
  if (rows >= s->config->batch_rows) {
    return true;
  }
  if (look) {
    s->wire_looked = s->wire_bytes;
  }
  return look && sl_db_batch_bytes(s->batch) >= s->config->block_bytes;
}

sl_status sqlite_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                      struct sl_error *err) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  int64_t rows = 0;
  int code = SQLITE_ROW;
  *end = false;
  s->wire_bytes = s->wire_looked = 0;
  while (!s->at_end && !is_full(s, rows) && (code = SL_SQLITE(step)(s->statement)) == SQLITE_ROW) {
    sl_status rc = read_row(s, err);
    if (rc != SL_OK) {
      return rc;
    }
    rows++;
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return sqlite_fail(s, code, err, s->doing);
  }
  s->at_end = s->at_end || code == SQLITE_DONE;
  if (s->at_end) {
    sl_status rc = sqlite_check_unchanged(s, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  if (rows == 0) {
    *end = true;
    *out = (struct sl_block){ .kind = SL_BLOCK_BATCH, .first_record = -1 };
    return SL_OK;
  }
  return sl_db_batch_finish(s->batch, sl_db_batch_bytes(s->batch), out, err);
}

void sqlite_finish(struct sl_db_session *base) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  SL_SQLITE(finalize)(s->statement);
  sl_db_batch_free(s->batch);
  free(s->columns);
  s->statement = NULL;
  s->batch = NULL;
  s->columns = NULL;
  s->at_end = false;
  s->deadline = 0;
}
