/* own_table.c - see own_table.h. */
#include "pipeline/own_table.h"

#include "column/batch.h"

static const char *format_of(enum sl_type type) {
  return type == SL_TYPE_BIGINT ? "l" : type == SL_TYPE_BINARY ? "z" : "u";
}

sl_status sl_own_table_describe(struct sl_schema **schema, struct sl_table **table,
                                const char *name, const struct sl_own_column *columns, size_t n,
                                struct sl_error *err) {
  sl_status rc = sl_schema_new(schema, "own", err);
  if (rc == SL_OK) {
    rc = sl_schema_add_table(*schema, name, table, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_column *column;
    rc = sl_table_add_column(*table, columns[i].name, &column, err);
    if (rc == SL_OK) {
      column->type = columns[i].type;
    }
  }
  return rc;
}

void sl_own_table_builders(struct sl_builder *builders, const struct sl_own_column *columns,
                           size_t n) {
  for (size_t i = 0; i < n; i++) {
    builders[i].layout = sl_layout_of(format_of(columns[i].type));
  }
}

sl_status sl_own_table_append(struct sl_run *run, const struct sl_table_name *name,
                              const struct sl_own_column *columns, size_t n,
                              struct sl_builder *builders, int64_t rows, struct sl_error *err) {
  struct sl_field fields[SL_OWN_MOST] = { 0 };
  struct ArrowArray arrays[SL_OWN_MOST] = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    fields[i] = (struct sl_field){ columns[i].name, format_of(columns[i].type), true };
    rc = sl_builder_finish(&builders[i], rows, &arrays[i], err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(&schema, fields, n, err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(&array, arrays, n, rows, err);
  }
  if (rc == SL_OK) {
    rc = run->destination_ops->append(run->destination, name, &schema, &array, err);
  }
  for (size_t i = 0; i < n; i++) {
    sl_builder_release(&builders[i]);
    if (arrays[i].release != NULL) {
      arrays[i].release(&arrays[i]);
    }
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  return rc;
}
