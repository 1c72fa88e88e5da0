/* query.c - short statements over the text protocol. */
#include <stdlib.h>

#include "sources/mysql/internal.h"

sl_status maria_query(struct maria_session *s, const char *sql, maria_row_function row, void *arg,
                      struct sl_error *err) {
  if (maria_query_within(s->mysql, sql, strlen(sql), s->patience) != 0) {
    return maria_fail_session(s, err);
  }
  MYSQL_RES *result = SL_MYSQL(store_result)(s->mysql);
  if (result == NULL) {
    return SL_MYSQL(errno)(s->mysql) != 0 ? maria_fail_session(s, err) : SL_OK;
  }
  sl_status rc = SL_OK;
  MYSQL_ROW values;
  while (rc == SL_OK && row != NULL && (values = SL_MYSQL(fetch_row)(result)) != NULL) {
    rc = row(arg, values, SL_MYSQL(fetch_lengths)(result), err);
  }
  SL_MYSQL(free_result)(result);
  return rc;
}

sl_status maria_execute(struct maria_session *s, const char *sql, struct sl_error *err) {
  return maria_query(s, sql, NULL, NULL, err);
}

static sl_status keep_first(void *arg, char **values, unsigned long *lengths,
                            struct sl_error *err) {
  char **out = arg;
  if (*out != NULL || values[0] == NULL) {
    return SL_OK;
  }
  *out = malloc(lengths[0] + 1);
  if (*out == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a value");
  }
  memcpy(*out, values[0], lengths[0]);
  (*out)[lengths[0]] = '\0';
  return SL_OK;
}

sl_status maria_value(struct maria_session *s, const char *sql, char **out, struct sl_error *err) {
  *out = NULL;
  return maria_query(s, sql, keep_first, out, err);
}

void maria_quote_text(const char *text, size_t length, struct sl_buffer *out) {
  bool plain = true; /* a backslash means itself or not, as sql_mode says: then digits are used */
  for (size_t i = 0; i < length; i++) {
    plain = plain && text[i] != '\\' && text[i] != '\'' && text[i] != '\0';
  }
  if (plain) {
    sl_buffer_char(out, '\'');
    sl_buffer_append(out, text, length);
    sl_buffer_char(out, '\'');
    return;
  }
  sl_buffer_text(out, "_utf8mb4 X'");
  for (size_t i = 0; i < length; i++) {
    sl_buffer_printf(out, "%02X", (unsigned)(unsigned char)text[i]);
  }
  sl_buffer_char(out, '\'');
}
