/* time.c - see time.h.
 *
 * The ISO parser accepts what dlt's parse_iso_like_datetime accepts (pendulum's ISO 8601 parser and its
 * fallback); tests/unit/base/test_time.c holds vectors made by dlt itself. */
#include "base/time.h"

#include <stdio.h>
#include <time.h>

/* Howard Hinnant's civil calendar, with years from March. */
int64_t sl_days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  unsigned year_of_era = (unsigned)(year - era * 400);
  unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + (int64_t)day_of_era - 719468;
}

void sl_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  unsigned day_of_era = (unsigned)(days - era * 146097);
  unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted + 2) / 5 + 1;
  *month = shifted < 10 ? shifted + 3 : shifted - 9;
  *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

struct scan { /* a position in the text */
  const char *at, *end;
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Reads exactly n digits. */
static bool digits(struct scan *s, int n, unsigned *out) {
  if (s->end - s->at < n) {
    return false;
  }
  unsigned value = 0;
  for (int i = 0; i < n; i++) {
    if (!is_digit(s->at[i])) {
      return false;
    }
    value = value * 10 + (unsigned)(s->at[i] - '0');
  }
  s->at += n;
  *out = value;
  return true;
}

static bool take(struct scan *s, char c) {
  if (s->at < s->end && *s->at == c) {
    s->at++;
    return true;
  }
  return false;
}

static int digit_run(const struct scan *s) {
  int n = 0;
  while (s->at + n < s->end && is_digit(s->at[n])) {
    n++;
  }
  return n;
}

static unsigned month_days(unsigned year, unsigned month) {
  static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

static bool civil_date(unsigned year, unsigned month, unsigned day, int32_t *out) {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month)) {
    return false;
  }
  *out = (int32_t)sl_days_from_civil(year, month, day);
  return true;
}

/* 2024-W03-1: the Monday of week 1 is in the week of January 4th. */
static bool week_date(unsigned year, unsigned week, unsigned weekday, int32_t *out) {
  if (year < 1 || week < 1 || week > 53 || weekday < 1 || weekday > 7) {
    return false;
  }
  int64_t january4 = sl_days_from_civil(year, 1, 4);
  int64_t monday = january4 - (january4 + 3) % 7;
  int64_t next = sl_days_from_civil((int64_t)year + 1, 1, 4);
  int64_t next_monday = next - (next + 3) % 7;
  int64_t day = monday + (int64_t)(week - 1) * 7 + weekday - 1;
  *out = (int32_t)day;
  return monday + (int64_t)(week - 1) * 7 < next_monday;
}

static bool ordinal_date(unsigned year, unsigned day, int32_t *out) {
  unsigned most = month_days(year, 2) == 29 ? 366 : 365;
  if (year < 1 || day < 1 || day > most) {
    return false;
  }
  *out = (int32_t)(sl_days_from_civil(year, 1, 1) + day - 1);
  return true;
}

/* The date part. *short_form: year or year-month only, which never goes with a time. */
static bool parse_date(struct scan *s, int32_t *days, bool *short_form) {
  unsigned year;
  unsigned month;
  unsigned day;
  unsigned week;
  *short_form = false;
  if (!digits(s, 4, &year)) {
    return false;
  }
  char separator = s->at < s->end && (*s->at == '-' || *s->at == '/') ? *s->at : '\0';
  if (separator != '\0') {
    s->at++;
  }
  if (separator != '/' && take(s, 'W')) {
    unsigned weekday = 1;
    if (!digits(s, 2, &week)) {
      return false;
    }
    if (separator == '-' ? take(s, '-') : digit_run(s) > 0) {
      if (!digits(s, 1, &weekday)) {
        return false;
      }
    }
    return week_date(year, week, weekday, days);
  }
  int run = digit_run(s);
  if (run == 3 && separator != '/') {
    return digits(s, 3, &day) && ordinal_date(year, day, days);
  }
  if (run == 0 && separator == '\0') {
    *short_form = true;
    return civil_date(year, 1, 1, days);
  }
  if (separator == '\0') {
    return run == 4 && digits(s, 2, &month) && digits(s, 2, &day) &&
           civil_date(year, month, day, days);
  }
  if (run != 2 || !digits(s, 2, &month)) {
    return false;
  }
  if (!take(s, separator)) {
    *short_form = true;
    return civil_date(year, month, 1, days);
  }
  return digit_run(s) == 2 && digits(s, 2, &day) && civil_date(year, month, day, days);
}

/* .123456789 or ,5: six digits count, the rest is cut. */
static bool parse_fraction(struct scan *s, int64_t *micros) {
  if (!take(s, '.') && !take(s, ',')) {
    return true;
  }
  int run = digit_run(s);
  if (run == 0) {
    return false;
  }
  int64_t value = 0;
  for (int i = 0; i < 6; i++) {
    value = value * 10 + (i < run ? s->at[i] - '0' : 0);
  }
  s->at += run;
  *micros += value;
  return true;
}

static bool parse_clock(struct scan *s, int64_t *micros) {
  unsigned hour;
  unsigned minute = 0;
  unsigned second = 0;
  if (!digits(s, 2, &hour) || hour > 23) {
    return false;
  }
  bool extended = take(s, ':');
  bool seconds = false;
  if (extended || digit_run(s) > 0) {
    if (!digits(s, 2, &minute) || minute > 59) {
      return false;
    }
    seconds = extended ? take(s, ':') : digit_run(s) > 0;
    if (seconds && (!digits(s, 2, &second) || second > 59)) {
      return false;
    }
  }
  *micros = ((int64_t)hour * 3600 + minute * 60 + second) * SL_MICROS_PER_SECOND;
  return !seconds || parse_fraction(s, micros);
}

/* Z, +HH, +HHMM, +HH:MM */
static bool parse_zone(struct scan *s, struct sl_iso *out) {
  if (s->at == s->end) {
    return true;
  }
  out->has_zone = true;
  if (take(s, 'Z')) {
    return true;
  }
  char sign = *s->at;
  if (sign != '+' && sign != '-') {
    return false;
  }
  s->at++;
  unsigned hours;
  unsigned minutes = 0;
  if (!digits(s, 2, &hours)) {
    return false;
  }
  if (take(s, ':') || s->at < s->end) {
    if (!digits(s, 2, &minutes)) {
      return false;
    }
  }
  if (hours > 23 || minutes > 59) {
    return false;
  }
  int32_t offset = (int32_t)(hours * 3600 + minutes * 60);
  out->offset_seconds = sign == '-' ? -offset : offset;
  return true;
}

static bool parse_time_of_day(struct scan *s, struct sl_iso *out) {
  if (!parse_clock(s, &out->micros) || s->at != s->end) {
    return false;
  }
  out->kind = SL_ISO_TIME;
  return true;
}

static bool parse(struct sl_text text, struct sl_iso *out) {
  struct scan s = { text.data, text.data + text.length };
  if (text.length >= 3 && (text.data[0] == 'T' || text.data[2] == ':')) {
    take(&s, 'T');
    return parse_time_of_day(&s, out);
  }
  bool short_form;
  if (!parse_date(&s, &out->days, &short_form)) {
    return false;
  }
  if (s.at == s.end) {
    out->kind = SL_ISO_DATE;
    return true;
  }
  if (short_form || (!take(&s, 'T') && !take(&s, ' ')) || !parse_clock(&s, &out->micros) ||
      !parse_zone(&s, out) || s.at != s.end) {
    return false;
  }
  out->micros += (int64_t)out->days * SL_MICROS_PER_DAY -
                 (int64_t)out->offset_seconds * SL_MICROS_PER_SECOND;
  out->kind = SL_ISO_TIMESTAMP;
  return true;
}

bool sl_iso_parse(struct sl_text text, struct sl_iso *out) {
  *out = (struct sl_iso){ 0 };
  /* Most text is no date: the shortest form is 2024, the longest has 40 characters. */
  if (text.length < 3 || text.length > 48 ||
      (!is_digit(text.data[0]) && text.data[0] != 'T') || !parse(text, out)) {
    out->kind = SL_ISO_NONE;
    return false;
  }
  return true;
}

size_t sl_date_print(char out[16], int32_t days) {
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  char text[32];
  int n = snprintf(text, sizeof text, "%04lld-%02u-%02u", (long long)year, month, day);
  memcpy(out, text, (size_t)n < 16 ? (size_t)n + 1 : 16);
  out[15] = '\0';
  return strlen(out);
}

size_t sl_time_print(char out[20], int64_t micros) {
  unsigned seconds = (unsigned)(micros / SL_MICROS_PER_SECOND % 86400);
  unsigned fraction = (unsigned)(micros % SL_MICROS_PER_SECOND);
  int n = snprintf(out, 20, "%02u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction != 0) {
    n += snprintf(out + n, 20 - (size_t)n, ".%06u", fraction);
  }
  return (size_t)n;
}

size_t sl_timestamp_print(char out[40], int64_t micros, bool zone) {
  int64_t days = micros / SL_MICROS_PER_DAY;
  int64_t rest = micros % SL_MICROS_PER_DAY;
  if (rest < 0) {
    rest += SL_MICROS_PER_DAY;
    days--;
  }
  size_t n = sl_date_print(out, (int32_t)days);
  out[n++] = 'T';
  n += sl_time_print(out + n, rest);
  if (zone) {
    memcpy(out + n, "+00:00", 7);
    n += 6;
  }
  return n;
}

int64_t sl_now_micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * SL_MICROS_PER_SECOND + now.tv_nsec / 1000;
}

int64_t sl_monotonic_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
