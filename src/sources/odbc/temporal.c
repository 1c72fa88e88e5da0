/* temporal.c - see temporal.h. */
#include "temporal.h"

#include <string.h>
#include <strings.h>

#include "base/time.h"

/* `count` digits at `text` as a number; -1 = something else. */
static int digits(const char *text, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    unsigned digit = (unsigned)(text[i] - '0');
    if (digit > 9) {
      return -1;
    }
    value = value * 10 + (int)digit;
  }
  return value;
}

static bool make_days(int year, int month, int day, int32_t *out) {
  static const int8_t lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) {
    return false;
  }
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2 && day == 29 && !leap) {
    return false;
  }
  *out = (int32_t)sl_days_from_civil(year, (unsigned)month, (unsigned)day);
  return true;
}

bool odbc_parse_date(const char *text, size_t length, int32_t *days) {
  return length == 10 && text[4] == '-' && text[7] == '-' &&
         make_days(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2), days);
}

/* "23:59:59.123" at *at, which moves behind it. */
static bool take_time(const char **at, const char *end, struct odbc_moment *out) {
  static const int32_t scale[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };
  const char *t = *at;
  if (end - t < 8 || t[2] != ':' || t[5] != ':') {
    return false;
  }
  int hour = digits(t, 2);
  int minute = digits(t + 3, 2);
  int second = digits(t + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return false;
  }
  int count = 0;
  int32_t fraction = 0;
  t += 8;
  if (t < end && *t == '.') {
    for (t++; t < end && *t >= '0' && *t <= '9'; t++, count++) {
      fraction = count < 6 ? fraction * 10 + (*t - '0') : fraction;
      out->finer = out->finer || (count >= 6 && *t != '0');
    }
  }
  *at = t;
  out->micros = ((hour * 60 + minute) * INT64_C(60) + second) * SL_MICROS_PER_SECOND +
                (int64_t)fraction * scale[count < 6 ? count : 6];
  return true;
}

bool odbc_parse_time(const char *text, size_t length, struct odbc_moment *out) {
  const char *at = text;
  *out = (struct odbc_moment){ 0 };
  return take_time(&at, text + length, out) && at == text + length;
}

/* The zone that ends the text; nothing is none. */
static bool take_zone(const char *at, const char *end, struct odbc_moment *out) {
  while (at < end && *at == ' ') {
    at++;
  }
  size_t n = (size_t)(end - at);
  if (n == 0) {
    return true;
  }
  out->has_zone = true;
  if ((n == 1 && *at == 'Z') || (n == 3 && strncasecmp(at, "UTC", 3) == 0)) {
    return true;
  }
  if ((*at != '+' && *at != '-') || n < 3) {
    return false;
  }
  bool colon = n >= 6 && at[3] == ':';
  int hours = digits(at + 1, 2);
  int minutes = n == 3 ? 0 : n == 5 ? digits(at + 3, 2) : colon ? digits(at + 4, 2) : -1;
  int seconds = n == 9 && at[6] == ':' ? digits(at + 7, 2) : n <= 6 ? 0 : -1;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
    return false;
  }
  int64_t offset = ((hours * 60 + minutes) * INT64_C(60) + seconds) * SL_MICROS_PER_SECOND;
  out->micros -= *at == '-' ? -offset : offset;
  return true;
}

bool odbc_parse_timestamp(const char *text, size_t length, struct odbc_moment *out) {
  const char *end = text + length;
  const char *at = text + 11;
  int32_t days;
  *out = (struct odbc_moment){ 0 };
  if (length < 10 || !odbc_parse_date(text, 10, &days)) {
    return false;
  }
  if (length > 10) {
    if ((text[10] != ' ' && text[10] != 'T') || !take_time(&at, end, out) ||
        !take_zone(at, end, out)) {
      return false;
    }
  }
  out->micros += days * SL_MICROS_PER_DAY;
  return true;
}

bool odbc_date_days(const SQL_DATE_STRUCT *date, int32_t *days) {
  return make_days(date->year, date->month, date->day, days);
}

bool odbc_timestamp_micros(const SQL_TIMESTAMP_STRUCT *t, struct odbc_moment *out) {
  int32_t days;
  *out = (struct odbc_moment){ 0 };
  if (!make_days(t->year, t->month, t->day, &days) || t->hour > 23 || t->minute > 59 ||
      t->second > 59 || t->fraction > 999999999) {
    return false;
  }
  int64_t seconds = ((int64_t)t->hour * 60 + t->minute) * 60 + t->second;
  out->micros = days * SL_MICROS_PER_DAY + seconds * SL_MICROS_PER_SECOND + t->fraction / 1000;
  out->finer = t->fraction % 1000 != 0;
  return true;
}
