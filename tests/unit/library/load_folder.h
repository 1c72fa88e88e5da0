/* load_folder.h - a folder with a database and a pipelines folder, for loads by the library. */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_LOAD_FOLDER_H
#define SLUICE_TESTS_UNIT_LIBRARY_LOAD_FOLDER_H

#include <stdlib.h>
#include <unistd.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#include "base/files.h"
#include "pipeline/query.h"
#include "unit/test.h"

struct load_folder {
  char path[64], input[96], destination[96], pipelines[96];
  struct sl_load_settings settings; /* of a load of `input` into ds.items */
};

static inline void load_folder_init(struct load_folder *f) {
  snprintf(f->path, sizeof f->path, "/tmp/sluice-load-XXXXXX");
  CHECK(mkdtemp(f->path) != NULL);
  snprintf(f->input, sizeof f->input, "%s/in.jsonl", f->path);
  snprintf(f->destination, sizeof f->destination, "duckdb:%s/out.duckdb", f->path);
  snprintf(f->pipelines, sizeof f->pipelines, "%s/pipelines", f->path);
  sl_load_settings_init(&f->settings);
  f->settings.source = f->input;
  f->settings.destination = f->destination;
  f->settings.pipelines_dir = f->pipelines;
  f->settings.dataset = "ds";
  f->settings.as = "items";
}

static inline void load_folder_release(struct load_folder *f) {
  struct sl_error err = { 0 };
  CHECK_OK(sl_folder_delete(f->path, &err), &err);
}

static inline void load_folder_write(const struct load_folder *f, const char *text) {
  struct sl_error err = { 0 };
  CHECK_OK(sl_file_write(f->input, text, strlen(text), false, &err), &err);
}

/* What one query gives as text; "" when it gives nothing. The caller releases it. */
static inline struct sl_buffer load_folder_query(const struct load_folder *f, const char *sql) {
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  const struct sl_destination_ops *ops = NULL;
  struct sl_destination *d = NULL;
  bool found = false;
  struct sl_destination_config config = { .read_only = true };
  sl_buffer_append(&out, "", 0);
  if (CHECK_OK(sl_destination_find(f->destination, &ops, &config.location, &err), &err) &&
      CHECK_OK(ops->open(&d, &config, &err), &err)) {
    CHECK_OK(sl_query_text(d, sql, &out, &found, &err), &err);
    ops->close(d);
  }
  return out;
}

#endif
