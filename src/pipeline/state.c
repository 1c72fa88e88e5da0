/* state.c - see state.h. Sources: dlt 1.31 pipeline/state_sync.py, common/versioned_state.py. */
#include "pipeline/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "pipeline/state_json.h"
#include "schema/stored.h"

/* dlt writes typed values as texts that begin with a private character; U+F027 marks a timestamp.
 */
static const char timestamp_mark[] = "\xef\x80\xa7";

struct sl_state {
  yyjson_mut_doc *doc; /* the root is an object that has _local, also an object */
};

static yyjson_mut_val *root_of(const struct sl_state *state) {
  return yyjson_mut_doc_get_root(state->doc);
}

static yyjson_mut_val *member(const struct sl_state *state, const char *name) {
  return yyjson_mut_obj_get(root_of(state), name);
}

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the pipeline state");
}

/* Replaces the member in its place, or adds it at the end, as a Python dict does. */
static sl_status put(struct sl_state *state, yyjson_mut_val *object, const char *name,
                     yyjson_mut_val *value, struct sl_error *err) {
  yyjson_mut_val *key = yyjson_mut_strcpy(state->doc, name);
  if (key == NULL || value == NULL) {
    return no_memory(err);
  }
  bool done = yyjson_mut_obj_get(object, name) != NULL
                  ? yyjson_mut_obj_replace(object, yyjson_mut_str(state->doc, name), value)
                  : yyjson_mut_obj_add(object, key, value);
  return done ? SL_OK : no_memory(err);
}

static sl_status put_text(struct sl_state *state, yyjson_mut_val *object, const char *name,
                          const char *text, struct sl_error *err) {
  return put(state, object, name,
             text == NULL ? yyjson_mut_null(state->doc) : yyjson_mut_strcpy(state->doc, text), err);
}

static sl_status state_of(struct sl_state **out, yyjson_mut_doc *doc, struct sl_error *err) {
  struct sl_state *state = doc == NULL ? NULL : calloc(1, sizeof *state);
  if (state == NULL) {
    yyjson_mut_doc_free(doc);
    return no_memory(err);
  }
  state->doc = doc;
  *out = state;
  return SL_OK;
}

sl_status sl_state_new(struct sl_state **out, const char *pipeline, struct sl_error *err) {
  static const char begin[] =
      "{\"_state_version\":0,\"_state_engine_version\":4,\"_local\":{\"first_run\":true,"
      "\"_dev_mode\":false}}";
  *out = NULL;
  char *here = getcwd(NULL, 0);
  sl_status rc = here == NULL ? sl_fail_errno(err, errno, "cannot tell the current folder")
                              : sl_state_from_json(out, begin, sizeof begin - 1, err);
  if (rc == SL_OK) {
    rc = put_text(*out, member(*out, "_local"), "initial_cwd", here, err);
  }
  if (rc == SL_OK) {
    rc = sl_state_set_text(*out, "pipeline_name", pipeline, err);
  }
  if (rc ==
      SL_OK) { /* so that the first load stores version 1: a fresh dlt takes no version 0 over */
    rc = sl_state_bump(*out, err);
  }
  if (rc != SL_OK) {
    sl_state_free(*out);
    *out = NULL;
  }
  free(here);
  return rc;
}

void sl_state_free(struct sl_state *state) {
  if (state != NULL) {
    yyjson_mut_doc_free(state->doc);
    free(state);
  }
}

static sl_status check_members(const struct sl_state *state, struct sl_error *err) {
  static const char *const texts[] = { "pipeline_name", "dataset_name", "default_schema_name",
                                       "_version_hash" };
  if (!yyjson_mut_is_obj(root_of(state))) {
    return sl_fail(err, SL_EDATA, "the pipeline state is not a JSON object");
  }
  yyjson_mut_val *engine = member(state, "_state_engine_version");
  if (!yyjson_mut_is_int(engine) || !yyjson_mut_is_int(member(state, "_state_version"))) {
    return sl_fail(err, SL_EDATA,
                   "the pipeline state has no _state_version and _state_engine_version");
  }
  int64_t number = yyjson_mut_get_sint(engine);
  if (number < 1 || number > SL_STATE_ENGINE_VERSION) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "the pipeline state has engine version %lld; this Sluice knows 1 to %d: update "
                   "Sluice",
                   (long long)number, SL_STATE_ENGINE_VERSION);
  }
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    yyjson_mut_val *value = member(state, texts[i]);
    if (value != NULL && !yyjson_mut_is_str(value) && !yyjson_mut_is_null(value)) {
      return sl_fail(err, SL_EDATA, "the pipeline state: %s is not a text", texts[i]);
    }
  }
  yyjson_mut_val *local = member(state, "_local");
  yyjson_mut_val *sources = member(state, "sources");
  if (local != NULL && !yyjson_mut_is_obj(local)) {
    return sl_fail(err, SL_EDATA, "the pipeline state: _local is not an object");
  }
  return sources == NULL || yyjson_mut_is_obj(sources)
             ? SL_OK
             : sl_fail(err, SL_EDATA, "the pipeline state: sources is not an object");
}

/* "dlt.destinations.duckdb" -> "duckdb": dlt keeps a name only when it says more than the type. */
static const char *name_of_type(const char *type) {
  const char *dot = strrchr(type, '.');
  return dot == NULL ? type : dot + 1;
}

/* Engine 3 to 4, and a change that dlt makes without a new engine: destination becomes type and
 * name. */
static sl_status migrate_destination(struct sl_state *state, const char *kind,
                                     struct sl_error *err) {
  char type_name[32];
  char name_name[32];
  snprintf(type_name, sizeof type_name, "%s_type", kind);
  snprintf(name_name, sizeof name_name, "%s_name", kind);
  const char *old = sl_state_text(state, kind);
  sl_status rc = SL_OK;
  if (old != NULL && old[0] != '\0') {
    rc = sl_state_set_text(state, type_name, old, err);
    if (rc == SL_OK) {
      rc = sl_state_set_text(state, name_name, name_of_type(old), err);
    }
    yyjson_mut_obj_remove_key(root_of(state), kind);
  }
  const char *type = sl_state_text(state, type_name);
  const char *name = sl_state_text(state, name_name);
  if (rc == SL_OK && type != NULL && name != NULL && strcmp(name_of_type(type), name) == 0) {
    rc = sl_state_set_text(state, name_name, NULL, err);
  }
  return rc;
}

static sl_status migrate(struct sl_state *state, struct sl_error *err) {
  int64_t engine = yyjson_mut_get_sint(member(state, "_state_engine_version"));
  sl_status rc = SL_OK;
  if (member(state, "_local") == NULL) { /* engine 1; rows of the destination have none either */
    rc = put(state, root_of(state), "_local", yyjson_mut_obj(state->doc), err);
  }
  if (rc == SL_OK && engine <= 2) {
    char hash[48];
    rc = sl_state_json_hash(state->doc, hash, err);
    if (rc == SL_OK) {
      rc = sl_state_set_text(state, "_version_hash", hash, err);
    }
  }
  if (rc == SL_OK && engine <= 3) {
    rc = migrate_destination(state, "destination", err);
  }
  if (rc == SL_OK && engine <= 3) {
    rc = migrate_destination(state, "staging", err);
  }
  if (rc == SL_OK && engine != SL_STATE_ENGINE_VERSION) {
    rc = put(state, root_of(state), "_state_engine_version",
             yyjson_mut_sint(state->doc, SL_STATE_ENGINE_VERSION), err);
  }
  return rc;
}

sl_status sl_state_from_json(struct sl_state **out, const char *json, size_t length,
                             struct sl_error *err) {
  yyjson_mut_doc *doc;
  *out = NULL;
  sl_status rc = sl_json_read_mut(&doc, json, length, "the pipeline state", err);
  if (rc == SL_OK) {
    rc = state_of(out, doc, err);
  }
  if (rc == SL_OK) {
    rc = check_members(*out, err);
  }
  if (rc == SL_OK) {
    rc = migrate(*out, err);
  }
  if (rc != SL_OK) {
    sl_state_free(*out);
    *out = NULL;
  }
  return rc;
}

sl_status sl_state_from_row(struct sl_state **out, const char *text, size_t length,
                            struct sl_error *err) {
  struct sl_buffer plain = { 0 };
  *out = NULL;
  if (length > 0 && text[0] == '{') {
    return sl_state_from_json(out, text, length, err);
  }
  sl_status rc = sl_text_decompress(text, length, &plain, err);
  if (rc == SL_OK) {
    rc = sl_state_from_json(out, plain.data == NULL ? "" : plain.data, plain.length, err);
  }
  sl_buffer_release(&plain);
  return rc == SL_OK ? rc : sl_error_add_context(err, "the state that the destination stores");
}

sl_status sl_state_to_json(const struct sl_state *state, struct sl_buffer *out,
                           struct sl_error *err) {
  return sl_json_write_mut(state->doc, NULL, 0, out, err);
}

sl_status sl_state_to_row(const struct sl_state *state, struct sl_buffer *out,
                          struct sl_error *err) {
  static const char *const left_out[] = { "_local" };
  struct sl_buffer json = { 0 };
  sl_status rc = sl_json_write_mut(state->doc, left_out, 1, &json, err);
  if (rc == SL_OK) {
    rc = sl_text_compress(json.data, json.length, out, err);
  }
  sl_buffer_release(&json);
  return rc;
}

int64_t sl_state_version(const struct sl_state *state) {
  return yyjson_mut_get_sint(member(state, "_state_version"));
}

const char *sl_state_text(const struct sl_state *state, const char *name) {
  return yyjson_mut_get_str(member(state, name));
}

const char *sl_state_hash(const struct sl_state *state) {
  const char *hash = sl_state_text(state, "_version_hash");
  return hash == NULL ? "" : hash;
}

sl_status sl_state_set_text(struct sl_state *state, const char *name, const char *value,
                            struct sl_error *err) {
  return put_text(state, root_of(state), name, value, err);
}

sl_status sl_state_add_schema(struct sl_state *state, const char *name, struct sl_error *err) {
  yyjson_mut_val *list = member(state, "schema_names");
  if (!yyjson_mut_is_arr(list)) { /* absent or null */
    list = yyjson_mut_arr(state->doc);
    sl_status rc = put(state, root_of(state), "schema_names", list, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  size_t at = 0;
  yyjson_mut_arr_iter items = yyjson_mut_arr_iter_with(list);
  for (yyjson_mut_val *item; (item = yyjson_mut_arr_iter_next(&items)) != NULL; at++) {
    const char *text = yyjson_mut_get_str(item);
    int order = text == NULL ? -1 : strcmp(text, name);
    if (order == 0) {
      return SL_OK;
    }
    if (order > 0) {
      break;
    }
  }
  yyjson_mut_val *value = yyjson_mut_strcpy(state->doc, name);
  return value != NULL && yyjson_mut_arr_insert(list, value, at) ? SL_OK : no_memory(err);
}

/* The object at sources.<source>.resources; NULL when there is none. */
static yyjson_mut_val *resources_of(const struct sl_state *state, const char *source) {
  yyjson_mut_val *one = yyjson_mut_obj_get(member(state, "sources"), source);
  return yyjson_mut_obj_get(one, "resources");
}

sl_status sl_state_resource(const struct sl_state *state, const char *source, const char *resource,
                            struct sl_buffer *out, bool *found, struct sl_error *err) {
  yyjson_mut_val *value = yyjson_mut_obj_get(resources_of(state, source), resource);
  *found = value != NULL;
  if (value == NULL) {
    return SL_OK;
  }
  size_t length;
  char *json = yyjson_mut_val_write(value, 0, &length);
  if (json == NULL) {
    return no_memory(err);
  }
  sl_buffer_append(out, json, length);
  free(json);
  return sl_buffer_check(out, err);
}

/* The member as an object: made when missing, refused when it is something else. */
static sl_status object_in(struct sl_state *state, yyjson_mut_val *parent, const char *name,
                           yyjson_mut_val **out, struct sl_error *err) {
  *out = yyjson_mut_obj_get(parent, name);
  if (*out == NULL) {
    *out = yyjson_mut_obj(state->doc);
    return put(state, parent, name, *out, err);
  }
  return yyjson_mut_is_obj(*out)
             ? SL_OK
             : sl_fail(err, SL_EDATA, "the pipeline state: %s is not an object", name);
}

sl_status sl_state_set_sources(struct sl_state *state, const char *json, size_t length,
                               struct sl_error *err) {
  yyjson_mut_doc *value;
  sl_status rc = sl_json_read_mut(&value, json, length, "the state of the sources", err);
  if (rc != SL_OK) {
    return rc;
  }
  yyjson_mut_val *root = yyjson_mut_doc_get_root(value);
  rc = yyjson_mut_is_obj(root)
           ? put(state, root_of(state), "sources", yyjson_mut_val_mut_copy(state->doc, root), err)
           : sl_fail(err, SL_EDATA, "the state of the sources is not a JSON object");
  yyjson_mut_doc_free(value);
  return rc;
}

sl_status sl_state_set_resource(struct sl_state *state, const char *source, const char *resource,
                                const char *json, size_t length, struct sl_error *err) {
  if (json == NULL) {
    yyjson_mut_obj_remove_key(resources_of(state, source), resource);
    return SL_OK;
  }
  yyjson_mut_doc *value;
  yyjson_mut_val *sources;
  yyjson_mut_val *one;
  yyjson_mut_val *resources;
  sl_status rc = sl_json_read_mut(&value, json, length, "the state of the source", err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = object_in(state, root_of(state), "sources", &sources, err);
  if (rc == SL_OK) {
    rc = object_in(state, sources, source, &one, err);
  }
  if (rc == SL_OK) {
    rc = object_in(state, one, "resources", &resources, err);
  }
  if (rc == SL_OK) {
    rc = put(state, resources, resource,
             yyjson_mut_val_mut_copy(state->doc, yyjson_mut_doc_get_root(value)), err);
  }
  yyjson_mut_doc_free(value);
  return rc;
}

sl_status sl_state_bump(struct sl_state *state, struct sl_error *err) {
  char hash[48];
  sl_status rc = sl_state_json_hash(state->doc, hash, err);
  const char *before = sl_state_hash(state);
  if (rc != SL_OK || strcmp(hash, before) == 0) {
    return rc;
  }
  if (before[0] != '\0') {
    rc = put(state, root_of(state), "_state_version",
             yyjson_mut_sint(state->doc, sl_state_version(state) + 1), err);
  }
  return rc == SL_OK ? sl_state_set_text(state, "_version_hash", hash, err) : rc;
}

void sl_state_row_id(char out[SL_STATE_ROW_ID]) {
  uint64_t seed = sl_random_seed();
  uint8_t bytes[10];
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (uint8_t)sl_random_next(&seed);
  }
  sl_base64_encode(out, bytes, sizeof bytes, 0);
}

sl_status sl_state_set_version(struct sl_state *state, int64_t version, struct sl_error *err) {
  return put(state, root_of(state), "_state_version", yyjson_mut_sint(state->doc, version), err);
}

bool sl_state_needs_row(const struct sl_state *state) {
  yyjson_mut_val *stored = yyjson_mut_obj_get(member(state, "_local"), "_last_extracted_hash");
  return !yyjson_mut_equals_str(stored, sl_state_hash(state));
}

sl_status sl_state_mark_stored(struct sl_state *state, int64_t now_micros, struct sl_error *err) {
  char when[48];
  char text[40];
  sl_timestamp_print(text, now_micros, true);
  snprintf(when, sizeof when, "%s%s", timestamp_mark, text);
  yyjson_mut_val *local = member(state, "_local");
  sl_status rc = put_text(state, local, "_last_extracted_at", when, err);
  if (rc == SL_OK) {
    rc = put_text(state, local, "_last_extracted_hash", sl_state_hash(state), err);
  }
  return rc == SL_OK ? put(state, local, "first_run", yyjson_mut_bool(state->doc, false), err) : rc;
}

bool sl_state_first_run(const struct sl_state *state) {
  return !yyjson_mut_is_false(yyjson_mut_obj_get(member(state, "_local"), "first_run"));
}

/* The remote content with the local _local; the user's choice of dataset wins, as in dlt. */
static sl_status take_over(struct sl_state *local, const struct sl_state *remote,
                           struct sl_error *err) {
  struct sl_state taken = { yyjson_mut_doc_mut_copy(remote->doc, NULL) };
  if (taken.doc == NULL) {
    return no_memory(err);
  }
  const char *dataset = sl_state_text(local, "dataset_name");
  sl_status rc = put(&taken, root_of(&taken), "_local",
                     yyjson_mut_val_mut_copy(taken.doc, member(local, "_local")), err);
  if (rc == SL_OK && dataset != NULL) {
    rc = sl_state_set_text(&taken, "dataset_name", dataset, err);
  }
  if (rc == SL_OK) { /* swap: the old one is freed below */
    yyjson_mut_doc *before = local->doc;
    local->doc = taken.doc;
    taken.doc = before;
  }
  yyjson_mut_doc_free(taken.doc);
  return rc;
}

sl_status sl_state_adopt(struct sl_state *local, const struct sl_state *remote, bool *adopted,
                         struct sl_error *err) {
  *adopted = false;
  const char *mine = sl_state_text(local, "pipeline_name");
  const char *theirs = sl_state_text(remote, "pipeline_name");
  if (mine != NULL && theirs != NULL && strcmp(mine, theirs) != 0) {
    return sl_fail(err, SL_EDATA,
                   "the state in the destination belongs to pipeline %s, and this is %s", theirs,
                   mine);
  }
  if (sl_state_version(remote) < sl_state_version(local)) {
    return SL_OK;
  }
  bool same = strcmp(sl_state_hash(remote), sl_state_hash(local)) == 0;
  sl_status rc = same ? SL_OK : take_over(local, remote, err);
  *adopted = rc == SL_OK && !same;
  /* What the destination holds need not be sent there again. */
  return rc == SL_OK ? sl_state_mark_stored(local, sl_now_micros(), err) : rc;
}
