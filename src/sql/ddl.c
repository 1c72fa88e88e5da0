/* ddl.c - datasets, tables and columns. */
#include <stdlib.h>

#include "sql/dialect.h"

static void put_schema(const struct sl_sql_context *sql, const char *dataset,
                       struct sl_buffer *text) {
  if (sql->catalog != NULL) {
    sl_sql_identifier(sql, sql->catalog, text);
    sl_buffer_char(text, '.');
  }
  sl_sql_identifier(sql, dataset, text);
}

sl_status sl_sql_create_dataset(const struct sl_sql_context *sql, const char *dataset,
                                struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (sql->dialect->create_dataset != NULL) {
    sql->dialect->create_dataset(sql, dataset, &text);
  } else {
    sl_buffer_text(&text, "CREATE SCHEMA IF NOT EXISTS ");
    put_schema(sql, dataset, &text);
  }
  bool none = text.length == 0 && !text.failed;
  sl_status rc = none ? SL_OK : sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_drop_dataset(const struct sl_sql_context *sql, const char *dataset,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (sql->dialect->datasets_are_databases) {
    sl_buffer_text(&text, "DROP DATABASE IF EXISTS ");
    sl_sql_identifier(sql, dataset, &text);
  } else if (sql->dialect->create_dataset == NULL) {
    sl_buffer_text(&text, "DROP SCHEMA IF EXISTS ");
    put_schema(sql, dataset, &text);
    sl_buffer_text(&text, " CASCADE");
  }
  bool none = text.length == 0 && !text.failed;
  sl_status rc = none ? SL_OK : sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

static const char *or_else(const char *text, const char *otherwise) {
  return text != NULL ? text : otherwise;
}

/* The type, as it is where the column may be NULL or may not. */
static sl_status write_type(const struct sl_sql_context *sql, const struct sl_column *column,
                            bool nullable, const char *collation, struct sl_buffer *out,
                            struct sl_error *err) {
  const struct sl_dialect *d = sql->dialect;
  bool text = column->type == SL_TYPE_TEXT || column->type == SL_TYPE_JSON;
  sl_buffer_text(out, nullable ? or_else(d->null_before, "") : "");
  sl_status rc = sl_sql_type(sql, column, out, err);
  sl_buffer_text(out, text ? or_else(collation, "") : "");
  sl_buffer_text(out, nullable ? or_else(d->null_after, "") : or_else(d->not_null, " NOT NULL"));
  return rc;
}

/* Staging tables take what comes; the final table decides. */
static sl_status write_column(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_column *column, bool not_null, struct sl_buffer *out,
                              struct sl_error *err) {
  bool temporary = name->temporary;
  sl_sql_identifier(sql, column->name, out);
  sl_buffer_char(out, ' ');
  sl_status rc = write_type(sql, column, !not_null || temporary,
                            temporary ? sql->dialect->temporary_text : NULL, out, err);
  if (not_null && !temporary && (column->hints & SL_HINT_ROW_KEY) != 0) {
    sl_buffer_text(out, or_else(sql->dialect->row_key_storage, ""));
  }
  sl_dialect_comment(sql, name, column->description, out);
  return rc;
}

const char *sl_sql_create_temporary(const struct sl_sql_context *sql) {
  return or_else(sql->dialect->create_temporary, "CREATE TEMPORARY TABLE ");
}

bool sl_sql_creates_temporary(const struct sl_sql_context *sql, const char *statement) {
  const struct sl_dialect *d = sql->dialect;
  struct sl_buffer begin = { 0 };
  sl_buffer_text(&begin, sl_sql_create_temporary(sql));
  if (d->temporary_prefix != NULL) {
    sl_buffer_printf(&begin, "%c%s", d->identifier_quote, d->temporary_prefix);
  }
  bool is = begin.data != NULL && strncmp(statement, begin.data, begin.length) == 0;
  sl_buffer_release(&begin);
  return is;
}

/* The first `most` complete columns as they will stand, those of the key first where they must. */
static size_t choose_columns(const struct sl_dialect *d, const struct sl_table *table, size_t most,
                             const struct sl_column **out) {
  size_t n = 0;
  for (size_t i = 0; i < table->n_columns && n < most; i++) {
    if (table->columns[i]->type != SL_TYPE_NONE) {
      out[n++] = table->columns[i];
    }
  }
  size_t keys = 0;
  for (size_t i = 0; d->keys_first && i < n; i++) {
    if ((out[i]->hints & SL_HINT_PRIMARY_KEY) != 0) {
      const struct sl_column *key = out[i];
      memmove(&out[keys + 1], &out[keys], (i - keys) * sizeof *out);
      out[keys++] = key;
    }
  }
  return n;
}

static sl_status write_create(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_column *const *columns, size_t n, bool staged,
                              bool ordered, const struct sl_buffer *options,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, name->temporary ? sl_sql_create_temporary(sql) : "CREATE TABLE ");
  sl_sql_table(sql, name, &text);
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    sl_buffer_text(&text, i == 0 ? " (" : ", ");
    rc = write_column(sql, name, columns[i], !columns[i]->nullable && !staged, &text, err);
  }
  if (ordered && sql->dialect->row_order_type != NULL) {
    sl_buffer_printf(&text, ", %s %s", sql->dialect->row_order, sql->dialect->row_order_type);
  }
  sl_buffer_char(&text, ')');
  sl_buffer_append(&text, options->data, options->length);
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&text);
  return rc;
}

/* ordered: with the column that numbers rows, where the dialect's tables have none. */
static sl_status create_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_table *table, size_t n_columns, bool staged,
                              bool ordered, struct sl_statements *out, struct sl_error *err) {
  const struct sl_dialect *d = sql->dialect;
  const struct sl_column **columns = sl_alloc_array(table->n_columns + 1, sizeof *columns);
  struct sl_buffer options = { 0 };
  if (columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", table->n_columns);
  }
  size_t n = choose_columns(d, table, n_columns, columns);
  sl_status rc =
      n > 0 ? SL_OK
            : sl_fail(err, SL_EDATA, "table %s has no column with a known type", table->name);
  if (name->temporary) {
    sl_buffer_text(&options, or_else(d->temporary_options, ""));
  } else if (d->table_options != NULL) {
    d->table_options(sql, table, &options);
  }
  if (rc == SL_OK && !name->temporary) {
    rc = sl_dialect_adapt(sql, table, columns, n, &options, err);
  }
  sl_dialect_comment(sql, name, table->description, &options);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&options, err);
  }
  if (rc == SL_OK) {
    rc = write_create(sql, name, columns, n, staged, ordered, &options, out, err);
  }
  sl_buffer_release(&options);
  free(columns);
  return rc;
}

sl_status sl_sql_create_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_table *table, size_t n_columns,
                              struct sl_statements *out, struct sl_error *err) {
  return create_table(sql, name, table, n_columns, false, false, out, err);
}

sl_status sl_sql_create_staging(const struct sl_sql_context *sql, const struct sl_table_name *name,
                                const struct sl_table *table, bool ordered,
                                struct sl_statements *out, struct sl_error *err) {
  return create_table(sql, name, table, SIZE_MAX, true, ordered, out, err);
}

/* `a`, `b`: the columns whose type is known. */
static void write_names(const struct sl_sql_context *sql, const struct sl_table *table,
                        struct sl_buffer *out) {
  const char *separator = "";
  for (size_t i = 0; i < table->n_columns; i++) {
    if (table->columns[i]->type != SL_TYPE_NONE) {
      sl_buffer_text(out, separator);
      sl_sql_identifier(sql, table->columns[i]->name, out);
      separator = ", ";
    }
  }
}

sl_status sl_sql_move(const struct sl_sql_context *sql, const struct sl_table_name *from,
                      const struct sl_table_name *to, const struct sl_table *table,
                      struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, "INSERT INTO ");
  sl_sql_table(sql, to, &text);
  sl_buffer_text(&text, " (");
  write_names(sql, table, &text);
  sl_buffer_text(&text, ") SELECT ");
  write_names(sql, table, &text);
  sl_buffer_text(&text, " FROM ");
  sl_sql_table(sql, from, &text);
  sl_status rc = sl_statements_add(out, &text, err);
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
      sl_buffer_text(&text, or_else(sql->dialect->add_first, " ADD COLUMN "));
    } else {
      sl_buffer_text(&text, or_else(sql->dialect->add_next, ", ADD COLUMN "));
    }
    rc = write_column(sql, name, columns[i], false, &text, err);
    if (rc == SL_OK && (!together || i + 1 == n)) {
      sl_buffer_text(&text, or_else(sql->dialect->add_last, ""));
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

sl_status sl_dialect_retype_by_copy(const struct sl_sql_context *sql,
                                    const struct sl_table_name *name,
                                    const struct sl_column *column, sl_dialect_convert convert,
                                    struct sl_statements *out, struct sl_error *err) {
  static const char altered[] = "_dlt_altered";
  struct sl_buffer text = { 0 };
  sl_status rc = SL_OK;
  for (int step = 0; rc == SL_OK && step < 4; step++) {
    static const char *const heads[] = { " ADD COLUMN ", " SET ", " DROP COLUMN ",
                                         " RENAME COLUMN " };
    sl_buffer_text(&text, step == 1 ? "UPDATE " : "ALTER TABLE ");
    sl_sql_table(sql, name, &text);
    sl_buffer_text(&text, heads[step]);
    sl_sql_identifier(sql, step == 2 ? column->name : altered, &text);
    if (step == 0) {
      sl_buffer_char(&text, ' ');
      rc = sl_sql_type(sql, column, &text, err);
    } else if (step == 1) {
      sl_buffer_text(&text, " = ");
      rc = convert(sql, column, &text, err);
    } else if (step == 3) {
      sl_buffer_text(&text, " TO ");
      sl_sql_identifier(sql, column->name, &text);
    }
    rc = rc == SL_OK ? sl_statements_add(out, &text, err) : rc;
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_alter_type(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            const struct sl_column *column, struct sl_statements *out,
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (sql->dialect->retype != NULL) {
    return sql->dialect->retype(sql, name, column, out, err);
  }
  sl_buffer_text(&text, "ALTER TABLE ");
  sl_sql_table(sql, name, &text);
  sl_buffer_text(&text, or_else(sql->dialect->alter_column, " ALTER COLUMN "));
  sl_sql_identifier(sql, column->name, &text);
  sl_buffer_text(&text, or_else(sql->dialect->alter_type, " TYPE "));
  sl_buffer_text(&text, or_else(sql->dialect->null_before, ""));
  sl_status rc = sl_sql_type(sql, column, &text, err);
  sl_buffer_text(&text, or_else(sql->dialect->null_after, ""));
  if (sql->dialect->alter_restates && !column->nullable && !name->temporary) {
    sl_buffer_text(&text, or_else(sql->dialect->not_null, " NOT NULL"));
  }
  if (sql->dialect->alter_restates) {
    sl_dialect_comment(sql, name, column->description, &text);
  }
  sl_buffer_text(&text, or_else(sql->dialect->alter_last, ""));
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_drop_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer table = { 0 };
  struct sl_buffer text = { 0 };
  sl_sql_table(sql, name, &table);
  sl_status rc = sl_buffer_check(&table, err);
  if (rc == SL_OK && sql->dialect->drop_table != NULL) {
    sql->dialect->drop_table(sql, table.data, &text);
  } else if (rc == SL_OK) {
    sl_buffer_printf(&text, "DROP TABLE IF EXISTS %s", table.data);
  }
  if (rc == SL_OK) {
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&table);
  sl_buffer_release(&text);
  return rc;
}

bool sl_sql_locks_tables(const struct sl_sql_context *sql) {
  return sql->dialect != NULL && sql->dialect->lock_table != NULL;
}

sl_status sl_sql_lock_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, sql->dialect->lock_patience);
  sl_status rc = sl_statements_add(out, &text, err);
  if (rc == SL_OK) {
    sl_buffer_text(&text, sql->dialect->lock_table);
    sl_sql_table(sql, name, &text);
    sl_buffer_text(&text, sql->dialect->lock_alone);
    rc = sl_statements_add(out, &text, err);
  }
  sl_buffer_release(&text);
  return rc;
}

const char *sl_sql_unlock_tables(const struct sl_sql_context *sql) {
  return sql->dialect->unlock_tables;
}

bool sl_sql_orders_rows(const struct sl_sql_context *sql) {
  return sql->dialect->row_order != NULL;
}

bool sl_sql_deletes_first(const struct sl_sql_context *sql) {
  return sql->dialect->committed_rows == NULL;
}

sl_status sl_sql_delete_old(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_statements *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (sql->dialect->committed_rows == NULL) {
    return sl_sql_delete_all(sql, name, out, err);
  }
  sl_buffer_text(&text, "DELETE FROM ");
  sl_sql_table(sql, name, &text);
  sl_buffer_printf(&text, " WHERE %s", sql->dialect->committed_rows);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}
