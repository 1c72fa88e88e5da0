/* jobs.c - see jobs.h. */
#include "web/jobs_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/time.h"

/* ---- what a child says ---- */

static void keep_line(struct web_jobs *jobs, int64_t job, const char *text) {
  struct web_line *line = &jobs->lines[jobs->next_line++ % KEPT_LINES];
  free(line->text);
  *line = (struct web_line){ job, sl_now_micros(), strdup(text) };
}

/* {"progress": {…}} or something for people. */
static void on_line(void *arg, const char *text) {
  struct web_job *job = arg;
  struct web_jobs *jobs = job->jobs;
  bool progress = strncmp(text, "{\"progress\":", 12) == 0;
  pthread_mutex_lock(&jobs->lock);
  if (progress) {
    free(job->progress);
    job->progress = strdup(text + 12);
    if (job->progress != NULL) { /* the brace that closes the outer object */
      size_t length = strlen(job->progress);
      job->progress[length == 0 ? 0 : length - 1] = '\0';
    }
    web_job_publish(job);
  } else if (text[0] != '\0') {
    keep_line(jobs, job->id, text);
    free(job->message);
    job->message = strdup(strncmp(text, "sluice: ", 8) == 0 ? text + 8 : text);
  }
  pthread_mutex_unlock(&jobs->lock);
}

/* ---- the runner ---- */

static struct web_job *first_queued(struct web_jobs *jobs) {
  int64_t from = jobs->next > KEPT_JOBS ? jobs->next - KEPT_JOBS : 0;
  for (int64_t id = from; id < jobs->next; id++) {
    if (jobs->all[id % KEPT_JOBS]->state == QUEUED) {
      return jobs->all[id % KEPT_JOBS];
    }
  }
  return NULL;
}

/* Exit codes: 0 done, 3 partial success. */
static void settle(struct web_job *job, sl_status rc, const struct sl_error *err) {
  int code = job->child.code;
  job->state = rc != SL_OK   ? FAILED
               : code == 0   ? DONE
               : job->cancel ? CANCELLED
               : code == 3   ? PARTIAL
                             : FAILED;
  job->finished = sl_now_micros();
  if (rc != SL_OK) {
    free(job->message);
    job->message = strdup(err->message);
  }
  if (job->child.output.length > 0 && job->child.output.data[0] == '{') {
    job->result = sl_buffer_take(&job->child.output);
  }
  sl_buffer_release(&job->child.output);
  sl_buffer_release(&job->child.errors);
  web_job_publish(job);
}

static void *run_jobs(void *arg) {
  struct web_jobs *jobs = arg;
  pthread_mutex_lock(&jobs->lock);
  while (!jobs->stopping) {
    struct web_job *job = first_queued(jobs);
    if (job == NULL) {
      pthread_cond_wait(&jobs->changed, &jobs->lock);
      continue;
    }
    struct sl_error err = { 0 };
    job->state = RUNNING;
    job->started = sl_now_micros();
    job->child = (struct web_child){ .program = job->program,
                                     .argv = (const char *const *)job->argv,
                                     .folder = jobs->root,
                                     .seconds = job->seconds,
                                     .on_line = on_line,
                                     .arg = job };
    web_job_publish(job);
    pthread_mutex_unlock(&jobs->lock);
    sl_status rc = web_child_run(&job->child, &err);
    pthread_mutex_lock(&jobs->lock);
    settle(job, rc, &err);
  }
  pthread_mutex_unlock(&jobs->lock);
  return NULL;
}

/* ---- orders ---- */

static bool is_over(const struct web_job *job) {
  return job->state != QUEUED && job->state != RUNNING;
}

/* A sync that names no source. */
static bool takes_all(const struct web_job *job) {
  return job->n_sources == 0 && strcmp(job->argv[0], "sync") == 0;
}

static bool shares_source(const struct web_job *a, const struct web_job *b) {
  for (size_t i = 1; i <= a->n_sources; i++) {
    for (size_t k = 1; k <= b->n_sources; k++) {
      if (strcmp(a->argv[i], b->argv[k]) == 0) {
        return true;
      }
    }
  }
  return takes_all(a) || takes_all(b);
}

static struct web_job *find_clash(struct web_jobs *jobs, const struct web_job *job) {
  for (size_t i = 0; i < KEPT_JOBS; i++) {
    struct web_job *other = jobs->all[i];
    if (other != NULL && !is_over(other) && !job->waits && shares_source(other, job)) {
      return other;
    }
  }
  return NULL;
}

sl_status web_jobs_add(struct web_jobs *jobs, const struct web_job_order *order, int64_t *id,
                       struct sl_error *err) {
  struct web_job *job = NULL;
  if (order->n_sources > MOST_SOURCES) {
    return sl_fail(err, SL_EUSAGE, "at most %d sources in one job; without names it takes all",
                   MOST_SOURCES);
  }
  sl_status rc = web_job_make(&job, order, err);
  if (rc != SL_OK) {
    return rc;
  }
  pthread_mutex_lock(&jobs->lock);
  const struct web_job *clash = find_clash(jobs, job);
  struct web_job **place = &jobs->all[jobs->next % KEPT_JOBS];
  if (clash != NULL) {
    rc = sl_fail(err, SL_EBUSY, "job %" PRId64 " is %s and syncs the same: cancel it, or wait",
                 clash->id, web_job_states[clash->state]);
  } else if (*place != NULL && !is_over(*place)) {
    rc = sl_fail(err, SL_EBUSY, "%d jobs are waiting: wait for some to end", KEPT_JOBS);
  } else {
    web_job_free(*place);
    *place = job;
    job->id = *id = jobs->next++;
    job->jobs = jobs;
    job->created = sl_now_micros();
    web_job_publish(job);
    pthread_cond_broadcast(&jobs->changed);
    job = NULL;
  }
  pthread_mutex_unlock(&jobs->lock);
  web_job_free(job);
  return rc;
}

sl_status web_jobs_cancel(struct web_jobs *jobs, int64_t id, struct sl_error *err) {
  pthread_mutex_lock(&jobs->lock);
  struct web_job *job = web_job_find(jobs, id, err);
  sl_status rc = job == NULL ? SL_ENOTFOUND : SL_OK;
  if (rc == SL_OK && is_over(job)) {
    rc = sl_fail(err, SL_EUSAGE, "job %" PRId64 " is over already", id);
  } else if (rc == SL_OK) {
    job->cancel = true;
    if (job->state == QUEUED) {
      job->state = CANCELLED;
      job->finished = sl_now_micros();
    } else {
      web_child_stop(&job->child);
    }
    web_job_publish(job);
  }
  pthread_mutex_unlock(&jobs->lock);
  return rc;
}

bool web_jobs_over(struct web_jobs *jobs, int64_t id, struct web_job_outcome *out) {
  pthread_mutex_lock(&jobs->lock);
  struct sl_error err;
  const struct web_job *job = web_job_find(jobs, id, &err);
  bool over = job == NULL || is_over(job);
  *out = (struct web_job_outcome){ .code = 1 };
  if (job != NULL && over) {
    out->code = job->state == FAILED && job->child.code == 0 ? 1 : job->child.code;
    out->cancelled = job->state == CANCELLED;
    out->timed_out = job->child.timed_out;
    out->result = job->result == NULL ? NULL : strdup(job->result);
    out->message = job->message == NULL ? NULL : strdup(job->message);
  }
  pthread_mutex_unlock(&jobs->lock);
  return over;
}

/* ---- the whole ---- */

sl_status web_jobs_new(struct web_jobs **out, const char *root, struct web_events *events,
                       struct sl_error *err) {
  struct web_jobs *jobs = calloc(1, sizeof *jobs);
  if (jobs == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for jobs");
  }
  jobs->root = root;
  jobs->events = events;
  pthread_mutex_init(&jobs->lock, NULL);
  pthread_cond_init(&jobs->changed, NULL);
  int problem = pthread_create(&jobs->runner, NULL, run_jobs, jobs);
  if (problem != 0) {
    free(jobs);
    return sl_fail_errno(err, problem, "starting a thread");
  }
  *out = jobs;
  return SL_OK;
}

void web_jobs_free(struct web_jobs *jobs) {
  if (jobs == NULL) {
    return;
  }
  pthread_mutex_lock(&jobs->lock);
  jobs->stopping = true;
  for (size_t i = 0; i < KEPT_JOBS; i++) {
    if (jobs->all[i] != NULL && jobs->all[i]->state == RUNNING) {
      jobs->all[i]->cancel = true;
      web_child_stop(&jobs->all[i]->child);
    }
  }
  pthread_cond_broadcast(&jobs->changed);
  pthread_mutex_unlock(&jobs->lock);
  pthread_join(jobs->runner, NULL);
  for (size_t i = 0; i < KEPT_JOBS; i++) {
    web_job_free(jobs->all[i]);
  }
  for (size_t i = 0; i < KEPT_LINES; i++) {
    free(jobs->lines[i].text);
  }
  pthread_cond_destroy(&jobs->changed);
  pthread_mutex_destroy(&jobs->lock);
  free(jobs);
}
