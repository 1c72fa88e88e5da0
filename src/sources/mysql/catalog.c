/* catalog.c - which tables there are, and whether a column is indexed. */
#include <stdio.h>
#include <stdlib.h>

#include "sources/mysql/internal.h"

static const char system_databases[] = "information_schema,performance_schema,mysql,sys,ndbinfo";

/* ---- list ---- */

struct listing {
  const char *schemas; /* globs; NULL = only `database` */
  const char *database;
  struct sl_db_tables *out;
};

static int64_t number_of(const char *text) {
  return text == NULL ? -1 : strtoll(text, NULL, 10);
}

static bool is_transactional(const char *engine) {
  static const char *const engines[] = { "InnoDB", "ROCKSDB", "TokuDB", "ndbcluster" };
  for (size_t i = 0; engine != NULL && i < sizeof engines / sizeof engines[0]; i++) {
    if (strcmp(engine, engines[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* schema, name, type, engine, rows, bytes, comment */
static sl_status add_table(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  struct listing *l = arg;
  if (l->schemas == NULL
          ? strcmp(v[0], l->database) != 0
          : !sl_text_glob_list(l->schemas, v[0]) ||
                (sl_text_glob_list(system_databases, v[0]) && strstr(l->schemas, v[0]) == NULL)) {
    return SL_OK;
  }
  struct sl_db_table *table;
  sl_status rc = sl_db_tables_add(l->out, v[0], v[1], &table, err);
  if (rc != SL_OK) {
    return rc;
  }
  table->view = strstr(v[2], "VIEW") != NULL;
  table->rows = table->view ? -1 : number_of(v[4]);
  table->bytes = table->view ? -1 : number_of(v[5]);
  table->estimate = true;
  table->detail[MARIA_ENGINE] = is_transactional(v[3]);
  if (v[6] != NULL && v[6][0] != '\0' && !table->view) {
    table->comment = strdup(v[6]);
    if (table->comment == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for the list of tables");
    }
  }
  return SL_OK;
}

sl_status maria_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                     struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)base;
  struct listing listing = { schemas, s->database, out };
  if (schemas == NULL && s->database[0] == '\0') {
    return sl_fail(err, SL_EUSAGE,
                   "the URL names no database: write mysql://host/database, or choose databases "
                   "with --schema");
  }
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql,
                 "SELECT table_schema, table_name, table_type, engine, table_rows, data_length, "
                 "table_comment FROM information_schema.tables WHERE table_type IN ('BASE TABLE', "
                 "'SYSTEM VERSIONED', 'VIEW', 'SYSTEM VIEW')");
  if (schemas == NULL) {
    sl_buffer_text(&sql, " AND table_schema = ");
    maria_quote_text(s->database, strlen(s->database), &sql);
    listing.schemas = "*"; /* the server compares names, capitals as its file system has them */
  }
  sl_buffer_text(&sql, " ORDER BY table_schema, table_name");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_query(s, sql.data, add_table, &listing, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

bool maria_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *column) {
  struct maria_session *s = (struct maria_session *)base;
  struct sl_buffer sql = { 0 };
  struct sl_error ignored;
  char *count = NULL;
  sl_buffer_text(&sql, "SELECT count(*) FROM information_schema.statistics WHERE table_schema = ");
  maria_quote_text(table->schema, strlen(table->schema), &sql);
  sl_buffer_text(&sql, " AND table_name = ");
  maria_quote_text(table->name, strlen(table->name), &sql);
  sl_buffer_text(&sql, " AND seq_in_index = 1 AND column_name = ");
  maria_quote_text(column, strlen(column), &sql);
  bool known = !table->view && !sql.failed && maria_value(s, sql.data, &count, &ignored) == SL_OK;
  bool found = !known || count == NULL || strcmp(count, "0") != 0;
  free(count);
  sl_buffer_release(&sql);
  return found;
}
