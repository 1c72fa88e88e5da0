/* sql.c - the SELECT of a chunk, conditions of the cursor window, and key ranges. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/time.h"
#include "odbc/diag.h"
#include "odbc/text.h"
#include "odbc_internal.h"
#include "temporal.h"

void odbc_from(const struct odbc_session *s, const struct sl_db_table *table,
               struct sl_buffer *out) {
  if (table->query != NULL) { /* no AS: Oracle knows none there */
    sl_buffer_printf(out, "(%s\n) sluice_query", table->query);
    return;
  }
  if (s->catalog[0] != '\0') {
    sl_db_quote(&s->own, s->catalog, out);
    sl_buffer_char(out, '.');
  }
  sl_db_from(&s->own, table, out);
}

static void add_names(const struct odbc_session *s, const struct odbc_reader *r,
                      struct sl_buffer *out) {
  for (size_t i = 0; i < r->table->n_columns; i++) {
    const struct sl_db_column *column = r->in_order[i]->column;
    sl_buffer_text(out, i == 0 ? "" : ", ");
    if (column->expression != NULL) {
      sl_buffer_text(out, column->expression);
    } else {
      sl_db_quote(&s->own, column->name, out);
    }
  }
}

void odbc_select(const struct odbc_session *s, const struct odbc_reader *r, struct sl_buffer *out) {
  const char *condition = r->chunk->condition;
  const struct odbc_pages *p = &r->pages;
  bool later_page = p->key != NULL && p->later;
  sl_buffer_text(out, "SELECT ");
  add_names(s, r, out);
  sl_buffer_text(out, " FROM ");
  odbc_from(s, r->table, out);
  if (condition != NULL) {
    /* which may end in a comment */
    sl_buffer_printf(out, later_page ? " WHERE (%s\n)" : " WHERE %s\n", condition);
  }
  if (later_page) {
    sl_buffer_text(out, condition == NULL ? " WHERE " : " AND ");
    sl_db_quote(&s->own, p->key->column->name, out);
    sl_buffer_printf(out, " > %" PRId64, p->last_key);
  }
  if (p->key != NULL) {
    sl_buffer_text(out, " ORDER BY ");
    sl_db_quote(&s->own, p->key->column->name, out);
  } else if (r->chunk->order_by != NULL) {
    sl_buffer_printf(out, " ORDER BY %s", r->chunk->order_by);
  }
}

/* ---- literals ---- */

void odbc_quote_text(const char *text, bool backslash, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\'' || (*c == '\\' && backslash)) {
      sl_buffer_char(out, *c);
    }
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, '\'');
}

/* A timestamp as all databases read it: a blank between date and time, in UTC and without its zone,
 * all digits of the fraction. */
static void plain_timestamp(const char *value, struct sl_buffer *out) {
  struct odbc_moment moment, local;
  size_t length = strlen(value);
  size_t clock = length > 10 ? 11 + strcspn(value + 11, " Z+-") : length;
  char text[40];
  if (odbc_parse_timestamp(value, length, &moment) && odbc_parse_timestamp(value, clock, &local) &&
      moment.micros != local.micros) {
    clock = sl_timestamp_print(text, moment.micros, false);
    value = text;
  }
  for (size_t i = 0; i < clock; i++) {
    sl_buffer_char(out, i == 10 ? ' ' : value[i]);
  }
  sl_buffer_text(out, clock == 10 ? " 00:00:00" : "");
}

/* The same with its zone, which keeps digits below a microsecond. */
static void zoned_timestamp(const struct odbc_dialect *d, const char *value,
                            struct sl_buffer *out) {
  struct odbc_moment moment;
  bool zone = odbc_parse_timestamp(value, strlen(value), &moment) && moment.has_zone;
  if (d->literal != ODBC_LITERAL_CAST || !zone) {
    plain_timestamp(value, out);
    sl_buffer_text(out, d->zone == NULL ? "" : d->zone);
    return;
  }
  for (size_t i = 0; value[i] != '\0'; i++) {
    sl_buffer_char(out, i == 10 ? ' ' : value[i]);
  }
}

static void temporal_literal(const struct odbc_dialect *d, const struct sl_db_column *column,
                             const char *value, struct sl_buffer *out) {
  bool timestamp = strncmp(column->format, "tsu:", 4) == 0;
  bool date = strcmp(column->format, "tdD") == 0;
  bool zoned = timestamp && column->format[4] != '\0';
  struct sl_buffer text = { 0 };
  if (zoned) {
    zoned_timestamp(d, value, &text);
  } else if (timestamp) {
    plain_timestamp(value, &text);
  } else {
    sl_buffer_text(&text, value);
  }
  const char *plain = text.data == NULL ? "" : text.data;
  switch (d->literal) {
    case ODBC_LITERAL_ESCAPE:
      sl_buffer_printf(out, "{%s ", timestamp ? "ts" : date ? "d" : "t");
      break;
    case ODBC_LITERAL_ANSI:
      sl_buffer_text(out, timestamp ? "TIMESTAMP " : date ? "DATE " : "TIME ");
      break;
    case ODBC_LITERAL_CAST: sl_buffer_text(out, "CAST("); break;
    default: break;
  }
  odbc_quote_text(plain, d->backslash, out);
  if (d->literal == ODBC_LITERAL_ESCAPE) {
    sl_buffer_char(out, '}');
  } else if (d->literal == ODBC_LITERAL_CAST) {
    sl_buffer_printf(out, " AS %s)", column->type_name);
  }
  sl_buffer_release_part(&text, out);
}

static sl_status number_literal(const struct sl_db_column *column, const char *value,
                                struct sl_buffer *out, struct sl_error *err) {
  struct sl_decimal decimal;
  if (!sl_decimal_parse(sl_text_of(value), &decimal)) {
    return sl_fail(err, SL_EUSAGE, "'%s' is no number, but column %s is %s", value, column->name,
                   column->type_name);
  }
  sl_buffer_text(out, value);
  return SL_OK;
}

static bool is_number(const char *format) {
  return format[0] == 'd' || (format[1] == '\0' && strchr("lsig", format[0]) != NULL);
}

/* What is no moment would be compared by each server in its own way: MariaDB finds no row then. */
static sl_status check_moment(const struct sl_db_column *column, const char *value,
                              struct sl_error *err) {
  struct odbc_moment moment;
  int32_t days;
  size_t length = strlen(value);
  bool dated = column->format[0] == 't' && column->format[1] != 't';
  return !dated || odbc_parse_timestamp(value, length, &moment) ||
                 odbc_parse_date(value, length, &days)
             ? SL_OK
             : sl_fail(err, SL_EUSAGE, "'%s' is no date or time, but column %s is %s", value,
                       column->name, column->type_name);
}

sl_status odbc_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                       enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                       struct sl_error *err) {
  static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= ", " IS NULL" };
  const struct odbc_dialect *dialect = (const struct odbc_dialect *)(intptr_t)table->detail[1];
  struct sl_db_driver quoting = odbc_driver;
  quoting.quote = (char)table->detail[0];
  sl_db_quote(&quoting, column->name, out);
  sl_buffer_text(out, operators[comparison]);
  if (comparison == SL_DB_IS_NULL) {
    return SL_OK;
  }
  if (is_number(column->format)) {
    return number_literal(column, value, out, err);
  }
  bool sqlite = odbc_has_word("SQLite", dialect->words); /* any text may be in its columns */
  sl_status rc = sqlite ? SL_OK : check_moment(column, value, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (column->format[0] == 't' && dialect->literal != ODBC_LITERAL_TEXT) {
    temporal_literal(dialect, column, value, out);
  } else if (column->format[0] == 't' && !sqlite) {
    temporal_literal(dialect, column, value, out);
  } else {
    odbc_quote_text(value, dialect->backslash, out);
  }
  return SL_OK;
}

/* ---- scalars ---- */

/* "2024-01-02 03:04:05.1234567" gets the T that states are written with; all digits stay. */
static void normalise(const struct sl_db_column *column, char *value) {
  struct odbc_moment moment;
  if (strncmp(column->format, "tsu:", 4) == 0 && strlen(value) > 10 &&
      odbc_parse_timestamp(value, strlen(value), &moment)) {
    value[10] = 'T';
  }
}

sl_status odbc_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *function, const struct sl_db_column *column,
                      const char *condition, char **out, struct sl_error *err) {
  struct odbc_session *s = odbc_session_of(base);
  struct sl_buffer sql = { 0 };
  char what[320];
  sl_buffer_printf(&sql, "SELECT %s(", function);
  if (column == NULL) {
    sl_buffer_char(&sql, '*');
  } else {
    sl_db_quote(&s->own, column->name, &sql);
  }
  sl_buffer_text(&sql, ") FROM ");
  odbc_from(s, table, &sql);
  if (condition != NULL) {
    sl_buffer_printf(&sql, " WHERE %s", condition);
  }
  snprintf(what, sizeof what, "asking for %s of table %s",
           column == NULL ? "the number of rows" : column->name, table->name);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = odbc_query_text(&s->link, sql.data, what, out, err);
  }
  if (rc == SL_OK && *out != NULL && column != NULL &&
      !odbc_has_word("SQLite", s->dialect->words)) {
    normalise(column, *out);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* ---- ranges of the primary key ---- */

const struct sl_db_column *odbc_integer_key(const struct sl_db_table *table) {
  for (size_t i = 0; table->n_primary_key == 1 && i < table->n_columns; i++) {
    const struct sl_db_column *c = &table->columns[i];
    if (strcmp(c->name, table->primary_key[0]) == 0 && c->format[1] == '\0' &&
        strchr("lsi", c->format[0]) != NULL) {
      return c;
    }
  }
  return NULL;
}

static sl_status ask_border(struct sl_db_session *s, const struct sl_db_table *table,
                            const char *function, const struct sl_db_column *key,
                            const char *condition, int64_t *out, bool *none, struct sl_error *err) {
  char *text = NULL;
  sl_status rc = odbc_scalar(s, table, function, key, condition, &text, err);
  char *end = text;
  *out = text == NULL ? 0 : strtoll(text, &end, 10);
  *none = text == NULL || end == text || *end != '\0' || *out == INT64_MAX || *out == INT64_MIN;
  free(text);
  return rc;
}

/* (condition) AND key >= from AND key < to; without a border where it is the outermost. */
static sl_status add_range(const struct odbc_session *s, const struct sl_db_column *key,
                           const char *condition, const int64_t *from, const int64_t *to,
                           struct sl_db_chunks *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (condition != NULL) {
    sl_buffer_printf(&text, "(%s\n)", condition); /* it may end in a comment */
  }
  if (from != NULL) {
    sl_buffer_text(&text, text.length > 0 ? " AND " : "");
    sl_db_quote(&s->own, key->name, &text);
    sl_buffer_printf(&text, " >= %" PRId64, *from);
  }
  if (to != NULL) {
    sl_buffer_text(&text, text.length > 0 ? " AND " : "");
    sl_db_quote(&s->own, key->name, &text);
    sl_buffer_printf(&text, " < %" PRId64, *to);
  }
  sl_status rc = sl_buffer_check(&text, err);
  rc = rc == SL_OK ? sl_db_chunks_add(out, text.data, err) : rc;
  sl_buffer_release(&text);
  return rc;
}

sl_status odbc_split(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *condition, int wanted, struct sl_db_chunks *out,
                     struct sl_error *err) {
  enum { PARTS_PER_READER = 4 };
  struct odbc_session *s = odbc_session_of(base);
  const struct sl_db_column *key = odbc_integer_key(table);
  int64_t first = 0;
  int64_t last = 0;
  bool none = true;
  if (!s->settings->split_by_key || key == NULL || table->query != NULL) {
    return sl_db_chunks_add(out, condition, err);
  }
  sl_status rc = ask_border(base, table, "min", key, condition, &first, &none, err);
  if (rc == SL_OK && !none) {
    rc = ask_border(base, table, "max", key, condition, &last, &none, err);
  }
  int64_t parts = (int64_t)wanted * PARTS_PER_READER;
  uint64_t span = (uint64_t)last - (uint64_t)first;
  if (rc != SL_OK || none || last <= first || span < (uint64_t)(parts * parts)) {
    return rc == SL_OK ? sl_db_chunks_add(out, condition, err) : rc;
  }
  uint64_t step = span / (uint64_t)parts + 1;
  for (int64_t i = 0; rc == SL_OK && i < parts; i++) {
    int64_t from = (int64_t)((uint64_t)first + (uint64_t)i * step);
    int64_t to = (int64_t)((uint64_t)from + step);
    bool final = i == parts - 1;
    rc = add_range(s, key, condition, i == 0 ? NULL : &from, final ? NULL : &to, out, err);
  }
  return rc;
}
