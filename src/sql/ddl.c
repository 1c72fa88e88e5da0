/* ddl.c - datasets, tables and columns. */
#include <stdlib.h>

#include "sql/dialect.h"

sl_status sl_sql_create_dataset(const struct sl_sql_context *sql, const char *dataset,
                                struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "CREATE SCHEMA IF NOT EXISTS ");
  if (sql->catalog != NULL) {
    sl_sql_identifier(sql, sql->catalog, &text);
    sl_buffer_char(&text, '.');
  }
  sl_sql_identifier(sql, dataset, &text);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

static sl_status write_column(const struct sl_sql_context *sql, const struct sl_column *column,
                              bool with_not_null, struct sl_buffer *out, struct sl_error *err) {
  sl_sql_identifier(sql, column->name, out);
  sl_buffer_char(out, ' ');
  sl_status rc = sl_sql_type(sql, column, out, err);
  if (rc == SL_OK && with_not_null && !column->nullable) {
    sl_buffer_text(out, " NOT NULL");
  }
  return rc;
}

sl_status sl_sql_create_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_table *table, size_t n_columns,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, name->temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, " (");
  size_t written = 0;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < table->n_columns && written < n_columns; i++) {
    if (table->columns[i]->type != SL_TYPE_NONE) {
      sl_buffer_text(&text, written++ == 0 ? "" : ", ");
      /* Staging tables take what comes; the final table decides. */
      rc = write_column(sql, table->columns[i], !name->temporary, &text, err);
    }
  }
  sl_buffer_char(&text, ')');
  if (rc == SL_OK && written == 0) {
    rc = sl_fail(err, SL_EDATA, "table %s has no column with a known type", table->name);
  }
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&text);
  return rc;
}

/* A column that comes later cannot be NOT NULL: earlier rows have no value in it. */
sl_status sl_sql_add_columns(const struct sl_sql_context *sql, const struct sl_table_name *name,
                             const struct sl_column *const *columns, size_t n,
                             struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = SL_OK;
  bool together = sql->capabilities->alter_add_multi_column;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (i == 0 || !together) {
      sl_buffer_text(&text, "ALTER TABLE ");
      sl_sql_table(sql, name, &text);
      sl_buffer_text(&text, " ADD COLUMN ");
    } else {
      sl_buffer_text(&text, ", ADD COLUMN ");
    }
    rc = write_column(sql, columns[i], false, &text, err);
    if (rc == SL_OK && (!together || i + 1 == n)) {
      rc = sl_statements_add(out, &text, err);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_fill_keys(const struct sl_sql_context *sql, const struct sl_table_name *name,
                           const char *column, struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (sql->dialect->random_key == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "table %s was there before and its rows have no %s, by which they are merged: "
                   "fill that column, or load into another table",
                   name->table, column);
  }
  sl_buffer_text(&text, "UPDATE ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, " SET ");
  sl_sql_identifier(sql, column, &text);
  sl_buffer_printf(&text, " = %s WHERE ", sql->dialect->random_key);
  sl_sql_identifier(sql, column, &text);
  sl_buffer_text(&text, " IS NULL");
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_alter_type(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            const struct sl_column *column, struct sl_statements *out,
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "ALTER TABLE ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, " ALTER COLUMN ");
  sl_sql_identifier(sql, column->name, &text);
  sl_buffer_text(&text, " TYPE ");
  sl_status rc = sl_sql_type(sql, column, &text, err);
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&text);
  return rc;
}

bool sl_sql_deletes_first(const struct sl_sql_context *sql) {
  return sql->dialect->committed_rows == NULL;
}

sl_status sl_sql_delete_old(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "DELETE FROM ");
  sl_sql_table(sql, name, &text);
  if (sql->dialect->committed_rows != NULL) {
    sl_buffer_printf(&text, " WHERE %s", sql->dialect->committed_rows);
  }
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}
