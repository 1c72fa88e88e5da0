/* Older engines: the members that a step moves or makes. The whole documents are compared with
 * dlt's in test_stored.c and test_hash.c. */
#include "schema/stored.h"
#include "unit/json_vectors.h"

static struct sl_schema *engine(yyjson_doc *doc, const char *label) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = NULL;
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), i, n, v) {
    if (strcmp(vector_text(v, "label"), label) == 0) {
      const char *json = vector_text(v, "json");
      CHECK_OK(sl_schema_from_json(&schema, json, strlen(json), &err), &err);
    }
  }
  CHECK_CASE(label, schema != NULL);
  return schema;
}

TEST(engine_1_becomes_tables_with_parents) {
  yyjson_doc *doc = vectors_open("stored.json");
  struct sl_schema *schema = engine(doc, "engine 1");
  if (schema != NULL) {
    CHECK_STR("nearest", sl_schema_table(schema, "event__parse_data__items")->parent, "event");
    CHECK_STR("deeper", sl_schema_table(schema, "event__parse_data__items__deep")->parent,
              "event__parse_data__items");
    CHECK(sl_schema_table(schema, "__lonely")->parent == NULL);
    CHECK_INT("root", sl_schema_table(schema, "event")->disposition, SL_APPEND);
    CHECK_INT("nested", sl_schema_table(schema, "event__parse_data__items")->disposition,
              SL_DISPOSITION_UNSET);
    CHECK_STR("hints", sl_properties_get(&schema->default_hints, "not_null"),
              "[\"re:^_dlt_id$\",\"re:_timestamp$\"]");
    CHECK_STR("complex", sl_properties_get(&schema->preferred_types, "re:^blob"), "\"json\"");
    CHECK_STR("version", schema->version_hash, "");
    CHECK_CASE("seen", sl_schema_table(schema, "event")->seen_data);
  }
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}

TEST(engine_2_moves_filters_to_their_tables) {
  yyjson_doc *doc = vectors_open("stored.json");
  struct sl_schema *schema = engine(doc, "engine 2");
  if (schema != NULL) {
    CHECK_STR("both", sl_properties_get(&sl_schema_table(schema, "event")->extra, "filters"),
              "{\"excludes\":[\"re:^parse_data__x\"],\"includes\":[\"re:^a\"]}");
    CHECK_STR("a table is made for it",
              sl_properties_get(&sl_schema_table(schema, "other")->extra, "filters"),
              "{\"excludes\":[\"re:^path\"]}");
  }
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}

TEST(engine_9_derives_keys) {
  yyjson_doc *doc = vectors_open("stored.json");
  struct sl_schema *schema = engine(doc, "engine 9");
  if (schema != NULL) {
    struct sl_table *table = sl_schema_table(schema, "orders__items");
    CHECK_INT("row key", sl_table_column(table, "_dlt_id")->hints,
              SL_HINT_UNIQUE | SL_HINT_ROW_KEY);
    CHECK_INT("parent key", sl_table_column(table, "_dlt_parent_id")->hints, SL_HINT_PARENT_KEY);
    CHECK_INT("json", sl_table_column(table, "data")->type, SL_TYPE_JSON);
    CHECK(sl_properties_get(&sl_table_column(table, "amount")->extra, "foreign_key") == NULL);
    CHECK_INT("kept", schema->max_nesting, 5);
    CHECK_STR("paths", sl_properties_get(&schema->normalizers_extra, "use_break_path_on_normalize"),
              "false");
    CHECK_INT("previous", schema->n_previous_hashes, 1);
  }
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}

TEST(columns_of_nulls_are_dropped) {
  yyjson_doc *doc = vectors_open("stored.json");
  struct sl_schema *schema = engine(doc, "seen null first");
  if (schema != NULL) {
    struct sl_table *table = sl_schema_table(schema, "t");
    CHECK(sl_table_column(table, "gone") == NULL);
    CHECK(sl_properties_get(&sl_table_column(table, "kept")->extra, "x-normalizer") == NULL);
    CHECK_STR("rest", sl_properties_get(&sl_table_column(table, "kept_too")->extra, "x-normalizer"),
              "{\"other\":1}");
  }
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}

/* Wrong types in an old schema end in a message, never in a crash. */
static const char *const odd_cases[] = {
  "{\"name\":\"s\",\"engine_version\":1}",
  "{\"name\":\"s\",\"engine_version\":1,\"version\":1,\"tables\":[]}",
  "{\"name\":\"s\",\"engine_version\":1,\"tables\":{\"a\":1,\"a__b\":[]},\"hints\":[1],"
  "\"excludes\":{}}",
  "{\"name\":\"s\",\"engine_version\":2,\"tables\":{},\"excludes\":[1,\"\",\"x\"],\"preferred_"
  "types\":[]}",
  "{\"name\":\"s\",\"engine_version\":4,\"tables\":{\"t\":{\"columns\":5}}}",
  "{\"name\":\"s\",\"engine_version\":8,\"tables\":{\"t\":{\"columns\":{\"_dlt_id\":1}}},"
  "\"settings\":[]}",
  "{\"name\":\"s\",\"engine_version\":9,\"tables\":{\"t\":null},\"normalizers\":null}",
  "{\"name\":\"s\",\"engine_version\":10,\"tables\":{\"t\":{\"columns\":{\"c\":{\"x-normalizer\":5}"
  "}}}}",
};

TEST(odd_old_schemas_do_not_crash) {
  for (size_t i = 0; i < COUNT(odd_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    sl_status rc = sl_schema_from_json(&schema, odd_cases[i], strlen(odd_cases[i]), &err);
    CHECK_CASE(odd_cases[i], rc == SL_OK || (rc == SL_EDATA && err.message[0] != '\0'));
    sl_schema_free(schema);
  }
}
