/* Load packages: ids, folders and files of dlt, states of jobs, killed loads, old ones deleted. */
#include "pipeline/package.h"

#include <sys/stat.h>

#include "pipeline/package_files.h"
#include "schema/stored.h"
#include "unit/json_vectors.h"
#include "unit/pipeline/test_folder.h"

TEST(load_ids_increase) {
  char last[SL_LOAD_ID_BYTES] = "";
  for (int i = 0; i < 2000; i++) {
    char id[SL_LOAD_ID_BYTES];
    sl_load_id_new(id);
    CHECK_CASE(id, strtod(id, NULL) > strtod(last, NULL));
    CHECK_CASE(id, strcmp(id, last) > 0);
    CHECK_CASE(id, strspn(id, "0123456789.") == strlen(id) && strchr(id, '.') != NULL);
    snprintf(last, sizeof last, "%s", id);
  }
}

TEST(load_ids_follow_what_is_known) {
  static const char *const before[] = { "1600000000.5", "9000000000.25", "9000000000.2999998",
                                        "9000000001.0" };
  static const char *const never[] = { "", "load", "1e300", "99999999999999999" };
  char id[SL_LOAD_ID_BYTES];
  for (size_t i = 0; i < 4; i++) {
    sl_load_id_new(id);
    sl_load_id_raise(id, before[i]);
    CHECK_CASE(id, strcmp(id, before[i]) > 0 && strlen(id) < 20);
  }
  for (size_t i = 0; i < 4; i++) {
    char same[SL_LOAD_ID_BYTES] = "1700000000.5";
    sl_load_id_raise(same, never[i]);
    CHECK_STR(never[i], same, "1700000000.5");
  }
}

static const struct {
  const char *file, *table, *id, *format;
  int retry; /* -1 = no job */
} name_cases[] = {
  { "orders.3092ef3884.0.insert_values.gz", "orders", "3092ef3884", "insert_values.gz", 0 },
  { "orders__items.31e3dd7f18.2.sql", "orders__items", "31e3dd7f18", "sql", 2 },
  { "a.b.0.stream", "a", "b", "stream", 0 },
  { "a.b.0", "", "", "", -1 },
  { "a.b.x.sql", "", "", "", -1 },
  { "a.b..sql", "", "", "", -1 },
  { "a.b.0.sql.zip", "", "", "", -1 },
  { "a.b.0.sql.gz.gz", "", "", "", -1 },
  { "", "", "", "", -1 },
};

TEST(job_names_are_those_of_dlt) {
  for (size_t i = 0; i < COUNT(name_cases); i++) {
    struct sl_job_name name;
    bool good = sl_job_name_parse(name_cases[i].file, &name);
    CHECK_INT(name_cases[i].file, good, name_cases[i].retry >= 0);
    if (good) {
      CHECK_INT(name_cases[i].file, name.retry, name_cases[i].retry);
      CHECK_MEM("table", name.table.data, name.table.length, name_cases[i].table,
                strlen(name_cases[i].table));
      CHECK_MEM("id", name.file_id.data, name.file_id.length, name_cases[i].id,
                strlen(name_cases[i].id));
      CHECK_MEM("format", name.format.data, name.format.length, name_cases[i].format,
                strlen(name_cases[i].format));
    }
  }
}

static struct sl_schema *schema_with(const char *table, const char *column) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = NULL;
  struct sl_table *t = NULL;
  struct sl_column *c = NULL;
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  CHECK_OK(sl_schema_add_table(schema, table, &t, &err), &err);
  CHECK_OK(sl_table_add_column(t, column, &c, &err), &err);
  c->type = SL_TYPE_BIGINT;
  return schema;
}

/* A load with two jobs; the second is failed when `message` is given. */
static void load(struct test_folder *f, const char *id, const char *message) {
  struct sl_error err = { 0 };
  struct sl_schema *schema = schema_with("orders", "id");
  const struct sl_job jobs[] = {
    { .table = "orders", .state = SL_JOB_COMPLETED, .rows = 7, .bytes = 100 },
    { .table = "a.b/c%{d}",
      .state = message == NULL ? SL_JOB_COMPLETED : SL_JOB_FAILED,
      .rows = 3,
      .message = message },
  };
  const struct sl_package_end end = { .load_id = id,
                                      .aborted = message != NULL,
                                      .schema = schema,
                                      .updates_json = "{\"orders\":{}}",
                                      .jobs = jobs,
                                      .n_jobs = 2,
                                      .pipeline = "shop",
                                      .state_row = "row",
                                      .state_hash = "hash=",
                                      .state_version = 4,
                                      .state_created_micros = 1700000000000000 };
  CHECK_OK(sl_package_begin(&f->dir, id, 1700000000123456, &err), &err);
  CHECK_OK(sl_package_finish(&f->dir, &end, &err), &err);
  sl_schema_free(schema);
}

TEST(a_loaded_package_tells_its_jobs) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_package_info info;
  load(&f, "1700000000.5", NULL);
  CHECK(!test_folder_has(&f, "load/new/1700000000.5"));
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_LOADED, "1700000000.5", &info, &err), &err);
  CHECK_STR("state", info.state, "loaded");
  CHECK_STR("schema", info.schema_name, "shop");
  CHECK_INT("updates", info.n_updated_tables, 1);
  CHECK(info.completed_micros > 1700000000000000);
  if (CHECK_INT("jobs", info.n_jobs, 2)) {
    CHECK_STR("its own name", info.jobs[0].table, "a.b/c%{d}");
    CHECK_STR("table", info.jobs[1].table, "orders");
    CHECK_INT("rows", info.jobs[1].rows, 7);
    CHECK_INT("bytes", info.jobs[1].bytes, 100);
    CHECK_INT("state", info.jobs[1].state, SL_JOB_COMPLETED);
    CHECK_STR("format", info.jobs[1].format, "stream");
    CHECK_INT("id", strlen(info.jobs[1].file_id), 10);
  }
  sl_package_info_release(&info);
  sl_package_info_release(&info);
  test_folder_free(&f);
}

TEST(a_failed_job_keeps_its_message) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_package_info info;
  load(&f, "1700000000.5", "the disk is full");
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_LOADED, "1700000000.5", &info, &err), &err);
  CHECK_STR("state", info.state, "aborted");
  if (CHECK_INT("jobs", info.n_jobs, 2)) {
    CHECK_INT("failed first", info.jobs[0].state, SL_JOB_FAILED);
    CHECK_STR("message", info.jobs[0].message, "the disk is full");
    CHECK(info.jobs[1].message == NULL);
  }
  sl_package_info_release(&info);
  test_folder_free(&f);
}

TEST(the_state_of_a_package_is_dlts) {
  struct test_folder f = test_folder_new();
  load(&f, "1700000000.5", NULL);
  char *text = test_folder_text(&f, "load/loaded/1700000000.5/load_package_state.json");
  yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  yyjson_val *state = yyjson_obj_get(root, "pipeline_state");
  CHECK_INT("version", yyjson_get_sint(yyjson_obj_get(root, "_state_version")), 1);
  CHECK_INT("engine", yyjson_get_sint(yyjson_obj_get(root, "_state_engine_version")), 1);
  CHECK_STR("created", vector_text(root, "created_at"), "2023-11-14T22:13:20.123456+00:00");
  CHECK_STR("hash", vector_text(state, "version_hash"), "hash=");
  CHECK_STR("load", vector_text(state, "_dlt_load_id"), "1700000000.5");
  CHECK_INT("state version", yyjson_get_sint(yyjson_obj_get(state, "version")), 4);
  yyjson_doc_free(doc);
  free(text);
  text = test_folder_text(&f, "load/loaded/1700000000.5/package_completed.json");
  CHECK_STR("completed", text, "loaded");
  free(text);
  test_folder_free(&f);
}

TEST(long_table_names_are_cut_at_a_character) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_package_info info;
  struct sl_buffer name = { 0 };
  for (int i = 0; i < 200; i++) {
    sl_buffer_text(&name, "é");
  }
  sl_buffer_char(&name, 'x');
  const struct sl_job job = { .table = name.data, .state = SL_JOB_COMPLETED, .rows = 1 };
  const struct sl_package_end end = { .load_id = "1.5", .jobs = &job, .n_jobs = 1 };
  CHECK_OK(sl_package_begin(&f.dir, "1.5", 0, &err), &err);
  CHECK_OK(sl_package_finish(&f.dir, &end, &err), &err);
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_LOADED, "1.5", &info, &err), &err);
  if (CHECK_INT("jobs", info.n_jobs, 1)) {
    CHECK_STR("whole name", info.jobs[0].table, name.data);
  }
  sl_package_info_release(&info);
  sl_buffer_release(&name);
  test_folder_free(&f);
}

static sl_status committed_one(void *arg, const char *load_id, bool *committed,
                               struct sl_error *err) {
  (void)err;
  *committed = strcmp(load_id, (const char *)arg) == 0;
  return SL_OK;
}

TEST(killed_loads_are_finished_later) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_package_info info;
  size_t recovered = 0;
  char committed[] = "2.5";
  char path[512];
  CHECK_OK(sl_package_begin(&f.dir, "1.5", 0, &err), &err);
  CHECK_OK(sl_package_begin(&f.dir, "2.5", 0, &err), &err);
  snprintf(path, sizeof path, "%s/load/new/3.5", f.dir.path);
  CHECK_OK(sl_folder_make(path, &err), &err);
  CHECK_OK(sl_package_recover(&f.dir, committed_one, committed, &recovered, &err), &err);
  CHECK_INT("ours only", recovered, 2);
  CHECK_CASE("dlt's own stays", sl_folder_exists(path));
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_LOADED, "1.5", &info, &err), &err);
  CHECK_STR("rolled back", info.state, "aborted");
  CHECK_CASE("dlt can open it", info.schema_name != NULL);
  sl_package_info_release(&info);
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_LOADED, "2.5", &info, &err), &err);
  CHECK_STR("committed", info.state, "loaded");
  sl_package_info_release(&info);
  test_folder_free(&f);
}

TEST(old_packages_of_ours_are_deleted) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  static const char *const ids[] = { "1.1", "1.2", "1.3", "1.4" };
  char path[512];
  char **left;
  size_t n;
  for (size_t i = 0; i < COUNT(ids); i++) {
    load(&f, ids[i], NULL);
  }
  snprintf(path, sizeof path, "%s/load/loaded/0.5", f.dir.path);
  CHECK_OK(sl_folder_make(path, &err), &err);
  CHECK_OK(sl_package_prune(&f.dir, 2, &err), &err);
  CHECK_OK(sl_package_list(&f.dir, SL_PACKAGES_LOADED, &left, &n, &err), &err);
  if (CHECK_INT("left", n, 3)) {
    CHECK_STR("dlt's", left[0], "0.5");
    CHECK_STR("newest", left[1], "1.3");
    CHECK_STR("newest", left[2], "1.4");
  }
  sl_names_free(left, n);
  test_folder_free(&f);
}

TEST(packages_of_dlt_are_read) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_package_info info;
  char path[512];
  snprintf(path, sizeof path, "%s/load/normalized/9.5/new_jobs", f.dir.path);
  CHECK_OK(sl_folder_make(path, &err), &err);
  CHECK_OK(sl_workdir_write(&f.dir, "load/normalized/9.5/new_jobs/t.0123456789.1.parquet", "12345",
                            5, &err),
           &err);
  CHECK_OK(sl_workdir_write(&f.dir, "load/normalized/9.5/new_jobs/readme", "x", 1, &err), &err);
  CHECK_OK(sl_package_read(&f.dir, SL_PACKAGES_NORMALIZED, "9.5", &info, &err), &err);
  CHECK_STR("state", info.state, "normalized");
  CHECK(info.schema_name == NULL && info.completed_micros == 0);
  if (CHECK_INT("jobs", info.n_jobs, 1)) {
    CHECK_INT("bytes of the file", info.jobs[0].bytes, 5);
    CHECK_INT("rows not known", info.jobs[0].rows, -1);
    CHECK_INT("retry", info.jobs[0].retry, 1);
    CHECK_STR("format", info.jobs[0].format, "parquet");
  }
  sl_package_info_release(&info);
  CHECK_FAILS(sl_package_read(&f.dir, SL_PACKAGES_NORMALIZED, "8.5", &info, &err), SL_ENOTFOUND,
              &err);
  test_folder_free(&f);
}

TEST(updates_are_what_is_new) {
  struct sl_error err = { 0 };
  struct sl_buffer json = { 0 };
  struct sl_table *table;
  struct sl_column *column;
  struct sl_schema *before = schema_with("orders", "id");
  struct sl_schema *now = schema_with("orders", "id");
  CHECK_OK(sl_package_updates(before, now, &json, &err), &err);
  CHECK_STR("nothing", json.data, "{}");
  sl_buffer_reset(&json);
  CHECK_OK(sl_table_add_column(sl_schema_table(now, "orders"), "hinted", &column, &err), &err);
  CHECK_OK(sl_package_updates(before, now, &json, &err), &err);
  CHECK_STR("an incomplete column is none", json.data, "{}");
  sl_buffer_reset(&json);
  CHECK_OK(sl_table_add_column(sl_schema_table(now, "orders"), "total", &column, &err), &err);
  column->type = SL_TYPE_DOUBLE;
  CHECK_OK(sl_schema_add_table(now, "items", &table, &err), &err);
  CHECK_OK(sl_package_updates(before, now, &json, &err), &err);
  CHECK_STR("a column and a table", json.data,
            "{\"orders\":{\"name\":\"orders\",\"columns\":{\"total\":{\"name\":\"total\","
            "\"data_type\":\"double\",\"nullable\":true}}},"
            "\"items\":{\"name\":\"items\",\"columns\":{}}}");
  sl_buffer_reset(&json);
  CHECK_OK(sl_package_updates(NULL, now, &json, &err), &err);
  CHECK_CASE(json.data, strstr(json.data, "\"_dlt_loads\"") != NULL);
  sl_buffer_release(&json);
  sl_schema_free(before);
  sl_schema_free(now);
}
