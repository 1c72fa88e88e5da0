/* queue.c - see queue.h. */
#include "pipeline/queue.h"

#include <stdlib.h>

void sl_work_free(struct sl_work *work) {
  if (work != NULL) {
    sl_ddl_release(&work->ddl);
    sl_normalized_release(&work->normalized);
    sl_sums_release(&work->sums);
    free(work);
  }
}

void sl_queue_init(struct sl_queue *q, int64_t limit_bytes) {
  *q = (struct sl_queue){ .limit = limit_bytes };
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->changed, NULL);
}

bool sl_queue_push(struct sl_queue *q, struct sl_work *work) {
  pthread_mutex_lock(&q->lock);
  while (!q->aborted && q->first != NULL && q->bytes + work->bytes > q->limit) {
    pthread_cond_wait(&q->changed, &q->lock);
  }
  bool taken = !q->aborted;
  if (taken) {
    work->next = NULL;
    if (q->first == NULL) {
      q->first = work;
    } else {
      q->last->next = work;
    }
    q->last = work;
    q->bytes += work->bytes;
    pthread_cond_broadcast(&q->changed);
  }
  pthread_mutex_unlock(&q->lock);
  return taken;
}

struct sl_work *sl_queue_pop(struct sl_queue *q) {
  pthread_mutex_lock(&q->lock);
  while (!q->aborted && !q->closed && q->first == NULL) {
    pthread_cond_wait(&q->changed, &q->lock);
  }
  struct sl_work *work = q->aborted ? NULL : q->first;
  if (work != NULL) {
    q->first = work->next;
    q->bytes -= work->bytes;
    pthread_cond_broadcast(&q->changed);
  }
  pthread_mutex_unlock(&q->lock);
  return work;
}

static void set_flag(struct sl_queue *q, bool *flag) {
  pthread_mutex_lock(&q->lock);
  *flag = true;
  pthread_cond_broadcast(&q->changed);
  pthread_mutex_unlock(&q->lock);
}

void sl_queue_close(struct sl_queue *q) {
  set_flag(q, &q->closed);
}

void sl_queue_abort(struct sl_queue *q) {
  set_flag(q, &q->aborted);
}

void sl_queue_release(struct sl_queue *q) {
  while (q->first != NULL) {
    struct sl_work *next = q->first->next;
    sl_work_free(q->first);
    q->first = next;
  }
  pthread_cond_destroy(&q->changed);
  pthread_mutex_destroy(&q->lock);
}
