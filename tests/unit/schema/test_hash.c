/* Version hashes, canonical JSON and compressed texts are dlt's, byte by byte. */
#include "schema/json_text.h"
#include "schema/stored.h"
#include "unit/comma_locale.h"
#include "unit/json_vectors.h"

TEST(hashes_are_those_of_dlt) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    char hash[48] = "";
    const char *json = vector_text(v, "json");
    if (CHECK_OK(sl_schema_from_json(&schema, json, strlen(json), &err), &err)) {
      CHECK_OK(sl_schema_version_hash(schema, hash, &err), &err);
      CHECK_STR(vector_text(v, "label"), hash, vector_text(v, "hash"));
    }
    sl_schema_free(schema);
  }
  yyjson_doc_free(doc);
}

TEST(edited_files_are_found) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), i, n, v) {
    struct sl_error err = { 0 };
    bool intact = false;
    const char *json = vector_text(v, "json");
    CHECK_OK(sl_schema_verify_json(json, strlen(json), &intact, &err), &err);
    CHECK_INT(vector_text(v, "label"), intact, yyjson_get_bool(yyjson_obj_get(v, "intact")));
  }
  yyjson_doc_free(doc);
}

static struct sl_table *add_table(struct sl_schema *schema, const char *name) {
  struct sl_error err = { 0 };
  struct sl_table *table = NULL;
  CHECK_OK(sl_schema_add_table(schema, name, &table, &err), &err);
  table->disposition = SL_APPEND;
  table->resource = strdup(name);
  return table;
}

static void add_column(struct sl_table *table, const char *name, enum sl_type type) {
  struct sl_error err = { 0 };
  struct sl_column *column = NULL;
  CHECK_OK(sl_table_add_column(table, name, &column, &err), &err);
  column->type = type;
}

/* The same changes as in make_stored.py. */
static void change(struct sl_schema *schema, size_t step) {
  if (step == 1) {
    add_column(add_table(schema, "t"), "b", SL_TYPE_TEXT);
  } else if (step == 2) {
    add_column(sl_schema_table(schema, "t"), "a", SL_TYPE_BIGINT);
  }
}

TEST(versions_count_like_dlt) {
  yyjson_doc *doc = vectors_open("stored.json");
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  size_t i;
  size_t n;
  yyjson_val *step;
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "versions"), i, n, step) {
    bool changed = false;
    const char *what = vector_text(step, "what");
    yyjson_val *previous = yyjson_obj_get(step, "previous");
    change(schema, i);
    CHECK_OK(sl_schema_bump_version(schema, &changed, &err), &err);
    CHECK_CASE(what, changed);
    CHECK_INT(what, schema->version, yyjson_get_sint(yyjson_obj_get(step, "version")));
    CHECK_STR(what, schema->version_hash, vector_text(step, "hash"));
    CHECK_INT(what, schema->n_previous_hashes, yyjson_arr_size(previous));
    for (size_t p = 0; p < schema->n_previous_hashes; p++) {
      CHECK_STR(what, schema->previous_hashes[p], yyjson_get_str(yyjson_arr_get(previous, p)));
    }
    CHECK_OK(sl_schema_bump_version(schema, &changed, &err), &err);
    CHECK_CASE(what, !changed);
  }
  sl_schema_free(schema);
  yyjson_doc_free(doc);
}

TEST(ten_hashes_are_kept) {
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  for (int i = 0; i < 15; i++) {
    char hash[16];
    snprintf(hash, sizeof hash, "h%d", i);
    CHECK_OK(sl_schema_remember_hash(schema, hash, &err), &err);
  }
  CHECK_OK(sl_schema_remember_hash(schema, "h7", &err), &err);
  CHECK_INT("ten", schema->n_previous_hashes, 10);
  CHECK_STR("newest first", schema->previous_hashes[0], "h14");
  CHECK_STR("oldest", schema->previous_hashes[9], "h5");
  sl_schema_free(schema);
}

/* Re-ordering columns changes the hash, though the JSON keys are sorted. */
TEST(column_order_counts) {
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  char before[48];
  char after[48];
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  struct sl_table *table = add_table(schema, "t");
  add_column(table, "b", SL_TYPE_TEXT);
  add_column(table, "a", SL_TYPE_TEXT);
  CHECK_OK(sl_schema_version_hash(schema, before, &err), &err);
  CHECK_OK(sl_table_move_last(table, table->columns[0], &err), &err);
  CHECK_OK(sl_schema_version_hash(schema, after, &err), &err);
  CHECK(strcmp(before, after) != 0);
  sl_schema_free(schema);
}

TEST(canonical_json_is_that_of_orjson) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "canonical"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_buffer out = { 0 };
    const char *json = vector_text(v, "json");
    CHECK_OK(sl_json_canonical(json, strlen(json), &out, &err), &err);
    CHECK_STR(json, out.data, vector_text(v, "canonical"));
    sl_buffer_release(&out);
  }
  yyjson_doc_free(doc);
}

/* Shortest digits, also where trying one precision after the other finds longer ones. */
TEST(doubles_are_printed_as_by_orjson) {
  static const struct {
    double value;
    const char *want;
  } cases[] = {
    { 0x1p-1017, "7.120236347223045e-307" },
    { 0x1p-144, "4.484155085839415e-44" },
    { 5e-324, "5e-324" },
    { 1e-5, "0.00001" },
    { 0.000015, "0.000015" },
    { 9.9e-6, "9.9e-6" },
    { -1e-10, "-1e-10" },
    { 1234567890123456, "1234567890123456.0" },
    { 1e16, "1e+16" },
    { 1.2345678901234568e16, "1.2345678901234568e+16" },
    { 100, "100.0" },
    { -0.0, "-0.0" },
    { (double)INFINITY, "null" },
    { (double)NAN, "null" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_buffer out = { 0 };
    sl_json_double(&out, cases[i].value);
    CHECK_STR("orjson", out.data, cases[i].want);
    sl_buffer_release(&out);
  }
}

TEST(canonical_json_does_not_follow_the_locale) {
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  if (comma_locale_set()) {
    CHECK_OK(sl_json_canonical("[2.5,1e-7]", 10, &out, &err), &err);
    comma_locale_unset();
    CHECK_STR("numbers", out.data, "[2.5,1e-7]");
  }
  sl_buffer_release(&out);
}

/* Under UBSan: no arithmetic on NULL. */
TEST(what_is_no_object_has_no_members) {
  yyjson_doc *doc = yyjson_read("\"text\"", 6, 0);
  yyjson_val *const values[] = { NULL, yyjson_doc_get_root(doc) };
  for (size_t i = 0; i < COUNT(values); i++) {
    struct sl_buffer out = { 0 };
    sl_json_canonical_without(values[i], NULL, 0, &out);
    CHECK_STR("members", out.data, "{}");
    sl_buffer_release(&out);
  }
  yyjson_doc_free(doc);
}

TEST(canonical_json_says_where_it_is_broken) {
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  CHECK_FAILS(sl_json_canonical("{\"a\":}", 6, &out, &err), SL_EDATA, &err);
  CHECK_CASE(err.message, strstr(err.message, "byte 5") != NULL);
  sl_buffer_release(&out);
}

TEST(compressed_text_comes_back) {
  static const char *const texts[] = { "", "a", "{\"state\": \"é\"}" };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct sl_error err = { 0 };
    struct sl_buffer packed = { 0 };
    struct sl_buffer plain = { 0 };
    CHECK_OK(sl_text_compress(texts[i], strlen(texts[i]), &packed, &err), &err);
    CHECK_OK(sl_text_decompress(packed.data, packed.length, &plain, &err), &err);
    CHECK_MEM("text", plain.data, plain.length, texts[i], strlen(texts[i]));
    sl_buffer_release(&packed);
    sl_buffer_release(&plain);
  }
}

TEST(a_large_text_comes_back) {
  struct sl_error err = { 0 };
  struct sl_buffer text = { 0 };
  struct sl_buffer packed = { 0 };
  struct sl_buffer plain = { 0 };
  for (unsigned i = 0; i < 100000; i++) {
    sl_buffer_printf(&text, "%u,", i * 2654435761U);
  }
  CHECK_OK(sl_text_compress(text.data, text.length, &packed, &err), &err);
  CHECK_OK(sl_text_decompress(packed.data, packed.length, &plain, &err), &err);
  CHECK(plain.length == text.length && memcmp(plain.data, text.data, text.length) == 0);
  sl_buffer_release(&text);
  sl_buffer_release(&packed);
  sl_buffer_release(&plain);
}

static const struct {
  const char *label, *text;
} damaged_cases[] = {
  { "empty", "" },
  { "not base64", "***" },
  { "odd length", "eJw" },
  { "not zlib", "aGFsbG8h" },
  { "cut", "eNqrVoovLkksSY0v" },
  { "plain", "{\"a\":1}" },
};

TEST(damaged_text_is_refused) {
  for (size_t i = 0; i < COUNT(damaged_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_buffer out = { 0 };
    const char *text = damaged_cases[i].text;
    CHECK_INT(damaged_cases[i].label, sl_text_decompress(text, strlen(text), &out, &err), SL_EDATA);
    sl_buffer_release(&out);
  }
}
