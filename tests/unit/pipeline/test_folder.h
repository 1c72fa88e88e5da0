/* test_folder.h - a working folder of its own for each test, deleted at the end. */
#ifndef SLUICE_TESTS_UNIT_PIPELINE_TEST_FOLDER_H
#define SLUICE_TESTS_UNIT_PIPELINE_TEST_FOLDER_H

#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "pipeline/workdir.h"
#include "unit/test.h"

struct test_folder {
  char pipelines[64];
  struct sl_workdir dir;
};

__attribute__((unused)) static struct test_folder test_folder_new(void) {
  struct test_folder f = { .pipelines = "/tmp/sluice-unit-XXXXXX" };
  struct sl_error err = { 0 };
  CHECK(mkdtemp(f.pipelines) != NULL);
  CHECK_OK(sl_workdir_init(&f.dir, f.pipelines, "shop", &err), &err);
  CHECK_OK(sl_workdir_create(&f.dir, &err), &err);
  return f;
}

__attribute__((unused)) static void test_folder_free(struct test_folder *f) {
  struct sl_error err = { 0 };
  sl_workdir_release(&f->dir);
  CHECK_OK(sl_folder_delete(f->pipelines, &err), &err);
}

/* The content of <working folder>/<file>; the caller frees it. NULL when it is not there. */
__attribute__((unused)) static char *test_folder_text(const struct test_folder *f,
                                                      const char *file) {
  struct sl_buffer text = { 0 };
  struct sl_error err = { 0 };
  if (sl_workdir_read(&f->dir, file, &text, &err) != SL_OK) {
    sl_buffer_release(&text);
    return NULL;
  }
  return sl_buffer_take(&text);
}

__attribute__((unused)) static bool test_folder_has(const struct test_folder *f, const char *path) {
  char whole[512];
  snprintf(whole, sizeof whole, "%s/%s", f->dir.path, path);
  return access(whole, F_OK) == 0;
}

#endif
