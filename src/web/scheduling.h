/* scheduling.h - the project's schedules on their clock: the scheduler of schedule/ with jobs as
 * its runs. */
#ifndef WEB_SCHEDULING_H
#define WEB_SCHEDULING_H

#include "schedule/scheduler.h"
#include "web/jobs.h"

struct web_scheduling_settings {
  const char *root;
  bool due;                  /* false: only what is triggered runs */
  const char *dashboard;     /* URL of the page; NULL = none */
  struct web_events *events; /* told that something happened to a schedule; NULL = none */
  /* The scheduler's log, from its thread. NULL = nobody reads it. */
  void (*say)(const struct sl_schedule_line *line);
};

/* In a thread of its own, until it is freed; jobs are borrowed. SL_EBUSY: another process has them.
 */
struct web_scheduling;
sl_status web_scheduling_new(struct web_scheduling **out,
                             const struct web_scheduling_settings *settings, struct web_jobs *jobs,
                             struct sl_error *err);
/* Runs that are under way are interrupted. NULL is fine. */
void web_scheduling_free(struct web_scheduling *scheduling);
sl_status web_scheduling_trigger(struct web_scheduling *scheduling, const char *name,
                                 struct sl_error *err);

/* The same without a page, in this thread, until `stopped` returns true. once: until nothing is
 * under way. name: that one is triggered first; NULL = none is. *failed: a run was no success, or
 * the files are wrong. */
sl_status web_run_schedules(const struct web_scheduling_settings *settings, bool once,
                            const char *name, bool (*stopped)(void), bool *failed,
                            struct sl_error *err);

#endif
