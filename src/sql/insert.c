/* insert.c - INSERT of rows: with parameter markers, or with literals. */
#include "sql/dialect.h"

static void into(const struct sl_sql_context *sql, const struct sl_table_name *name,
                 const struct sl_sql_target *targets, size_t n, struct sl_buffer *out) {
  sl_buffer_text(out, "INSERT INTO ");
  sl_sql_table(sql, name, out);
  sl_buffer_text(out, " (");
  for (size_t i = 0; i < n; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_sql_identifier(sql, targets[i].name, out);
  }
  sl_buffer_char(out, ')');
}

void sl_sql_insert_parameters(const struct sl_sql_context *sql, const struct sl_table_name *name,
                              const struct sl_sql_target *targets, size_t n,
                              struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  bool json = false;
  for (size_t i = 0; i < n; i++) {
    json = json || targets[i].json;
  }
  bool select = d->select_parameters && json;
  into(sql, name, targets, n, out);
  sl_buffer_text(out, select ? " SELECT " : " VALUES (");
  for (size_t i = 0; i < n; i++) {
    bool wrapped = targets[i].json && d->json_prefix != NULL;
    sl_buffer_printf(out, "%s%s?%s", i == 0 ? "" : ", ", wrapped ? d->json_prefix : "",
                     wrapped ? d->json_suffix : "");
  }
  sl_buffer_text(out, select ? d->select_rows : ")");
}

void sl_sql_insert_begin(const struct sl_sql_context *sql, const struct sl_table_name *name,
                         const struct sl_sql_target *targets, size_t n, struct sl_buffer *out) {
  into(sql, name, targets, n, out);
  sl_buffer_text(out, sql->dialect->select_rows == NULL ? " VALUES " : " ");
}

void sl_sql_insert_row(const struct sl_sql_context *sql, bool first, struct sl_buffer *out) {
  bool select = sql->dialect->select_rows != NULL;
  sl_buffer_text(out, first ? "" : select ? " UNION ALL " : ", ");
  sl_buffer_text(out, select ? "SELECT " : "(");
}

void sl_sql_insert_row_end(const struct sl_sql_context *sql, struct sl_buffer *out) {
  const char *select = sql->dialect->select_rows;
  sl_buffer_text(out, select == NULL ? ")" : select);
}
