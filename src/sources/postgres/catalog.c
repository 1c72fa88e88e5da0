/* catalog.c - which tables there are: three queries, however many tables. */
#include <stdio.h>
#include <stdlib.h>

#include "sources/postgres/session.h"

static bool has_wildcard(const char *pattern, size_t length) {
  return memchr(pattern, '*', length) != NULL || memchr(pattern, '?', length) != NULL ||
         memchr(pattern, '[', length) != NULL;
}

/* A system schema must be asked for by its very name. */
static bool is_wanted(const char *schemas, const char *name) {
  bool system = strncmp(name, "pg_", 3) == 0 || strcmp(name, "information_schema") == 0;
  char pattern[512];
  for (const char *at = schemas; *at != '\0';) {
    size_t length = strcspn(at, ",");
    const char *start = at + strspn(at, " ");
    snprintf(pattern, sizeof pattern, "%.*s", (int)(at + length - start), start);
    if ((!system || !has_wildcard(pattern, strlen(pattern))) && sl_text_glob(pattern, name)) {
      return true;
    }
    at += length + (at[length] == ',');
  }
  return false;
}

static sl_status no_schema(const struct pg_session *s, const char *schemas, const PGresult *rows,
                           struct sl_error *err) {
  const char *nearest = NULL;
  size_t best = strlen(schemas) / 3 + 2;
  for (int row = 0; row < PG(ntuples)(rows); row++) {
    size_t distance = sl_text_distance(schemas, pg_value(rows, row, 0), best);
    if (distance < best) {
      best = distance;
      nearest = pg_value(rows, row, 0);
    }
  }
  return sl_fail(
      err, SL_ENOTFOUND, "%s has no schema '%s'%s%s%s", s->where, schemas,
      nearest == NULL ? "; --schema takes names and globs, comma-separated" : " (did you mean '",
      nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?)");
}

/* Writes the schemas as a list of SQL texts. */
static sl_status find_schemas(struct pg_session *s, const char *schemas, struct sl_buffer *out,
                              struct sl_error *err) {
  PGresult *rows = NULL;
  if (schemas == NULL) {
    sl_buffer_text(out, "SELECT unnest(pg_catalog.current_schemas(false))");
    return SL_OK;
  }
  sl_status rc = pg_run(s, "SELECT nspname FROM pg_catalog.pg_namespace ORDER BY 1",
                        "reading the list of schemas", &rows, err);
  if (rc != SL_OK) {
    return rc;
  }
  for (int row = 0; row < PG(ntuples)(rows); row++) {
    if (is_wanted(schemas, pg_value(rows, row, 0))) {
      sl_buffer_text(out, out->length == 0 ? "" : ", ");
      sl_db_quote_text(pg_value(rows, row, 0), out);
    }
  }
  rc = out->length == 0 ? no_schema(s, schemas, rows, err) : SL_OK;
  PG(clear)(rows);
  return rc;
}

/* As the planner estimates: rows in a page at the last ANALYZE, times the pages there are now. */
#define PAGES(class)                    \
  "(pg_catalog.pg_relation_size(" class \
      ".oid) / "                        \
      "current_setting('block_size')::bigint)"
#define ROWS(class)                                                               \
  "(CASE WHEN " PAGES(class) " = 0 THEN 0 WHEN " class ".reltuples < 0 OR " class \
      ".relpages = 0 THEN NULL ELSE " class ".reltuples::float8 * " PAGES(        \
          class) " / " class ".relpages END)"

static void write_list(const struct pg_session *s, const struct sl_buffer *schemas,
                       struct sl_buffer *out) {
  sl_buffer_printf(out,
                   "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relhassubclass, "
                   "has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), "
                   "has_schema_privilege(n.oid, 'USAGE') AND "
                   "has_any_column_privilege(c.oid, 'SELECT'), "
                   "coalesce((CASE WHEN c.relkind IN ('r', 'm') THEN " ROWS("c")
                   "%s END)::bigint, -1), "
                   "coalesce((CASE WHEN c.relkind IN ('r', 'm') THEN "
                   "pg_catalog.pg_relation_size(c.oid) END)::bigint, -1), %s "
                   "FROM pg_catalog.pg_class c "
                   "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                   "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN (%s) "
                   "ORDER BY n.nspname, c.relname",
                   s->version >= 120000
                       ? " WHEN c.relkind = 'p' THEN (SELECT sum(" ROWS("l") ") "
                         "FROM pg_catalog.pg_partition_tree(c.oid) t "
                         "JOIN pg_catalog.pg_class l ON l.oid = t.relid WHERE t.isleaf)"
                       : "",
                   s->version >= 100000 ? "c.relispartition" : "false", schemas->data);
}

static sl_status take_row(const PGresult *rows, int row, struct sl_db_tables *out,
                          struct sl_error *err) {
  struct sl_db_table *table;
  sl_status rc = sl_db_tables_add(out, pg_value(rows, row, 1), pg_value(rows, row, 2), &table, err);
  if (rc == SL_OK) {
    char kind = pg_value(rows, row, 3)[0];
    table->view = kind == 'v' || kind == 'm';
    table->part = pg_is_true(rows, row, 9);
    table->rows = pg_integer(rows, row, 7);
    table->bytes = pg_integer(rows, row, 8);
    table->estimate = true;
    table->detail[PG_OID] = pg_integer(rows, row, 0);
    table->detail[PG_RELKIND] = (unsigned char)kind;
    table->detail[PG_HAS_CHILDREN] = pg_is_true(rows, row, 4);
    table->detail[PG_READABLE] = pg_is_true(rows, row, 5)   ? PG_WHOLE
                                 : pg_is_true(rows, row, 6) ? PG_SOME_COLUMNS
                                                            : PG_NOTHING;
  }
  return rc;
}

sl_status pg_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                  struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  struct sl_buffer names = { 0 };
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  sl_status rc = find_schemas(s, schemas, &names, err);
  if (rc == SL_OK) {
    write_list(s, &names, &sql);
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "reading the list of tables", &rows, err);
  }
  for (int row = 0; rc == SL_OK && row < PG(ntuples)(rows); row++) {
    rc = take_row(rows, row, out, err);
  }
  PG(clear)(rows);
  sl_buffer_release(&names);
  sl_buffer_release(&sql);
  return rc;
}

bool pg_has_index(struct sl_db_session *base, const struct sl_db_table *table, const char *column) {
  struct pg_session *s = (struct pg_session *)base;
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  bool found = true;
  if (table->detail[PG_RELKIND] == 'v' || table->detail[PG_RELKIND] == 'f') {
    return true; /* nothing is known of what is behind them */
  }
  sl_buffer_printf(&sql,
                   "SELECT count(*) > 0 FROM pg_catalog.pg_index i "
                   "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid "
                   "AND a.attnum = i.indkey[0] WHERE i.indrelid = %lld AND i.indisvalid "
                   "AND i.indpred IS NULL AND a.attname = ",
                   (long long)table->detail[PG_OID]);
  sl_db_quote_text(column, &sql);
  if (!sql.failed && pg_run(s, sql.data, "looking for an index", &rows, NULL) == SL_OK) {
    found = pg_is_true(rows, 0, 0);
  }
  PG(clear)(rows);
  sl_buffer_release(&sql);
  return found;
}
