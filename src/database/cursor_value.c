/* cursor_value.c - see cursor_value.h; lags are in cursor_lag.c. */
#include "database/cursor_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "schema/json_text.h"
#include "schema/typed_mark.h"

bool sl_cursor_is_date(const struct sl_db_column *c) {
  return strcmp(c->format, "tdD") == 0;
}

bool sl_cursor_is_timestamp(const struct sl_db_column *c) {
  return strncmp(c->format, "tsu:", 4) == 0;
}

bool sl_cursor_is_number(const struct sl_db_column *c) {
  return c->format[1] == '\0' ? strchr("lsig", c->format[0]) != NULL : c->format[0] == 'd';
}

static char *print_timestamp(const struct sl_db_column *c, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, c->format[4] != '\0');
  return strdup(text);
}

char *sl_cursor_canonical(const struct sl_db_column *column, const char *value, bool raw) {
  struct sl_iso iso;
  if (!raw && sl_cursor_is_timestamp(column) && sl_iso_parse(sl_text_of(value), &iso)) {
    if (iso.kind == SL_ISO_TIMESTAMP) {
      return print_timestamp(column, iso.micros);
    }
    if (iso.kind == SL_ISO_DATE) {
      return print_timestamp(column, iso.days * SL_MICROS_PER_DAY);
    }
  }
  return strdup(value);
}

static bool compare_decimals(const char *a, const char *b, int *order) {
  struct sl_decimal x, y;
  if (!sl_decimal_parse(sl_text_of(a), &x) || !sl_decimal_parse(sl_text_of(b), &y)) {
    return false;
  }
  int32_t scale = x.scale > y.scale ? x.scale : y.scale;
  if (!sl_decimal_rescale(&x, scale) || !sl_decimal_rescale(&y, scale)) {
    return false;
  }
  *order = (x.coefficient > y.coefficient) - (x.coefficient < y.coefficient);
  return true;
}

static bool compare_reals(const char *a, const char *b, int *order) {
  const char *end_a = NULL;
  const char *end_b = NULL;
  double x = sl_real_parse(a, &end_a);
  double y = sl_real_parse(b, &end_b);
  *order = (x > y) - (x < y);
  return end_a != a && *end_a == '\0' && end_b != b && *end_b == '\0';
}

static bool compare_times(const char *a, const char *b, int *order) {
  struct sl_iso s, t;
  if (!sl_iso_parse(sl_text_of(a), &s) || !sl_iso_parse(sl_text_of(b), &t) ||
      s.kind != SL_ISO_TIMESTAMP || t.kind != SL_ISO_TIMESTAMP) {
    return false;
  }
  *order = (s.micros > t.micros) - (s.micros < t.micros);
  return true;
}

int sl_cursor_compare(const struct sl_db_column *column, const char *a, const char *b) {
  int order = 0;
  bool number = sl_cursor_is_number(column);
  bool known = number && column->format[0] != 'g' && compare_decimals(a, b, &order);
  known = known || (number && compare_reals(a, b, &order));
  if (!known && sl_cursor_is_timestamp(column)) { /* raw ones may be numbers: seconds since 1970 */
    known = compare_times(a, b, &order) || compare_decimals(a, b, &order);
  }
  return known ? order : strcmp(a, b);
}

/* dlt's typed JSON: one character of the private use area before the text (dlt: json custom_pua).
 */
enum { MARK_BYTES = 3 };

static const char *mark_of(const struct sl_db_column *column, const char *value) {
  struct sl_iso iso;
  if (column->format[0] == 'd') {
    return SL_MARK_DECIMAL;
  }
  bool time = sl_cursor_is_timestamp(column) || sl_cursor_is_date(column);
  if (!time || !sl_iso_parse(sl_text_of(value), &iso)) {
    return "";
  }
  return sl_cursor_is_timestamp(column) && iso.kind != SL_ISO_TIME ? SL_MARK_TIMESTAMP
         : sl_cursor_is_date(column) && iso.kind == SL_ISO_DATE    ? SL_MARK_DATE
                                                                   : "";
}

/* Numbers as JSON has them, whatever the user wrote ("+5"); false: no number that JSON has. */
static bool bare_number(const struct sl_db_column *column, const char *value,
                        struct sl_buffer *out) {
  struct sl_decimal number;
  char text[48];
  const char *end = NULL;
  bool time = sl_cursor_is_timestamp(column) || sl_cursor_is_date(column);
  if (column->format[0] == 'd' || (!time && !sl_cursor_is_number(column))) {
    return false;
  }
  if (column->format[0] == 'g') {
    double real = sl_real_parse(value, &end);
    bool good = end != value && *end == '\0' && isfinite(real);
    if (good) {
      sl_json_double(out, real);
    }
    return good;
  }
  if (!sl_decimal_parse(sl_text_of(value), &number)) {
    return false;
  }
  sl_buffer_append(out, text, sl_decimal_print(text, number));
  return true;
}

void sl_cursor_to_json(const struct sl_db_column *column, const char *value,
                       struct sl_buffer *out) {
  struct sl_buffer text = { 0 };
  const char *mark = mark_of(column, value);
  if (mark[0] == '\0' && bare_number(column, value, out)) {
    return;
  }
  sl_buffer_text(&text, mark);
  sl_buffer_text(&text, value);
  sl_json_string(out, text.data == NULL ? "" : text.data, text.length);
  sl_buffer_release_part(&text, out);
}

const char *sl_cursor_unmark(const char *text) {
  bool marked = strncmp(text, "\xEF\x80", 2) == 0 && (unsigned char)text[2] >= 0xA6 &&
                (unsigned char)text[2] <= 0xAD;
  return marked ? text + MARK_BYTES : text;
}
