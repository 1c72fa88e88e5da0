/* The stream from a source to a sink: order, errors in the middle, cancel, limits, memory. */
#include "pipeline/stream.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "unit/pipeline/fake_source.h"

/* The clock of the wall stands wrong by an hour in this program; see the last test. */
static _Atomic int64_t wall_clock_error;

int clock_gettime(clockid_t clock, struct timespec *out);
int clock_gettime(clockid_t clock, struct timespec *out) {
  long rc = syscall(SYS_clock_gettime, clock, out);
  if (clock == CLOCK_REALTIME) {
    out->tv_sec += atomic_load(&wall_clock_error);
  }
  return (int)rc;
}

struct bench {
  struct fake_source source;
  struct sl_schema *schema;
  struct sl_normalizer *normalizer;
  struct sl_stream_options options;
  struct sl_counters counters;
  struct sl_stream_times times;
  /* The sink. */
  int64_t next_id;        /* rows must come in this order */
  int64_t fail_write_at;  /* ids; -1 = none */
  int64_t fail_ddl_after; /* blocks; -1 = none */
  int64_t blocks_in_ddl;
  bool out_of_order, two_in_turn;
  atomic_int in_turn;
  long pause;                         /* microseconds a write takes */
  atomic_llong waiting, most_waiting; /* bytes between turnstile and sink */
  int ticks, stop_after_ticks;
};

static sl_status make_ddl(void *arg, struct sl_work *work, struct sl_error *err) {
  struct bench *b = arg;
  b->two_in_turn = atomic_fetch_add(&b->in_turn, 1) > 0 || b->two_in_turn;
  fake_pause(20);
  atomic_fetch_sub(&b->in_turn, 1);
  if (b->blocks_in_ddl++ == b->fail_ddl_after) {
    return sl_fail(err, SL_EDEST, "no ddl");
  }
  int64_t now = atomic_fetch_add(&b->waiting, work->bytes) + work->bytes;
  if (now > atomic_load(&b->most_waiting)) {
    atomic_store(&b->most_waiting, now);
  }
  return SL_OK;
}

static sl_status write_work(void *arg, struct sl_work *work, struct sl_error *err) {
  struct bench *b = arg;
  if (b->pause > 0) {
    fake_pause(b->pause);
  }
  for (size_t i = 0; i < work->normalized.n_batches; i++) {
    const struct ArrowArray *ids = work->normalized.batches[i].array.children[0];
    for (int64_t row = 0; row < ids->length; row++) {
      int64_t id = ((const int64_t *)ids->buffers[1])[row];
      if (id == b->fail_write_at) {
        return sl_fail(err, SL_EDEST, "no room");
      }
      b->out_of_order = b->out_of_order || id != b->next_id;
      b->next_id = id + 1;
    }
  }
  atomic_fetch_sub(&b->waiting, work->bytes);
  return SL_OK;
}

static bool tick(void *arg) {
  struct bench *b = arg;
  return ++b->ticks != b->stop_after_ticks;
}

static void bench_init(struct bench *b, int workers, int64_t blocks, int64_t rows_per_block) {
  struct sl_error err;
  struct sl_table *root;
  struct sl_normalize_options options = { .root_table = "t",
                                          .load_id = "17",
                                          .max_nesting = -1,
                                          .decimal_precision = 38,
                                          .decimal_scale = 9 };
  *b = (struct bench){ .fail_write_at = -1, .fail_ddl_after = -1 };
  fake_init(&b->source, blocks, rows_per_block);
  CHECK_OK(sl_schema_new(&b->schema, "s", &err), &err);
  CHECK_OK(sl_schema_add_table(b->schema, "t", &root, &err), &err);
  root->disposition = SL_APPEND;
  CHECK_OK(sl_naming_init(&options.naming, "snake_case", 0, &err), &err);
  CHECK_OK(sl_normalizer_new(&b->normalizer, b->schema, &options, &err), &err);
  b->options = (struct sl_stream_options){ .source = &b->source.base,
                                           .normalizer = b->normalizer,
                                           .workers = workers,
                                           .queue_bytes = 1 << 20,
                                           .counters = &b->counters,
                                           .times = &b->times,
                                           .make_ddl = make_ddl,
                                           .write = write_work,
                                           .arg = b,
                                           .tick = tick };
}

static void bench_end(struct bench *b, const char *label) {
  CHECK_CASE(label, !b->out_of_order);
  CHECK_CASE(label, !b->two_in_turn);
  sl_normalizer_free(b->normalizer);
  sl_schema_free(b->schema);
  fake_end(&b->source, label);
}

static const struct {
  const char *label;
  int workers;
  int64_t blocks, rows;
  bool spans;
} order_cases[] = {
  { "one worker", 1, 50, 10, false },
  { "four workers", 4, 300, 7, false },
  { "spans", 3, 100, 5, true },
  { "no block", 4, 0, 0, false },
  { "fewer blocks than workers", 8, 3, 100, false },
  { "empty blocks", 2, 10, 0, false },
};

TEST(rows_come_in_the_order_of_the_source) {
  for (size_t i = 0; i < COUNT(order_cases); i++) {
    struct bench b;
    struct sl_error err = { 0 };
    const char *label = order_cases[i].label;
    int64_t rows = order_cases[i].blocks * order_cases[i].rows;
    bench_init(&b, order_cases[i].workers, order_cases[i].blocks, order_cases[i].rows);
    b.source.spans = order_cases[i].spans;
    b.source.uneven = true;
    CHECK_OK(sl_stream_run(&b.options, &err), &err);
    CHECK_INT(label, b.next_id, rows);
    CHECK_INT(label, b.counters.documents, rows);
    CHECK_INT(label, b.counters.rows, rows);
    CHECK_INT(label, b.counters.bytes, order_cases[i].blocks * 100);
    CHECK_INT(label, b.source.cancelled, 0);
    bench_end(&b, label);
  }
}

/* Block 10 fails after block 11 has: the user sees what is wrong first in the file. */
TEST(the_first_error_in_source_order_wins) {
  for (int round = 0; round < 20; round++) {
    struct bench b;
    struct sl_error err = { 0 };
    bench_init(&b, 4, 100, 5);
    b.source.uneven = true;
    b.source.fail_fill = 12; /* of those that are slow */
    b.source.fail_fill_too = 13;
    CHECK_FAILS(sl_stream_run(&b.options, &err), SL_EIO, &err);
    CHECK_STR("which", err.message, "fill 12");
    CHECK_CASE("nothing after it", b.next_id <= 60);
    CHECK_CASE("the source was told", b.source.cancelled > 0);
    bench_end(&b, "error");
  }
}

TEST(errors_everywhere_stop_everything) {
  for (int where = 0; where < 4; where++) {
    struct bench b;
    struct sl_error err = { 0 };
    static const char *const want[] = { "claim 30", "no ddl", "no room", "fake, line 152" };
    bench_init(&b, 3, 1000, 5);
    b.source.fail_claim = where == 0 ? 30 : -1;
    b.fail_ddl_after = where == 1 ? 30 : -1;
    b.fail_write_at = where == 2 ? 151 : -1;
    b.source.bad_line_block = where == 3 ? 30 : -1;
    sl_status rc = sl_stream_run(&b.options, &err);
    CHECK_CASE(want[where], rc != SL_OK && rc == err.code);
    CHECK_CASE(err.message, strstr(err.message, want[where]) != NULL);
    CHECK_CASE(want[where], b.next_id <= 155);
    CHECK_CASE("no further claims to speak of", b.source.claimed < 1000);
    bench_end(&b, want[where]);
  }
}

/* A source that waits for data, as stdin does: cancel wakes it. */
TEST(a_stuck_source_can_be_cancelled) {
  struct bench b;
  struct sl_error err = { 0 };
  bench_init(&b, 2, 100, 5);
  b.source.stuck_at = 3;
  b.stop_after_ticks = 1;
  CHECK_FAILS(sl_stream_run(&b.options, &err), SL_ECANCELLED, &err);
  CHECK_CASE("cancel reached the source", b.source.cancelled > 0);
  CHECK_CASE(err.message, strstr(err.message, "as before") != NULL);
  bench_end(&b, "cancel");
}

static const struct {
  int64_t limit, want;
  bool spans;
} limit_cases[] = { { 1, 1, false },    { 7, 7, false }, { 10, 10, false }, { 11, 11, false },
                    { 500, 50, false }, { 7, 7, true },  { 10, 10, true } };

TEST(a_limit_counts_root_rows) {
  for (size_t i = 0; i < COUNT(limit_cases); i++) {
    struct bench b;
    struct sl_error err = { 0 };
    bench_init(&b, 1, 10, 5);
    b.source.spans = limit_cases[i].spans;
    b.options.limit = limit_cases[i].limit;
    CHECK_OK(sl_stream_run(&b.options, &err), &err);
    CHECK_INT("rows", b.next_id, limit_cases[i].want);
    CHECK_INT("no block more than needed", b.source.claimed, (limit_cases[i].want + 4) / 5);
    bench_end(&b, "limit");
  }
}

/* A sink that is slower than the source: what waits stays below the queue's bound, what the loader
 * holds and what stands in the turnstile. */
TEST(a_slow_sink_holds_back_the_source) {
  enum { BLOCK = 64 << 10, BOUND = 256 << 10 };
  struct bench b;
  struct sl_error err = { 0 };
  bench_init(&b, 4, 120, 1);
  b.source.filler = BLOCK;
  b.options.queue_bytes = BOUND;
  b.pause = 2000;
  CHECK_OK(sl_stream_run(&b.options, &err), &err);
  CHECK_INT("rows", b.next_id, 120);
  CHECK_CASE("bounded", b.most_waiting <= BOUND + 2 * (BLOCK + 8192));
  CHECK_CASE("used", b.most_waiting > BOUND / 2);
  bench_end(&b, "slow sink");
}

TEST(a_block_larger_than_the_queue_goes_through) {
  struct bench b;
  struct sl_error err = { 0 };
  bench_init(&b, 2, 5, 1);
  b.source.filler = 100000;
  b.options.queue_bytes = 10;
  CHECK_OK(sl_stream_run(&b.options, &err), &err);
  CHECK_INT("rows", b.next_id, 5);
  bench_end(&b, "large block");
}

/* Ticks come by the monotonic clock: with that of the wall an hour ahead of itself (or set back
 * while a load runs) nobody would look at a cancel for an hour. */
TEST(the_wall_clock_may_jump) {
  struct bench b;
  struct sl_error err = { 0 };
  bench_init(&b, 2, 100, 5);
  atomic_store(&wall_clock_error, 3600);
  b.source.stuck_at = 0; /* no block passes, so nothing else wakes the watching thread */
  b.stop_after_ticks = 2;
  CHECK_FAILS(sl_stream_run(&b.options, &err), SL_ECANCELLED, &err);
  atomic_store(&wall_clock_error, 0);
  bench_end(&b, "clock");
}
