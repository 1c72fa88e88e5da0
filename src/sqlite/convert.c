/* convert.c - see convert.h. */
#include "sqlite/convert.h"

#include <math.h>

#include "base/time.h"

/* Reads exactly n digits. */
static bool digits(const char **at, const char *end, int n, int64_t *out) {
  int64_t value = 0;
  if (end - *at < n) {
    return false;
  }
  for (int i = 0; i < n; i++) {
    unsigned digit = (unsigned char)(*at)[i] - '0';
    if (digit > 9) {
      return false;
    }
    value = value * 10 + (int64_t)digit;
  }
  *at += n;
  *out = value;
  return true;
}

static bool skip(const char **at, const char *end, char c) {
  bool there = *at < end && **at == c;
  *at += there;
  return there;
}

static bool parse_date(const char **at, const char *end, int64_t *days) {
  static const char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  int64_t year, month, day;
  if (!digits(at, end, 4, &year) || !skip(at, end, '-') || !digits(at, end, 2, &month) ||
      !skip(at, end, '-') || !digits(at, end, 2, &day)) {
    return false;
  }
  if (year < 1 || month < 1 || month > 12 || day < 1) {
    return false;
  }
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > lengths[month - 1] + (leap && month == 2)) {
    return false;
  }
  *days = sl_days_from_civil(year, (unsigned)month, (unsigned)day);
  return true;
}

/* Digits after the point, to microseconds; what would be cut must be zero. */
static bool parse_fraction(const char **at, const char *end, int64_t *micros) {
  int64_t unit = SL_MICROS_PER_SECOND;
  const char *start = *at;
  *micros = 0;
  for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
    unit /= 10;
    if (unit == 0 && **at != '0') {
      return false;
    }
    *micros += unit * (**at - '0');
  }
  return *at > start;
}

static bool parse_clock(const char **at, const char *end, int64_t *micros) {
  int64_t hour, minute;
  int64_t second = 0;
  int64_t fraction = 0;
  if (!digits(at, end, 2, &hour) || !skip(at, end, ':') || !digits(at, end, 2, &minute)) {
    return false;
  }
  if (skip(at, end, ':')) {
    if (!digits(at, end, 2, &second) ||
        (skip(at, end, '.') && !parse_fraction(at, end, &fraction))) {
      return false;
    }
  }
  *micros = ((hour * 60 + minute) * 60 + second) * SL_MICROS_PER_SECOND + fraction;
  return hour < 24 && minute < 60 && second < 60;
}

/* Z, +02, +0200, +02:00, also after a space; nothing = no offset. */
static bool parse_offset(const char **at, const char *end, int64_t *micros) {
  int64_t hours;
  int64_t minutes = 0;
  *micros = 0;
  if (*at == end) {
    return true;
  }
  skip(at, end, ' ');
  if (skip(at, end, 'Z')) {
    return true;
  }
  bool west = skip(at, end, '-');
  if (!west && !skip(at, end, '+')) {
    return false;
  }
  if (!digits(at, end, 2, &hours)) {
    return false;
  }
  if (*at < end) {
    skip(at, end, ':');
    if (!digits(at, end, 2, &minutes)) {
      return false;
    }
  }
  *micros = (hours * 60 + minutes) * 60 * SL_MICROS_PER_SECOND * (west ? -1 : 1);
  return hours < 24 && minutes < 60;
}

static const int64_t first_day = -719162; /* 0001-01-01 */
static const int64_t last_day = 2932896;  /* 9999-12-31 */

static bool in_range(int64_t micros) {
  return micros >= first_day * SL_MICROS_PER_DAY && micros < (last_day + 1) * SL_MICROS_PER_DAY;
}

bool sqlite_parse_time(enum sqlite_kind kind, const char *text, size_t length, int64_t *out) {
  const char *at = text;
  const char *end = text + length;
  int64_t days;
  int64_t clock = 0;
  int64_t offset = 0;
  if (kind == SQLITE_KIND_TIME) {
    return parse_clock(&at, end, out) && at == end;
  }
  if (!parse_date(&at, end, &days)) {
    return false;
  }
  if (at < end) {
    bool separated = skip(&at, end, ' ') || skip(&at, end, 'T');
    if (!separated || !parse_clock(&at, end, &clock) || !parse_offset(&at, end, &offset)) {
      return false;
    }
  }
  if (at != end) {
    return false;
  }
  if (kind == SQLITE_KIND_DATE) {
    *out = days;
    return clock == 0 && offset == 0;
  }
  *out = days * SL_MICROS_PER_DAY + clock - offset;
  return in_range(*out);
}

bool sqlite_number_time(enum sqlite_kind kind, enum sqlite_number_times how, double value,
                        int64_t *out) {
  double micros;
  switch (how) {
    case NUMBERS_SECONDS: micros = value * 1e6; break;
    case NUMBERS_MILLISECONDS: micros = value * 1e3; break;
    case NUMBERS_JULIAN: /* to the millisecond, as SQLite's own functions */
      micros =
          kind == SQLITE_KIND_TIME ? NAN : (floor(value * 86400e3 + 0.5) - 210866760000e3) * 1e3;
      break;
    default: return false;
  }
  if (!(fabs(micros) < 1e18)) {
    return false;
  }
  int64_t whole = (int64_t)llround(micros);
  *out = whole;
  if (kind == SQLITE_KIND_TIME) {
    return whole >= 0 && whole < SL_MICROS_PER_DAY;
  }
  if (kind == SQLITE_KIND_DATE) {
    *out = whole / SL_MICROS_PER_DAY;
    return in_range(whole) && whole % SL_MICROS_PER_DAY == 0;
  }
  return in_range(whole);
}

/* Both 10^scale and the product are exact below 2^53, and division rounds correctly: a decimal of
 * at most 15 digits whose nearest double is `value`. There is only one, and it is what %.15g
 * prints. */
bool sqlite_real_decimal(double value, int scale, int64_t *out) {
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  if (scale < 0 || scale > 22) {
    return false;
  }
  double scaled = nearbyint(value * powers[scale]);
  if (!(fabs(scaled) < 1e15) || scaled / powers[scale] != value) {
    return false;
  }
  *out = (int64_t)scaled;
  return true;
}
