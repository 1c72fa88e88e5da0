/* memories.c - what the scheduler remembers over a restart; declared in runs.h. */
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "schedule/runs.h"

static char *path_of(const struct sl_project *project) {
  return sl_project_path(project, ".dango/state/schedules.json");
}

static char *copy_text(yyjson_val *o, const char *name) {
  const char *text = yyjson_get_str(yyjson_obj_get(o, name));
  return strdup(text == NULL ? "" : text);
}

static sl_status take_all(struct sl_memories *out, yyjson_val *list, struct sl_error *err) {
  size_t n = yyjson_arr_size(list);
  sl_status rc = sl_grow(&out->items, &out->capacity, n + 1, sizeof *out->items, err);
  size_t i;
  yyjson_val *o;
  yyjson_arr_foreach(list, i, n, o) {
    if (rc != SL_OK) {
      break;
    }
    struct sl_schedule_memory *m = &out->items[out->count++];
    *m = (struct sl_schedule_memory){
      .name = copy_text(o, "name"),
      .key = copy_text(o, "key"),
      .handled = yyjson_get_sint(yyjson_obj_get(o, "handled")),
      .since = yyjson_get_sint(yyjson_obj_get(o, "since")),
      .stale_told = yyjson_get_bool(yyjson_obj_get(o, "stale_told")),
    };
    if (m->name == NULL || m->key == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for the scheduler");
    }
  }
  return rc;
}

sl_status sl_memories_read(const struct sl_project *project, struct sl_memories *out,
                           struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *out = (struct sl_memories){ 0 };
  char *path = path_of(project);
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && sl_file_exists(path)) {
    rc = sl_file_read(path, &text, err);
  }
  yyjson_doc *doc = text.length == 0 ? NULL : yyjson_read(text.data, text.length, 0);
  if (rc == SL_OK) {
    rc = take_all(out, yyjson_doc_get_root(doc), err);
  }
  if (rc != SL_OK) {
    sl_memories_release(out);
  }
  yyjson_doc_free(doc);
  sl_buffer_release(&text);
  free(path);
  return rc;
}

static char *print_all(const struct sl_memories *memories, size_t *length) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *list = yyjson_mut_arr(doc);
  yyjson_mut_doc_set_root(doc, list);
  for (size_t i = 0; i < memories->count; i++) {
    const struct sl_schedule_memory *m = &memories->items[i];
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);
    yyjson_mut_obj_add_str(doc, o, "name", m->name);
    yyjson_mut_obj_add_str(doc, o, "key", m->key);
    yyjson_mut_obj_add_sint(doc, o, "handled", m->handled);
    yyjson_mut_obj_add_sint(doc, o, "since", m->since);
    yyjson_mut_obj_add_bool(doc, o, "stale_told", m->stale_told);
  }
  char *json = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, length);
  yyjson_mut_doc_free(doc);
  return json;
}

sl_status sl_memories_write(const struct sl_project *project, const struct sl_memories *memories,
                            struct sl_error *err) {
  size_t length = 0;
  char *folder = sl_project_path(project, ".dango/state");
  char *path = path_of(project);
  char *json = print_all(memories, &length);
  sl_status rc = folder == NULL || path == NULL || json == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for the scheduler")
                     : sl_folder_make(folder, err);
  if (rc == SL_OK) { /* before a run begins: it must not begin again after a power cut */
    rc = sl_file_write(path, json, length, true, err);
  }
  free(json);
  free(folder);
  free(path);
  return rc;
}

void sl_memories_release(struct sl_memories *memories) {
  for (size_t i = 0; i < memories->count; i++) {
    free(memories->items[i].name);
    free(memories->items[i].key);
  }
  free(memories->items);
  *memories = (struct sl_memories){ 0 };
}

struct sl_schedule_memory *sl_memories_get(const struct sl_memories *memories, const char *name) {
  for (size_t i = 0; i < memories->count; i++) {
    if (strcmp(memories->items[i].name, name) == 0) {
      return &memories->items[i];
    }
  }
  return NULL;
}
