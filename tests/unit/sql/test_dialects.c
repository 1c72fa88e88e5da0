/* test_dialects.c - dialects from outside, and how one is found for a database. */
#include <sluice/dialect.h>

#include "sql/sql.h"
#include "unit/test.h"

static void adjust(struct sl_capabilities *c) {
  c->max_identifier_length = 30;
  c->merge_strategies = 1U << SL_MERGE_DELETE_INSERT;
}

static bool map_type(const struct sl_dialect_column *c, char *out, size_t size) {
  if (strcmp(c->type, "json") == 0) {
    snprintf(out, size, "VARCHAR(4000)");
    return true;
  }
  return false;
}

/* Keys first, as some databases want it. */
static void adapt(const char *table, const struct sl_dialect_column *columns, size_t n,
                  size_t *order, char *options, size_t size) {
  size_t at = 0;
  for (int keys = 1; keys >= 0; keys--) {
    for (size_t i = 0; i < n; i++) {
      if (columns[i].primary_key == (keys == 1)) order[at++] = i;
    }
  }
  snprintf(options, size, " WITH (name = '%s')", table);
}

static bool is_undefined(const char *sqlstate, const char *message) {
  return strcmp(sqlstate, "XX001") == 0 && strstr(message, "gone") != NULL;
}

static void wrong_order(const char *table, const struct sl_dialect_column *columns, size_t n,
                        size_t *order, char *options, size_t size) {
  (void)table, (void)columns, (void)options, (void)size;
  order[0] = n - 1;
}

static const struct sl_dialect_registration exasol = {
  .struct_size = sizeof exasol,
  .name = "exasol",
  .like = "postgres",
  .databases = "EXASolution|Exasol",
  .adjust_capabilities = adjust,
  .map_type = map_type,
  .adapt_table = adapt,
  .is_undefined_relation = is_undefined,
};

static struct sl_column *add(struct sl_table *table, const char *name, enum sl_type type,
                             uint32_t hints) {
  struct sl_error err;
  struct sl_column *c;
  CHECK_OK(sl_table_add_column(table, name, &c, &err), &err);
  c->type = type;
  c->hints = hints;
  c->precision = -1;
  c->nullable = true;
  return c;
}

static sl_status create(const char *dialect, struct sl_statements *out, struct sl_error *err) {
  struct sl_schema *schema;
  struct sl_table *table;
  const struct sl_dialect *d = sl_dialect_find(dialect);
  struct sl_sql_context sql = { .dialect = d, .capabilities = sl_dialect_capabilities(d) };
  struct sl_table_name name = { .dataset = "ds", .table = "t" };
  CHECK_OK(sl_schema_new(&schema, "s", err), err);
  CHECK_OK(sl_schema_add_table(schema, "t", &table, err), err);
  add(table, "doc", SL_TYPE_JSON, 0);
  add(table, "id", SL_TYPE_BIGINT, SL_HINT_PRIMARY_KEY);
  sl_status rc = sl_sql_create_table(&sql, &name, table, SIZE_MAX, out, err);
  sl_schema_free(schema);
  return rc;
}

TEST(a_dialect_from_outside_changes_four_things) {
  struct sl_error err = { 0 };
  struct sl_statements out = { 0 };
  CHECK_OK(sl_dialect_register(&exasol, &err), &err);
  const struct sl_dialect *d = sl_dialect_find("exasol");
  if (!CHECK(d != NULL)) return;
  const struct sl_capabilities *caps = sl_dialect_capabilities(d);
  CHECK_STR("its own name", caps->dialect, "exasol");
  CHECK_INT("adjusted", caps->max_identifier_length, 30);
  CHECK_INT("as in postgres", caps->wei_precision, 156);
  CHECK_OK(create("exasol", &out, &err), &err);
  CHECK_STR("create", out.count > 0 ? out.items[0] : NULL,
            "CREATE TABLE \"ds\".\"t\" (\"id\" bigint, \"doc\" VARCHAR(4000)) WITH (name = 't')");
  CHECK(sl_dialect_undefined(d, "XX001", "it is gone"));
  CHECK(!sl_dialect_undefined(d, "42P01", "no such table"));
  CHECK(sl_dialect_of_database("EXASolution 7") == d);
  sl_statements_release(&out);
}

TEST(registrations_are_checked) {
  static const struct sl_dialect_registration bad[] = {
    { .struct_size = sizeof bad[0], .name = "postgres", .like = "mssql" },
    { .struct_size = sizeof bad[0], .name = "new", .like = "nothing" },
    { .struct_size = sizeof bad[0], .like = "mssql" },
    { .struct_size = 8, .name = "new", .like = "mssql" },
  };
  static const struct sl_dialect_registration confused = {
    .struct_size = sizeof confused, .name = "confused", .like = "duckdb", .adapt_table = wrong_order
  };
  struct sl_error err = { 0 };
  struct sl_statements out = { 0 };
  for (size_t i = 0; i < COUNT(bad); i++) {
    CHECK_FAILS(sl_dialect_register(&bad[i], &err), SL_EUSAGE, &err);
  }
  CHECK_OK(sl_dialect_register(&confused, &err), &err);
  CHECK_FAILS(sl_dialect_register(&confused, &err), SL_EUSAGE, &err);
  CHECK_FAILS(create("confused", &out, &err), SL_EUSAGE, &err);
  sl_statements_release(&out);
}

static const struct {
  const char *dbms_name, *dialect;
} databases[] = {
  { "Microsoft SQL Server", "mssql" }, { "Oracle", "oracle" },
  { "PostgreSQL", "postgres" },        { "Amazon Redshift", "redshift" },
  { "DB2/LINUXX8664", "db2" },         { "Google BigQuery", "bigquery" },
  { "Snowflake", "snowflake" },        { "Trino", "trino" },
  { "ClickHouse", "clickhouse" },
};

TEST(databases_have_their_dialects) {
  for (size_t i = 0; i < COUNT(databases); i++) {
    const struct sl_dialect *d = sl_dialect_of_database(databases[i].dbms_name);
    CHECK_STR(databases[i].dbms_name, d == NULL ? NULL : sl_dialect_name(d), databases[i].dialect);
  }
  CHECK(sl_dialect_of_database("Ingres") == NULL);
}

static const struct {
  const char *dialect, *sqlstate, *message;
  bool undefined;
} failures[] = {
  { "postgres", "42P01", "relation does not exist", true },
  { "postgres", "23505", "duplicate key", false },
  { "mssql", "42S02", "Invalid object name 'ds.t'.", true },
  { "oracle", "HY000", "ORA-00942: table or view does not exist", true },
  { "snowflake", "02000", "Object 'T' does not exist or not authorized.", true },
  { "clickhouse", "HY000", "Code: 60. DB::Exception: (UNKNOWN_TABLE)", true },
  { "clickhouse", "HY000", "Code: 62. DB::Exception: Syntax error", false },
  { "db2", "42704", "SQL0204N \"DS.T\" is an undefined name.", true },
  { "bigquery", "HY000", "Not found: Table p:ds.t", true },
};

TEST(what_is_not_there_is_told_from_other_failures) {
  for (size_t i = 0; i < COUNT(failures); i++) {
    const struct sl_dialect *d = sl_dialect_find(failures[i].dialect);
    CHECK_CASE(failures[i].message,
               d != NULL && sl_dialect_undefined(d, failures[i].sqlstate, failures[i].message) ==
                                failures[i].undefined);
  }
}
