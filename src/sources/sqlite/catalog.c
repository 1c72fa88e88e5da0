/* catalog.c - which tables and indexes there are. */
#include <stdio.h>

#include "sources/sqlite/sqlite_internal.h"

/* ---- tables ---- */

/* Several databases: every table states which is its own. */
static bool schema_is_wanted(const struct sqlite_session *s, const char *schema,
                             const char *globs) {
  if (globs != NULL) {
    return sl_text_glob_list(globs, schema);
  }
  for (size_t i = 0; i < s->group->n_files; i++) {
    if (strcasecmp(schema, s->group->files[i].name) == 0) {
      return true;
    }
  }
  return false;
}

/* A virtual table needs its module (an extension), which this library may not have. */
static bool can_be_read(struct sqlite_session *s, const struct sl_db_table *table) {
  struct sl_buffer sql = { 0 };
  struct sl_error why;
  sqlite3_stmt *statement = NULL;
  sl_buffer_text(&sql, "SELECT * FROM ");
  sl_db_from(&sqlite_driver, table, &sql);
  sl_status rc = sqlite_prepare(s, sql.data, "virtual table", &statement, &why);
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  if (rc != SL_OK && s->config->warn != NULL) {
    char message[1400];
    snprintf(message, sizeof message, "table %.200s is left out: %s", table->name, why.message);
    s->config->warn(s->config->warn_arg, message);
  }
  return rc == SL_OK;
}

/* PRAGMA table_list: schema, name, type, ncol, wr (WITHOUT ROWID), strict. */
static sl_status add_table(struct sqlite_session *s, sqlite3_stmt *statement,
                           struct sl_db_tables *out, struct sl_error *err) {
  const char *schema = sqlite_text_at(statement, 0);
  const char *name = sqlite_text_at(statement, 1);
  const char *type = sqlite_text_at(statement, 2);
  struct sl_db_table *table;
  sl_status rc = sl_db_tables_add(out, s->group->n_files > 1 ? schema : NULL, name, &table, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool plain = strcmp(type, "table") == 0;
  table->view = strcmp(type, "view") == 0;
  table->detail[DETAIL_SPLIT] = plain && SL_SQLITE(column_int64)(statement, 4) == 0 ? SPLIT_ROWID
                                : plain                                             ? SPLIT_COLUMN
                                                                                    : SPLIT_NEVER;
  table->detail[DETAIL_STRICT] = SL_SQLITE(column_int64)(statement, 5);
  if (strcmp(type, "virtual") == 0 && !can_be_read(s, table)) {
    sl_db_table_release(&out->items[--out->count]);
  }
  return SL_OK;
}

sl_status sqlite_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                      struct sl_error *err) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  sqlite3_stmt *statement;
  bool row = true;
  sqlite_start_clock(s);
  sl_status rc = sqlite_prepare(s,
                                "SELECT schema, name, type, ncol, wr, strict FROM "
                                "pragma_table_list WHERE type <> 'shadow' AND name NOT LIKE "
                                "'sqlite\\_%' ESCAPE '\\' ORDER BY schema <> 'main', schema, name",
                                "listing tables", &statement, err);
  while (rc == SL_OK && row) {
    rc = sqlite_step(s, statement, "listing tables", &row, err);
    if (rc == SL_OK && row && schema_is_wanted(s, sqlite_text_at(statement, 0), schemas)) {
      rc = add_table(s, statement, out, err);
    }
  }
  SL_SQLITE(finalize)(statement);
  s->deadline = 0;
  return rc;
}

/* ---- indexes ---- */

bool sqlite_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *column) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  sqlite3_stmt *statement;
  bool row = false;
  if (table->view || table->query != NULL) {
    return true; /* nothing is known */
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    bool integer = strcasecmp(table->columns[i].type_name, "INTEGER") == 0;
    if (strcmp(table->columns[i].name, column) == 0 && integer && table->n_primary_key == 1 &&
        strcmp(table->primary_key[0], column) == 0) {
      return true;
    }
  }
  sl_status rc = sqlite_prepare(s,
                                "SELECT 1 FROM pragma_index_list(?1, ?2) AS l, "
                                "pragma_index_xinfo(l.name, ?2) AS x WHERE l.partial = 0 AND "
                                "x.seqno = 0 AND x.name = ?3 COLLATE NOCASE",
                                "looking for an index", &statement, NULL);
  if (rc == SL_OK) {
    SL_SQLITE(bind_text)(statement, 1, table->name, -1, SQLITE_STATIC);
    SL_SQLITE(bind_text)
    (statement, 2, table->schema == NULL ? "main" : table->schema, -1, SQLITE_STATIC);
    SL_SQLITE(bind_text)(statement, 3, column, -1, SQLITE_STATIC);
    rc = sqlite_step(s, statement, "looking for an index", &row, NULL);
  }
  SL_SQLITE(finalize)(statement);
  return rc != SL_OK || row;
}
