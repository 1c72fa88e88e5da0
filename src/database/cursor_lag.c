/* cursor_lag.c - a cursor's value moved back by a lag; see cursor_value.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "database/cursor_value.h"

static bool parse_lag(const char *lag, double *out) {
  const char *end = NULL;
  *out = sl_real_parse(lag, &end);
  return end != lag && *end == '\0' && isfinite(*out);
}

bool sl_cursor_lag_is_number(const char *lag) {
  double number;
  return parse_lag(lag, &number);
}

const char *sl_cursor_lag_given(const char *lag) {
  double number;
  return lag != NULL && parse_lag(lag, &number) && number == 0 ? NULL : lag;
}

static char *lag_real(const char *value, double lag) {
  char text[SL_REAL_CHARS];
  const char *end = NULL;
  double number = sl_real_parse(value, &end);
  if (end == value || *end != '\0') {
    return NULL;
  }
  sl_real_print(text, number - lag);
  return strdup(text);
}

/* An integer stays one: what is left of a fraction is cut, as Python's int() does. */
static char *lag_number(const struct sl_db_column *column, const char *value, const char *lag) {
  struct sl_decimal v, d;
  char text[48];
  if (!sl_decimal_parse(sl_text_of(value), &v) || !sl_decimal_parse(sl_text_of(lag), &d)) {
    return NULL;
  }
  bool integer = column->format[0] != 'd' && v.scale == 0;
  int32_t scale = v.scale > d.scale ? v.scale : d.scale;
  if (!sl_decimal_rescale(&v, scale) || !sl_decimal_rescale(&d, scale)) {
    return NULL;
  }
  v.coefficient -= d.coefficient;
  for (; integer && v.scale > 0; v.scale--) {
    v.coefficient /= 10;
  }
  sl_decimal_print(text, v);
  return strdup(text);
}

/* Prints a time in the form of another one: digits are replaced, everything else stays. False: a
 * form that has no place for a time (a week, an ordinal date). */
static bool print_like(const char *model, int64_t wall_micros, char out[80]) {
  enum { FIELDS = 6 };
  int64_t days = wall_micros / SL_MICROS_PER_DAY - (wall_micros % SL_MICROS_PER_DAY < 0);
  int64_t clock = wall_micros - days * SL_MICROS_PER_DAY;
  int64_t year;
  unsigned month, day;
  sl_civil_from_days(days, &year, &month, &day);
  int64_t seconds = clock / SL_MICROS_PER_SECOND;
  const int64_t fields[FIELDS] = {
    year, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60
  };
  char fraction[8];
  snprintf(fraction, sizeof fraction, "%06d", (int)(clock % SL_MICROS_PER_SECOND));
  int field = 0;
  size_t digits = 0; /* of the fraction */
  size_t n = strlen(model);
  if (n >= 60) {
    return false;
  }
  for (size_t i = 0; i < n;) {
    bool digit = model[i] >= '0' && model[i] <= '9';
    size_t width = field == 0 ? 4 : 2;
    if (field > 3 && (model[i] == 'Z' || model[i] == '+' || model[i] == '-')) {
      memcpy(out + i, model + i, n - i);
      break;
    }
    if (digit && field < FIELDS) {
      if (strspn(model + i, "0123456789") < width) {
        return false;
      }
      char text[24];
      snprintf(text, sizeof text, "%0*lld", (int)width, (long long)fields[field++]);
      memcpy(out + i, text, width);
      i += width;
    } else {
      out[i] = digit && digits < 6 ? fraction[digits++] : model[i];
      i++;
    }
  }
  out[n] = '\0';
  return true;
}

static bool is_date_form(const char *text) {
  struct sl_iso iso;
  size_t length = strlen(text);
  return (length == 8 || length == 10) && sl_iso_parse(sl_text_of(text), &iso) &&
         iso.kind == SL_ISO_DATE && strspn(text, "0123456789-") == length;
}

static const int64_t earliest = -719162 * INT64_C(86400000000); /* 0001-01-01 */

/* Whole days back: a date has no part of one. */
static int64_t days_back(int64_t day_micros, double lag) {
  return day_micros - (int64_t)ceil(lag) * SL_MICROS_PER_DAY;
}

/* Dates and times. `days`: the lag counts days. */
static char *lag_time(const struct sl_db_column *column, const char *value, double lag, bool days,
                      bool keep_form) {
  struct sl_iso iso;
  char text[80];
  char same[80];
  if (fabs(lag) > 4e9 || !sl_iso_parse(sl_text_of(value), &iso) || iso.kind == SL_ISO_TIME) {
    return NULL;
  }
  int64_t offset = iso.kind == SL_ISO_DATE ? 0 : iso.offset_seconds * SL_MICROS_PER_SECOND;
  int64_t micros = iso.kind == SL_ISO_DATE ? iso.days * SL_MICROS_PER_DAY : iso.micros;
  int64_t lagged;
  if (days) { /* a time goes back to the beginning of the day, in UTC */
    int64_t rest = ((micros % SL_MICROS_PER_DAY) + SL_MICROS_PER_DAY) % SL_MICROS_PER_DAY;
    lagged = days_back(micros - rest, lag);
  } else {
    lagged = micros - (int64_t)llrint(lag * 1e6);
  }
  if (lagged < earliest) {
    return NULL;
  }
  if (!keep_form && sl_cursor_is_timestamp(column)) {
    sl_timestamp_print(text, lagged, column->format[4] != '\0');
    return strdup(text);
  }
  if (!print_like(value, micros + offset, same) || strcmp(same, value) != 0 ||
      !print_like(value, lagged + offset, text)) {
    return NULL;
  }
  return strdup(text);
}

/* What the first value was given as decides the unit, else the value itself. */
static bool counts_days(const char *value, const char *initial) {
  struct sl_iso iso;
  bool known =
      initial != NULL && sl_iso_parse(sl_text_of(initial), &iso) && iso.kind != SL_ISO_TIME;
  return is_date_form(known ? initial : value);
}

sl_status sl_cursor_lag(const struct sl_db_column *column, const char *value, const char *lag,
                        const char *initial, bool raw, char **out, struct sl_error *err) {
  struct sl_decimal number;
  double back = 0;
  *out = NULL;
  bool good = parse_lag(lag, &back);
  bool is_text = !sl_cursor_is_date(column) && !sl_cursor_is_timestamp(column);
  if (good && (column->format[0] == 'g')) {
    *out = lag_real(value, back);
  } else if (good && (sl_cursor_is_number(column) ||
                      (!is_text && raw && sl_decimal_parse(sl_text_of(value), &number)))) {
    *out = lag_number(column, value, lag);
  } else if (good) {
    bool days = sl_cursor_is_date(column) || (is_text && counts_days(value, initial));
    *out = lag_time(column, value, back, days, raw || is_text);
  }
  return *out != NULL
             ? SL_OK
             : sl_fail(err, SL_EUSAGE,
                       "--lag %s: cannot be taken from '%s' of column %s (%s); a lag is a number: "
                       "seconds for times, days for dates",
                       lag, value, column->name, column->type_name);
}
