/* ledger.c - SQL about rows of loads that are not over: see pipeline/ledger.h. */
#include "sql/dialect.h"

sl_status sl_sql_select_ledger(const struct sl_sql_context *sql, const struct sl_table_name *name,
                               const char *pipeline, struct sl_buffer *out, struct sl_error *err) {
  sl_buffer_text(out, "SELECT ");
  sl_sql_identifier(sql, "ledger", out);
  sl_buffer_text(out, " FROM ");
  sl_sql_table(sql, name, out);
  sl_buffer_text(out, " WHERE ");
  sl_sql_equals(sql, "pipeline", pipeline, out);
  return sl_buffer_check(out, err);
}

sl_status sl_sql_clear_ledger(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const char *pipeline, struct sl_statements *out,
                              struct sl_error *err) {
  return sl_sql_delete_where(sql, name, "pipeline", pipeline, out, err);
}

sl_status sl_sql_count_rows(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            const char *column, const char *value, struct sl_buffer *out,
                            struct sl_error *err) {
  sl_buffer_text(out, "SELECT COUNT(*) FROM ");
  sl_sql_table(sql, name, out);
  if (column != NULL) {
    sl_buffer_text(out, " WHERE ");
    sl_sql_equals(sql, column, value, out);
  }
  return sl_buffer_check(out, err);
}

static const struct sl_column *hinted(const struct sl_table *table, uint32_t hint) {
  size_t at = 0;
  return sl_table_hinted(table, hint, &at);
}

/* True for the rows of one load: a nested row is of its parent's. */
static sl_status of_load(const struct sl_sql_context *sql, const char *dataset,
                         const struct sl_schema *schema, const struct sl_table *table,
                         const char *column, const char *load_id, struct sl_buffer *out,
                         struct sl_error *err) {
  if (table->parent == NULL) {
    sl_sql_equals(sql, column, load_id, out);
    return SL_OK;
  }
  const struct sl_table *parent = sl_schema_table(schema, table->parent);
  const struct sl_column *up = hinted(table, SL_HINT_PARENT_KEY);
  const struct sl_column *key = parent == NULL ? NULL : hinted(parent, SL_HINT_ROW_KEY);
  if (up == NULL || key == NULL) {
    return sl_fail(err, SL_EINTERNAL, "the rows of table %s have no parents", table->name);
  }
  struct sl_table_name name = { .dataset = dataset, .table = parent->name };
  sl_sql_identifier(sql, up->name, out);
  sl_buffer_text(out, " IN (SELECT ");
  sl_sql_identifier(sql, key->name, out);
  sl_buffer_text(out, " FROM ");
  sl_sql_table(sql, &name, out);
  sl_buffer_text(out, " WHERE ");
  sl_status rc = of_load(sql, dataset, schema, parent, column, load_id, out, err);
  sl_buffer_char(out, ')');
  return rc;
}

sl_status sl_sql_delete_load(const struct sl_sql_context *sql, const char *dataset,
                             const struct sl_schema *schema, const struct sl_table *table,
                             const char *column, const char *load_id, struct sl_statements *out,
                             struct sl_error *err) {
  struct sl_table_name name = { .dataset = dataset, .table = table->name };
  struct sl_buffer s = { 0 };
  sl_buffer_text(&s, "DELETE FROM ");
  sl_sql_table(sql, &name, &s);
  sl_buffer_text(&s, " WHERE ");
  sl_status rc = of_load(sql, dataset, schema, table, column, load_id, &s, err);
  rc = rc == SL_OK ? sl_statements_add(out, &s, err) : rc;
  sl_buffer_release(&s);
  return rc;
}

bool sl_sql_try_lock(const struct sl_sql_context *sql, uint64_t key, const char *who,
                     struct sl_buffer *out) {
  if (sql->dialect == NULL || sql->dialect->try_lock == NULL) {
    return false;
  }
  sql->dialect->try_lock(key, who, out);
  return true;
}
