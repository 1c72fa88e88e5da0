/* csv_value.c - truth values, dates and times of csv_value.h, and the type of a text. */
#include "csv_value.h"

#include <string.h>

#include "base/time.h"

static inline bool is_digit(char c) {
  return (unsigned char)(c - '0') <= 9;
}

static inline unsigned two(const char *at) {
  return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

static inline bool are_digits(const char *at, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (!is_digit(at[i])) {
      return false;
    }
  }
  return true;
}

bool csv_parse_bool(const char *text, size_t length, bool *out) {
  static const char *const words[2][3] = { { "false", "False", "FALSE" },
                                           { "true", "True", "TRUE" } };
  for (size_t i = 0; i < 6; i++) {
    const char *word = words[i / 3][i % 3];
    if (strlen(word) == length && memcmp(word, text, length) == 0) {
      *out = i >= 3;
      return true;
    }
  }
  return false;
}

/* The first ten characters as a date. */
static inline bool date_at(const char *text, int32_t *days) {
  static const unsigned char month_days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  if ((text[4] != '-' && text[4] != '/') || text[7] != text[4] || !are_digits(text, 4) ||
      !are_digits(text + 5, 2) || !are_digits(text + 8, 2)) {
    return false;
  }
  unsigned year = two(text) * 100 + two(text + 2);
  unsigned month = two(text + 5);
  unsigned day = two(text + 8);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days[month]) {
    return false;
  }
  if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) {
    return false;
  }
  *days = (int32_t)sl_days_from_civil(year, month, day);
  return true;
}

bool csv_parse_date(const char *text, size_t length, int32_t *days) {
  return length == 10 && date_at(text, days);
}

/* .f to .ffffff, more digits only when they are 0; moves *at behind. */
static bool fraction(const char **at, const char *end, int64_t *micros) {
  const char *p = *at + 1;
  int64_t value = 0;
  int n = 0;
  for (; p < end && is_digit(*p); p++, n++) {
    if (n < 6) {
      value = value * 10 + (*p - '0');
    } else if (*p != '0') {
      return false;
    }
  }
  for (int i = n; i < 6; i++) {
    value *= 10;
  }
  *at = p;
  *micros = value;
  return n > 0;
}

/* hh:mm[:ss[.f]]; moves *at behind. */
static bool clock_at(const char **at, const char *end, bool seconds_needed, int64_t *micros) {
  const char *p = *at;
  unsigned seconds = 0;
  int64_t rest = 0;
  if (end - p < 5 || !are_digits(p, 2) || p[2] != ':' || !are_digits(p + 3, 2)) {
    return false;
  }
  unsigned hours = two(p);
  unsigned minutes = two(p + 3);
  p += 5;
  if (end - p >= 3 && p[0] == ':' && are_digits(p + 1, 2)) {
    seconds = two(p + 1);
    p += 3;
    if (p < end && *p == '.' && !fraction(&p, end, &rest)) {
      return false;
    }
  } else if (seconds_needed) {
    return false;
  }
  *at = p;
  *micros = ((int64_t)hours * 3600 + minutes * 60 + seconds) * SL_MICROS_PER_SECOND + rest;
  return hours < 24 && minutes < 60 && seconds < 60;
}

bool csv_parse_time(const char *text, size_t length, int64_t *micros) {
  const char *end = text + length;
  return clock_at(&text, end, true, micros) && text == end;
}

/* Z, +hh, +hhmm, +hh:mm up to the end. */
static bool zone(const char *at, const char *end, int64_t *micros) {
  if (end - at == 1 && *at == 'Z') {
    *micros = 0;
    return true;
  }
  if ((end - at != 3 && end - at != 5 && end - at != 6) || (*at != '+' && *at != '-') ||
      !are_digits(at + 1, 2)) {
    return false;
  }
  unsigned hours = two(at + 1);
  unsigned minutes = 0;
  if (end - at > 3) {
    const char *rest = at + 3 + (end - at == 6);
    if ((end - at == 6 && at[3] != ':') || !are_digits(rest, 2)) {
      return false;
    }
    minutes = two(rest);
  }
  int64_t seconds = (int64_t)hours * 3600 + minutes * 60;
  *micros = (*at == '-' ? -seconds : seconds) * SL_MICROS_PER_SECOND;
  return hours < 24 && minutes < 60;
}

bool csv_parse_timestamp(const char *text, size_t length, bool zoned, int64_t *micros) {
  static const int64_t first = -719162 * SL_MICROS_PER_DAY;  /* 0001-01-01 */
  static const int64_t behind = 2932897 * SL_MICROS_PER_DAY; /* 10000-01-01 */
  const char *end = text + length;
  int32_t days;
  int64_t time;
  int64_t offset = 0;
  if (length < 16 || (text[10] != ' ' && text[10] != 'T') || !date_at(text, &days)) {
    return false;
  }
  const char *at = text + 11;
  if (!clock_at(&at, end, false, &time) || (at < end) != zoned ||
      (zoned && !zone(at, end, &offset))) {
    return false;
  }
  *micros = days * SL_MICROS_PER_DAY + time - offset;
  return *micros >= first && *micros < behind;
}

static struct sl_text without_blanks(struct sl_text text) {
  while (text.length > 0 && text.data[0] == ' ') {
    text.data++;
    text.length--;
  }
  while (text.length > 0 && text.data[text.length - 1] == ' ') {
    text.length--;
  }
  return text;
}

/* A text that begins with a digit. */
static enum csv_type read_time(const char *text, size_t n, struct csv_value *out) {
  int32_t days;
  if (csv_parse_date(text, n, &days)) {
    out->as.integer = days;
    return CSV_DATE;
  }
  if (n < 8) {
    return CSV_TEXT;
  }
  if (csv_parse_timestamp(text, n, false, &out->as.integer)) {
    return CSV_TIMESTAMP;
  }
  if (csv_parse_timestamp(text, n, true, &out->as.integer)) {
    return CSV_TIMESTAMPTZ;
  }
  return csv_parse_time(text, n, &out->as.integer) ? CSV_TIME : CSV_TEXT;
}

void csv_value_read(struct sl_text whole, struct csv_value *out) {
  struct sl_text text = without_blanks(whole);
  *out = (struct csv_value){ .type = CSV_TEXT };
  if (text.length == 0) {
    return;
  }
  char first = text.data[0];
  if ((is_digit(first) || first == '-' || first == '.' || (first | 0x20) == 'n' ||
       (first | 0x20) == 'i') &&
      csv_read_number(text, out)) {
    return;
  }
  *out = (struct csv_value){ .type = CSV_TEXT };
  if (is_digit(first)) {
    out->type = read_time(text.data, text.length, out);
  } else if (csv_parse_bool(text.data, text.length, &out->as.boolean)) {
    out->type = CSV_BOOL;
  }
}
