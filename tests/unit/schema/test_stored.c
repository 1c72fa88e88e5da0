/* Stored schemas: what is read is written again, what is broken is refused with its place. */
#include "schema/stored.h"
#include "unit/json_vectors.h"

/* Sorted compact JSON of what to_json gives; the caller frees it. */
static char *canonical_of(const struct sl_schema *schema, enum sl_schema_form form) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  struct sl_buffer sorted = { 0 };
  CHECK_OK(sl_schema_to_json(schema, form, &json, &err), &err);
  CHECK_OK(sl_json_canonical(json.data, json.length, &sorted, &err), &err);
  sl_buffer_release(&json);
  return sl_buffer_take(&sorted);
}

TEST(every_member_comes_back) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    struct sl_schema *again;
    struct sl_buffer pretty = { 0 };
    const char *label = vector_text(v, "label");
    const char *json = vector_text(v, "json");
    if (!CHECK_OK(sl_schema_from_json(&schema, json, strlen(json), &err), &err)) {
      continue;
    }
    char *got = canonical_of(schema, SL_SCHEMA_COMPACT);
    CHECK_STR(label, got, vector_text(v, "stored"));
    CHECK_OK(sl_schema_to_json(schema, SL_SCHEMA_PRETTY, &pretty, &err), &err);
    if (CHECK_OK(sl_schema_from_json(&again, pretty.data, pretty.length, &err), &err)) {
      char *twice = canonical_of(again, SL_SCHEMA_COMPACT);
      CHECK_STR(label, twice, got);
      free(twice);
    }
    sl_schema_free(again);
    sl_schema_free(schema);
    sl_buffer_release(&pretty);
    free(got);
  }
  yyjson_doc_free(doc);
}

TEST(pretty_looks_like_dlt) {
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  struct sl_buffer pretty = { 0 };
  static const char begin[] =
      "{\n  \"version\": 0,\n  \"version_hash\": \"\",\n  \"engine_version\": 11,\n"
      "  \"name\": \"shop\",\n  \"tables\": {\n    \"_dlt_version\": {\n"
      "      \"name\": \"_dlt_version\",\n";
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  CHECK_OK(sl_schema_to_json(schema, SL_SCHEMA_PRETTY, &pretty, &err), &err);
  CHECK_MEM("begin", pretty.data, sizeof begin - 1, begin, sizeof begin - 1);
  sl_buffer_release(&pretty);
  sl_schema_free(schema);
}

/* Members that were carried because the structure could not say them give way once it does. */
TEST(what_is_said_now_wins) {
  static const char json[] =
      "{\"name\":\"s\",\"version\":1,\"version_hash\":\"\",\"engine_version\":11,\"normalizers\":{}"
      ","
      "\"settings\":{\"default_hints\":{},\"schema_contract\":\"freeze\",\"detections\":[]},"
      "\"tables\":{\"t\":{\"schema_contract\":{\"tables\":\"freeze\"},\"columns\":{\"a\":{\"data_"
      "type\":"
      "null,\"unique\":false,\"precision\":null,\"nullable\":null,\"description\":null}}}}}";
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  if (!CHECK_OK(sl_schema_from_json(&schema, json, sizeof json - 1, &err), &err)) {
    return;
  }
  struct sl_table *table = sl_schema_table(schema, "t");
  struct sl_column *column = sl_table_column(table, "a");
  column->type = SL_TYPE_TEXT;
  column->hints = SL_HINT_UNIQUE;
  column->precision = 7;
  column->nullable_stated = true;
  column->description = strdup("now");
  table->contract.columns = SL_FREEZE;
  schema->contract = (struct sl_contract){ SL_EVOLVE, SL_EVOLVE, SL_EVOLVE };
  schema->detections = 2;
  CHECK_OK(sl_properties_set(&schema->default_hints, "unique", "[\"a\"]", &err), &err);
  struct sl_buffer out = { 0 };
  CHECK_OK(sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &out, &err), &err);
  static const char column_now[] =
      "\"a\":{\"name\":\"a\",\"data_type\":\"text\",\"nullable\":true,\"precision\":7,"
      "\"unique\":true,\"description\":\"now\"}";
  static const char settings_now[] =
      "\"settings\":{\"detections\":[\"iso_timestamp\"],"
      "\"default_hints\":{\"unique\":[\"a\"]},\"schema_contract\":\"evolve\"}";
  static const char *const wanted[] = {
    column_now, settings_now, "\"schema_contract\":{\"tables\":\"freeze\",\"columns\":\"freeze\"}"
  };
  for (size_t i = 0; i < COUNT(wanted); i++) {
    CHECK_CASE(wanted[i], strstr(out.data, wanted[i]) != NULL);
  }
  sl_buffer_release(&out);
  sl_schema_free(schema);
}

#define BEGIN \
  "{\"name\":\"s\",\"version\":1,\"version_hash\":\"\",\"engine_version\":11,\"normalizers\":{},"
static const struct {
  const char *label, *json;
  sl_status want;
  const char *message; /* a part of it */
} broken_cases[] = {
  { "empty", "", SL_EDATA, "broken at byte 0" },
  { "cut", "{\"name\":\"s\",\"tab", SL_EDATA, "broken at byte 16" },
  { "a list", "[]", SL_EDATA, "not an object with a name" },
  { "no name", "{\"engine_version\":11}", SL_EDATA, "not an object with a name" },
  { "name is a number", "{\"name\":1,\"engine_version\":11}", SL_EDATA, "a name (text)" },
  { "engine is a text", "{\"name\":\"s\",\"engine_version\":\"11\"}", SL_EDATA, "(integer)" },
  { "engine 0", "{\"name\":\"s\",\"engine_version\":0}", SL_EUNSUPPORTED, "knows 1 to 11" },
  { "engine 12", "{\"name\":\"s\",\"engine_version\":12}", SL_EUNSUPPORTED, "update Sluice" },
  { "no tables", BEGIN "\"settings\":{}}", SL_EDATA, "schema s: there is no tables object" },
  { "tables is a list", BEGIN "\"tables\":[]}", SL_EDATA, "no tables object" },
  { "a table is a text", BEGIN "\"tables\":{\"t\":\"x\"}}", SL_EDATA, "table t: not an object" },
  { "no columns", BEGIN "\"tables\":{\"t\":{}}}", SL_EDATA, "table t: it has no columns" },
  { "columns is a list", BEGIN "\"tables\":{\"t\":{\"columns\":[]}}}", SL_EDATA,
    "table t: columns" },
  { "a column is null", BEGIN "\"tables\":{\"t\":{\"columns\":{\"c\":null}}}}", SL_EDATA,
    "schema s: table t: column c: not an object" },
  { "twice a column", BEGIN "\"tables\":{\"t\":{\"columns\":{\"c\":{},\"c\":{}}}}}", SL_EDATA,
    "column c: it stands there twice" },
  { "twice a table", BEGIN "\"tables\":{\"t\":{\"columns\":{}},\"t\":{\"columns\":{}}}}", SL_EDATA,
    "table t: it stands there twice" },
  { "unknown type", BEGIN "\"tables\":{\"t\":{\"columns\":{\"c\":{\"data_type\":\"varchar\"}}}}}",
    SL_EDATA, "column c: data_type varchar" },
  { "type is a number", BEGIN "\"tables\":{\"t\":{\"columns\":{\"c\":{\"data_type\":5}}}}}",
    SL_EDATA, "data_type is not a text" },
  { "unknown disposition",
    BEGIN "\"tables\":{\"t\":{\"columns\":{},\"write_disposition\":\"put\"}}}", SL_EDATA,
    "table t: write_disposition" },
  { "unknown contract", BEGIN "\"tables\":{\"t\":{\"columns\":{},\"schema_contract\":\"ice\"}}}",
    SL_EDATA, "schema_contract: tables must be" },
  { "contract is a number", BEGIN "\"tables\":{\"t\":{\"columns\":{},\"schema_contract\":5}}}",
    SL_EDATA, "schema_contract is neither" },
  { "no such parent", BEGIN "\"tables\":{\"t\":{\"columns\":{},\"parent\":\"p\"}}}", SL_EDATA,
    "table t: its parent p is not in the schema" },
  { "its own parent", BEGIN "\"tables\":{\"t\":{\"columns\":{},\"parent\":\"t\"}}}", SL_EDATA,
    "among its own children" },
  { "NUL in a name", BEGIN "\"tables\":{\"t\\u0000\":{\"columns\":{}}}}", SL_EDATA, "holds a NUL" },
  { "version is a text", BEGIN "\"tables\":{},\"version\":\"1\"}", SL_EDATA, "version is not" },
  { "settings is a list", BEGIN "\"tables\":{},\"settings\":[]}", SL_EDATA, "settings is not" },
  { "hints are texts", BEGIN "\"tables\":{},\"settings\":{\"default_hints\":{\"a\":\"b\"}}}",
    SL_EDATA, "default_hints.a" },
  { "preferred type", BEGIN "\"tables\":{},\"settings\":{\"preferred_types\":{\"a\":\"b\"}}}",
    SL_EDATA, "preferred_types: a" },
  { "normalizers is a text",
    "{\"name\":\"s\",\"engine_version\":11,\"tables\":{},\"normalizers\":\"\"}", SL_EDATA,
    "normalizers is not" },
  { "hashes twice", BEGIN "\"tables\":{},\"previous_hashes\":[],\"previous_hashes\":[\"a\"]}",
    SL_EDATA, "twice" },
  { "hashes are numbers", BEGIN "\"tables\":{},\"previous_hashes\":[1]}", SL_EDATA,
    "a previous hash" },
};

TEST(broken_schemas_are_refused) {
  for (size_t i = 0; i < COUNT(broken_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    sl_status rc =
        sl_schema_from_json(&schema, broken_cases[i].json, strlen(broken_cases[i].json), &err);
    CHECK_INT(broken_cases[i].label, rc, broken_cases[i].want);
    CHECK_CASE(err.message, strstr(err.message, broken_cases[i].message) != NULL);
    CHECK_CASE(broken_cases[i].label, schema == NULL);
    sl_schema_free(schema);
  }
}

/* Every prefix of a good schema is refused, none crashes. */
TEST(truncated_anywhere) {
  yyjson_doc *doc = vectors_open("stored.json");
  yyjson_val *odd = yyjson_arr_get(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), 1);
  const char *json = vector_text(odd, "json");
  size_t length = strlen(json);
  for (size_t n = 0; n < length; n += 7) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    CHECK_INT("cut", sl_schema_from_json(&schema, json, n, &err), SL_EDATA);
  }
  yyjson_doc_free(doc);
}

TEST(deep_nesting_is_refused) {
  struct sl_buffer json = { 0 };
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  sl_buffer_text(&json, BEGIN "\"tables\":{},\"x\":");
  for (int i = 0; i < 100000; i++) {
    sl_buffer_char(&json, '[');
  }
  CHECK_FAILS(sl_schema_from_json(&schema, json.data, json.length, &err), SL_EDATA, &err);
  CHECK_CASE(err.message, strstr(err.message, "nested more than") != NULL);
  sl_buffer_release(&json);
}

TEST(version_tables_are_added) {
  static const char json[] = BEGIN "\"tables\":{\"t\":{\"columns\":{}}}}";
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  if (CHECK_OK(sl_schema_from_json(&schema, json, sizeof json - 1, &err), &err)) {
    CHECK(sl_schema_table(schema, "_dlt_version") != NULL);
    CHECK(sl_schema_table(schema, "_dlt_loads") != NULL);
    CHECK_STR("resource", sl_schema_table(schema, "t")->resource, "t");
    CHECK_INT("append", sl_schema_table(schema, "t")->disposition, SL_APPEND);
  }
  sl_schema_free(schema);
}
