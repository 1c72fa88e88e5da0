/* stored_hash.c - the version of a schema: its hash, and counting up (dlt: common/schema/utils.py).
 */
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "schema/json_text.h"
#include "schema/stored.h"

static int compare_keys(const void *a, const void *b) {
  return strcmp(yyjson_get_str(*(yyjson_val *const *)a), yyjson_get_str(*(yyjson_val *const *)b));
}

static void add_columns(struct sl_sha3 *h, yyjson_val *columns) {
  yyjson_obj_iter at = yyjson_obj_iter_with(columns);
  for (yyjson_val *key; (key = yyjson_obj_iter_next(&at)) != NULL;) {
    sl_sha3_update(h, yyjson_get_str(key), yyjson_get_len(key));
  }
}

/* After the content, table names in order and column names as they stand: the column order counts.
 */
static sl_status add_names(struct sl_sha3 *h, yyjson_val *tables, struct sl_error *err) {
  size_t count = yyjson_obj_size(tables);
  yyjson_val **keys = sl_alloc_array(count + 1, sizeof *keys);
  if (keys == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", count);
  }
  yyjson_obj_iter at = yyjson_obj_iter_with(tables);
  for (size_t i = 0; i < count; i++) {
    keys[i] = yyjson_obj_iter_next(&at);
  }
  qsort(keys, count, sizeof(yyjson_val *), compare_keys);
  for (size_t i = 0; i < count; i++) {
    sl_sha3_update(h, yyjson_get_str(keys[i]), yyjson_get_len(keys[i]));
    add_columns(h, yyjson_obj_get(yyjson_obj_iter_get_val(keys[i]), "columns"));
  }
  free(keys);
  return SL_OK;
}

static sl_status hash_stored(yyjson_val *root, char out[48], struct sl_error *err) {
  static const char *const left_out[] = { "version", "version_hash", "imported_version_hash",
                                          "previous_hashes" };
  struct sl_buffer content = { 0 };
  struct sl_sha3 h;
  sl_json_canonical_without(root, left_out, sizeof left_out / sizeof left_out[0], &content);
  sl_status rc = sl_buffer_check(&content, err);
  if (rc == SL_OK) {
    sl_sha3_init(&h);
    sl_sha3_update(&h, content.data, content.length);
    rc = add_names(&h, yyjson_obj_get(root, "tables"), err);
  }
  if (rc == SL_OK) {
    uint8_t digest[32];
    sl_sha3_final(&h, digest);
    sl_base64_encode(out, digest, sizeof digest, 1);
  }
  sl_buffer_release(&content);
  return rc;
}

static sl_status parse(yyjson_doc **out, const char *json, size_t length, struct sl_error *err) {
  return sl_json_parse(out, json, length, YYJSON_READ_NUMBER_AS_RAW,
                       "stored schema: JSON is broken", err);
}

sl_status sl_schema_version_hash(const struct sl_schema *schema, char out[48],
                                 struct sl_error *err) {
  struct sl_buffer json = { 0 };
  yyjson_doc *doc = NULL;
  sl_status rc = sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, err);
  if (rc == SL_OK) {
    rc = parse(&doc, json.data, json.length, err);
  }
  if (rc == SL_OK) {
    rc = hash_stored(yyjson_doc_get_root(doc), out, err);
  }
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_schema_verify_json(const char *json, size_t length, bool *intact,
                                struct sl_error *err) {
  char engine_now[8];
  char hash[48];
  yyjson_doc *doc;
  sl_status rc = parse(&doc, json, length, err);
  yyjson_val *root = yyjson_doc_get_root(doc);
  yyjson_val *engine = yyjson_obj_get(root, "engine_version");
  const char *stored = yyjson_get_str(yyjson_obj_get(root, "version_hash"));
  snprintf(engine_now, sizeof engine_now, "%d", SL_SCHEMA_ENGINE_VERSION);
  *intact = true;
  if (rc == SL_OK && engine != NULL && yyjson_is_raw(engine) &&
      strcmp(yyjson_get_raw(engine), engine_now) == 0) {
    rc = hash_stored(root, hash, err);
    *intact = rc == SL_OK && stored != NULL && strcmp(stored, hash) == 0;
  }
  yyjson_doc_free(doc);
  return rc;
}

/* The newest hash goes to the front; dlt keeps ten. */
sl_status sl_schema_remember_hash(struct sl_schema *schema, const char *hash,
                                  struct sl_error *err) {
  enum { MOST_HASHES = 10 };
  for (size_t i = 0; i < schema->n_previous_hashes; i++) {
    if (strcmp(schema->previous_hashes[i], hash) == 0) {
      return SL_OK;
    }
  }
  char **hashes = realloc(schema->previous_hashes,
                          (schema->n_previous_hashes + 1) * sizeof *schema->previous_hashes);
  char *copy = strdup(hash);
  if (hashes != NULL) {
    schema->previous_hashes = hashes;
  }
  if (hashes == NULL || copy == NULL) {
    free(copy);
    return sl_fail(err, SL_ENOMEM, "out of memory for a hash");
  }
  memmove(hashes + 1, hashes, schema->n_previous_hashes * sizeof *hashes);
  hashes[0] = copy;
  schema->n_previous_hashes++;
  while (schema->n_previous_hashes > MOST_HASHES) {
    free(hashes[--schema->n_previous_hashes]);
  }
  return SL_OK;
}

sl_status sl_schema_bump_version(struct sl_schema *schema, bool *changed, struct sl_error *err) {
  char hash[48];
  sl_status rc = sl_schema_version_hash(schema, hash, err);
  *changed = rc == SL_OK && strcmp(hash, schema->version_hash) != 0;
  if (!*changed) {
    return rc;
  }
  char *copy = strdup(hash);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a hash");
  }
  if (schema->version_hash[0] == '\0') { /* the first hash counts nothing up */
    schema->version = schema->version == 0 ? 1 : schema->version;
  } else {
    rc = sl_schema_remember_hash(schema, schema->version_hash, err);
    schema->version += rc == SL_OK;
  }
  if (rc != SL_OK) {
    free(copy);
    return rc;
  }
  free(schema->version_hash);
  schema->version_hash = copy;
  return SL_OK;
}
