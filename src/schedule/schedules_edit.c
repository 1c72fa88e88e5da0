/* schedules_edit.c - changing schedules.yml; declared in schedules.h. */
#include <stdlib.h>

#include <yyjson.h>

#include "base/files.h"
#include "project/doc_edit.h"
#include "schedule/schedules_internal.h"

struct edit {
  const struct sl_project *project;
  const struct sl_sources *sources; /* may be NULL */
  struct sl_schedules list;         /* as the file is now */
  struct sl_doc_edit edit;
};

static sl_status edit_begin(struct edit *e, const struct sl_project *project,
                            const struct sl_sources *sources, struct sl_error *err) {
  *e = (struct edit){ .project = project, .sources = sources, .edit = { .doc = &e->list.doc } };
  return sl_schedules_read(&e->list, project, sources, err);
}

/* Writes the new text unless it has problems that the old one has not. */
static sl_status edit_end(struct edit *e, sl_status rc, struct sl_error *err) {
  struct sl_schedules now = { 0 };
  struct sl_buffer *text = &e->edit.text;
  char *path = sl_project_path(e->project, ".dango/schedules.yml");
  sl_buffer_text(text, "");
  if (rc == SL_OK) {
    rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                      : sl_buffer_check(text, err);
  }
  const char *data = text->data == NULL ? "" : text->data;
  if (rc == SL_OK) {
    rc = sl_schedules_parse(&now, e->project, e->sources, data, text->length, err);
  }
  if (rc == SL_OK && now.n_problems > e->list.n_problems) {
    rc = sl_fail(err, SL_EUSAGE, "%.*s", (int)now.problems.length - 1, now.problems.data);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(path, data, text->length, true, err);
  }
  sl_schedules_release(&now);
  sl_schedules_release(&e->list);
  sl_buffer_release(text);
  free(path);
  return rc;
}

sl_status sl_schedules_add(const struct sl_project *project, const struct sl_sources *sources,
                           const char *json, struct sl_error *err) {
  struct edit e;
  sl_status rc = edit_begin(&e, project, sources, err);
  if (rc == SL_OK) {
    rc = sl_doc_edit_add(&e.edit, "schedules", "", json, err);
  }
  return edit_end(&e, rc, err);
}

/* Entries that are wrong can be removed too. */
static sl_status find_entry(const struct edit *e, const char *name, const struct sl_node **out,
                            struct sl_error *err) {
  const struct sl_schedule *found;
  *out = sl_node_named(sl_node_get(e->list.doc.root, "schedules"), name);
  return *out != NULL ? SL_OK : sl_schedules_find(&e->list, name, &found, err);
}

sl_status sl_schedules_remove(const struct sl_project *project, const char *name,
                              struct sl_error *err) {
  struct edit e;
  const struct sl_node *entry = NULL;
  sl_status rc = edit_begin(&e, project, NULL, err);
  if (rc == SL_OK) {
    rc = find_entry(&e, name, &entry, err);
  }
  if (rc == SL_OK) {
    sl_doc_edit_remove(&e.edit, entry);
  }
  return edit_end(&e, rc, err);
}

/* A node as JSON that can be changed. */
static sl_status thaw(const struct sl_node *node, yyjson_mut_doc **out, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_node_json(node, &json);
  yyjson_doc *doc = json.data == NULL ? NULL : yyjson_read(json.data, json.length, 0);
  *out = doc == NULL ? NULL : yyjson_doc_mut_copy(doc, NULL);
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for schedules") : SL_OK;
}

sl_status sl_schedules_set(const struct sl_project *project, const char *name, const char *key,
                           const char *value, struct sl_error *err) {
  struct edit e;
  const struct sl_node *entry = NULL;
  yyjson_mut_doc *doc = NULL;
  yyjson_doc *given = yyjson_read(value, strlen(value), 0);
  sl_status rc = edit_begin(&e, project, NULL, err);
  if (rc == SL_OK) {
    rc = find_entry(&e, name, &entry, err);
  }
  if (rc == SL_OK) {
    rc = thaw(entry, &doc, err);
  }
  if (rc == SL_OK) {
    yyjson_mut_obj_put(yyjson_mut_doc_get_root(doc), yyjson_mut_str(doc, key),
                       yyjson_val_mut_copy(doc, yyjson_doc_get_root(given)));
    char *json = yyjson_mut_write(doc, 0, NULL);
    rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a schedule")
                      : sl_doc_edit_replace(&e.edit, entry, json, err);
    free(json);
  }
  yyjson_mut_doc_free(doc);
  yyjson_doc_free(given);
  return edit_end(&e, rc, err);
}

/* ---- webhooks ---- */

/* The list of webhooks, made when it is missing. */
static yyjson_mut_val *list_of(yyjson_mut_doc *doc) {
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  yyjson_mut_val *part = yyjson_mut_obj_get(root, "notifications");
  if (!yyjson_mut_is_obj(part)) {
    yyjson_mut_obj_remove_key(root, "notifications");
    part = yyjson_mut_obj_add_obj(doc, root, "notifications");
  }
  yyjson_mut_val *list = yyjson_mut_obj_get(part, "webhooks");
  if (!yyjson_mut_is_arr(list)) {
    yyjson_mut_obj_remove_key(part, "webhooks");
    list = yyjson_mut_obj_add_arr(doc, part, "webhooks");
  }
  return list;
}

static sl_status write_root(struct edit *e, yyjson_mut_doc *doc, struct sl_error *err) {
  char *json = yyjson_mut_write(doc, 0, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a webhook")
                              : sl_doc_edit_root(&e->edit, json, err);
  free(json);
  return rc;
}

static bool is_called(yyjson_mut_val *webhook, const char *name) {
  return yyjson_mut_equals_str(yyjson_mut_obj_get(webhook, "name"), name);
}

sl_status sl_webhooks_add(const struct sl_project *project, const char *name, const char *url,
                          const char *format, struct sl_error *err) {
  struct edit e;
  yyjson_mut_doc *doc = NULL;
  sl_status rc = edit_begin(&e, project, NULL, err);
  for (size_t i = 0; rc == SL_OK && i < e.list.n_webhooks; i++) {
    if (strcmp(e.list.webhooks[i].name, name) == 0) {
      rc = sl_fail(err, SL_EUSAGE, "there is a webhook called %s already", name);
    }
  }
  if (rc == SL_OK && !sl_schedule_is_name(name)) {
    rc = sl_fail(err, SL_EUSAGE, "the name of a webhook has lower case letters, digits and _");
  }
  if (rc == SL_OK) {
    rc = thaw(e.list.doc.root, &doc, err);
  }
  if (rc == SL_OK) {
    yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, list_of(doc));
    yyjson_mut_obj_add_str(doc, one, "name", name);
    yyjson_mut_obj_add_str(doc, one, "url", url);
    yyjson_mut_obj_add_str(doc, one, "format", format);
    rc = write_root(&e, doc, err);
  }
  yyjson_mut_doc_free(doc);
  return edit_end(&e, rc, err);
}

sl_status sl_webhooks_remove(const struct sl_project *project, const char *name,
                             struct sl_error *err) {
  struct edit e;
  yyjson_mut_doc *doc = NULL;
  size_t removed = 0;
  sl_status rc = edit_begin(&e, project, NULL, err);
  if (rc == SL_OK) {
    rc = thaw(e.list.doc.root, &doc, err);
  }
  if (rc == SL_OK) {
    yyjson_mut_val *list = list_of(doc);
    for (size_t i = yyjson_mut_arr_size(list); i-- > 0;) {
      if (is_called(yyjson_mut_arr_get(list, i), name)) {
        yyjson_mut_arr_remove(list, i);
        removed++;
      }
    }
    rc = removed == 0 ? sl_fail(err, SL_ENOTFOUND, "there is no webhook %s", name)
                      : write_root(&e, doc, err);
  }
  yyjson_mut_doc_free(doc);
  return edit_end(&e, rc, err);
}
