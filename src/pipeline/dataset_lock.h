/* dataset_lock.h - one writer for each pipeline and dataset, on whatever machine: a lock that the
 * destination's server keeps for the connection. The working folder's lock (lock.h) is one of this
 * machine only. Private to src/pipeline/. */
#ifndef SL_PIPELINE_DATASET_LOCK_H
#define SL_PIPELINE_DATASET_LOCK_H

#include "pipeline/run.h"
#include "pipeline/target.h"

/* After the destination was opened and before its transaction. Waits for --lock-wait while another
 * session has the lock, then SL_EBUSY (retryable) says whose it is. It is given up with the
 * connection, however that ends. Where a database has no such locks, or locks its file itself,
 * nothing happens. */
sl_status sl_dataset_lock_take(struct sl_run *run, struct sl_error *err);
/* The same for what is no load, before its transaction, and without waiting. t->pipeline NULL: of
 * every pipeline that has a state in the dataset. */
sl_status sl_dataset_lock_target(struct sl_target *t, struct sl_error *err);

#endif
