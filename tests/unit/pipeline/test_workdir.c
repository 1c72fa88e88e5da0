/* The working folder: where it is, what is in it, files replaced as a whole, schemas. */
#include <sys/stat.h>

#include "schema/stored.h"
#include "unit/pipeline/test_folder.h"

TEST(data_folder_of_the_environment) {
  struct sl_buffer path = { 0 };
  struct sl_error err = { 0 };
  setenv("DLT_DATA_DIR", "/data/dlt", 1);
  CHECK_OK(sl_pipelines_dir(&path, &err), &err);
  CHECK_STR("DLT_DATA_DIR", path.data, "/data/dlt/pipelines");
  unsetenv("DLT_DATA_DIR");
  if (geteuid() == 0) {
    sl_buffer_reset(&path);
    CHECK_OK(sl_pipelines_dir(&path, &err), &err);
    CHECK_STR("root", path.data, "/var/dlt/pipelines");
  }
  sl_buffer_release(&path);
}

static const struct {
  const char *label, *pipelines, *name, *want; /* want NULL = refused */
} path_cases[] = {
  { "plain", "/p", "shop", "/p/shop" },     { "slash at the end", "/p//", "shop", "/p/shop" },
  { "root", "/", "shop", "//shop" },        { "empty name", "/p", "", NULL },
  { "the folder itself", "/p", ".", NULL }, { "the one above", "/p", "..", NULL },
  { "a path", "/p", "a/b", NULL },
};

TEST(names_are_folders) {
  for (size_t i = 0; i < COUNT(path_cases); i++) {
    struct sl_workdir dir;
    struct sl_error err = { 0 };
    sl_status rc = sl_workdir_init(&dir, path_cases[i].pipelines, path_cases[i].name, &err);
    CHECK_INT(path_cases[i].label, rc, path_cases[i].want == NULL ? SL_EUSAGE : SL_OK);
    CHECK_STR(path_cases[i].label, dir.path, path_cases[i].want);
    sl_workdir_release(&dir);
  }
}

TEST(relative_folders_become_absolute) {
  struct sl_workdir dir;
  struct sl_error err = { 0 };
  CHECK_OK(sl_workdir_init(&dir, "here", "shop", &err), &err);
  CHECK(dir.path[0] == '/' && strstr(dir.path, "/here/shop") != NULL);
  sl_workdir_release(&dir);
}

TEST(layout_is_that_of_dlt) {
  static const char *const folders[] = { "schemas", "normalize/extracted", "load/new",
                                         "load/normalized", "load/loaded" };
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  for (size_t i = 0; i < COUNT(folders); i++) {
    CHECK_CASE(folders[i], test_folder_has(&f, folders[i]));
  }
  char *load = test_folder_text(&f, "load/.version");
  char *normalize = test_folder_text(&f, "normalize/.version");
  CHECK_STR("load", load, "1.0.2");
  CHECK_STR("normalize", normalize, "1.0.1");
  CHECK(!sl_workdir_exists(&f.dir));
  CHECK_OK(sl_workdir_write(&f.dir, SL_STATE_FILE, "{}", 2, &err), &err);
  CHECK(sl_workdir_exists(&f.dir));
  CHECK_OK(sl_workdir_create(&f.dir, &err), &err);
  free(load);
  free(normalize);
  test_folder_free(&f);
}

TEST(older_storages_are_brought_up) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  char path[512];
  snprintf(path, sizeof path, "%s/load/normalized/1.5", f.dir.path);
  CHECK_OK(sl_folder_make(path, &err), &err);
  CHECK_OK(sl_workdir_write(&f.dir, "load/.version", "1.0.0", 5, &err), &err);
  CHECK_OK(sl_workdir_create(&f.dir, &err), &err);
  CHECK(test_folder_has(&f, "load/normalized/1.5/.pending_transitions"));
  CHECK(test_folder_has(&f, "load/normalized/1.5/.exceptions"));
  char *version = test_folder_text(&f, "load/.version");
  CHECK_STR("version", version, "1.0.2");
  free(version);
  CHECK_OK(sl_workdir_write(&f.dir, "load/.version", "1.1.0", 5, &err), &err);
  CHECK_FAILS(sl_workdir_create(&f.dir, &err), SL_EUNSUPPORTED, &err);
  CHECK_CASE(err.message, strstr(err.message, "1.1.0") != NULL);
  CHECK_OK(sl_workdir_write(&f.dir, "load/.version", "what", 4, &err), &err);
  CHECK_FAILS(sl_workdir_create(&f.dir, &err), SL_EUNSUPPORTED, &err);
  test_folder_free(&f);
}

TEST(files_are_replaced_whole) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  char **names;
  size_t n;
  CHECK_OK(sl_workdir_write(&f.dir, "a.json", "first", 5, &err), &err);
  CHECK_OK(sl_workdir_write(&f.dir, "a.json", "second", 6, &err), &err);
  char *text = test_folder_text(&f, "a.json");
  CHECK_STR("content", text, "second");
  free(text);
  CHECK_OK(sl_folder_list(f.dir.path, SL_FILES, &names, &n, &err), &err);
  CHECK_INT("nothing is left beside it", n, 1);
  sl_names_free(names, n);
  struct sl_buffer none = { 0 };
  CHECK_FAILS(sl_workdir_read(&f.dir, "b.json", &none, &err), SL_ENOTFOUND, &err);
  CHECK_FAILS(sl_workdir_write(&f.dir, "none/b.json", "x", 1, &err), SL_ENOTFOUND, &err);
  sl_buffer_release(&none);
  test_folder_free(&f);
}

TEST(deleting_follows_no_links) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  char outside[64] = "/tmp/sluice-outside-XXXXXX";
  char link[512];
  char kept[128];
  CHECK(mkdtemp(outside) != NULL);
  snprintf(kept, sizeof kept, "%s/kept", outside);
  CHECK_OK(sl_file_write(kept, "x", 1, false, &err), &err);
  snprintf(link, sizeof link, "%s/schemas/link", f.dir.path);
  CHECK(symlink(outside, link) == 0);
  CHECK_OK(sl_workdir_delete(&f.dir, &err), &err);
  CHECK(!sl_folder_exists(f.dir.path));
  CHECK(sl_file_exists(kept));
  CHECK_OK(sl_workdir_delete(&f.dir, &err), &err);
  CHECK_OK(sl_folder_delete(outside, &err), &err);
  test_folder_free(&f);
}

static const struct {
  const char *path;
  bool folder, stays;
} left_cases[] = {
  { "load/.new-1700000000.5", true, false },
  { "load/new/1.5", true, true },
  { "load/new/1.5/completed_jobs", true, true },
  { "load/new/1.5/schema.json.4711.0.tmp", false, false },
  { "load/new/1.5/completed_jobs/a.4711.12.tmp", false, false },
  { "load/new/1.5/completed_jobs/orders.3092ef3884.0.stream", false, true },
  { "state.json.4711.3.tmp", false, false },
  { "state.json", false, true },
  { "schemas/shop.schema.json.1.1.tmp", false, false },
  { "normalize/.version.1.1.tmp", false, false },
  { "load/.version.1.1.tmp", false, false },
  { "mine.tmp", false, true },
  { "mine.1.x.tmp", false, true },
  { "1.1.tmp", false, true },
};

TEST(leftovers_of_a_killed_load_are_deleted) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  for (size_t i = 0; i < COUNT(left_cases); i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", f.dir.path, left_cases[i].path);
    if (left_cases[i].folder) {
      CHECK_OK(sl_folder_make(path, &err), &err);
    } else {
      CHECK_OK(sl_workdir_write(&f.dir, left_cases[i].path, "x", 1, &err), &err);
    }
  }
  CHECK_OK(sl_workdir_write(&f.dir, "load/.new-1700000000.5/half", "x", 1, &err), &err);
  CHECK_OK(sl_workdir_clean(&f.dir, &err), &err);
  for (size_t i = 0; i < COUNT(left_cases); i++) {
    CHECK_INT(left_cases[i].path, test_folder_has(&f, left_cases[i].path), left_cases[i].stays);
  }
  test_folder_free(&f);
}

TEST(pipelines_are_folders_with_a_state) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  char **names;
  size_t n;
  char other[128];
  snprintf(other, sizeof other, "%s/no_pipeline", f.pipelines);
  CHECK_OK(sl_folder_make(other, &err), &err);
  CHECK_OK(sl_workdir_list(f.pipelines, &names, &n, &err), &err);
  CHECK_INT("none yet", n, 0);
  sl_names_free(names, n);
  CHECK_OK(sl_workdir_write(&f.dir, SL_STATE_FILE, "{}", 2, &err), &err);
  CHECK_OK(sl_workdir_list(f.pipelines, &names, &n, &err), &err);
  if (CHECK_INT("one", n, 1)) {
    CHECK_STR("name", names[0], "shop");
  }
  sl_names_free(names, n);
  CHECK_OK(sl_workdir_list("/nowhere/at/all", &names, &n, &err), &err);
  CHECK_INT("no folder", n, 0);
  test_folder_free(&f);
}

TEST(schemas_are_stored_and_checked) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  struct sl_schema *again;
  bool changed;
  char **names;
  size_t n;
  CHECK_OK(sl_workdir_load_schema(&f.dir, "shop", &again, &err), &err);
  CHECK(again == NULL);
  CHECK_OK(sl_schema_new(&schema, "shop", &err), &err);
  CHECK_OK(sl_schema_bump_version(schema, &changed, &err), &err);
  CHECK_OK(sl_workdir_save_schema(&f.dir, schema, &err), &err);
  CHECK_OK(sl_workdir_load_schema(&f.dir, "shop", &again, &err), &err);
  if (CHECK(again != NULL)) {
    CHECK_STR("hash", again->version_hash, schema->version_hash);
  }
  sl_schema_free(again);
  CHECK_OK(sl_workdir_schemas(&f.dir, &names, &n, &err), &err);
  CHECK_INT("count", n, 1);
  CHECK_STR("name", names[0], "shop");
  sl_names_free(names, n);

  char *text = test_folder_text(&f, "schemas/shop.schema.json");
  char *edit = strstr(text, "Tracks completed loads");
  memcpy(edit, "EDITED", 6);
  CHECK_OK(sl_workdir_write(&f.dir, "schemas/shop.schema.json", text, strlen(text), &err), &err);
  CHECK_FAILS(sl_workdir_load_schema(&f.dir, "shop", &again, &err), SL_EDATA, &err);
  CHECK_CASE(err.message, strstr(err.message, "was edited") != NULL);
  CHECK_OK(sl_workdir_write(&f.dir, "schemas/shop.schema.json", text, 100, &err), &err);
  CHECK_FAILS(sl_workdir_load_schema(&f.dir, "shop", &again, &err), SL_EDATA, &err);
  CHECK_CASE(err.message, strstr(err.message, "shop.schema.json") != NULL);
  CHECK_OK(sl_workdir_clear_schemas(&f.dir, &err), &err);
  CHECK_OK(sl_workdir_load_schema(&f.dir, "shop", &again, &err), &err);
  CHECK(again == NULL);
  free(text);
  sl_schema_free(schema);
  test_folder_free(&f);
}
