/* queue.h - normalized blocks on their way to the loader thread.
 *
 * Bounded in bytes and not in blocks, so that a slow destination holds back a fast source whatever
 * the block size. One item larger than the limit is let through alone. */
#ifndef SL_PIPELINE_QUEUE_H
#define SL_PIPELINE_QUEUE_H

#include <pthread.h>

#include "normalize/normalize.h"
#include "pipeline/ddl.h"
#include "pipeline/tally.h"

struct sl_work {     /* what one block became; owned by the queue, then by the loader */
  struct sl_ddl ddl; /* to run before the batches */
  struct sl_normalized normalized;
  struct sl_sums sums;  /* of the batches, when they are wanted */
  int64_t bytes;        /* of memory, for the bound */
  int64_t source_bytes; /* of the source, for progress */
  bool mark;            /* no block: tells the loader that no more come before a checkpoint */
  struct sl_work *next;
};
void sl_work_free(struct sl_work *work); /* NULL is fine */

struct sl_queue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct sl_work *first, *last;
  int64_t bytes, limit;
  bool closed;  /* no more pushes: the loader drains and ends */
  bool aborted; /* both sides stop at once */
};

void sl_queue_init(struct sl_queue *q, int64_t limit_bytes);
/* Waits for room. False when aborted: the work is then still the caller's. */
bool sl_queue_push(struct sl_queue *q, struct sl_work *work);
/* Waits for work. NULL when closed and empty, or aborted. */
struct sl_work *sl_queue_pop(struct sl_queue *q);
void sl_queue_close(struct sl_queue *q);
void sl_queue_abort(struct sl_queue *q);
void sl_queue_release(struct sl_queue *q); /* frees what is left */

#endif
