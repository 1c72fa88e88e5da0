/* test_source_stops.c - sources that are closed, cancelled, asked for what is not there, or fail:
 * nothing leaks (AddressSanitizer), nothing hangs, and the message says what happened and no
 * secret.
 */
#include "contract/sources.h"

#include <pthread.h>
#include <time.h>

#include "base/time.h"

TEST(closing_is_possible_at_any_stage) {
  EACH_PLACE(p) {
    enum { OPENED, STARTED, CLAIMED, FILLED, CLAIMED_AGAIN, STAGES };
    for (int stage = OPENED; stage < STAGES; stage++) {
      struct opened_source o;
      struct sl_error err = { 0 };
      struct sl_block block[2] = { 0 };
      bool end = false;
      if (!CHECK_OK(source_open(&o, p, p->location, NULL, &err), &err)) break;
      if (stage >= STARTED) CHECK_OK(source_start(&o, 0, NULL, &err), &err);
      if (stage >= CLAIMED) CHECK_OK(o.ops->claim(o.source, &block[0], &end, &err), &err);
      if (stage >= FILLED && !end && o.ops->fill != NULL) {
        CHECK_OK(o.ops->fill(o.source, &block[0], &err), &err);
      }
      if (stage >= CLAIMED_AGAIN && !end) {
        CHECK_OK(o.ops->claim(o.source, &block[1], &end, &err), &err);
      }
      for (int i = 0; i < 2; i++) { /* blocks are released before their source */
        if (block[i].release != NULL) block[i].release(&block[i]);
      }
      source_close(&o);
    }
  }
}

/* Opens, starts and reads until something fails. */
static sl_status read_until_failure(const struct source_place *p, const char *location,
                                    struct sl_error *err) {
  struct opened_source o;
  struct rows rows = { 0 };
  sl_status rc = source_open(&o, p, location, NULL, err);
  if (rc != SL_OK) return rc;
  rc = source_start(&o, 0, NULL, err);
  if (rc == SL_OK) rc = source_read(&o, 2, true, &rows, err);
  rows_release(&rows);
  source_close(&o);
  return rc;
}

/* Said in words, on what, and with no secret in it. */
static void check_message(const char *label, const struct sl_error *err) {
  CHECK_CASE(label, strlen(err->message) > 10);
  CHECK_CASE(label, strstr(err->message, CONTRACT_SECRET) == NULL);
  CHECK_CASE(label, strstr(err->message, "(null)") == NULL);
  CHECK_CASE(label, err->code != SL_OK && err->code != SL_EINTERNAL);
}

TEST(an_unknown_table_is_not_found) {
  static char name[] = "no such table";
  EACH_PLACE(p) {
    struct opened_source o;
    struct sl_error err = { 0 };
    struct sl_source_table table = { .name = name, .rows = -1, .bytes = -1 };
    if (!open_and_start(&o, p, p->location, NULL, NULL)) continue;
    CHECK_FAILS(o.ops->start(o.source, &table, NULL, &err), SL_ENOTFOUND, &err);
    check_message(p->label, &err);
    CHECK_CASE(p->label, strstr(err.message, name) != NULL);
    source_close(&o);
  }
}

TEST(what_does_not_exist_is_not_found) {
  EACH_PLACE(p) {
    struct sl_error err = { 0 };
    if (p->missing == NULL) continue;
    CHECK_FAILS(read_until_failure(p, p->missing, &err), SL_ENOTFOUND, &err);
    check_message(p->label, &err);
  }
}

TEST(what_is_wrongly_written_is_refused) {
  EACH_PLACE(p) {
    struct sl_error err = { 0 };
    struct opened_source o;
    if (p->refused == NULL) continue;
    CHECK_FAILS(source_open(&o, p, p->refused, NULL, &err), SL_EUSAGE, &err);
    check_message(p->label, &err);
  }
}

TEST(what_is_broken_fails_in_words) {
  EACH_PLACE(p) {
    struct sl_error err = { 0 };
    if (p->broken == NULL) continue;
    sl_status rc = read_until_failure(p, p->broken, &err);
    CHECK_CASE(p->label, rc == SL_EDATA || rc == SL_ESOURCE || rc == SL_EIO);
    check_message(p->label, &err);
  }
}

TEST(messages_keep_secrets) {
  EACH_PLACE(p) {
    struct sl_error err = { 0 };
    if (p->secret == NULL) continue;
    CHECK_CASE(p->label, read_until_failure(p, p->secret, &err) != SL_OK);
    check_message(p->label, &err);
  }
}

TEST(bad_options_are_refused) {
  EACH_PLACE(p) {
    const struct sl_source_ops *ops = NULL;
    const char *rest;
    struct sl_error err = { 0 };
    char *location = place_expand(p->location, place_folder());
    if (CHECK_OK(sl_source_find(location, &ops, &rest, &err), &err)) {
      for (const struct sl_option *o = ops->options; o->name != NULL; o++) {
        struct open_options options = { .more = { { { o->name, "\x01 nonsense" } } } };
        struct opened_source opened;
        if (o->kind == SL_OPTION_TEXT) continue;
        CHECK_FAILS(source_open(&opened, p, p->location, &options, &err), SL_EUSAGE, &err);
        check_message(o->name, &err);
      }
    }
    free(location);
  }
}

TEST(after_cancel_nothing_more_is_read) {
  EACH_PLACE(p) {
    struct opened_source o;
    struct sl_error err = { 0 };
    struct sl_block block = { 0 };
    bool end = false;
    if (!open_and_start(&o, p, p->location, NULL, NULL)) continue;
    CHECK_OK(o.ops->claim(o.source, &block, &end, &err), &err);
    if (block.release != NULL) block.release(&block);
    o.ops->cancel(o.source);
    o.ops->cancel(o.source); /* twice is once */
    block = (struct sl_block){ 0 };
    CHECK_FAILS(o.ops->claim(o.source, &block, &end, &err), SL_ECANCELLED, &err);
    source_close(&o);
  }
}

struct waiting { /* a reading that another thread cancels */
  struct opened_source o;
  sl_status status;
  struct sl_error err;
};

static void *read_slowly(void *arg) {
  struct waiting *w = arg;
  struct rows rows = { 0 };
  w->status = source_start(&w->o, 0, NULL, &w->err);
  if (w->status == SL_OK) w->status = source_read(&w->o, 3, false, &rows, &w->err);
  rows_release(&rows);
  return NULL;
}

static void sleep_ms(long ms) {
  struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
  nanosleep(&time, NULL);
}

TEST(cancel_ends_a_reading_that_waits) {
  EACH_PLACE(p) {
    struct waiting w = { 0 };
    pthread_t thread;
    const struct open_options options = { .threads = 3 };
    if (p->slow == NULL) continue;
    if (!CHECK_OK(source_open(&w.o, p, p->slow, &options, &w.err), &w.err)) continue;
    if (!CHECK(pthread_create(&thread, NULL, read_slowly, &w) == 0)) continue;
    sleep_ms(200);
    int64_t from = sl_monotonic_nanos();
    w.o.ops->cancel(w.o.source);
    pthread_join(thread, NULL);
    CHECK_FAILS(w.status, SL_ECANCELLED, &w.err);
    CHECK_CASE(p->label, sl_monotonic_nanos() - from < INT64_C(2000000000));
    source_close(&w.o);
  }
}
