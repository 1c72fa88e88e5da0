/* zone_rule.h - the rule at the end of a zone file: "CET-1CEST,M3.5.0,M10.5.0/3". Private to
 * src/schedule/. */
#ifndef SL_SCHEDULE_ZONE_RULE_H
#define SL_SCHEDULE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct sl_zone_date {
  char
      kind; /* 'M' month, week (5 = last) and weekday; 'J' day 1-365, never Feb 29; 'n' day 0-365 */
  int month, week, day;
  int32_t seconds; /* after midnight, local time; may be negative or beyond a day */
};
struct sl_zone_rule {
  int32_t standard, summer; /* offsets, seconds ahead of UTC */
  bool has_summer;
  struct sl_zone_date start, end; /* of summer time */
};
bool sl_zone_rule_parse(struct sl_zone_rule *out, const char *text);
int32_t sl_zone_rule_offset(const struct sl_zone_rule *rule, int64_t utc);

#endif
