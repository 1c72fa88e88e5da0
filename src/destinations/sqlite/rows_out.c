/* rows_out.c - the result of a query as Arrow batches, row by row.
 *
 * A column of a table is what its declared type says, an expression what its first value is. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "column/batch.h"
#include "sqlite/convert.h"
#include "sqlite_internal.h"

enum { BATCH_ROWS = 2048, BATCH_BYTES = 64 << 20 };

struct column {
  char *name;
  char format[24];
  enum sqlite_kind kind;
  struct sl_builder builder;
};

struct query {
  struct sqlite_destination *destination;
  sqlite3_stmt *statement;
  bool has_row; /* stepped to, not given out yet */
  struct column *columns;
  int n;
  char error[1024];
};

static sl_status not_shown(const struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  const char *text = (const char *)SL_SQLITE(column_text)(s, i);
  return sl_fail(
      err, SL_EDEST,
      "column %s: the value '%.60s' is not of the column's type; cast the column to text "
      "in the query",
      c->name, text == NULL ? "" : text);
}

static sl_status append_decimal(struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  struct sl_decimal value;
  int64_t quick;
  int32_t scale = (int32_t)strtol(strchr(c->format, ',') + 1, NULL, 10);
  int type = SL_SQLITE(column_type)(s, i);
  if (type == SQLITE_FLOAT && sqlite_real_decimal(SL_SQLITE(column_double)(s, i), scale, &quick)) {
    return sl_builder_append_decimal(&c->builder, quick, err);
  }
  struct sl_text text = { (const char *)SL_SQLITE(column_text)(s, i),
                          (size_t)SL_SQLITE(column_bytes)(s, i) };
  bool good = type != SQLITE_BLOB && text.data != NULL && sl_decimal_parse(text, &value);
  while (good && value.scale > scale && value.coefficient % 10 == 0) {
    value.coefficient /= 10;
    value.scale--;
  }
  return good && sl_decimal_rescale(&value, scale)
             ? sl_builder_append_decimal(&c->builder, value.coefficient, err)
             : not_shown(c, s, i, err);
}

static sl_status append_time(struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  int64_t value;
  const char *text = (const char *)SL_SQLITE(column_text)(s, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s, i);
  if (text == NULL || !sqlite_parse_time(c->kind, text, length, &value)) {
    return not_shown(c, s, i, err);
  }
  return c->kind == SQLITE_KIND_DATE ? sl_builder_append_int32(&c->builder, (int32_t)value, err)
                                     : sl_builder_append_int64(&c->builder, value, err);
}

static sl_status append_bytes(struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  bool blob = c->format[0] == 'z' || SL_SQLITE(column_type)(s, i) == SQLITE_BLOB;
  const char *bytes =
      blob ? SL_SQLITE(column_blob)(s, i) : (const char *)SL_SQLITE(column_text)(s, i);
  size_t length = (size_t)SL_SQLITE(column_bytes)(s, i);
  bool good = c->format[0] == 'z' || sl_utf8_valid(bytes, length);
  return good ? sl_builder_append_bytes(&c->builder, bytes, length, err) : not_shown(c, s, i, err);
}

static sl_status append_real(struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  int type = SL_SQLITE(column_type)(s, i);
  const char *text = type == SQLITE_TEXT ? (const char *)SL_SQLITE(column_text)(s, i) : "";
  if (text != NULL && strcmp(text, "NaN") == 0) {
    return sl_builder_append_double(&c->builder, (double)NAN, err);
  }
  return type == SQLITE_FLOAT || type == SQLITE_INTEGER
             ? sl_builder_append_double(&c->builder, SL_SQLITE(column_double)(s, i), err)
             : not_shown(c, s, i, err);
}

static sl_status append_value(struct column *c, sqlite3_stmt *s, int i, struct sl_error *err) {
  int type = SL_SQLITE(column_type)(s, i);
  int64_t integer = type == SQLITE_INTEGER ? SL_SQLITE(column_int64)(s, i) : -1;
  switch (c->format[0]) {
    case 'l':
      return type == SQLITE_INTEGER ? sl_builder_append_int64(&c->builder, integer, err)
                                    : not_shown(c, s, i, err);
    case 'b':
      return integer == 0 || integer == 1 ? sl_builder_append_bool(&c->builder, integer == 1, err)
                                          : not_shown(c, s, i, err);
    case 'g': return append_real(c, s, i, err);
    case 'd': return append_decimal(c, s, i, err);
    case 't': return append_time(c, s, i, err);
    default: return append_bytes(c, s, i, err);
  }
}

static int fail(struct query *q, const struct sl_error *err) {
  snprintf(q->error, sizeof q->error, "%s", err->message);
  return EIO;
}

static sl_status step(struct query *q, struct sl_error *err) {
  int code = SL_SQLITE(step)(q->statement);
  q->has_row = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE
             ? SL_OK
             : sqlite_dest_fail(q->destination, code, "running a query", err);
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct query *q = stream->private_data;
  struct sl_error err = { 0 };
  struct sl_field *fields = sl_calloc_array((size_t)q->n, sizeof *fields);
  for (int i = 0; fields != NULL && i < q->n; i++) {
    fields[i] = (struct sl_field){ q->columns[i].name, q->columns[i].format, true };
  }
  sl_status rc = fields == NULL ? sl_fail(&err, SL_ENOMEM, "out of memory for a result")
                                : sl_schema_struct(out, fields, (size_t)q->n, &err);
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    if (q->columns[i].kind == SQLITE_KIND_JSON) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc == SL_OK ? 0 : fail(q, &err);
}

static sl_status take_row(struct query *q, int64_t row, size_t *bytes, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    struct column *c = &q->columns[i];
    if (SL_SQLITE(column_type)(q->statement, i) != SQLITE_NULL) {
      rc = sl_builder_pad(&c->builder, row, err);
      rc = rc == SL_OK ? append_value(c, q->statement, i, err) : rc;
      *bytes += c->builder.layout == SL_LAYOUT_BYTES
                    ? (size_t)SL_SQLITE(column_bytes)(q->statement, i)
                    : 0;
    }
  }
  return rc == SL_OK ? step(q, err) : rc;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct query *q = stream->private_data;
  struct sl_error err = { 0 };
  int64_t rows = 0;
  size_t bytes = 0;
  sl_status rc = SL_OK;
  *out = (struct ArrowArray){ 0 };
  for (; rc == SL_OK && q->has_row && rows < BATCH_ROWS && bytes < BATCH_BYTES; rows++) {
    rc = take_row(q, rows, &bytes, &err);
  }
  if (rc != SL_OK || rows == 0) {
    return rc == SL_OK ? 0 : fail(q, &err);
  }
  struct ArrowArray *children = sl_calloc_array((size_t)q->n, sizeof *children);
  rc = children == NULL ? sl_fail(&err, SL_ENOMEM, "out of memory for a result") : SL_OK;
  for (int i = 0; rc == SL_OK && i < q->n; i++) {
    rc = sl_builder_finish(&q->columns[i].builder, rows, &children[i], &err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(out, children, (size_t)q->n, rows, &err);
  }
  for (int i = 0; children != NULL && i < q->n; i++) {
    if (children[i].release != NULL) {
      children[i].release(&children[i]);
    }
  }
  free(children);
  return rc == SL_OK ? 0 : fail(q, &err);
}

static const char *get_error(struct ArrowArrayStream *stream) {
  return ((struct query *)stream->private_data)->error;
}

static void release(struct ArrowArrayStream *stream) {
  struct query *q = stream->private_data;
  SL_SQLITE(finalize)(q->statement);
  for (int i = 0; i < q->n; i++) {
    sl_builder_release(&q->columns[i].builder);
    free(q->columns[i].name);
  }
  free(q->columns);
  free(q);
  stream->release = NULL;
}

/* An expression without a declared type: as its first value is; NULL may become anything. */
static void type_by_value(struct column *c, int type) {
  c->kind = type == SQLITE_INTEGER ? SQLITE_KIND_INT
            : type == SQLITE_FLOAT ? SQLITE_KIND_REAL
            : type == SQLITE_BLOB  ? SQLITE_KIND_BLOB
                                   : SQLITE_KIND_TEXT;
  sqlite_kind_format(c->kind, c->format);
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  int n = SL_SQLITE(column_count)(q->statement);
  q->columns = sl_calloc_array((size_t)n + 1, sizeof *q->columns);
  if (q->columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  for (int i = 0; i < n; i++) {
    struct column *c = &q->columns[i];
    c->name = strdup(SL_SQLITE(column_name)(q->statement, i));
    q->n = i + 1;
    if (c->name == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a result");
    }
    sqlite_dest_type(SL_SQLITE(column_decltype)(q->statement, i), &c->kind, c->format);
    if (c->kind == SQLITE_KIND_NONE) {
      type_by_value(c, q->has_row ? SL_SQLITE(column_type)(q->statement, i) : SQLITE_NULL);
    }
    c->builder.layout = sl_layout_of(c->format);
  }
  return SL_OK;
}

sl_status sqlite_dest_query(struct sl_destination *base, const char *sql,
                            struct ArrowArrayStream *out, struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct sqlite_destination *)base;
  *out = (struct ArrowArrayStream){ .get_schema = get_schema,
                                    .get_next = get_next,
                                    .get_last_error = get_error,
                                    .release = release,
                                    .private_data = q };
  sl_status rc = sqlite_dest_prepare(q->destination, sql, "running a query", &q->statement, err);
  if (rc == SL_OK) {
    rc = step(q, err);
  }
  if (rc == SL_OK) {
    rc = describe_columns(q, err);
  }
  if (rc != SL_OK) {
    release(out);
  }
  return rc;
}
