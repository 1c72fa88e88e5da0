/* stored_write.c - the schema as dlt's stored JSON, and its version hash (dlt.md 3.1). */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "schema/contract.h"
#include "schema/detect.h"
#include "schema/json_text.h"
#include "schema/stored.h"

struct writer {
  struct sl_buffer *out;
  bool names; /* print the "name" of tables and columns, as the stored form does */
};

static void key(struct writer *w, const char *name) {
  char last = w->out->length == 0 ? '{' : w->out->data[w->out->length - 1];
  if (last != '{') {
    sl_buffer_char(w->out, ',');
  }
  sl_json_string(w->out, name, strlen(name));
  sl_buffer_char(w->out, ':');
}

static void text(struct writer *w, const char *name, const char *value) {
  key(w, name);
  sl_json_string(w->out, value, strlen(value));
}

static void flag(struct writer *w, const char *name, bool value) {
  key(w, name);
  sl_buffer_text(w->out, value ? "true" : "false");
}

static void number(struct writer *w, const char *name, long long value) {
  key(w, name);
  sl_buffer_printf(w->out, "%lld", value);
}

static void properties(struct writer *w, const struct sl_properties *p) {
  for (size_t i = 0; i < p->count; i++) {
    key(w, p->items[i].key);
    sl_buffer_text(w->out, p->items[i].json);
  }
}

static const struct {
  uint32_t hint;
  const char *name;
} hint_names[] = {
  { SL_HINT_PRIMARY_KEY, "primary_key" }, { SL_HINT_MERGE_KEY, "merge_key" },
  { SL_HINT_UNIQUE, "unique" },           { SL_HINT_ROW_KEY, "row_key" },
  { SL_HINT_PARENT_KEY, "parent_key" },   { SL_HINT_ROOT_KEY, "root_key" },
  { SL_HINT_VARIANT, "variant" },         { SL_HINT_HARD_DELETE, "hard_delete" },
  { SL_HINT_PARTITION, "partition" },     { SL_HINT_CLUSTER, "cluster" },
  { SL_HINT_SORT, "sort" },               { SL_HINT_INCREMENTAL, "incremental" },
};

static void write_column(struct writer *w, const struct sl_column *c) {
  sl_buffer_char(w->out, '{');
  if (w->names) {
    text(w, "name", c->name);
  }
  if (c->type != SL_TYPE_NONE) {
    text(w, "data_type", sl_type_name(c->type));
  }
  if (c->nullable_stated || !c->nullable || c->type != SL_TYPE_NONE) {
    flag(w, "nullable", c->nullable);
  }
  if (c->precision >= 0) {
    number(w, "precision", c->precision);
  }
  if (c->scale >= 0) {
    number(w, "scale", c->scale);
  }
  if (c->timezone >= 0) {
    flag(w, "timezone", c->timezone != 0);
  }
  for (size_t i = 0; i < sizeof hint_names / sizeof hint_names[0]; i++) {
    if ((c->hints & hint_names[i].hint) != 0) {
      flag(w, hint_names[i].name, true);
    }
  }
  if (c->dedup_sort != SL_DEDUP_NONE) {
    text(w, "dedup_sort", c->dedup_sort == SL_DEDUP_ASC ? "asc" : "desc");
  }
  if (c->description != NULL) {
    text(w, "description", c->description);
  }
  properties(w, &c->extra);
  sl_buffer_char(w->out, '}');
}

static void write_contract(struct writer *w, const struct sl_contract *c) {
  key(w, "schema_contract");
  if (c->tables == c->columns && c->columns == c->data_type && c->tables != SL_CONTRACT_UNSET) {
    const char *mode = sl_contract_mode_name(c->tables);
    sl_json_string(w->out, mode, strlen(mode));
    return;
  }
  sl_buffer_char(w->out, '{');
  if (c->tables != SL_CONTRACT_UNSET) {
    text(w, "tables", sl_contract_mode_name(c->tables));
  }
  if (c->columns != SL_CONTRACT_UNSET) {
    text(w, "columns", sl_contract_mode_name(c->columns));
  }
  if (c->data_type != SL_CONTRACT_UNSET) {
    text(w, "data_type", sl_contract_mode_name(c->data_type));
  }
  sl_buffer_char(w->out, '}');
}

static void write_normalizer_flags(struct writer *w, const struct sl_table *t) {
  const char *rest = sl_properties_get(&t->extra, "x-normalizer");
  if (!t->seen_data && !t->evolve_columns_once && t->max_nesting < 0 && rest == NULL) {
    return;
  }
  key(w, "x-normalizer");
  sl_buffer_char(w->out, '{');
  if (t->max_nesting >= 0) {
    number(w, "max_nesting", t->max_nesting);
  }
  if (t->evolve_columns_once) {
    flag(w, "evolve-columns-once", true);
  }
  if (t->seen_data) {
    flag(w, "seen-data", true);
  }
  size_t length = rest == NULL ? 0 : strlen(rest);
  if (length > 2) { /* the members of an object that we only carry */
    if (w->out->data[w->out->length - 1] != '{') {
      sl_buffer_char(w->out, ',');
    }
    sl_buffer_append(w->out, rest + 1, length - 2);
  }
  sl_buffer_char(w->out, '}');
}

static void write_table(struct writer *w, const struct sl_table *t) {
  sl_buffer_char(w->out, '{');
  if (w->names) {
    text(w, "name", t->name);
  }
  key(w, "columns");
  sl_buffer_char(w->out, '{');
  for (size_t i = 0; i < t->n_columns; i++) {
    key(w, t->columns[i]->name);
    write_column(w, t->columns[i]);
  }
  sl_buffer_char(w->out, '}');
  if (t->disposition != SL_DISPOSITION_UNSET) {
    text(w, "write_disposition", sl_disposition_name(t->disposition));
  }
  if (t->parent != NULL) {
    text(w, "parent", t->parent);
  }
  if (t->resource != NULL) {
    text(w, "resource", t->resource);
  }
  if (t->contract_stated) {
    write_contract(w, &t->contract);
  }
  if (t->description != NULL) {
    text(w, "description", t->description);
  }
  if (t->table_format != NULL) {
    text(w, "table_format", t->table_format);
  }
  if (t->file_format != NULL) {
    text(w, "file_format", t->file_format);
  }
  for (size_t i = 0; i < t->extra.count; i++) {
    if (strcmp(t->extra.items[i].key, "x-normalizer") != 0) {
      key(w, t->extra.items[i].key);
      sl_buffer_text(w->out, t->extra.items[i].json);
    }
  }
  write_normalizer_flags(w, t);
  sl_buffer_char(w->out, '}');
}

static void write_settings(struct writer *w, const struct sl_schema *s) {
  key(w, "settings");
  sl_buffer_char(w->out, '{');
  key(w, "detections");
  sl_buffer_char(w->out, '[');
  for (int i = 0, n = 0; i < SL_DETECT_COUNT; i++) {
    if ((s->detections >> i & 1) != 0) {
      const char *name = sl_detection_name((enum sl_detection)i);
      sl_buffer_text(w->out, n++ == 0 ? "" : ",");
      sl_json_string(w->out, name, strlen(name));
    }
  }
  sl_buffer_char(w->out, ']');
  if (s->default_hints.count > 0) {
    key(w, "default_hints");
    sl_buffer_char(w->out, '{');
    properties(w, &s->default_hints);
    sl_buffer_char(w->out, '}');
  }
  if (s->preferred_types.count > 0) {
    key(w, "preferred_types");
    sl_buffer_char(w->out, '{');
    properties(w, &s->preferred_types);
    sl_buffer_char(w->out, '}');
  }
  if (s->contract_stated) {
    write_contract(w, &s->contract);
  }
  properties(w, &s->settings_extra);
  sl_buffer_char(w->out, '}');
}

static void write_normalizers(struct writer *w, const struct sl_schema *s) {
  const char *module = sl_properties_get(&s->normalizers_extra, "json.module");
  const char *config = sl_properties_get(&s->normalizers_extra, "json.config");
  key(w, "normalizers");
  sl_buffer_char(w->out, '{');
  text(w, "names", s->naming);
  key(w, "json");
  sl_buffer_text(w->out, "{\"module\":");
  sl_buffer_text(w->out, module == NULL ? "\"dlt.common.normalizers.json.relational\"" : module);
  if (s->propagation_json != NULL || s->max_nesting >= 0 || config != NULL) {
    key(w, "config");
    sl_buffer_char(w->out, '{');
    if (s->propagation_json != NULL) {
      key(w, "propagation");
      sl_buffer_text(w->out, s->propagation_json);
    }
    if (s->max_nesting >= 0) {
      number(w, "max_nesting", s->max_nesting);
    }
    size_t length = config == NULL ? 0 : strlen(config);
    if (length > 2) {
      if (w->out->data[w->out->length - 1] != '{') {
        sl_buffer_char(w->out, ',');
      }
      sl_buffer_append(w->out, config + 1, length - 2);
    }
    sl_buffer_char(w->out, '}');
  }
  sl_buffer_char(w->out, '}');
  for (size_t i = 0; i < s->normalizers_extra.count; i++) {
    const struct sl_property *p = &s->normalizers_extra.items[i];
    if (strncmp(p->key, "json.", 5) != 0) {
      key(w, p->key);
      sl_buffer_text(w->out, p->json);
    }
  }
  sl_buffer_char(w->out, '}');
}

static void write_schema(struct writer *w, const struct sl_schema *s) {
  sl_buffer_char(w->out, '{');
  number(w, "version", s->version);
  text(w, "version_hash", s->version_hash);
  number(w, "engine_version", SL_SCHEMA_ENGINE_VERSION);
  text(w, "name", s->name);
  key(w, "tables");
  sl_buffer_char(w->out, '{');
  for (size_t i = 0; i < s->n_tables; i++) {
    key(w, s->tables[i]->name);
    write_table(w, s->tables[i]);
  }
  sl_buffer_char(w->out, '}');
  write_settings(w, s);
  write_normalizers(w, s);
  key(w, "previous_hashes");
  sl_buffer_char(w->out, '[');
  for (size_t i = 0; i < s->n_previous_hashes; i++) {
    sl_buffer_text(w->out, i == 0 ? "" : ",");
    sl_json_string(w->out, s->previous_hashes[i], strlen(s->previous_hashes[i]));
  }
  sl_buffer_char(w->out, ']');
  if (s->imported_version_hash != NULL && w->names) {
    text(w, "imported_version_hash", s->imported_version_hash);
  }
  if (s->description != NULL) {
    text(w, "description", s->description);
  }
  sl_buffer_char(w->out, '}');
}

sl_status sl_schema_to_json(const struct sl_schema *schema, enum sl_schema_form form,
                            struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer compact = { 0 };
  struct writer w = { &compact, form != SL_SCHEMA_REMOVE_DEFAULTS };
  write_schema(&w, schema);
  sl_status rc = sl_buffer_check(&compact, err);
  if (rc == SL_OK && form != SL_SCHEMA_PRETTY) {
    sl_buffer_append(out, compact.data, compact.length);
    rc = sl_buffer_check(out, err);
  } else if (rc == SL_OK) {
    yyjson_doc *doc = yyjson_read(compact.data, compact.length, 0);
    size_t length = 0;
    char *pretty = yyjson_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &length);
    if (pretty == NULL) {
      rc = sl_fail(err, SL_EINTERNAL, "schema %s cannot be printed", schema->name);
    } else {
      sl_buffer_append(out, pretty, length);
      rc = sl_buffer_check(out, err);
    }
    free(pretty);
    yyjson_doc_free(doc);
  }
  sl_buffer_release(&compact);
  return rc;
}

static int compare_tables(const void *a, const void *b) {
  const struct sl_table *const *x = a;
  const struct sl_table *const *y = b;
  return strcmp((*x)->name, (*y)->name);
}

/* After the content, table names in order and column names as they stand: the column order counts. */
static sl_status hash_names(const struct sl_schema *schema, struct sl_sha3 *h,
                            struct sl_error *err) {
  const struct sl_table **sorted = sl_alloc_array(schema->n_tables, sizeof *sorted);
  if (sorted == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", schema->n_tables);
  }
  for (size_t i = 0; i < schema->n_tables; i++) {
    sorted[i] = schema->tables[i];
  }
  qsort(sorted, schema->n_tables, sizeof *sorted, compare_tables);
  for (size_t i = 0; i < schema->n_tables; i++) {
    sl_sha3_update(h, sorted[i]->name, strlen(sorted[i]->name));
    for (size_t j = 0; j < sorted[i]->n_columns; j++) {
      sl_sha3_update(h, sorted[i]->columns[j]->name, strlen(sorted[i]->columns[j]->name));
    }
  }
  free(sorted);
  return SL_OK;
}

/* The stored JSON without the members that the hash leaves out, canonical. */
static sl_status hash_input(const struct sl_schema *schema, struct sl_buffer *out,
                            struct sl_error *err) {
  static const char *const left_out[] = { "version", "version_hash", "imported_version_hash",
                                          "previous_hashes" };
  struct sl_buffer json = { 0 };
  sl_status rc = sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, err);
  yyjson_doc *doc =
      rc == SL_OK ? yyjson_read(json.data, json.length, YYJSON_READ_NUMBER_AS_RAW) : NULL;
  yyjson_mut_doc *copy = doc == NULL ? NULL : yyjson_doc_mut_copy(doc, NULL);
  size_t length = 0;
  char *rest = NULL;
  if (copy != NULL) {
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
      yyjson_mut_obj_remove_key(yyjson_mut_doc_get_root(copy), left_out[i]);
    }
    rest = yyjson_mut_write(copy, 0, &length);
  }
  if (rc == SL_OK && rest == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory hashing schema %s", schema->name);
  }
  if (rc == SL_OK) {
    rc = sl_json_canonical(rest, length, out, err);
  }
  free(rest);
  yyjson_mut_doc_free(copy);
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_schema_version_hash(const struct sl_schema *schema, char out[48],
                                 struct sl_error *err) {
  struct sl_buffer content = { 0 };
  struct sl_sha3 h;
  sl_status rc = hash_input(schema, &content, err);
  if (rc == SL_OK) {
    sl_sha3_init(&h);
    sl_sha3_update(&h, content.data, content.length);
    rc = hash_names(schema, &h, err);
  }
  if (rc == SL_OK) {
    uint8_t digest[32];
    sl_sha3_final(&h, digest);
    sl_base64_encode(out, digest, sizeof digest, 1);
  }
  sl_buffer_release(&content);
  return rc;
}

/* The newest hash goes to the front; dlt keeps ten. */
static sl_status remember_hash(struct sl_schema *schema, struct sl_error *err) {
  enum { MOST_HASHES = 10 };
  for (size_t i = 0; i < schema->n_previous_hashes; i++) {
    if (strcmp(schema->previous_hashes[i], schema->version_hash) == 0) {
      return SL_OK;
    }
  }
  char **hashes = realloc(schema->previous_hashes,
                          (schema->n_previous_hashes + 1) * sizeof *schema->previous_hashes);
  char *copy = strdup(schema->version_hash);
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
  if (schema->version_hash[0] == '\0') {
    schema->version = schema->version == 0 ? 1 : schema->version; /* the first hash bumps nothing */
  } else {
    rc = remember_hash(schema, err);
    schema->version += 1;
  }
  char *copy = strdup(hash);
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a hash");
  }
  if (rc == SL_OK) {
    free(schema->version_hash);
    schema->version_hash = copy;
  } else {
    free(copy);
  }
  return rc;
}
