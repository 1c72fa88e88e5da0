/* stream.c - see stream.h.
 *
 * Locks: `claim_lock` serialises the source's claim and numbers the blocks; `turn_lock` guards the
 * turnstile and the outcome. They are never held together.
 *
 * A checkpoint needs a moment at which nothing is under way. The loader thread pauses the claims;
 * what was claimed flows on to it, and when it has written the last of that, nobody else has
 * anything in hands. */
#include "pipeline/stream.h"

#include <stdlib.h>
#include <time.h>

#include "base/fault.h"
#include "base/time.h"

struct stream {
  const struct sl_stream_options *options;
  pthread_mutex_t claim_lock;
  int64_t next_block;
  int64_t documents_left; /* of the limit */
  bool source_ended, stopped;
  bool pausing, paused; /* a checkpoint is wanted; all that goes into it was claimed */
  pthread_cond_t claims_go_on;

  pthread_mutex_t turn_lock;
  pthread_cond_t turn_changed;
  int64_t turn;      /* number of the block whose turn it is */
  int64_t push_turn; /* with sums: the same before the queue */
  int64_t next_line; /* of the block whose turn it is */
  int running;       /* threads that have not ended */
  bool failed;
  struct sl_error error; /* valid when failed */

  struct sl_queue queue;
  int64_t written; /* number of the next block to be written; of the loader thread */
};

/* The first failure is kept; everybody is woken up to stop. step: as in struct sl_stream_times. */
static void stream_fail(struct stream *s, const struct sl_error *err, const char *step) {
  pthread_mutex_lock(&s->turn_lock);
  if (!s->failed) {
    s->failed = true;
    s->error = *err;
    s->options->times->failed = step;
  }
  pthread_cond_broadcast(&s->turn_changed);
  pthread_mutex_unlock(&s->turn_lock);
  sl_queue_abort(&s->queue);
  const struct sl_source_ops *ops = s->options->source->ops;
  if (ops->cancel != NULL) {
    ops->cancel(s->options->source);
  }
  pthread_mutex_lock(&s->claim_lock); /* only now: a claim that waits has it */
  s->stopped = true;
  pthread_cond_broadcast(&s->claims_go_on);
  pthread_mutex_unlock(&s->claim_lock);
}

static bool stream_failed(struct stream *s) {
  pthread_mutex_lock(&s->turn_lock);
  bool failed = s->failed;
  pthread_mutex_unlock(&s->turn_lock);
  return failed;
}

static void block_release(struct sl_block *block) {
  if (block->release != NULL) {
    block->release(block);
  }
}

/* Cuts newline-separated documents after `most`; returns how many are left in the block. */
static int64_t cut_lines(struct sl_block *block, int64_t most) {
  int64_t count = 0;
  const char *at = block->data;
  const char *end = block->data + block->size;
  while (at < end && count < most) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *stop = newline == NULL ? end : newline + 1;
    size_t blank = strspn(at, " \t\r\n");
    count += at + blank < stop;
    at = stop;
  }
  block->size = (size_t)(at - block->data);
  return count;
}

/* Cuts a filled block to the rows that the limit still allows, and its share of the source with it.
 * Only with one worker. */
static void apply_limit(struct stream *s, struct sl_block *block) {
  if (s->options->limit <= 0) {
    return;
  }
  int64_t rows = 0;
  int64_t before = (int64_t)block->size; /* in what the rows are measured by */
  int64_t after;
  if (block->kind == SL_BLOCK_BATCH) {
    before = block->array.length;
    if (block->array.length > s->documents_left) {
      block->array.length = s->documents_left;
    }
    rows = after = block->array.length;
  } else if (block->spans != NULL) {
    before = (int64_t)block->n_spans;
    if ((int64_t)block->n_spans > s->documents_left) {
      block->n_spans = (size_t)s->documents_left;
    }
    rows = after = (int64_t)block->n_spans;
  } else {
    rows = cut_lines(block, s->documents_left);
    after = (int64_t)block->size;
  }
  if (after < before) {
    block->source_bytes = (int64_t)((double)block->source_bytes * (double)after / (double)before);
  }
  s->documents_left -= rows;
}

/* Waits while a checkpoint is made; has claim_lock. */
static void wait_for_checkpoint(struct stream *s) {
  while (s->pausing && s->paused && !s->stopped) {
    pthread_cond_wait(&s->claims_go_on, &s->claim_lock);
  }
}

/* Tells the loader thread, which may wait for work, that all was claimed. Has claim_lock, and gives
 * it up for that: the queue may be full. */
static sl_status tell_paused(struct stream *s, struct sl_error *err) {
  struct sl_work *mark = calloc(1, sizeof *mark);
  s->paused = true;
  if (mark == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a checkpoint");
  }
  mark->mark = true;
  pthread_mutex_unlock(&s->claim_lock);
  if (!sl_queue_push(&s->queue, mark)) {
    sl_work_free(mark);
  }
  pthread_mutex_lock(&s->claim_lock);
  return SL_OK;
}

/* Claims the next block and its number. False: no more blocks (rc SL_OK) or a failure. */
static bool claim_block(struct stream *s, struct sl_block *block, int64_t *number, sl_status *rc,
                        struct sl_error *err) {
  struct sl_source *source = s->options->source;
  bool end = false;
  *rc = SL_OK;
  pthread_mutex_lock(&s->claim_lock);
  for (bool again = true; *rc == SL_OK && again;) {
    wait_for_checkpoint(s);
    bool enough = s->options->limit > 0 && s->documents_left == 0; /* perhaps within a part */
    end = s->source_ended || s->stopped || enough;
    if (!end) {
      *rc = source->ops->claim(source, block, &end, err);
    }
    again = *rc == SL_OK && end && s->pausing && !s->stopped && !enough;
    if (again) { /* perhaps not the end: there is nothing more before the checkpoint */
      *rc = tell_paused(s, err);
    }
  }
  s->source_ended = end || *rc != SL_OK;
  if (!s->source_ended) {
    *number = s->next_block++;
  }
  pthread_mutex_unlock(&s->claim_lock);
  return *rc == SL_OK && !end;
}

/* Waits until it is the turn of `number`. False when the stream failed meanwhile. */
static bool wait_turn(struct stream *s, const int64_t *turn, int64_t number) {
  pthread_mutex_lock(&s->turn_lock);
  while (!s->failed && *turn != number) {
    pthread_cond_wait(&s->turn_changed, &s->turn_lock);
  }
  bool ours = !s->failed;
  pthread_mutex_unlock(&s->turn_lock);
  return ours;
}

static void pass_turn(struct stream *s, int64_t *turn) {
  pthread_mutex_lock(&s->turn_lock);
  *turn += 1;
  pthread_cond_broadcast(&s->turn_changed);
  pthread_mutex_unlock(&s->turn_lock);
}

/* For tests, when SLUICE_FAULT says so: changes the lowest bit of the first integer, as broken
 * memory might. */
static void spoil(struct sl_block *block) {
  const struct ArrowArray *rows = &block->array;
  for (int64_t i = 0; block->kind == SL_BLOCK_BATCH && rows->length > 0 && i < rows->n_children;
       i++) {
    if (strcmp(block->schema.children[i]->format, "l") == 0 &&
        sl_fault_corrupts(SL_FAULT_AFTER_READ)) {
      int64_t *values = (int64_t *)(uintptr_t)rows->children[i]->buffers[1];
      values[rows->children[i]->offset] ^= 1;
      return;
    }
  }
}

static int64_t work_bytes(const struct sl_normalized *n, const struct sl_block *block) {
  /* Columns take about what their text took; empty blocks still cost something. */
  int64_t bytes = 4096 + (int64_t)block->size;
  for (size_t i = 0; block->kind == SL_BLOCK_BATCH && i < n->n_batches; i++) {
    bytes += sl_array_bytes(&n->batches[i].schema, &n->batches[i].array);
  }
  return bytes;
}

/* Owns the turn: blocks come one after the other. filled: when the block had been read. */
static void note_times(struct stream *s, int64_t filled) {
  struct sl_stream_times *t = s->options->times;
  t->extract_finished = filled > t->extract_finished ? filled : t->extract_finished;
  if (t->normalize_started == 0 || filled < t->normalize_started) {
    t->normalize_started = filled;
  }
  t->normalize_finished = sl_now_micros();
}

/* The part of a block's way that happens in block order. Owns the turn. */
static sl_status commit_block(struct stream *s, struct sl_normalize_worker *worker,
                              struct sl_block *block, int64_t number, struct sl_work *work,
                              struct sl_error *err) {
  if (block->first_line > 0) {
    s->next_line = block->first_line;
  } else if (block->starts_origin || s->next_line == 0) {
    s->next_line = 1;
  }
  sl_status rc = sl_normalize_commit(worker, block, number, s->next_line, &work->normalized, err);
  if (rc == SL_OK) {
    s->next_line += work->normalized.lines;
    work->bytes = work_bytes(&work->normalized, block);
    work->source_bytes = block->source_bytes;
    rc = s->options->make_ddl(s->options->arg, work, err);
  }
  return rc;
}

static sl_status fill_block(struct sl_source *source, struct sl_block *block,
                            struct sl_error *err) {
  sl_status rc = source->ops->fill == NULL ? SL_OK : source->ops->fill(source, block, err);
  rc = rc == SL_OK ? sl_fault(SL_FAULT_AFTER_READ, err) : rc;
  if (rc == SL_OK) {
    spoil(block);
  }
  return rc;
}

/* Adds what has passed since then; returns now. */
static int64_t take_time(_Atomic int64_t *total, int64_t since) {
  int64_t now = sl_monotonic_nanos();
  atomic_fetch_add(total, now - since);
  return now;
}

/* A loader that is busy for most of the time is what the others wait for. Else it waits for the
 * workers, and for what they do most. */
const char *sl_counters_bottleneck(const struct sl_counters *c) {
  int64_t loading = atomic_load(&c->loading);
  int64_t starving = atomic_load(&c->starving);
  int64_t extracting = atomic_load(&c->extracting);
  int64_t normalizing = atomic_load(&c->normalizing);
  if (loading + starving < 100000000 || loading == 0) {
    return NULL;
  }
  return loading > starving * 2 ? "load" : extracting > normalizing ? "extract" : "normalize";
}

/* One block from claim to queue. *more = false: nothing left to claim. */
static sl_status process_block(struct stream *s, struct sl_normalize_worker *worker, bool *more,
                               const char **step, struct sl_error *err) {
  struct sl_source *source = s->options->source;
  struct sl_block block = { 0 };
  int64_t number = 0;
  sl_status rc = SL_OK;
  *step = "extract";
  int64_t since = sl_monotonic_nanos();
  *more = claim_block(s, &block, &number, &rc, err);
  if (!*more) {
    return rc;
  }
  struct sl_work *work = calloc(1, sizeof *work);
  if (work == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a block");
    goto done;
  }
  rc = fill_block(source, &block, err);
  int64_t filled = sl_now_micros();
  since = take_time(&s->options->counters->extracting, since);
  if (rc == SL_OK) {
    *step = "normalize";
    apply_limit(s, &block);
    rc = sl_normalize_block(worker, &block, number, &work->normalized, err);
    take_time(&s->options->counters->normalizing, since);
  }
  /* A failure too has its turn: the first one in block order is what the user sees. */
  if (!wait_turn(s, &s->turn, number)) {
    rc = SL_OK; /* somebody else's failure is reported */
    *more = false;
    goto done;
  }
  if (rc == SL_OK) {
    rc = commit_block(s, worker, &block, number, work, err);
    note_times(s, filled);
  }
  if (rc == SL_OK && s->options->sum) {
    /* Checksums take their time: the next block may be committed meanwhile. */
    pass_turn(s, &s->turn);
    rc = sl_sums_make(&work->sums, &work->normalized, err);
    if (!wait_turn(s, &s->push_turn, number)) {
      rc = SL_OK;
      *more = false;
      goto done;
    }
  }
  if (rc == SL_OK && sl_queue_push(&s->queue, work)) {
    work = NULL;
  }
  if (rc == SL_OK) {
    pass_turn(s, s->options->sum ? &s->push_turn : &s->turn);
  }

done:
  sl_work_free(work);
  block_release(&block);
  return rc;
}

static void thread_ended(struct stream *s, bool loader) {
  pthread_mutex_lock(&s->turn_lock);
  s->running--;
  pthread_cond_broadcast(&s->turn_changed);
  bool last_worker = !loader && s->running == 1;
  pthread_mutex_unlock(&s->turn_lock);
  if (last_worker) {
    sl_queue_close(&s->queue);
  }
}

static void *worker_main(void *arg) {
  struct stream *s = arg;
  struct sl_error err = { 0 };
  struct sl_normalize_worker *worker = NULL;
  sl_status rc = sl_normalize_worker_new(&worker, s->options->normalizer, &err);
  const char *step = "normalize";
  bool more = true;
  while (rc == SL_OK && more && !stream_failed(s)) {
    rc = process_block(s, worker, &more, &step, &err);
  }
  if (rc != SL_OK) {
    stream_fail(s, &err, step);
  }
  sl_normalize_worker_free(worker);
  thread_ended(s, false);
  return NULL;
}

/* Asks for a checkpoint: claims end as soon as the source has a place for it. */
static void pause_claims(struct stream *s) {
  struct sl_source *source = s->options->source;
  bool anywhere = source->ops->pause == NULL;
  pthread_mutex_lock(&s->claim_lock);
  s->pausing = true;
  s->paused = anywhere;
  pthread_mutex_unlock(&s->claim_lock);
  if (!anywhere) {
    source->ops->pause(source, true);
  }
}

static void resume_claims(struct stream *s) {
  struct sl_source *source = s->options->source;
  if (source->ops->pause != NULL) {
    source->ops->pause(source, false);
  }
  pthread_mutex_lock(&s->claim_lock);
  s->pausing = s->paused = false;
  pthread_cond_broadcast(&s->claims_go_on);
  pthread_mutex_unlock(&s->claim_lock);
}

/* After each piece of work: a checkpoint when one is due and nothing is under way any more. */
static sl_status consider_checkpoint(struct stream *s, struct sl_error *err) {
  const struct sl_stream_options *options = s->options;
  if (options->due == NULL) {
    return SL_OK;
  }
  pthread_mutex_lock(&s->claim_lock);
  bool pausing = s->pausing;
  pthread_mutex_unlock(&s->claim_lock);
  if (!pausing && !options->due(options->arg)) {
    return SL_OK;
  }
  if (!pausing) {
    pause_claims(s);
  }
  pthread_mutex_lock(&s->claim_lock);
  bool quiet = s->paused && s->written == s->next_block && !s->stopped;
  pthread_mutex_unlock(&s->claim_lock);
  if (!quiet) {
    return SL_OK;
  }
  pthread_mutex_lock(&s->turn_lock);
  int64_t line = s->next_line;
  pthread_mutex_unlock(&s->turn_lock);
  sl_status rc = options->checkpoint(options->arg, s->written, line, err);
  if (rc == SL_OK) {
    resume_claims(s);
  }
  return rc;
}

static void *loader_main(void *arg) {
  struct stream *s = arg;
  struct sl_error err = { 0 };
  struct sl_counters *counters = s->options->counters;
  struct sl_stream_times *times = s->options->times;
  struct sl_work *work;
  sl_status rc = SL_OK;
  int64_t since = sl_monotonic_nanos();
  while (rc == SL_OK && (work = sl_queue_pop(&s->queue)) != NULL) {
    since = take_time(&counters->starving, since);
    times->load_started = times->load_started == 0 ? sl_now_micros() : times->load_started;
    if (!work->mark) {
      rc = s->options->write(s->options->arg, work, &err);
      s->written++;
    }
    times->load_finished = sl_now_micros();
    if (rc == SL_OK) {
      atomic_fetch_add(&counters->bytes, work->source_bytes);
      atomic_fetch_add(&counters->documents, work->normalized.documents);
      atomic_fetch_add(&counters->rows, work->normalized.rows);
      atomic_fetch_add(&counters->rejected, (int64_t)work->normalized.n_rejects);
    }
    sl_work_free(work);
    if (rc == SL_OK) {
      rc = consider_checkpoint(s, &err);
    }
    since = take_time(&counters->loading, since);
  }
  if (rc != SL_OK) {
    stream_fail(s, &err, "load");
  }
  thread_ended(s, true);
  return NULL;
}

/* Waits for all threads, ticking about five times a second. */
static void watch(struct stream *s) {
  pthread_mutex_lock(&s->turn_lock);
  while (s->running > 0) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until); /* the wall clock may be set while a load runs */
    until.tv_nsec += 200000000L;
    if (until.tv_nsec >= 1000000000L) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&s->turn_changed, &s->turn_lock, &until);
    bool failed = s->failed;
    pthread_mutex_unlock(&s->turn_lock);
    if (!s->options->tick(s->options->arg) && !failed) {
      struct sl_error err;
      sl_fail(&err, SL_ECANCELLED,
              "stopped: everything was rolled back, the destination is as before");
      stream_fail(s, &err, NULL);
    }
    pthread_mutex_lock(&s->turn_lock);
  }
  pthread_mutex_unlock(&s->turn_lock);
}

static sl_status start_threads(struct stream *s, pthread_t *threads, int *started,
                               struct sl_error *err) {
  int wanted = s->options->workers + 1;
  s->running = wanted;
  for (*started = 0; *started < wanted; (*started)++) {
    void *(*entry)(void *) = *started == 0 ? loader_main : worker_main;
    int problem = pthread_create(&threads[*started], NULL, entry, s);
    if (problem != 0) {
      sl_fail_errno(err, problem, "starting a thread");
      pthread_mutex_lock(&s->turn_lock);
      s->running -= wanted - *started;
      pthread_mutex_unlock(&s->turn_lock);
      stream_fail(s, err, NULL);
      return err->code;
    }
  }
  return SL_OK;
}

sl_status sl_stream_run(const struct sl_stream_options *options, struct sl_error *err) {
  struct stream s = { .options = options,
                      .documents_left = options->limit - options->read_before,
                      .next_block = options->first_block,
                      .written = options->first_block,
                      .turn = options->first_block,
                      .push_turn = options->first_block,
                      .next_line = options->first_line };
  pthread_t *threads = sl_calloc_array((size_t)options->workers + 1, sizeof *threads);
  if (threads == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %d threads", options->workers + 1);
  }
  pthread_condattr_t clock;
  pthread_mutex_init(&s.claim_lock, NULL);
  pthread_mutex_init(&s.turn_lock, NULL);
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&s.turn_changed, &clock);
  pthread_cond_init(&s.claims_go_on, NULL);
  pthread_condattr_destroy(&clock);
  sl_queue_init(&s.queue, options->queue_bytes);

  if (options->times->extract_started == 0) {
    options->times->extract_started = sl_now_micros();
  }
  int started = 0;
  struct sl_error start_error;
  (void)start_threads(&s, threads, &started, &start_error); /* a failure is kept in s.error */
  watch(&s);
  for (int i = 0; i < started; i++) {
    pthread_join(threads[i], NULL);
  }
  sl_status rc = SL_OK;
  if (s.failed) {
    rc = s.error.code;
    if (err != NULL) {
      *err = s.error;
    }
  }
  sl_queue_release(&s.queue);
  pthread_cond_destroy(&s.claims_go_on);
  pthread_cond_destroy(&s.turn_changed);
  pthread_mutex_destroy(&s.turn_lock);
  pthread_mutex_destroy(&s.claim_lock);
  free(threads);
  return rc;
}
