/* zone.h - time zones of the system's zone database, read without touching the process's TZ.
 *
 * A zone is read once and then read only; any thread. Seconds are since 1970 in UTC; "local"
 * seconds are what a clock on the wall shows, counted as if it were in UTC. */
#ifndef SL_SCHEDULE_ZONE_H
#define SL_SCHEDULE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <sluice/error.h>

struct sl_zone;
/* name: "Europe/Berlin", "UTC"; NULL = the machine's (TZ, else /etc/localtime, else UTC).
 * SL_EUSAGE: there is no such zone. */
sl_status sl_zone_open(struct sl_zone **out, const char *name, struct sl_error *err);
/* What a zone file holds, for tests. SL_EDATA: it is damaged. */
sl_status sl_zone_parse(struct sl_zone **out, const char *name, const char *data, size_t length,
                        struct sl_error *err);
void sl_zone_close(struct sl_zone *zone); /* NULL is fine */
const char *sl_zone_name(const struct sl_zone *zone);

/* Seconds that local time is ahead of UTC. */
int32_t sl_zone_offset(const struct sl_zone *zone, int64_t utc);
/* The moments at which clocks show `local`, earlier first: 1, or 2 when they are set back. 0:
 * clocks skip it; out[0] is when they do. */
int sl_zone_moments(const struct sl_zone *zone, int64_t local, int64_t out[2]);
/* "2026-03-29 06:00 +02:00" */
void sl_zone_print(const struct sl_zone *zone, int64_t utc, char out[40]);

#endif
