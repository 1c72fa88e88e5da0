/* rows_out.c - the result of a query as Arrow batches, row by row.
 *
 * A column of a table is what its declared type says, an expression what its first value is. */
#include <math.h>
#include <stdlib.h>

#include "column/result.h"
#include "sqlite/convert.h"
#include "sqlite_internal.h"

enum { BATCH_BYTES = 64 << 20 };

struct query {
  struct sl_result result; /* first: the stream releases the whole */
  struct sqlite_destination *destination;
  sqlite3_stmt *statement;
  bool has_row;            /* stepped to, not given out yet */
  enum sqlite_kind *kinds; /* of the columns */
};

static sl_status not_shown(const struct sl_result_column *c, sqlite3_stmt *s, int i,
                           struct sl_error *err) {
  const char *text = (const char *)SL_SQLITE(column_text)(s, i);
  return sl_result_not_shown(c, text == NULL ? "" : text, err);
}

static sl_status append_decimal(struct sl_result_column *c, sqlite3_stmt *s, int i,
                                struct sl_error *err) {
  struct sl_decimal value;
  int64_t quick;
  int32_t scale = sl_decimal_format_scale(c->format);
  int type = SL_SQLITE(column_type)(s, i);
  if (type == SQLITE_FLOAT && sqlite_real_decimal(SL_SQLITE(column_double)(s, i), scale, &quick)) {
    return sl_builder_append_decimal(&c->values, quick, err);
  }
  struct sl_text text = { (const char *)SL_SQLITE(column_text)(s, i),
                          (size_t)SL_SQLITE(column_bytes)(s, i) };
  bool good = type != SQLITE_BLOB && text.data != NULL && sl_decimal_parse(text, &value);
  return good && sl_decimal_rescale(&value, scale)
             ? sl_builder_append_decimal(&c->values, value.coefficient, err)
             : not_shown(c, s, i, err);
}

static sl_status append_time(struct sl_result_column *c, enum sqlite_kind kind, sqlite3_stmt *s,
                             int i, struct sl_error *err) {
  int64_t value;
  const char *text = (const char *)SL_SQLITE(column_text)(s, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s, i);
  if (text == NULL || !sqlite_parse_time(kind, text, length, &value)) {
    return not_shown(c, s, i, err);
  }
  return kind == SQLITE_KIND_DATE ? sl_builder_append_int32(&c->values, (int32_t)value, err)
                                  : sl_builder_append_int64(&c->values, value, err);
}

static sl_status append_bytes(struct sl_result_column *c, sqlite3_stmt *s, int i,
                              struct sl_error *err) {
  bool blob = c->format[0] == 'z' || SL_SQLITE(column_type)(s, i) == SQLITE_BLOB;
  const char *bytes =
      blob ? SL_SQLITE(column_blob)(s, i) : (const char *)SL_SQLITE(column_text)(s, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s, i);
  bool good = c->format[0] == 'z' || sl_utf8_valid(bytes, length);
  return good ? sl_builder_append_bytes(&c->values, bytes, length, err) : not_shown(c, s, i, err);
}

static sl_status append_real(struct sl_result_column *c, sqlite3_stmt *s, int i,
                             struct sl_error *err) {
  int type = SL_SQLITE(column_type)(s, i);
  const char *text = type == SQLITE_TEXT ? (const char *)SL_SQLITE(column_text)(s, i) : "";
  if (text != NULL && strcmp(text, "NaN") == 0) {
    return sl_builder_append_double(&c->values, (double)NAN, err);
  }
  return type == SQLITE_FLOAT || type == SQLITE_INTEGER
             ? sl_builder_append_double(&c->values, SL_SQLITE(column_double)(s, i), err)
             : not_shown(c, s, i, err);
}

static sl_status append_value(struct query *q, int i, struct sl_error *err) {
  struct sl_result_column *c = &q->result.columns[i];
  sqlite3_stmt *s = q->statement;
  int type = SL_SQLITE(column_type)(s, i);
  int64_t integer = type == SQLITE_INTEGER ? SL_SQLITE(column_int64)(s, i) : -1;
  switch (c->format[0]) {
    case 'l':
      return type == SQLITE_INTEGER ? sl_builder_append_int64(&c->values, integer, err)
                                    : not_shown(c, s, i, err);
    case 'b':
      return integer == 0 || integer == 1 ? sl_builder_append_bool(&c->values, integer == 1, err)
                                          : not_shown(c, s, i, err);
    case 'g': return append_real(c, s, i, err);
    case 'd': return append_decimal(c, s, i, err);
    case 't': return append_time(c, q->kinds[i], s, i, err);
    default: return append_bytes(c, s, i, err);
  }
}

static sl_status step(struct query *q, struct sl_error *err) {
  int code = SL_SQLITE(step)(q->statement);
  q->has_row = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE
             ? SL_OK
             : sqlite_dest_fail(q->destination, code, "running a query", err);
}

static sl_status take_row(struct query *q, int64_t row, size_t *bytes, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < (int)q->result.n; i++) {
    struct sl_result_column *c = &q->result.columns[i];
    if (SL_SQLITE(column_type)(q->statement, i) != SQLITE_NULL) {
      rc = sl_builder_pad(&c->values, row, err);
      rc = rc == SL_OK ? append_value(q, i, err) : rc;
      *bytes += c->values.layout == SL_LAYOUT_BYTES
                    ? (size_t)SL_SQLITE(column_bytes)(q->statement, i)
                    : 0;
    }
  }
  return rc == SL_OK ? step(q, err) : rc;
}

static sl_status fill(struct sl_result *result, int64_t most, int64_t *rows, struct sl_error *err) {
  struct query *q = (struct query *)result;
  size_t bytes = 0;
  sl_status rc = SL_OK;
  for (; rc == SL_OK && q->has_row && *rows < most && bytes < BATCH_BYTES; (*rows)++) {
    rc = take_row(q, *rows, &bytes, err);
  }
  return rc;
}

static void end(struct sl_result *result) {
  struct query *q = (struct query *)result;
  SL_SQLITE(finalize)(q->statement);
  free(q->kinds);
}

/* An expression without a declared type: as its first value is; NULL may become anything. */
static enum sqlite_kind kind_of_value(int type) {
  return type == SQLITE_INTEGER ? SQLITE_KIND_INT
         : type == SQLITE_FLOAT ? SQLITE_KIND_REAL
         : type == SQLITE_BLOB  ? SQLITE_KIND_BLOB
                                : SQLITE_KIND_TEXT;
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  int n = SL_SQLITE(column_count)(q->statement);
  sl_status rc = sl_result_reserve(&q->result, (size_t)n, err);
  q->kinds = sl_calloc_array((size_t)n + 1, sizeof *q->kinds);
  if (rc == SL_OK && q->kinds == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  for (int i = 0; rc == SL_OK && i < n; i++) {
    struct sl_result_column *c;
    char format[24];
    rc = sl_result_add(&q->result, SL_SQLITE(column_name)(q->statement, i), &c, err);
    if (rc != SL_OK) {
      return rc;
    }
    sqlite_dest_type(SL_SQLITE(column_decltype)(q->statement, i), &q->kinds[i], format);
    if (q->kinds[i] == SQLITE_KIND_NONE) {
      q->kinds[i] =
          kind_of_value(q->has_row ? SL_SQLITE(column_type)(q->statement, i) : SQLITE_NULL);
      sqlite_kind_format(q->kinds[i], format);
    }
    sl_result_set_format(c, format);
    c->json = q->kinds[i] == SQLITE_KIND_JSON;
  }
  return rc;
}

sl_status sqlite_dest_query(struct sl_destination *base, const char *sql,
                            struct ArrowArrayStream *out, struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct sqlite_destination *)base;
  q->result.fill = fill;
  q->result.end = end;
  sl_result_stream(&q->result, out);
  sl_status rc = sqlite_dest_prepare(q->destination, sql, "running a query", &q->statement, err);
  if (rc == SL_OK) {
    rc = step(q, err);
  }
  if (rc == SL_OK) {
    rc = describe_columns(q, err);
  }
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}
