/* jobs.h - syncs that the page or the API asked for: queued, run one after the other as child
 * processes, watched and cancelled.
 *
 * One at a time, since the warehouse has one writer; one job may sync several sources at once. The
 * last 200 are remembered until the server ends; .dango/history keeps their results for good. Any
 * thread. */
#ifndef WEB_JOBS_H
#define WEB_JOBS_H

#include "web/events.h"

struct web_jobs;

struct web_job_order { /* texts NULL = not given */
  const char *const *sources;
  size_t n_sources; /* 0 = all */
  bool full_refresh, allow_empty_replace;
  const char *since, *until, *backfill;
  bool no_dbt;
  bool waits;           /* although another job syncs the same: for what nobody can ask again */
  const char *schedule; /* that it belongs to */
  double seconds;       /* it is stopped after so long; 0 = never */
  /* Instead of a sync: arguments for `program` (NULL = this one), NULL behind the last. */
  const char *const *command;
  const char *program;
};
struct web_job_outcome { /* of one that is over; texts are malloc'ed */
  int code;              /* exit code */
  bool cancelled, timed_out;
  char *result, *message; /* JSON that it printed; the last thing that it said; NULL = none */
};

/* root: of the project; borrowed like events. */
sl_status web_jobs_new(struct web_jobs **out, const char *root, struct web_events *events,
                       struct sl_error *err);
/* Stops the running job (it rolls back) and waits for it. */
void web_jobs_free(struct web_jobs *jobs);

/* *id: of the new job. SL_EBUSY: a job that is waiting or running has one of the sources. */
sl_status web_jobs_add(struct web_jobs *jobs, const struct web_job_order *order, int64_t *id,
                       struct sl_error *err);
/* SL_ENOTFOUND; SL_EUSAGE: it is over. */
sl_status web_jobs_cancel(struct web_jobs *jobs, int64_t id, struct sl_error *err);
/* False while it waits or runs; true also for one that is no longer remembered. */
bool web_jobs_over(struct web_jobs *jobs, int64_t id, struct web_job_outcome *out);
/* Appends a job as JSON, or all of them, newest first. */
sl_status web_jobs_show(struct web_jobs *jobs, int64_t id, struct sl_buffer *out,
                        struct sl_error *err);
void web_jobs_list(struct web_jobs *jobs, struct sl_buffer *out);
/* Appends the lines that jobs printed, oldest first, as a JSON array of {"job","time","text"}. */
void web_jobs_log(struct web_jobs *jobs, struct sl_buffer *out);

#endif
