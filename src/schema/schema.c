/* schema.c - the schema in memory, and new schemas as dlt makes them. */
#include "schema/schema.h"

#include <stdlib.h>

#include "schema/detect.h"
#include "schema/stored_parts.h"

static const char *const disposition_names[] = { "", "append", "replace", "merge", "skip" };
static const char *const merge_names[] = { "",   "delete-insert", "upsert", "insert-only", "scd2",
                                           "cdc" };
static const char *const replace_names[] = { "", "truncate-and-insert", "insert-from-staging",
                                             "staging-optimized" };

const char *const sl_hint_names[SL_N_HINTS] = {
  "primary_key", "merge_key",   "unique",    "row_key", "parent_key", "root_key",
  "variant",     "hard_delete", "partition", "cluster", "sort",       "incremental",
};

uint32_t sl_hint_from_name(struct sl_text name) {
  for (size_t i = 0; i < SL_N_HINTS; i++) {
    if (sl_text_equal(name, sl_text_of(sl_hint_names[i]))) {
      return 1U << i;
    }
  }
  return 0;
}

static int find_name(const char *const *names, size_t n, const char *name) {
  for (size_t i = 1; i < n; i++) {
    if (strcmp(names[i], name) == 0) {
      return (int)i;
    }
  }
  return 0;
}

const char *sl_disposition_name(enum sl_disposition d) {
  return disposition_names[d];
}

enum sl_disposition sl_disposition_from_name(const char *name) {
  return (enum sl_disposition)find_name(disposition_names, 5, name);
}

const char *sl_merge_strategy_name(enum sl_merge_strategy s) {
  return merge_names[s];
}

enum sl_merge_strategy sl_merge_strategy_from_name(const char *name) {
  return (enum sl_merge_strategy)find_name(merge_names, 6, name);
}

enum sl_replace_strategy sl_replace_strategy_from_name(const char *name) {
  return (enum sl_replace_strategy)find_name(replace_names, 4, name);
}

const char *sl_replace_strategy_name(enum sl_replace_strategy s) {
  return replace_names[s];
}

static void column_free(struct sl_column *column) {
  if (column == NULL) { /* it went to another schema */
    return;
  }
  free(column->name);
  free(column->description);
  sl_properties_release(&column->extra);
  free(column);
}

static void table_free(struct sl_table *table) {
  if (table == NULL) {
    return;
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    column_free(table->columns[i]);
  }
  free(table->columns);
  sl_map_release(&table->column_index);
  free(table->name);
  free(table->parent);
  free(table->resource);
  free(table->description);
  free(table->table_format);
  free(table->file_format);
  sl_properties_release(&table->extra);
  free(table);
}

void sl_schema_free(struct sl_schema *schema) {
  if (schema == NULL) {
    return;
  }
  for (size_t i = 0; i < schema->n_tables; i++) {
    table_free(schema->tables[i]);
  }
  free(schema->tables);
  sl_map_release(&schema->table_index);
  for (size_t i = 0; i < schema->n_previous_hashes; i++) {
    free(schema->previous_hashes[i]);
  }
  free(schema->previous_hashes);
  free(schema->name);
  free(schema->version_hash);
  free(schema->imported_version_hash);
  free(schema->description);
  free(schema->naming);
  free(schema->propagation_json);
  sl_properties_release(&schema->default_hints);
  sl_properties_release(&schema->preferred_types);
  sl_properties_release(&schema->settings_extra);
  sl_properties_release(&schema->normalizers_extra);
  sl_properties_release(&schema->extra);
  free(schema);
}

struct sl_table *sl_schema_table(const struct sl_schema *schema, const char *name) {
  int32_t at = sl_map_get(&schema->table_index, name, strlen(name));
  return at < 0 ? NULL : schema->tables[at];
}

sl_status sl_schema_add_table(struct sl_schema *schema, const char *name, struct sl_table **out,
                              struct sl_error *err) {
  if (sl_schema_table(schema, name) != NULL) {
    return sl_fail(err, SL_EINTERNAL, "table %s is already in the schema", name);
  }
  sl_status rc = sl_grow(&schema->tables, &schema->tables_capacity, schema->n_tables + 1,
                         sizeof *schema->tables, err);
  struct sl_table *table = rc == SL_OK ? calloc(1, sizeof *table) : NULL;
  if (rc == SL_OK && (table == NULL || (table->name = strdup(name)) == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  if (rc == SL_OK) {
    rc = sl_map_set(&schema->table_index, name, strlen(name), (int32_t)schema->n_tables, err);
  }
  if (rc != SL_OK) {
    if (table != NULL) {
      free(table->name);
    }
    free(table);
    return rc;
  }
  table->max_nesting = -1;
  schema->tables[schema->n_tables++] = table;
  *out = table;
  return SL_OK;
}

struct sl_column *sl_table_column(const struct sl_table *table, const char *name) {
  int32_t at = sl_map_get(&table->column_index, name, strlen(name));
  return at < 0 ? NULL : table->columns[at];
}

sl_status sl_table_add_column(struct sl_table *table, const char *name, struct sl_column **out,
                              struct sl_error *err) {
  if (sl_table_column(table, name) != NULL) {
    return sl_fail(err, SL_EINTERNAL, "column %s is already in table %s", name, table->name);
  }
  sl_status rc = sl_grow(&table->columns, &table->columns_capacity, table->n_columns + 1,
                         sizeof *table->columns, err);
  struct sl_column *column = rc == SL_OK ? calloc(1, sizeof *column) : NULL;
  if (rc == SL_OK && (column == NULL || (column->name = strdup(name)) == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for column %s", name);
  }
  if (rc == SL_OK) {
    rc = sl_map_set(&table->column_index, name, strlen(name), (int32_t)table->n_columns, err);
  }
  if (rc != SL_OK) {
    if (column != NULL) {
      free(column->name);
    }
    free(column);
    return rc;
  }
  column->nullable = true;
  column->precision = -1;
  column->scale = -1;
  column->timezone = -1;
  table->columns[table->n_columns++] = column;
  *out = column;
  return SL_OK;
}

bool sl_table_is_new(const struct sl_table *table) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (table->columns[i]->type != SL_TYPE_NONE) {
      return false;
    }
  }
  return true;
}

sl_status sl_table_move_last(struct sl_table *table, struct sl_column *column,
                             struct sl_error *err) {
  size_t at = 0;
  while (at < table->n_columns && table->columns[at] != column) {
    at++;
  }
  for (; at + 1 < table->n_columns; at++) {
    struct sl_column *next = table->columns[at + 1];
    table->columns[at] = next;
    sl_status rc =
        sl_map_set(&table->column_index, next->name, strlen(next->name), (int32_t)at, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  table->columns[table->n_columns - 1] = column;
  return sl_map_set(&table->column_index, column->name, strlen(column->name),
                    (int32_t)table->n_columns - 1, err);
}

static sl_status take_columns(struct sl_table *to, struct sl_table *from, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < from->n_columns; i++) {
    struct sl_column *column = from->columns[i];
    if (column->type == SL_TYPE_NONE || sl_table_column(to, column->name) != NULL) {
      continue;
    }
    rc = sl_grow(&to->columns, &to->columns_capacity, to->n_columns + 1, sizeof *to->columns, err);
    if (rc == SL_OK) {
      rc = sl_map_set(&to->column_index, column->name, strlen(column->name), (int32_t)to->n_columns,
                      err);
    }
    if (rc == SL_OK) {
      to->columns[to->n_columns++] = column;
      from->columns[i] = NULL;
    }
  }
  return rc;
}

sl_status sl_schema_absorb(struct sl_schema *to, struct sl_schema *from, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < from->n_tables; i++) {
    struct sl_table *table = from->tables[i];
    struct sl_table *known = sl_schema_table(to, table->name);
    if (!table->seen_data) {
      continue;
    }
    if (known != NULL) {
      known->seen_data = true;
      rc = take_columns(known, table, err);
      continue;
    }
    rc = sl_grow(&to->tables, &to->tables_capacity, to->n_tables + 1, sizeof *to->tables, err);
    if (rc == SL_OK) {
      rc = sl_map_set(&to->table_index, table->name, strlen(table->name), (int32_t)to->n_tables,
                      err);
    }
    if (rc == SL_OK) {
      to->tables[to->n_tables++] = table;
      from->tables[i] = NULL;
    }
  }
  return rc;
}

struct sl_table *sl_schema_root(const struct sl_schema *schema, const struct sl_table *table) {
  const struct sl_table *at = table;
  for (size_t depth = 0; at->parent != NULL && depth < schema->n_tables; depth++) {
    const struct sl_table *parent = sl_schema_table(schema, at->parent);
    if (parent == NULL) {
      break;
    }
    at = parent;
  }
  return (struct sl_table *)(uintptr_t)at;
}

struct sl_column *sl_table_hinted(const struct sl_table *table, uint32_t hints, size_t *at) {
  while (*at < table->n_columns) {
    struct sl_column *column = table->columns[(*at)++];
    if ((column->hints & hints) != 0) {
      return column;
    }
  }
  return NULL;
}

enum sl_disposition sl_table_disposition(const struct sl_schema *schema,
                                         const struct sl_table *table) {
  enum sl_disposition d = sl_schema_root(schema, table)->disposition;
  return d == SL_DISPOSITION_UNSET ? SL_APPEND : d;
}

enum sl_merge_strategy sl_table_merge_strategy(const struct sl_schema *schema,
                                               const struct sl_table *table) {
  const char *json = sl_properties_get(&sl_schema_root(schema, table)->extra, "x-merge-strategy");
  char name[32] = "";
  size_t n = json == NULL ? 0 : strlen(json);
  if (n > 2 && n - 2 < sizeof name) {
    memcpy(name, json + 1, n - 2);
  }
  enum sl_merge_strategy s = sl_merge_strategy_from_name(name);
  return s == SL_MERGE_UNSET ? SL_MERGE_DELETE_INSERT : s;
}

struct system_column {
  const char *name;
  enum sl_type type;
  bool nullable;
  int32_t precision;
  uint32_t hints;
  const char *description;
};

static sl_status add_system_columns(struct sl_table *table, const struct system_column *columns,
                                    size_t n, struct sl_error *err) {
  for (size_t i = 0; i < n; i++) {
    struct sl_column *column;
    sl_status rc = sl_table_add_column(table, columns[i].name, &column, err);
    if (rc != SL_OK) {
      return rc;
    }
    column->type = columns[i].type;
    column->nullable = columns[i].nullable;
    column->nullable_stated = true;
    column->precision = columns[i].precision;
    column->hints = columns[i].hints;
    if (columns[i].description != NULL &&
        (column->description = strdup(columns[i].description)) == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for column %s", columns[i].name);
    }
  }
  return SL_OK;
}

static const struct system_column version_columns[] = {
  { "version", SL_TYPE_BIGINT, false, -1, 0,
    "Numeric version of the schema, incremented on each schema change" },
  { "engine_version", SL_TYPE_BIGINT, false, -1, 0,
    "Version of the dlt schema engine that created this schema" },
  { "inserted_at", SL_TYPE_TIMESTAMP, false, -1, 0,
    "Timestamp when this schema version was stored" },
  { "schema_name", SL_TYPE_TEXT, false, -1, 0, "Name of the schema" },
  { "version_hash", SL_TYPE_TEXT, false, -1, 0,
    "Unique hash of the schema content, used to detect changes" },
  { "schema", SL_TYPE_TEXT, false, -1, 0, "JSON representation of the complete schema definition" },
};

static const struct system_column loads_columns[] = {
  { "load_id", SL_TYPE_TEXT, false, 64, 0, "Unique identifier of the load operation" },
  { "schema_name", SL_TYPE_TEXT, true, -1, 0, "Name of the schema associated with this load" },
  { "status", SL_TYPE_BIGINT, false, -1, 0, "Status of the load operation (0 = success)" },
  { "inserted_at", SL_TYPE_TIMESTAMP, false, -1, 0, "Timestamp when the load was completed" },
  { "schema_version_hash", SL_TYPE_TEXT, true, -1, 0,
    "Hash of the schema version used during this load" },
};

static const struct system_column state_columns[] = {
  { "version", SL_TYPE_BIGINT, false, -1, 0, "Numeric version of the pipeline state" },
  { "engine_version", SL_TYPE_BIGINT, false, -1, 0, "Version of the dlt state engine" },
  { "pipeline_name", SL_TYPE_TEXT, false, -1, 0, "Name of the pipeline this state belongs to" },
  { "state", SL_TYPE_TEXT, false, -1, 0, "Compressed JSON representation of the pipeline state" },
  { "created_at", SL_TYPE_TIMESTAMP, false, -1, 0, "Timestamp when this state was created" },
  { "version_hash", SL_TYPE_TEXT, true, -1, 0,
    "Hash of the state content, used to detect changes" },
  { "_dlt_load_id", SL_TYPE_TEXT, false, 64, 0,
    "Load identifier linking this row to its load operation" },
  { "_dlt_id", SL_TYPE_TEXT, false, -1, SL_HINT_UNIQUE | SL_HINT_ROW_KEY, NULL },
};

static sl_status add_system_table(struct sl_schema *schema, const char *name,
                                  const char *description, const struct system_column *columns,
                                  size_t n, struct sl_error *err) {
  struct sl_table *table;
  sl_status rc = sl_schema_add_table(schema, name, &table, err);
  if (rc != SL_OK) {
    return rc;
  }
  table->disposition = SL_SKIP;
  table->resource = strdup(name);
  table->description = strdup(description);
  if (table->resource == NULL || table->description == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  return add_system_columns(table, columns, n, err);
}

static sl_status set_new_defaults(struct sl_schema *schema, struct sl_error *err) {
  static const struct {
    const char *hint, *names;
  } hints[] = {
    { "not_null",
      "[\"_dlt_id\",\"_dlt_root_id\",\"_dlt_parent_id\",\"_dlt_list_idx\",\"_dlt_load_id\"]" },
    { "parent_key", "[\"_dlt_parent_id\"]" },
    { "root_key", "[\"_dlt_root_id\"]" },
    { "unique", "[\"_dlt_id\"]" },
    { "row_key", "[\"_dlt_id\"]" },
  };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof hints / sizeof hints[0]; i++) {
    rc = sl_properties_set(&schema->default_hints, hints[i].hint, hints[i].names, err);
  }
  if (rc == SL_OK) {
    rc = sl_properties_set(&schema->settings_extra, "detections", "[\"iso_timestamp\"]", err);
  }
  return rc == SL_OK ? sl_schema_add_version_tables(schema, err) : rc;
}

sl_status sl_schema_add_version_tables(struct sl_schema *schema, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (sl_schema_table(schema, "_dlt_version") == NULL) {
    rc = add_system_table(schema, "_dlt_version", "Created by DLT. Tracks schema updates",
                          version_columns, sizeof version_columns / sizeof version_columns[0], err);
  }
  if (rc == SL_OK && sl_schema_table(schema, "_dlt_loads") == NULL) {
    rc = add_system_table(schema, "_dlt_loads", "Created by DLT. Tracks completed loads",
                          loads_columns, sizeof loads_columns / sizeof loads_columns[0], err);
  }
  return rc;
}

sl_status sl_schema_new(struct sl_schema **out, const char *name, struct sl_error *err) {
  *out = NULL;
  struct sl_schema *schema = calloc(1, sizeof *schema);
  if (schema == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a schema");
  }
  schema->name = strdup(name);
  schema->version_hash = strdup("");
  schema->naming = strdup("snake_case");
  schema->max_nesting = -1;
  schema->detections = UINT32_C(1) << SL_DETECT_ISO_TIMESTAMP;
  sl_status rc = schema->name == NULL || schema->version_hash == NULL || schema->naming == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a schema")
                     : set_new_defaults(schema, err);
  if (rc != SL_OK) {
    sl_schema_free(schema);
    return rc;
  }
  *out = schema;
  return SL_OK;
}

sl_status sl_schema_add_state_table(struct sl_schema *schema, struct sl_error *err) {
  static const char name[] = "_dlt_pipeline_state";
  if (sl_schema_table(schema, name) != NULL) {
    return SL_OK;
  }
  struct sl_table *table;
  sl_status rc = sl_schema_add_table(schema, name, &table, err);
  if (rc != SL_OK) {
    return rc;
  }
  table->disposition = SL_APPEND;
  table->seen_data = true;
  table->resource = strdup(name);
  table->file_format = strdup("preferred");
  if (table->resource == NULL || table->file_format == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  return add_system_columns(table, state_columns, sizeof state_columns / sizeof state_columns[0],
                            err);
}
