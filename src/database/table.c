/* table.c - what is known of tables, and the chunks they are cut into. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "database/database.h"

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the list of tables");
}

static void column_release(struct sl_db_column *c) {
  free(c->name);
  free(c->type_name);
  free(c->expression);
}

void sl_db_table_release(struct sl_db_table *table) {
  for (size_t i = 0; i < table->n_columns; i++) {
    column_release(&table->columns[i]);
  }
  for (size_t i = 0; i < table->n_primary_key; i++) {
    free(table->primary_key[i]);
  }
  free(table->columns);
  free(table->primary_key);
  free(table->schema);
  free(table->name);
  free(table->target);
  free(table->query);
  free(table->comment);
  *table = (struct sl_db_table){ 0 };
}

sl_status sl_db_table_add_column(struct sl_db_table *table, const char *name, const char *type_name,
                                 const char *format, bool nullable, struct sl_db_column **out,
                                 struct sl_error *err) {
  sl_status rc = sl_grow(&table->columns, &table->columns_capacity, table->n_columns + 1,
                         sizeof *table->columns, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_db_column *c = &table->columns[table->n_columns];
  *c = (struct sl_db_column){ .name = strdup(name),
                              .type_name = strdup(type_name),
                              .nullable = nullable };
  snprintf(c->format, sizeof c->format, "%s", format);
  if (c->name == NULL || c->type_name == NULL) {
    column_release(c);
    return no_memory(err);
  }
  table->n_columns++;
  *out = c;
  return SL_OK;
}

sl_status sl_db_table_add_key(struct sl_db_table *table, const char *column, struct sl_error *err) {
  char **grown = realloc(table->primary_key, (table->n_primary_key + 1) * sizeof *grown);
  if (grown == NULL) {
    return no_memory(err);
  }
  table->primary_key = grown;
  grown[table->n_primary_key] = strdup(column);
  if (grown[table->n_primary_key] == NULL) {
    return no_memory(err);
  }
  table->n_primary_key++;
  return SL_OK;
}

void sl_db_tables_release(struct sl_db_tables *tables) {
  for (size_t i = 0; i < tables->count; i++) {
    sl_db_table_release(&tables->items[i]);
  }
  free(tables->items);
  *tables = (struct sl_db_tables){ 0 };
}

sl_status sl_db_tables_add(struct sl_db_tables *tables, const char *schema, const char *name,
                           struct sl_db_table **out, struct sl_error *err) {
  sl_status rc =
      sl_grow(&tables->items, &tables->capacity, tables->count + 1, sizeof *tables->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_db_table *t = &tables->items[tables->count];
  *t = (struct sl_db_table){ .name = strdup(name), .rows = -1, .bytes = -1 };
  t->schema = schema == NULL ? NULL : strdup(schema);
  if (t->name == NULL || (schema != NULL && t->schema == NULL)) {
    sl_db_table_release(t);
    return no_memory(err);
  }
  tables->count++;
  *out = t;
  return SL_OK;
}

sl_status sl_db_chunks_add(struct sl_db_chunks *chunks, const char *condition,
                           struct sl_error *err) {
  sl_status rc =
      sl_grow(&chunks->items, &chunks->capacity, chunks->count + 1, sizeof *chunks->items, err);
  char *copy = condition == NULL ? NULL : strdup(condition);
  if (rc == SL_OK && condition != NULL && copy == NULL) {
    rc = no_memory(err);
  }
  if (rc == SL_OK) {
    chunks->items[chunks->count++] = (struct sl_db_chunk){ .condition = copy };
  } else {
    free(copy);
  }
  return rc;
}

void sl_db_chunks_release(struct sl_db_chunks *chunks) {
  for (size_t i = 0; i < chunks->count; i++) {
    free(chunks->items[i].from);
    free(chunks->items[i].condition);
    free(chunks->items[i].order_by);
  }
  free(chunks->items);
  *chunks = (struct sl_db_chunks){ 0 };
}
