/* YAML: scalars as PyYAML reads them, schemas both ways, hostile input. */
#include <unistd.h>

#include "schema/stored.h"
#include "unit/comma_locale.h"
#include "unit/json_vectors.h"

static char *sorted(const char *json, size_t length) {
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  CHECK_OK(sl_json_canonical(json, length, &out, &err), &err);
  return sl_buffer_take(&out);
}

TEST(scalars_are_read_like_pyyaml) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "yaml"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_buffer json = { 0 };
    const char *yaml = vector_text(v, "yaml");
    const char *want_json = vector_text(v, "json");
    if (CHECK_OK(sl_yaml_to_json(yaml, strlen(yaml), &json, &err), &err)) {
      char *got = sorted(json.data, json.length);
      char *want = sorted(want_json, strlen(want_json));
      CHECK_STR(yaml, got, want);
      free(got);
      free(want);
    }
    sl_buffer_release(&json);
  }
  yyjson_doc_free(doc);
}

TEST(numbers_do_not_follow_the_locale) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  if (comma_locale_set()) {
    CHECK_OK(sl_yaml_to_json("a: 2.5\n", 7, &json, &err), &err);
    comma_locale_unset();
    CHECK_STR("yaml", json.data, "{\"a\":2.5}");
  }
  sl_buffer_release(&json);
}

/* PyYAML's dump of each schema reads as its JSON does, and our own YAML too. */
TEST(schemas_come_from_yaml) {
  yyjson_doc *doc = vectors_open("stored.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "schemas"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    struct sl_schema *again;
    struct sl_buffer yaml = { 0 };
    char hash[48] = "";
    const char *text = vector_text(v, "yaml");
    if (!CHECK_OK(sl_schema_from_yaml(&schema, text, strlen(text), &err), &err)) {
      continue;
    }
    CHECK_OK(sl_schema_version_hash(schema, hash, &err), &err);
    CHECK_STR(vector_text(v, "label"), hash, vector_text(v, "hash"));
    CHECK_OK(sl_schema_to_yaml(schema, true, &yaml, &err), &err);
    if (CHECK_OK(sl_schema_from_yaml(&again, yaml.data, yaml.length, &err), &err)) {
      CHECK_OK(sl_schema_version_hash(again, hash, &err), &err);
      CHECK_STR(vector_text(v, "label"), hash, vector_text(v, "hash"));
    }
    sl_schema_free(again);
    sl_schema_free(schema);
    sl_buffer_release(&yaml);
  }
  yyjson_doc_free(doc);
}

static const struct {
  const char *json, *yaml;
} written_cases[] = {
  { "{\"a\":{\"b\":1,\"c\":[1,\"x\"]},\"d\":{},\"e\":[]}",
    "a:\n  b: 1\n  c:\n  - 1\n  - x\nd: {}\ne: []\n" },
  { "{\"a\":[{\"b\":1,\"c\":2},[3,[4]]]}", "a:\n- b: 1\n  c: 2\n- - 3\n  - - 4\n" },
  { "{\"yes\":\"no\",\"1\":\"2\",\"\":\"~\"}", "'yes': 'no'\n'1': '2'\n'': '~'\n" },
  { "{\"a\":null,\"b\":true,\"c\":1.5,\"d\":1e300,\"e\":-1e-7}",
    "a: null\nb: true\nc: 1.5\nd: 1.0e+300\ne: -1.0e-7\n" },
  { "{\"a\":\"it's\",\"b\":\"x: y\",\"c\":\"two\\nlines\",\"d\":\"é\",\"e\":\"a "
    "b\",\"f\":\"2024-01-02\"}",
    "a: 'it''s'\nb: 'x: y'\nc: \"two\\u000alines\"\nd: 'é'\ne: a b\nf: '2024-01-02'\n" },
  { "[]", "[]\n" },
  { "[1,[2],{\"a\":3,\"b\":4}]", "- 1\n- - 2\n- a: 3\n  b: 4\n" },
};

TEST(yaml_is_written_in_block_style) {
  for (size_t i = 0; i < COUNT(written_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_buffer yaml = { 0 };
    const char *json = written_cases[i].json;
    CHECK_OK(sl_json_to_yaml(json, strlen(json), &yaml, &err), &err);
    CHECK_STR(json, yaml.data, written_cases[i].yaml);
    sl_buffer_release(&yaml);
  }
}

static const struct {
  const char *label, *yaml, *message;
} broken_cases[] = {
  { "empty", "", "empty" },
  { "two documents", "a: 1\n---\nb: 2\n", "line 2" },
  { "unclosed", "a: [1, 2\nb: 3", "line 2" },
  { "tab", "a:\n\tb: 1", "line 2" },
  { "merge key", "a: &x {b: 1}\nc:\n  <<: *x\n", "merge keys" },
  { "no anchor", "a: *x\n", "no anchor" },
  { "inside itself", "a: &x [*x]\n", "inside its own anchor" },
  { "a key is a list", "? [a]\n: 1\n", "plain name" },
  { "a program's tag", "a: !!python/object:os.system 1\n", "" },
  { "own tag", "a: !ref x\n", "tags" },
};

TEST(broken_yaml_is_refused) {
  for (size_t i = 0; i < COUNT(broken_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    sl_status rc =
        sl_schema_from_yaml(&schema, broken_cases[i].yaml, strlen(broken_cases[i].yaml), &err);
    CHECK_INT(broken_cases[i].label, rc, SL_EDATA);
    CHECK_CASE(err.message, strstr(err.message, broken_cases[i].message) != NULL);
    sl_schema_free(schema);
  }
}

/* Nine levels of nine aliases would be 387 million texts. */
TEST(aliases_cannot_explode) {
  struct sl_error err = { 0 };
  struct sl_buffer yaml = { 0 };
  struct sl_buffer json = { 0 };
  sl_buffer_text(&yaml, "a0: &a0 [lol]\n");
  for (int i = 1; i < 10; i++) {
    sl_buffer_printf(&yaml, "a%d: &a%d [", i, i);
    for (int k = 0; k < 9; k++) {
      sl_buffer_printf(&yaml, "%s*a%d", k > 0 ? "," : "", i - 1);
    }
    sl_buffer_text(&yaml, "]\n");
  }
  CHECK_FAILS(sl_yaml_to_json(yaml.data, yaml.length, &json, &err), SL_EDATA, &err);
  sl_buffer_release(&yaml);
  sl_buffer_release(&json);
}

TEST(files_are_told_apart_by_content) {
  static const char *const texts[] = {
    "{\"name\":\"s\",\"engine_version\":11,\"version\":1,\"tables\":{},\"normalizers\":{}}",
    "name: s\nengine_version: 11\nversion: 1\ntables: {}\nnormalizers: {}\n",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    char path[] = "/tmp/sluice-schema-XXXXXX";
    struct sl_error err = { 0 };
    struct sl_schema *schema;
    int fd = mkstemp(path);
    CHECK(write(fd, texts[i], strlen(texts[i])) == (ssize_t)strlen(texts[i]));
    close(fd);
    CHECK_OK(sl_schema_from_file(&schema, path, &err), &err);
    sl_schema_free(schema);
    unlink(path);
    CHECK_FAILS(sl_schema_from_file(&schema, path, &err), SL_ENOTFOUND, &err);
    CHECK_CASE(err.message, strstr(err.message, path) != NULL);
  }
}

static struct sl_schema *schema_of(const char *name, const char *table) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = NULL;
  struct sl_table *added;
  CHECK_OK(sl_schema_new(&schema, name, &err), &err);
  CHECK_OK(sl_schema_add_table(schema, table, &added, &err), &err);
  return schema;
}

TEST(imports_replace_only_when_they_changed) {
  struct sl_error err = { 0 };
  struct sl_schema *stored = NULL;
  struct sl_table *added;
  struct sl_column *column;
  bool taken = false;
  CHECK_OK(sl_schema_import(&stored, schema_of("shop", "a"), &taken, &err), &err);
  CHECK(taken && stored != NULL);
  CHECK_STR("linked", stored->imported_version_hash, stored->version_hash);
  CHECK_OK(sl_schema_add_table(stored, "declared", &added, &err), &err);
  CHECK_OK(sl_schema_add_table(stored, "filled", &added, &err), &err);
  added->seen_data = true;
  CHECK_OK(sl_table_add_column(sl_schema_table(stored, "a"), "x", &column, &err), &err);
  column->type = SL_TYPE_TEXT;
  CHECK_OK(sl_table_add_column(sl_schema_table(stored, "a"), "untyped", &column, &err), &err);
  sl_schema_table(stored, "a")->seen_data = true;
  CHECK_OK(sl_schema_import(&stored, schema_of("shop", "a"), &taken, &err), &err);
  CHECK_CASE("the same import again", !taken && sl_schema_table(stored, "declared") != NULL);
  char before[48];
  CHECK_OK(sl_schema_version_hash(stored, before, &err), &err);
  struct sl_schema *changed = schema_of("shop", "a");
  CHECK_OK(sl_schema_add_table(changed, "b", &added, &err), &err);
  CHECK_OK(sl_schema_import(&stored, changed, &taken, &err), &err);
  CHECK_CASE("a changed import", taken && sl_schema_table(stored, "b") != NULL);
  CHECK_STR("remembered", stored->previous_hashes[0], before);
  CHECK_CASE("without rows it is forgotten", sl_schema_table(stored, "declared") == NULL);
  CHECK_CASE("with rows it stays", sl_schema_table(stored, "filled") != NULL);
  const struct sl_table *a = sl_schema_table(stored, "a");
  CHECK_CASE("its columns too", sl_table_column(a, "x") != NULL && a->seen_data);
  CHECK_CASE("typed ones", sl_table_column(a, "untyped") == NULL);
  sl_schema_free(stored);
}
