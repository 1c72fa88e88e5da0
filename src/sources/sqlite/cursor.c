/* cursor.c - values of a cursor column, compared as SQLite compares them: by what is stored.
 *
 * A stored text is compared as text, so '2024-05-31 10:00:00' and '2024-05-31T10:00:00' are
 * different values. What a load remembers is therefore the stored value itself; values of other
 * origin (--initial-value, a state that dlt wrote) are brought into the form that the column has.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/real.h"
#include "base/time.h"
#include "sources/sqlite/sqlite_internal.h"

/* ---- the highest value ---- */

/* The shortest decimal text that this library reads as exactly this double. */
static sl_status print_real(struct sqlite_session *s, double value, char **out,
                            struct sl_error *err) {
  char text[SL_REAL_CHARS];
  sqlite3_stmt *statement;
  bool row = false;
  sl_status rc =
      sqlite_prepare(s, "SELECT CAST(?1 AS REAL) = ?2", "reading a cursor", &statement, err);
  sl_real_print(text, value);
  if (rc == SL_OK && isfinite(value)) {
    SL_SQLITE(bind_text)(statement, 1, text, -1, SQLITE_STATIC);
    SL_SQLITE(bind_double)(statement, 2, value);
    rc = sqlite_step(s, statement, "reading a cursor", &row, err);
  }
  bool exact = rc == SL_OK && row && SL_SQLITE(column_int64)(statement, 0) == 1;
  SL_SQLITE(finalize)(statement);
  if (rc == SL_OK && !exact) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "the cursor's highest value %s cannot be written in SQL exactly; choose another "
                   "cursor",
                   text);
  }
  *out = rc == SL_OK ? strdup(text) : NULL;
  return rc == SL_OK && *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value") : rc;
}

static sl_status take_value(struct sqlite_session *s, sqlite3_stmt *statement,
                            const struct sl_db_table *table, const struct sl_db_column *column,
                            char **out, struct sl_error *err) {
  const char *text;
  switch (SL_SQLITE(column_type)(statement, 0)) {
    case SQLITE_NULL: return SL_OK;
    case SQLITE_FLOAT: return print_real(s, SL_SQLITE(column_double)(statement, 0), out, err);
    case SQLITE_BLOB:
      return sl_fail(err, SL_EDATA,
                     "table %s: the cursor %s holds blobs, which have no order that a state could "
                     "keep; choose another cursor",
                     table->name, column->name);
    default: break;
  }
  text = (const char *)SL_SQLITE(column_text)(statement, 0);
  size_t length = (size_t)SL_SQLITE(column_bytes)(statement, 0);
  if (memchr(text, '\0', length) != NULL || !sl_utf8_valid(text, length)) {
    return sl_fail(err, SL_EDATA,
                   "table %s: the highest value of cursor %s is a text with a NUL or of no valid "
                   "UTF-8; choose another cursor, or leave such rows out with --where",
                   table->name, column->name);
  }
  *out = strdup(text);
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value") : SL_OK;
}

/* Numbers sort before texts: a cursor with both would hide rows from the next load. */
static sl_status check_one_type(struct sqlite_session *s, const struct sl_db_table *table,
                                const struct sl_db_column *column, struct sl_error *err) {
  const char *where = s->config->settings->where;
  struct sl_buffer sql = { 0 };
  char *types = NULL;
  for (int i = 0; i < 2; i++) {
    sl_buffer_text(&sql, i == 0 ? "SELECT replace(typeof(("
                                : ")), 'integer', 'real') || ',' || "
                                  "replace(typeof((");
    sl_db_select_scalar(&sqlite_driver, table, i == 0 ? "min" : "max", column, where, &sql);
  }
  sl_buffer_text(&sql, ")), 'integer', 'real')");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run(s, sql.data, s->doing, &types, err);
  }
  if (rc == SL_OK && types != NULL && strcmp(types, "real,text") == 0) {
    rc =
        sl_fail(err, SL_EDATA,
                "table %s: the cursor %s holds numbers and texts, which SQLite sorts apart, so new "
                "rows would be missed; leave one sort out with --where \"typeof(%s) = 'text'\", or "
                "choose another cursor",
                table->name, column->name, column->name);
  }
  free(types);
  sl_buffer_release(&sql);
  return rc;
}

sl_status sqlite_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                        const char *function, const struct sl_db_column *column,
                        const char *condition, char **out, struct sl_error *err) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  bool row = false;
  *out = NULL;
  snprintf(s->doing, sizeof s->doing, "table %.200s", table->name);
  sqlite_start_clock(s);
  sl_status rc = column == NULL ? SL_OK : check_one_type(s, table, column, err);
  sl_db_select_scalar(&sqlite_driver, table, function, column, condition, &sql);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = sqlite_prepare(s, sql.data, s->doing, &statement, err);
  }
  if (rc == SL_OK) {
    rc = sqlite_step(s, statement, s->doing, &row, err);
  }
  if (rc == SL_OK && row) {
    rc = take_value(s, statement, table, column, out, err);
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  s->deadline = 0;
  return rc;
}

/* ---- conditions ---- */

static bool is_number(const char *text) {
  const char *end = NULL;
  double value = sl_real_parse(text, &end);
  return end != text && *end == '\0' && isfinite(value) &&
         strspn(text, "+-0123456789.eE") == strlen(text);
}

/* An ISO time of other origin in the form of the column; false: it is in that form, or no time. */
static bool adapt_time(const struct sl_db_column *column, const char *value, char out[64]) {
  int form = (int)column->detail;
  struct sl_iso iso;
  char separator = (form & CURSOR_T) != 0 ? 'T' : ' ';
  if ((form & CURSOR_KNOWN) == 0 || strlen(value) < 11 || !sl_iso_parse(sl_text_of(value), &iso) ||
      iso.kind != SL_ISO_TIMESTAMP) {
    return false;
  }
  bool zoned = (form & (CURSOR_Z | CURSOR_OFFSET)) != 0;
  if (value[10] == separator && iso.has_zone == zoned) {
    return false;
  }
  if ((form & CURSOR_DATE_ONLY) != 0) {
    sl_date_print(out, (int32_t)(iso.micros / SL_MICROS_PER_DAY));
    return true;
  }
  char text[40];
  sl_timestamp_print(text, iso.micros, false);
  text[10] = separator;
  snprintf(out, 64, "%s%s", text,
           (form & CURSOR_Z) != 0        ? "Z"
           : (form & CURSOR_OFFSET) != 0 ? "+00:00"
                                         : "");
  return true;
}

sl_status sqlite_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                         enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                         struct sl_error *err) {
  static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= ", " IS NULL" };
  char adapted[64];
  if (column->type == SQLITE_KIND_DECIMAL &&
      sqlite_affinity_of(column->type_name) == SQLITE_AFFINITY_TEXT) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "column %s keeps decimals as texts (%s), which SQLite does not sort by value; "
                   "choose another cursor",
                   column->name, column->type_name);
  }
  bool number = strchr("lgdn", column->format[0]) != NULL;
  (void)table;
  sl_db_quote(&sqlite_driver, column->name, out);
  sl_buffer_text(out, operators[comparison]);
  if (comparison == SL_DB_IS_NULL) {
    return SL_OK;
  }
  if (number && !is_number(value)) {
    return sl_fail(err, SL_EUSAGE, "'%s' is no number, but column %s is %s", value, column->name,
                   column->type_name[0] == '\0' ? "one of numbers" : column->type_name);
  }
  if (number) {
    sl_buffer_text(out, value);
  } else {
    sl_db_quote_text(adapt_time(column, value, adapted) ? adapted : value, out);
  }
  return SL_OK;
}
