/* iso.c - sl_iso_parse: what dlt takes for a date, a time or a timestamp.
 *
 * dlt 1.31 asks pendulum 3.3 twice: first its ISO 8601 parser, then, where that fails or names a
 * day that is not, its pattern of common formats ("2024/01/15 7:58", digits of any script). So do
 * we. Where dlt detects a timestamp and then fails to store it (an offset of a day or more, an
 * instant outside the years 1 to 9999), the text is none. */
#include "base/iso_parts.h"

/* Reads exactly n digits. */
static bool digits(struct sl_iso_scan *s, int n, unsigned *out) {
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

static bool date_ends(const struct sl_iso_scan *s) {
  return at_end(s) || *s->at == ' ' || *s->at == 'T';
}

static bool zone_starts(const struct sl_iso_scan *s) {
  return next_is(s, 'Z') || next_is(s, '+') || next_is(s, '-');
}

static bool is_leap(unsigned year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* 0 = Monday */
static int64_t weekday(int64_t days) {
  int64_t day = (days + 3) % 7;
  return day < 0 ? day + 7 : day;
}

/* Week 0 and day 0 count back from week 1 and Monday, as pendulum lets them. */
static bool set_week(struct sl_iso_parts *p, unsigned week, unsigned day) {
  int64_t january4 = sl_days_from_civil(p->year, 1, 4);
  int64_t january1 = january4 - 3;
  bool has_week53 = weekday(january1) == 3 || (is_leap(p->year) && weekday(january1) == 2);
  p->is_day_number = true;
  p->days = january4 - weekday(january4) + ((int64_t)week - 1) * 7 + (int64_t)day - 1;
  return week <= (has_week53 ? 53 : 52) && day <= 7;
}

static bool set_ordinal(struct sl_iso_parts *p, unsigned day) {
  p->is_day_number = true;
  p->days = sl_days_from_civil(p->year, 1, 1) + (int64_t)day - 1;
  return day >= 1 && day <= (is_leap(p->year) ? 366U : 365U);
}

/* After "2024-": W03, W03-1, 01, 01-15, 015 */
static bool iso_extended_date(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  unsigned number = 0;
  unsigned last = 1;
  p->extended = true;
  if (take(s, 'W')) {
    return digits(s, 2, &number) && (date_ends(s) || (take(s, '-') && digits(s, 1, &last))) &&
           set_week(p, number, last);
  }
  if (!digits(s, 2, &p->month)) {
    return false;
  }
  p->day = 1;
  if (date_ends(s)) {
    return true;
  }
  if (take(s, '-')) {
    return digits(s, 2, &p->day);
  }
  return digits(s, 1, &last) && set_ordinal(p, p->month * 10 + last);
}

/* After "2024": W03, W031, 015, 0115 */
static bool iso_basic_date(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  unsigned number = 0;
  unsigned last = 1;
  if (take(s, 'W')) {
    return digits(s, 2, &number) && (date_ends(s) || digits(s, 1, &last)) &&
           set_week(p, number, last);
  }
  if (!digits(s, 2, &p->month) || !digits(s, 1, &number)) {
    return false;
  }
  if (date_ends(s)) {
    return set_ordinal(p, p->month * 10 + number);
  }
  if (!digits(s, 1, &last)) {
    return false;
  }
  p->day = number * 10 + last;
  return true;
}

/* .123456789 or ,5: six digits count, the rest is cut. */
static bool fraction(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  if (!take(s, '.') && !take(s, ',')) {
    return true;
  }
  int n = 0;
  p->micros = 0;
  for (; s->at < s->end && is_digit(*s->at); s->at++, n++) {
    if (n < 6) {
      p->micros = p->micros * 10 + (unsigned)(*s->at - '0');
    }
  }
  for (int i = n; i < 6; i++) {
    p->micros *= 10;
  }
  return n > 0;
}

/* Z, +HH, +HHMM, +HH:MM, or nothing. Minutes may be up to 99. */
static bool zone(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  if (at_end(s)) {
    return true;
  }
  p->has_zone = true;
  if (take(s, 'Z')) {
    return true;
  }
  bool negative = next_is(s, '-');
  if (!take(s, '+') && !take(s, '-')) {
    return false;
  }
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!digits(s, 2, &hours)) {
    return false;
  }
  take(s, ':');
  if (!at_end(s) && !digits(s, 2, &minutes)) {
    return false;
  }
  int32_t offset = (int32_t)(hours * 3600 + minutes * 60);
  p->offset_seconds = negative ? -offset : offset;
  return offset < 86400;
}

/* What follows the hour. Extended and basic forms must not be mixed, except for 20240115T10:30. */
static bool iso_minutes(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  if (at_end(s) || zone_starts(s)) {
    return zone(s, p);
  }
  if (take(s, ':')) {
    if (!digits(s, 2, &p->minute)) {
      return false;
    }
    if (!at_end(s) && !zone_starts(s)) {
      return p->extended && take(s, ':') && digits(s, 2, &p->second) && fraction(s, p) &&
             zone(s, p);
    }
    return zone(s, p);
  }
  if (p->extended || !digits(s, 2, &p->minute)) {
    return false;
  }
  if (!at_end(s) && !zone_starts(s)) {
    return digits(s, 2, &p->second) && fraction(s, p) && zone(s, p);
  }
  return zone(s, p);
}

static bool iso_time(struct sl_iso_scan *s, struct sl_iso_parts *p) {
  p->has_time = true;
  return (take(s, 'T') || take(s, ' ')) && digits(s, 2, &p->hour) && iso_minutes(s, p);
}

static bool match_iso(struct sl_text text, struct sl_iso_parts *p) {
  struct sl_iso_scan s = { text.data, text.data + text.length };
  unsigned first = 0;
  *p = (struct sl_iso_parts){ .month = 1, .day = 1 };
  if (next_is(&s, 'T')) {
    return iso_time(&s, p) && at_end(&s);
  }
  if (!digits(&s, 2, &first)) {
    return false;
  }
  if (next_is(&s, ':')) {
    p->has_time = true;
    p->extended = true;
    p->hour = first;
    return iso_minutes(&s, p) && at_end(&s);
  }
  p->has_date = true;
  if (!digits(&s, 2, &p->year)) {
    return false;
  }
  p->year += first * 100;
  return (take(&s, '-') ? iso_extended_date(&s, p) : iso_basic_date(&s, p)) &&
         (at_end(&s) || iso_time(&s, p)) && at_end(&s);
}

/* 0001-01-01 and 9999-12-31: what Python's datetime holds. */
static const int64_t first_day = -719162;
static const int64_t last_day = 2932896;

static bool set_date(const struct sl_iso_parts *p, int64_t *days) {
  static const unsigned char month_days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  if (p->is_day_number) {
    *days = p->days;
    return *days >= first_day && *days <= last_day;
  }
  if (p->year < 1 || p->month < 1 || p->month > 12 || p->day < 1 ||
      p->day > month_days[p->month - 1] + (unsigned)(p->month == 2 && is_leap(p->year))) {
    return false;
  }
  *days = sl_days_from_civil(p->year, p->month, p->day);
  return true;
}

/* Checks the parts and puts them together. */
static bool build(const struct sl_iso_parts *p, struct sl_iso *out) {
  int64_t days = 0;
  if ((p->has_date && !set_date(p, &days)) || p->hour > 23 || p->minute > 59 || p->second > 59) {
    return false;
  }
  int64_t seconds = (int64_t)p->hour * 3600 + p->minute * 60 + p->second - p->offset_seconds;
  out->has_zone = p->has_zone;
  out->offset_seconds = p->offset_seconds;
  if (!p->has_time) {
    out->kind = SL_ISO_DATE;
    out->days = (int32_t)days;
    return true;
  }
  if (!p->has_date) {
    out->kind = SL_ISO_TIME;
    out->micros = (seconds + 86400) % 86400 * SL_MICROS_PER_SECOND + p->micros;
    return true;
  }
  out->kind = SL_ISO_TIMESTAMP;
  out->micros = (days * 86400 + seconds) * SL_MICROS_PER_SECOND + p->micros;
  return out->micros >= first_day * SL_MICROS_PER_DAY &&
         out->micros < (last_day + 1) * SL_MICROS_PER_DAY;
}

/* Eight bytes that must be digits (pattern '0') or exactly a separator: two words of arithmetic. */
static bool matches8(const char *at, const char pattern[8], uint64_t room) {
  uint64_t bytes;
  uint64_t want;
  memcpy(&bytes, at, 8);
  memcpy(&want, pattern, 8);
  bytes ^= want;
  return (((bytes + room) | bytes) & UINT64_C(0x8080808080808080)) == 0;
}

static unsigned two(const char *at) {
  return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

/* The common form "2024-01-02T03:04:05", without what may follow; little-endian. */
static bool match_common_form(const char *at, struct sl_iso_parts *p) {
  /* A digit xor '0' plus 0x76 stays below 0x80; a separator xor itself plus 0x7F does. */
  if (!matches8(at, "0000-00-", UINT64_C(0x7F76767F76767676)) ||
      !matches8(at + 11, "00:00:00", UINT64_C(0x76767F76767F7676)) || !is_digit(at[8]) ||
      !is_digit(at[9]) || (at[10] != 'T' && at[10] != ' ')) {
    return false;
  }
  *p = (struct sl_iso_parts){ .has_date = true, .has_time = true, .extended = true };
  p->year = two(at) * 100 + two(at + 2);
  p->month = two(at + 5);
  p->day = two(at + 8);
  p->hour = two(at + 11);
  p->minute = two(at + 14);
  p->second = two(at + 17);
  return true;
}

/* Numbers of eleven digits and more, which are common as identifiers: no form has so long a run. */
static bool is_long_number(struct sl_text text) {
  return text.length >= 11 && matches8(text.data, "00000000", UINT64_C(0x7676767676767676)) &&
         is_digit(text.data[8]) && is_digit(text.data[9]) && is_digit(text.data[10]);
}

bool sl_iso_parse(struct sl_text text, struct sl_iso *out) {
  *out = (struct sl_iso){ 0 };
  struct sl_iso_parts p;
  if (text.length < 3) {
    return false;
  }
  unsigned char first = (unsigned char)text.data[0];
  if (!is_digit((char)first) && first != 'T' && first != ' ' && first < 0x80) {
    return false;
  }
  bool found = false;
  if (text.length >= 19 && match_common_form(text.data, &p)) {
    struct sl_iso_scan rest = { text.data + 19, text.data + text.length };
    found = fraction(&rest, &p) && zone(&rest, &p) && at_end(&rest) && build(&p, out);
  } else if (!is_long_number(text)) {
    found = (match_iso(text, &p) && build(&p, out)) ||
            (sl_iso_match_common(text, &p) && build(&p, out));
  }
  if (!found) {
    *out = (struct sl_iso){ 0 };
  }
  return found;
}
