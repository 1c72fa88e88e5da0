/* rows.c - system rows as dlt's filesystem destination keeps them: one JSON file a row, found by
 * its name.
 *
 *   _dlt_version/<schema>__<time>__<hash>.jsonl           hash: of the schema, in hexadecimal
 *   _dlt_pipeline_state/<pipeline>__<load id>__<hash>.jsonl
 *   _dlt_loads/<schema>__<load id>.jsonl */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "column/json_text.h"
#include "files_internal.h"

enum { MOST_STATES = 100 };

static const char versions[] = "_dlt_version/";
static const char states[] = "_dlt_pipeline_state/";
static const char loads[] = "_dlt_loads/";

/* ---- names ---- */

struct parts { /* of the name of a file, borrowed */
  struct sl_text name, load_id, hash;
};

/* The last n parts that are separated by "__"; names may hold "__" themselves. */
static bool split(const char *key, int n, struct parts *out) {
  const char *base = strrchr(key, '/') + 1;
  const char *end = strrchr(base, '.');
  struct sl_text found[2] = { { 0 }, { 0 } };
  if (end == NULL) {
    return false;
  }
  for (int i = 0; i < n - 1; i++) {
    const char *at = end - 1;
    while (at > base && strncmp(at, "__", 2) != 0) {
      at--;
    }
    if (at <= base || at + 2 > end) {
      return false;
    }
    found[i] = (struct sl_text){ at + 2, (size_t)(end - at) - 2 };
    end = at;
  }
  *out = (struct parts){ .name = { base, (size_t)(end - base) },
                         .load_id = found[n - 2],
                         .hash = found[0] };
  return true;
}

static void hash_path(const char *hash, struct sl_buffer *out) {
  uint8_t bytes[64];
  size_t length = strlen(hash);
  long n = length <= 64 ? sl_base64_decode(bytes, hash, length) : -1;
  for (long i = 0; i < n; i++) {
    sl_buffer_printf(out, "%02x", bytes[i]);
  }
}

static int compare(struct sl_text a, struct sl_text b) {
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = memcmp(a.data, b.data, shorter);
  return order != 0 ? order : a.length < b.length ? -1 : a.length > b.length ? 1 : 0;
}

/* ---- reading ---- */

static sl_status read_member(struct files_destination *d, const char *key, const char *member,
                             char **text, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  bool found = false;
  sl_status rc = d->place->ops->get(d->place, key, &json, &found, err);
  if (rc == SL_OK && !found) {
    rc = sl_fail(err, SL_EDEST, "%s was there and is gone", key);
  }
  yyjson_doc *doc = rc == SL_OK ? yyjson_read(json.data, json.length, 0) : NULL;
  const char *value = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), member));
  if (rc == SL_OK && value == NULL) {
    rc = sl_fail(err, SL_EDATA, "%s holds no JSON with '%s': was it changed by hand?", key, member);
  }
  if (rc == SL_OK && (*text = strdup(value)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", key);
  }
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
  return rc;
}

/* True when a load with this id is complete. */
static bool is_loaded(const struct files_names *markers, struct sl_text load_id) {
  struct parts p;
  for (size_t i = 0; i < markers->count; i++) {
    if (split(markers->items[i], 2, &p) && sl_text_equal(p.load_id, load_id)) {
      return true;
    }
  }
  return false;
}

/* The file that fits: with the hash, or the newest of the name, which is not of the load `but`
 * (NULL = of any). committed: NULL = all count. */
static const char *choose(const struct files_names *keys, const char *name, const char *hash,
                          const struct files_names *committed, const char *but) {
  const char *best = NULL;
  struct parts p;
  struct parts newest = { 0 };
  for (size_t i = 0; i < keys->count; i++) {
    if (!split(keys->items[i], 3, &p)) {
      continue;
    }
    if (hash != NULL) {
      if (sl_text_equal(p.hash, sl_text_of(hash))) {
        return keys->items[i];
      }
    } else if (sl_text_equal(p.name, sl_text_of(name)) &&
               (best == NULL || compare(p.load_id, newest.load_id) > 0) &&
               (but == NULL || !sl_text_equal(p.load_id, sl_text_of(but))) &&
               (committed == NULL || is_loaded(committed, p.load_id))) {
      best = keys->items[i];
      newest = p;
    }
  }
  return best;
}

static sl_status get_version(struct files_destination *d, const char *name, const char *key,
                             char **text, struct sl_error *err) {
  struct files_names names = { 0 };
  struct sl_buffer hash = { 0 };
  sl_status rc = d->place->ops->list(d->place, versions, &names, err);
  if (key != NULL) {
    hash_path(key, &hash);
  }
  const char *found =
      rc == SL_OK ? choose(&names, name, key == NULL ? NULL : hash.data, NULL, NULL) : NULL;
  if (found != NULL) {
    rc = read_member(d, found, "schema", text, err);
  }
  sl_buffer_release(&hash);
  files_names_release(&names);
  return rc;
}

/* Appends the key of the newest state of a pipeline that is not of the load `but`. */
static sl_status find_state(struct files_destination *d, const char *name, const char *but,
                            struct sl_buffer *out, struct sl_error *err) {
  struct files_names names = { 0 };
  struct files_names markers = { 0 };
  sl_status rc = d->place->ops->list(d->place, states, &names, err);
  if (rc == SL_OK) {
    rc = d->place->ops->list(d->place, loads, &markers, err);
  }
  const char *found = rc == SL_OK ? choose(&names, name, NULL, &markers, but) : NULL;
  sl_buffer_text(out, found == NULL ? "" : found);
  files_names_release(&names);
  files_names_release(&markers);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

static sl_status get_state(struct files_destination *d, const char *name, const char *key,
                           char **text, struct sl_error *err) {
  struct sl_buffer found = { 0 };
  sl_status rc = find_state(d, name, key, &found, err);
  if (rc == SL_OK && found.length > 0) {
    rc = read_member(d, found.data, "state", text, err);
  }
  sl_buffer_release(&found);
  return rc;
}

sl_status files_last_load(struct sl_destination *base, const char *schema,
                          struct sl_store_last *out, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  struct files_names markers = { 0 };
  struct parts p;
  struct parts newest = { 0 };
  *out = (struct sl_store_last){ 0 };
  sl_status rc = d->place->ops->list(d->place, loads, &markers, err);
  for (size_t i = 0; rc == SL_OK && i < markers.count; i++) {
    if (split(markers.items[i], 2, &p) &&
        (schema == NULL || sl_text_equal(p.name, sl_text_of(schema))) &&
        (newest.load_id.length == 0 || compare(p.load_id, newest.load_id) > 0)) {
      newest = p;
    }
  }
  if (rc == SL_OK && newest.load_id.length > 0) {
    out->load_id = strndup(newest.load_id.data, newest.load_id.length);
    out->schema = strndup(newest.name.data, newest.name.length);
    rc = out->load_id == NULL || out->schema == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a load")
             : files_find_pipeline(d, out, err);
  }
  files_names_release(&markers);
  return rc;
}

static sl_status get_load(struct files_destination *d, const char *load_id, char **text,
                          struct sl_error *err) {
  struct files_names markers = { 0 };
  sl_status rc = d->place->ops->list(d->place, loads, &markers, err);
  if (rc == SL_OK && is_loaded(&markers, sl_text_of(load_id))) {
    rc = files_keep(text, load_id, err);
  }
  files_names_release(&markers);
  return rc;
}

sl_status files_get(struct sl_destination *base, enum sl_store_kind kind, const char *name,
                    const char *key, char **text, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  *text = NULL;
  switch (kind) {
    case SL_STORE_VERSION: return get_version(d, name, key, text, err);
    case SL_STORE_STATE: return get_state(d, name, key, text, err);
    default: return get_load(d, key, text, err);
  }
}

sl_status files_list_schema(struct files_destination *d, const char *schema,
                            struct files_names *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int kind = 0; rc == SL_OK && kind < 2; kind++) {
    struct files_names names = { 0 };
    struct parts p;
    rc = d->place->ops->list(d->place, kind == 0 ? versions : loads, &names, err);
    for (size_t i = 0; rc == SL_OK && i < names.count; i++) {
      if (split(names.items[i], kind == 0 ? 3 : 2, &p) &&
          sl_text_equal(p.name, sl_text_of(schema))) {
        rc = files_names_add(out, names.items[i], strlen(names.items[i]), err);
      }
    }
    files_names_release(&names);
  }
  return rc;
}

/* ---- writing ---- */

static void member_text(struct sl_buffer *out, const char *name, const char *value) {
  sl_buffer_printf(out, "%s\"%s\":", out->length == 0 ? "{" : ",", name);
  sl_put_json_text(out, value, strlen(value));
}

static void member_number(struct sl_buffer *out, const char *name, int64_t value) {
  sl_buffer_printf(out, "%s\"%s\":%" PRId64, out->length == 0 ? "{" : ",", name, value);
}

static void member_time(struct sl_buffer *out, const char *name, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, true);
  member_text(out, name, text);
}

static sl_status take(struct files_put *put, struct sl_buffer *key, struct sl_buffer *text,
                      struct sl_error *err) {
  sl_buffer_char(text, '}');
  put->key = sl_buffer_take(key);
  put->text = sl_buffer_take(text);
  return put->key != NULL && put->text != NULL
             ? SL_OK
             : sl_fail(err, SL_ENOMEM, "out of memory for a system row");
}

static sl_status add_put(struct files_destination *d, struct sl_buffer *key, struct sl_buffer *text,
                         struct sl_error *err) {
  sl_status rc = sl_grow(&d->puts, &d->puts_capacity, d->n_puts + 1, sizeof *d->puts, err);
  if (rc == SL_OK) {
    d->puts[d->n_puts] = (struct files_put){ 0 };
    rc = take(&d->puts[d->n_puts++], key, text, err);
  }
  return rc;
}

static sl_status put_version(struct files_destination *d, const struct sl_store_row *row,
                             struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&key, "%s%s__%" PRId64 ".%06" PRId64 "__", versions, row->name,
                   row->created_micros / 1000000, row->created_micros % 1000000);
  hash_path(row->hash, &key);
  sl_buffer_text(&key, ".jsonl");
  member_text(&text, "version_hash", row->hash);
  member_text(&text, "schema_name", row->name);
  member_number(&text, "version", row->version);
  member_number(&text, "engine_version", row->engine_version);
  member_time(&text, "inserted_at", row->created_micros);
  member_text(&text, "schema", row->text);
  sl_status rc = add_put(d, &key, &text, err);
  sl_buffer_release(&key);
  sl_buffer_release(&text);
  return rc;
}

/* Named with the hash of the schema, which the load's own row tells: kept until then. */
static sl_status put_state(struct files_destination *d, const struct sl_store_row *row,
                           struct sl_error *err) {
  struct sl_buffer text = { 0 };
  member_number(&text, "version", row->version);
  member_number(&text, "engine_version", row->engine_version);
  member_text(&text, "pipeline_name", row->name);
  member_text(&text, "state", row->text);
  member_time(&text, "created_at", row->created_micros);
  member_text(&text, "version_hash", row->hash);
  member_text(&text, "_dlt_load_id", row->load_id);
  snprintf(d->state.name, sizeof d->state.name, "%s", row->name);
  free(d->state.text);
  d->state.text = sl_buffer_take(&text);
  return d->state.text != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for the state");
}

/* dlt keeps the last 100 states. */
static sl_status drop_old_states(struct files_destination *d, struct sl_error *err) {
  struct files_names names = { 0 };
  struct parts p;
  size_t mine = 0;
  sl_status rc = d->place->ops->list(d->place, states, &names, err);
  for (int round = 0; rc == SL_OK && round < 2; round++) {
    size_t seen = 0;
    for (size_t i = 0; rc == SL_OK && i < names.count; i++) {
      bool is_mine =
          split(names.items[i], 3, &p) && sl_text_equal(p.name, sl_text_of(d->state.name));
      mine += round == 0 && is_mine;
      seen += round == 1 && is_mine;
      if (round == 1 && is_mine && seen + MOST_STATES <= mine + 1) { /* sorted by load id */
        rc = files_names_add(&d->removed, names.items[i], strlen(names.items[i]), err);
      }
    }
  }
  files_names_release(&names);
  return rc;
}

static sl_status name_state(struct files_destination *d, const struct sl_store_row *row,
                            struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&key, "%s%s__%s__", states, d->state.name, row->load_id);
  hash_path(row->hash, &key);
  sl_buffer_text(&key, ".jsonl");
  sl_buffer_text(&text, d->state.text);
  sl_status rc = add_put(d, &key, &text, err);
  sl_buffer_release(&key);
  sl_buffer_release(&text);
  return rc == SL_OK ? drop_old_states(d, err) : rc;
}

static sl_status put_load(struct files_destination *d, const struct sl_store_row *row,
                          struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer text = { 0 };
  sl_status rc = d->state.text != NULL ? name_state(d, row, err) : SL_OK;
  sl_buffer_printf(&key, "%s%s__%s.jsonl", loads, row->name, row->load_id);
  member_text(&text, "load_id", row->load_id);
  member_text(&text, "schema_name", row->name);
  member_number(&text, "status", 0);
  member_time(&text, "inserted_at", row->created_micros);
  member_text(&text, "schema_version_hash", row->hash);
  if (rc == SL_OK) {
    rc = take(&d->marker, &key, &text, err);
  }
  sl_buffer_release(&key);
  sl_buffer_release(&text);
  return rc;
}

sl_status files_undo_rows(struct files_destination *d, const char *load_id,
                          const struct sl_store_row *state, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  struct sl_buffer text = { 0 };
  struct files_names names = { 0 };
  struct parts p;
  sl_buffer_printf(&key, "%s%s__%s.jsonl", loads, d->schema, load_id);
  sl_status rc = sl_buffer_check(&key, err);
  rc = rc == SL_OK ? files_names_add(&d->removed, key.data, key.length, err) : rc;
  rc = rc == SL_OK ? d->place->ops->list(d->place, states, &names, err) : rc;
  for (size_t i = 0; rc == SL_OK && i < names.count; i++) {
    if (split(names.items[i], 3, &p) && sl_text_equal(p.load_id, sl_text_of(load_id))) {
      rc = files_names_add(&d->removed, names.items[i], strlen(names.items[i]), err);
    }
  }
  sl_buffer_reset(&key);
  if (rc == SL_OK && state != NULL) {
    rc = find_state(d, state->name, load_id, &key, err);
  }
  if (rc == SL_OK && key.length > 0 && split(key.data, 3, &p)) {
    struct sl_store_row row = *state;
    char *earlier = strndup(p.load_id.data, p.load_id.length);
    row.load_id = earlier;
    rc = earlier == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a state")
                         : put_state(d, &row, err);
    free(earlier);
    sl_buffer_text(&text, d->state.text == NULL ? "" : d->state.text);
    rc = rc == SL_OK ? add_put(d, &key, &text, err) : rc;
  }
  files_names_release(&names);
  sl_buffer_release(&key);
  sl_buffer_release(&text);
  return rc;
}

sl_status files_put_row(struct sl_destination *base, enum sl_store_kind kind,
                        const struct sl_store_row *row, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  switch (kind) {
    case SL_STORE_VERSION: return put_version(d, row, err);
    case SL_STORE_STATE: return put_state(d, row, err);
    default: return put_load(d, row, err);
  }
}
