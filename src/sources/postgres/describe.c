/* describe.c - columns and keys of the tables that will be read, and whether they may be.
 *
 * Before anything is read, the tables are locked against changes of their form (ACCESS SHARE, which
 * hinders nobody's reading or writing), and only then the snapshot is taken: a table that is
 * truncated or rewritten between the two would look empty. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sources/postgres/types.h"

enum { MOST_LOCKS = 1000, MOST_NAMED = 20 };

bool pg_is_lockable(const struct sl_db_table *t) {
  return (t->detail[PG_RELKIND] == 'r' || t->detail[PG_RELKIND] == 'p') &&
         t->detail[PG_READABLE] == PG_WHOLE;
}

/* ---- permissions ---- */

/* As one would write it: quoted only where that is needed. */
static void append_name(const char *name, struct sl_buffer *out) {
  bool plain = name[0] == '_' || (name[0] >= 'a' && name[0] <= 'z');
  if (plain && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0') {
    sl_buffer_text(out, name);
  } else {
    sl_db_quote(&pg_driver, name, out);
  }
}

static void append_names(const struct sl_db_tables *tables, bool with_schema, struct sl_buffer *out,
                         size_t *count) {
  *count = 0;
  for (size_t i = 0; i < tables->count; i++) {
    const struct sl_db_table *t = &tables->items[i];
    if (t->detail[PG_READABLE] == PG_NOTHING && (*count)++ < MOST_NAMED) {
      sl_buffer_text(out, *count == 1 ? "" : with_schema ? ", " : ",");
      if (with_schema) {
        append_name(t->schema, out);
        sl_buffer_char(out, '.');
        append_name(t->name, out);
      } else {
        sl_buffer_text(out, t->name);
      }
    }
  }
}

static sl_status check_readable(const struct pg_session *s, const struct sl_db_tables *tables,
                                struct sl_error *err) {
  struct sl_buffer names = { 0 };
  struct sl_buffer globs = { 0 };
  size_t count;
  append_names(tables, true, &names, &count);
  append_names(tables, false, &globs, &count);
  const char *user = PG(user)(s->conn);
  sl_status rc = SL_OK;
  if (count > 0 && names.data != NULL && globs.data != NULL) {
    rc = sl_fail(err, SL_ESOURCE,
                 "user %s may not read %zu of %zu tables: %s%s; nothing was read. Let an owner run "
                 "GRANT USAGE ON SCHEMA … and GRANT SELECT ON %s TO %s, or leave them out with "
                 "--exclude-tables '%s'",
                 user, count, tables->count, names.data, count > MOST_NAMED ? ", …" : "",
                 names.data, user, globs.data);
  }
  sl_buffer_release(&names);
  sl_buffer_release(&globs);
  return rc;
}

/* ---- locks ---- */

/* The transaction begins anew: locks first, then the snapshot. With very many tables, or when the
 * server has no room for so many locks, each table is looked at once more before it is read. */
static sl_status lock_tables(struct pg_session *s, const struct sl_db_tables *tables,
                             struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  size_t count = 0;
  for (size_t i = 0; i < tables->count; i++) {
    if (pg_is_lockable(&tables->items[i])) {
      sl_buffer_text(&sql, count++ == 0 ? "LOCK TABLE " : ", ");
      sl_db_from(&pg_driver, &tables->items[i], &sql);
    }
  }
  sl_buffer_text(&sql, " IN ACCESS SHARE MODE");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK && count > 0 && count <= MOST_LOCKS) {
    struct sl_error problem = { 0 };
    rc = pg_restart(s, sql.data, &problem);
    if (rc != SL_OK && strncmp(problem.vendor, "53", 2) == 0) {
      rc = pg_restart(s, NULL, &problem);
    }
    if (rc != SL_OK && err != NULL) {
      *err = problem;
    }
  }
  sl_buffer_release(&sql);
  return rc;
}

/* ---- columns and keys ---- */

static int compare_tables(const void *a, const void *b) {
  const struct sl_db_table *x = *(struct sl_db_table *const *)a;
  const struct sl_db_table *y = *(struct sl_db_table *const *)b;
  return (x->detail[PG_OID] > y->detail[PG_OID]) - (x->detail[PG_OID] < y->detail[PG_OID]);
}

static struct sl_db_table *find_table(struct sl_db_table **sorted, size_t n, int64_t oid) {
  struct sl_db_table wanted = { .detail = { [PG_OID] = oid } };
  struct sl_db_table *key = &wanted;
  struct sl_db_table **found = bsearch(&key, sorted, n, sizeof *sorted, compare_tables);
  return found == NULL ? NULL : *found;
}

static sl_status take_column(struct pg_session *s, struct sl_db_table *table, const PGresult *rows,
                             int row, struct sl_error *err) {
  struct sl_db_column *column;
  sl_status rc = sl_db_table_add_column(table, pg_value(rows, row, 1), pg_value(rows, row, 2), "u",
                                        !pg_is_true(rows, row, 5), &column, err);
  if (rc == SL_OK) {
    column->denied = !pg_is_true(rows, row, 6);
    rc = pg_type_apply(s, (uint32_t)pg_integer(rows, row, 3), (int32_t)pg_integer(rows, row, 4),
                       column, err);
  }
  return rc;
}

static sl_status take_columns(struct pg_session *s, struct sl_db_table **sorted, size_t n,
                              const PGresult *rows, struct sl_error *err) {
  int count = PG(ntuples)(rows);
  uint32_t *oids = sl_calloc_array((size_t)count + 1, sizeof *oids);
  if (oids == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %d columns", count);
  }
  for (int row = 0; row < count; row++) {
    oids[row] = (uint32_t)pg_integer(rows, row, 3);
  }
  sl_status rc = pg_types_load(s, oids, (size_t)count, err);
  free(oids);
  for (int row = 0; rc == SL_OK && row < count; row++) {
    struct sl_db_table *table = find_table(sorted, n, pg_integer(rows, row, 0));
    rc = table == NULL ? SL_OK : take_column(s, table, rows, row, err);
  }
  return rc;
}

static const char select_columns[] =
    "SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, "
    "a.atttypmod, a.attnotnull, has_column_privilege(a.attrelid, a.attnum, 'SELECT') "
    "FROM pg_catalog.pg_attribute a WHERE a.attrelid IN (%s) AND a.attnum > 0 "
    "AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

static const char select_keys[] =
    "SELECT i.indrelid, a.attname FROM pg_catalog.pg_index i "
    "CROSS JOIN generate_series(0, %s - 1) AS k(n) "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] "
    "WHERE i.indisprimary AND i.indrelid IN (%s) ORDER BY i.indrelid, k.n";

static sl_status read_columns(struct pg_session *s, struct sl_db_table **sorted, size_t n,
                              const char *oids, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  sl_buffer_printf(&sql, select_columns, oids);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "reading the catalog of columns", &rows, err);
  }
  if (rc == SL_OK) {
    rc = take_columns(s, sorted, n, rows, err);
  }
  PG(clear)(rows);
  rows = NULL;
  sl_buffer_reset(&sql);
  sl_buffer_printf(&sql, select_keys, s->version >= 110000 ? "i.indnkeyatts" : "i.indnatts", oids);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "reading the catalog of keys", &rows, err);
  }
  for (int row = 0; rc == SL_OK && row < PG(ntuples)(rows); row++) {
    struct sl_db_table *table = find_table(sorted, n, pg_integer(rows, row, 0));
    rc = table == NULL ? SL_OK : sl_db_table_add_key(table, pg_value(rows, row, 1), err);
  }
  PG(clear)(rows);
  sl_buffer_release(&sql);
  return rc;
}

/* Policies may hide rows from this user; that is no error, but nobody should be surprised. */
static sl_status warn_of_policies(struct pg_session *s, struct sl_db_table **sorted, size_t n,
                                  const char *oids, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  if (s->version < 90500) {
    return SL_OK;
  }
  sl_buffer_printf(&sql,
                   "SELECT oid FROM pg_catalog.pg_class WHERE relrowsecurity AND oid IN (%s) "
                   "AND pg_catalog.row_security_active(oid)",
                   oids);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "looking for policies", &rows, err);
  }
  for (int row = 0; rc == SL_OK && row < PG(ntuples)(rows); row++) {
    struct sl_db_table *table = find_table(sorted, n, pg_integer(rows, row, 0));
    if (table != NULL) {
      char message[512];
      table->detail[PG_POLICIES] = true;
      snprintf(message, sizeof message,
               "table %s: row security is active for user %s, only rows that its policies show "
               "are read",
               table->name, PG(user)(s->conn));
      s->config->warn(s->config->warn_arg, message);
    }
  }
  PG(clear)(rows);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status describe(struct pg_session *s, struct sl_db_table **sorted, size_t n,
                          struct sl_error *err) {
  struct sl_buffer oids = { 0 };
  for (size_t i = 0; i < n; i++) {
    sl_buffer_printf(&oids, "%s%" PRId64, i == 0 ? "" : ",", sorted[i]->detail[PG_OID]);
  }
  sl_status rc = sl_buffer_check(&oids, err);
  if (rc == SL_OK) {
    rc = read_columns(s, sorted, n, oids.data, err);
  }
  if (rc == SL_OK && s->config->warn != NULL) {
    rc = warn_of_policies(s, sorted, n, oids.data, err);
  }
  sl_buffer_release(&oids);
  return rc;
}

sl_status pg_describe_all(struct sl_db_session *base, struct sl_db_tables *tables,
                          struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  struct sl_db_table **sorted = sl_calloc_array(tables->count, sizeof(struct sl_db_table *));
  if (sorted == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", tables->count);
  }
  for (size_t i = 0; i < tables->count; i++) {
    sorted[i] = &tables->items[i];
  }
  qsort(sorted, tables->count, sizeof *sorted, compare_tables);
  sl_status rc = check_readable(s, tables, err);
  if (rc == SL_OK) {
    rc = lock_tables(s, tables, err);
  }
  if (rc == SL_OK) {
    rc = describe(s, sorted, tables->count, err);
  }
  free(sorted);
  return rc;
}

/* ---- queries ---- */

/* True when only blanks and comments are left. */
static bool is_blank(const char *at) {
  for (;;) {
    at += strspn(at, "; \t\r\n");
    if (strncmp(at, "--", 2) == 0) {
      at += strcspn(at, "\n");
    } else if (strncmp(at, "/*", 2) == 0 && strstr(at, "*/") != NULL) {
      at = strstr(at, "*/") + 2;
    } else {
      return *at == '\0';
    }
  }
}

/* A query is a part of other statements: it may not end in a semicolon. */
static void trim_query(char *query) {
  char *last;
  while ((last = strrchr(query, ';')) != NULL && is_blank(last)) {
    *last = '\0';
  }
}

static sl_status take_fields(struct pg_session *s, struct sl_db_table *table, const PGresult *form,
                             struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < PG(nfields)(form); i++) {
    const char *name = PG(fname)(form, i);
    uint32_t oid = PG(ftype)(form, i);
    struct sl_buffer sql = { 0 };
    struct sl_db_column *column;
    PGresult *type = NULL;
    for (size_t j = 0; j < table->n_columns; j++) {
      if (strcmp(table->columns[j].name, name) == 0) {
        return sl_fail(err, SL_EUSAGE,
                       "the query has two columns named %s: name one of them otherwise with AS",
                       name);
      }
    }
    sl_buffer_printf(&sql, "SELECT pg_catalog.format_type(%" PRIu32 ", %d)", oid,
                     PG(fmod)(form, i));
    rc = sl_buffer_check(&sql, err);
    if (rc == SL_OK) {
      rc = pg_run(s, sql.data, "reading the catalog of types", &type, err);
    }
    if (rc == SL_OK) {
      rc = sl_db_table_add_column(table, name, pg_value(type, 0, 0), "u", true, &column, err);
    }
    if (rc == SL_OK) {
      rc = pg_types_load(s, &oid, 1, err);
    }
    if (rc == SL_OK) {
      rc = pg_type_apply(s, oid, PG(fmod)(form, i), column, err);
    }
    PG(clear)(type);
    sl_buffer_release(&sql);
  }
  return rc;
}

/* Prepared, so that only one statement goes through. */
sl_status pg_describe(struct sl_db_session *base, struct sl_db_table *table, struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  trim_query(table->query);
  sl_status rc = pg_restart(s, NULL, err);
  if (rc != SL_OK) {
    return rc;
  }
  PGresult *result = PG(prepare)(s->conn, "", table->query, 0, NULL);
  if (PG(resultStatus)(result) != PGRES_COMMAND_OK) {
    return pg_fail(s, result, "the query (--query)", err);
  }
  PG(clear)(result);
  result = PG(describePrepared)(s->conn, "");
  if (PG(resultStatus)(result) != PGRES_COMMAND_OK) {
    return pg_fail(s, result, "the query (--query)", err);
  }
  rc = PG(nfields)(result) > 0
           ? take_fields(s, table, result, err)
           : sl_fail(err, SL_EUSAGE, "the query (--query) has no columns: it must be a SELECT");
  PG(clear)(result);
  return rc;
}
