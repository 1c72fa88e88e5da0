/* The pipeline state: dlt's form, hash, row, and who wins when both sides have one. */
#include "pipeline/state.h"

#include "schema/stored.h"
#include "unit/json_vectors.h"

static char *sorted(const char *json, size_t length) {
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  CHECK_OK(sl_json_canonical(json, length, &out, &err), &err);
  return sl_buffer_take(&out);
}

static char *json_of(const struct sl_state *state) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  CHECK_OK(sl_state_to_json(state, &json, &err), &err);
  char *text = sorted(json.data, json.length);
  sl_buffer_release(&json);
  return text;
}

static struct sl_state *state_of(const char *json) {
  struct sl_error err = { 0 };
  struct sl_state *state;
  CHECK_OK(sl_state_from_json(&state, json, strlen(json), &err), &err);
  return state;
}

TEST(states_of_dlt_are_read_and_hashed) {
  yyjson_doc *doc = vectors_open("state.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "states"), i, n, v) {
    struct sl_error err = { 0 };
    const char *label = vector_text(v, "label");
    struct sl_state *state = state_of(vector_text(v, "json"));
    char *json = json_of(state);
    CHECK_STR(label, json, vector_text(v, "migrated"));
    CHECK_OK(sl_state_bump(state, &err), &err);
    CHECK_STR(label, sl_state_hash(state), vector_text(v, "hash"));
    CHECK_INT(label, sl_state_version(state), yyjson_get_sint(yyjson_obj_get(v, "bumped_version")));
    free(json);
    sl_state_free(state);
  }
  yyjson_doc_free(doc);
}

/* zlib may pack differently, so rows are compared unpacked; _local is not in them. */
TEST(rows_come_back) {
  yyjson_doc *doc = vectors_open("state.json");
  size_t i;
  size_t n;
  yyjson_val *v;
  yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "states"), i, n, v) {
    struct sl_error err = { 0 };
    struct sl_buffer row = { 0 };
    struct sl_state *ours;
    struct sl_state *theirs;
    const char *their_row = vector_text(v, "row");
    struct sl_state *state = state_of(vector_text(v, "json"));
    CHECK_OK(sl_state_to_row(state, &row, &err), &err);
    CHECK_OK(sl_state_from_row(&ours, row.data, row.length, &err), &err);
    CHECK_OK(sl_state_from_row(&theirs, their_row, strlen(their_row), &err), &err);
    char *a = json_of(ours);
    char *b = json_of(theirs);
    CHECK_STR(vector_text(v, "label"), a, b);
    CHECK(strstr(a, "\"_local\":{}") != NULL);
    free(a);
    free(b);
    sl_buffer_release(&row);
    sl_state_free(state);
    sl_state_free(ours);
    sl_state_free(theirs);
  }
  yyjson_doc_free(doc);
}

TEST(plain_rows_are_read) {
  static const char json[] = "{\"_state_version\":1,\"_state_engine_version\":4}";
  struct sl_error err = { 0 };
  struct sl_state *state;
  CHECK_OK(sl_state_from_row(&state, json, sizeof json - 1, &err), &err);
  CHECK_INT("version", sl_state_version(state), 1);
  sl_state_free(state);
}

TEST(a_new_state_begins_like_dlt) {
  struct sl_error err = { 0 };
  struct sl_state *state;
  CHECK_OK(sl_state_new(&state, "shop", &err), &err);
  CHECK_INT("version", sl_state_version(state), 0);
  CHECK_INT("hash", strlen(sl_state_hash(state)), 44);
  CHECK(sl_state_first_run(state));
  CHECK(sl_state_needs_row(state));
  CHECK_STR("name", sl_state_text(state, "pipeline_name"), "shop");
  CHECK_OK(sl_state_set_text(state, "dataset_name", "d", &err), &err);
  CHECK_OK(sl_state_bump(state, &err), &err);
  CHECK_INT("the first load stores", sl_state_version(state), 1);
  CHECK_OK(sl_state_mark_stored(state, 0, &err), &err);
  CHECK(!sl_state_needs_row(state) && !sl_state_first_run(state));
  CHECK_OK(sl_state_bump(state, &err), &err);
  CHECK_INT("no change counts nothing up", sl_state_version(state), 1);
  CHECK_OK(sl_state_set_text(state, "dataset_name", "e", &err), &err);
  CHECK_OK(sl_state_bump(state, &err), &err);
  CHECK_INT("a change does", sl_state_version(state), 2);
  CHECK(sl_state_needs_row(state));
  char *json = json_of(state);
  CHECK_CASE(json, strstr(json,
                          "\"_last_extracted_at\":\"\xef\x80\xa7"
                          "1970-01-01T00:00:00+00:00\"") != NULL);
  free(json);
  sl_state_free(state);
}

TEST(schema_names_are_sorted_and_once) {
  static const char *const names[] = { "m", "z", "a", "m", "n" };
  struct sl_error err = { 0 };
  struct sl_state *state =
      state_of("{\"_state_version\":1,\"_state_engine_version\":4,\"schema_names\":null}");
  for (size_t i = 0; i < COUNT(names); i++) {
    CHECK_OK(sl_state_add_schema(state, names[i], &err), &err);
  }
  char *json = json_of(state);
  CHECK_CASE(json, strstr(json, "\"schema_names\":[\"a\",\"m\",\"n\",\"z\"]") != NULL);
  free(json);
  sl_state_free(state);
}

TEST(sources_are_replaced_as_a_whole) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  bool found = false;
  struct sl_state *state = state_of(
      "{\"_state_version\":1,\"_state_engine_version\":4,\"sources\":"
      "{\"old\":{\"resources\":{\"r\":{\"a\":1}}}}}");
  const char *text = "{\"new\":{\"resources\":{\"r\":{\"b\":2}}}}";
  CHECK_OK(sl_state_set_sources(state, text, strlen(text), &err), &err);
  CHECK_OK(sl_state_resource(state, "old", "r", &json, &found, &err), &err);
  CHECK(!found);
  CHECK_OK(sl_state_resource(state, "new", "r", &json, &found, &err), &err);
  CHECK(found);
  CHECK_STR("new", json.data, "{\"b\":2}");
  CHECK(sl_state_set_sources(state, "[]", 2, &err) == SL_EDATA);
  sl_buffer_release(&json);
  sl_state_free(state);
}

TEST(resources_remember) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  bool found = true;
  struct sl_state *state = state_of(
      "{\"_state_version\":1,\"_state_engine_version\":4,\"sources\":"
      "{\"shop\":{\"own\":1,\"resources\":{\"other\":{\"a\":1}}}}}");
  CHECK_OK(sl_state_resource(state, "shop", "orders", &json, &found, &err), &err);
  CHECK(!found);
  CHECK_OK(sl_state_set_resource(state, "shop", "orders", "{\"f\":[1,2]}", 11, &err), &err);
  CHECK_OK(sl_state_set_resource(state, "new", "orders", "{}", 2, &err), &err);
  CHECK_OK(sl_state_resource(state, "shop", "orders", &json, &found, &err), &err);
  CHECK(found);
  CHECK_STR("stored", json.data, "{\"f\":[1,2]}");
  char *text = json_of(state);
  CHECK_CASE(text, strstr(text,
                          "\"shop\":{\"own\":1,\"resources\":{\"orders\":{\"f\":[1,2]},"
                          "\"other\":{\"a\":1}}}") != NULL);
  free(text);
  CHECK_OK(sl_state_set_resource(state, "shop", "orders", NULL, 0, &err), &err);
  CHECK_OK(sl_state_resource(state, "shop", "orders", &json, &found, &err), &err);
  CHECK(!found);
  CHECK_FAILS(sl_state_set_resource(state, "shop", "orders", "{", 1, &err), SL_EDATA, &err);
  sl_buffer_release(&json);
  sl_state_free(state);
}

#define REMOTE "\"pipeline_name\":\"p\",\"dataset_name\":\"remote\",\"_state_engine_version\":4"
static const struct {
  const char *label, *local, *remote;
  bool adopted;
  int64_t version;
  const char *dataset;
} sync_cases[] = {
  { "higher wins",
    "{\"_state_version\":1,\"_version_hash\":\"a\",\"pipeline_name\":\"p\",\"_state_engine_"
    "version\":4}",
    "{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}", true, 2, "remote" },
  { "equal and different wins",
    "{\"_state_version\":2,\"_version_hash\":\"a\",\"pipeline_name\":\"p\",\"_state_engine_"
    "version\":4}",
    "{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}", true, 2, "remote" },
  { "lower does not",
    "{\"_state_version\":3,\"_version_hash\":\"a\",\"pipeline_name\":\"p\",\"_state_engine_"
    "version\":4}",
    "{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}", false, 3, NULL },
  { "the same is no change",
    "{\"_state_version\":2,\"_version_hash\":\"b\",\"pipeline_name\":\"p\",\"_state_engine_"
    "version\":4}",
    "{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}", false, 2, NULL },
  { "the user's dataset stays",
    "{\"_state_version\":1,\"dataset_name\":\"mine\",\"pipeline_name\":\"p\",\"_state_engine_"
    "version\":4}",
    "{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}", true, 2, "mine" },
};

TEST(sync_takes_the_newer_state) {
  for (size_t i = 0; i < COUNT(sync_cases); i++) {
    struct sl_error err = { 0 };
    bool adopted = false;
    struct sl_state *local = state_of(sync_cases[i].local);
    struct sl_state *remote = state_of(sync_cases[i].remote);
    CHECK_OK(sl_state_adopt(local, remote, &adopted, &err), &err);
    CHECK_INT(sync_cases[i].label, adopted, sync_cases[i].adopted);
    CHECK_INT(sync_cases[i].label, sl_state_version(local), sync_cases[i].version);
    CHECK_STR(sync_cases[i].label, sl_state_text(local, "dataset_name"), sync_cases[i].dataset);
    sl_state_free(local);
    sl_state_free(remote);
  }
}

TEST(sync_keeps_what_is_local) {
  struct sl_error err = { 0 };
  bool adopted = false;
  struct sl_state *local = state_of(
      "{\"_state_version\":1,\"_state_engine_version\":4,\"_local\":"
      "{\"initial_cwd\":\"/here\",\"first_run\":true}}");
  struct sl_state *remote = state_of("{\"_state_version\":2,\"_version_hash\":\"b\"," REMOTE "}");
  CHECK_OK(sl_state_adopt(local, remote, &adopted, &err), &err);
  char *json = json_of(local);
  CHECK_CASE(json, strstr(json, "\"initial_cwd\":\"/here\"") != NULL);
  CHECK_CASE("no row: the destination has it", !sl_state_needs_row(local));
  CHECK_CASE("not the first run", !sl_state_first_run(local));
  free(json);
  sl_state_free(local);
  sl_state_free(remote);
}

TEST(another_pipelines_state_is_refused) {
  struct sl_error err = { 0 };
  bool adopted = false;
  struct sl_state *local =
      state_of("{\"_state_version\":1,\"_state_engine_version\":4,\"pipeline_name\":\"mine\"}");
  struct sl_state *remote = state_of("{\"_state_version\":2," REMOTE "}");
  CHECK_FAILS(sl_state_adopt(local, remote, &adopted, &err), SL_EDATA, &err);
  CHECK_CASE(err.message, strstr(err.message, "mine") != NULL);
  sl_state_free(local);
  sl_state_free(remote);
}

static const struct {
  const char *label, *json;
  sl_status want;
} broken_cases[] = {
  { "empty", "", SL_EDATA },
  { "cut", "{\"_state_version\":1,\"_st", SL_EDATA },
  { "a list", "[]", SL_EDATA },
  { "no versions", "{}", SL_EDATA },
  { "version is a text", "{\"_state_version\":\"1\",\"_state_engine_version\":4}", SL_EDATA },
  { "engine 5", "{\"_state_version\":1,\"_state_engine_version\":5}", SL_EUNSUPPORTED },
  { "engine 0", "{\"_state_version\":1,\"_state_engine_version\":0}", SL_EUNSUPPORTED },
  { "_local is a list", "{\"_state_version\":1,\"_state_engine_version\":4,\"_local\":[]}",
    SL_EDATA },
  { "sources is a text", "{\"_state_version\":1,\"_state_engine_version\":4,\"sources\":\"\"}",
    SL_EDATA },
  { "name is a number", "{\"_state_version\":1,\"_state_engine_version\":4,\"pipeline_name\":1}",
    SL_EDATA },
};

TEST(broken_states_are_refused) {
  for (size_t i = 0; i < COUNT(broken_cases); i++) {
    struct sl_error err = { 0 };
    struct sl_state *state;
    const char *json = broken_cases[i].json;
    CHECK_INT(broken_cases[i].label, sl_state_from_json(&state, json, strlen(json), &err),
              broken_cases[i].want);
    CHECK_CASE(broken_cases[i].label, state == NULL && err.message[0] != '\0');
  }
}

TEST(deep_states_are_refused) {
  struct sl_error err = { 0 };
  struct sl_state *state;
  struct sl_buffer json = { 0 };
  for (int i = 0; i < 100000; i++) {
    sl_buffer_text(&json, "{\"a\":");
  }
  CHECK_FAILS(sl_state_from_json(&state, json.data, json.length, &err), SL_EDATA, &err);
  sl_buffer_release(&json);
}
