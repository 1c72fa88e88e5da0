/* watch.c - see watch.h. */
#include "pipeline/watch.h"

#include <time.h>

enum { LOOK_EVERY_NANOS = 100000000 };

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
  bool stopped = false;
  pthread_mutex_lock(&w->lock);
  while (!w->over) {
    if (!stopped && sl_run_cancelled(w->run)) {
      stopped = true;
      stop_all(w->run);
    }
    wait_a_little(w);
  }
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

void sl_watch_start(struct sl_watch *w, struct sl_run *run) {
  pthread_condattr_t monotonic;
  *w = (struct sl_watch){ .run = run };
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  w->started = pthread_create(&w->thread, NULL, watch_main, w) == 0;
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
