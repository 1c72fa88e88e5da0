/* retry.h - what may work later is tried again: a load that failed by no fault of its own, and
 * whatever another process holds at the moment. Private to src/pipeline/. */
#ifndef SL_PIPELINE_RETRY_H
#define SL_PIPELINE_RETRY_H

#include "pipeline/run.h"

/* The attempts of one load, see --retries. All-zero before the first. */
struct sl_attempts {
  int64_t made;
  bool connected; /* source and destination were open once, so that they are what the user meant */
  bool again;     /* of the last attempt: it may be repeated, nothing of it was committed */
  bool at_once;   /* likewise, and it is not one of --retries: the load takes another way */
  bool outgrown;  /* there was one of these, see direct.c */
  struct sl_error first;  /* how the first one failed */
  struct sl_buffer notes; /* a line for each that failed */
  uint64_t seed;
};

/* Called when an attempt has failed and was rolled back, and before the run is released: decides
 * about attempts->again. A failure is repeated when it is retryable, when both ends had been
 * reached before, when the source can be read again (kept: it was kept instead) and when it is
 * certain that nothing was committed. */
void sl_attempts_judge(struct sl_attempts *attempts, const struct sl_run *run, bool kept,
                       const struct sl_error *err);
/* Waits before the next attempt: twice as long each time, between half and all of that, at most
 * --retry-max-wait. False: there is none, or the load is asked to stop. */
bool sl_attempts_wait(struct sl_attempts *attempts, const struct sl_load_settings *settings,
                      unsigned cancel_mark, const struct sl_error *err);

/* The error of a load that failed: the first attempt's, which tells what happened, and the last's.
 */
void sl_attempts_explain(const struct sl_attempts *attempts, struct sl_error *err);

/* Calls step again and again while it says SL_EBUSY, for at most --lock-wait. SL_ECANCELLED: asked
 * to stop meanwhile. */
typedef sl_status (*sl_run_step)(struct sl_run *run, struct sl_error *err);
sl_status sl_run_wait_while_busy(struct sl_run *run, sl_run_step step, struct sl_error *err);

#endif
