/* read.c - a chunk, from its SELECT to blocks. */
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "odbc_internal.h"

/* A driver that holds whole results gets pages: in one snapshot they are together the table. */
static void choose_pages(struct odbc_session *s) {
  struct odbc_reader *r = &s->reader;
  const struct sl_db_column *key = odbc_integer_key(r->table);
  r->page_rows = -1;
  if (!s->profile->holds_results || key == NULL || r->table->query != NULL ||
      r->chunk->order_by != NULL) {
    return;
  }
  for (size_t i = 0; i < r->table->n_columns; i++) {
    const struct odbc_cell *c = &r->cells[i];
    r->key = c->column == key && c->bound && c->read == ODBC_INTEGER ? c : r->key;
  }
}

static sl_status run_statement(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  struct sl_buffer sql = { 0 };
  char what[320];
  snprintf(what, sizeof what, "reading table %s", r->table->name);
  odbc_select(s, r, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = odbc_execute(s, sql.data, what, err);
  }
  sl_buffer_release(&sql);
  if (rc == SL_OK) { /* not before: MariaDB's driver counts the columns of the last result */
    rc = odbc_bind(s, err);
  }
  r->page_rows = 0;
  return rc;
}

sl_status odbc_open(struct sl_db_session *base, const struct sl_db_table *table,
                    const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct odbc_session *s = odbc_session_of(base);
  s->reader.table = table;
  s->reader.chunk = chunk;
  sl_status rc = odbc_plan_cells(s, table, err);
  if (rc == SL_OK) {
    rc = sl_db_batch_new(&s->reader.batch, table, s->config->settings, err);
  }
  if (rc == SL_OK) {
    choose_pages(s);
    rc = run_statement(s, err);
  }
  if (rc != SL_OK) {
    odbc_finish(base);
  }
  return rc;
}

void odbc_finish(struct sl_db_session *base) {
  struct odbc_session *s = odbc_session_of(base);
  odbc_unbind(s);
  odbc_reader_release(&s->reader);
}

static sl_status fetch_rowset(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  r->at = 0;
  r->fetched = 1; /* where the driver does not say */
  SQLRETURN rc = ODBC(Fetch)(s->stmt);
  if (rc == SQL_NO_DATA) {
    r->fetched = 0;
    r->ended = r->key == NULL || r->page_rows < ODBC_PAGE_ROWS;
    if (!r->ended) {
      odbc_unbind(s);
      return run_statement(s, err);
    }
    return SL_OK;
  }
  if (!SQL_SUCCEEDED(rc)) {
    r->fetched = 0;
    return odbc_fail(SQL_HANDLE_STMT, s->stmt, s->wide, err, "%s: reading table %s", s->place,
                     r->table->name);
  }
  for (size_t i = 0; i < r->fetched; i++) {
    if (r->status[i] == SQL_ROW_ERROR) {
      return odbc_fail(SQL_HANDLE_STMT, s->stmt, s->wide, err,
                       "%s: reading table %s: a row could not be read", s->place, r->table->name);
    }
  }
  return SL_OK;
}

static size_t terminator_of(const struct odbc_cell *c) {
  return c->c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : c->c_type == SQL_C_CHAR ? 1 : 0;
}

/* A value that is not bound, or whose array had no room for it: in pieces, however long. */
static sl_status put_pieces(struct odbc_session *s, struct odbc_cell *c, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  bool null;
  sl_buffer_reset(&r->value);
  if (c->bound && r->rows > 1 &&
      !SQL_SUCCEEDED(
          ODBC(SetPos)(s->stmt, (SQLSETPOSIROW)(r->at + 1), SQL_POSITION, SQL_LOCK_NO_CHANGE))) {
    return odbc_fail(SQL_HANDLE_STMT, s->stmt, s->wide, err,
                     "%s: table %s, column %s (%s): a value is longer than the driver states, and "
                     "it cannot give the rest in a block of rows (use --odbc-fetch row)",
                     s->place, r->table->name, c->column->name, c->column->type_name);
  }
  sl_status rc = odbc_get_data(s, c->position, c->c_type, &r->value, &null, err);
  if (rc != SL_OK) {
    return sl_error_add_context(err, "table %s, column %s", r->table->name, c->column->name);
  }
  return null ? SL_OK : odbc_put(s, c, r->value.data, r->value.length, err);
}

static sl_status put_row(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < r->table->n_columns; i++) {
    struct odbc_cell *c = r->in_order[i];
    SQLLEN length = c->bound ? c->lengths[r->at] : SQL_NO_TOTAL;
    if (length == SQL_NULL_DATA) {
      continue;
    }
    bool fits = length >= 0 && (size_t)length + terminator_of(c) <= c->width;
    rc = fits ? odbc_put(s, c, c->values + r->at * c->width, (size_t)length, err)
              : put_pieces(s, c, err);
  }
  if (r->key != NULL) {
    memcpy(&r->last_key, r->key->values + r->at * r->key->width, sizeof r->last_key);
    r->page_rows++;
  }
  r->at++;
  return rc == SL_OK ? sl_db_batch_end_row(r->batch, err) : rc;
}

static bool is_full(const struct odbc_session *s) {
  enum { LOOK_EVERY = 64 };
  const struct odbc_reader *r = &s->reader;
  int64_t rows = sl_db_batch_rows(r->batch);
  bool look = r->rows == 1 ? rows % LOOK_EVERY == 0 || r->value.length > LOOK_EVERY * 1024
                           : rows % LOOK_EVERY == 0;
  return rows >= s->config->batch_rows ||
         (look && sl_db_batch_bytes(r->batch) >= s->config->block_bytes);
}

sl_status odbc_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                    struct sl_error *err) {
  struct odbc_session *s = odbc_session_of(base);
  struct odbc_reader *r = &s->reader;
  sl_status rc = SL_OK;
  while (rc == SL_OK && !r->ended) {
    if (r->at >= r->fetched) {
      rc = fetch_rowset(s, err);
      continue;
    }
    rc = put_row(s, err);
    if (rc == SL_OK && is_full(s)) {
      break;
    }
  }
  *end = rc == SL_OK && sl_db_batch_rows(r->batch) == 0;
  return rc != SL_OK || *end ? rc
                             : sl_db_batch_finish(r->batch, sl_db_batch_bytes(r->batch), out, err);
}
