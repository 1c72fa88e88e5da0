/* cron.c - see cron.h. */
#include "schedule/cron.h"

#include <string.h>
#include <strings.h>

#include "base/time.h"

enum { SECONDS_PER_DAY = 86400, LONGEST_SEARCH_DAYS = 9 * 366, ALL_HOURS = 0xffffff };

static const struct {
  const char *name, *expression;
} presets[] = {
  { "every_15m", "*/15 * * * *" }, { "every_hour", "0 * * * *" }, { "every_6h", "0 */6 * * *" },
  { "daily", "0 6 * * *" },        { "weekly", "0 6 * * 1" },
};

const char *sl_cron_expression(const char *text) {
  for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
    if (strcmp(text, presets[i].name) == 0) {
      return presets[i].expression;
    }
  }
  return text;
}

/* ---- reading ---- */

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
                                           "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const day_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };

struct field {
  const char *title;
  int low, high;
  const char *const *names; /* of low and on; NULL = numbers only */
};
static const struct field fields[] = {
  { "minute", 0, 59, NULL },          { "hour", 0, 23, NULL },
  { "day of month", 1, 31, NULL },    { "month", 1, 12, month_names },
  { "day of week", 0, 7, day_names },
};

static bool read_value(const struct field *f, const char **at, const char *end, int *out) {
  for (int i = 0; f->names != NULL && f->names[i] != NULL; i++) {
    if (end - *at >= 3 && strncasecmp(*at, f->names[i], 3) == 0) {
      *at += 3;
      *out = f->low + i;
      return true;
    }
  }
  const char *start = *at;
  for (*out = 0; *at < end && **at >= '0' && **at <= '9' && *at - start < 3; ++*at) {
    *out = *out * 10 + (**at - '0');
  }
  return *at != start && *out >= f->low && *out <= f->high;
}

/* "*", "5", "1-5", each with "/2" behind it */
static bool read_part(const struct field *f, const char *at, const char *end, uint64_t *bits) {
  static const struct field steps = { "step", 1, 99, NULL };
  int first = f->low;
  int last = f->high;
  int step = 1;
  bool star = at < end && *at == '*';
  if (star) {
    at++;
  } else if (!read_value(f, &at, end, &first)) {
    return false;
  } else if (at < end && *at == '-') {
    at++;
    if (!read_value(f, &at, end, &last)) {
      return false;
    }
    last = last == 0 && f->names == day_names ? 7 : last; /* fri-sun */
    if (last < first) {
      return false;
    }
  } else if (at == end || *at != '/') {
    last = first;
  }
  if (at < end && *at == '/') {
    at++;
    if (!read_value(&steps, &at, end, &step)) {
      return false;
    }
  }
  for (int i = first; i <= last; i += step) {
    *bits |= UINT64_C(1) << i;
  }
  return at == end;
}

static bool read_field(const struct field *f, const char *at, size_t length, uint64_t *bits) {
  const char *end = at + length;
  for (*bits = 0; at <= end;) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    const char *stop = comma == NULL ? end : comma;
    if (!read_part(f, at, stop, bits)) {
      return false;
    }
    at = stop + 1;
  }
  return true;
}

sl_status sl_cron_parse(struct sl_cron *out, const char *text, struct sl_error *err) {
  const char *at = sl_cron_expression(text);
  uint64_t bits[5];
  bool star[5];
  for (size_t i = 0; i < 5; i++) {
    at += strspn(at, " \t");
    size_t length = strcspn(at, " \t");
    star[i] = *at == '*';
    if (length == 0) {
      return sl_fail(err, SL_EUSAGE,
                     "'%s' is no cron expression: it needs minute, hour, day of month, month and "
                     "day of week, or is one of every_15m, every_hour, every_6h, daily, weekly",
                     text);
    }
    if (!read_field(&fields[i], at, length, &bits[i])) {
      return sl_fail(err, SL_EUSAGE, "'%.*s' in the cron expression '%s' is no %s (%d to %d)",
                     (int)length, at, text, fields[i].title, fields[i].low, fields[i].high);
    }
    at += length;
  }
  if (at[strspn(at, " \t")] != '\0') {
    return sl_fail(err, SL_EUSAGE, "the cron expression '%s' has more than five fields", text);
  }
  *out = (struct sl_cron){
    .minutes = bits[0],
    .hours = (uint32_t)bits[1],
    .days = (uint32_t)bits[2],
    .months = (uint32_t)bits[3],
    .weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7f),
    .either_day = !star[2] && !star[4],
  };
  return SL_OK;
}

/* ---- when ---- */

static bool is_day(const struct sl_cron *c, int64_t days) {
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  bool by_month = (c->days >> day & 1) != 0;
  bool by_week = (c->weekdays >> (((days + 4) % 7 + 7) % 7) & 1) != 0;
  return (c->months >> month & 1) != 0 &&
         (c->either_day ? by_month || by_week : by_month && by_week);
}

/* The earliest moment after `after` of those that belong to a local time; -1 = none. */
static int64_t moment_of(const struct sl_zone *zone, int64_t local, bool every_hour,
                         int64_t after) {
  int64_t moments[2];
  int n = sl_zone_moments(zone, local, moments);
  if (n == 0 && every_hour) { /* the hour that is skipped takes no time */
    return -1;
  }
  if (moments[0] > after) {
    return moments[0];
  }
  return n == 2 && every_hour && moments[1] > after ? moments[1] : -1;
}

static int64_t first_of_day(const struct sl_cron *c, const struct sl_zone *zone, int64_t days,
                            int64_t after) {
  int64_t best = -1;
  for (int hour = 0; hour < 24; hour++) {
    for (int minute = 0; (c->hours >> hour & 1) != 0 && minute < 60; minute++) {
      if ((c->minutes >> minute & 1) != 0) {
        int64_t local = days * SECONDS_PER_DAY + hour * 3600 + minute * 60;
        int64_t at = moment_of(zone, local, c->hours == ALL_HOURS, after);
        best = at >= 0 && (best < 0 || at < best) ? at : best;
      }
    }
  }
  return best;
}

int64_t sl_cron_next(const struct sl_cron *c, const struct sl_zone *zone, int64_t after) {
  int64_t local = after + sl_zone_offset(zone, after);
  int64_t today = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
  /* From yesterday on, whose last hour may come again today. */
  for (int64_t days = today - 1; days < today + LONGEST_SEARCH_DAYS; days++) {
    int64_t found = is_day(c, days) ? first_of_day(c, zone, days, after) : -1;
    if (found >= 0) {
      return found;
    }
  }
  return -1;
}

int64_t sl_cron_last(const struct sl_cron *c, const struct sl_zone *zone, int64_t after,
                     int64_t now) {
  int64_t found = -1;
  int64_t from = after;
  for (int64_t back = 3600; back < now - after && found < 0; back *= 4) {
    from = now - back; /* a window that has one of them, but not all since `after` */
    int64_t at = sl_cron_next(c, zone, from);
    found = at >= 0 && at <= now ? at : -1;
  }
  from = found < 0 ? after : found - 1;
  for (int64_t at; (at = sl_cron_next(c, zone, from)) >= 0 && at <= now; from = at) {
    found = at;
  }
  return found;
}

int64_t sl_cron_interval(const struct sl_cron *c, const struct sl_zone *zone, int64_t now) {
  int64_t shortest = 0;
  int64_t last = sl_cron_next(c, zone, now);
  for (int i = 0; i < 5 && last >= 0; i++) {
    int64_t next = sl_cron_next(c, zone, last);
    if (next < 0) {
      break;
    }
    shortest = shortest == 0 || next - last < shortest ? next - last : shortest;
    last = next;
  }
  return shortest;
}
