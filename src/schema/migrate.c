/* migrate.c - see migrate.h. */
#include "schema/migrate.h"

#include <stdlib.h>

#include "schema/json_text.h"

/* ["a","b"] of patterns -> the same with "re:" before each. */
static sl_status add_patterns(struct sl_properties *p, const char *hint, yyjson_val *list,
                              struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct sl_buffer pattern = { 0 };
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_buffer_char(&json, '[');
  yyjson_arr_foreach(list, i, n, item) {
    sl_buffer_reset(&pattern);
    sl_buffer_printf(&pattern, "re:%s", yyjson_is_str(item) ? yyjson_get_str(item) : "");
    sl_buffer_text(&json, i == 0 ? "" : ",");
    sl_json_string(&json, pattern.data, pattern.length);
  }
  sl_buffer_char(&json, ']');
  sl_status rc = sl_buffer_check(&json, err);
  if (rc == SL_OK) {
    rc = sl_properties_set(p, hint, json.data, err);
  }
  sl_buffer_release(&json);
  sl_buffer_release(&pattern);
  return rc;
}

static sl_status add_preferred(struct sl_properties *p, const char *pattern, yyjson_val *type,
                               struct sl_error *err) {
  struct sl_buffer name = { 0 };
  struct sl_buffer json = { 0 };
  sl_buffer_printf(&name, "re:%s", pattern);
  const char *text = yyjson_is_str(type) ? yyjson_get_str(type) : "text";
  sl_json_string(&json, text, strlen(text));
  sl_status rc = sl_buffer_check(&name, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&json, err);
  }
  if (rc == SL_OK) {
    rc = sl_properties_set(p, name.data, json.data, err);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&json);
  return rc;
}

/* The nearest existing table whose name and "__" begin this one's. */
static sl_status find_parent(struct sl_schema *schema, struct sl_table *table,
                             struct sl_error *err) {
  char *parent = strdup(table->name);
  sl_status rc = parent == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name") : SL_OK;
  while (rc == SL_OK) {
    char *last = NULL;
    for (char *at = strstr(parent, "__"); at != NULL; at = strstr(at + 1, "__")) {
      last = at;
    }
    if (last == NULL || last == parent) {
      break;
    }
    *last = '\0';
    if (sl_schema_table(schema, parent) != NULL) {
      table->parent = parent;
      return SL_OK;
    }
  }
  free(parent);
  return rc;
}

sl_status sl_migrate_old_settings(struct sl_schema *schema, yyjson_val *root,
                                  struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *value;
  sl_status rc = SL_OK;
  yyjson_obj_foreach(yyjson_obj_get(root, "hints"), i, n, key, value) {
    if (rc == SL_OK) {
      rc = add_patterns(&schema->default_hints, yyjson_get_str(key), value, err);
    }
  }
  yyjson_obj_foreach(yyjson_obj_get(root, "preferred_types"), i, n, key, value) {
    if (rc == SL_OK) {
      rc = add_preferred(&schema->preferred_types, yyjson_get_str(key), value, err);
    }
  }
  for (size_t t = 0; rc == SL_OK && t < schema->n_tables; t++) {
    rc = find_parent(schema, schema->tables[t], err);
    if (rc == SL_OK && schema->tables[t]->parent == NULL) {
      schema->tables[t]->disposition = SL_APPEND;
    }
  }
  if (rc == SL_OK && schema->propagation_json == NULL) {
    schema->propagation_json = strdup("{\"root\":{\"_dlt_id\":\"_dlt_root_id\"}}");
  }
  return rc;
}

/* Columns and tables as a new schema declares them. */
static sl_status replace_system_table(struct sl_schema *schema, const char *name,
                                      struct sl_error *err) {
  struct sl_schema *fresh = NULL;
  sl_status rc = sl_schema_new(&fresh, schema->name, err);
  if (rc != SL_OK) {
    return rc;
  }
  int32_t from = sl_map_get(&fresh->table_index, name, strlen(name));
  int32_t to = sl_map_get(&schema->table_index, name, strlen(name));
  struct sl_table *added;
  if (to < 0) {
    rc = sl_schema_add_table(schema, name, &added, err);
    to = (int32_t)schema->n_tables - 1;
  }
  if (rc == SL_OK) { /* swap: the old one is freed with `fresh` */
    struct sl_table *old = schema->tables[to];
    schema->tables[to] = fresh->tables[from];
    fresh->tables[from] = old;
  }
  sl_schema_free(fresh);
  return rc;
}

static void drop_property(struct sl_properties *p, const char *name) {
  sl_status rc = sl_properties_set(p, name, NULL, NULL); /* removing cannot fail */
  (void)rc;
}

/* Engine 9 to 10: row and parent keys instead of foreign keys, complex is json. */
static sl_status migrate_hints(struct sl_schema *schema, struct sl_error *err) {
  for (size_t i = 0; i < schema->n_tables; i++) {
    const struct sl_table *table = schema->tables[i];
    struct sl_column *id = sl_table_column(table, "_dlt_id");
    struct sl_column *parent = sl_table_column(table, "_dlt_parent_id");
    if (id != NULL && (id->hints & SL_HINT_UNIQUE) != 0) {
      id->hints |= SL_HINT_ROW_KEY;
    }
    if (parent != NULL) {
      const char *foreign = sl_properties_get(&parent->extra, "foreign_key");
      if (foreign != NULL && strcmp(foreign, "true") == 0) {
        parent->hints |= SL_HINT_PARENT_KEY;
      }
    }
    for (size_t j = 0; j < table->n_columns; j++) {
      drop_property(&table->columns[j]->extra, "foreign_key");
    }
  }
  for (size_t i = 0; i < schema->preferred_types.count; i++) {
    struct sl_property *p = &schema->preferred_types.items[i];
    if (strcmp(p->json, "\"complex\"") == 0) {
      sl_status rc = sl_properties_set(&schema->preferred_types, p->key, "\"json\"", err);
      if (rc != SL_OK) {
        return rc;
      }
    }
  }
  if (schema->default_hints.count == 0) {
    return SL_OK;
  }
  drop_property(&schema->default_hints, "foreign_key");
  sl_status rc = sl_properties_set(&schema->default_hints, "row_key", "[\"_dlt_id\"]", err);
  return rc != SL_OK ? rc
                     : sl_properties_set(&schema->default_hints, "parent_key",
                                         "[\"_dlt_parent_id\"]", err);
}

/* Columns that had only nulls were kept with a mark until 1.31. */
static sl_status remove_seen_null_first(struct sl_schema *schema, struct sl_error *err) {
  for (size_t i = 0; i < schema->n_tables; i++) {
    struct sl_table *table = schema->tables[i];
    for (size_t j = 0; j < table->n_columns;) {
      struct sl_column *column = table->columns[j];
      const char *mark = sl_properties_get(&column->extra, "x-normalizer");
      bool marked = mark != NULL && strstr(mark, "\"seen-null-first\":true") != NULL;
      if (marked && column->type == SL_TYPE_NONE) {
        sl_status rc = sl_table_remove_column(table, column, err);
        if (rc != SL_OK) {
          return rc;
        }
        continue;
      }
      if (marked) {
        drop_property(&column->extra, "x-normalizer");
      }
      j++;
    }
  }
  return SL_OK;
}

sl_status sl_migrate(struct sl_schema *schema, int engine, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (engine < 5) {
    rc = replace_system_table(schema, "_dlt_version", err);
  }
  if (rc == SL_OK && engine < 6) {
    rc = replace_system_table(schema, "_dlt_loads", err);
  }
  if (engine < 7) {
    drop_property(&schema->settings_extra, "schema_sealed");
  }
  for (size_t i = 0; i < schema->n_tables; i++) {
    struct sl_table *table = schema->tables[i];
    if (engine < 7) {
      drop_property(&table->extra, "table_sealed");
    }
    if (engine < 9 && sl_table_column(table, "_dlt_id") != NULL) {
      table->seen_data = true;
    }
  }
  if (rc == SL_OK && engine < 10) {
    rc = migrate_hints(schema, err);
  }
  if (rc == SL_OK && engine < 11) {
    rc = sl_properties_set(&schema->normalizers_extra, "use_break_path_on_normalize", "false", err);
  }
  return rc == SL_OK ? remove_seen_null_first(schema, err) : rc;
}
