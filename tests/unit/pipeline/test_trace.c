/* trace.json: what is in it, how many runs it keeps, and that no secret is. */
#include "base/redact.h"
#include "pipeline/trace.h"

#include "unit/comma_locale.h"
#include "unit/json_vectors.h"
#include "unit/pipeline/test_folder.h"

static struct sl_trace_run run_of(const char *load_id) {
  static const struct sl_trace_metric metrics[] = { { "orders", 1234567, 5000000 },
                                                    { "orders__items", 3, 99 } };
  static const struct sl_trace_step steps[] = {
    { "extract", 1700000000000000, 1700000001500000, NULL, metrics, 1 },
    { "load", 1700000001000000, 1700000001750000, NULL, metrics, 2 },
    { .name = "run", .started_micros = 1700000000000000, .finished_micros = 1700000001750000 }
  };
  static const struct sl_trace_table tables[] = {
    { "orders", 1234567, 5000000, 1234567, -1, -1, 4 }, { "orders__items", 3, 99, 3, 0, 0, 0 }
  };
  return (struct sl_trace_run){ .load_id = load_id,
                                .pipeline = "shop",
                                .dataset = "shop_data",
                                .source = "events.jsonl",
                                .destination = "duckdb:x.duckdb",
                                .version = "0.1.0",
                                .schema_name = "shop",
                                .schema_hash = "h=",
                                .started_micros = 1700000000000000,
                                .seconds = 1.75,
                                .bytes = 100,
                                .documents = 5,
                                .rows = 8,
                                .steps = steps,
                                .n_steps = 3,
                                .tables = tables,
                                .n_tables = 2 };
}

static yyjson_doc *read_back(const struct test_folder *f) {
  char *text = test_folder_text(f, SL_TRACE_FILE);
  yyjson_doc *doc = text == NULL ? NULL : yyjson_read(text, strlen(text), 0);
  CHECK(doc != NULL);
  free(text);
  return doc;
}

TEST(a_run_is_written) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  const struct sl_trace_run run = run_of("1.5");
  CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
  yyjson_doc *doc = read_back(&f);
  yyjson_val *first = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "runs"));
  yyjson_val *table = yyjson_arr_get_first(yyjson_obj_get(first, "tables"));
  CHECK_STR("load", vector_text(first, "load_id"), "1.5");
  CHECK_STR("started", vector_text(first, "started_at"), "2023-11-14T22:13:20+00:00");
  CHECK_STR("outcome", vector_text(first, "outcome"), "loaded");
  CHECK(yyjson_is_null(yyjson_obj_get(first, "error")));
  yyjson_val *load = yyjson_arr_get(yyjson_obj_get(first, "steps"), 1);
  yyjson_val *metric =
      yyjson_arr_get(yyjson_obj_get(yyjson_obj_get(load, "load_info"), "table_metrics"), 1);
  CHECK_INT("steps", yyjson_arr_size(yyjson_obj_get(first, "steps")), 3);
  CHECK_STR("step", vector_text(load, "step"), "load");
  CHECK_STR("begin", vector_text(load, "started_at"), "2023-11-14T22:13:21+00:00");
  CHECK_STR("end", vector_text(load, "finished_at"), "2023-11-14T22:13:21.750000+00:00");
  CHECK(yyjson_is_null(yyjson_obj_get(load, "step_exception")));
  CHECK_STR("table of the step", vector_text(metric, "table_name"), "orders__items");
  CHECK_INT("rows of the step", yyjson_get_sint(yyjson_obj_get(metric, "items_count")), 3);
  CHECK_INT("bytes of the step", yyjson_get_sint(yyjson_obj_get(metric, "file_size")), 99);
  CHECK_STR("table", vector_text(table, "name"), "orders");
  CHECK_INT("rows", yyjson_get_sint(yyjson_obj_get(table, "rows")), 1234567);
  CHECK(yyjson_is_null(yyjson_obj_get(table, "updated")));
  yyjson_doc_free(doc);
  test_folder_free(&f);
}

TEST(seconds_do_not_follow_the_locale) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  const struct sl_trace_run run = run_of("1.5");
  if (comma_locale_set()) {
    CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
    comma_locale_unset();
    yyjson_doc *doc = read_back(&f);
    yyjson_val *first = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(doc), "runs"));
    CHECK_DOUBLE("seconds", yyjson_get_num(yyjson_obj_get(first, "seconds")), 1.75);
    yyjson_doc_free(doc);
  }
  test_folder_free(&f);
}

TEST(twenty_runs_are_kept) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  for (int i = 0; i < 25; i++) {
    char id[16];
    snprintf(id, sizeof id, "%d.5", i);
    const struct sl_trace_run run = run_of(id);
    CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
  }
  yyjson_doc *doc = read_back(&f);
  yyjson_val *runs = yyjson_obj_get(yyjson_doc_get_root(doc), "runs");
  CHECK_INT("runs", yyjson_arr_size(runs), 20);
  CHECK_STR("oldest", vector_text(yyjson_arr_get_first(runs), "load_id"), "5.5");
  CHECK_STR("newest", vector_text(yyjson_arr_get_last(runs), "load_id"), "24.5");
  yyjson_doc_free(doc);
  test_folder_free(&f);
}

TEST(a_damaged_trace_is_replaced) {
  static const char *const damaged[] = { "", "{\"runs\":[", "[]", "{\"runs\":5}" };
  for (size_t i = 0; i < COUNT(damaged); i++) {
    struct test_folder f = test_folder_new();
    struct sl_error err = { 0 };
    const struct sl_trace_run run = run_of("1.5");
    CHECK_OK(sl_workdir_write(&f.dir, SL_TRACE_FILE, damaged[i], strlen(damaged[i]), &err), &err);
    CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
    yyjson_doc *doc = read_back(&f);
    CHECK_INT(damaged[i], yyjson_arr_size(yyjson_obj_get(yyjson_doc_get_root(doc), "runs")), 1);
    yyjson_doc_free(doc);
    test_folder_free(&f);
  }
}

TEST(people_can_read_it) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_buffer text = { 0 };
  CHECK_FAILS(sl_trace_print(&f.dir, &text, &err), SL_ENOTFOUND, &err);
  struct sl_trace_run run = run_of("1.5");
  const struct sl_error failed = { .code = SL_EIO, .message = "the disk is full" };
  run.error = &failed;
  CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
  CHECK_OK(sl_trace_print(&f.dir, &text, &err), &err);
  static const char *const wanted[] = {
    "shop_data",
    "failed",
    "1.750 s",
    "1,234,567",
    "orders__items",
    "error (io): the disk is full",
    "extract    COMPLETED in 1.500 s: 1,234,567 records, 5.0 MB",
    "load       COMPLETED in 0.750 s: 1,234,570 rows, 5.0 MB",
    "run        COMPLETED in 1.750 s\n"
  };
  for (size_t i = 0; i < COUNT(wanted); i++) {
    CHECK_CASE(wanted[i], strstr(text.data, wanted[i]) != NULL);
  }
  sl_buffer_release(&text);
  test_folder_free(&f);
}

static const struct {
  const char *text, *want;
} secret_cases[] = {
  { "nothing to hide", "nothing to hide" },
  { "postgres://joe:s3cret@host/db", "postgres://joe:***@host/db" },
  { "postgres://joe:p@ss:w@host:5432/db rest", "postgres://joe:***@host:5432/db rest" },
  { "postgres://:s@h", "postgres://:***@h" },
  { "https://host:8080/a?token=abc&b=1", "https://host:8080/a?token=***&b=1" },
  { "https://joe@host/a", "https://joe@host/a" },
  { "two a://b:c@d and e://f:g@h", "two a://b:***@d and e://f:***@h" },
  { "md:db?motherduck_token=xyz", "md:db?motherduck_token=***" },
  { "host=h password='x' user=u", "host=h password=*** user=u" },
  { "password='it''s' x", "password=*** x" },
  { "Server=h;PWD={a;b}}c d};UID=u", "Server=h;PWD=***;UID=u" },
  { "Server=h;PWD=a b;UID=u", "Server=h;PWD=***;UID=u" },
  { "PWD={never closed", "PWD=***" },
  { "connecting to PWD=***: refused", "connecting to PWD=***: refused" },
  { "PASSWORD=x; Pwd=y", "PASSWORD=***; Pwd=***" },
  { "author=x tokens=y", "author=x tokens=y" },
  { "a password: is needed", "a password: is needed" },
  /* What is hidden is the place of a secret, not its text: a number that is the password too may
   * stand elsewhere, and tells nobody that it is. */
  { "postgres://joe:5432@host:5432/db: 5432 rows", "postgres://joe:***@host:5432/db: 5432 rows" },
  { "host=h port=5432 password=5432", "host=h port=5432 password=***" },
  { "{\"password\": 5432, \"port\": 5432}", "{\"password\": \"***\", \"port\": 5432}" },
  { "{\"token\":\"a\\\"b, c\",\"n\":1}", "{\"token\":\"***\",\"n\":1}" },
  { "{\"a\": {\"secret\" : 12}}", "{\"a\": {\"secret\" : \"***\"}}" },
  { "{\"token\": \"${TOKEN}\", \"pwd\": null}", "{\"token\": \"${TOKEN}\", \"pwd\": null}" },
  { "{\"token\": \"never closed", "{\"token\": \"***\"" },
  { "the member \"token\" is missing", "the member \"token\" is missing" },
};

TEST(secrets_are_hidden) {
  for (size_t i = 0; i < COUNT(secret_cases); i++) {
    struct sl_buffer out = { 0 };
    sl_redact(&out, secret_cases[i].text);
    CHECK_STR(secret_cases[i].text, out.data, secret_cases[i].want);
    sl_buffer_release(&out);
  }
}

/* Locations with what should have been written with percent signs. */
static const struct {
  const char *text, *want;
} location_cases[] = {
  { "postgres://joe:p/a@s?s#w 'o\"rd@host:5432/db", "postgres://joe:***@host:5432/db" },
  { "postgres://joe@host:5432/db", "postgres://joe@host:5432/db" },
  { "s3://bucket/a:b@c.csv", "s3://bucket/a:b@c.csv" },
  { "https://host/hook?password=a b&c;d&retries=3", "https://host/hook?password=***&retries=3" },
  { "host=h password=a b;c d user=joe", "host=h password=*** user=joe" },
  { "Server=h;PWD=a&b c;UID=u", "Server=h;PWD=***;UID=u" },
  { "Server=h;PWD={a;UID=b}}c d};UID=u", "Server=h;PWD=***;UID=u" },
  { "mongodb://host:1/db?password=a@b c", "mongodb://host:***" },
  { "password=", "password=" },
};

TEST(secrets_of_locations_are_hidden) {
  for (size_t i = 0; i < COUNT(location_cases); i++) {
    char *got = sl_redact_location_copy(location_cases[i].text);
    CHECK_STR(location_cases[i].text, got, location_cases[i].want);
    free(got);
  }
}

TEST(no_secret_reaches_the_file) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_trace_run run = run_of("1.5");
  struct sl_error failed = { .code = SL_EDEST };
  snprintf(failed.message, sizeof failed.message, "cannot reach postgres://joe:s3cret@host/db");
  run.destination = "postgres://joe:s3cret@host/db";
  run.source = "https://host/x?api_key=s3cret";
  run.error = &failed;
  CHECK_OK(sl_trace_append(&f.dir, &run, &err), &err);
  char *text = test_folder_text(&f, SL_TRACE_FILE);
  CHECK_CASE(text, strstr(text, "s3cret") == NULL);
  CHECK_CASE(text, strstr(text, "joe:***@host") != NULL);
  free(text);
  test_folder_free(&f);
}
