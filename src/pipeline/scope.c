/* scope.c - see scope.h. */
#include "pipeline/scope.h"

static const char LOAD_ID[] = "_dlt_load_id";
static const char ROW_ID[] = "_dlt_id";
static const char PARENT_ID[] = "_dlt_parent_id";

const char *sl_scope_of_load(const struct sl_scope *scope, const struct sl_table *table,
                             struct sl_buffer *out) {
  if (table->parent == NULL) {
    sl_sql_equals(scope->sql, LOAD_ID, scope->load_id, out);
    return sl_table_column(table, LOAD_ID) == NULL ? "the table has no _dlt_load_id" : NULL;
  }
  const struct sl_table *parent = sl_schema_table(scope->schema, table->parent);
  if (parent == NULL || sl_table_column(parent, ROW_ID) == NULL ||
      sl_table_column(table, PARENT_ID) == NULL) {
    return "the rows have no link to their parents";
  }
  struct sl_table_name name = { .dataset = scope->dataset, .table = parent->name };
  sl_sql_identifier(scope->sql, PARENT_ID, out);
  sl_buffer_text(out, " IN (SELECT ");
  sl_sql_identifier(scope->sql, ROW_ID, out);
  sl_buffer_text(out, " FROM ");
  sl_sql_table(scope->sql, &name, out);
  sl_buffer_text(out, " WHERE ");
  const char *reason = sl_scope_of_load(scope, parent, out);
  sl_buffer_char(out, ')');
  return reason;
}
