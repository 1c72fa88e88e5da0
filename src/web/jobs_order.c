/* jobs_order.c - what is to be done, as arguments of a program. */
#include <stdlib.h>

#include "base/memory.h"
#include "web/jobs_internal.h"

void web_job_free(struct web_job *job) {
  if (job != NULL) {
    for (size_t i = 0; job->argv != NULL && i < job->n_argv; i++) {
      free(job->argv[i]);
    }
    free(job->argv);
    free(job->program);
    free(job->schedule);
    free(job->progress);
    free(job->result);
    free(job->message);
    free(job);
  }
}

static void add_argument(struct web_job *job, const char *text, bool *good) {
  job->argv[job->n_argv] = strdup(text);
  *good = *good && job->argv[job->n_argv] != NULL;
  job->n_argv++;
}

static void add_sync(struct web_job *job, const struct web_job_order *order, bool *good) {
  const struct {
    const char *name, *text;
  } options[] = { { "--since", order->since },
                  { "--until", order->until },
                  { "--backfill", order->backfill } };
  add_argument(job, "sync", good);
  for (size_t i = 0; i < order->n_sources; i++) {
    add_argument(job, order->sources[i], good);
  }
  job->n_sources = order->n_sources;
  add_argument(job, "--json", good);
  add_argument(job, "--yes", good);
  add_argument(job, "--progress=json", good);
  if (order->full_refresh) {
    add_argument(job, "--full-refresh", good);
  }
  if (order->allow_empty_replace) {
    add_argument(job, "--allow-empty-replace", good);
  }
  if (order->no_dbt) {
    add_argument(job, "--no-dbt", good);
  }
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
    if (options[i].text != NULL) {
      add_argument(job, options[i].name, good);
      add_argument(job, options[i].text, good);
    }
  }
}

/* A copy, or NULL for NULL. */
static char *copy_text(const char *text, bool *good) {
  char *copy = text == NULL ? NULL : strdup(text);
  *good = *good && (text == NULL || copy != NULL);
  return copy;
}

sl_status web_job_make(struct web_job **out, const struct web_job_order *order,
                       struct sl_error *err) {
  size_t n = order->n_sources;
  for (size_t i = 0; order->command != NULL && order->command[i] != NULL; i++) {
    n++;
  }
  struct web_job *job = calloc(1, sizeof *job);
  bool good = job != NULL;
  if (good) {
    job->argv = sl_calloc_array(n + 16, sizeof *job->argv);
    good = job->argv != NULL;
  }
  if (good) {
    job->waits = order->waits;
    job->seconds = order->seconds;
    job->program = copy_text(order->program, &good);
    job->schedule = copy_text(order->schedule, &good);
  }
  for (size_t i = 0; good && order->command != NULL && order->command[i] != NULL; i++) {
    add_argument(job, order->command[i], &good);
  }
  if (good && order->command == NULL) {
    add_sync(job, order, &good);
  }
  if (!good) {
    web_job_free(job);
    return sl_fail(err, SL_ENOMEM, "out of memory for a job");
  }
  *out = job;
  return SL_OK;
}
