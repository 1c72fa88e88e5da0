/* history.c - the history of a source, see history.h. */
#include "project/history.h"

#include <stdlib.h>

#include "project/journal.h"

enum { MOST_ENTRIES = 100 };

static const char *const status_names[] = { "success", "partial", "failed", "interrupted" };

const char *sl_sync_status_name(enum sl_sync_status status) {
  return status_names[status];
}

static void release_entry(struct sl_history_entry *e) {
  free(e->timestamp);
  free(e->error_message);
  free(e->start_date);
  free(e->transform_error);
  free(e->load_id);
}

void sl_history_release(struct sl_history *history) {
  for (size_t i = 0; i < history->count; i++) {
    release_entry(&history->entries[i]);
  }
  free(history->entries);
  *history = (struct sl_history){ 0 };
}

static char *path_of(const struct sl_project *project, const char *source) {
  return sl_project_path(project, ".dango/history/%s.json", source);
}

static char *get_text(yyjson_val *object, const char *member) {
  const char *text = yyjson_get_str(yyjson_obj_get(object, member));
  return text == NULL ? NULL : strdup(text);
}

static int64_t get_count(yyjson_val *object, const char *member) {
  yyjson_val *v = yyjson_obj_get(object, member);
  return yyjson_is_num(v) ? (int64_t)yyjson_get_num(v) : -1;
}

static void read_entry(yyjson_val *v, struct sl_history_entry *e) {
  const char *status = yyjson_get_str(yyjson_obj_get(v, "status"));
  *e = (struct sl_history_entry){
    .timestamp = get_text(v, "timestamp"),
    .status = SL_SYNC_FAILED,
    .duration_seconds = yyjson_get_num(yyjson_obj_get(v, "duration_seconds")),
    .rows_processed = get_count(v, "rows_processed"),
    .total_row_count = get_count(v, "total_row_count"),
    .bytes = get_count(v, "bytes"),
    .rejected = get_count(v, "rejected"),
    .full_refresh = yyjson_get_bool(yyjson_obj_get(v, "full_refresh")),
    .error_message = get_text(v, "error_message"),
    .start_date = get_text(v, "start_date"),
    .transform_error = get_text(v, "transform_error"),
    .load_id = get_text(v, "load_id"),
  };
  for (int i = 0; i <= SL_SYNC_INTERRUPTED; i++) {
    if (status != NULL && strcmp(status, status_names[i]) == 0) {
      e->status = (enum sl_sync_status)i;
    }
  }
}

sl_status sl_history_read(const struct sl_project *project, const char *source,
                          struct sl_history *out, struct sl_error *err) {
  *out = (struct sl_history){ 0 };
  yyjson_doc *doc = NULL;
  char *path = path_of(project, source);
  sl_status rc = sl_journal_read(path, &doc, err);
  yyjson_val *list = yyjson_doc_get_root(doc);
  size_t n = yyjson_arr_size(list);
  if (rc == SL_OK && n > 0) {
    rc = sl_grow(&out->entries, &out->capacity, n, sizeof *out->entries, err);
  }
  size_t i;
  yyjson_val *v;
  yyjson_arr_foreach(list, i, n, v) {
    if (rc == SL_OK) {
      read_entry(v, &out->entries[out->count++]);
    }
  }
  yyjson_doc_free(doc);
  free(path);
  return rc;
}

/* ---- what it says ---- */

double sl_history_seconds(const struct sl_history *history, int64_t rows, int64_t bytes) {
  enum { LAST = 5 };
  double seconds = 0;
  int64_t moved = 0;
  int64_t read = 0;
  int used = 0;
  for (size_t i = history->count; i-- > 0 && used < LAST;) {
    const struct sl_history_entry *e = &history->entries[i];
    if (e->status == SL_SYNC_SUCCESS && e->rows_processed > 0) {
      seconds += e->duration_seconds;
      moved += e->rows_processed;
      read += e->bytes > 0 ? e->bytes : 0;
      used++;
    }
  }
  if (rows >= 0 && moved > 0) {
    return seconds / (double)moved * (double)rows;
  }
  return bytes >= 0 && read > 0 ? seconds / (double)read * (double)bytes : -1;
}

int64_t sl_history_last_total(const struct sl_history *history) {
  for (size_t i = history->count; i-- > 0;) {
    const struct sl_history_entry *e = &history->entries[i];
    if (e->status == SL_SYNC_SUCCESS && e->total_row_count > 0) {
      return e->total_row_count;
    }
  }
  return -1;
}

const char *sl_history_earliest_start(const struct sl_history *history) {
  const char *earliest = NULL;
  for (size_t i = 0; i < history->count; i++) {
    const struct sl_history_entry *e = &history->entries[i];
    bool earlier =
        e->start_date != NULL && (earliest == NULL || strcmp(e->start_date, earliest) < 0);
    earliest = e->status == SL_SYNC_SUCCESS && earlier ? e->start_date : earliest;
  }
  return earliest;
}

/* ---- writing ---- */

static yyjson_mut_val *make_entry(yyjson_mut_doc *doc, const struct sl_history_entry *e) {
  yyjson_mut_val *o = yyjson_mut_obj(doc);
  sl_journal_put_text(doc, o, "timestamp", e->timestamp);
  sl_journal_put_text(doc, o, "status", sl_sync_status_name(e->status));
  yyjson_mut_obj_add_real(doc, o, "duration_seconds", e->duration_seconds);
  sl_journal_put_count(doc, o, "rows_processed", e->rows_processed);
  sl_journal_put_count(doc, o, "total_row_count", e->total_row_count);
  sl_journal_put_count(doc, o, "bytes", e->bytes);
  sl_journal_put_count(doc, o, "rejected", e->rejected);
  yyjson_mut_obj_add_bool(doc, o, "full_refresh", e->full_refresh);
  sl_journal_put_text(doc, o, "error_message", e->error_message);
  sl_journal_put_text(doc, o, "start_date", e->start_date);
  sl_journal_put_text(doc, o, "load_id", e->load_id);
  if (e->transform_error != NULL) {
    sl_journal_put_text(doc, o, "transform_error", e->transform_error);
  }
  return o;
}

void sl_history_entry_json(const struct sl_history_entry *entry, struct sl_buffer *out) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  char *json = yyjson_mut_val_write(make_entry(doc, entry), 0, NULL);
  out->failed = out->failed || json == NULL;
  sl_buffer_text(out, json == NULL ? "" : json);
  free(json);
  yyjson_mut_doc_free(doc);
}

sl_status sl_history_append(const struct sl_project *project, const char *source,
                            const struct sl_history_entry *entry, struct sl_error *err) {
  yyjson_mut_doc *doc = NULL;
  char *path = path_of(project, source);
  sl_status rc = sl_journal_open(path, &doc, err);
  if (rc == SL_OK) {
    yyjson_mut_arr_append(yyjson_mut_doc_get_root(doc), make_entry(doc, entry));
    rc = sl_journal_write(path, doc, MOST_ENTRIES, err);
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}

sl_status sl_history_note_transform(const struct sl_project *project, const char *source,
                                    const char *message, struct sl_error *err) {
  yyjson_mut_doc *doc = NULL;
  char *path = path_of(project, source);
  sl_status rc = sl_journal_open(path, &doc, err);
  yyjson_mut_val *last = yyjson_mut_arr_get_last(yyjson_mut_doc_get_root(doc));
  if (rc == SL_OK && last != NULL) {
    yyjson_mut_obj_put(last, yyjson_mut_str(doc, "transform_error"),
                       yyjson_mut_strcpy(doc, message));
    rc = sl_journal_write(path, doc, MOST_ENTRIES, err);
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}
