/* watch.c - see watch.h. */
#include "pipeline/watch.h"

#include <time.h>

#include "base/time.h"

enum { LOOK_EVERY_NANOS = 100000000 };
static const int64_t again_nanos = 3000000000;

static void stop_all(const struct sl_run *run) {
  if (run->source != NULL && run->source_ops->cancel != NULL) {
    run->source_ops->cancel(run->source);
  }
  run->destination_ops->cancel(run->destination);
}

/* Waits for a tenth of a second or the end. */
static void wait_a_little(struct sl_watch *w) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += LOOK_EVERY_NANOS;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  pthread_cond_timedwait(&w->changed, &w->lock, &until);
}

static void *watch_main(void *arg) {
  struct sl_watch *w = arg;
  int64_t next = -1; /* when cancel is called; -1 = nobody has asked to stop */
  pthread_mutex_lock(&w->lock);
  while (!w->over) {
    int64_t now = sl_monotonic_nanos();
    if (next < 0 && sl_run_cancelled(w->run)) {
      next = now + w->patience_nanos;
    }
    if (next >= 0 && now >= next) {
      stop_all(w->run);
      next = now + again_nanos;
    }
    wait_a_little(w);
  }
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

static void start(struct sl_watch *w, struct sl_run *run, int64_t patience_nanos) {
  pthread_condattr_t monotonic;
  *w = (struct sl_watch){ .run = run, .patience_nanos = patience_nanos };
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  w->started = pthread_create(&w->thread, NULL, watch_main, w) == 0;
}

void sl_watch_start(struct sl_watch *w, struct sl_run *run) {
  start(w, run, 0);
}

void sl_watch_start_patient(struct sl_watch *w, struct sl_run *run) {
  start(w, run, again_nanos);
}

void sl_watch_stop(struct sl_watch *w) {
  if (!w->started) {
    return;
  }
  pthread_mutex_lock(&w->lock);
  w->over = true;
  pthread_cond_broadcast(&w->changed);
  pthread_mutex_unlock(&w->lock);
  pthread_join(w->thread, NULL);
  pthread_cond_destroy(&w->changed);
  pthread_mutex_destroy(&w->lock);
  w->started = false;
}
