/* cursor_value.c - see cursor_value.h. */
#include "database/cursor_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "schema/json_text.h"

static bool is_date(const struct sl_db_column *c) {
  return strcmp(c->format, "tdD") == 0;
}

static bool is_timestamp(const struct sl_db_column *c) {
  return strncmp(c->format, "tsu:", 4) == 0;
}

static bool is_number(const struct sl_db_column *c) {
  return c->format[1] == '\0' ? strchr("lsig", c->format[0]) != NULL : c->format[0] == 'd';
}

static char *print_timestamp(const struct sl_db_column *c, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, c->format[4] != '\0');
  return strdup(text);
}

char *sl_cursor_canonical(const struct sl_db_column *column, const char *value, bool raw) {
  struct sl_iso iso;
  if (!raw && is_timestamp(column) && sl_iso_parse(sl_text_of(value), &iso)) {
    if (iso.kind == SL_ISO_TIMESTAMP) {
      return print_timestamp(column, iso.micros);
    }
    if (iso.kind == SL_ISO_DATE) {
      return print_timestamp(column, iso.days * SL_MICROS_PER_DAY);
    }
  }
  return strdup(value);
}

int sl_cursor_compare(const struct sl_db_column *column, const char *a, const char *b) {
  struct sl_decimal x, y;
  struct sl_iso s, t;
  if (is_number(column) && column->format[0] == 'g') {
    double u = sl_real_parse(a, NULL);
    double v = sl_real_parse(b, NULL);
    return (u > v) - (u < v);
  }
  if (is_number(column) && sl_decimal_parse(sl_text_of(a), &x) &&
      sl_decimal_parse(sl_text_of(b), &y)) {
    int32_t scale = x.scale > y.scale ? x.scale : y.scale;
    if (sl_decimal_rescale(&x, scale) && sl_decimal_rescale(&y, scale)) {
      return (x.coefficient > y.coefficient) - (x.coefficient < y.coefficient);
    }
  }
  if (is_timestamp(column) && sl_iso_parse(sl_text_of(a), &s) && sl_iso_parse(sl_text_of(b), &t) &&
      s.kind == SL_ISO_TIMESTAMP && t.kind == SL_ISO_TIMESTAMP) {
    return (s.micros > t.micros) - (s.micros < t.micros);
  }
  return strcmp(a, b);
}

static sl_status bad_lag(const struct sl_db_column *column, const char *value, const char *lag,
                         struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE,
                 "--lag %s: cannot be taken from '%s' of column %s (%s); a lag is a number: "
                 "seconds for times, days for dates",
                 lag, value, column->name, column->type_name);
}

static char *lag_number(const struct sl_db_column *column, const char *value, const char *lag) {
  char text[SL_REAL_CHARS];
  struct sl_decimal v, d;
  if (column->format[0] == 'g') {
    sl_real_print(text, sl_real_parse(value, NULL) - sl_real_parse(lag, NULL));
    return strdup(text);
  }
  if (!sl_decimal_parse(sl_text_of(value), &v) || !sl_decimal_parse(sl_text_of(lag), &d)) {
    return NULL;
  }
  if (column->format[0] != 'd') { /* an integer cursor: the lag's fraction is cut */
    double whole = trunc(sl_decimal_to_double(d));
    d = (struct sl_decimal){ (sl_int128)whole, 0 };
  }
  int32_t scale = v.scale > d.scale ? v.scale : d.scale;
  if (!sl_decimal_rescale(&v, scale) || !sl_decimal_rescale(&d, scale)) {
    return NULL;
  }
  v.coefficient -= d.coefficient;
  sl_decimal_print(text, v);
  return strdup(text);
}

/* Dates and times, also those that are kept as text: the form stays. */
static char *lag_time(const struct sl_db_column *column, const char *value, double lag) {
  struct sl_iso iso;
  char text[40];
  if (!sl_iso_parse(sl_text_of(value), &iso)) {
    return NULL;
  }
  if (iso.kind == SL_ISO_DATE) {
    sl_date_print(text, iso.days - (int32_t)lag);
    return strdup(text);
  }
  if (iso.kind != SL_ISO_TIMESTAMP) {
    return NULL;
  }
  int64_t micros = iso.micros - (int64_t)(lag * 1e6);
  if (is_timestamp(column)) {
    return print_timestamp(column, micros);
  }
  sl_timestamp_print(text, micros, iso.has_zone);
  if (strchr(value, 'T') == NULL) {
    text[10] = ' ';
  }
  return strdup(text);
}

sl_status sl_cursor_lag(const struct sl_db_column *column, const char *value, const char *lag,
                        char **out, struct sl_error *err) {
  const char *end = NULL;
  double number = sl_real_parse(lag, &end);
  if (end == lag || *end != '\0' || !isfinite(number)) {
    return bad_lag(column, value, lag, err);
  }
  *out = is_number(column) ? lag_number(column, value, lag) : lag_time(column, value, number);
  return *out == NULL ? bad_lag(column, value, lag, err) : SL_OK;
}

/* dlt's typed JSON: one character of the private use area before the text (dlt: json custom_pua).
 */
enum { MARK_BYTES = 3 };
static const char mark_decimal[] = "\xEF\x80\xA6";
static const char mark_timestamp[] = "\xEF\x80\xA7";
static const char mark_date[] = "\xEF\x80\xA8";

void sl_cursor_to_json(const struct sl_db_column *column, const char *value,
                       struct sl_buffer *out) {
  struct sl_buffer text = { 0 };
  struct sl_decimal number;
  if (is_number(column) && column->format[0] != 'd' &&
      sl_decimal_parse(sl_text_of(value), &number)) {
    sl_buffer_text(out, value);
    return;
  }
  sl_buffer_text(&text, column->format[0] == 'd' ? mark_decimal
                        : is_timestamp(column)   ? mark_timestamp
                        : is_date(column)        ? mark_date
                                                 : "");
  sl_buffer_text(&text, value);
  sl_json_string(out, text.data == NULL ? "" : text.data, text.length);
  out->failed = out->failed || text.failed;
  sl_buffer_release(&text);
}

const char *sl_cursor_unmark(const char *text) {
  bool marked = strncmp(text, "\xEF\x80", 2) == 0 && (unsigned char)text[2] >= 0xA6 &&
                (unsigned char)text[2] <= 0xAD;
  return marked ? text + MARK_BYTES : text;
}
