/* notice.h - what webhooks are told, in Dango's generic form and as Slack's blocks. */
#ifndef SL_SCHEDULE_NOTICE_H
#define SL_SCHEDULE_NOTICE_H

#include "schedule/schedules.h"

enum sl_notice_event {
  SL_NOTICE_COMPLETED,
  SL_NOTICE_FAILED,
  SL_NOTICE_STALE,
  SL_NOTICE_RETRYING,
  SL_NOTICE_DRIFT,
  SL_NOTICE_TEST
};
struct sl_notice {
  enum sl_notice_event event;
  const char *schedule;
  const char *const *sources;
  size_t n_sources;
  const char *error; /* NULL = none */
  double seconds;    /* -1 = not said, as the next ones */
  double stale_hours;
  int64_t rows, attempt;
  int64_t occurred, next_retry; /* UTC micros; next_retry 0 = there is none */
  const char *dashboard;        /* URL of the page; NULL = none */
};
/* Which switch of schedules.yml it falls under. */
enum sl_notify sl_notice_category(enum sl_notice_event event);
/* Appends the body of the request. */
void sl_notice_print(const struct sl_notice *notice, bool slack, struct sl_buffer *out);

#endif
