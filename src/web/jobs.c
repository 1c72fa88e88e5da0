/* jobs.c - see jobs.h. */
#include "web/jobs.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "schema/json_text.h"
#include "web/child.h"

enum { KEPT_JOBS = 200, KEPT_LINES = 2000, MOST_SOURCES = 40 };

enum state { QUEUED, RUNNING, DONE, PARTIAL, FAILED, CANCELLED };
static const char *const state_names[] = { "queued",  "running", "done",
                                           "partial", "failed",  "cancelled" };

struct job {
  int64_t id;
  enum state state;
  bool cancel;
  char **argv;                        /* of the child; NULL behind the last */
  size_t n_argv, n_sources;           /* the sources are argv[1..n_sources] */
  int64_t created, started, finished; /* UTC micros, 0 = not yet */
  char *progress, *result, *message;  /* JSON, JSON, text; NULL = none */
  struct web_child child;
  struct web_jobs *jobs;
};

struct line {
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
  struct job *all[KEPT_JOBS]; /* job n at n % KEPT_JOBS */
  int64_t next;
  struct line lines[KEPT_LINES];
  int64_t next_line;
};

/* ---- as JSON; the lock is held ---- */

static void put_time(struct sl_buffer *out, const char *name, int64_t micros) {
  char text[40];
  if (micros != 0) {
    sl_timestamp_print(text, micros, true);
  }
  sl_json_member_text(out, false, name, micros == 0 ? NULL : text);
}

static void put_job(const struct job *job, struct sl_buffer *out) {
  sl_buffer_printf(out, "{\"id\": %" PRId64 ", \"state\": \"%s\", \"sources\": [", job->id,
                   state_names[job->state]);
  for (size_t i = 0; i < job->n_sources; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_json_string(out, job->argv[i + 1], strlen(job->argv[i + 1]));
  }
  sl_buffer_char(out, ']');
  put_time(out, "created", job->created);
  put_time(out, "started", job->started);
  put_time(out, "finished", job->finished);
  sl_json_member_json(out, false, "progress", job->progress);
  sl_json_member_json(out, false, "result", job->result);
  sl_json_member_text(out, false, "message", job->message);
  sl_buffer_char(out, '}');
}

static void publish(struct job *job) {
  struct sl_buffer json = { 0 };
  put_job(job, &json);
  if (!json.failed) {
    web_events_publish(job->jobs->events, "job", json.data);
  }
  sl_buffer_release(&json);
}

/* ---- what a child says ---- */

static void keep_line(struct web_jobs *jobs, int64_t job, const char *text) {
  struct line *line = &jobs->lines[jobs->next_line++ % KEPT_LINES];
  free(line->text);
  *line = (struct line){ job, sl_now_micros(), strdup(text) };
}

/* {"progress": {…}} or something for people. */
static void on_line(void *arg, const char *text) {
  struct job *job = arg;
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
    publish(job);
  } else if (text[0] != '\0') {
    keep_line(jobs, job->id, text);
    free(job->message);
    job->message = strdup(strncmp(text, "sluice: ", 8) == 0 ? text + 8 : text);
  }
  pthread_mutex_unlock(&jobs->lock);
}

/* ---- the runner ---- */

static struct job *first_queued(struct web_jobs *jobs) {
  int64_t from = jobs->next > KEPT_JOBS ? jobs->next - KEPT_JOBS : 0;
  for (int64_t id = from; id < jobs->next; id++) {
    if (jobs->all[id % KEPT_JOBS]->state == QUEUED) {
      return jobs->all[id % KEPT_JOBS];
    }
  }
  return NULL;
}

/* Exit codes: 0 done, 3 partial success. */
static void settle(struct job *job, sl_status rc, const struct sl_error *err) {
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
  publish(job);
}

static void *run_jobs(void *arg) {
  struct web_jobs *jobs = arg;
  pthread_mutex_lock(&jobs->lock);
  while (!jobs->stopping) {
    struct job *job = first_queued(jobs);
    if (job == NULL) {
      pthread_cond_wait(&jobs->changed, &jobs->lock);
      continue;
    }
    struct sl_error err = { 0 };
    job->state = RUNNING;
    job->started = sl_now_micros();
    job->child = (struct web_child){
      .argv = (const char *const *)job->argv, .folder = jobs->root, .on_line = on_line, .arg = job
    };
    publish(job);
    pthread_mutex_unlock(&jobs->lock);
    sl_status rc = web_child_run(&job->child, &err);
    pthread_mutex_lock(&jobs->lock);
    settle(job, rc, &err);
  }
  pthread_mutex_unlock(&jobs->lock);
  return NULL;
}

/* ---- orders ---- */

static void free_job(struct job *job) {
  if (job != NULL) {
    for (size_t i = 0; job->argv != NULL && i < job->n_argv; i++) {
      free(job->argv[i]);
    }
    free(job->argv);
    free(job->progress);
    free(job->result);
    free(job->message);
    free(job);
  }
}

static void add_argument(struct job *job, const char *text, bool *good) {
  job->argv[job->n_argv] = strdup(text);
  *good = *good && job->argv[job->n_argv] != NULL;
  job->n_argv++;
}

static sl_status make_job(struct job **out, const struct web_job_order *order,
                          struct sl_error *err) {
  const struct {
    const char *name, *text;
  } options[] = { { "--since", order->since },
                  { "--until", order->until },
                  { "--backfill", order->backfill } };
  struct job *job = calloc(1, sizeof *job);
  bool good = job != NULL;
  if (good) {
    job->argv = sl_calloc_array(order->n_sources + 16, sizeof *job->argv);
    good = job->argv != NULL;
  }
  if (good) {
    add_argument(job, "sync", &good);
    for (size_t i = 0; i < order->n_sources; i++) {
      add_argument(job, order->sources[i], &good);
    }
    job->n_sources = order->n_sources;
    add_argument(job, "--json", &good);
    add_argument(job, "--yes", &good);
    add_argument(job, "--progress=json", &good);
    if (order->full_refresh) {
      add_argument(job, "--full-refresh", &good);
    }
    if (order->allow_empty_replace) {
      add_argument(job, "--allow-empty-replace", &good);
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
      if (options[i].text != NULL) {
        add_argument(job, options[i].name, &good);
        add_argument(job, options[i].text, &good);
      }
    }
  }
  if (!good) {
    free_job(job);
    return sl_fail(err, SL_ENOMEM, "out of memory for a job");
  }
  *out = job;
  return SL_OK;
}

static bool is_over(const struct job *job) {
  return job->state != QUEUED && job->state != RUNNING;
}

static bool shares_source(const struct job *a, const struct job *b) {
  for (size_t i = 1; i <= a->n_sources; i++) {
    for (size_t k = 1; k <= b->n_sources; k++) {
      if (strcmp(a->argv[i], b->argv[k]) == 0) {
        return true;
      }
    }
  }
  return a->n_sources == 0 || b->n_sources == 0; /* none named: all */
}

static struct job *find_clash(struct web_jobs *jobs, const struct job *job) {
  for (size_t i = 0; i < KEPT_JOBS; i++) {
    struct job *other = jobs->all[i];
    if (other != NULL && !is_over(other) && shares_source(other, job)) {
      return other;
    }
  }
  return NULL;
}

sl_status web_jobs_add(struct web_jobs *jobs, const struct web_job_order *order, int64_t *id,
                       struct sl_error *err) {
  struct job *job = NULL;
  if (order->n_sources > MOST_SOURCES) {
    return sl_fail(err, SL_EUSAGE, "at most %d sources in one job; without names it takes all",
                   MOST_SOURCES);
  }
  sl_status rc = make_job(&job, order, err);
  if (rc != SL_OK) {
    return rc;
  }
  pthread_mutex_lock(&jobs->lock);
  const struct job *clash = find_clash(jobs, job);
  struct job **place = &jobs->all[jobs->next % KEPT_JOBS];
  if (clash != NULL) {
    rc = sl_fail(err, SL_EBUSY, "job %" PRId64 " is %s and syncs the same: cancel it, or wait",
                 clash->id, state_names[clash->state]);
  } else if (*place != NULL && !is_over(*place)) {
    rc = sl_fail(err, SL_EBUSY, "%d jobs are waiting: wait for some to end", KEPT_JOBS);
  } else {
    free_job(*place);
    *place = job;
    job->id = *id = jobs->next++;
    job->jobs = jobs;
    job->created = sl_now_micros();
    publish(job);
    pthread_cond_broadcast(&jobs->changed);
    job = NULL;
  }
  pthread_mutex_unlock(&jobs->lock);
  free_job(job);
  return rc;
}

static struct job *find(struct web_jobs *jobs, int64_t id, struct sl_error *err) {
  struct job *job = id < 0 || id >= jobs->next ? NULL : jobs->all[id % KEPT_JOBS];
  if (job == NULL || job->id != id) {
    sl_fail(err, SL_ENOTFOUND, "there is no job %" PRId64, id);
    return NULL;
  }
  return job;
}

sl_status web_jobs_cancel(struct web_jobs *jobs, int64_t id, struct sl_error *err) {
  pthread_mutex_lock(&jobs->lock);
  struct job *job = find(jobs, id, err);
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
    publish(job);
  }
  pthread_mutex_unlock(&jobs->lock);
  return rc;
}

sl_status web_jobs_show(struct web_jobs *jobs, int64_t id, struct sl_buffer *out,
                        struct sl_error *err) {
  pthread_mutex_lock(&jobs->lock);
  struct job *job = find(jobs, id, err);
  if (job != NULL) {
    put_job(job, out);
  }
  pthread_mutex_unlock(&jobs->lock);
  return job == NULL ? SL_ENOTFOUND : SL_OK;
}

void web_jobs_list(struct web_jobs *jobs, struct sl_buffer *out) {
  pthread_mutex_lock(&jobs->lock);
  int64_t first = jobs->next > KEPT_JOBS ? jobs->next - KEPT_JOBS : 0;
  sl_buffer_char(out, '[');
  for (int64_t id = jobs->next - 1; id >= first; id--) {
    sl_buffer_text(out, id == jobs->next - 1 ? "" : ",\n ");
    put_job(jobs->all[id % KEPT_JOBS], out);
  }
  sl_buffer_char(out, ']');
  pthread_mutex_unlock(&jobs->lock);
}

void web_jobs_log(struct web_jobs *jobs, struct sl_buffer *out) {
  pthread_mutex_lock(&jobs->lock);
  int64_t first = jobs->next_line > KEPT_LINES ? jobs->next_line - KEPT_LINES : 0;
  sl_buffer_char(out, '[');
  for (int64_t i = first; i < jobs->next_line; i++) {
    const struct line *line = &jobs->lines[i % KEPT_LINES];
    char time[40];
    sl_timestamp_print(time, line->time, true);
    sl_buffer_text(out, i == first ? "{" : ",\n {");
    sl_json_member_count(out, true, "job", line->job);
    sl_json_member_text(out, false, "time", time);
    sl_json_member_text(out, false, "text", line->text == NULL ? "" : line->text);
    sl_buffer_char(out, '}');
  }
  sl_buffer_char(out, ']');
  pthread_mutex_unlock(&jobs->lock);
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
    free_job(jobs->all[i]);
  }
  for (size_t i = 0; i < KEPT_LINES; i++) {
    free(jobs->lines[i].text);
  }
  pthread_cond_destroy(&jobs->changed);
  pthread_mutex_destroy(&jobs->lock);
  free(jobs);
}
