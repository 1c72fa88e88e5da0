/* cancel.c - asking loads to stop.
 *
 * The calls of sl_load_cancel are counted, and a load stops when the count has grown since it
 * began. So a call concerns the loads that run at that moment and none that begin later. */
#include <assert.h>
#include <stdatomic.h>

#include <sluice/engine.h>

#include "pipeline/run.h"
#include "pipeline/whole.h"

static atomic_uint calls;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "sl_load_cancel is called by signal handlers");

void sl_load_cancel(void) {
  atomic_fetch_add(&calls, 1);
}

unsigned sl_cancel_mark(void) {
  return atomic_load(&calls);
}

bool sl_run_cancelled(const struct sl_run *run) {
  const struct sl_load_settings *s = run->settings;
  return atomic_load(&calls) != run->cancel_mark || (s->stop != NULL && s->stop(s->stop_arg));
}
