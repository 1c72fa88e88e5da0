/* rows_out.c - the result of a query as Arrow batches.
 *
 * Values come as texts, which no driver rounds, and are read by the column's type. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/real.h"
#include "base/time.h"
#include "column/batch.h"
#include "odbc_writing.h"

enum { BATCH_ROWS = 2048 };

struct query {
  struct odbc_destination *destination;
  struct odbc_result_column *columns;
  struct sl_builder *builders;
  size_t n;
  bool ended;
  struct sl_buffer value;
  char error[1024];
};

static sl_status not_shown(const char *text, const char *name, struct sl_error *err) {
  return sl_fail(err, SL_EDEST,
                 "column %s: the value %.60s has no place in a result of its type; "
                 "cast the column to text",
                 name, text);
}

static sl_status append_moment(struct sl_builder *b, const struct odbc_result_column *column,
                               struct sl_text text, struct sl_error *err) {
  struct sl_iso iso;
  bool read = sl_iso_parse(text, &iso);
  if (read && column->format[1] == 'd' && iso.kind != SL_ISO_TIME) { /* or midnight of the day */
    int32_t days = iso.kind == SL_ISO_DATE ? iso.days : (int32_t)(iso.micros / SL_MICROS_PER_DAY);
    return sl_builder_append_int32(b, days, err);
  }
  enum sl_iso_kind wanted = column->format[1] == 't' ? SL_ISO_TIME : SL_ISO_TIMESTAMP;
  return read && iso.kind == wanted ? sl_builder_append_int64(b, iso.micros, err)
                                    : not_shown(text.data, column->name, err);
}

static sl_status append_decimal(struct sl_builder *b, const struct odbc_result_column *column,
                                struct sl_text text, struct sl_error *err) {
  struct sl_decimal value;
  int32_t scale = (int32_t)strtol(strchr(column->format, ',') + 1, NULL, 10);
  bool read = sl_decimal_parse(text, &value);
  while (read && value.scale > scale && value.coefficient % 10 == 0) {
    value.coefficient /= 10;
    value.scale--;
  }
  return read && sl_decimal_rescale(&value, scale)
             ? sl_builder_append_decimal(b, value.coefficient, err)
             : not_shown(text.data, column->name, err);
}

static sl_status append(struct sl_builder *b, const struct odbc_result_column *column,
                        const struct sl_buffer *value, struct sl_error *err) {
  struct sl_text text = { value->data == NULL ? "" : value->data, value->length };
  switch (column->format[0]) {
    case 'l': return sl_builder_append_int64(b, strtoll(text.data, NULL, 10), err);
    case 'g': return sl_builder_append_double(b, sl_real_parse(text.data, NULL), err);
    case 'b': return sl_builder_append_bool(b, strchr("1tTyY", text.data[0]) != NULL, err);
    case 't': return append_moment(b, column, text, err);
    case 'd': return append_decimal(b, column, text, err);
    default: return sl_builder_append_bytes(b, text.data, text.length, err);
  }
}

static sl_status take_value(struct query *q, size_t i, int64_t row, struct sl_error *err) {
  struct odbc_destination *d = q->destination;
  bool null = false;
  char kind = q->columns[i].format[0];
  SQLSMALLINT type = kind == 'z' ? SQL_C_BINARY : SQL_C_CHAR;
  bool raw = kind == 'z' || (kind == 'u' && d->utf8);
  sl_buffer_reset(&q->value);
  sl_status rc = raw ? odbc_get_data(&d->link, (SQLUSMALLINT)(i + 1), type, &q->value, &null, err)
                     : odbc_get_text(&d->link, (int)i + 1, &q->value, &null, err);
  if (rc == SL_OK && !null) {
    rc = sl_builder_pad(&q->builders[i], row, err);
    if (rc == SL_OK) {
      rc = append(&q->builders[i], &q->columns[i], &q->value, err);
    }
  }
  return rc;
}

static int fail(struct query *q, const struct sl_error *err) {
  snprintf(q->error, sizeof q->error, "%s", err->message);
  return EIO;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct query *q = stream->private_data;
  struct sl_field *fields = sl_calloc_array(q->n + 1, sizeof *fields);
  sl_status rc = fields == NULL ? SL_ENOMEM : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < q->n; i++) {
    fields[i] = (struct sl_field){ q->columns[i].name, q->columns[i].format, true };
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(out, fields, q->n, NULL);
  }
  free(fields);
  return rc == SL_OK ? 0 : ENOMEM;
}

static sl_status take_rows(struct query *q, int64_t *rows, struct sl_error *err) {
  struct odbc_destination *d = q->destination;
  sl_status rc = SL_OK;
  odbc_out_begin_call(d, d->link.stmt);
  while (rc == SL_OK && !q->ended && *rows < BATCH_ROWS) {
    rc = odbc_fetch_row(&d->link, &q->ended, err);
    for (size_t i = 0; rc == SL_OK && !q->ended && i < q->n; i++) {
      rc = take_value(q, i, *rows, err);
    }
    *rows += rc == SL_OK && !q->ended;
  }
  odbc_out_end_call(d);
  return rc == SL_OK ? rc : odbc_out_sort(d, err);
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct query *q = stream->private_data;
  struct sl_error err = { 0 };
  int64_t rows = 0;
  *out = (struct ArrowArray){ 0 };
  sl_status rc = take_rows(q, &rows, &err);
  if (rc != SL_OK || rows == 0) {
    return rc == SL_OK ? 0 : fail(q, &err);
  }
  struct ArrowArray *children = sl_calloc_array(q->n, sizeof *children);
  rc = children == NULL ? sl_fail(&err, SL_ENOMEM, "out of memory for a result") : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < q->n; i++) {
    rc = sl_builder_finish(&q->builders[i], rows, &children[i], &err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(out, children, q->n, rows, &err);
  }
  for (size_t i = 0; children != NULL && i < q->n; i++) {
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
  odbc_end(&q->destination->link);
  for (size_t i = 0; q->builders != NULL && i < q->n; i++) {
    sl_builder_release(&q->builders[i]);
  }
  odbc_out_columns_free(q->columns, q->n);
  free(q->builders);
  sl_buffer_release(&q->value);
  free(q);
  stream->release = NULL;
}

sl_status odbc_out_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                         struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct odbc_destination *)base;
  *out = (struct ArrowArrayStream){ .get_schema = get_schema,
                                    .get_next = get_next,
                                    .get_last_error = get_error,
                                    .release = release,
                                    .private_data = q };
  sl_status rc = odbc_out_run(q->destination, sql, "running a query", err);
  if (rc == SL_OK) {
    rc = odbc_out_columns(q->destination, &q->columns, &q->n, err);
  }
  q->ended = q->n == 0; /* a statement without a result */
  q->builders = rc == SL_OK ? sl_calloc_array(q->n + 1, sizeof *q->builders) : NULL;
  if (rc == SL_OK && q->builders == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  for (size_t i = 0; rc == SL_OK && i < q->n; i++) {
    q->builders[i].layout = sl_layout_of(q->columns[i].format);
  }
  if (rc != SL_OK) {
    release(out);
  }
  return rc;
}
