/* sources_edit.c - changing sources.yml line by line, so that comments and order stay; declared in
 * sources.h. */
#include <stdlib.h>

#include <yyjson.h>

#include "base/files.h"
#include "project/doc_edit.h"
#include "project/sources.h"

struct edit {
  struct sl_sources list; /* as the file is now */
  char *path;
  struct sl_doc_edit edit;
};

static sl_status edit_begin(struct edit *e, const struct sl_project *project,
                            struct sl_error *err) {
  *e = (struct edit){ .edit = { .doc = &e->list.doc } };
  e->path = sl_project_path(project, ".dango/sources.yml");
  return e->path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                         : sl_sources_read(&e->list, project, err);
}

/* Writes the new text if it reads well. */
static sl_status edit_end(struct edit *e, sl_status rc, struct sl_error *err) {
  struct sl_sources check = { 0 };
  const struct sl_buffer *text = &e->edit.text;
  if (rc == SL_OK) {
    rc = sl_buffer_check(text, err);
  }
  if (rc == SL_OK) {
    rc = sl_sources_parse(&check, e->path, text->data == NULL ? "" : text->data, text->length, err);
    sl_sources_release(&check);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(e->path, text->data, text->length, true, err);
  }
  sl_sources_release(&e->list);
  sl_buffer_release(&e->edit.text);
  free(e->path);
  return rc;
}

sl_status sl_sources_add(const struct sl_project *project, const char *json, struct sl_error *err) {
  struct edit e;
  sl_status rc = edit_begin(&e, project, err);
  if (rc == SL_OK) {
    bool versioned = sl_node_get(e.list.doc.root, "version") != NULL;
    rc = sl_doc_edit_add(&e.edit, "sources", versioned ? "" : "version: '1.0'\n", json, err);
  }
  return edit_end(&e, rc, err);
}

sl_status sl_sources_remove(const struct sl_project *project, const char *name,
                            struct sl_error *err) {
  struct edit e;
  const struct sl_project_source *source = NULL;
  sl_status rc = edit_begin(&e, project, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&e.list, name, &source, err);
  }
  if (rc == SL_OK) {
    sl_doc_edit_remove(&e.edit, source->node);
  }
  return edit_end(&e, rc, err);
}

sl_status sl_sources_replace(const struct sl_project *project, const char *name, const char *json,
                             struct sl_error *err) {
  struct edit e;
  const struct sl_project_source *source = NULL;
  yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
  yyjson_val *now = yyjson_doc_get_root(doc);
  sl_status rc = edit_begin(&e, project, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&e.list, name, &source, err);
  }
  if (rc == SL_OK && !yyjson_equals_str(yyjson_obj_get(now, "name"), name)) {
    rc = sl_fail(err, SL_EUSAGE,
                 "source %s keeps its name, which its tables and state hang on: add another one",
                 name);
  }
  if (rc == SL_OK) {
    rc = sl_doc_edit_replace(&e.edit, source->node, json, err);
  }
  yyjson_doc_free(doc);
  return edit_end(&e, rc, err);
}
