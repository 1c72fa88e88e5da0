/* The schema in memory: order, lookup, what nested tables inherit, system tables. */
#include "schema/schema.h"
#include "schema/stored.h"
#include "unit/json_vectors.h"

static struct sl_schema *fresh(void) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = NULL;
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  return schema;
}

static struct sl_table *add(struct sl_schema *schema, const char *name, const char *parent) {
  struct sl_error err = { 0 };
  struct sl_table *table = NULL;
  CHECK_OK(sl_schema_add_table(schema, name, &table, &err), &err);
  if (table != NULL && parent != NULL) {
    table->parent = strdup(parent);
  }
  return table;
}

static struct sl_column *column(struct sl_table *table, const char *name) {
  struct sl_error err = { 0 };
  struct sl_column *added = NULL;
  CHECK_OK(sl_table_add_column(table, name, &added, &err), &err);
  return added;
}

TEST(pointers_stay_while_it_grows) {
  struct sl_schema *schema = fresh();
  struct sl_table *first = add(schema, "first", NULL);
  struct sl_column *a = column(first, "a");
  for (int i = 0; i < 1000; i++) {
    char name[16];
    snprintf(name, sizeof name, "n%d", i);
    add(schema, name, NULL);
    column(first, name);
  }
  CHECK(sl_schema_table(schema, "first") == first);
  CHECK(sl_table_column(first, "a") == a);
  CHECK_STR("last", first->columns[1000]->name, "n999");
  CHECK(sl_schema_table(schema, "nowhere") == NULL);
  sl_schema_free(schema);
}

TEST(twice_is_a_bug) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = fresh();
  struct sl_table *table = add(schema, "t", NULL);
  struct sl_table *again;
  struct sl_column *other;
  column(table, "a");
  CHECK_FAILS(sl_schema_add_table(schema, "t", &again, &err), SL_EINTERNAL, &err);
  CHECK_FAILS(sl_table_add_column(table, "a", &other, &err), SL_EINTERNAL, &err);
  sl_schema_free(schema);
}

TEST(a_column_moves_last) {
  static const char *const want[] = { "a", "c", "d", "b" };
  struct sl_error err = { 0 };
  struct sl_schema *schema = fresh();
  struct sl_table *table = add(schema, "t", NULL);
  static const char *const names[] = { "a", "b", "c", "d" };
  for (size_t i = 0; i < COUNT(names); i++) {
    column(table, names[i]);
  }
  CHECK_OK(sl_table_move_last(table, sl_table_column(table, "b"), &err), &err);
  for (size_t i = 0; i < COUNT(want); i++) {
    CHECK_STR("order", table->columns[i]->name, want[i]);
    CHECK(sl_table_column(table, want[i]) == table->columns[i]);
  }
  sl_schema_free(schema);
}

TEST(nested_tables_inherit_from_their_root) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = fresh();
  struct sl_table *root = add(schema, "orders", NULL);
  struct sl_table *child = add(schema, "orders__items", "orders");
  struct sl_table *deep = add(schema, "orders__items__x", "orders__items");
  CHECK(sl_schema_root(schema, deep) == root);
  CHECK_INT("unset is append", sl_table_disposition(schema, deep), SL_APPEND);
  root->disposition = SL_MERGE;
  CHECK_INT("merge", sl_table_disposition(schema, child), SL_MERGE);
  CHECK_INT("default", sl_table_merge_strategy(schema, deep), SL_MERGE_DELETE_INSERT);
  CHECK_OK(sl_properties_set(&root->extra, "x-merge-strategy", "\"scd2\"", &err), &err);
  CHECK_INT("scd2", sl_table_merge_strategy(schema, deep), SL_MERGE_SCD2);
  sl_schema_free(schema);
}

TEST(hinted_columns_in_order) {
  struct sl_schema *schema = fresh();
  struct sl_table *table = add(schema, "t", NULL);
  column(table, "a")->hints = SL_HINT_UNIQUE;
  column(table, "b")->hints = SL_HINT_PRIMARY_KEY;
  column(table, "c")->hints = SL_HINT_PRIMARY_KEY | SL_HINT_UNIQUE;
  size_t at = 0;
  CHECK_STR("first", sl_table_hinted(table, SL_HINT_PRIMARY_KEY, &at)->name, "b");
  CHECK_STR("second", sl_table_hinted(table, SL_HINT_PRIMARY_KEY, &at)->name, "c");
  CHECK(sl_table_hinted(table, SL_HINT_PRIMARY_KEY, &at) == NULL);
  sl_schema_free(schema);
}

TEST(properties_keep_their_order) {
  struct sl_error err = { 0 };
  struct sl_properties p = { 0 };
  CHECK_OK(sl_properties_set(&p, "b", "1", &err), &err);
  CHECK_OK(sl_properties_set(&p, "a", "2", &err), &err);
  CHECK_OK(sl_properties_set(&p, "b", "3", &err), &err);
  CHECK_OK(sl_properties_set(&p, "none", NULL, &err), &err);
  CHECK_INT("count", p.count, 2);
  CHECK_STR("first", p.items[0].key, "b");
  CHECK_STR("replaced", sl_properties_get(&p, "b"), "3");
  CHECK_OK(sl_properties_set(&p, "b", NULL, &err), &err);
  CHECK(sl_properties_get(&p, "b") == NULL);
  CHECK_STR("left", p.items[0].key, "a");
  sl_properties_release(&p);
  sl_properties_release(&p);
}

TEST(names_of_dispositions_and_strategies) {
  CHECK_INT("merge", sl_disposition_from_name("merge"), SL_MERGE);
  CHECK_INT("unknown", sl_disposition_from_name("put"), SL_DISPOSITION_UNSET);
  CHECK_INT("empty", sl_disposition_from_name(""), SL_DISPOSITION_UNSET);
  CHECK_STR("upsert", sl_merge_strategy_name(sl_merge_strategy_from_name("upsert")), "upsert");
  CHECK_INT("replace", sl_replace_strategy_from_name("staging-optimized"), SL_REPLACE_OPTIMIZED);
}

/* The table that a dlt pipeline has after a run, columns in its order. */
TEST(state_table_is_that_of_dlt) {
  yyjson_doc *doc = vectors_open("stored.json");
  yyjson_val *want = yyjson_obj_get(yyjson_doc_get_root(doc), "state_table");
  yyjson_val *columns = yyjson_obj_get(want, "columns");
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  struct sl_buffer sorted = { 0 };
  struct sl_schema *schema = fresh();
  CHECK_INT("system tables", schema->n_tables, 2);
  CHECK_OK(sl_schema_add_state_table(schema, &err), &err);
  CHECK_OK(sl_schema_add_state_table(schema, &err), &err);
  CHECK_INT("and the state, once", schema->n_tables, 3);
  const struct sl_table *table = sl_schema_table(schema, "_dlt_pipeline_state");
  CHECK_INT("columns", table->n_columns, yyjson_arr_size(columns));
  for (size_t i = 0; i < table->n_columns; i++) {
    CHECK_STR("column", table->columns[i]->name, yyjson_get_str(yyjson_arr_get(columns, i)));
  }
  CHECK_OK(sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, &err), &err);
  CHECK_OK(sl_json_canonical(json.data, json.length, &sorted, &err), &err);
  CHECK_CASE(sorted.data, strstr(sorted.data, vector_text(want, "table")) != NULL);
  sl_buffer_release(&json);
  sl_buffer_release(&sorted);
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}
