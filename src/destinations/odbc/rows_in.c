/* rows_in.c - rows by arrays of parameters: a prepared INSERT, executed for many rows at once. */
#include <stdlib.h>

#include "base/memory.h"
#include "odbc/text.h"
#include "odbc_writing.h"

enum {
  CHUNK_ROWS = 5000,
  CHUNK_BYTES = 8 << 20, /* of all columns; a row that is longer goes alone */
  PIECE_BYTES = 1 << 18
};

static void drop_insert(struct odbc_insert *insert) {
  if (insert->stmt != NULL) {
    ODBC(FreeHandle)(SQL_HANDLE_STMT, insert->stmt);
  }
  free(insert->sql);
  *insert = (struct odbc_insert){ 0 };
}

void odbc_out_forget(struct odbc_destination *d) {
  for (size_t i = 0; i < ODBC_INSERTS; i++) {
    drop_insert(&d->inserts[i]);
  }
}

void odbc_out_release_rows(struct odbc_destination *d) {
  odbc_out_forget(d);
  for (size_t i = 0; i < d->params_capacity; i++) {
    free(d->params[i].memory);
    free(d->params[i].lengths);
  }
  free(d->params);
  d->params = NULL;
  d->params_capacity = 0;
}

/* ---- prepared statements ---- */

static sl_status prepare(struct odbc_destination *d, struct odbc_insert *insert, char *sql,
                         struct sl_error *err) {
  SQLRETURN code;
  SQLWCHAR *units = NULL;
  insert->sql = sql;
  insert->used = d->tick;
  if (!SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_STMT, d->link.dbc, &insert->stmt))) {
    return sl_fail(err, SL_ENOMEM, "%s: the driver gives no statement", d->link.place);
  }
  sl_status rc = d->link.wide ? odbc_widen(sql, &units, err) : SL_OK;
  if (rc != SL_OK) {
    return rc;
  }
  odbc_out_begin_call(d, insert->stmt);
  code = d->link.wide ? ODBC(PrepareW)(insert->stmt, units, SQL_NTS)
                      : ODBC(Prepare)(insert->stmt, (SQLCHAR *)sql, SQL_NTS);
  odbc_out_end_call(d);
  free(units);
  return SQL_SUCCEEDED(code) ? SL_OK : odbc_out_fail(d, insert->stmt, "preparing an INSERT", err);
}

/* The statement for the text, which is taken: one that is prepared already, or in place of the one
 * that nobody used for longest. */
static sl_status get_insert(struct odbc_destination *d, char *sql, SQLHSTMT *out,
                            struct sl_error *err) {
  struct odbc_insert *oldest = &d->inserts[0];
  d->tick++;
  for (size_t i = 0; i < ODBC_INSERTS; i++) {
    struct odbc_insert *insert = &d->inserts[i];
    if (insert->sql != NULL && strcmp(insert->sql, sql) == 0) {
      free(sql);
      insert->used = d->tick;
      *out = insert->stmt;
      return SL_OK;
    }
    oldest = insert->used < oldest->used ? insert : oldest;
  }
  drop_insert(oldest);
  sl_status rc = prepare(d, oldest, sql, err);
  *out = oldest->stmt;
  if (rc != SL_OK) {
    drop_insert(oldest);
  }
  return rc;
}

/* ---- chunks ---- */

/* How many rows from `from` on fit; sets the widths of the columns. */
static int64_t measure(const struct odbc_destination *d, size_t n, int64_t from, int64_t rows) {
  int64_t count = 0;
  for (size_t c = 0; c < n; c++) {
    d->params[c].width = odbc_param_width(d, &d->params[c], from);
  }
  for (count = 1; from + count < rows && count < CHUNK_ROWS; count++) {
    size_t row_bytes = 0;
    for (size_t c = 0; c < n; c++) {
      size_t width = odbc_param_width(d, &d->params[c], from + count);
      row_bytes += width > d->params[c].width ? width : d->params[c].width;
    }
    if (row_bytes * (size_t)(count + 1) > CHUNK_BYTES) {
      break;
    }
    for (size_t c = 0; c < n; c++) {
      struct odbc_param *p = &d->params[c];
      size_t width = odbc_param_width(d, p, from + count);
      p->width = width > p->width ? width : p->width;
    }
  }
  return count;
}

static sl_status put_pieces(struct odbc_destination *d, SQLHSTMT stmt, struct sl_error *err) {
  void *token = NULL;
  SQLRETURN code;
  while ((code = ODBC(ParamData)(stmt, &token)) == SQL_NEED_DATA) {
    struct odbc_param *p = token;
    for (size_t at = 0; at < p->piecemeal.length; at += PIECE_BYTES) {
      size_t left = p->piecemeal.length - at;
      if (!SQL_SUCCEEDED(ODBC(PutData)(stmt, p->memory + at,
                                       (SQLLEN)(left < PIECE_BYTES ? left : PIECE_BYTES)))) {
        return odbc_out_fail(d, stmt, "writing a long value", err);
      }
    }
  }
  return SQL_SUCCEEDED(code) || code == SQL_NO_DATA ? SL_OK
                                                    : odbc_out_fail(d, stmt, "writing rows", err);
}

static sl_status run_chunk(struct odbc_destination *d, SQLHSTMT stmt, int64_t count,
                           struct sl_error *err) {
  SQLULEN processed = 0;
  SQLRETURN code = ODBC(SetStmtAttr)(stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)(SQLULEN)count, 0);
  if (code != SQL_SUCCESS && count > 1) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "%s: this driver takes no arrays of parameters; use --odbc-insert literals",
                   d->link.place);
  }
  (void)ODBC(SetStmtAttr)(stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed, 0);
  odbc_out_begin_call(d, stmt);
  code = ODBC(Execute)(stmt);
  sl_status rc = SL_OK;
  if (code == SQL_NEED_DATA) {
    rc = put_pieces(d, stmt, err);
  } else if (!SQL_SUCCEEDED(code) && code != SQL_NO_DATA) {
    rc = odbc_out_fail(d, stmt, "writing rows", err);
  } else if (code == SQL_SUCCESS_WITH_INFO && count > 1 && processed != (SQLULEN)count) {
    rc = odbc_out_fail(d, stmt, "writing rows", err);
  }
  odbc_out_end_call(d);
  ODBC(FreeStmt)(stmt, SQL_CLOSE);
  return rc;
}

static sl_status append_chunks(struct odbc_destination *d, SQLHSTMT stmt, size_t n, int64_t rows,
                               struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int64_t from = 0; rc == SL_OK && from < rows;) {
    int64_t count = measure(d, n, from, rows);
    if (atomic_load(&d->cancelled)) {
      return sl_fail(err, SL_ECANCELLED, "writing was stopped");
    }
    for (size_t c = 0; rc == SL_OK && c < n; c++) {
      rc = odbc_param_bind(d, &d->params[c], stmt, (SQLUSMALLINT)(c + 1), from, count, err);
    }
    if (rc == SL_OK) {
      rc = run_chunk(d, stmt, count, err);
    }
    from += count;
  }
  return rc;
}

static sl_status plan(struct odbc_destination *d, const struct ArrowSchema *schema,
                      const struct ArrowArray *array, struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  size_t before = d->params_capacity;
  sl_status rc = sl_grow(&d->params, &d->params_capacity, n, sizeof *d->params, err);
  if (rc == SL_OK && d->params_capacity > before) {
    memset(d->params + before, 0, (d->params_capacity - before) * sizeof *d->params);
  }
  for (size_t c = 0; rc == SL_OK && c < n; c++) {
    rc = odbc_param_plan(d, &d->params[c], schema->children[c], array->children[c], err);
  }
  return rc;
}

static sl_status append_arrays(struct odbc_destination *d, const struct sl_table_name *name,
                               const struct sl_sql_target *targets,
                               const struct ArrowSchema *schema, const struct ArrowArray *array,
                               struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  SQLHSTMT stmt = NULL;
  size_t n = (size_t)schema->n_children;
  sl_sql_insert_parameters(&d->sql, name, targets, n, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  char *text = rc == SL_OK ? sl_buffer_take(&sql) : NULL;
  if (rc == SL_OK && text == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a statement");
  }
  if (rc == SL_OK) {
    rc = get_insert(d, text, &stmt, err);
  }
  if (rc == SL_OK) {
    rc = plan(d, schema, array, err);
  }
  if (rc == SL_OK) {
    rc = append_chunks(d, stmt, n, array->length, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status odbc_out_append(struct odbc_destination *d, const struct sl_table_name *name,
                          const struct ArrowSchema *schema, const struct ArrowArray *array,
                          struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  struct sl_sql_target *targets = sl_alloc_array(n + 1, sizeof *targets);
  if (targets == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t c = 0; c < n; c++) {
    targets[c] =
        (struct sl_sql_target){ schema->children[c]->name, sl_schema_is_json(schema->children[c]) };
  }
  sl_status rc = d->literals ? odbc_out_append_literals(d, name, targets, schema, array, err)
                             : append_arrays(d, name, targets, schema, array, err);
  free(targets);
  return rc;
}
