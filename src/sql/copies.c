/* copies.c - tables that hold what another one held: generations that a replace puts away. */
#include "sql/dialect.h"

sl_status sl_sql_create_like(const struct sl_sql_context *sql, const struct sl_table_name *name,
                             const struct sl_table_name *like, struct sl_statements *out,
                             struct sl_error *err) {
  struct sl_buffer table = { 0 };
  struct sl_buffer model = { 0 };
  struct sl_buffer text = { 0 };
  sl_sql_table(sql, name, &table);
  sl_sql_table(sql, like, &model);
  sl_status rc = sl_buffer_check(&table, err);
  rc = rc == SL_OK ? sl_buffer_check(&model, err) : rc;
  if (rc == SL_OK && sql->dialect->create_like != NULL) {
    sql->dialect->create_like(table.data, model.data, &text);
  } else if (rc == SL_OK) {
    sl_buffer_printf(&text, "CREATE TABLE %s AS SELECT * FROM %s WHERE 1 = 0", table.data,
                     model.data);
  }
  rc = rc == SL_OK ? sl_statements_add(out, &text, err) : rc;
  sl_buffer_release(&table);
  sl_buffer_release(&model);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_keep_old(const struct sl_sql_context *sql, const struct sl_table_name *from,
                          const struct sl_table_name *to, struct sl_statements *out,
                          struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "INSERT INTO ");
  sl_sql_table(sql, to, &text);
  sl_buffer_text(&text, " SELECT * FROM ");
  sl_sql_table(sql, from, &text);
  if (sql->dialect->committed_rows != NULL) {
    sl_buffer_printf(&text, " WHERE %s", sql->dialect->committed_rows);
  }
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

static void add_names(const struct sl_sql_context *sql, const struct ArrowSchema *columns,
                      struct sl_buffer *out) {
  for (int64_t i = 0; i < columns->n_children; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_sql_identifier(sql, columns->children[i]->name, out);
  }
}

sl_status sl_sql_copy_columns(const struct sl_sql_context *sql, const struct sl_table_name *from,
                              const struct sl_table_name *to, const struct ArrowSchema *columns,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "INSERT INTO ");
  sl_sql_table(sql, to, &text);
  sl_buffer_text(&text, " (");
  add_names(sql, columns, &text);
  sl_buffer_text(&text, ") SELECT ");
  add_names(sql, columns, &text);
  sl_buffer_text(&text, " FROM ");
  sl_sql_table(sql, from, &text);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_delete_all(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "DELETE FROM ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, sql->dialect->delete_all == NULL ? "" : sql->dialect->delete_all);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

void sl_sql_equals(const struct sl_sql_context *sql, const char *column, const char *value,
                   struct sl_buffer *out) {
  sl_sql_identifier(sql, column, out);
  sl_buffer_text(out, " = ");
  sl_sql_text_literal(sql, value, strlen(value), out);
}

sl_status sl_sql_delete_where(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const char *column, const char *value, struct sl_statements *out,
                              struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "DELETE FROM ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, " WHERE ");
  sl_sql_equals(sql, column, value, &text);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}
