/* rows_out.c - the result of a query as Arrow batches.
 *
 * Values come as texts, which no driver rounds, and are read by the column's type. */
#include <stdlib.h>

#include "column/result.h"
#include "odbc_writing.h"

struct query {
  struct sl_result result; /* first: the stream releases the whole */
  struct odbc_destination *destination;
  bool ended;
  struct sl_buffer value;
};

static sl_status take_value(struct query *q, size_t i, int64_t row, struct sl_error *err) {
  struct odbc_destination *d = q->destination;
  bool null = false;
  char kind = q->result.columns[i].format[0];
  SQLSMALLINT type = kind == 'z' ? SQL_C_BINARY : SQL_C_CHAR;
  bool raw = kind == 'z' || (kind == 'u' && d->utf8);
  sl_buffer_reset(&q->value);
  sl_status rc = raw ? odbc_get_data(&d->link, (SQLUSMALLINT)(i + 1), type, &q->value, &null, err)
                     : odbc_get_text(&d->link, (int)i + 1, &q->value, &null, err);
  if (rc == SL_OK && !null) {
    struct sl_text text = { q->value.data == NULL ? "" : q->value.data, q->value.length };
    rc = sl_result_append(&q->result.columns[i], row, text, err);
  }
  return rc;
}

static sl_status fill(struct sl_result *result, int64_t most, int64_t *rows, struct sl_error *err) {
  struct query *q = (struct query *)result;
  struct odbc_destination *d = q->destination;
  sl_status rc = SL_OK;
  odbc_out_begin_call(d, d->link.stmt);
  while (rc == SL_OK && !q->ended && *rows < most) {
    rc = odbc_fetch_row(&d->link, &q->ended, err);
    for (size_t i = 0; rc == SL_OK && !q->ended && i < result->n; i++) {
      rc = take_value(q, i, *rows, err);
    }
    *rows += rc == SL_OK && !q->ended;
  }
  odbc_out_end_call(d);
  return rc == SL_OK ? rc : odbc_out_sort(d, err);
}

static void end(struct sl_result *result) {
  struct query *q = (struct query *)result;
  odbc_end(&q->destination->link);
  sl_buffer_release(&q->value);
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  struct odbc_result_column *from = NULL;
  size_t n = 0;
  sl_status rc = odbc_out_columns(q->destination, &from, &n, err);
  if (rc == SL_OK) {
    rc = sl_result_reserve(&q->result, n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_result_column *column;
    rc = sl_result_add(&q->result, from[i].name, &column, err);
    if (rc == SL_OK) {
      sl_result_set_format(column, from[i].format);
    }
  }
  odbc_out_columns_free(from, n);
  return rc;
}

sl_status odbc_out_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                         struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct odbc_destination *)base;
  q->result.fill = fill;
  q->result.end = end;
  sl_result_stream(&q->result, out);
  sl_status rc = odbc_out_run(q->destination, sql, "running a query", err);
  if (rc == SL_OK) {
    rc = describe_columns(q, err);
  }
  q->ended = q->result.n == 0; /* a statement without a result */
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}
