/* copy_in.c - a batch into a table by COPY … FROM STDIN (FORMAT binary). */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/match.h"
#include "column/read.h"
#include "postgres_internal.h"

enum { SEND_BYTES = 256 << 10 };

struct source_column {
  const struct ArrowArray *array;
  const struct pg_column *column;
  pg_write_field write;
  int32_t scale; /* of a decimal */
};

static bool take_column(void *arg, int64_t i, const struct ArrowSchema *child, const void *column) {
  const struct pg_column *c = column;
  struct source_column *out = (struct source_column *)arg + i;
  out->column = c;
  out->write = pg_field_writer(c->type, child->format);
  out->scale = sl_decimal_format_scale(child->format);
  return out->write != NULL;
}

static sl_status match_columns(const struct pg_target *target, const struct ArrowSchema *schema,
                               const struct ArrowArray *array, struct source_column *out,
                               struct sl_error *err) {
  const struct sl_column_match match = { .table = target->qualified,
                                         .columns = target->columns,
                                         .count = target->n_columns,
                                         .size = sizeof *target->columns,
                                         .take = take_column,
                                         .arg = out };
  for (int64_t i = 0; i < schema->n_children; i++) {
    out[i].array = array->children[i];
  }
  return sl_column_match(&match, schema, err);
}

/* A COPY that the server has ended already says why in its result. */
static sl_status send_rows(struct pg_destination *d, struct sl_error *err) {
  sl_status rc = sl_buffer_check(&d->rows, err);
  if (rc == SL_OK && PG(putCopyData)(d->conn, d->rows.data, (int)d->rows.length) != 1) {
    rc = pg_dest_fail(d, PG(getResult)(d->conn), d->copying, err);
  }
  sl_buffer_reset(&d->rows);
  return rc;
}

static sl_status write_row(struct pg_destination *d, const struct source_column *columns, int64_t n,
                           int64_t row, struct sl_error *err) {
  static const char null_field[4] = { (char)0xFF, (char)0xFF, (char)0xFF, (char)0xFF };
  sl_status rc = SL_OK;
  pg_put16(&d->rows, (int16_t)n);
  for (int64_t i = 0; rc == SL_OK && i < n; i++) {
    if (sl_array_is_null(columns[i].array, row)) {
      sl_buffer_append(&d->rows, null_field, sizeof null_field);
    } else {
      rc = columns[i].write(columns[i].column, columns[i].array, row, columns[i].scale, &d->rows,
                            err);
    }
  }
  return rc;
}

static sl_status write_statement(const struct pg_target *target, const struct ArrowSchema *schema,
                                 struct sl_buffer *out, struct sl_error *err) {
  sl_buffer_printf(out, "COPY %s (", target->qualified);
  for (int64_t i = 0; i < schema->n_children; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    pg_quote(schema->children[i]->name, out);
  }
  sl_buffer_text(out, ") FROM STDIN (FORMAT binary)");
  return sl_buffer_check(out, err);
}

static sl_status begin_copy(struct pg_destination *d, const struct pg_target *target,
                            struct sl_buffer *sql, struct sl_error *err) {
  static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
  snprintf(d->copying, sizeof d->copying, "writing %s", target->qualified);
  PGresult *result = PG(exec)(d->conn, sql->data);
  if (PG(resultStatus)(result) != PGRES_COPY_IN) {
    return pg_dest_fail(d, result, d->copying, err);
  }
  PG(clear)(result);
  d->copy = sl_buffer_take(sql);
  sl_buffer_reset(&d->rows);
  sl_buffer_append(&d->rows, header, 19);
  return SL_OK;
}

sl_status pg_copy_end(struct pg_destination *d, const char *why, struct sl_error *err) {
  PGresult *result;
  sl_status rc = SL_OK;
  if (d->copy == NULL) {
    return SL_OK;
  }
  free(d->copy);
  d->copy = NULL;
  if (why == NULL) {
    pg_put16(&d->rows, -1);
    rc = send_rows(d, err);
  }
  if (PG(putCopyEnd)(d->conn, why) != 1 && rc == SL_OK) {
    rc = pg_dest_fail(d, NULL, d->copying, err);
  }
  while ((result = PG(getResult)(d->conn)) != NULL) {
    if (rc == SL_OK && why == NULL && PG(resultStatus)(result) != PGRES_COMMAND_OK) {
      rc = pg_dest_fail(d, result, d->copying, err);
    } else {
      PG(clear)(result);
    }
  }
  return rc;
}

static sl_status copy_rows(struct pg_destination *d, const struct source_column *columns,
                           const struct ArrowArray *array, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < array->length; row++) {
    rc = write_row(d, columns, array->n_children, row, err);
    if (rc == SL_OK && d->rows.length >= SEND_BYTES) {
      rc = send_rows(d, err);
    }
  }
  return rc;
}

sl_status pg_copy_in(struct pg_destination *d, const struct pg_target *target,
                     const struct ArrowSchema *schema, const struct ArrowArray *array,
                     struct sl_error *err) {
  struct source_column *columns = sl_calloc_array((size_t)schema->n_children, sizeof *columns);
  struct sl_buffer sql = { 0 };
  sl_status rc =
      columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", target->qualified) : SL_OK;
  if (rc == SL_OK) {
    rc = match_columns(target, schema, array, columns, err);
  }
  if (rc == SL_OK) {
    rc = write_statement(target, schema, &sql, err);
  }
  if (rc == SL_OK && d->copy != NULL && strcmp(d->copy, sql.data) != 0) {
    rc = pg_copy_end(d, NULL, err);
  }
  if (rc == SL_OK && d->copy == NULL) {
    rc = begin_copy(d, target, &sql, err);
  }
  if (rc == SL_OK) {
    rc = copy_rows(d, columns, array, err);
  }
  if (rc != SL_OK) {
    sl_status ended = pg_copy_end(d, "stopped", NULL);
    (void)ended; /* what failed first is told */
  }
  sl_buffer_release(&sql);
  free(columns);
  return rc;
}
