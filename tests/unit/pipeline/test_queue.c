/* The queue between turnstile and loader: order, its bound in bytes, closing, giving up. */
#include "pipeline/queue.h"

#include <stdlib.h>
#include <time.h>

#include "unit/test.h"

static struct sl_work *work_of(int64_t bytes, int64_t mark) {
  struct sl_work *work = calloc(1, sizeof *work);
  work->bytes = bytes;
  work->source_bytes = mark;
  return work;
}

TEST(work_comes_out_as_it_went_in) {
  struct sl_queue q;
  sl_queue_init(&q, 1000);
  for (int i = 0; i < 5; i++) {
    CHECK(sl_queue_push(&q, work_of(10, i)));
  }
  CHECK_INT("bytes", q.bytes, 50);
  sl_queue_close(&q);
  for (int i = 0; i < 5; i++) {
    struct sl_work *work = sl_queue_pop(&q);
    if (CHECK(work != NULL)) {
      CHECK_INT("order", work->source_bytes, i);
    }
    sl_work_free(work);
  }
  CHECK(sl_queue_pop(&q) == NULL);
  CHECK_INT("empty", q.bytes, 0);
  sl_queue_release(&q);
}

struct pusher {
  struct sl_queue *queue;
  struct sl_work *work;
  bool taken;
};

static void *push_main(void *arg) {
  struct pusher *p = arg;
  p->taken = sl_queue_push(p->queue, p->work);
  return NULL;
}

static void *pop_main(void *arg) {
  return sl_queue_pop(arg);
}

static void wait_a_little(void) {
  const struct timespec pause = { 0, 20000000 };
  nanosleep(&pause, NULL);
}

static int64_t bytes_of(struct sl_queue *q) {
  pthread_mutex_lock(&q->lock);
  int64_t bytes = q->bytes;
  pthread_mutex_unlock(&q->lock);
  return bytes;
}

TEST(a_full_queue_makes_the_next_push_wait) {
  struct sl_queue q;
  pthread_t thread;
  sl_queue_init(&q, 100);
  struct pusher p = { &q, work_of(41, 2), false };
  CHECK(sl_queue_push(&q, work_of(60, 1)));
  CHECK_INT("start", pthread_create(&thread, NULL, push_main, &p), 0);
  wait_a_little();
  CHECK_INT("still only the first", bytes_of(&q), 60);
  sl_work_free(sl_queue_pop(&q));
  pthread_join(thread, NULL);
  CHECK(p.taken);
  CHECK_INT("now the second", q.bytes, 41);
  sl_queue_release(&q); /* frees what is left */
}

TEST(one_too_large_goes_alone) {
  struct sl_queue q;
  sl_queue_init(&q, 100);
  CHECK(sl_queue_push(&q, work_of(5000, 1)));
  sl_work_free(sl_queue_pop(&q));
  CHECK_INT("gone", q.bytes, 0);
  sl_queue_release(&q);
}

TEST(an_abort_wakes_both_sides) {
  for (int popping = 0; popping < 2; popping++) {
    struct sl_queue q;
    pthread_t thread;
    void *got = NULL;
    sl_queue_init(&q, 100);
    struct pusher p = { &q, work_of(100, 2), true };
    if (popping) {
      CHECK_INT("start", pthread_create(&thread, NULL, pop_main, &q), 0);
    } else {
      CHECK(sl_queue_push(&q, work_of(100, 1)));
      CHECK_INT("start", pthread_create(&thread, NULL, push_main, &p), 0);
    }
    wait_a_little();
    sl_queue_abort(&q);
    pthread_join(thread, &got);
    CHECK(got == NULL);
    CHECK_CASE("refused work stays the caller's", popping || !p.taken);
    CHECK_CASE("nothing comes out any more", sl_queue_pop(&q) == NULL);
    sl_work_free(p.work);
    sl_queue_release(&q);
  }
}

/* Many small items through a queue that holds three, from several threads. */
enum { THREADS = 3, EACH = 2000 };

static void *push_many(void *arg) {
  for (int i = 0; i < EACH; i++) {
    struct sl_work *work = work_of(10, i);
    if (!sl_queue_push(arg, work)) {
      sl_work_free(work);
      return arg;
    }
  }
  return NULL;
}

TEST(nothing_is_lost_between_threads) {
  struct sl_queue q;
  pthread_t threads[THREADS];
  int64_t sum = 0;
  void *failed;
  sl_queue_init(&q, 30);
  for (int i = 0; i < THREADS; i++) {
    CHECK_INT("start", pthread_create(&threads[i], NULL, push_many, &q), 0);
  }
  for (int i = 0; i < THREADS * EACH; i++) {
    struct sl_work *work = sl_queue_pop(&q);
    CHECK(bytes_of(&q) <= 30);
    sum += work->source_bytes;
    sl_work_free(work);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], &failed);
    CHECK(failed == NULL);
  }
  CHECK_INT("sum", sum, (int64_t)THREADS * EACH * (EACH - 1) / 2);
  sl_queue_release(&q);
}
