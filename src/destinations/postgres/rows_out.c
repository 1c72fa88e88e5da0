/* rows_out.c - the result of a query as Arrow batches, row by row from the server.
 *
 * Values that have a type of ours get it; everything else (a numeric without precision too) is the
 * text that PostgreSQL prints, so no digit is lost. */
#include <stdlib.h>

#include "column/result.h"
#include "postgres_internal.h"
#include "types.h"

struct query {
  struct sl_result result; /* first: the stream releases the whole */
  struct pg_destination *destination;
  PGresult *row; /* fetched and not given out yet; NULL = ended */
};

/* "\\x0aff" */
static sl_status append_binary(struct sl_builder *b, const char *text, struct sl_error *err) {
  size_t length = 0;
  unsigned char *bytes = PG(unescapeBytea)((const unsigned char *)text, &length);
  sl_status rc = bytes == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a result")
                               : sl_builder_append_bytes(b, (const char *)bytes, length, err);
  PG(freemem)(bytes);
  return rc;
}

/* The next row, or the end; errors come as a last result. */
static sl_status fetch(struct query *q, struct sl_error *err) {
  q->row = PG(getResult)(q->destination->conn);
  if (q->row == NULL) {
    return SL_OK;
  }
  ExecStatusType status = PG(resultStatus)(q->row);
  if (status == PGRES_SINGLE_TUPLE) {
    return SL_OK;
  }
  PGresult *last = q->row;
  q->row = NULL;
  sl_status rc = SL_OK;
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    PG(clear)(last);
  } else {
    rc = pg_dest_fail(q->destination, last, "reading a result", err);
  }
  while ((last = PG(getResult)(q->destination->conn)) != NULL) {
    PG(clear)(last);
  }
  return rc;
}

static sl_status take_value(struct query *q, int i, int64_t row, struct sl_error *err) {
  struct sl_result_column *column = &q->result.columns[i];
  const char *text = PG(getvalue)(q->row, 0, i);
  if (column->format[0] != 'z') {
    struct sl_text value = { text, (size_t)PG(getlength)(q->row, 0, i) };
    return sl_result_append(column, row, value, err);
  }
  sl_status rc = sl_builder_pad(&column->values, row, err);
  return rc == SL_OK ? append_binary(&column->values, text, err) : rc;
}

static sl_status take_row(struct query *q, int64_t row, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < (int)q->result.n; i++) {
    rc = PG(getisnull)(q->row, 0, i) ? SL_OK : take_value(q, i, row, err);
  }
  PG(clear)(q->row);
  q->row = NULL;
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
  bool unread = q->row != NULL;
  if (unread) {
    char ignored[256];
    PG(clear)(q->row);
    PG(cancel)(q->destination->cancel, ignored, sizeof ignored);
  }
  for (PGresult *r; unread && (r = PG(getResult)(q->destination->conn)) != NULL;) {
    PG(clear)(r);
  }
}

static sl_status describe_columns(struct query *q, const PGresult *from, struct sl_error *err) {
  int n = PG(nfields)(from);
  sl_status rc = sl_result_reserve(&q->result, (size_t)n, err);
  for (int i = 0; rc == SL_OK && i < n; i++) {
    struct sl_result_column *column;
    rc = sl_result_add(&q->result, PG(fname)(from, i), &column, err);
    if (rc == SL_OK) {
      char format[32];
      pg_format_of(PG(ftype)(from, i), PG(fmod)(from, i), format);
      sl_result_set_format(column, format);
    }
  }
  return rc;
}

/* What the first result says: its columns, and whether it is a row. */
static sl_status begin(struct query *q, const char *sql, struct sl_error *err) {
  struct pg_destination *d = q->destination;
  sl_status rc = pg_copy_end(d, NULL, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (PG(sendQuery)(d->conn, sql) != 1 || PG(setSingleRowMode)(d->conn) != 1) {
    return pg_dest_fail(d, NULL, "sending a query", err);
  }
  PGresult *first = PG(getResult)(d->conn);
  ExecStatusType status = PG(resultStatus)(first);
  if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    rc = pg_dest_fail(d, first, "running a query", err);
    for (PGresult *r; (r = PG(getResult)(d->conn)) != NULL;) {
      PG(clear)(r);
    }
    return rc;
  }
  rc = describe_columns(q, first, err);
  if (status == PGRES_SINGLE_TUPLE) {
    q->row = first;
  } else {
    PG(clear)(first);
    for (PGresult *r; (r = PG(getResult)(d->conn)) != NULL;) {
      PG(clear)(r);
    }
  }
  return rc;
}

sl_status pg_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err) {
  struct query *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  q->destination = (struct pg_destination *)base;
  q->result.fill = fill;
  q->result.end = end;
  sl_result_stream(&q->result, out);
  sl_status rc = begin(q, sql, err);
  if (rc != SL_OK) {
    out->release(out);
  }
  return rc;
}
