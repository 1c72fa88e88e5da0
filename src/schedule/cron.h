/* cron.h - cron expressions: "0 6 * * 1-5" and Dango's presets, and when they are next due.
 *
 * Five fields as in crontab(5): minute, hour, day of month, month, day of week (0 and 7 are
 * Sunday); lists, ranges, steps, names of months and days; when both days are given either is
 * enough. */
#ifndef SL_SCHEDULE_CRON_H
#define SL_SCHEDULE_CRON_H

#include <stdbool.h>

#include "schedule/zone.h"

struct sl_cron { /* a bit for each value */
  uint64_t minutes;
  uint32_t hours, days, months, weekdays;
  bool either_day; /* both days are given */
};

/* The expression of a preset (every_15m, every_hour, every_6h, daily, weekly), else `text`. */
const char *sl_cron_expression(const char *text);
/* SL_EUSAGE names the field. */
sl_status sl_cron_parse(struct sl_cron *out, const char *text, struct sl_error *err);

/* The first moment after `after` (UTC seconds) at which it is due in the zone; -1 = never.
 *
 * A time that clocks skip is due when they do. A time that clocks show twice is due the first time,
 * but what is due in every hour of the day is due in both hours. */
int64_t sl_cron_next(const struct sl_cron *cron, const struct sl_zone *zone, int64_t after);
/* The last one that is after `after` and not after `now`; -1 = none. */
int64_t sl_cron_last(const struct sl_cron *cron, const struct sl_zone *zone, int64_t after,
                     int64_t now);
/* Seconds of the shortest of the next intervals; 0 = it is due once at most. */
int64_t sl_cron_interval(const struct sl_cron *cron, const struct sl_zone *zone, int64_t now);

#endif
