/* notice.h - what webhooks are told, in Dango's generic form and as Slack's blocks, and sending it.
 */
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

/* Sends bodies in a thread of its own, each up to three times. */
struct sl_notifier;
/* failed: told (from that thread) of each that did not arrive; the message has no URL in it, since
 * those of webhooks are secrets. */
sl_status sl_notifier_new(struct sl_notifier **out,
                          void (*failed)(void *arg, const char *webhook, const char *why),
                          void *arg, struct sl_error *err);
/* Texts are copied. */
void sl_notifier_send(struct sl_notifier *notifier, const char *name, const char *url,
                      const char *body);
/* Waits for what is being sent, for so many seconds at most. NULL is fine. */
void sl_notifier_free(struct sl_notifier *notifier, int seconds);
/* One request, now; *status: the answer's. Fails when there is none. */
sl_status sl_notifier_try(const char *url, const char *body, long *status, struct sl_error *err);

#endif
