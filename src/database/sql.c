/* sql.c - the SQL that drivers share: names, literals, SELECT. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/url.h"
#include "database/database.h"

void sl_db_quote(const struct sl_db_driver *driver, const char *name, struct sl_buffer *out) {
  if (driver->quote == '\0') {
    sl_buffer_text(out, name);
    return;
  }
  sl_buffer_char(out, driver->quote);
  for (const char *c = name; *c != '\0'; c++) {
    if (*c == driver->quote) {
      sl_buffer_char(out, *c);
    }
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, driver->quote);
}

void sl_db_quote_text(const char *text, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\'') {
      sl_buffer_char(out, *c);
    }
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, '\'');
}

void sl_db_from(const struct sl_db_driver *driver, const struct sl_db_table *table,
                struct sl_buffer *out) {
  if (table->query != NULL) {
    sl_buffer_char(out, '(');
    sl_buffer_text(out, table->query);
    sl_buffer_text(out, "\n) AS sluice_query"); /* the query may end in a comment */
    return;
  }
  if (table->schema != NULL) {
    sl_db_quote(driver, table->schema, out);
    sl_buffer_char(out, '.');
  }
  sl_db_quote(driver, table->name, out);
}

void sl_db_select(const struct sl_db_driver *driver, const struct sl_db_table *table,
                  const struct sl_db_chunk *chunk, struct sl_buffer *out) {
  sl_buffer_text(out, "SELECT ");
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_db_column *c = &table->columns[i];
    sl_buffer_text(out, i == 0 ? "" : ", ");
    if (c->expression != NULL) {
      sl_buffer_text(out, c->expression);
    } else {
      sl_db_quote(driver, c->name, out);
    }
  }
  if (table->n_columns == 0) {
    sl_buffer_text(out, "NULL");
  }
  sl_buffer_text(out, " FROM ");
  if (chunk->from != NULL) {
    sl_buffer_text(out, chunk->from);
  } else {
    sl_db_from(driver, table, out);
  }
  if (chunk->condition != NULL) {
    sl_buffer_printf(out, " WHERE %s\n", chunk->condition); /* it may end in a comment */
  }
  if (chunk->order_by != NULL) {
    sl_buffer_text(out, " ORDER BY ");
    sl_buffer_text(out, chunk->order_by);
  }
}

void sl_db_select_scalar(const struct sl_db_driver *driver, const struct sl_db_table *table,
                         const char *function, const struct sl_db_column *column,
                         const char *condition, struct sl_buffer *out) {
  sl_buffer_printf(out, "SELECT %s(", function);
  if (column == NULL) {
    sl_buffer_char(out, '*');
  } else {
    sl_db_quote(driver, column->name, out);
  }
  sl_buffer_text(out, ") FROM ");
  sl_db_from(driver, table, out);
  if (condition != NULL) {
    sl_buffer_printf(out, " WHERE %s\n", condition);
  }
}

static bool is_number_format(const char *format) {
  return format[1] == '\0' ? strchr("lsig", format[0]) != NULL : format[0] == 'd';
}

/* Only what is a number goes into SQL without quotes. */
static sl_status append_literal(const struct sl_db_column *column, const char *value,
                                struct sl_buffer *out, struct sl_error *err) {
  struct sl_decimal decimal;
  if (!is_number_format(column->format)) {
    sl_db_quote_text(value, out);
    return SL_OK;
  }
  if (!sl_decimal_parse(sl_text_of(value), &decimal)) {
    return sl_fail(err, SL_EUSAGE, "'%s' is no number, but column %s is %s", value, column->name,
                   column->type_name);
  }
  sl_buffer_text(out, value);
  return SL_OK;
}

sl_status sl_db_compare(const struct sl_db_driver *driver, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err) {
  static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= ", " IS NULL" };
  sl_db_quote(driver, column->name, out);
  sl_buffer_text(out, operators[comparison]);
  return comparison == SL_DB_IS_NULL ? SL_OK : append_literal(column, value, out, err);
}

sl_status sl_db_default_name(const char *location, char out[256], struct sl_error *err) {
  const char *at = location + strspn(location, "/");
  size_t end = strcspn(at, "?#");
  const char *start = at;
  for (size_t i = 0; i < end; i++) {
    if (at[i] == '/' && i + 1 < end) {
      start = at + i + 1;
    }
  }
  if (start == at && memchr(at, '@', end) != NULL) { /* no path: the host names it */
    for (size_t i = 0; i < end; i++) {
      start = at[i] == '@' ? at + i + 1 : start;
    }
  }
  size_t length = (size_t)(at + end - start);
  size_t stop = start == at || strchr(start, ':') != NULL ? strcspn(start, ":/?#") : length;
  length = stop < length ? stop : length;
  while (length > 0 && start[length - 1] == '/') {
    length--;
  }
  char *name = sl_url_decode(start, length);
  if (name == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  const char *base = strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1;
  snprintf(out, 256, "%s", base[0] == '\0' ? "database" : base);
  free(name);
  return SL_OK;
}
