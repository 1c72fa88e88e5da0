/* read.c - a chunk, from its SELECT to blocks. */
#include <stdio.h>
#include <stdlib.h>

#include "odbc/diag.h"
#include "odbc_internal.h"

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
    sl_db_batch_tell(s->reader.batch, s->config);
    odbc_pages_choose(s);
    rc = odbc_pages_run(s, err);
  }
  if (rc != SL_OK) {
    odbc_finish(base);
  }
  return rc;
}

void odbc_finish(struct sl_db_session *base) {
  struct odbc_session *s = odbc_session_of(base);
  odbc_unbind(s);
  odbc_pages_close(s);
  odbc_reader_release(&s->reader);
}

static sl_status fetch_rowset(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  r->at = 0;
  r->fetched = 1; /* where the driver does not say */
  SQLRETURN rc = ODBC(Fetch)(s->link.stmt);
  if (rc == SQL_NO_DATA) {
    r->fetched = 0;
    r->ended = !odbc_pages_more(r);
    return r->ended ? SL_OK : odbc_pages_run(s, err);
  }
  if (!SQL_SUCCEEDED(rc)) {
    r->fetched = 0;
    return odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err, "%s: reading table %s",
                     s->link.place, r->table->name);
  }
  for (size_t i = 0; i < r->fetched; i++) {
    if (r->status[i] == SQL_ROW_ERROR) {
      return odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err,
                       "%s: reading table %s: a row could not be read", s->link.place,
                       r->table->name);
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
      !SQL_SUCCEEDED(ODBC(SetPos)(s->link.stmt, (SQLSETPOSIROW)(r->at + 1), SQL_POSITION,
                                  SQL_LOCK_NO_CHANGE))) {
    return odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err,
                     "%s: table %s, column %s (%s): a value is longer than the driver states, and "
                     "it cannot give the rest in a block of rows (use --odbc-fetch row)",
                     s->link.place, r->table->name, c->column->name, c->column->type_name);
  }
  sl_status rc = odbc_get_data(&s->link, c->position, c->c_type, &r->value, &null, err);
  if (rc != SL_OK) {
    return sl_error_add_context(err, "table %s, column %s", r->table->name, c->column->name);
  }
  r->pages.bytes += c->bound ? 0 : (int64_t)r->value.length; /* counted already where bound */
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
    r->pages.bytes += length > 0 ? length : 0;
    bool fits = length >= 0 && (size_t)length + terminator_of(c) <= c->width;
    rc = fits ? odbc_put(s, c, c->values + r->at * c->width, (size_t)length, err)
              : put_pieces(s, c, err);
  }
  const struct odbc_cell *key = r->pages.key;
  if (key != NULL) {
    memcpy(&r->pages.last_key, key->values + r->at * key->width, sizeof r->pages.last_key);
  }
  r->pages.rows++;
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
