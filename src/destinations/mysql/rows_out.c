/* rows_out.c - the result of a query as Arrow batches, row by row from the server.
 *
 * Values that have a type of ours get it; everything else (a decimal of more than 38 digits too) is
 * the text that the server prints, so no digit is lost. */
#include <stdlib.h>

#include "column/result.h"
#include "mysql_internal.h"

struct query {
  struct sl_result result; /* first: the stream releases the whole */
  struct my_destination *destination;
  MYSQL_RES *rows;
  MYSQL_ROW row; /* fetched and not given out yet; NULL = ended */
};

/* The next row, or the end. */
static sl_status fetch(struct query *q, struct sl_error *err) {
  struct my_destination *d = q->destination;
  q->row = SL_MYSQL(fetch_row)(q->rows);
  if (q->row == NULL) {
    atomic_store(&d->busy, false);
    return SL_MYSQL(errno)(d->mysql) == 0 ? SL_OK : my_fail(d, "reading a result", err);
  }
  return SL_OK;
}

static sl_status take_row(struct query *q, int64_t row, struct sl_error *err) {
  sl_status rc = SL_OK;
  const unsigned long *lengths = SL_MYSQL(fetch_lengths)(q->rows);
  for (size_t i = 0; rc == SL_OK && i < q->result.n; i++) {
    if (q->row[i] != NULL) {
      struct sl_text text = { q->row[i], lengths[i] };
      rc = sl_result_append(&q->result.columns[i], row, text, err);
    }
  }
  return rc == SL_OK ? fetch(q, err) : rc;
}

static sl_status fill(struct sl_result *result, int64_t most, int64_t *rows, struct sl_error *err) {
  struct query *q = (struct query *)result;
  sl_status rc = SL_OK;
  for (; rc == SL_OK && q->row != NULL && *rows < most; (*rows)++) {
    rc = take_row(q, *rows, err);
  }
  return rc;
}

static void end(struct sl_result *result) {
  struct query *q = (struct query *)result;
  if (q->row != NULL) { /* the library would read all that is left */
    (void)maria_kill_query(&q->destination->how, q->destination->mysql);
  }
  if (q->rows != NULL) {
    SL_MYSQL(free_result)(q->rows);
  }
  atomic_store(&q->destination->busy, false);
}

static sl_status describe_columns(struct query *q, struct sl_error *err) {
  unsigned n = SL_MYSQL(num_fields)(q->rows);
  const MYSQL_FIELD *from = SL_MYSQL(fetch_fields)(q->rows);
  sl_status rc = sl_result_reserve(&q->result, n, err);
  for (unsigned i = 0; rc == SL_OK && i < n; i++) {
    struct sl_result_column *column;
    rc = sl_result_add(&q->result, from[i].name, &column, err);
    if (rc == SL_OK) {
      char format[32];
      my_format_of(&from[i], false, format);
      sl_result_set_format(column, format);
    }
  }
  return rc;
}

static sl_status begin(struct query *q, const char *sql, struct sl_error *err) {
  struct my_destination *d = q->destination;
  sl_status rc = my_dest_flush(&d->base, err);
  if (rc != SL_OK) {
    return rc;
  }
  atomic_store(&d->busy, true);
  if (SL_MYSQL(real_query)(d->mysql, sql, strlen(sql)) != 0) {
    return my_fail(d, "running a query", err);
  }
  q->rows = SL_MYSQL(use_result)(d->mysql);
  if (q->rows == NULL) {
    return SL_MYSQL(errno)(d->mysql) != 0
               ? my_fail(d, "running a query", err)
               : sl_fail(err, SL_EUSAGE, "the statement returns no rows, so it is no query");
  }
  rc = describe_columns(q, err);
  return rc == SL_OK ? fetch(q, err) : rc;
}

sl_status my_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct my_destination *)base;
  q->result.fill = fill;
  q->result.end = end;
  sl_result_stream(&q->result, out);
  sl_status rc = begin(q, sql, err);
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}
