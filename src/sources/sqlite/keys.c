/* keys.c - primary keys, and whether they are keys for a destination too. */
#include <stdio.h>
#include <stdlib.h>

#include "sources/sqlite/sqlite_internal.h"

enum { ROWS_LOOKED_AT = 1000000, BYTES_LOOKED_AT = 64 << 20 };

sl_status sqlite_add_key(struct sqlite_session *s, struct sl_db_table *table, const char *doing,
                         struct sl_error *err) {
  sqlite3_stmt *statement;
  bool row = true;
  sl_status rc =
      sqlite_prepare(s, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE pk > 0 ORDER BY pk",
                     doing, &statement, err);
  if (rc == SL_OK) {
    const char *schema = table->schema == NULL ? "main" : table->schema;
    SL_SQLITE(bind_text)(statement, 1, table->name, -1, SQLITE_STATIC);
    SL_SQLITE(bind_text)(statement, 2, schema, -1, SQLITE_STATIC);
  }
  while (rc == SL_OK && row) {
    rc = sqlite_step(s, statement, doing, &row, err);
    if (rc == SL_OK && row) {
      rc = sl_db_table_add_key(table, sqlite_text_at(statement, 0), err);
    }
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

bool sqlite_is_rowid(const struct sl_db_table *table, const struct sl_db_column *c) {
  return table->detail[DETAIL_SPLIT] == SPLIT_ROWID && table->n_primary_key == 1 &&
         strcmp(table->primary_key[0], c->name) == 0 && strcasecmp(c->type_name, "INTEGER") == 0;
}

/* What typeof() gives for the values that a column's kind holds. */
static const char *types_of(const struct sl_db_column *c) {
  switch ((enum sqlite_kind)c->type) {
    case SQLITE_KIND_INT:
    case SQLITE_KIND_BOOL: return "'integer'";
    case SQLITE_KIND_REAL: return "'integer', 'real'";
    case SQLITE_KIND_DECIMAL:
      return sqlite_affinity_of(c->type_name) == SQLITE_AFFINITY_TEXT ? "'text'"
                                                                      : "'integer', 'real'";
    case SQLITE_KIND_BLOB: return "'blob'";
    case SQLITE_KIND_JSON: return "'integer', 'real', 'text'";
    default: return "'text'";
  }
}

static const struct sl_db_column *column_of(const struct sl_db_table *table, const char *name) {
  const struct sl_db_column *found = &table->columns[0];
  for (size_t i = 0; i < table->n_columns; i++) {
    found = strcmp(table->columns[i].name, name) == 0 ? &table->columns[i] : found;
  }
  return found;
}

/* Whether any key is NULL or of another type. */
static void ask_rows(const struct sl_db_table *table, struct sl_buffer *sql) {
  sl_buffer_text(sql, "SELECT EXISTS (SELECT 1 FROM ");
  sl_db_from(&sqlite_driver, table, sql);
  for (size_t i = 0; i < table->n_primary_key; i++) {
    sl_buffer_text(sql, i == 0 ? " WHERE typeof(" : " OR typeof(");
    sl_db_quote(&sqlite_driver, table->primary_key[i], sql);
    sl_buffer_printf(sql, ") NOT IN (%s)", types_of(column_of(table, table->primary_key[i])));
  }
  sl_buffer_char(sql, ')');
}

/* The same of the two ends of a large table's index, which sorts NULL, numbers, texts, blobs. */
static void ask_ends(const struct sl_db_table *table, struct sl_buffer *sql) {
  const char *types = types_of(column_of(table, table->primary_key[0]));
  sl_buffer_text(sql, "SELECT ");
  for (int i = 0; i < 2; i++) {
    sl_buffer_text(sql, i == 0 ? "(SELECT typeof(" : " OR (SELECT typeof(");
    sl_db_quote(&sqlite_driver, table->primary_key[0], sql);
    sl_buffer_printf(sql, ") NOT IN (%s) FROM ", types);
    sl_db_from(&sqlite_driver, table, sql);
    sl_buffer_text(sql, " ORDER BY ");
    sl_db_quote(&sqlite_driver, table->primary_key[0], sql);
    sl_buffer_text(sql, i == 0 ? " LIMIT 1)" : " DESC LIMIT 1)");
  }
}

static void forget_key(struct sqlite_session *s, struct sl_db_table *table) {
  char message[600];
  snprintf(message, sizeof message,
           "table %.200s: its primary key (%.200s%s) is NULL or of another type in some rows, so "
           "it is not taken over; --primary-key names another",
           table->name, table->primary_key[0], table->n_primary_key > 1 ? ", ..." : "");
  if (s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg, message);
  }
  for (size_t i = 0; i < table->n_primary_key; i++) {
    free(table->primary_key[i]);
  }
  table->n_primary_key = 0;
}

sl_status sqlite_check_key(struct sqlite_session *s, struct sl_db_table *table, const char *doing,
                           struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  bool none;
  int64_t bad = 0;
  if (table->n_primary_key == 0 ||
      sqlite_is_rowid(table, column_of(table, table->primary_key[0]))) {
    return SL_OK;
  }
  bool large = table->rows < 0 ? sqlite_group_bytes(s->group) > BYTES_LOOKED_AT
                               : table->rows > ROWS_LOOKED_AT;
  (large ? ask_ends : ask_rows)(table, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run_integer(s, sql.data, doing, &bad, &none, err);
  }
  if (rc == SL_OK && bad != 0) {
    forget_key(s, table);
  }
  sl_buffer_release(&sql);
  return rc;
}
