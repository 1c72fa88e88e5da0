/* bind.c - how the columns of a chunk are fetched.
 *
 * In blocks: every column has an array that the driver fills for many rows at once. Where a text
 * may be longer than its array, the rest is read in pieces afterwards, which only drivers that are
 * known to do it well are trusted with, in a block or row by row. For the others a long column is
 * not bound but read in pieces row by row, and stands after the bound ones in the SELECT, as the
 * standard asks for. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "odbc/diag.h"
#include "odbc_internal.h"

enum {
  ROWSET_BYTES = 1 << 20, /* of all arrays: stays in the cache */
  MOST_ROWS = 2000,
  WORD_BYTES = 72,     /* digits, dates, GUIDs */
  USUAL_BYTES = 512,   /* of texts whose longer values can be read afterwards */
  LONGEST_BOUND = 8000 /* bytes of a column that is bound at its full size */
};

static SQLSMALLINT c_type_of(const struct odbc_session *s, enum odbc_read read) {
  switch (read) {
    case ODBC_INTEGER: return SQL_C_SBIGINT;
    case ODBC_REAL: return SQL_C_DOUBLE;
    case ODBC_SMALL_REAL: return SQL_C_FLOAT;
    case ODBC_BIT: return SQL_C_BIT;
    case ODBC_DATE: return SQL_C_TYPE_DATE;
    case ODBC_TIMESTAMP: return SQL_C_TYPE_TIMESTAMP;
    case ODBC_BYTES: return SQL_C_BINARY;
    case ODBC_WORD: return SQL_C_CHAR;
    default: break;
  }
  const char *text = s->settings->text;
  bool wide = strcmp(text, "auto") == 0 ? s->link.wide && !s->link.profile->utf8
                                        : strcmp(text, "utf16") == 0;
  return wide ? SQL_C_WCHAR : SQL_C_CHAR;
}

/* Bytes that hold every value, going by the size that the driver states; 0 = not known or long. */
static size_t full_width(const struct odbc_cell *c) {
  uint64_t size = odbc_detail_size(c->column->detail);
  size_t unit = c->read == ODBC_TEXT ? 4 : 1; /* a character: 2 units of UTF-16, 4 bytes of UTF-8 */
  switch (c->read) {
    case ODBC_INTEGER:
    case ODBC_REAL: return 8;
    case ODBC_SMALL_REAL: return 4;
    case ODBC_BIT: return 1;
    case ODBC_DATE: return sizeof(SQL_DATE_STRUCT);
    case ODBC_TIMESTAMP: return sizeof(SQL_TIMESTAMP_STRUCT);
    case ODBC_WORD: return size + 4 > WORD_BYTES && size < LONGEST_BOUND ? size + 4 : WORD_BYTES;
    default: return size == 0 || size > LONGEST_BOUND / unit ? 0 : (size + 1) * unit;
  }
}

/* True when the arrays may be too small for a value, so that rows cannot come in a block unless the
 * driver gives the rest there. */
static bool plan_cell(const struct odbc_session *s, struct odbc_cell *c) {
  size_t full = full_width(c);
  bool varies = c->read == ODBC_TEXT || c->read == ODBC_BYTES;
  bool known = full > 0 && !s->link.profile->all_text;
  c->bound = strcmp(s->settings->fetch, "row") != 0 &&
             (known || s->link.profile->rest != ODBC_REST_UNBOUND);
  c->width = known ? full : USUAL_BYTES;
  if (varies && s->link.profile->rest == ODBC_REST_BLOCK && c->width > USUAL_BYTES) {
    c->width = USUAL_BYTES; /* smaller rows, larger blocks */
  }
  c->width = (c->width + 7) / 8 * 8;
  return varies && !known;
}

/* Bound columns first: a driver may give an unbound one only after the last bound one. */
static void number_cells(struct odbc_reader *r, size_t count) {
  SQLUSMALLINT position = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < count; i++) {
      if (r->cells[i].bound == (pass == 0)) {
        r->in_order[position] = &r->cells[i];
        r->cells[i].position = ++position;
      }
    }
  }
}

sl_status odbc_plan_cells(struct odbc_session *s, const struct sl_db_table *table,
                          struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  size_t row_bytes = 0;
  bool one_by_one = false;
  r->cells = sl_calloc_array(table->n_columns, sizeof *r->cells);
  r->in_order = sl_calloc_array(table->n_columns, sizeof *r->in_order);
  if (r->cells == NULL || r->in_order == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for reading table %s", table->name);
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    struct odbc_cell *c = &r->cells[i];
    c->column = &table->columns[i];
    c->read = odbc_detail_read(c->column->detail);
    c->c_type = c_type_of(s, c->read);
    c->scale = sl_decimal_format_scale(c->column->format);
    bool may_be_longer = plan_cell(s, c);
    row_bytes += c->bound ? c->width + sizeof(SQLLEN) : 0;
    one_by_one = one_by_one || !c->bound ||
                 (may_be_longer && s->link.profile->rest != ODBC_REST_BLOCK &&
                  strcmp(s->settings->fetch, "block") != 0);
  }
  number_cells(r, table->n_columns);
  r->rows = one_by_one || row_bytes == 0 ? 1 : ROWSET_BYTES / row_bytes;
  r->rows = r->rows < 1 ? 1 : r->rows > MOST_ROWS ? MOST_ROWS : r->rows;
  return SL_OK;
}

/* One piece of memory: lengths, values, statuses. */
static sl_status allocate_rowset(struct odbc_reader *r, struct sl_error *err) {
  size_t columns = r->table->n_columns;
  size_t row_bytes = sizeof *r->status;
  for (size_t i = 0; i < columns; i++) {
    row_bytes += r->cells[i].bound ? r->cells[i].width + sizeof(SQLLEN) : 0;
  }
  r->memory = sl_calloc_array(r->rows, row_bytes);
  if (r->memory == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu rows of table %s", r->rows,
                   r->table->name);
  }
  char *at = r->memory;
  for (size_t i = 0; i < columns; i++) {
    struct odbc_cell *c = &r->cells[i];
    if (c->bound) {
      c->lengths = (SQLLEN *)(void *)at;
      at += r->rows * sizeof(SQLLEN);
      c->values = at;
      at += r->rows * c->width;
    }
  }
  r->status = (SQLUSMALLINT *)(void *)at;
  return SL_OK;
}

static void set_statement(struct odbc_session *s, SQLINTEGER attribute, void *value) {
  (void)ODBC(SetStmtAttr)(s->link.stmt, attribute, value, 0);
}

sl_status odbc_bind(struct odbc_session *s, struct sl_error *err) {
  struct odbc_reader *r = &s->reader;
  set_statement(s, SQL_ATTR_ROW_BIND_TYPE, (void *)(SQLULEN)SQL_BIND_BY_COLUMN);
  if (r->rows > 1 && ODBC(SetStmtAttr)(s->link.stmt, SQL_ATTR_ROW_ARRAY_SIZE,
                                       (void *)(SQLULEN)r->rows, 0) != SQL_SUCCESS) {
    r->rows = 1; /* a driver without blocks, or with smaller ones */
    set_statement(s, SQL_ATTR_ROW_ARRAY_SIZE, (void *)(SQLULEN)1);
  }
  sl_status rc = r->memory == NULL ? allocate_rowset(r, err) : SL_OK;
  if (rc != SL_OK) {
    return rc;
  }
  set_statement(s, SQL_ATTR_ROW_STATUS_PTR, r->status);
  set_statement(s, SQL_ATTR_ROWS_FETCHED_PTR, &r->fetched);
  for (size_t i = 0; i < r->table->n_columns; i++) {
    struct odbc_cell *c = &r->cells[i];
    if (c->bound && !SQL_SUCCEEDED(ODBC(BindCol)(s->link.stmt, c->position, c->c_type, c->values,
                                                 (SQLLEN)c->width, c->lengths))) {
      return odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err, "%s: binding column %s (%s)",
                       s->link.place, c->column->name, c->column->type_name);
    }
  }
  return SL_OK;
}

void odbc_unbind(struct odbc_session *s) {
  ODBC(FreeStmt)(s->link.stmt, SQL_CLOSE);
  ODBC(FreeStmt)(s->link.stmt, SQL_UNBIND);
  set_statement(s, SQL_ATTR_ROW_STATUS_PTR, NULL);
  set_statement(s, SQL_ATTR_ROWS_FETCHED_PTR, NULL);
  set_statement(s, SQL_ATTR_ROW_ARRAY_SIZE, (void *)(SQLULEN)1);
}

void odbc_reader_release(struct odbc_reader *r) {
  free(r->cells);
  free(r->in_order);
  free(r->memory);
  sl_db_batch_free(r->batch);
  sl_buffer_release(&r->value);
  sl_buffer_release(&r->utf8);
  *r = (struct odbc_reader){ 0 };
}
