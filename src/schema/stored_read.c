/* stored_read.c - dlt's stored schema JSON into memory, older engine versions migrated on the way. */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "schema/detect.h"
#include "schema/migrate.h"
#include "schema/stored.h"

/* The compact text of a value, to carry what we do not interpret. */
static sl_status carry(struct sl_properties *p, const char *name, yyjson_val *value,
                       struct sl_error *err) {
  char *json = yyjson_val_write(value, 0, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", name)
                              : sl_properties_set(p, name, json, err);
  free(json);
  return rc;
}

static sl_status copy_text(char **out, const char *where, yyjson_val *value,
                           struct sl_error *err) {
  if (yyjson_is_null(value)) {
    return SL_OK;
  }
  if (!yyjson_is_str(value)) {
    return sl_fail(err, SL_EDATA, "stored schema: %s is not a text", where);
  }
  free(*out);
  *out = strdup(yyjson_get_str(value));
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", where) : SL_OK;
}

static const struct {
  const char *name;
  uint32_t hint;
} hint_names[] = {
  { "primary_key", SL_HINT_PRIMARY_KEY }, { "merge_key", SL_HINT_MERGE_KEY },
  { "unique", SL_HINT_UNIQUE },           { "row_key", SL_HINT_ROW_KEY },
  { "parent_key", SL_HINT_PARENT_KEY },   { "root_key", SL_HINT_ROOT_KEY },
  { "variant", SL_HINT_VARIANT },         { "hard_delete", SL_HINT_HARD_DELETE },
  { "partition", SL_HINT_PARTITION },     { "cluster", SL_HINT_CLUSTER },
  { "sort", SL_HINT_SORT },               { "incremental", SL_HINT_INCREMENTAL },
};

/* True when the member was a boolean hint. A false that was written is carried as it is. */
static bool read_hint(struct sl_column *column, const char *name, yyjson_val *value,
                      sl_status *rc, struct sl_error *err) {
  for (size_t i = 0; i < sizeof hint_names / sizeof hint_names[0]; i++) {
    if (strcmp(hint_names[i].name, name) == 0) {
      if (yyjson_get_bool(value)) {
        column->hints |= hint_names[i].hint;
      } else {
        *rc = carry(&column->extra, name, value, err);
      }
      return true;
    }
  }
  return false;
}

static sl_status read_type(struct sl_column *column, yyjson_val *value, struct sl_error *err) {
  const char *name = yyjson_get_str(value);
  if (yyjson_is_null(value)) {
    return SL_OK;
  }
  column->type = name == NULL ? SL_TYPE_NONE : sl_type_from_name(sl_text_of(name));
  return column->type != SL_TYPE_NONE
             ? SL_OK
             : sl_fail(err, SL_EDATA, "stored schema: column %s has the unknown data_type %s",
                       column->name, name == NULL ? "(not a text)" : name);
}

static sl_status read_member(struct sl_column *column, const char *name, yyjson_val *value,
                             struct sl_error *err) {
  sl_status rc = SL_OK;
  if (strcmp(name, "name") == 0) {
    return SL_OK;
  }
  if (strcmp(name, "data_type") == 0) {
    return read_type(column, value, err);
  }
  if (strcmp(name, "description") == 0) {
    return copy_text(&column->description, "a description", value, err);
  }
  if (strcmp(name, "nullable") == 0) {
    column->nullable = !yyjson_is_false(value);
    column->nullable_stated = true;
  } else if (strcmp(name, "precision") == 0 && yyjson_is_int(value)) {
    column->precision = (int32_t)yyjson_get_sint(value);
  } else if (strcmp(name, "scale") == 0 && yyjson_is_int(value)) {
    column->scale = (int32_t)yyjson_get_sint(value);
  } else if (strcmp(name, "timezone") == 0 && yyjson_is_bool(value)) {
    column->timezone = yyjson_get_bool(value) ? 1 : 0;
  } else if (strcmp(name, "dedup_sort") == 0 && yyjson_is_str(value)) {
    column->dedup_sort = yyjson_equals_str(value, "asc") ? SL_DEDUP_ASC : SL_DEDUP_DESC;
  } else if (!read_hint(column, name, value, &rc, err)) {
    rc = carry(&column->extra, name, value, err);
  }
  return rc;
}

static sl_status read_columns(struct sl_table *table, yyjson_val *columns, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  if (!yyjson_is_obj(columns)) {
    return sl_fail(err, SL_EDATA, "stored schema: table %s has no columns object", table->name);
  }
  yyjson_obj_foreach(columns, i, n, key, value) {
    struct sl_column *column = NULL;
    const char *name = yyjson_get_str(key);
    sl_status rc = !yyjson_is_obj(value)
                       ? sl_fail(err, SL_EDATA, "stored schema: column %s.%s is not an object",
                                 table->name, name)
                   : sl_table_column(table, name) != NULL
                       ? sl_fail(err, SL_EDATA, "stored schema: column %s.%s stands there twice",
                                 table->name, name)
                       : sl_table_add_column(table, name, &column, err);
    size_t j;
    size_t m;
    yyjson_val *member;
    yyjson_val *what;
    yyjson_obj_foreach(value, j, m, member, what) {
      if (rc == SL_OK) {
        rc = read_member(column, yyjson_get_str(member), what, err);
      }
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

static enum sl_contract_mode read_mode(yyjson_val *value) {
  static const char *const names[] = { "", "evolve", "freeze", "discard_row", "discard_value" };
  for (int i = SL_EVOLVE; i <= SL_DISCARD_VALUE; i++) {
    if (yyjson_equals_str(value, names[i])) {
      return (enum sl_contract_mode)i;
    }
  }
  return SL_CONTRACT_UNSET;
}

static void read_contract(struct sl_contract *out, bool *stated, yyjson_val *value) {
  *stated = !yyjson_is_null(value);
  if (yyjson_is_str(value)) {
    out->tables = out->columns = out->data_type = read_mode(value);
  } else {
    out->tables = read_mode(yyjson_obj_get(value, "tables"));
    out->columns = read_mode(yyjson_obj_get(value, "columns"));
    out->data_type = read_mode(yyjson_obj_get(value, "data_type"));
  }
}

/* The members of `object` that are not in `known`, as one object, under `name`. */
static sl_status carry_rest(struct sl_properties *p, const char *name, yyjson_val *object,
                            const char *const *known, struct sl_error *err) {
  struct sl_buffer rest = { 0 };
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  sl_buffer_char(&rest, '{');
  yyjson_obj_foreach(object, i, n, key, value) {
    bool skip = false;
    for (size_t k = 0; known[k] != NULL; k++) {
      skip = skip || yyjson_equals_str(key, known[k]);
    }
    char *json = skip ? NULL : yyjson_val_write(value, 0, NULL);
    char *quoted = json == NULL ? NULL : yyjson_val_write(key, 0, NULL);
    if (quoted != NULL) {
      sl_buffer_printf(&rest, "%s%s:%s", rest.length > 1 ? "," : "", quoted, json);
    }
    free(quoted);
    free(json);
  }
  sl_buffer_char(&rest, '}');
  sl_status rc = sl_buffer_check(&rest, err);
  if (rc == SL_OK && rest.length > 2) {
    rc = sl_properties_set(p, name, rest.data, err);
  }
  sl_buffer_release(&rest);
  return rc;
}

static sl_status read_normalizer_flags(struct sl_table *t, yyjson_val *value,
                                       struct sl_error *err) {
  static const char *const known[] = { "seen-data", "evolve-columns-once", "max_nesting", NULL };
  yyjson_val *nesting = yyjson_obj_get(value, "max_nesting");
  t->seen_data = yyjson_get_bool(yyjson_obj_get(value, "seen-data"));
  t->evolve_columns_once = yyjson_get_bool(yyjson_obj_get(value, "evolve-columns-once"));
  if (yyjson_is_int(nesting)) {
    t->max_nesting = (int32_t)yyjson_get_sint(nesting);
  }
  return carry_rest(&t->extra, "x-normalizer", value, known, err);
}

static sl_status read_table_member(struct sl_table *t, const char *name, yyjson_val *value,
                                   struct sl_error *err) {
  static const struct {
    const char *name;
    size_t offset;
  } texts[] = {
    { "parent", offsetof(struct sl_table, parent) },
    { "resource", offsetof(struct sl_table, resource) },
    { "description", offsetof(struct sl_table, description) },
    { "table_format", offsetof(struct sl_table, table_format) },
    { "file_format", offsetof(struct sl_table, file_format) },
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (strcmp(texts[i].name, name) == 0) {
      return copy_text((char **)(void *)((char *)t + texts[i].offset), name, value, err);
    }
  }
  if (strcmp(name, "name") == 0) {
    return SL_OK;
  }
  if (strcmp(name, "columns") == 0) {
    return read_columns(t, value, err);
  }
  if (strcmp(name, "write_disposition") == 0) {
    const char *text = yyjson_get_str(value);
    t->disposition = text == NULL ? SL_DISPOSITION_UNSET : sl_disposition_from_name(text);
    return SL_OK;
  }
  if (strcmp(name, "schema_contract") == 0) {
    read_contract(&t->contract, &t->contract_stated, value);
    return SL_OK;
  }
  if (strcmp(name, "x-normalizer") == 0) {
    return read_normalizer_flags(t, value, err);
  }
  return carry(&t->extra, name, value, err);
}

static sl_status read_tables(struct sl_schema *schema, yyjson_val *tables, bool only_columns,
                             struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  if (!yyjson_is_obj(tables)) {
    return sl_fail(err, SL_EDATA, "stored schema: there is no tables object");
  }
  yyjson_obj_foreach(tables, i, n, key, value) {
    struct sl_table *table = NULL;
    const char *name = yyjson_get_str(key);
    sl_status rc = !yyjson_is_obj(value) || sl_schema_table(schema, name) != NULL
                       ? sl_fail(err, SL_EDATA, "stored schema: table %s is no object, or there twice",
                                 name)
                       : sl_schema_add_table(schema, name, &table, err);
    if (rc == SL_OK && only_columns) {
      rc = read_columns(table, value, err);
    }
    size_t j;
    size_t m;
    yyjson_val *member;
    yyjson_val *what;
    yyjson_obj_foreach(value, j, m, member, what) {
      if (rc == SL_OK && !only_columns) {
        rc = read_table_member(table, yyjson_get_str(member), what, err);
      }
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

static sl_status carry_members(struct sl_properties *p, yyjson_val *object, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  sl_status rc = SL_OK;
  yyjson_obj_foreach(object, i, n, key, value) {
    if (rc == SL_OK) {
      rc = carry(p, yyjson_get_str(key), value, err);
    }
  }
  return rc;
}

static sl_status read_settings(struct sl_schema *s, yyjson_val *settings, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  sl_status rc = SL_OK;
  yyjson_obj_foreach(settings, i, n, key, value) {
    if (rc != SL_OK) {
      break;
    }
    if (yyjson_equals_str(key, "detections")) {
      size_t j;
      size_t m;
      yyjson_val *name;
      s->detections = 0;
      yyjson_arr_foreach(value, j, m, name) {
        const char *text = yyjson_get_str(name);
        enum sl_detection d = text == NULL ? SL_DETECT_COUNT : sl_detection_from_name(text);
        s->detections |= d == SL_DETECT_COUNT ? 0 : UINT32_C(1) << d;
      }
    } else if (yyjson_equals_str(key, "default_hints")) {
      rc = carry_members(&s->default_hints, value, err);
    } else if (yyjson_equals_str(key, "preferred_types")) {
      rc = carry_members(&s->preferred_types, value, err);
    } else if (yyjson_equals_str(key, "schema_contract")) {
      read_contract(&s->contract, &s->contract_stated, value);
    } else {
      rc = carry(&s->settings_extra, yyjson_get_str(key), value, err);
    }
  }
  return rc;
}

static sl_status read_json_config(struct sl_schema *s, yyjson_val *config, struct sl_error *err) {
  static const char *const known[] = { "propagation", "max_nesting", NULL };
  yyjson_val *propagation = yyjson_obj_get(config, "propagation");
  yyjson_val *nesting = yyjson_obj_get(config, "max_nesting");
  if (propagation != NULL) {
    s->propagation_json = yyjson_val_write(propagation, 0, NULL);
    if (s->propagation_json == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for the propagation settings");
    }
  }
  if (yyjson_is_int(nesting)) {
    s->max_nesting = (int32_t)yyjson_get_sint(nesting);
  }
  return carry_rest(&s->normalizers_extra, "json.config", config, known, err);
}

static sl_status read_normalizers(struct sl_schema *s, yyjson_val *normalizers,
                                  struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  sl_status rc = SL_OK;
  yyjson_obj_foreach(normalizers, i, n, key, value) {
    if (rc != SL_OK) {
      break;
    }
    if (yyjson_equals_str(key, "names")) {
      rc = copy_text(&s->naming, "normalizers.names", value, err);
    } else if (yyjson_equals_str(key, "json")) {
      yyjson_val *module = yyjson_obj_get(value, "module");
      rc = module == NULL ? SL_OK : carry(&s->normalizers_extra, "json.module", module, err);
      if (rc == SL_OK) {
        rc = read_json_config(s, yyjson_obj_get(value, "config"), err);
      }
    } else {
      rc = carry(&s->normalizers_extra, yyjson_get_str(key), value, err);
    }
  }
  return rc;
}

static sl_status read_hashes(struct sl_schema *s, yyjson_val *hashes, struct sl_error *err) {
  size_t n = yyjson_arr_size(hashes);
  s->previous_hashes = sl_calloc_array(n, sizeof *s->previous_hashes);
  if (s->previous_hashes == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for hashes");
  }
  size_t i;
  size_t most;
  yyjson_val *hash;
  yyjson_arr_foreach(hashes, i, most, hash) {
    sl_status rc = copy_text(&s->previous_hashes[i], "a previous hash", hash, err);
    if (rc != SL_OK || s->previous_hashes[i] == NULL) {
      return rc;
    }
    s->n_previous_hashes = i + 1;
  }
  return SL_OK;
}

static sl_status read_schema(struct sl_schema *s, yyjson_val *root, struct sl_error *err) {
  yyjson_val *engine_value = yyjson_obj_get(root, "engine_version");
  yyjson_val *name = yyjson_obj_get(root, "name");
  if (!yyjson_is_obj(root) || !yyjson_is_int(engine_value) || !yyjson_is_str(name)) {
    return sl_fail(err, SL_EDATA, "stored schema: not an object with a name and an engine_version");
  }
  int engine = (int)yyjson_get_sint(engine_value);
  if (engine < 1 || engine > SL_SCHEMA_ENGINE_VERSION) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "stored schema %s has engine version %d; this Sluice knows 1 to %d: update Sluice",
                   yyjson_get_str(name), engine, SL_SCHEMA_ENGINE_VERSION);
  }
  sl_status rc = copy_text(&s->name, "name", name, err);
  yyjson_val *value = yyjson_obj_get(root, "version_hash");
  s->version = yyjson_get_sint(yyjson_obj_get(root, "version"));
  if (rc == SL_OK && value != NULL) {
    rc = copy_text(&s->version_hash, "version_hash", value, err);
  }
  value = yyjson_obj_get(root, "imported_version_hash");
  if (rc == SL_OK && value != NULL) {
    rc = copy_text(&s->imported_version_hash, "imported_version_hash", value, err);
  }
  value = yyjson_obj_get(root, "description");
  if (rc == SL_OK && value != NULL) {
    rc = copy_text(&s->description, "description", value, err);
  }
  if (rc == SL_OK) {
    rc = read_tables(s, yyjson_obj_get(root, "tables"), engine < 3, err);
  }
  if (rc == SL_OK) {
    rc = engine < 3 ? sl_migrate_old_settings(s, root, err)
                    : read_settings(s, yyjson_obj_get(root, "settings"), err);
  }
  if (rc == SL_OK) {
    rc = read_normalizers(s, yyjson_obj_get(root, "normalizers"), err);
  }
  if (rc == SL_OK) {
    rc = read_hashes(s, yyjson_obj_get(root, "previous_hashes"), err);
  }
  return rc == SL_OK ? sl_migrate(s, engine, err) : rc;
}

sl_status sl_schema_from_json(struct sl_schema **out, const char *json, size_t length,
                              struct sl_error *err) {
  *out = NULL;
  yyjson_read_err problem;
  yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json, length, 0, NULL, &problem);
  if (doc == NULL) {
    return sl_fail(err, SL_EDATA, "stored schema: JSON is broken at byte %zu: %s", problem.pos,
                   problem.msg);
  }
  struct sl_schema *schema = calloc(1, sizeof *schema);
  sl_status rc = SL_OK;
  if (schema == NULL || (schema->version_hash = strdup("")) == NULL ||
      (schema->naming = strdup("snake_case")) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a schema");
  } else {
    schema->max_nesting = -1;
    rc = read_schema(schema, yyjson_doc_get_root(doc), err);
  }
  yyjson_doc_free(doc);
  if (rc != SL_OK) {
    sl_schema_free(schema);
    return rc;
  }
  *out = schema;
  return SL_OK;
}
