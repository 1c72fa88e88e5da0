/* stored_write.c - the schema as dlt's stored JSON (dlt.md 3.1). */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "schema/contract.h"
#include "schema/detect.h"
#include "schema/json_text.h"
#include "schema/stored.h"
#include "schema/stored_parts.h"

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

static void property(struct writer *w, const struct sl_property *p) {
  key(w, p->key);
  sl_buffer_text(w->out, p->json);
}

static void properties(struct writer *w, const struct sl_properties *p) {
  for (size_t i = 0; i < p->count; i++) {
    property(w, &p->items[i]);
  }
}

static void object(struct writer *w, const char *name, const struct sl_properties *p) {
  key(w, name);
  sl_buffer_char(w->out, '{');
  properties(w, p);
  sl_buffer_char(w->out, '}');
}

/* The members of an object that is carried as text, into the object that is being written. */
static void members(struct writer *w, const char *json) {
  size_t length = json == NULL ? 0 : strlen(json);
  if (length > 2) {
    if (w->out->length > 0 && w->out->data[w->out->length - 1] != '{') {
      sl_buffer_char(w->out, ',');
    }
    sl_buffer_append(w->out, json + 1, length - 2);
  }
}

static bool is_set_hint(const struct sl_column *c, const char *name) {
  return (c->hints & sl_hint_from_name(sl_text_of(name))) != 0;
}

/* What was carried because the model could not say it, and has said since. */
static bool is_outdated(const struct sl_column *c, const char *name) {
  return is_set_hint(c, name) || (c->type != SL_TYPE_NONE && strcmp(name, "data_type") == 0) ||
         (c->precision >= 0 && strcmp(name, "precision") == 0) ||
         (c->scale >= 0 && strcmp(name, "scale") == 0) ||
         (c->timezone >= 0 && strcmp(name, "timezone") == 0) ||
         (c->dedup_sort != SL_DEDUP_NONE && strcmp(name, "dedup_sort") == 0) ||
         (c->description != NULL && strcmp(name, "description") == 0) ||
         ((c->nullable_stated || !c->nullable) && strcmp(name, "nullable") == 0);
}

static void write_sizes(struct writer *w, const struct sl_column *c) {
  if (c->precision >= 0) {
    number(w, "precision", c->precision);
  }
  if (c->scale >= 0) {
    number(w, "scale", c->scale);
  }
  if (c->timezone >= 0) {
    flag(w, "timezone", c->timezone != 0);
  }
}

static void write_column(struct writer *w, const struct sl_column *c) {
  sl_buffer_char(w->out, '{');
  if (w->names) {
    text(w, "name", c->name);
  }
  if (c->type != SL_TYPE_NONE) {
    text(w, "data_type", sl_type_name(c->type));
  }
  if (c->nullable_stated || !c->nullable || (c->type != SL_TYPE_NONE && !c->nullable_absent)) {
    flag(w, "nullable", c->nullable);
  }
  write_sizes(w, c);
  for (size_t i = 0; i < SL_N_HINTS; i++) {
    if ((c->hints & 1U << i) != 0) {
      flag(w, sl_hint_names[i], true);
    }
  }
  if (c->dedup_sort != SL_DEDUP_NONE) {
    text(w, "dedup_sort", c->dedup_sort == SL_DEDUP_ASC ? "asc" : "desc");
  }
  if (c->description != NULL) {
    text(w, "description", c->description);
  }
  for (size_t i = 0; i < c->extra.count; i++) {
    if (!is_outdated(c, c->extra.items[i].key)) {
      property(w, &c->extra.items[i]);
    }
  }
  sl_buffer_char(w->out, '}');
}

/* True when the carried text still means the contract of today: then its form is kept. */
static bool same_contract(struct writer *w, const char *json, const struct sl_contract *c,
                          bool stated) {
  struct sl_properties scratch = { 0 };
  struct sl_contract carried = { 0 };
  bool carried_stated = false;
  yyjson_doc *doc = json == NULL ? NULL : yyjson_read(json, strlen(json), 0);
  sl_status rc = doc == NULL ? SL_ENOMEM /* it was JSON when it was read */
                             : sl_stored_contract(&carried, &carried_stated, &scratch,
                                                  yyjson_doc_get_root(doc), NULL);
  w->out->failed = w->out->failed || (json != NULL && rc == SL_ENOMEM);
  bool same = rc == SL_OK && carried_stated == stated && carried.tables == c->tables &&
              carried.columns == c->columns && carried.data_type == c->data_type;
  sl_properties_release(&scratch);
  yyjson_doc_free(doc);
  return same;
}

static void write_modes(struct writer *w, const struct sl_contract *c) {
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

static void write_contract(struct writer *w, const struct sl_contract *c, bool stated,
                           const struct sl_properties *extra) {
  const char *carried = sl_properties_get(extra, "schema_contract");
  if (same_contract(w, carried, c, stated)) {
    key(w, "schema_contract");
    sl_buffer_text(w->out, carried);
  } else if (stated) {
    write_modes(w, c);
  }
}

static void write_normalizer_flags(struct writer *w, const struct sl_table *t) {
  const char *rest = sl_properties_get(&t->extra, "x-normalizer");
  bool flags = t->seen_data || t->evolve_columns_once || t->max_nesting >= 0;
  if (!flags && rest == NULL) {
    return;
  }
  key(w, "x-normalizer");
  if (!flags && strcmp(rest, "null") == 0) {
    sl_buffer_text(w->out, rest);
    return;
  }
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
  members(w, rest != NULL && rest[0] == '{' ? rest : NULL);
  sl_buffer_char(w->out, '}');
}

/* Carried members of a table that are written from its structure instead. */
static bool is_told(const struct sl_table *t, const char *name) {
  return strcmp(name, "x-normalizer") == 0 || strcmp(name, "schema_contract") == 0 ||
         (t->disposition != SL_DISPOSITION_UNSET && strcmp(name, "write_disposition") == 0) ||
         (t->parent != NULL && strcmp(name, "parent") == 0) ||
         (t->resource != NULL && strcmp(name, "resource") == 0) ||
         (t->description != NULL && strcmp(name, "description") == 0) ||
         (t->table_format != NULL && strcmp(name, "table_format") == 0) ||
         (t->file_format != NULL && strcmp(name, "file_format") == 0);
}

static void optional(struct writer *w, const char *name, const char *value) {
  if (value != NULL) {
    text(w, name, value);
  }
}

static void write_table(struct writer *w, const struct sl_table *t) {
  sl_buffer_char(w->out, '{');
  optional(w, "name", w->names ? t->name : NULL);
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
  optional(w, "parent", t->parent);
  optional(w, "resource", t->resource);
  write_contract(w, &t->contract, t->contract_stated, &t->extra);
  optional(w, "description", t->description);
  optional(w, "table_format", t->table_format);
  optional(w, "file_format", t->file_format);
  for (size_t i = 0; i < t->extra.count; i++) {
    if (!is_told(t, t->extra.items[i].key)) {
      property(w, &t->extra.items[i]);
    }
  }
  write_normalizer_flags(w, t);
  sl_buffer_char(w->out, '}');
}

/* As read while that means the same: the order of detections counts, and dlt may know more of them.
 */
static void write_detections(struct writer *w, const struct sl_schema *s) {
  const char *carried = sl_properties_get(&s->settings_extra, "detections");
  yyjson_doc *doc = carried == NULL ? NULL : yyjson_read(carried, strlen(carried), 0);
  w->out->failed = w->out->failed || (carried != NULL && doc == NULL); /* was JSON when read */
  bool same = doc != NULL && sl_stored_detections(yyjson_doc_get_root(doc)) == s->detections;
  yyjson_doc_free(doc);
  if (same || (carried == NULL && s->detections == 0)) {
    if (carried != NULL) {
      key(w, "detections");
      sl_buffer_text(w->out, carried);
    }
    return;
  }
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
}

static void write_settings(struct writer *w, const struct sl_schema *s) {
  key(w, "settings");
  sl_buffer_char(w->out, '{');
  write_detections(w, s);
  if (s->default_hints.count > 0) {
    object(w, "default_hints", &s->default_hints);
  }
  if (s->preferred_types.count > 0) {
    object(w, "preferred_types", &s->preferred_types);
  }
  write_contract(w, &s->contract, s->contract_stated, &s->settings_extra);
  for (size_t i = 0; i < s->settings_extra.count; i++) {
    const char *name = s->settings_extra.items[i].key;
    bool told = strcmp(name, "detections") == 0 || strcmp(name, "schema_contract") == 0 ||
                (strcmp(name, "default_hints") == 0 && s->default_hints.count > 0) ||
                (strcmp(name, "preferred_types") == 0 && s->preferred_types.count > 0);
    if (!told) {
      property(w, &s->settings_extra.items[i]);
    }
  }
  sl_buffer_char(w->out, '}');
}

/* The carried members whose key is `prefix` and a name; a deeper prefix is not among them. */
static void prefixed(struct writer *w, const struct sl_properties *p, const char *prefix,
                     const char *but) {
  for (size_t i = 0; i < p->count; i++) {
    const struct sl_property *item = &p->items[i];
    if (strncmp(item->key, prefix, strlen(prefix)) == 0 &&
        strncmp(item->key, but, strlen(but)) != 0) {
      key(w, item->key + strlen(prefix));
      sl_buffer_text(w->out, item->json);
    }
  }
}

static void write_normalizers(struct writer *w, const struct sl_schema *s) {
  const struct sl_properties *extra = &s->normalizers_extra;
  const char *module = sl_properties_get(extra, "json.module");
  const char *config = sl_properties_get(extra, "json.config");
  key(w, "normalizers");
  sl_buffer_char(w->out, '{');
  text(w, "names", s->naming);
  key(w, "json");
  sl_buffer_char(w->out, '{');
  if (module == NULL) {
    text(w, "module", "dlt.common.normalizers.json.relational");
  }
  prefixed(w, extra, "json.", "json.config");
  bool some = s->propagation_json != NULL || s->max_nesting >= 0;
  if (!some && config != NULL && config[0] != '{') { /* a null */
    key(w, "config");
    sl_buffer_text(w->out, config);
  } else if (some || config != NULL) {
    key(w, "config");
    sl_buffer_char(w->out, '{');
    if (s->propagation_json != NULL) {
      key(w, "propagation");
      sl_buffer_text(w->out, s->propagation_json);
    }
    if (s->max_nesting >= 0) {
      number(w, "max_nesting", s->max_nesting);
    }
    prefixed(w, extra, "json.config.", "json.config.\xff");
    sl_buffer_char(w->out, '}');
  }
  sl_buffer_char(w->out, '}');
  prefixed(w, extra, "", "json.");
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
  optional(w, "imported_version_hash", w->names ? s->imported_version_hash : NULL);
  optional(w, "description", s->description);
  properties(w, &s->extra);
  sl_buffer_char(w->out, '}');
}

static sl_status indent(const struct sl_buffer *compact, struct sl_buffer *out,
                        struct sl_error *err) {
  yyjson_doc *doc = yyjson_read(compact->data, compact->length, YYJSON_READ_NUMBER_AS_RAW);
  size_t length = 0;
  char *pretty = yyjson_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &length);
  yyjson_doc_free(doc);
  if (pretty == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory printing a schema");
  }
  sl_buffer_append(out, pretty, length);
  free(pretty);
  return sl_buffer_check(out, err);
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
    rc = indent(&compact, out, err);
  }
  sl_buffer_release(&compact);
  return rc;
}
