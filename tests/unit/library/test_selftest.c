/* The eyes of `sluice selftest`: what is lost, doubled or changed in a table is seen. */
#include "pipeline/selftest.h"

#include <stdio.h>

#include "pipeline/target.h"

#include "unit/pipeline/test_folder.h"

struct place {
  struct test_folder folder;
  char destination[400];
};

/* Runs statements in a DuckDB file. */
static void run(const struct place *p, const char *const *sql, size_t n) {
  struct sl_target t = { .dataset = "ds" };
  struct sl_error err = { 0 };
  CHECK_OK(sl_target_open(&t, p->destination, false, &err), &err);
  for (size_t i = 0; i < n; i++) {
    CHECK_OK(t.ops->execute(t.destination, sql[i], NULL, &err), &err);
  }
  sl_target_close(&t);
}

/* Two loads that appended, whole. */
static struct place place_new(void) {
  const char *const roots =
      "CREATE TABLE ds.appended AS SELECT i AS id, i // 1500 AS load, 'value ' || i || ' of load ' "
      "|| i // 1500 || ', naïve' AS v, i % 1000 + 0.25 AS price, i::VARCHAR AS _dlt_id "
      "FROM range(1500, 4500) t(i)";
  const char *const children =
      "CREATE TABLE ds.appended__kids AS SELECT id AS parent, _dlt_id AS _dlt_parent_id "
      "FROM ds.appended WHERE id % 3 = 0";
  const char *const sql[] = { "CREATE SCHEMA ds", roots, children };
  struct place p = { .folder = test_folder_new() };
  snprintf(p.destination, sizeof p.destination, "duckdb:%s/t.duckdb", p.folder.pipelines);
  run(&p, sql, sizeof sql / sizeof sql[0]);
  return p;
}

static void check(const struct place *p, int64_t lost, int64_t doubled) {
  struct sl_selftest_found found = { 0 };
  struct sl_error err = { 0 };
  CHECK_OK(sl_selftest_compare(p->destination, "ds", SL_SELFTEST_APPEND, 2, &found, &err), &err);
  CHECK_INT("lost", found.lost, lost);
  CHECK_INT("doubled", found.doubled, doubled);
}

TEST(each_difference_counts) {
  static const struct {
    const char *sql;
    int64_t lost, doubled;
  } changes[] = { /* one after the other */
                  { "DELETE FROM ds.appended WHERE id = 3001", 1, 0 },
                  { "INSERT INTO ds.appended SELECT * FROM ds.appended WHERE id = 3002", 1, 1 },
                  { "UPDATE ds.appended SET v = v || ' ' WHERE id = 3004", 2, 2 },
                  { "UPDATE ds.appended SET price = 0.26 WHERE id = 3005", 3, 3 },
                  { "DELETE FROM ds.appended__kids WHERE parent = 3003", 4, 3 },
                  { "DELETE FROM ds.appended WHERE id = 1501", 5, 3 },
                  { "INSERT INTO ds.appended__kids VALUES (1, 'nobody')", 5, 4 }
  };
  struct place p = place_new();
  check(&p, 0, 0);
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    run(&p, &changes[i].sql, 1);
    check(&p, changes[i].lost, changes[i].doubled);
  }
  test_folder_free(&p.folder);
}

TEST(a_dataset_is_dropped_whole) {
  struct place p = place_new();
  struct sl_selftest_found found = { 0 };
  struct sl_error err = { 0 };
  const char *again = "CREATE SCHEMA ds"; /* fails when it is there */
  CHECK_OK(sl_selftest_drop(p.destination, "ds", &err), &err);
  CHECK_OK(sl_selftest_drop(p.destination, "ds", &err), &err);
  CHECK_INT("gone", sl_selftest_compare(p.destination, "ds", SL_SELFTEST_APPEND, 2, &found, &err),
            SL_ENOTFOUND);
  run(&p, &again, 1);
  test_folder_free(&p.folder);
}

TEST(what_answers_no_queries_is_refused_but_for_folders) {
  struct sl_error err;
  bool folder = true;
  CHECK_INT("a bucket", sl_selftest_check("s3://bucket/place", &folder, &err), SL_EUNSUPPORTED);
  CHECK(!folder);
  CHECK_OK(sl_selftest_check("file:nowhere/", &folder, &err), &err);
  CHECK(folder);
  CHECK_OK(sl_selftest_check("duckdb:nowhere.duckdb", &folder, &err), &err);
  CHECK(!folder);
}
