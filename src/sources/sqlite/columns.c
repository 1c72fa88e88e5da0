/* columns.c - what the columns of a table are.
 *
 * SQLite keeps a declared type for each column but lets any value in. The declared type decides
 * what the column becomes (types.c); where it says nothing (no type, an unknown one, an expression
 * in a view), the first values do. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/time.h"
#include "sources/sqlite/sqlite_internal.h"

enum { SAMPLE_ROWS = 1000, COUNTED_ROWS = 100000 };

struct describing {
  struct sqlite_session *session;
  struct sl_db_table *table;
  bool *sampled; /* for each column: its type is not known yet */
  size_t sampled_capacity;
  char doing[300];
};

static sl_status add_column(struct describing *d, const char *name, const char *declared,
                            bool nullable, struct sl_error *err) {
  struct sl_db_column *column;
  enum sqlite_kind kind;
  char format[24];
  bool sampled;
  sqlite_type_of(declared, &kind, format, &sampled);
  sl_status rc = sl_db_table_add_column(d->table, name, declared == NULL ? "" : declared, format,
                                        nullable, &column, err);
  if (rc == SL_OK) {
    column->type = kind;
    column->json = kind == SQLITE_KIND_JSON;
    rc = sl_grow(&d->sampled, &d->sampled_capacity, d->table->n_columns, sizeof *d->sampled, err);
  }
  if (rc == SL_OK) {
    d->sampled[d->table->n_columns - 1] = sampled;
  }
  return rc;
}

/* PRAGMA table_xinfo: cid, name, type, notnull, dflt_value, pk, hidden (1 = of a virtual table). */
static sl_status add_table_columns(struct describing *d, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  bool row = true;
  sl_buffer_text(&sql, "PRAGMA ");
  if (d->table->schema != NULL) {
    sl_db_quote(&sqlite_driver, d->table->schema, &sql);
    sl_buffer_char(&sql, '.');
  }
  sl_buffer_text(&sql, "table_xinfo(");
  sl_db_quote(&sqlite_driver, d->table->name, &sql);
  sl_buffer_char(&sql, ')');
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_prepare(d->session, sql.data, d->doing, &statement, err);
  }
  while (rc == SL_OK && row) {
    rc = sqlite_step(d->session, statement, d->doing, &row, err);
    if (rc == SL_OK && row && SL_SQLITE(column_int64)(statement, 6) != 1) {
      bool not_null = SL_SQLITE(column_int64)(statement, 3) != 0;
      rc =
          add_column(d, sqlite_text_at(statement, 1), sqlite_text_at(statement, 2), !not_null, err);
    }
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status add_query_columns(struct describing *d, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  sl_buffer_text(&sql, "SELECT * FROM ");
  sl_db_from(&sqlite_driver, d->table, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_prepare(d->session, sql.data, d->doing, &statement, err);
  }
  int n = rc == SL_OK ? SL_SQLITE(column_count)(statement) : 0;
  for (int i = 0; rc == SL_OK && i < n; i++) {
    rc = add_column(d, SL_SQLITE(column_name)(statement, i),
                    SL_SQLITE(column_decltype)(statement, i), true, err);
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  return rc;
}

/* ---- columns without a type: what their values are ---- */

struct seen {
  int64_t integers, reals, texts, blobs;
};

static void count_value(struct seen *seen, int type) {
  seen->integers += type == SQLITE_INTEGER;
  seen->reals += type == SQLITE_FLOAT;
  seen->texts += type == SQLITE_TEXT;
  seen->blobs += type == SQLITE_BLOB;
}

/* What most of the values are; the rest goes into variant columns. */
static enum sqlite_kind kind_of(const struct seen *seen) {
  int64_t numbers = seen->integers + seen->reals;
  if (numbers + seen->texts + seen->blobs == 0) {
    return SQLITE_KIND_NONE;
  }
  if (seen->texts >= numbers && seen->texts >= seen->blobs) {
    return SQLITE_KIND_TEXT;
  }
  if (seen->blobs > numbers) {
    return SQLITE_KIND_BLOB;
  }
  return seen->reals > 0 ? SQLITE_KIND_REAL : SQLITE_KIND_INT;
}

/* Counts the types of the columns [from, to) in the first rows under a condition. */
static sl_status sample(struct describing *d, const char *condition, size_t from, size_t to,
                        struct seen *seen, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  bool row = true;
  sl_buffer_text(&sql, "SELECT ");
  for (size_t i = from; i < to; i++) {
    sl_buffer_text(&sql, i > from ? ", " : "");
    sl_db_quote(&sqlite_driver, d->table->columns[i].name, &sql);
  }
  sl_buffer_text(&sql, " FROM ");
  sl_db_from(&sqlite_driver, d->table, &sql);
  sl_buffer_printf(&sql, "%s LIMIT %d", condition, SAMPLE_ROWS);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_prepare(d->session, sql.data, d->doing, &statement, err);
  }
  while (rc == SL_OK && row) {
    rc = sqlite_step(d->session, statement, d->doing, &row, err);
    for (size_t i = from; rc == SL_OK && row && i < to; i++) {
      count_value(&seen[i], SL_SQLITE(column_type)(statement, (int)(i - from)));
    }
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  return rc;
}

/* A column that is NULL in the first rows: the first of those where it is not. */
static sl_status sample_values(struct describing *d, size_t column, struct seen *seen,
                               struct sl_error *err) {
  struct sl_buffer condition = { 0 };
  sl_buffer_text(&condition, " WHERE ");
  sl_db_quote(&sqlite_driver, d->table->columns[column].name, &condition);
  sl_buffer_text(&condition, " IS NOT NULL");
  sl_status rc = sl_buffer_check(&condition, err);
  if (rc == SL_OK) {
    rc = sample(d, condition.data, column, column + 1, seen, err);
  }
  sl_buffer_release(&condition);
  return rc;
}

static sl_status settle_types(struct describing *d, struct sl_error *err) {
  size_t n = d->table->n_columns;
  bool any = false;
  for (size_t i = 0; i < n; i++) {
    any = any || d->sampled[i];
  }
  struct seen *seen = any ? sl_calloc_array(n, sizeof *seen) : NULL;
  if (!any || seen == NULL) {
    return any ? sl_fail(err, SL_ENOMEM, "out of memory for table %s", d->table->name) : SL_OK;
  }
  sl_status rc = sample(d, "", 0, n, seen, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (!d->sampled[i]) {
      continue;
    }
    if (kind_of(&seen[i]) == SQLITE_KIND_NONE) {
      rc = sample_values(d, i, seen, err);
    }
    struct sl_db_column *c = &d->table->columns[i];
    c->type = kind_of(&seen[i]);
    sqlite_kind_format((enum sqlite_kind)c->type, c->format);
  }
  free(seen);
  return rc;
}

/* TIMESTAMP says nothing about time zones: the first text tells whether instants are meant. */
static sl_status settle_zone(struct describing *d, struct sl_db_column *column,
                             struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char *text = NULL;
  struct sl_iso iso;
  sl_buffer_text(&sql, "SELECT v FROM (SELECT ");
  sl_db_quote(&sqlite_driver, column->name, &sql);
  sl_buffer_text(&sql, " AS v FROM ");
  sl_db_from(&sqlite_driver, d->table, &sql);
  sl_buffer_printf(&sql, " LIMIT %d) WHERE typeof(v) = 'text' LIMIT 1", SAMPLE_ROWS);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run(d->session, sql.data, d->doing, &text, err);
  }
  if (rc == SL_OK && text != NULL && sl_iso_parse(sl_text_of(text), &iso) && iso.has_zone) {
    snprintf(column->format, sizeof column->format, "tsu:UTC");
  }
  free(text);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status settle_zones(struct describing *d, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < d->table->n_columns; i++) {
    struct sl_db_column *c = &d->table->columns[i];
    if (c->type == SQLITE_KIND_TIMESTAMP && strcasecmp(c->type_name, "TIMESTAMP") == 0) {
      rc = settle_zone(d, c, err);
    }
  }
  return rc;
}

/* ---- the cursor ---- */

/* SQLite compares a date with any text; a window that begins at one that is no time would hold
 * all rows or none. Numbers are times, too: seconds since 1970, days of the Julian calendar. */
static sl_status check_given(const struct sl_db_column *column, const char *value,
                             struct sl_error *err) {
  struct sl_iso iso;
  struct sl_decimal number;
  if (value == NULL || column->format[0] != 't' || sl_decimal_parse(sl_text_of(value), &number) ||
      (sl_iso_parse(sl_text_of(value), &iso) && iso.kind != SL_ISO_NONE)) {
    return SL_OK;
  }
  return sl_fail(err, SL_EUSAGE,
                 "'%s' is no date or time, but column %s is %s; write it like 2024-12-31 or "
                 "2024-12-31 23:59:59",
                 value, column->name, column->type_name);
}

/* How the texts of a cursor of times are written: one of them tells. */
static sl_status look_at_cursor(struct describing *d, struct sl_error *err) {
  const char *cursor = d->session->config->settings->cursor;
  struct sl_db_column *column = NULL;
  for (size_t i = 0; cursor != NULL && i < d->table->n_columns; i++) {
    column = strcmp(d->table->columns[i].name, cursor) == 0 ? &d->table->columns[i] : column;
  }
  if (column == NULL || strchr("tu", column->format[0]) == NULL) {
    return SL_OK;
  }
  struct sl_buffer sql = { 0 };
  char *text = NULL;
  struct sl_iso iso;
  sl_status rc = check_given(column, d->session->config->settings->initial_value, err);
  if (rc == SL_OK) {
    rc = check_given(column, d->session->config->settings->end_value, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  sl_buffer_text(&sql, "SELECT ");
  sl_db_quote(&sqlite_driver, cursor, &sql);
  sl_buffer_text(&sql, " FROM ");
  sl_db_from(&sqlite_driver, d->table, &sql);
  sl_buffer_text(&sql, " WHERE typeof(");
  sl_db_quote(&sqlite_driver, cursor, &sql);
  sl_buffer_text(&sql, ") = 'text' LIMIT 1");
  rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run(d->session, sql.data, d->doing, &text, err);
  }
  if (rc == SL_OK && text != NULL && sl_iso_parse(sl_text_of(text), &iso)) {
    size_t length = strlen(text);
    bool date = iso.kind == SL_ISO_DATE;
    bool z = length > 0 && text[length - 1] == 'Z';
    column->detail = iso.kind == SL_ISO_NONE || iso.kind == SL_ISO_TIME ? 0
                     : date ? CURSOR_KNOWN | CURSOR_DATE_ONLY
                            : CURSOR_KNOWN | (length > 10 && text[10] == 'T' ? CURSOR_T : 0) |
                                  (z ? CURSOR_Z : 0) | (iso.has_zone && !z ? CURSOR_OFFSET : 0);
  }
  free(text);
  sl_buffer_release(&sql);
  return rc;
}

/* ---- rows, nullability, how the table may be cut ---- */

static sl_status run_on_table(struct describing *d, const char *select, int64_t *out, bool *none,
                              struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, select);
  sl_db_from(&sqlite_driver, d->table, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run_integer(d->session, sql.data, d->doing, out, none, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* Rows by the highest rowid, which is never too low by much; small tables are counted. */
static sl_status estimate_rows(struct describing *d, struct sl_error *err) {
  static const char *const names[] = { "rowid", "_rowid_", "oid" };
  struct sl_db_table *table = d->table;
  bool none;
  int64_t highest;
  char select[64];
  if (table->detail[DETAIL_SPLIT] != SPLIT_ROWID) {
    return SL_OK;
  }
  snprintf(select, sizeof select, "SELECT max(%s) FROM ", names[table->detail[DETAIL_ROWID_NAME]]);
  sl_status rc = run_on_table(d, select, &highest, &none, err);
  if (rc != SL_OK) {
    return rc;
  }
  table->rows = none ? 0 : highest;
  table->estimate = table->rows > COUNTED_ROWS || table->rows < 0;
  if (table->estimate) {
    table->rows = table->rows < 0 ? -1 : table->rows;
    return SL_OK;
  }
  return run_on_table(d, "SELECT count(*) FROM ", &table->rows, &none, err);
}

/* rowid has three names, each of which a column may have taken. */
static void choose_rowid_name(struct sl_db_table *table) {
  static const char *const names[] = { "rowid", "_rowid_", "oid" };
  for (int n = 0; n < 3; n++) {
    bool taken = false;
    for (size_t i = 0; i < table->n_columns; i++) {
      taken = taken || strcasecmp(table->columns[i].name, names[n]) == 0;
    }
    if (!taken) {
      table->detail[DETAIL_ROWID_NAME] = n;
      return;
    }
  }
  table->detail[DETAIL_SPLIT] = SPLIT_NEVER;
}

/* Only what cannot be NULL in the destination stays NOT NULL: a value of another type leaves its
 * column empty and goes to a variant. STRICT tables and INTEGER PRIMARY KEY hold their types. */
static void settle_nullability(struct sl_db_table *table) {
  bool strict = table->detail[DETAIL_STRICT] != 0;
  for (size_t i = 0; i < table->n_columns; i++) {
    struct sl_db_column *c = &table->columns[i];
    bool typed = strict && (c->type == SQLITE_KIND_INT || c->type == SQLITE_KIND_REAL ||
                            c->type == SQLITE_KIND_BLOB);
    c->nullable = !sqlite_is_rowid(table, c) && (c->nullable || !typed);
  }
}

sl_status sqlite_describe(struct sl_db_session *base, struct sl_db_table *table,
                          struct sl_error *err) {
  struct describing d = { .session = (struct sqlite_session *)base, .table = table };
  snprintf(d.doing, sizeof d.doing, "%s %.200s", table->view ? "view" : "table", table->name);
  if (table->query != NULL) {
    snprintf(d.doing, sizeof d.doing, "--query");
  }
  sqlite_start_clock(d.session);
  bool plain = table->query == NULL && !table->view;
  sl_status rc = table->query != NULL ? add_query_columns(&d, err) : add_table_columns(&d, err);
  if (rc == SL_OK && table->n_columns == 0) {
    rc = sl_fail(err, SL_ENOTFOUND, "%s has no column that can be read", d.doing);
  }
  if (rc == SL_OK && plain) {
    rc = sqlite_add_key(d.session, table, d.doing, err);
  }
  if (rc == SL_OK) {
    choose_rowid_name(table);
    rc = settle_types(&d, err);
  }
  if (rc == SL_OK) {
    rc = settle_zones(&d, err);
  }
  if (rc == SL_OK) {
    settle_nullability(table);
    rc = look_at_cursor(&d, err);
  }
  if (rc == SL_OK && plain) {
    rc = estimate_rows(&d, err);
  }
  if (rc == SL_OK && plain) {
    rc = sqlite_check_key(d.session, table, d.doing, err);
  }
  free(d.sampled);
  d.session->deadline = 0;
  return rc;
}
