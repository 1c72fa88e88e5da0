/* migrate.c - see migrate.h. Each step is named after the engine version that it starts from. */
#include "schema/migrate.h"

#include <stdlib.h>

#include "schema/stored.h"

struct migration {
  yyjson_mut_doc *doc;
  yyjson_mut_val *root;
  bool failed; /* out of memory */
};

static yyjson_mut_val *text_of(struct migration *m, const char *before, const char *text,
                               size_t length) {
  struct sl_buffer joined = { 0 };
  sl_buffer_text(&joined, before);
  sl_buffer_append(&joined, text, text == NULL ? 0 : length); /* NULL: it was no text */
  yyjson_mut_val *value = joined.failed || joined.data == NULL
                              ? yyjson_mut_strcpy(m->doc, "")
                              : yyjson_mut_strncpy(m->doc, joined.data, joined.length);
  m->failed = m->failed || joined.failed || value == NULL;
  sl_buffer_release(&joined);
  return value;
}

/* dict[name] = value: in its place when it is there, else at the end. */
static void put(struct migration *m, yyjson_mut_val *object, const char *name,
                yyjson_mut_val *value) {
  yyjson_mut_val *key = yyjson_mut_strcpy(m->doc, name);
  bool done = yyjson_mut_obj_get(object, name) != NULL ? yyjson_mut_obj_replace(object, key, value)
                                                       : yyjson_mut_obj_add(object, key, value);
  m->failed = m->failed || (yyjson_mut_is_obj(object) && !done);
}

/* dict.setdefault(name, {}) or [] */
static yyjson_mut_val *container(struct migration *m, yyjson_mut_val *object, const char *name,
                                 bool list) {
  yyjson_mut_val *value = yyjson_mut_obj_get(object, name);
  if (value == NULL) {
    value = list ? yyjson_mut_arr(m->doc) : yyjson_mut_obj(m->doc);
    put(m, object, name, value);
  }
  return value;
}

static yyjson_mut_val *take(yyjson_mut_val *object, const char *name) {
  return yyjson_mut_obj_remove_key(object, name);
}

static yyjson_mut_val *tables_of(struct migration *m) {
  return yyjson_mut_obj_get(m->root, "tables");
}

/* Hints and preferred types were bare patterns at the top. */
static void move_settings(struct migration *m) {
  yyjson_mut_val *hints = take(m->root, "hints");
  yyjson_mut_val *types = take(m->root, "preferred_types");
  yyjson_mut_val *new_hints = yyjson_mut_obj(m->doc);
  yyjson_mut_val *new_types = yyjson_mut_obj(m->doc);
  yyjson_mut_val *settings = yyjson_mut_obj(m->doc);
  yyjson_mut_val *key;
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(hints);
  while ((key = yyjson_mut_obj_iter_next(&at)) != NULL) {
    yyjson_mut_val *list = yyjson_mut_arr(m->doc);
    yyjson_mut_arr_iter items = yyjson_mut_arr_iter_with(yyjson_mut_obj_iter_get_val(key));
    for (yyjson_mut_val *item; (item = yyjson_mut_arr_iter_next(&items)) != NULL;) {
      yyjson_mut_arr_append(list,
                            text_of(m, "re:", yyjson_mut_get_str(item), yyjson_mut_get_len(item)));
    }
    put(m, new_hints, yyjson_mut_get_str(key), list);
  }
  at = yyjson_mut_obj_iter_with(types);
  while ((key = yyjson_mut_obj_iter_next(&at)) != NULL) {
    yyjson_mut_val *name = text_of(m, "re:", yyjson_mut_get_str(key), yyjson_mut_get_len(key));
    put(m, new_types, yyjson_mut_get_str(name),
        yyjson_mut_val_mut_copy(m->doc, yyjson_mut_obj_iter_get_val(key)));
  }
  put(m, settings, "default_hints", new_hints);
  put(m, settings, "preferred_types", new_types);
  put(m, m->root, "settings", settings);
}

/* The nearest existing table whose name and "__" begin this one's; "" = none. */
static void parent_name(yyjson_mut_val *tables, const char *name, struct sl_buffer *out) {
  sl_buffer_reset(out);
  sl_buffer_text(out, name);
  while (!out->failed) {
    size_t at = 0;
    for (size_t i = 1; i + 1 < out->length; i++) {
      at = out->data[i] == '_' && out->data[i + 1] == '_' ? i : at;
    }
    out->length = at;
    out->data[at] = '\0';
    if (at == 0 || yyjson_mut_obj_get(tables, out->data) != NULL) {
      break;
    }
  }
}

static yyjson_mut_val *new_table(struct migration *m, const char *name, const char *parent,
                                 yyjson_mut_val *columns) {
  yyjson_mut_val *table = yyjson_mut_obj(m->doc);
  put(m, table, "name", yyjson_mut_strcpy(m->doc, name));
  put(m, table, "columns", columns);
  if (parent != NULL) {
    put(m, table, "parent", yyjson_mut_strcpy(m->doc, parent));
  } else {
    put(m, table, "write_disposition", yyjson_mut_str(m->doc, "append"));
    put(m, table, "resource", yyjson_mut_strcpy(m->doc, name));
  }
  return table;
}

/* Tables were their columns only. */
static void repackage_tables(struct migration *m) {
  yyjson_mut_val *old = take(m->root, "tables");
  yyjson_mut_val *tables = yyjson_mut_obj(m->doc);
  struct sl_buffer parent = { 0 };
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(old);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    const char *name = yyjson_mut_get_str(key);
    parent_name(old, name, &parent);
    yyjson_mut_val *columns = yyjson_mut_val_mut_copy(m->doc, yyjson_mut_obj_iter_get_val(key));
    put(m, tables, name, new_table(m, name, parent.length > 0 ? parent.data : NULL, columns));
  }
  m->failed = m->failed || parent.failed;
  sl_buffer_release(&parent);
  put(m, m->root, "tables", tables);
}

/* "^table__path" of the whole schema becomes "re:^path" of the table. */
static void move_filters(struct migration *m, const char *group) {
  yyjson_mut_arr_iter at = yyjson_mut_arr_iter_with(take(m->root, group));
  for (yyjson_mut_val *item; (item = yyjson_mut_arr_iter_next(&at)) != NULL;) {
    const char *filter = yyjson_mut_get_str(item);
    size_t n = yyjson_mut_get_len(item);
    if (filter == NULL || n < 2) {
      continue;
    }
    const char *split = strstr(filter, "__");
    size_t end = split == NULL ? n - 1 : (size_t)(split - filter);
    const char *path = split == NULL ? filter + 1 : split + 2;
    yyjson_mut_val *name =
        end > 1 ? text_of(m, "", filter + 1, end - 1) : yyjson_mut_str(m->doc, "");
    const char *root = yyjson_mut_get_str(name);
    yyjson_mut_val *table = yyjson_mut_obj_get(tables_of(m), root);
    if (table == NULL) {
      table = new_table(m, root, NULL, yyjson_mut_obj(m->doc));
      put(m, tables_of(m), root, table);
    }
    yyjson_mut_val *list = container(m, container(m, table, "filters", false), group, true);
    yyjson_mut_arr_append(list, text_of(m, "re:^", path, strlen(path)));
  }
}

static void from_2(struct migration *m) {
  static const char normalizers[] =
      "{\"names\":\"snake_case\",\"json\":{\"module\":\"dlt.common.normalizers.json.relational\","
      "\"config\":{\"propagation\":{\"root\":{\"_dlt_id\":\"_dlt_root_id\"}}}}}";
  yyjson_doc *fresh = yyjson_read(normalizers, sizeof normalizers - 1, 0);
  put(m, m->root, "normalizers", yyjson_val_mut_copy(m->doc, yyjson_doc_get_root(fresh)));
  m->failed = m->failed || fresh == NULL;
  yyjson_doc_free(fresh);
  move_settings(m);
  repackage_tables(m);
  move_filters(m, "excludes");
  move_filters(m, "includes");
}

/* The table as a new schema declares it. */
static sl_status replace_system_table(struct migration *m, const char *name, struct sl_error *err) {
  struct sl_schema *fresh = NULL;
  struct sl_buffer json = { 0 };
  sl_status rc = sl_schema_new(&fresh, "fresh", err);
  if (rc == SL_OK) {
    rc = sl_schema_to_json(fresh, SL_SCHEMA_COMPACT, &json, err);
  }
  if (rc == SL_OK) {
    yyjson_doc *doc = yyjson_read(json.data, json.length, 0);
    yyjson_val *table = yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "tables"), name);
    put(m, tables_of(m), name, yyjson_val_mut_copy(m->doc, table));
    yyjson_doc_free(doc);
  }
  sl_schema_free(fresh);
  sl_buffer_release(&json);
  return rc;
}

static void from_6(struct migration *m) {
  take(yyjson_mut_obj_get(m->root, "settings"), "schema_sealed");
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(tables_of(m));
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    take(yyjson_mut_obj_iter_get_val(key), "table_sealed");
  }
}

/* So that packages that are being loaded count as data. */
static void from_8(struct migration *m) {
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(tables_of(m));
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    yyjson_mut_val *table = yyjson_mut_obj_iter_get_val(key);
    if (yyjson_mut_obj_get(yyjson_mut_obj_get(table, "columns"), "_dlt_id") != NULL) {
      put(m, container(m, table, "x-normalizer", false), "seen-data",
          yyjson_mut_bool(m->doc, true));
    }
  }
}

/* column[to] = column.get(from, False) */
static void derive_hint(struct migration *m, yyjson_mut_val *column, const char *to,
                        const char *from) {
  if (!yyjson_mut_is_obj(column)) {
    return;
  }
  yyjson_mut_val *value = yyjson_mut_obj_get(column, from);
  put(m, column, to,
      value == NULL ? yyjson_mut_bool(m->doc, false) : yyjson_mut_val_mut_copy(m->doc, value));
}

static void from_9_columns(struct migration *m, yyjson_mut_val *columns) {
  derive_hint(m, yyjson_mut_obj_get(columns, "_dlt_id"), "row_key", "unique");
  derive_hint(m, yyjson_mut_obj_get(columns, "_dlt_parent_id"), "parent_key", "foreign_key");
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(columns);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    yyjson_mut_val *column = yyjson_mut_obj_iter_get_val(key);
    take(column, "foreign_key");
    if (yyjson_mut_equals_str(yyjson_mut_obj_get(column, "data_type"), "complex")) {
      put(m, column, "data_type", yyjson_mut_str(m->doc, "json"));
    }
  }
}

static yyjson_mut_val *list_of(struct migration *m, const char *text) {
  yyjson_mut_val *list = yyjson_mut_arr(m->doc);
  m->failed = m->failed || !yyjson_mut_arr_add_str(m->doc, list, text);
  return list;
}

/* Row and parent keys instead of foreign keys; complex is json. */
static void from_9(struct migration *m) {
  yyjson_mut_val *key;
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(tables_of(m));
  while ((key = yyjson_mut_obj_iter_next(&at)) != NULL) {
    from_9_columns(m, yyjson_mut_obj_get(yyjson_mut_obj_iter_get_val(key), "columns"));
  }
  yyjson_mut_val *settings = yyjson_mut_obj_get(m->root, "settings");
  yyjson_mut_val *types = yyjson_mut_obj_get(settings, "preferred_types");
  at = yyjson_mut_obj_iter_with(types);
  while ((key = yyjson_mut_obj_iter_next(&at)) != NULL) {
    if (yyjson_mut_equals_str(yyjson_mut_obj_iter_get_val(key), "complex")) {
      yyjson_mut_set_str(yyjson_mut_obj_iter_get_val(key), "json");
    }
  }
  yyjson_mut_val *hints = yyjson_mut_obj_get(settings, "default_hints");
  if (yyjson_mut_obj_size(hints) > 0) {
    take(hints, "foreign_key");
    put(m, hints, "row_key", list_of(m, "_dlt_id"));
    put(m, hints, "parent_key", list_of(m, "_dlt_parent_id"));
  }
  yyjson_mut_val *json = yyjson_mut_obj_get(yyjson_mut_obj_get(m->root, "normalizers"), "json");
  take(yyjson_mut_obj_get(json, "config"), "generate_dlt_id");
}

static bool seen_null_first(yyjson_mut_val *column) {
  yyjson_mut_val *mark =
      yyjson_mut_obj_get(yyjson_mut_obj_get(column, "x-normalizer"), "seen-null-first");
  return yyjson_mut_get_bool(mark);
}

/* Columns that had only nulls were kept with a mark until dlt 1.31; no engine version tells. */
static void remove_seen_null_first(struct migration *m) {
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(tables_of(m));
  for (yyjson_mut_val *table; (table = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    yyjson_mut_val *columns = yyjson_mut_obj_get(yyjson_mut_obj_iter_get_val(table), "columns");
    yyjson_mut_obj_iter each = yyjson_mut_obj_iter_with(columns);
    for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
      yyjson_mut_val *column = yyjson_mut_obj_iter_get_val(key);
      if (!seen_null_first(column)) {
        continue;
      }
      if (yyjson_mut_obj_get(column, "data_type") == NULL) {
        yyjson_mut_obj_iter_remove(&each);
        continue;
      }
      yyjson_mut_val *marks = yyjson_mut_obj_get(column, "x-normalizer");
      take(marks, "seen-null-first");
      if (yyjson_mut_obj_size(marks) == 0) {
        take(column, "x-normalizer");
      }
    }
  }
}

static bool marks_null_columns(yyjson_val *columns) {
  yyjson_obj_iter at = yyjson_obj_iter_with(columns);
  for (yyjson_val *key; (key = yyjson_obj_iter_next(&at)) != NULL;) {
    yyjson_val *marks = yyjson_obj_get(yyjson_obj_iter_get_val(key), "x-normalizer");
    if (yyjson_obj_get(marks, "seen-null-first") != NULL) {
      return true;
    }
  }
  return false;
}

static bool has_seen_null_first(yyjson_val *root) {
  yyjson_obj_iter at = yyjson_obj_iter_with(yyjson_obj_get(root, "tables"));
  for (yyjson_val *key; (key = yyjson_obj_iter_next(&at)) != NULL;) {
    if (marks_null_columns(yyjson_obj_get(yyjson_obj_iter_get_val(key), "columns"))) {
      return true;
    }
  }
  return false;
}

bool sl_migration_needed(yyjson_val *root) {
  return yyjson_get_sint(yyjson_obj_get(root, "engine_version")) != SL_SCHEMA_ENGINE_VERSION ||
         has_seen_null_first(root);
}

sl_status sl_migrate(yyjson_mut_doc *doc, struct sl_error *err) {
  struct migration m = { doc, yyjson_mut_doc_get_root(doc), false };
  int64_t engine = yyjson_mut_get_sint(yyjson_mut_obj_get(m.root, "engine_version"));
  sl_status rc = SL_OK;
  if (engine < 3) {
    from_2(&m);
  }
  if (engine < 4 && yyjson_mut_obj_get(m.root, "version_hash") == NULL) {
    put(&m, m.root, "version_hash", yyjson_mut_str(doc, ""));
  }
  if (engine < 5) {
    rc = replace_system_table(&m, "_dlt_version", err);
  }
  if (rc == SL_OK && engine < 6) {
    rc = replace_system_table(&m, "_dlt_loads", err);
  }
  if (engine < 7) {
    from_6(&m);
  }
  if (engine < 8) {
    put(&m, m.root, "previous_hashes", yyjson_mut_arr(doc));
  }
  if (engine < 9) {
    from_8(&m);
  }
  if (engine < 10) {
    from_9(&m);
  }
  if (engine < 11) {
    put(&m, yyjson_mut_obj_get(m.root, "normalizers"), "use_break_path_on_normalize",
        yyjson_mut_bool(doc, false));
    put(&m, m.root, "engine_version", yyjson_mut_sint(doc, SL_SCHEMA_ENGINE_VERSION));
  }
  remove_seen_null_first(&m);
  return rc == SL_OK && m.failed ? sl_fail(err, SL_ENOMEM, "out of memory migrating a schema") : rc;
}
