/* guard.c - see guard.h. */
#include "pipeline/guard.h"

#include <time.h>

struct guard {
  struct sl_run *run;
  pthread_t thread;
  bool running; /* the thread was started */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool over; /* guarded by lock */
};

static void *watch(void *arg) {
  struct guard *g = arg;
  pthread_mutex_lock(&g->lock);
  while (!g->over && !sl_run_cancelled(g->run)) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&g->changed, &g->lock, &until);
  }
  if (!g->over) {
    g->run->source_ops->cancel(g->run->source);
  }
  pthread_mutex_unlock(&g->lock);
  return NULL;
}

/* Without a thread (there may be none to have) the source is only cancelled once it streams. */
static void guard_begin(struct guard *g, struct sl_run *run) {
  pthread_condattr_t attributes;
  *g = (struct guard){ .run = run };
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&g->lock, NULL);
  pthread_cond_init(&g->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  g->running = run->source_ops->cancel != NULL && pthread_create(&g->thread, NULL, watch, g) == 0;
}

static sl_status guard_end(struct guard *g, sl_status rc, struct sl_error *err) {
  pthread_mutex_lock(&g->lock);
  g->over = true;
  pthread_cond_signal(&g->changed);
  pthread_mutex_unlock(&g->lock);
  if (g->running) {
    pthread_join(g->thread, NULL);
  }
  pthread_mutex_destroy(&g->lock);
  pthread_cond_destroy(&g->changed);
  return sl_run_cancelled(g->run)
             ? sl_fail(err, SL_ECANCELLED,
                       "stopped: everything was rolled back, the destination is as before")
             : rc;
}

sl_status sl_guarded_discover(struct sl_run *run, struct sl_catalog *catalog,
                              struct sl_error *err) {
  struct guard g;
  guard_begin(&g, run);
  return guard_end(&g, run->source_ops->discover(run->source, catalog, err), err);
}

sl_status sl_guarded_start(struct sl_run *run, struct sl_source_table *table,
                           const char *state_json, struct sl_error *err) {
  struct guard g;
  guard_begin(&g, run);
  return guard_end(&g, run->source_ops->start(run->source, table, state_json, err), err);
}
