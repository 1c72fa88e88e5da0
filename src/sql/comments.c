/* comments.c - the descriptions of tables and columns, as comments in the database. */
#include "sql/dialect.h"

/* Tables that dlt and we make for ourselves are explained elsewhere. */
static bool is_of_users(const struct sl_table_name *name) {
  return !name->temporary && strncmp(name->table, "_dlt_", 5) != 0 &&
         strncmp(name->table, "_sluice_", 8) != 0;
}

static void write_text(const struct sl_sql_context *sql, const char *text, struct sl_buffer *out) {
  size_t length = strlen(text);
  size_t most = sql->dialect->longest_comment;
  if (most > 0 && length > most) {
    length = most;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
      length--; /* not within a character */
    }
  }
  if (sql->dialect->comment_literal != NULL) {
    sql->dialect->comment_literal(text, length, out);
  } else {
    sl_sql_text_literal(sql, text, length, out);
  }
}

static bool is_said(const char *description) {
  return description != NULL && description[0] != '\0';
}

void sl_dialect_comment(const struct sl_sql_context *sql, const struct sl_table_name *name,
                        const char *description, struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  if (d->comment_open != NULL && is_said(description) && is_of_users(name)) {
    sl_buffer_text(out, d->comment_open);
    write_text(sql, description, out);
    sl_buffer_text(out, d->comment_close);
  }
}

static sl_status add_comment(const struct sl_sql_context *sql, const struct sl_table_name *name,
                             const char *column, const char *description, struct sl_statements *out,
                             struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&text, "COMMENT ON %s ", column == NULL ? "TABLE" : "COLUMN");
  sl_sql_table(sql, name, &text);
  if (column != NULL) {
    sl_buffer_char(&text, '.');
    sl_sql_identifier(sql, column, &text);
  }
  sl_buffer_text(&text, " IS ");
  write_text(sql, description, &text);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_sql_comment(const struct sl_sql_context *sql, const struct sl_table_name *name,
                         const char *description, const struct sl_column *const *columns, size_t n,
                         struct sl_statements *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (!sql->dialect->comment_on || !is_of_users(name)) {
    return SL_OK;
  }
  if (is_said(description)) {
    rc = add_comment(sql, name, NULL, description, out, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (is_said(columns[i]->description) && columns[i]->type != SL_TYPE_NONE) {
      rc = add_comment(sql, name, columns[i]->name, columns[i]->description, out, err);
    }
  }
  return rc;
}
