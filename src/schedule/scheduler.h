/* scheduler.h - runs what is due: the rules of time, overlap, retries and making up, without a
 * clock and without processes, which its owner has.
 *
 * What was due while no scheduler was there is made up for with one run, however often it was due,
 * unless misfire_grace_time is over; so is a run that ended with its scheduler. One thread calls
 * it; sl_scheduler_trigger may come from any. */
#ifndef SL_SCHEDULE_SCHEDULER_H
#define SL_SCHEDULE_SCHEDULER_H

#include "schedule/schedules.h"

struct sl_schedule_order { /* one try of a run; borrowed for the call */
  const struct sl_schedule *schedule;
  const char *const *sources; /* those still to do */
  size_t n_sources;
};
enum sl_try_end { SL_TRY_DONE, SL_TRY_PARTIAL, SL_TRY_FAILED, SL_TRY_TIMEOUT, SL_TRY_CANCELLED };
struct sl_try_result {
  enum sl_try_end end;
  bool final;    /* trying again would not help: wrong configuration */
  char *json;    /* what `sluice sync --json` printed; NULL = nothing; the scheduler frees it */
  char *message; /* the last thing that it said; NULL; freed too */
};
enum sl_line_level { SL_LINE_INFO, SL_LINE_WARNING, SL_LINE_ERROR };
struct sl_schedule_line { /* of the log */
  enum sl_line_level level;
  const char *schedule; /* NULL = none */
  const char *event;    /* "started", "finished", … */
  const char *message;
};
struct sl_scheduler_door { /* what the owner does for it */
  void *arg;
  sl_status (*start)(void *arg, const struct sl_schedule_order *order, int64_t *id,
                     struct sl_error *err);
  bool (*over)(void *arg, int64_t id, struct sl_try_result *out); /* false: still under way */
  void (*stop)(void *arg, int64_t id);
  void (*say)(void *arg, const struct sl_schedule_line *line);
  void (*tell)(void *arg, const struct sl_webhook *webhook, const char *body); /* must not wait */
};
struct sl_scheduler_settings {
  const char *root;      /* of the project */
  bool due;              /* false: only what is triggered runs */
  const char *dashboard; /* URL of the page, for webhooks; NULL = none */
  struct sl_scheduler_door door;
};

struct sl_scheduler;
/* SL_EBUSY: another process runs the schedules of the project; says which. Files that cannot be
 * read are said, and read again when they have changed. */
sl_status sl_scheduler_new(struct sl_scheduler **out, const struct sl_scheduler_settings *settings,
                           int64_t now, struct sl_error *err);
/* Notes runs that are under way as interrupted. NULL is fine. */
void sl_scheduler_free(struct sl_scheduler *scheduler, int64_t now);
/* Looks at files that changed, at runs that ended and at what is due at `now` (UTC micros). Call it
 * once a second or so. */
void sl_scheduler_tick(struct sl_scheduler *scheduler, int64_t now);
/* Nothing is under way, waits for a retry, or was triggered. */
bool sl_scheduler_idle(struct sl_scheduler *scheduler);
/* Runs a schedule at the next tick, due or not. SL_ENOTFOUND. */
sl_status sl_scheduler_trigger(struct sl_scheduler *scheduler, const char *name,
                               struct sl_error *err);
/* The process that runs the schedules of a project; 0 = none does. */
long sl_scheduler_look(const struct sl_project *project);

#endif
