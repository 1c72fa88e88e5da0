/* describe.c - what the columns and keys of tables, or of a query, are. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sources/mysql/internal.h"

struct names {  /* of columns, with their types as the database prints them */
  char **items; /* name, type, name, type, … */
  size_t count; /* texts, twice the columns */
};

static sl_status add_name(struct names *names, char **v, struct sl_error *err) {
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

/* ---- names, types and keys of many tables at once ---- */

struct catalog {
  struct sl_db_table *tables;
  size_t n, at;        /* at: the table of the last row; rows of one table come together */
  struct names *names; /* [n] */
};

/* The table of a row; n = none that is asked for. */
static size_t table_of(struct catalog *c, const char *schema, const char *name) {
  for (size_t i = 0; i < c->n; i++) {
    size_t at = (c->at + i) % c->n;
    if (strcmp(c->tables[at].name, name) == 0 && strcmp(c->tables[at].schema, schema) == 0) {
      return c->at = at;
    }
  }
  return c->n;
}

/* schema, table, column, type */
static sl_status take_name(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  struct catalog *c = arg;
  size_t at = table_of(c, v[0], v[1]);
  return at == c->n ? SL_OK : add_name(&c->names[at], v + 2, err);
}

/* schema, table, column */
static sl_status take_key(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  struct catalog *c = arg;
  size_t at = table_of(c, v[0], v[1]);
  return at == c->n || c->tables[at].view ? SL_OK : sl_db_table_add_key(&c->tables[at], v[2], err);
}

/* " WHERE table_schema IN (…)", and " AND table_name = …" when there is one table: a server opens
 * every table that such a query may be about. */
static void only_these(const struct catalog *c, struct sl_buffer *out) {
  sl_buffer_text(out, " WHERE table_schema IN (");
  for (size_t i = 0; i < c->n; i++) {
    if (i == 0 || strcmp(c->tables[i].schema, c->tables[i - 1].schema) != 0) {
      sl_buffer_text(out, i == 0 ? "" : ", ");
      maria_quote_text(c->tables[i].schema, strlen(c->tables[i].schema), out);
    }
  }
  sl_buffer_char(out, ')');
  if (c->n == 1) {
    sl_buffer_text(out, " AND table_name = ");
    maria_quote_text(c->tables[0].name, strlen(c->tables[0].name), out);
  }
}

static sl_status read_catalog(struct maria_session *s, struct catalog *c, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql,
                 "SELECT table_schema, table_name, column_name, column_type "
                 "FROM information_schema.columns");
  only_these(c, &sql);
  sl_buffer_text(&sql, " ORDER BY table_schema, table_name, ordinal_position");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_query(s, sql.data, take_name, c, err);
  }
  sl_buffer_reset(&sql);
  sl_buffer_text(&sql,
                 "SELECT table_schema, table_name, column_name FROM information_schema.statistics");
  only_these(c, &sql);
  sl_buffer_text(&sql,
                 " AND index_name = 'PRIMARY' ORDER BY table_schema, table_name, seq_in_index");
  if (rc == SL_OK) {
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = maria_query(s, sql.data, take_key, c, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status describe_tables(struct maria_session *s, struct sl_db_table *tables, size_t n,
                                 struct sl_error *err) {
  struct catalog c = { .tables = tables, .n = n, .names = sl_calloc_array(n, sizeof *c.names) };
  sl_status rc = c.names == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", n)
                                 : read_catalog(s, &c, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    rc = announce_columns(s, &tables[i], &c.names[i], err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "table %s.%s", tables[i].schema, tables[i].name);
    }
  }
  for (size_t i = 0; c.names != NULL && i < n; i++) {
    names_release(&c.names[i]);
  }
  free(c.names);
  return rc;
}

sl_status maria_describe_all(struct sl_db_session *base, struct sl_db_tables *tables,
                             struct sl_error *err) {
  enum { FEW = 8 }; /* to ask for one by one, in a database that may have thousands */
  struct maria_session *s = (struct maria_session *)base;
  if (tables->count > FEW) {
    return describe_tables(s, tables->items, tables->count, err);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < tables->count; i++) {
    rc = describe_tables(s, &tables->items[i], 1, err);
  }
  return rc;
}

sl_status maria_describe(struct sl_db_session *base, struct sl_db_table *table,
                         struct sl_error *err) {
  const struct names none = { 0 };
  sl_status rc = announce_columns((struct maria_session *)base, table, &none, err);
  if (rc != SL_OK) {
    sl_error_add_context(err, "--query");
  }
  return rc;
}
