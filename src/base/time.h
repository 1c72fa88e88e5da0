/* time.h - dates and times as Arrow stores them, parsed and printed exactly.
 *
 * Units: days since 1970-01-01 (proleptic Gregorian), microseconds since midnight, and
 * microseconds since the epoch in UTC. May include base/text.h. */
#ifndef SL_BASE_TIME_H
#define SL_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define SL_MICROS_PER_SECOND INT64_C(1000000)
#define SL_MICROS_PER_DAY    INT64_C(86400000000)

int64_t sl_days_from_civil(int64_t year, unsigned month, unsigned day);
void sl_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* What an ISO 8601 text turned out to be. */
enum sl_iso_kind { SL_ISO_NONE, SL_ISO_DATE, SL_ISO_TIME, SL_ISO_TIMESTAMP };
struct sl_iso {
  enum sl_iso_kind kind;
  bool has_zone;          /* an offset or Z was written; micros is UTC then, else as written */
  int32_t offset_seconds; /* east of UTC, within a day */
  int64_t micros; /* TIMESTAMP: since the epoch; TIME: since midnight, 0 <= micros < a day */
  int32_t days;   /* DATE */
};
/* Parses like dlt 1.31 does with pendulum 3.3 (dlt.md 2.5): T or one space, basic and extended,
 * week and ordinal dates, comma fractions, "2024/01/15 7:58"; more than six digits of a fraction
 * are cut. What it gives lies in the years 1 to 9999, in UTC too. Never reads past the end; returns
 * false (kind NONE) for anything else. 2024-01-02T03:04:05 with or without fraction and zone takes
 * some 10 ns, other text is refused by its first characters. */
bool sl_iso_parse(struct sl_text text, struct sl_iso *out);

/* Print as Python's isoformat(): "2024-01-02T03:04:05.000006+00:00"; the length without the NUL. */
size_t sl_timestamp_print(char out[40], int64_t micros, bool zone);
size_t sl_date_print(char out[16], int32_t days);
size_t sl_time_print(char out[20], int64_t micros); /* of any day: the time of day is taken */

/* "2024-01-02 03:04:05.000000+00:00": always all digits, so that texts sort as the moments do. */
size_t sl_timestamp_print_sorted(char out[40], int64_t micros, bool zone);
size_t sl_time_print_sorted(char out[20], int64_t micros); /* "03:04:05.000000" */

int64_t sl_now_micros(void);      /* wall clock, UTC */
int64_t sl_monotonic_nanos(void); /* for durations */

#endif
