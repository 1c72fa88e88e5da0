/* test_sql.c - names, literals, DDL and the shape of the merge statements. */
#include "unit/test.h"

#include "sql/sql.h"

static const struct sl_capabilities caps = { .dialect = "duckdb",
                                             .decimal_precision = 38,
                                             .decimal_scale = 9,
                                             .wei_precision = 38,
                                             .merge_strategies = 0xFF };

static struct sl_sql_context context(void) {
  return (struct sl_sql_context){ .dialect = sl_dialect_find("duckdb"),
                                  .capabilities = &caps,
                                  .catalog = "db" };
}

static const struct {
  const char *label, *text, *want;
  size_t length;
} literals[] = {
  { "plain", "abc", "'abc'", 3 },
  { "quote", "it's", "'it''s'", 4 },
  { "only quotes", "''", "''''''", 2 },
  { "NUL", "a\0b", "('a' || chr(0) || 'b')", 3 },
  { "statement", "'; DROP TABLE t; --", "'''; DROP TABLE t; --'", 19 },
};

TEST(text_literals) {
  struct sl_sql_context sql = context();
  for (size_t i = 0; i < COUNT(literals); i++) {
    struct sl_buffer out = { 0 };
    sl_sql_text_literal(&sql, literals[i].text, literals[i].length, &out);
    CHECK_STR(literals[i].label, out.data, literals[i].want);
    sl_buffer_release(&out);
  }
}

TEST(names_are_qualified_and_quoted) {
  struct sl_sql_context sql = context();
  struct sl_buffer out = { 0 };
  struct sl_table_name name = { .dataset = "d\"s", .table = "select" };
  sl_sql_table(&sql, &name, &out);
  CHECK_STR("table", out.data, "\"db\".\"d\"\"s\".\"select\"");
  sl_buffer_release(&out);
}

static const struct {
  const char *label;
  struct sl_column column;
  const char *want;
} types[] = {
  { "bigint", { .type = SL_TYPE_BIGINT, .precision = -1 }, "BIGINT" },
  { "16 bits", { .type = SL_TYPE_BIGINT, .precision = 16 }, "SMALLINT" },
  { "128 bits", { .type = SL_TYPE_BIGINT, .precision = 128 }, "HUGEINT" },
  { "decimal", { .type = SL_TYPE_DECIMAL, .precision = -1, .scale = -1 }, "DECIMAL(38,9)" },
  { "decimal(12,2)", { .type = SL_TYPE_DECIMAL, .precision = 12, .scale = 2 }, "DECIMAL(12,2)" },
  { "wei", { .type = SL_TYPE_WEI }, "DECIMAL(38,0)" },
  { "timestamp",
    { .type = SL_TYPE_TIMESTAMP, .precision = -1, .timezone = -1 },
    "TIMESTAMP WITH TIME ZONE" },
  { "naive", { .type = SL_TYPE_TIMESTAMP, .precision = -1, .timezone = 0 }, "TIMESTAMP" },
  { "naive ns", { .type = SL_TYPE_TIMESTAMP, .precision = 9, .timezone = 0 }, "TIMESTAMP_NS" },
  { "json", { .type = SL_TYPE_JSON }, "JSON" },
};

TEST(column_types) {
  struct sl_sql_context sql = context();
  for (size_t i = 0; i < COUNT(types); i++) {
    struct sl_buffer out = { 0 };
    struct sl_error err;
    CHECK_OK(sl_sql_type(&sql, &types[i].column, &out, &err), &err);
    CHECK_STR(types[i].label, out.data, types[i].want);
    sl_buffer_release(&out);
  }
}

static struct sl_table_name staging(const struct sl_table *table, const void *unused) {
  (void)unused;
  return (struct sl_table_name){ .table = table->name, .temporary = true };
}

static void add_column(struct sl_table *table, const char *name, enum sl_type type,
                       uint32_t hints) {
  struct sl_error err;
  struct sl_column *column;
  CHECK_OK(sl_table_add_column(table, name, &column, &err), &err);
  column->type = type;
  column->hints = hints;
}

/* No strategy may use NOT IN (NULLs), concatenated keys, or an OR between keys. */
TEST(merges_avoid_the_known_traps) {
  static const char *const strategies[] = { "\"delete-insert\"", "\"upsert\"", "\"insert-only\"",
                                            "\"cdc\"" };
  struct sl_sql_context sql = context();
  for (size_t i = 0; i < COUNT(strategies); i++) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    struct sl_table *root;
    struct sl_statements out = { 0 };
    CHECK_OK(sl_schema_new(&schema, "s", &err), &err);
    CHECK_OK(sl_schema_add_table(schema, "t", &root, &err), &err);
    root->disposition = SL_MERGE;
    add_column(root, "order", SL_TYPE_BIGINT, SL_HINT_PRIMARY_KEY);
    add_column(root, "day", SL_TYPE_TEXT, SL_HINT_PRIMARY_KEY | SL_HINT_MERGE_KEY);
    add_column(root, "delete", SL_TYPE_BOOL, SL_HINT_HARD_DELETE);
    add_column(root, "_dlt_id", SL_TYPE_TEXT, SL_HINT_ROW_KEY);
    CHECK_OK(sl_properties_set(&root->extra, "x-merge-strategy", strategies[i], &err), &err);
    const struct sl_table *chain[] = { root };
    struct sl_merge_plan plan = { .schema = schema,
                                  .root = root,
                                  .chain = chain,
                                  .n_chain = 1,
                                  .dataset = "ds",
                                  .staging = staging,
                                  .uid = "00000000" };
    CHECK_OK(sl_sql_merge(&sql, &plan, &out, &err), &err);
    CHECK_CASE(strategies[i], out.count > 0);
    for (size_t s = 0; s < out.count; s++) {
      CHECK_CASE(out.items[s], strstr(out.items[s], "NOT IN") == NULL);
      CHECK_CASE(out.items[s], strstr(out.items[s], "CONCAT") == NULL);
      CHECK_CASE(out.items[s], strstr(out.items[s], " OR ") == NULL);
      CHECK_CASE(out.items[s], strstr(out.items[s], " delete ") == NULL);
    }
    sl_statements_release(&out);
    sl_schema_free(schema);
  }
}

TEST(a_key_is_demanded_before_any_row_moves) {
  struct sl_sql_context sql = context();
  struct sl_error err;
  struct sl_schema *schema;
  struct sl_table *root;
  CHECK_OK(sl_schema_new(&schema, "s", &err), &err);
  CHECK_OK(sl_schema_add_table(schema, "t", &root, &err), &err);
  root->disposition = SL_MERGE;
  CHECK_OK(sl_properties_set(&root->extra, "x-merge-strategy", "\"upsert\"", &err), &err);
  CHECK_FAILS(sl_sql_merge_check(&sql, schema, root, &err), SL_EUSAGE, &err);
  CHECK(strstr(err.message, "--primary-key") != NULL);
  sl_schema_free(schema);
}
