/* pages.c - the statements that a chunk is read with: one, or pages.
 *
 * Some drivers hold a whole result in memory before they give its first row. For those a chunk is
 * read in pages, in the one transaction of the session: along an integer key (MariaDB), or from a
 * cursor that the server keeps (PostgreSQL, whose driver has such cursors too, but crashes when a
 * connection breaks under them). The first pages are small, because nobody knows how wide the rows
 * are; later ones hold some megabytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "odbc_internal.h"

enum {
  FIRST_ROWS = 64,
  MOST_ROWS = 20000,
  FASTEST_GROWTH = 8,
  PAGE_BYTES = 8 << 20,
  CELL_BYTES = 32 /* what a driver keeps for a value beside its bytes, about */
};

static const struct odbc_cell *find_key(const struct odbc_reader *r) {
  const struct sl_db_column *key = odbc_integer_key(r->table);
  if (key == NULL || r->table->query != NULL || r->chunk->order_by != NULL) {
    return NULL;
  }
  for (size_t i = 0; i < r->table->n_columns; i++) {
    const struct odbc_cell *c = &r->cells[i];
    if (c->column == key && c->bound && c->read == ODBC_INTEGER) {
      return c;
    }
  }
  return NULL;
}

void odbc_pages_choose(struct odbc_session *s) {
  struct odbc_pages *p = &s->reader.pages;
  *p = (struct odbc_pages){ .how = s->link.profile->paging, .size = FIRST_ROWS };
  p->key = p->how == ODBC_PAGES_BY_KEY ? find_key(&s->reader) : NULL;
  if (p->how == ODBC_PAGES_BY_KEY && p->key == NULL) {
    p->how = ODBC_PAGES_NONE;
  }
}

/* By what the rows of the last page took. */
static void choose_size(struct odbc_reader *r) {
  struct odbc_pages *p = &r->pages;
  int64_t row = p->rows == 0 ? 1 : p->bytes / p->rows + CELL_BYTES * (int64_t)r->table->n_columns;
  int64_t fitting = PAGE_BYTES / (row < 1 ? 1 : row);
  int64_t most = p->size * FASTEST_GROWTH < MOST_ROWS ? p->size * FASTEST_GROWTH : MOST_ROWS;
  p->size = fitting < 1 ? 1 : fitting > most ? most : fitting;
}

static void page_statement(const struct odbc_session *s, struct sl_buffer *sql) {
  const struct odbc_pages *p = &s->reader.pages;
  if (p->how == ODBC_PAGES_BY_CURSOR) {
    sl_buffer_printf(sql, "FETCH FORWARD %" PRId64 " FROM sluice_rows", p->size);
    return;
  }
  odbc_select(s, &s->reader, sql);
  if (p->how == ODBC_PAGES_BY_KEY) {
    sl_buffer_printf(sql, " LIMIT %" PRId64, p->size);
  }
}

static sl_status execute(struct odbc_session *s, const struct sl_buffer *sql,
                         struct sl_error *err) {
  char what[320];
  snprintf(what, sizeof what, "reading table %s", s->reader.table->name);
  sl_status rc = sl_buffer_check(sql, err);
  return rc == SL_OK ? odbc_execute(&s->link, sql->data, what, err) : rc;
}

static sl_status declare_cursor(struct odbc_session *s, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "DECLARE sluice_rows NO SCROLL CURSOR FOR ");
  odbc_select(s, &s->reader, &sql);
  sl_status rc = execute(s, &sql, err);
  odbc_end(&s->link);
  s->reader.pages.declared = rc == SL_OK;
  sl_buffer_release(&sql);
  return rc;
}

sl_status odbc_pages_run(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  struct odbc_pages *p = &r->pages;
  struct sl_buffer sql = { 0 };
  sl_status rc = SL_OK;
  if (p->how == ODBC_PAGES_BY_CURSOR && !p->declared) {
    rc = declare_cursor(s, err);
  } else if (p->later) {
    odbc_unbind(s);
    choose_size(r);
  }
  if (rc == SL_OK) {
    page_statement(s, &sql);
    rc = execute(s, &sql, err);
  }
  sl_buffer_release(&sql);
  if (rc == SL_OK) { /* not before: MariaDB's driver counts the columns of the last result */
    rc = odbc_bind(s, err);
  }
  p->later = true;
  p->rows = 0;
  p->bytes = 0;
  return rc;
}

bool odbc_pages_more(const struct odbc_reader *r) {
  return r->pages.how != ODBC_PAGES_NONE && r->pages.rows == r->pages.size;
}

void odbc_pages_close(struct odbc_session *s) {
  struct sl_error ignored;
  if (s->reader.pages.declared &&
      odbc_execute(&s->link, "CLOSE sluice_rows", "closing a cursor", &ignored) == SL_OK) {
    odbc_end(&s->link);
  }
}
