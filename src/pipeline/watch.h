/* watch.h - a load that is asked to stop stops wherever it waits: in a query of the source before
 * the first row, in a merge, in a commit. Who does not stop is asked again every few seconds, and
 * connections break then: the other side may have gone away without a word. Private to
 * src/pipeline/. */
#ifndef SL_PIPELINE_WATCH_H
#define SL_PIPELINE_WATCH_H

#include <pthread.h>

#include "pipeline/run.h"

struct sl_watch { /* all-zero is not started */
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool started, over;
  struct sl_run *run;
  int64_t patience_nanos; /* from the wish to stop to the first call of cancel */
};

/* Watches from now on: source and destination of the run are open and stay so until
 * sl_watch_stop. Without memory for a thread there is no watching. */
void sl_watch_start(struct sl_watch *watch, struct sl_run *run);
/* The same for what would rather not be stopped, a commit or a rollback: it has a few seconds, and
 * is stopped only when it does not end. */
void sl_watch_start_patient(struct sl_watch *watch, struct sl_run *run);
void sl_watch_stop(struct sl_watch *watch); /* fine when not started */

#endif
