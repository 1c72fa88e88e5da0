/* test_source.c - a database as a source: its catalog, rows from several connections, connections
 * that are lost, refused and cancelled. */
#include "unit/database/fake_database.h"

#include "base/time.h"
#include "base/url.h"

/* ---- reading with threads ---- */

struct reading {
  struct sl_source *source;
  pthread_mutex_t lock;
  int64_t *times; /* how often each id came */
  sl_status status;
  struct sl_error err;
};

static void *read_some(void *arg) {
  struct reading *r = arg;
  const struct sl_source_ops *ops = r->source->ops;
  for (;;) {
    struct sl_block block = { 0 };
    struct sl_error err = { 0 };
    bool end = false;
    pthread_mutex_lock(&r->lock); /* claims are serialised by the engine */
    sl_status rc = ops->claim(r->source, &block, &end, &err);
    pthread_mutex_unlock(&r->lock);
    if (rc == SL_OK && !end) {
      rc = ops->fill(r->source, &block, &err);
    }
    pthread_mutex_lock(&r->lock);
    if (rc != SL_OK && r->status == SL_OK) {
      r->status = rc;
      r->err = err;
    }
    for (int64_t i = 0;
         rc == SL_OK && !end && block.kind == SL_BLOCK_BATCH && i < block.array.length; i++) {
      r->times[((const int64_t *)block.array.children[0]->buffers[1])[i]]++;
    }
    pthread_mutex_unlock(&r->lock);
    if (rc == SL_OK && !end) {
      block.release(&block);
    }
    if (rc != SL_OK || end) {
      return NULL;
    }
  }
}

/* Reads the first table by so many threads. */
static void read_all(struct reading *r, int threads) {
  enum { MOST = 16 };
  pthread_t started[MOST];
  pthread_mutex_init(&r->lock, NULL);
  r->times = calloc((size_t)fake.rows + 1, sizeof *r->times);
  for (int i = 0; i < threads; i++) {
    CHECK(pthread_create(&started[i], NULL, read_some, r) == 0);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(started[i], NULL);
  }
}

static void end_reading(struct reading *r) {
  pthread_mutex_destroy(&r->lock);
  free(r->times);
}

static int64_t count_other_than_once(const struct reading *r) {
  int64_t others = 0;
  for (int64_t i = 0; i < fake.rows; i++) {
    others += r->times[i] != 1;
  }
  return others;
}

static sl_status start_first(struct sl_source *source, struct sl_catalog *catalog,
                             struct sl_error *err) {
  sl_status rc = source->ops->discover(source, catalog, err);
  return rc == SL_OK ? source->ops->start(source, &catalog->tables[0], NULL, err) : rc;
}

/* Opens, reads and closes; what was read is in r. */
static void load(struct reading *r, int threads) {
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  *r = (struct reading){ 0 };
  CHECK_OK(fake_source(&r->source, &settings, threads, NULL, NULL, &r->err), &r->err);
  CHECK_OK(start_first(r->source, &catalog, &r->err), &r->err);
  read_all(r, threads);
  sl_catalog_release(&catalog);
  r->source->ops->close(r->source);
  CHECK_INT("every session is closed", seen.closed, seen.connected);
}

TEST(each_row_comes_once) {
  static const struct {
    int64_t rows;
    int parts, threads;
  } cases[] = { { 1000, 1, 1 },  { 1000, 1, 4 }, { 1000, 13, 1 }, { 1000, 13, 4 },
                { 1000, 40, 8 }, { 0, 1, 4 },    { 1, 1, 1 },     { 3, 8, 8 } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct reading r;
    char label[80];
    snprintf(label, sizeof label, "%d rows, %d parts, %d threads", (int)cases[i].rows,
             cases[i].parts, cases[i].threads);
    fake_reset(cases[i].rows, cases[i].parts);
    load(&r, cases[i].threads);
    CHECK_INT(label, r.status, SL_OK);
    CHECK_INT(label, count_other_than_once(&r), 0);
    CHECK_CASE(label, seen.connected <= cases[i].threads && seen.connected <= cases[i].parts);
    CHECK_INT(label, seen.finished, seen.opened);
    end_reading(&r);
  }
}

TEST(a_lost_connection_goes_on_where_it_was) {
  for (int64_t at = 500; at < 1000; at += 83) { /* of the second part, which is not the leader's */
    struct reading r;
    fake_reset(1000, 2);
    fake.resumable = true;
    fake.lose_at = at;
    load(&r, 2);
    CHECK_INT("status", r.status, SL_OK);
    CHECK_INT("rows", count_other_than_once(&r), 0);
    end_reading(&r);
  }
}

TEST(a_connection_that_comes_back_late_is_waited_for) {
  struct reading r;
  fake_reset(1000, 2);
  fake.resumable = true;
  fake.lose_at = 700;
  fake.refused = 1;
  load(&r, 2);
  if (seen.lost) { /* the leader may have read both parts */
    CHECK_INT("status", r.status, SL_OK);
  }
  CHECK_INT("rows", count_other_than_once(&r), 0);
  end_reading(&r);
}

/* Who cannot be resumed says what happened to it, and not what trying again met. */
TEST(what_broke_the_connection_is_reported) {
  static const struct {
    const char *label;
    bool resumable, leader;
    int refused;
  } cases[] = {
    { "the database cannot resume", false, true, 0 },
    { "the leader's snapshot is gone", true, true, 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct reading r;
    fake_reset(1000, 1);
    fake.resumable = cases[i].resumable;
    fake.lose_leader = cases[i].leader;
    fake.lose_at = 300;
    load(&r, 1);
    CHECK_INT(cases[i].label, r.status, SL_ESOURCE);
    CHECK_STR(cases[i].label, r.err.message, "fake: the connection was lost");
    end_reading(&r);
  }
}

TEST(a_failure_ends_the_reading) {
  struct reading r;
  fake_reset(1000, 10);
  fake.fail_at = 450;
  load(&r, 4);
  CHECK_INT("status", r.status, SL_EDATA);
  CHECK_STR("text", r.err.message, "fake: row 450 is bad");
  end_reading(&r);
}

TEST(a_part_that_a_reader_cannot_begin_is_read_by_another) {
  struct reading r;
  fake_reset(1000, 10);
  fake.busy_opens = 3;
  load(&r, 4);
  CHECK_INT("status", r.status, SL_OK);
  CHECK_INT("rows", count_other_than_once(&r), 0);
  end_reading(&r);
}

/* ---- cancel ---- */

static void *cancel_soon(void *arg) {
  struct sl_source *source = arg;
  usleep(50000);
  source->ops->cancel(source);
  source->ops->cancel(source);
  return NULL;
}

TEST(each_cancel_reaches_every_connection) {
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct reading r = { 0 };
  pthread_t thread;
  fake_reset(1000, 10);
  fake.waits = true;
  CHECK_OK(fake_source(&r.source, &settings, 3, NULL, NULL, &r.err), &r.err);
  CHECK_OK(start_first(r.source, &catalog, &r.err), &r.err);
  CHECK(pthread_create(&thread, NULL, cancel_soon, r.source) == 0);
  int64_t from = sl_monotonic_nanos();
  read_all(&r, 3);
  pthread_join(thread, NULL);
  CHECK(sl_monotonic_nanos() - from < INT64_C(2000000000));
  CHECK_INT("status", r.status, SL_ECANCELLED);
  CHECK_STR("text", r.err.message, "reading fake://joe:***@host/shop was stopped");
  CHECK_INT("each of three twice", seen.cancelled, 6);
  sl_catalog_release(&catalog);
  r.source->ops->close(r.source);
  end_reading(&r);
}

TEST(a_cancelled_source_lists_nothing_more) {
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct sl_source *source;
  struct sl_error err;
  fake_reset(10, 1);
  CHECK_OK(fake_source(&source, &settings, 1, NULL, NULL, &err), &err);
  source->ops->cancel(source);
  CHECK_FAILS(source->ops->discover(source, &catalog, &err), SL_ECANCELLED, &err);
  sl_catalog_release(&catalog);
  source->ops->close(source);
}

/* ---- the catalog ---- */

TEST(tables_tell_how_they_are_loaded) {
  static const struct {
    const char *label;
    const char *options[6];
    bool key;
    const char *disposition, *primary_key;
  } cases[] = {
    { "whole", { NULL }, true, "replace", "id" },
    { "new rows by key", { "cursor", "id", NULL }, true, "merge", "id" },
    { "new rows", { "cursor", "id", NULL }, false, "append", NULL },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct fake_settings settings;
    struct sl_catalog catalog = { 0 };
    struct sl_source *source;
    struct sl_error err;
    fake_reset(42, 1);
    fake.key = cases[i].key;
    CHECK_OK(fake_source(&source, &settings, 1, NULL, cases[i].options, &err), &err);
    CHECK_OK(source->ops->discover(source, &catalog, &err), &err);
    CHECK_INT("tables", catalog.n_tables, 2);
    const struct sl_source_table *t = &catalog.tables[0];
    CHECK_STR("name", t->name, "ids");
    CHECK_STR("target", t->target, "ids");
    CHECK_STR("description", t->description, "table ids");
    CHECK_STR(cases[i].label, t->write_disposition, cases[i].disposition);
    CHECK_STR(cases[i].label, t->primary_key, cases[i].primary_key);
    CHECK_INT("rows", t->rows, 42);
    CHECK(t->declared);
    CHECK_INT("columns", t->schema.n_children, 2);
    sl_catalog_release(&catalog);
    source->ops->close(source);
  }
}

TEST(reflection_decides_what_is_declared) {
  static const char *const minimal[] = { "reflection", "minimal", NULL };
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct sl_source *source;
  struct sl_error err;
  fake_reset(42, 1);
  CHECK_OK(fake_source(&source, &settings, 1, "ids", minimal, &err), &err);
  CHECK_OK(source->ops->discover(source, &catalog, &err), &err);
  CHECK_INT("tables", catalog.n_tables, 1);
  CHECK(!catalog.tables[0].declared);
  sl_catalog_release(&catalog);
  source->ops->close(source);
}

TEST(options_that_do_not_go_together_are_refused) {
  static const struct {
    const char *tables;
    const char *options[6];
    const char *want;
  } cases[] = {
    { "ids", { "query", "select 1", NULL }, "--query and --table exclude each other" },
    { NULL, { "lag", "5", NULL }, "--lag needs --cursor" },
    { NULL, { "initial-value", "5", NULL }, "--initial-value needs --cursor" },
    { NULL, { "end-value", "5", NULL }, "--end-value needs --cursor" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct fake_settings settings;
    struct sl_source *source = NULL;
    struct sl_error err = { 0 };
    fake_reset(1, 1);
    CHECK_FAILS(fake_source(&source, &settings, 1, cases[i].tables, cases[i].options, &err),
                SL_EUSAGE, &err);
    CHECK_CASE(err.message, strstr(err.message, cases[i].want) != NULL);
    CHECK(source == NULL);
  }
}

TEST(a_cursor_must_be_a_column) {
  static const char *const options[] = { "cursor", "seen_et", NULL };
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct sl_source *source;
  struct sl_error err;
  fake_reset(1, 1);
  CHECK_OK(fake_source(&source, &settings, 1, "ids", options, &err), &err);
  CHECK_FAILS(source->ops->discover(source, &catalog, &err), SL_ENOTFOUND, &err);
  CHECK_STR("text", err.message, "table ids has no column 'seen_et' (did you mean 'seen_at'?)");
  sl_catalog_release(&catalog);
  source->ops->close(source);
}

TEST(a_query_is_a_table_of_its_own) {
  static const char *const options[] = { "query", "select 1", NULL };
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct sl_source *source;
  struct sl_error err;
  fake_reset(1, 1);
  CHECK_OK(fake_source(&source, &settings, 1, NULL, options, &err), &err);
  CHECK_OK(source->ops->discover(source, &catalog, &err), &err);
  CHECK_INT("one", catalog.n_tables, 1);
  CHECK_STR("target", catalog.tables[0].target, "query");
  sl_catalog_release(&catalog);
  source->ops->close(source);
}

TEST(a_table_that_was_not_listed_is_not_found) {
  static char name[] = "elsewhere";
  struct fake_settings settings;
  struct sl_catalog catalog = { 0 };
  struct sl_source_table table = { .name = name };
  struct sl_source *source;
  struct sl_error err;
  fake_reset(1, 1);
  CHECK_OK(fake_source(&source, &settings, 1, NULL, NULL, &err), &err);
  CHECK_OK(source->ops->discover(source, &catalog, &err), &err);
  CHECK_FAILS(source->ops->start(source, &table, NULL, &err), SL_ENOTFOUND, &err);
  CHECK_STR("text", err.message,
            "fake://joe:***@host/shop has no table elsewhere among those discovered");
  sl_catalog_release(&catalog);
  source->ops->close(source);
}

/* ---- names ---- */

TEST(locations_name_what_is_loaded) {
  static const struct {
    const char *location, *want;
  } cases[] = {
    { "//joe@host/shop", "shop" },
    { "//host:5432/shop?sslmode=require", "shop" },
    { "//joe:a%2Fb@host/my%20shop", "my shop" },
    { "//host", "host" },
    { "//joe@host:5432", "host" },
    { "//joe@host/", "host" },
    { "shop", "shop" },
    { "", "database" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char got[256];
    struct sl_error err;
    CHECK_OK(sl_db_default_name(cases[i].location, got, &err), &err);
    CHECK_STR(cases[i].location, got, cases[i].want);
  }
}

TEST(parts_of_urls_are_decoded) {
  static const struct {
    const char *text, *want;
  } cases[] = {
    { "a%20b", "a b" }, { "%41%2f%2F", "A//" }, { "100%", "100%" }, { "%4", "%4" },
    { "%zz", "%zz" },   { "a+b", "a+b" },       { "", "" },         { "x%2", "x%2" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *got = sl_url_decode(cases[i].text, strlen(cases[i].text));
    CHECK_STR(cases[i].text, got, cases[i].want);
    free(got);
  }
}
