/* scheduling.c - see scheduling.h. */
#include "web/scheduling.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "http/post_queue.h"

struct web_scheduling {
  struct web_scheduling_settings settings;
  struct web_jobs *jobs;
  struct sl_post_queue *webhooks;
  struct sl_scheduler *scheduler;
  pthread_t thread;
  pthread_mutex_t lock; /* of `say`, which two threads call, and of stopping */
  pthread_cond_t changed;
  bool threaded, stopping, failed;
};

/* ---- the scheduler's door ---- */

static void say(void *arg, const struct sl_schedule_line *line) {
  struct web_scheduling *s = arg;
  pthread_mutex_lock(&s->lock);
  s->failed = s->failed || line->level == SL_LINE_ERROR;
  if (s->settings.say != NULL) {
    s->settings.say(line);
  }
  if (s->settings.events != NULL) {
    web_events_publish(s->settings.events, "schedules", "{}");
  }
  pthread_mutex_unlock(&s->lock);
}

static void webhook_failed(void *arg, const char *webhook, const char *why) {
  char message[300];
  snprintf(message, sizeof message, "the webhook %s was not told: %s", webhook, why);
  say(arg, &(struct sl_schedule_line){ SL_LINE_WARNING, NULL, "webhook", message });
}

static void tell(void *arg, const struct sl_webhook *webhook, const char *body) {
  struct web_scheduling *s = arg;
  sl_post_queue_send(s->webhooks, webhook->name, webhook->url, body);
}

/* A script runs with the Python of the project. */
static sl_status add_script(struct web_scheduling *s, struct web_job_order *order,
                            const char *script, int64_t *id, struct sl_error *err) {
  static const char *const places[] = { "venv/bin/python", ".venv/bin/python" };
  struct sl_buffer python = { 0 };
  struct sl_buffer path = { 0 };
  sl_buffer_text(&python, "python3");
  for (size_t i = 2; i-- > 0;) {
    struct sl_buffer place = { 0 };
    sl_buffer_printf(&place, "%s/%s", s->settings.root, places[i]);
    if (!place.failed && access(place.data, X_OK) == 0) {
      sl_buffer_release(&python);
      python = place;
    } else {
      sl_buffer_release(&place);
    }
  }
  sl_buffer_printf(&path, "%s/scripts/%s", s->settings.root, script);
  sl_status rc =
      path.failed || python.failed   ? sl_fail(err, SL_ENOMEM, "out of memory for a script")
      : access(path.data, R_OK) != 0 ? sl_fail(err, SL_ENOTFOUND, "there is no scripts/%s", script)
                                     : SL_OK;
  if (rc == SL_OK) {
    const char *const command[] = { path.data, NULL };
    order->program = python.data;
    order->command = command;
    rc = web_jobs_add(s->jobs, order, id, err); /* which copies them */
    order->program = NULL;
    order->command = NULL;
  }
  sl_buffer_release(&python);
  sl_buffer_release(&path);
  return rc;
}

/* What dbt shall select, or its own options. */
static sl_status add_dbt(struct web_scheduling *s, struct web_job_order *order, const char *text,
                         int64_t *id, struct sl_error *err) {
  enum { MOST = 30 };
  const char *command[MOST + 3] = { "run", "--select" };
  size_t n = text[0] == '-' ? 1 : 2;
  char *rest = NULL;
  char *words = strdup(text);
  for (char *word = words == NULL ? NULL : strtok_r(words, " \t", &rest); word != NULL && n < MOST;
       word = strtok_r(NULL, " \t", &rest)) {
    command[n++] = word;
  }
  command[n] = NULL;
  order->command = command;
  sl_status rc = words == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a job")
                               : web_jobs_add(s->jobs, order, id, err);
  order->command = NULL;
  free(words);
  return rc;
}

static sl_status start(void *arg, const struct sl_schedule_order *what, int64_t *id,
                       struct sl_error *err) {
  struct web_scheduling *s = arg;
  const struct sl_schedule *schedule = what->schedule;
  struct web_job_order order = { .schedule = schedule->name,
                                 .waits = true,
                                 .seconds = (double)schedule->timeout_minutes * 60,
                                 .no_dbt = schedule->type == SL_SCHEDULE_SYNC_ONLY };
  if (schedule->type == SL_SCHEDULE_SCRIPT) {
    return add_script(s, &order, schedule->script_path, id, err);
  }
  if (schedule->type == SL_SCHEDULE_DBT) {
    return add_dbt(s, &order, schedule->dbt_command, id, err);
  }
  order.sources = what->sources;
  order.n_sources = what->n_sources;
  return web_jobs_add(s->jobs, &order, id, err);
}

static bool over(void *arg, int64_t id, struct sl_try_result *out) {
  struct web_scheduling *s = arg;
  struct web_job_outcome job;
  if (!web_jobs_over(s->jobs, id, &job)) {
    return false;
  }
  *out = (struct sl_try_result){ .end = job.timed_out   ? SL_TRY_TIMEOUT
                                        : job.cancelled ? SL_TRY_CANCELLED
                                        : job.code == 0 ? SL_TRY_DONE
                                        : job.code == 3 ? SL_TRY_PARTIAL
                                                        : SL_TRY_FAILED,
                                 .final = job.code == 2,
                                 .json = job.result,
                                 .message = job.message };
  return true;
}

static void stop(void *arg, int64_t id) {
  struct web_scheduling *s = arg;
  struct sl_error err;
  sl_status rc = web_jobs_cancel(s->jobs, id, &err);
  (void)rc; /* it may be over meanwhile, which is seen next */
}

/* ---- from start to stop ---- */

static sl_status open_scheduler(struct web_scheduling *s, struct sl_error *err) {
  struct sl_scheduler_settings settings = { .root = s->settings.root,
                                            .due = s->settings.due,
                                            .dashboard = s->settings.dashboard,
                                            .door = { s, start, over, stop, say, tell } };
  struct sl_post_queue_settings posts = { .http = sl_post_patience,
                                          .failed = webhook_failed,
                                          .arg = s };
  sl_status rc = sl_post_queue_new(&s->webhooks, &posts, err);
  return rc == SL_OK ? sl_scheduler_new(&s->scheduler, &settings, sl_now_micros(), err) : rc;
}

static void close_scheduler(struct web_scheduling *s) {
  enum { PATIENCE_SECONDS = 10 };
  sl_scheduler_free(s->scheduler, sl_now_micros());
  sl_post_queue_free(s->webhooks, PATIENCE_SECONDS);
}

enum { BUSY_NANOS = 100000000 }; /* between looks at a run that is under way */

static void *keep_time(void *arg) {
  struct web_scheduling *s = arg;
  pthread_mutex_lock(&s->lock);
  while (!s->stopping) {
    struct timespec until;
    pthread_mutex_unlock(&s->lock);
    sl_scheduler_tick(s->scheduler, sl_now_micros());
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += sl_scheduler_idle(s->scheduler) ? 1000000000L : BUSY_NANOS;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&s->lock);
    if (!s->stopping) {
      pthread_cond_timedwait(&s->changed, &s->lock, &until);
    }
  }
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

static void init(struct web_scheduling *s, const struct web_scheduling_settings *settings,
                 struct web_jobs *jobs) {
  *s = (struct web_scheduling){ .settings = *settings, .jobs = jobs };
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->changed, NULL);
}

static void finish(struct web_scheduling *s) {
  close_scheduler(s);
  pthread_cond_destroy(&s->changed);
  pthread_mutex_destroy(&s->lock);
}

sl_status web_scheduling_new(struct web_scheduling **out,
                             const struct web_scheduling_settings *settings, struct web_jobs *jobs,
                             struct sl_error *err) {
  struct web_scheduling *s = calloc(1, sizeof *s);
  *out = NULL;
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for schedules");
  }
  init(s, settings, jobs);
  sl_status rc = open_scheduler(s, err);
  if (rc == SL_OK) {
    int problem = pthread_create(&s->thread, NULL, keep_time, s);
    s->threaded = problem == 0;
    rc = problem == 0 ? SL_OK : sl_fail_errno(err, problem, "starting a thread");
  }
  if (rc != SL_OK) {
    web_scheduling_free(s);
    return rc;
  }
  *out = s;
  return SL_OK;
}

void web_scheduling_free(struct web_scheduling *s) {
  if (s == NULL) {
    return;
  }
  pthread_mutex_lock(&s->lock);
  s->stopping = true;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
  if (s->threaded) {
    pthread_join(s->thread, NULL);
  }
  finish(s);
  free(s);
}

sl_status web_scheduling_trigger(struct web_scheduling *s, const char *name, struct sl_error *err) {
  sl_status rc = sl_scheduler_trigger(s->scheduler, name, err);
  pthread_cond_broadcast(&s->changed);
  return rc;
}

/* ---- without a page ---- */

static void tick_until(struct web_scheduling *s, bool once, bool (*stopped)(void)) {
  const struct timespec pause = { 0, once ? 50000000 : 250000000 };
  do {
    sl_scheduler_tick(s->scheduler, sl_now_micros());
    if (!(once && sl_scheduler_idle(s->scheduler)) && !stopped()) {
      nanosleep(&pause, NULL);
    }
  } while (!(once && sl_scheduler_idle(s->scheduler)) && !stopped());
}

sl_status web_run_schedules(const struct web_scheduling_settings *settings, bool once,
                            const char *name, bool (*stopped)(void), bool *failed,
                            struct sl_error *err) {
  struct web_events *events = NULL;
  struct web_jobs *jobs = NULL;
  struct web_scheduling s;
  sl_status rc = web_events_new(&events, err);
  if (rc == SL_OK) {
    rc = web_jobs_new(&jobs, settings->root, events, err);
  }
  if (rc == SL_OK) {
    init(&s, settings, jobs);
    rc = open_scheduler(&s, err);
    if (rc == SL_OK && name != NULL) {
      rc = sl_scheduler_trigger(s.scheduler, name, err);
    }
    if (rc == SL_OK) {
      tick_until(&s, once, stopped);
    }
    finish(&s);
    *failed = s.failed;
  }
  web_jobs_free(jobs);
  web_events_free(events);
  return rc;
}
