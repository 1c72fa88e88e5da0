/* journal.c - see journal.h. */
#include "project/journal.h"

#include <stdlib.h>

#include "base/files.h"

sl_status sl_journal_read(const char *path, yyjson_doc **doc, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *doc = NULL;
  if (path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  if (!sl_file_exists(path)) {
    return SL_OK;
  }
  sl_status rc = sl_file_read(path, &text, err);
  if (rc == SL_OK) {
    *doc = yyjson_read(text.data == NULL ? "" : text.data, text.length, 0);
    if (!yyjson_is_arr(yyjson_doc_get_root(*doc))) {
      yyjson_doc_free(*doc);
      *doc = NULL;
      rc = sl_fail(err, SL_EDATA, "%s is damaged: delete it, and the history begins anew", path);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_journal_open(const char *path, yyjson_mut_doc **doc, struct sl_error *err) {
  yyjson_doc *old = NULL;
  *doc = NULL;
  sl_status rc = sl_journal_read(path, &old, err);
  if (rc == SL_OK) {
    *doc = old == NULL ? yyjson_mut_doc_new(NULL) : yyjson_doc_mut_copy(old, NULL);
    if (old == NULL && *doc != NULL) {
      yyjson_mut_doc_set_root(*doc, yyjson_mut_arr(*doc));
    }
    rc = *doc == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the history") : SL_OK;
  }
  yyjson_doc_free(old);
  return rc;
}

static sl_status make_folder_of(const char *path, struct sl_error *err) {
  char *folder = strdup(path);
  if (folder == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  *strrchr(folder, '/') = '\0'; /* a project's paths have one */
  sl_status rc = sl_folder_make(folder, err);
  free(folder);
  return rc;
}

sl_status sl_journal_write(const char *path, yyjson_mut_doc *doc, size_t most,
                           struct sl_error *err) {
  size_t length = 0;
  yyjson_mut_val *list = yyjson_mut_doc_get_root(doc);
  while (yyjson_mut_arr_size(list) > most) {
    yyjson_mut_arr_remove_first(list);
  }
  sl_status rc = make_folder_of(path, err);
  if (rc != SL_OK) {
    return rc;
  }
  char *json = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &length);
  rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the history")
                    : sl_file_write(path, json, length, false, err);
  free(json);
  return rc;
}

void sl_journal_put_text(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name,
                         const char *text) {
  yyjson_mut_obj_add(o, yyjson_mut_str(doc, name),
                     text == NULL ? yyjson_mut_null(doc) : yyjson_mut_strcpy(doc, text));
}

void sl_journal_put_count(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name, int64_t count) {
  yyjson_mut_obj_add(o, yyjson_mut_str(doc, name),
                     count < 0 ? yyjson_mut_null(doc) : yyjson_mut_sint(doc, count));
}
