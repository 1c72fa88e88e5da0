/* catalog.c - which tables there are, and what their columns and keys are. */
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

/* ---- describe ---- */

struct names {  /* of columns, with their types as the database prints them */
  char **items; /* name, type, name, type, … */
  size_t count; /* texts, twice the columns */
};

static sl_status add_name(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  struct names *names = arg;
  char **grown = realloc(names->items, (names->count + 2) * sizeof *grown);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  names->items = grown;
  for (int i = 0; i < 2; i++) {
    grown[names->count] = strdup(v[i] == NULL ? "" : v[i]);
    if (grown[names->count] == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for columns");
    }
    names->count++;
  }
  return SL_OK;
}

static void names_release(struct names *names) {
  for (size_t i = 0; i < names->count; i++) {
    free(names->items[i]);
  }
  free(names->items);
}

static sl_status add_key(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  return sl_db_table_add_key(arg, v[0], err);
}

/* " FROM information_schema.<view> WHERE table_schema = … AND table_name = …" */
static void from_catalog(const struct sl_db_table *table, const char *view, struct sl_buffer *out) {
  sl_buffer_printf(out, " FROM information_schema.%s WHERE table_schema = ", view);
  maria_quote_text(table->schema, strlen(table->schema), out);
  sl_buffer_text(out, " AND table_name = ");
  maria_quote_text(table->name, strlen(table->name), out);
}

/* Lists all columns by name: generated and invisible ones too, which `SELECT *` would leave out. */
static void list_columns(const struct names *names, struct sl_buffer *out) {
  for (size_t i = 0; i < names->count; i += 2) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_db_quote(&maria_driver, names->items[i], out);
  }
  if (names->count == 0) {
    sl_buffer_char(out, '*');
  }
}

static sl_status add_columns(struct maria_session *s, struct sl_db_table *table, MYSQL_STMT *stmt,
                             const struct names *names, struct sl_error *err) {
  MYSQL_RES *result = SL_MYSQL(stmt_result_metadata)(stmt);
  if (result == NULL) {
    return sl_fail(err, SL_EUSAGE, "the query returns no rows: --query takes a SELECT");
  }
  const MYSQL_FIELD *fields = SL_MYSQL(fetch_fields)(result);
  size_t n = SL_MYSQL(num_fields)(result);
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    rc = maria_add_column(s, table, &fields[i],
                          2 * i + 1 < names->count ? names->items[2 * i + 1] : NULL, err);
  }
  SL_MYSQL(free_result)(result);
  return rc;
}

/* Prepares the SELECT of all columns: the server tells the wire types, and whether it may be read.
 */
static sl_status announce_columns(struct maria_session *s, struct sl_db_table *table,
                                  const struct names *names, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "SELECT ");
  list_columns(names, &sql);
  sl_buffer_text(&sql, " FROM ");
  sl_db_from(&maria_driver, table, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  MYSQL_STMT *stmt = rc == SL_OK ? SL_MYSQL(stmt_init)(s->mysql) : NULL;
  if (rc == SL_OK && stmt == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a statement");
  }
  if (rc == SL_OK && SL_MYSQL(stmt_prepare)(stmt, sql.data, sql.length) != 0) {
    rc = maria_fail(err, SL_MYSQL(stmt_errno)(stmt), SL_MYSQL(stmt_sqlstate)(stmt),
                    SL_MYSQL(stmt_error)(stmt));
  }
  if (rc == SL_OK) {
    rc = add_columns(s, table, stmt, names, err);
  }
  if (stmt != NULL) {
    SL_MYSQL(stmt_close)(stmt);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status describe_names(struct maria_session *s, struct sl_db_table *table,
                                struct names *names, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "SELECT column_name, column_type");
  from_catalog(table, "columns", &sql);
  sl_buffer_text(&sql, " ORDER BY ordinal_position");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_query(s, sql.data, add_name, names, err);
  }
  sl_buffer_reset(&sql);
  sl_buffer_text(&sql, "SELECT column_name");
  from_catalog(table, "statistics", &sql);
  sl_buffer_text(&sql, " AND index_name = 'PRIMARY' ORDER BY seq_in_index");
  if (rc == SL_OK) {
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK && !table->view) {
    rc = maria_query(s, sql.data, add_key, table, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status maria_describe(struct sl_db_session *base, struct sl_db_table *table,
                         struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)base;
  struct names names = { 0 };
  sl_status rc = table->query == NULL ? describe_names(s, table, &names, err) : SL_OK;
  if (rc == SL_OK) {
    rc = announce_columns(s, table, &names, err);
  }
  names_release(&names);
  if (rc != SL_OK && table->query == NULL) {
    sl_error_add_context(err, "table %s.%s", table->schema, table->name);
  } else if (rc != SL_OK) {
    sl_error_add_context(err, "--query");
  }
  return rc;
}

bool maria_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *column) {
  struct maria_session *s = (struct maria_session *)base;
  struct sl_buffer sql = { 0 };
  struct sl_error ignored;
  char *count = NULL;
  sl_buffer_text(&sql, "SELECT count(*)");
  from_catalog(table, "statistics", &sql);
  sl_buffer_text(&sql, " AND seq_in_index = 1 AND column_name = ");
  maria_quote_text(column, strlen(column), &sql);
  bool known = !table->view && !sql.failed && maria_value(s, sql.data, &count, &ignored) == SL_OK;
  bool found = !known || count == NULL || strcmp(count, "0") != 0;
  free(count);
  sl_buffer_release(&sql);
  return found;
}
