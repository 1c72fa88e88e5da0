/* retry.c - see retry.h. */
#include "pipeline/retry.h"

#include <stdio.h>
#include <time.h>

#include "base/hash.h"
#include "base/time.h"
#include "pipeline/whole.h"

enum { FIRST_WAIT_MS = 1000, LOOK_EVERY_MS = 50 };

static void pause_millis(int64_t millis) {
  const struct timespec t = { .tv_sec = millis / 1000, .tv_nsec = millis % 1000 * 1000000 };
  nanosleep(&t, NULL);
}

void sl_attempts_judge(struct sl_attempts *a, const struct sl_run *run, bool kept,
                       const struct sl_error *err) {
  a->connected = a->connected || (run->source != NULL && run->destination != NULL);
  a->again = err->retryable && err->code != SL_ECANCELLED && a->connected && !run->committing &&
             !kept && run->source_location != NULL && !sl_run_cancelled(run);
  a->at_once = run->outgrown && err->code != SL_ECANCELLED && !kept && !sl_run_cancelled(run);
  a->outgrown = a->outgrown || a->at_once;
}

static int64_t wait_before(struct sl_attempts *a, int64_t most_ms) {
  int64_t wait = a->made > 20 ? most_ms : (int64_t)FIRST_WAIT_MS << (a->made - 1);
  wait = wait > most_ms ? most_ms : wait;
  if (a->seed == 0) {
    a->seed = sl_random_seed();
  }
  return wait / 2 + (int64_t)(sl_random_next(&a->seed) % (uint64_t)(wait / 2 + 1));
}

bool sl_attempts_wait(struct sl_attempts *a, const struct sl_load_settings *settings,
                      unsigned cancel_mark, const struct sl_error *err) {
  if (a->at_once) {
    sl_buffer_printf(&a->notes, "%s\n", err->message);
    return true;
  }
  a->first = a->made++ == 0 ? *err : a->first;
  if (!a->again || a->made > settings->retries) {
    return false;
  }
  int64_t wait = wait_before(a, settings->retry_max_wait * 1000);
  sl_buffer_printf(&a->notes, "attempt %lld failed, tried again after %.1f s: %s\n",
                   (long long)a->made, (double)wait / 1000, err->message);
  for (int64_t left = wait; left > 0; left -= LOOK_EVERY_MS) {
    if (settings->progress != NULL) {
      const struct sl_progress progress = {
        .phase = "waiting to try again", .table = "", .total_bytes = -1, .total_documents = -1
      };
      settings->progress(&progress, settings->progress_arg);
    }
    if (sl_cancel_mark() != cancel_mark ||
        (settings->stop != NULL && settings->stop(settings->stop_arg))) {
      return false;
    }
    pause_millis(left < LOOK_EVERY_MS ? left : LOOK_EVERY_MS);
  }
  return true;
}

void sl_attempts_explain(const struct sl_attempts *a, struct sl_error *err) {
  char last[sizeof err->message];
  if (a->made < 2) {
    return;
  }
  snprintf(last, sizeof last, "%s", err->message);
  snprintf(err->message, sizeof err->message, "%.600s; tried again, the last time: %.380s",
           a->first.message, last);
}

sl_status sl_run_wait_while_busy(struct sl_run *run, sl_run_step step, struct sl_error *err) {
  int64_t end = sl_monotonic_nanos() + run->settings->lock_wait * INT64_C(1000000000);
  sl_status rc = step(run, err);
  while (rc == SL_EBUSY && sl_monotonic_nanos() < end) {
    if (sl_run_cancelled(run)) {
      return sl_fail(err, SL_ECANCELLED,
                     "stopped while it waited for another process: nothing was "
                     "changed");
    }
    sl_run_report(run, "waiting for another process");
    pause_millis(LOOK_EVERY_MS);
    rc = step(run, err);
  }
  return rc;
}
