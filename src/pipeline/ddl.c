/* ddl.c - steps of table changes; see ddl.h. */
#include "pipeline/ddl.h"

#include <stdlib.h>

void sl_ddl_release(struct sl_ddl *ddl) {
  for (size_t i = 0; i < ddl->count; i++) {
    free(ddl->steps[i].statement);
    free(ddl->steps[i].columns);
  }
  free(ddl->steps);
  *ddl = (struct sl_ddl){ 0 };
}

static sl_status add_step(struct sl_ddl *ddl, struct sl_ddl_step step, struct sl_error *err) {
  sl_status rc = sl_grow(&ddl->steps, &ddl->capacity, ddl->count + 1, sizeof *ddl->steps, err);
  if (rc == SL_OK) {
    ddl->steps[ddl->count++] = step;
  } else {
    free(step.statement);
    free(step.columns);
  }
  return rc;
}

sl_status sl_ddl_statements(struct sl_ddl *ddl, struct sl_statements *from, bool staging,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; i < from->count; i++) {
    if (rc == SL_OK) {
      rc = add_step(ddl, (struct sl_ddl_step){ .statement = from->items[i], .staging = staging },
                    err);
    } else {
      free(from->items[i]);
    }
  }
  free(from->items);
  *from = (struct sl_statements){ 0 };
  return rc;
}

sl_status sl_ddl_add(struct sl_ddl *ddl, const struct sl_table *table,
                     const struct sl_column *const *columns, size_t n, struct sl_error *err) {
  struct sl_ddl_step step = { .table = table, .columns = sl_alloc_array(n, sizeof *step.columns) };
  if (step.columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; i < n; i++) {
    if (columns[i]->type != SL_TYPE_NONE) {
      step.columns[step.n_columns++] = *columns[i];
    }
  }
  return add_step(ddl, step, err);
}

sl_status sl_ddl_create(struct sl_ddl *ddl, const struct sl_sql_context *sql, const char *dataset,
                        const struct sl_table *table, struct sl_error *err) {
  struct sl_table_name name = { .dataset = dataset, .table = table->name };
  struct sl_statements create = { 0 };
  sl_status rc = sl_sql_create_table(sql, &name, table, SIZE_MAX, &create, err);
  if (rc == SL_OK) {
    rc = sl_ddl_add(ddl, table, (const struct sl_column *const *)table->columns, table->n_columns,
                    err);
  }
  if (rc == SL_OK) { /* one table is one statement */
    ddl->steps[ddl->count - 1].statement = create.items[0];
    create.items[0] = NULL;
  }
  sl_statements_release(&create);
  return rc;
}
