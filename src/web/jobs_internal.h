/* jobs_internal.h - what the files of jobs.h share. Private to src/web/. */
#ifndef WEB_JOBS_INTERNAL_H
#define WEB_JOBS_INTERNAL_H

#include <pthread.h>

#include "web/child.h"
#include "web/jobs.h"

enum { KEPT_JOBS = 200, KEPT_LINES = 2000, MOST_SOURCES = 40 };

enum web_job_state { QUEUED, RUNNING, DONE, PARTIAL, FAILED, CANCELLED };
extern const char *const web_job_states[]; /* their names */

struct web_job {
  int64_t id;
  enum web_job_state state;
  bool cancel, waits;
  char *program, *schedule; /* NULL = this one; none */
  double seconds;
  char **argv;                        /* of the child; NULL behind the last */
  size_t n_argv, n_sources;           /* the sources are argv[1..n_sources] */
  int64_t created, started, finished; /* UTC micros, 0 = not yet */
  char *progress, *result, *message;  /* JSON, JSON, text; NULL = none */
  struct web_child child;
  struct web_jobs *jobs;
};

struct web_line {
  int64_t job, time;
  char *text;
};

struct web_jobs {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t runner;
  bool stopping;
  const char *root;
  struct web_events *events;
  struct web_job *all[KEPT_JOBS]; /* job n at n % KEPT_JOBS */
  int64_t next;
  struct web_line lines[KEPT_LINES];
  int64_t next_line;
};

/* jobs_order.c */
sl_status web_job_make(struct web_job **out, const struct web_job_order *order,
                       struct sl_error *err);
void web_job_free(struct web_job *job); /* NULL is fine */
/* jobs_show.c; the lock is held */
struct web_job *web_job_find(struct web_jobs *jobs, int64_t id, struct sl_error *err);
void web_job_publish(struct web_job *job);

#endif
