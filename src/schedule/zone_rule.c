/* zone_rule.c - see zone_rule.h. */
#include "schedule/zone_rule.h"

#include "base/time.h"

enum { SECONDS_PER_DAY = 86400 };

/* ---- reading ---- */

static bool read_number(const char **at, int most, int *out) {
  const char *start = *at;
  *out = 0;
  while (**at >= '0' && **at <= '9' && *out <= most) {
    *out = *out * 10 + (*(*at)++ - '0');
  }
  return *at != start && *out <= most;
}

/* "CET" or "<+0330>" */
static bool skip_name(const char **at) {
  const char *start = *at;
  if (*start == '<') {
    const char *end = strchr(start, '>');
    *at = end == NULL ? start : end + 1;
    return end != NULL;
  }
  while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z')) {
    ++*at;
  }
  return *at - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, int32_t *out) {
  int sign = **at == '-' ? -1 : 1;
  int parts[3] = { 0 };
  *at += **at == '-' || **at == '+';
  if (!read_number(at, 167, &parts[0])) {
    return false;
  }
  for (int i = 1; i < 3 && **at == ':'; i++) {
    ++*at;
    if (!read_number(at, 59, &parts[i])) {
      return false;
    }
  }
  *out = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
  return true;
}

static bool read_date(const char **at, struct sl_zone_date *out) {
  *out = (struct sl_zone_date){ .kind = 'n', .seconds = 2 * 3600 };
  bool good = *(*at)++ == ',';
  if (good && (**at == 'M' || **at == 'J')) {
    out->kind = *(*at)++;
  }
  if (good && out->kind == 'M') {
    good = read_number(at, 12, &out->month) && *(*at)++ == '.' && read_number(at, 5, &out->week) &&
           *(*at)++ == '.' && read_number(at, 6, &out->day) && out->month > 0 && out->week > 0;
  } else if (good) {
    good = read_number(at, 365, &out->day);
  }
  if (good && **at == '/') {
    ++*at;
    good = read_time(at, &out->seconds);
  }
  return good;
}

bool sl_zone_rule_parse(struct sl_zone_rule *r, const char *text) {
  const char *at = text;
  *r = (struct sl_zone_rule){ 0 };
  if (!skip_name(&at) || !read_time(&at, &r->standard)) {
    return false;
  }
  r->standard = -r->standard; /* POSIX counts westwards */
  if (*at == '\0') {
    return true;
  }
  r->has_summer = true;
  r->summer = r->standard + 3600;
  if (!skip_name(&at)) {
    return false;
  }
  if (*at != ',') {
    if (!read_time(&at, &r->summer)) {
      return false;
    }
    r->summer = -r->summer;
  }
  return read_date(&at, &r->start) && read_date(&at, &r->end) && *at == '\0';
}

/* ---- applying ---- */

static bool is_leap(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Local seconds of the date in a year. */
static int64_t seconds_of(const struct sl_zone_date *d, int64_t year) {
  int64_t day = sl_days_from_civil(year, 1, 1);
  if (d->kind == 'M') {
    int64_t first = sl_days_from_civil(year, (unsigned)d->month, 1);
    int64_t next = d->month == 12 ? sl_days_from_civil(year + 1, 1, 1)
                                  : sl_days_from_civil(year, (unsigned)d->month + 1, 1);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    day = first + (d->day - weekday + 7) % 7 + 7 * (int64_t)(d->week - 1);
    if (day >= next) {
      day -= 7;
    }
  } else if (d->kind == 'J') {
    day += d->day - 1 + (is_leap(year) && d->day >= 60);
  } else {
    day += d->day;
  }
  return day * SECONDS_PER_DAY + d->seconds;
}

int32_t sl_zone_rule_offset(const struct sl_zone_rule *r, int64_t utc) {
  if (!r->has_summer) {
    return r->standard;
  }
  int64_t local = utc + r->standard;
  int64_t days = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  int64_t start = seconds_of(&r->start, year) - r->standard;
  int64_t end = seconds_of(&r->end, year) - r->summer;
  bool summer = start < end ? utc >= start && utc < end : utc >= start || utc < end;
  return summer ? r->summer : r->standard;
}
