/* test_golden.c - the SQL that each dialect makes, against tests/golden/<dialect>/<what>.sql.
 *
 * Databases that cannot be started here are tested by what they would be told. After a change,
 * SLUICE_UPDATE_GOLDEN=1 writes the files anew; the difference is what is reviewed, against the
 * page that the file's head names. Statements are separated by lines of "--;". */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sql/capabilities.h"
#include "sql/sql.h"
#include "unit/test.h"

static const struct sl_capabilities firebird = { SL_FIREBIRD_CAPABILITIES };
static const struct {
  const char *name, *page;
  const struct sl_capabilities *capabilities; /* NULL = those of the dialect */
} dialects[] = {
  { "bigquery", "https://cloud.google.com/bigquery/docs/reference/standard-sql/", NULL },
  { "clickhouse", "https://clickhouse.com/docs/en/sql-reference/statements/", NULL },
  { "db2", "https://www.ibm.com/docs/en/db2/11.5?topic=reference-statements", NULL },
  { "duckdb", "https://duckdb.org/docs/stable/sql/introduction", NULL },
  { "firebird", "https://firebirdsql.org/file/documentation/html/en/refdocs/fblangref30/",
    &firebird },
  { "mssql", "https://learn.microsoft.com/en-us/sql/t-sql/statements/statements", NULL },
  { "mysql", "https://dev.mysql.com/doc/refman/8.0/en/sql-statements.html", NULL },
  { "oracle", "https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/", NULL },
  { "postgres", "https://www.postgresql.org/docs/current/sql-commands.html", NULL },
  { "redshift", "https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html", NULL },
  { "snowflake", "https://docs.snowflake.com/en/sql-reference/sql-all", NULL },
  { "sqlite", "https://www.sqlite.org/lang.html", NULL },
  { "starrocks", "https://docs.starrocks.io/docs/sql-reference/sql-statements/", NULL },
  { "trino", "https://trino.io/docs/current/sql.html", NULL },
};

/* Values that end a literal, begin a comment or a statement, wherever escaping is wrong. */
static const char *const hostile[] = {
  "it's",         "'; DROP TABLE t; --",  "\\'; DROP TABLE t; --",    "\\",       "a\nb\tc",
  "$$ DELIMITER", "/* no comment */ -- ", "\xc3\xa4\xf0\x9f\x98\x80", "{ts 'x'}", "?",
};
static const char *const hostile_names[] = {
  "select", "it's", "a\"b", "a`b", "a]b", "a\\b", "x; DROP TABLE t; --"
};

/* ---- what is generated ---- */

static struct sl_column *add(struct sl_table *table, const char *name, enum sl_type type,
                             int32_t precision, int32_t scale, uint32_t hints) {
  struct sl_error err;
  struct sl_column *c;
  CHECK_OK(sl_table_add_column(table, name, &c, &err), &err);
  c->type = type;
  c->precision = precision;
  c->scale = scale;
  c->timezone = -1;
  c->hints = hints;
  c->nullable = (hints & (SL_HINT_PRIMARY_KEY | SL_HINT_ROW_KEY)) == 0;
  return c;
}

static struct sl_table *new_table(struct sl_schema *schema, const char *name) {
  struct sl_error err;
  struct sl_table *table = NULL;
  CHECK_OK(sl_schema_add_table(schema, name, &table, &err), &err);
  return table;
}

static struct sl_table *every_type(struct sl_schema *schema) {
  struct sl_table *t = new_table(schema, "every_type");
  add(t, "c_text", SL_TYPE_TEXT, -1, -1, 0);
  add(t, "c_text_40", SL_TYPE_TEXT, 40, -1, 0);
  add(t, "c_key", SL_TYPE_TEXT, -1, -1, SL_HINT_PRIMARY_KEY);
  add(t, "c_unique", SL_TYPE_TEXT, -1, -1, SL_HINT_UNIQUE);
  add(t, "c_double", SL_TYPE_DOUBLE, -1, -1, 0);
  add(t, "c_bool", SL_TYPE_BOOL, -1, -1, 0);
  add(t, "c_timestamp", SL_TYPE_TIMESTAMP, -1, -1, 0);
  add(t, "c_timestamp_3", SL_TYPE_TIMESTAMP, 3, -1, 0);
  add(t, "c_naive", SL_TYPE_TIMESTAMP, -1, -1, 0)->timezone = 0;
  static const int32_t bits[] = { 8, 16, 32, 64, 128 };
  add(t, "c_bigint", SL_TYPE_BIGINT, -1, -1, 0);
  for (size_t i = 0; i < COUNT(bits); i++) {
    char name[16];
    snprintf(name, sizeof name, "c_int_%d", (int)bits[i]);
    add(t, name, SL_TYPE_BIGINT, bits[i], -1, 0);
  }
  add(t, "c_binary", SL_TYPE_BINARY, -1, -1, 0);
  add(t, "c_binary_16", SL_TYPE_BINARY, 16, -1, 0);
  add(t, "c_json", SL_TYPE_JSON, -1, -1, 0);
  add(t, "c_decimal", SL_TYPE_DECIMAL, -1, -1, 0);
  add(t, "c_decimal_12_2", SL_TYPE_DECIMAL, 12, 2, 0);
  add(t, "c_decimal_31_20", SL_TYPE_DECIMAL, 31, 20, 0);
  add(t, "c_wei", SL_TYPE_WEI, -1, -1, 0);
  add(t, "c_date", SL_TYPE_DATE, -1, -1, 0);
  add(t, "c_time", SL_TYPE_TIME, -1, -1, 0);
  return t;
}

/* Takes the columns out that the dialect has no type for, and says so. */
static void leave_refused(const struct sl_sql_context *sql, struct sl_table *t,
                          struct sl_statements *out) {
  for (size_t i = 0; i < t->n_columns; i++) {
    struct sl_buffer text = { 0 };
    struct sl_error err = { 0 };
    if (sl_sql_type(sql, t->columns[i], &text, &err) != SL_OK) {
      sl_buffer_reset(&text);
      sl_buffer_printf(&text, "-- refused: %s", err.message);
      CHECK_OK(sl_statements_add(out, &text, &err), &err);
      t->columns[i]->type = SL_TYPE_NONE; /* such columns stay out of statements */
    }
    sl_buffer_release(&text);
  }
}

static sl_status types(const struct sl_sql_context *sql, struct sl_statements *out,
                       struct sl_error *err) {
  struct sl_schema *schema;
  CHECK_OK(sl_schema_new(&schema, "shop", err), err);
  struct sl_table *all = every_type(schema);
  struct sl_table *hinted = new_table(schema, "hinted");
  add(hinted, "note", SL_TYPE_TEXT, -1, -1, 0);
  add(hinted, "id", SL_TYPE_BIGINT, -1, -1, SL_HINT_PRIMARY_KEY);
  add(hinted, "day", SL_TYPE_DATE, -1, -1, SL_HINT_PARTITION);
  add(hinted, "region", SL_TYPE_BIGINT, -1, -1, SL_HINT_CLUSTER);
  add(hinted, "at", SL_TYPE_TIMESTAMP, -1, -1, SL_HINT_SORT);
  add(hinted, "it's \"At\"", SL_TYPE_BIGINT, -1, -1, SL_HINT_SORT);
  hinted->description = strdup("it's \"hinted\"\nand said to be");
  hinted->columns[1]->description = strdup("Zo\xc3\xab's number");
  struct sl_table_name name = { .dataset = "ds", .table = all->name };
  struct sl_table_name other = { .dataset = "ds", .table = hinted->name };
  struct sl_table_name staged = { .table = all->name, .temporary = true };
  leave_refused(sql, all, out);
  sl_status rc = sl_sql_create_dataset(sql, "ds", out, err);
  if (rc == SL_OK) rc = sl_sql_create_table(sql, &name, all, SIZE_MAX, out, err);
  if (rc == SL_OK) rc = sl_sql_create_table(sql, &other, hinted, SIZE_MAX, out, err);
  if (rc == SL_OK)
    rc = sl_sql_comment(sql, &other, hinted->description,
                        (const struct sl_column *const *)hinted->columns, hinted->n_columns, out,
                        err);
  if (rc == SL_OK && sql->capabilities->supports_transactions)
    rc = sl_sql_create_table(sql, &staged, all, SIZE_MAX, out, err);
  if (rc == SL_OK) rc = sl_sql_drop_table(sql, &name, out, err);
  sl_schema_free(schema);
  return rc;
}

static sl_status evolution(const struct sl_sql_context *sql, struct sl_statements *out,
                           struct sl_error *err) {
  struct sl_schema *schema;
  CHECK_OK(sl_schema_new(&schema, "shop", err), err);
  struct sl_table *all = every_type(schema);
  struct sl_table_name name = { .dataset = "ds", .table = all->name };
  const struct sl_column *three[] = { all->columns[0], all->columns[4], all->columns[6] };
  sl_status rc = sl_sql_add_columns(sql, &name, three, 1, out, err);
  if (rc == SL_OK) rc = sl_sql_add_columns(sql, &name, three, 3, out, err);
  if (rc == SL_OK) rc = sl_sql_alter_type(sql, &name, all->columns[1], out, err);
  if (rc == SL_OK && sl_sql_fill_keys(sql, &name, "_dlt_id", out, err) == SL_EUNSUPPORTED) {
    err->code = SL_OK;
  }
  sl_schema_free(schema);
  return rc;
}

static sl_status take(struct sl_statements *out, struct sl_buffer *text, struct sl_error *err) {
  sl_status rc = sl_statements_add(out, text, err);
  sl_buffer_release(text);
  return rc;
}

static sl_status rows(const struct sl_sql_context *sql, struct sl_statements *out,
                      struct sl_error *err) {
  static const struct sl_sql_target targets[] = { { "id", false },
                                                  { "note", false },
                                                  { "doc", true } };
  struct sl_table_name name = { .dataset = "ds", .table = "items" };
  struct sl_buffer text = { 0 };
  sl_sql_insert_parameters(sql, &name, targets, 2, &text);
  sl_status rc = take(out, &text, err);
  sl_sql_insert_parameters(sql, &name, targets, 3, &text);
  if (rc == SL_OK) rc = take(out, &text, err);
  const struct sl_value values[] = {
    { .type = SL_TYPE_BIGINT, .as.integer = INT64_MIN },
    { .type = SL_TYPE_DOUBLE, .as.real = 0.1 },
    { .type = SL_TYPE_BOOL, .as.boolean = true },
    { .type = SL_TYPE_BOOL },
    { .type = SL_TYPE_DECIMAL, .as.decimal = { .coefficient = -1250, .scale = 2 } },
    { .type = SL_TYPE_DECIMAL, .as.decimal = { .coefficient = 12345678901, .scale = 10 } },
    { .type = SL_TYPE_TIMESTAMP, .as.integer = -1, .zoned = true },
    { .type = SL_TYPE_TIMESTAMP, .as.integer = INT64_C(1704164645000006) },
    { .type = SL_TYPE_DATE, .as.integer = 19724 },
    { .type = SL_TYPE_TIME, .as.integer = INT64_C(86399999999) },
    { .type = SL_TYPE_BINARY, .as.text = { "\x00\xff'\\", 4 } },
    { .type = SL_TYPE_JSON, .as.text = { "{\"a\": \"it's \\\\\"}", 16 } },
    { .type = SL_TYPE_NONE },
  };
  struct sl_sql_target columns[COUNT(values)];
  char names[COUNT(values)][8];
  for (size_t i = 0; i < COUNT(values); i++) {
    snprintf(names[i], sizeof names[i], "v%zu", i);
    columns[i] = (struct sl_sql_target){ names[i], values[i].type == SL_TYPE_JSON };
  }
  sl_sql_insert_begin(sql, &name, columns, COUNT(values), &text);
  for (int row = 0; row < 2; row++) {
    sl_sql_insert_row(sql, row == 0, &text);
    for (size_t i = 0; i < COUNT(values); i++) {
      sl_buffer_text(&text, i == 0 ? "" : ", ");
      sl_sql_literal(sql, &values[i], &text);
    }
    sl_sql_insert_row_end(sql, &text);
  }
  if (rc == SL_OK) rc = take(out, &text, err);
  if (rc == SL_OK && sql->capabilities->replace_strategies == 0)
    return sl_fail(err, SL_EUSAGE, "replace is refused: no transactions");
  return rc == SL_OK ? sl_sql_delete_old(sql, &name, out, err) : rc;
}

static sl_status names_and_values(const struct sl_sql_context *sql, struct sl_statements *out,
                                  struct sl_error *err) {
  struct sl_schema *schema;
  sl_status rc = SL_OK;
  CHECK_OK(sl_schema_new(&schema, "shop", err), err);
  for (size_t i = 0; rc == SL_OK && i < COUNT(hostile_names); i++) {
    struct sl_table *t = new_table(schema, hostile_names[i]);
    struct sl_table_name name = { .dataset = hostile_names[i], .table = hostile_names[i] };
    add(t, hostile_names[i], SL_TYPE_BIGINT, -1, -1, SL_HINT_PRIMARY_KEY);
    rc = sl_sql_create_dataset(sql, hostile_names[i], out, err);
    if (rc == SL_OK) rc = sl_sql_create_table(sql, &name, t, SIZE_MAX, out, err);
  }
  for (size_t i = 0; rc == SL_OK && i < COUNT(hostile); i++) {
    rc = sl_sql_insert_load(sql, "ds", hostile[i], "shop", "hash", 0, out, err);
  }
  sl_schema_free(schema);
  return rc;
}

static sl_status system_rows(const struct sl_sql_context *sql, struct sl_statements *out,
                             struct sl_error *err) {
  struct sl_schema *schema;
  struct sl_buffer text = { 0 };
  struct sl_state_row state = { .version = 1,
                                .engine_version = 4,
                                .pipeline = "p",
                                .state = "eNpj",
                                .version_hash = "hash=",
                                .load_id = "1704164645.000006",
                                .row_id = "aB3",
                                .created_at = INT64_C(1704164645000006) };
  CHECK_OK(sl_schema_new(&schema, "shop", err), err);
  CHECK_OK(sl_schema_add_state_table(schema, err), err);
  static const char *const tables[] = { "_dlt_version", "_dlt_loads", "_dlt_pipeline_state" };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < COUNT(tables); i++) {
    struct sl_table_name name = { .dataset = "ds", .table = tables[i] };
    rc = sl_sql_create_table(sql, &name, sl_schema_table(schema, tables[i]), SIZE_MAX, out, err);
  }
  if (rc == SL_OK)
    rc = sl_sql_insert_load(sql, "ds", "1704164645.000006", "shop", "hash=", 0, out, err);
  if (rc == SL_OK) rc = sl_sql_insert_state(sql, "ds", &state, out, err);
  if (rc == SL_OK) rc = sl_sql_insert_version(sql, "ds", schema, "{\"a\": 1}", 0, out, err);
  if (rc == SL_OK) rc = sl_sql_select_schema(sql, "ds", "shop", &text, err);
  if (rc == SL_OK) rc = take(out, &text, err);
  if (rc == SL_OK) rc = sl_sql_select_version(sql, "ds", "hash=", &text, err);
  if (rc == SL_OK) rc = take(out, &text, err);
  if (rc == SL_OK) rc = sl_sql_select_load(sql, "ds", "1704164645.000006", &text, err);
  if (rc == SL_OK) rc = take(out, &text, err);
  if (rc == SL_OK) rc = sl_sql_select_state(sql, "ds", "p", "state", &text, err);
  if (rc == SL_OK) rc = take(out, &text, err);
  sl_schema_free(schema);
  return rc;
}

static sl_status copies(const struct sl_sql_context *sql, struct sl_statements *out,
                        struct sl_error *err) {
  struct sl_table_name table = { .dataset = "ds", .table = "items" };
  struct sl_table_name kept = { .dataset = "ds", .table = "_sluice_1704164645_000006_items" };
  struct ArrowSchema id = { .format = "l", .name = "id" };
  struct ArrowSchema text = { .format = "u", .name = "it's \"quoted\"" };
  struct ArrowSchema *children[] = { &id, &text };
  struct ArrowSchema columns = { .format = "+s", .n_children = 2, .children = children };
  sl_status rc = SL_OK;
  if (sql->capabilities->supports_transactions) { /* without them nothing is replaced or undone */
    rc = sl_sql_create_like(sql, &kept, &table, out, err);
    if (rc == SL_OK) rc = sl_sql_keep_old(sql, &table, &kept, out, err);
    if (rc == SL_OK) rc = sl_sql_delete_old(sql, &table, out, err);
    if (rc == SL_OK) rc = sl_sql_delete_all(sql, &table, out, err);
    if (rc == SL_OK) rc = sl_sql_copy_columns(sql, &kept, &table, &columns, out, err);
  }
  return rc == SL_OK ? sl_sql_delete_where(sql, &table, "_dlt_load_id", "it's", out, err) : rc;
}

static struct sl_table_name staging(const struct sl_table *table, const void *unused) {
  (void)unused;
  return (struct sl_table_name){ .dataset = "ds", .table = table->name, .temporary = true };
}

static void mark(struct sl_table *table, const char *column, const char *mark_name) {
  struct sl_error err;
  CHECK_OK(sl_properties_set(&sl_table_column(table, column)->extra, mark_name, "true", &err),
           &err);
}

/* A root with a key, a partition, an order and deleted rows, and its child. */
static sl_status merge_by(const struct sl_sql_context *sql, const char *strategy, bool hints,
                          struct sl_statements *out, struct sl_error *err) {
  struct sl_schema *schema;
  char json[32];
  CHECK_OK(sl_schema_new(&schema, "shop", err), err);
  struct sl_table *root = new_table(schema, "items");
  struct sl_table *child = new_table(schema, "items__tags");
  root->disposition = SL_MERGE;
  child->parent = strdup("items");
  bool scd2 = strcmp(strategy, "scd2") == 0;
  if (scd2) {
    add(root, "_dlt_valid_from", SL_TYPE_TIMESTAMP, -1, -1, 0);
    add(root, "_dlt_valid_to", SL_TYPE_TIMESTAMP, -1, -1, 0);
    mark(root, "_dlt_valid_from", "x-valid-from");
    mark(root, "_dlt_valid_to", "x-valid-to");
  }
  add(root, "id", SL_TYPE_BIGINT, -1, -1, scd2 ? 0 : SL_HINT_PRIMARY_KEY);
  add(root, "day", SL_TYPE_DATE, -1, -1, hints ? SL_HINT_MERGE_KEY : 0);
  add(root, "note", SL_TYPE_TEXT, -1, -1, 0);
  add(root, "changed", SL_TYPE_TIMESTAMP, -1, -1, 0)->dedup_sort = hints ? SL_DEDUP_DESC : 0;
  add(root, "gone", SL_TYPE_BOOL, -1, -1, hints && !scd2 ? SL_HINT_HARD_DELETE : 0);
  add(root, "_dlt_id", SL_TYPE_TEXT, -1, -1, SL_HINT_ROW_KEY | SL_HINT_UNIQUE);
  if (scd2) mark(root, "_dlt_id", "x-row-version");
  add(child, "value", SL_TYPE_TEXT, -1, -1, 0);
  add(child, "_dlt_root_id", SL_TYPE_TEXT, -1, -1, SL_HINT_ROOT_KEY);
  add(child, "_dlt_id", SL_TYPE_TEXT, -1, -1, SL_HINT_ROW_KEY | SL_HINT_UNIQUE);
  snprintf(json, sizeof json, "\"%s\"", strategy);
  CHECK_OK(sl_properties_set(&root->extra, "x-merge-strategy", json, err), err);
  const struct sl_table *chain[] = { root, child };
  bool by_key = !scd2 && strcmp(strategy, "delete-insert") != 0;
  struct sl_merge_plan plan = { .schema = schema,
                                .root = root,
                                .chain = chain,
                                .n_chain = 2,
                                .dataset = "ds",
                                .staging = staging,
                                .root_row = by_key || (!scd2 && !sl_sql_orders_rows(sql))
                                                ? "\001root_row"
                                                : NULL,
                                .uid = "0a1b2c3d",
                                .boundary = INT64_C(1704164645000006) };
  sl_status rc = sl_sql_merge_prepare(sql, &plan, out, err);
  rc = rc == SL_OK ? sl_sql_merge(sql, &plan, out, err) : rc;
  sl_schema_free(schema);
  return rc;
}

#define MERGE(name, strategy)                                                        \
  static sl_status name(const struct sl_sql_context *sql, struct sl_statements *out, \
                        struct sl_error *err) {                                      \
    sl_status rc = merge_by(sql, strategy, false, out, err);                         \
    return rc == SL_OK ? merge_by(sql, strategy, true, out, err) : rc;               \
  }
MERGE(delete_insert, "delete-insert")
MERGE(upsert, "upsert")
MERGE(insert_only, "insert-only")
MERGE(scd2, "scd2")
MERGE(cdc, "cdc")

static const struct {
  const char *name;
  sl_status (*make)(const struct sl_sql_context *, struct sl_statements *, struct sl_error *);
} sections[] = {
  { "types", types },
  { "evolution", evolution },
  { "rows", rows },
  { "system", system_rows },
  { "hostile", names_and_values },
  { "merge-delete-insert", delete_insert },
  { "merge-upsert", upsert },
  { "merge-insert-only", insert_only },
  { "merge-scd2", scd2 },
  { "merge-cdc", cdc },
  { "copies", copies },
};

/* ---- the files ---- */

static char *read_all(const char *path) {
  FILE *f = fopen(path, "rb");
  struct sl_buffer text = { 0 };
  char block[4096];
  size_t n;
  while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0) {
    sl_buffer_append(&text, block, n);
  }
  if (f != NULL) fclose(f);
  return sl_buffer_take(&text);
}

static void write_all(const char *folder, const char *path, const struct sl_buffer *text) {
  CHECK_CASE(folder, mkdir(folder, 0777) == 0 || errno == EEXIST);
  FILE *f = fopen(path, "wb");
  if (CHECK_CASE(path, f != NULL)) {
    CHECK_CASE(path, fwrite(text->data, 1, text->length, f) == text->length);
    CHECK_CASE(path, fclose(f) == 0);
  }
}

static void check_section(size_t d, size_t s) {
  const struct sl_dialect *dialect = sl_dialect_find(dialects[d].name);
  if (!CHECK_CASE(dialects[d].name, dialect != NULL)) return;
  static const struct sl_capabilities duckdb = { .decimal_precision = 38,
                                                 .decimal_scale = 9,
                                                 .wei_precision = 38,
                                                 .supports_transactions = true,
                                                 .merge_strategies = 0xFF,
                                                 .replace_strategies = 0xFF };
  const struct sl_capabilities *caps = sl_dialect_capabilities(dialect);
  caps = dialects[d].capabilities != NULL ? dialects[d].capabilities : caps;
  struct sl_sql_context sql = { .dialect = dialect, .capabilities = caps == NULL ? &duckdb : caps };
  struct sl_statements out = { 0 };
  struct sl_error err = { 0 };
  struct sl_buffer text = { 0 };
  const char *root = getenv("SLUICE_TEST_ROOT");
  char folder[512], path[640];
  sl_status rc = sections[s].make(&sql, &out, &err);
  sl_buffer_printf(&text, "-- %s: %s. %s\n", dialects[d].name, sections[s].name, dialects[d].page);
  for (size_t i = 0; i < out.count; i++) {
    sl_buffer_printf(&text, "--;\n%s\n", out.items[i]);
  }
  if (rc != SL_OK) sl_buffer_printf(&text, "--;\n-- refused: %s\n", err.message);
  sl_statements_release(&out);
  snprintf(folder, sizeof folder, "%s/tests/golden/%s", root == NULL ? "." : root,
           dialects[d].name);
  snprintf(path, sizeof path, "%s/%s.sql", folder, sections[s].name);
  if (getenv("SLUICE_UPDATE_GOLDEN") != NULL) {
    write_all(folder, path, &text);
  } else {
    char *want = read_all(path);
    CHECK_STR(path, text.data, want);
    free(want);
  }
  sl_buffer_release(&text);
}

TEST(every_dialect_makes_what_the_files_say) {
  for (size_t d = 0; d < COUNT(dialects); d++) {
    for (size_t s = 0; s < COUNT(sections); s++) {
      check_section(d, s);
    }
  }
}
