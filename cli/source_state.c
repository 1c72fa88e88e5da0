/* source_state.c - `sluice source inspect-state`: where the next sync of a source begins. */
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/text.h"
#include "pipeline/workdir.h"
#include "source_cli.h"

static void print_value(const char *label, yyjson_val *value) {
  char *text = yyjson_val_write(value, 0, NULL);
  printf("    %-14s %s\n", label, text == NULL ? "null" : text);
  free(text);
}

static void print_resource(const char *name, yyjson_val *resource) {
  size_t i;
  size_t n;
  yyjson_val *cursor;
  yyjson_val *state;
  yyjson_obj_foreach(yyjson_obj_get(resource, "incremental"), i, n, cursor, state) {
    printf("  %s\n    %-14s %s\n", name, "cursor", yyjson_get_str(cursor));
    print_value("last_value", yyjson_obj_get(state, "last_value"));
    print_value("initial_value", yyjson_obj_get(state, "initial_value"));
    printf("    %-14s %zu rows at the border are known\n", "unique_hashes",
           yyjson_arr_size(yyjson_obj_get(state, "unique_hashes")));
  }
  if (yyjson_obj_size(yyjson_obj_get(resource, "files")) > 0) {
    printf("  %s\n    %-14s %zu were loaded\n", name, "files",
           yyjson_obj_size(yyjson_obj_get(resource, "files")));
  }
}

static void print_state(yyjson_val *root) {
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_val *source;
  bool any = false;
  yyjson_obj_foreach(yyjson_obj_get(root, "sources"), i, n, key, source) {
    size_t k;
    size_t m;
    yyjson_val *name;
    yyjson_val *resource;
    yyjson_obj_foreach(yyjson_obj_get(source, "resources"), k, m, name, resource) {
      print_resource(yyjson_get_str(name), resource);
      any = true;
    }
  }
  if (!any) {
    printf("  Nothing is remembered: each sync reads everything.\n");
  }
}

int sl_cli_source_inspect_state(const struct sl_cli_common *common, const char *name) {
  struct sl_cli_project p;
  struct sl_error err;
  struct sl_workdir dir = { 0 };
  struct sl_buffer text = { 0 };
  const struct sl_project_source *source;
  sl_status rc = sl_cli_project_open(&p, &err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&p.sources, name, &source, &err);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_init(&dir, p.project->pipelines_dir, name, &err);
  }
  if (rc == SL_OK && !sl_workdir_exists(&dir)) {
    rc = sl_fail(&err, SL_ENOTFOUND, "source %s was not synced here yet", name);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_read(&dir, SL_STATE_FILE, &text, &err);
  }
  if (rc == SL_OK && common->json) {
    printf("%s\n", text.data);
  } else if (rc == SL_OK) {
    yyjson_doc *doc = yyjson_read(text.data, text.length, 0);
    printf("%s\n", name);
    print_state(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
  }
  sl_buffer_release(&text);
  sl_workdir_release(&dir);
  sl_cli_project_close(&p);
  return rc == SL_OK ? 0 : sl_cli_fail(common, &err);
}
