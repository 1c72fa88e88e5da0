/* send.c - batches sent one by one, by one thread or several: order, pace and retries. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"
#include "outbox/outbox_internal.h"
#include "outbox/sink.h"

enum {
  FIRST_WAIT_MS = 500,
  LONGEST_WAIT_MS = 60000,
  LONGEST_ASKED_MS = 3600000,
  MOST_THREADS = 256
};

struct sending {
  struct sl_sink *sink;
  struct sl_outbox_load *load;
  const struct sl_send_ops *ops;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint8_t **taken;     /* by table and batch: accepted, or on its way */
  int64_t *first;      /* by table: no batch before this one is free */
  int64_t *on_the_way; /* by table */
  int64_t all_on_the_way;
  int64_t next_nanos; /* when the next batch may begin */
  bool failed;
  struct sl_error error; /* of the first failure */
};

/* ---- what is next ---- */

static int64_t first_free(struct sending *s, size_t table) {
  int64_t *at = &s->first[table];
  while (*at < s->load->tables[table].n_batches && s->taken[table][*at] != 0) {
    *at += 1;
  }
  return *at < s->load->tables[table].n_batches ? *at : -1;
}

/* The next batch that the order allows now; -1 = none. *waiting: one may come when others end. */
static int64_t next_batch(struct sending *s, size_t *table, bool *waiting) {
  char order = s->sink->settings.order == NULL ? 't' : s->sink->settings.order[0];
  *waiting = false;
  for (*table = 0; *table < s->load->n_tables; *table += 1) {
    int64_t batch = first_free(s, *table);
    if (batch < 0) {
      continue;
    }
    bool blocked = order == 'l'   ? s->all_on_the_way > 0
                   : order == 't' ? s->on_the_way[*table] > 0
                                  : false;
    if (!blocked) {
      return batch;
    }
    *waiting = true;
  }
  return -1;
}

/* Takes a batch; false when there is nothing left to do for this thread. */
static bool take(struct sending *s, size_t *table, int64_t *batch) {
  bool waiting = true;
  *batch = -1;
  pthread_mutex_lock(&s->lock);
  while (!s->failed && *batch < 0 && waiting) {
    *batch = next_batch(s, table, &waiting);
    if (*batch < 0 && waiting) {
      pthread_cond_wait(&s->changed, &s->lock);
    }
  }
  bool got = !s->failed && *batch >= 0;
  if (got) {
    s->taken[*table][*batch] = 1;
    s->on_the_way[*table]++;
    s->all_on_the_way++;
  }
  pthread_mutex_unlock(&s->lock);
  return got;
}

static void give_back(struct sending *s, size_t table, sl_status rc, const struct sl_error *err) {
  pthread_mutex_lock(&s->lock);
  s->on_the_way[table]--;
  s->all_on_the_way--;
  if (rc != SL_OK && !s->failed) {
    s->failed = true;
    s->error = *err;
  }
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

/* ---- one batch ---- */

/* Waits until the pace allows another batch. */
static bool keep_pace(struct sending *s) {
  if (s->ops->nanos_between == 0) {
    return !sl_sink_cancelled(s->sink);
  }
  pthread_mutex_lock(&s->lock);
  int64_t now = sl_monotonic_nanos();
  int64_t begin = s->next_nanos > now ? s->next_nanos : now;
  s->next_nanos = begin + s->ops->nanos_between;
  pthread_mutex_unlock(&s->lock);
  return sl_sink_wait(s->sink, (begin - now + 999999) / 1000000);
}

int64_t sl_sink_backoff(int64_t attempt, int64_t asked_ms, uint64_t *seed) {
  int64_t most = attempt > 20 ? LONGEST_WAIT_MS : (int64_t)FIRST_WAIT_MS << attempt;
  most = most > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : most;
  int64_t wait = most / 2 + (int64_t)(sl_random_next(seed) % (uint64_t)(most / 2 + 1));
  asked_ms = asked_ms > LONGEST_ASKED_MS ? LONGEST_ASKED_MS : asked_ms;
  return asked_ms > wait ? asked_ms : wait;
}

static sl_status not_sent(const struct sl_sink *sink, const struct sl_outbox_batch *batch,
                          enum sl_sink_answer answer, int64_t attempts, struct sl_error *err) {
  int64_t number = batch->number + 1;
  int64_t last_row = batch->first_row + batch->array.length;
  char tried[64] = "";
  if (answer == SL_SINK_RETRY) {
    snprintf(tried, sizeof tried, " after %lld %s", (long long)attempts,
             attempts == 1 ? "attempt" : "attempts");
  }
  err->code = err->code == SL_OK ? SL_EDEST : err->code;
  err->retryable = answer == SL_SINK_RETRY;
  return sl_error_add_context(
      err, "batch %lld of table %s (rows %lld to %lld) was %s by %s%s", (long long)number,
      batch->table->name, (long long)batch->first_row + 1, (long long)last_row,
      answer == SL_SINK_REFUSED ? "refused" : "not accepted", sink->shown, tried);
}

static sl_status send_batch(struct sending *s, void *state, size_t table, int64_t number,
                            uint64_t *seed, struct sl_error *err) {
  struct sl_sink *sink = s->sink;
  struct sl_outbox_batch batch = { 0 };
  enum sl_sink_answer answer = SL_SINK_RETRY;
  sl_status rc = sl_outbox_read(s->load, table, number, &batch, err);
  for (int64_t attempt = 0; rc == SL_OK && answer == SL_SINK_RETRY; attempt++) {
    struct sl_send_result result = { .wait_ms = -1 };
    if (!keep_pace(s)) {
      rc = sl_sink_stopped(sink, err);
      break;
    }
    *err = (struct sl_error){ 0 };
    answer = s->ops->send(sink, state, &batch, &result, err);
    if (sl_sink_cancelled(sink) && answer != SL_SINK_ACCEPTED) {
      rc = sl_sink_stopped(sink, err);
    } else if (answer == SL_SINK_REFUSED ||
               (answer == SL_SINK_RETRY && attempt >= sink->settings.retries)) {
      rc = not_sent(sink, &batch, answer, attempt + 1, err);
    } else if (answer == SL_SINK_RETRY &&
               !sl_sink_wait(sink, sl_sink_backoff(attempt, result.wait_ms, seed))) {
      rc = sl_sink_stopped(sink, err);
    }
  }
  sl_outbox_batch_release(&batch);
  return rc == SL_OK ? sl_outbox_accept(s->load, table, number, number, err) : rc;
}

static void *send_main(void *arg) {
  struct sending *s = arg;
  struct sl_error err = { 0 };
  void *state = NULL;
  uint64_t seed = sl_random_seed();
  size_t table = 0;
  int64_t batch;
  sl_status rc = s->ops->open == NULL ? SL_OK : s->ops->open(s->sink, s->load, &state, &err);
  if (rc != SL_OK) {
    pthread_mutex_lock(&s->lock);
    s->error = s->failed ? s->error : err;
    s->failed = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
  }
  while (rc == SL_OK && take(s, &table, &batch)) {
    rc = send_batch(s, state, table, batch, &seed, &err);
    give_back(s, table, rc, &err);
  }
  if (s->ops->close != NULL && state != NULL) {
    s->ops->close(state);
  }
  return NULL;
}

/* ---- all ---- */

static sl_status prepare(struct sending *s, struct sl_error *err) {
  const struct sl_outbox_load *load = s->load;
  s->taken = sl_calloc_array(load->n_tables, sizeof *s->taken);
  s->first = sl_calloc_array(load->n_tables, sizeof *s->first);
  s->on_the_way = sl_calloc_array(load->n_tables, sizeof *s->on_the_way);
  sl_status rc = s->taken == NULL || s->first == NULL || s->on_the_way == NULL
                     ? sl_outbox_no_memory(err)
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < load->n_tables; i++) {
    const struct sl_outbox_table *t = &load->tables[i];
    s->taken[i] = sl_alloc_array((size_t)t->n_batches, 1);
    if (s->taken[i] == NULL) {
      rc = sl_outbox_no_memory(err);
    } else {
      memcpy(s->taken[i], t->accepted, (size_t)t->n_batches);
    }
  }
  return rc;
}

static void run_threads(struct sending *s, int64_t wanted) {
  pthread_t threads[MOST_THREADS];
  int64_t n = 0;
  while (n < wanted - 1 && pthread_create(&threads[n], NULL, send_main, s) == 0) {
    n++; /* with fewer threads it is slower, and not wrong */
  }
  send_main(s);
  for (int64_t i = 0; i < n; i++) {
    pthread_join(threads[i], NULL);
  }
}

sl_status sl_sink_send_all(struct sl_sink *sink, struct sl_outbox_load *load,
                           const struct sl_send_ops *ops, struct sl_error *err) {
  struct sending s = { .sink = sink, .load = load, .ops = ops };
  int64_t left = sl_outbox_batches(load) - sl_outbox_accepted(load);
  if (left == 0) {
    return SL_OK;
  }
  pthread_mutex_init(&s.lock, NULL);
  pthread_cond_init(&s.changed, NULL);
  sl_status rc = prepare(&s, err);
  if (rc == SL_OK) {
    int64_t threads = sink->settings.parallel < 1              ? 1
                      : sink->settings.parallel > MOST_THREADS ? MOST_THREADS
                                                               : sink->settings.parallel;
    run_threads(&s, threads < left ? threads : left);
  }
  if (rc == SL_OK && s.failed) {
    rc = s.error.code;
    *err = s.error;
  }
  for (size_t i = 0; s.taken != NULL && i < load->n_tables; i++) {
    free(s.taken[i]);
  }
  free(s.taken);
  free(s.first);
  free(s.on_the_way);
  pthread_cond_destroy(&s.changed);
  pthread_mutex_destroy(&s.lock);
  return rc;
}
