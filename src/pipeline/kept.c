/* kept.c - see kept.h. */
#include "pipeline/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/query.h"

const struct sl_own_column sl_kept_columns[SL_KEPT_COLUMNS] = {
  [SL_KEPT_LOAD] = { "load_id", SL_TYPE_TEXT },
  [SL_KEPT_ROOT] = { "root_name", SL_TYPE_TEXT },
  [SL_KEPT_TABLE] = { "table_name", SL_TYPE_TEXT },
  [SL_KEPT_AS] = { "kept_as", SL_TYPE_TEXT },
  [SL_KEPT_ROWS] = { "row_count", SL_TYPE_BIGINT },
  [SL_KEPT_SCHEMA] = { "schema_name", SL_TYPE_TEXT },
};

void sl_kept_release(struct sl_kept_list *list) {
  free(list->items);
  sl_arena_release(&list->arena);
  *list = (struct sl_kept_list){ 0 };
}

static sl_status add_row(void *arg, const char *const *values, struct sl_error *err) {
  struct sl_kept_list *list = arg;
  sl_status rc = sl_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items, err);
  struct sl_kept kept = { { NULL } };
  for (size_t i = 0; rc == SL_OK && i < SL_KEPT_COLUMNS; i++) {
    if (values[i] != NULL) {
      kept.values[i] = sl_arena_copy(&list->arena, values[i], strlen(values[i]));
      rc =
          kept.values[i] == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for generations") : SL_OK;
    }
  }
  if (rc == SL_OK) {
    list->items[list->n++] = kept;
  }
  return rc;
}

static sl_status take_generation(void *arg, const struct sl_store_generation *g,
                                 struct sl_error *err) {
  char rows[24];
  snprintf(rows, sizeof rows, "%" PRId64, g->rows);
  const char *values[SL_KEPT_COLUMNS] = {
    [SL_KEPT_LOAD] = g->load_id, [SL_KEPT_ROOT] = g->root,     [SL_KEPT_TABLE] = g->table,
    [SL_KEPT_AS] = g->kept_as,   [SL_KEPT_SCHEMA] = g->schema, [SL_KEPT_ROWS] = rows,
  };
  return add_row(arg, values, err);
}

sl_status sl_kept_of_schema(struct sl_kept_list *out, const struct sl_store_place *place,
                            const char *schema, struct sl_error *err) {
  const struct sl_store_ops *store = place->destination->ops->store;
  if (store == NULL) {
    return sl_kept_read(out, place, SL_KEPT_SCHEMA, schema, err);
  }
  return store->generations == NULL
             ? SL_OK
             : store->generations(place->destination, schema, take_generation, out, err);
}

sl_status sl_kept_read(struct sl_kept_list *out, const struct sl_store_place *place,
                       enum sl_kept_column column, const char *value, struct sl_error *err) {
  struct sl_table_name name = { .dataset = place->dataset, .table = SL_GENERATIONS_TABLE };
  const char *names[SL_KEPT_COLUMNS];
  struct sl_buffer sql = { 0 };
  bool exists = false;
  sl_status rc = place->sql->dialect == NULL
                     ? SL_OK
                     : sl_query_exists(place->destination, &name, &exists, err);
  if (rc != SL_OK || !exists) {
    return rc;
  }
  for (size_t i = 0; i < SL_KEPT_COLUMNS; i++) {
    names[i] = sl_kept_columns[i].name;
  }
  sl_query_columns(place->sql, &name, names, SL_KEPT_COLUMNS, &sql);
  sl_buffer_text(&sql, " WHERE ");
  sl_sql_equals(place->sql, sl_kept_columns[column].name, value, &sql);
  sl_buffer_text(&sql, " ORDER BY ");
  sl_sql_identifier(place->sql, sl_kept_columns[SL_KEPT_LOAD].name, &sql);
  sl_buffer_text(&sql, " DESC, ");
  sl_sql_identifier(place->sql, sl_kept_columns[SL_KEPT_ROOT].name, &sql);
  rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_query_rows(place->destination, sql.data, add_row, out, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status sl_kept_drop(const struct sl_kept_list *list, size_t *at,
                       const struct sl_store_place *place, struct sl_statements *out,
                       struct sl_error *err) {
  struct sl_table_name notes = { .dataset = place->dataset, .table = SL_GENERATIONS_TABLE };
  const char *load = list->items[*at].values[SL_KEPT_LOAD];
  const char *root = list->items[*at].values[SL_KEPT_ROOT];
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "DELETE FROM ");
  sl_sql_table(place->sql, &notes, &sql);
  sl_buffer_text(&sql, " WHERE ");
  sl_sql_equals(place->sql, sl_kept_columns[SL_KEPT_LOAD].name, load, &sql);
  sl_buffer_text(&sql, " AND ");
  sl_sql_equals(place->sql, sl_kept_columns[SL_KEPT_ROOT].name, root, &sql);
  sl_status rc = sl_statements_add(out, &sql, err);
  sl_buffer_release(&sql);
  for (; rc == SL_OK && *at < list->n; (*at)++) {
    const char *const *values = list->items[*at].values;
    if (strcmp(values[SL_KEPT_LOAD], load) != 0 || strcmp(values[SL_KEPT_ROOT], root) != 0) {
      break;
    }
    if (values[SL_KEPT_AS] != NULL) {
      struct sl_table_name kept = { .dataset = place->dataset, .table = values[SL_KEPT_AS] };
      rc = sl_sql_drop_table(place->sql, &kept, out, err);
    }
  }
  return rc;
}
