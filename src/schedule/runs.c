/* runs.c - see runs.h. */
#include "schedule/runs.h"

#include <stdlib.h>

#include "base/time.h"
#include "project/journal.h"

enum { MOST_ENTRIES = 100 };

static const char *const status_names[] = { "running",     "success", "partial",
                                            "failed",      "timeout", "cancelled",
                                            "interrupted", "skipped", "missed" };

const char *sl_run_status_name(enum sl_run_status status) {
  return status_names[status];
}

static char *path_of(const struct sl_project *project, const char *schedule) {
  return sl_project_path(project, ".dango/history/schedules/%s.json", schedule);
}

static void put_time(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, true);
  sl_journal_put_text(doc, o, name, micros == 0 ? NULL : text);
}

static void fill(yyjson_mut_doc *doc, yyjson_mut_val *o, const struct sl_run *run) {
  put_time(doc, o, "due", run->due);
  put_time(doc, o, "started_at", run->started);
  put_time(doc, o, "ended_at", run->ended);
  sl_journal_put_text(doc, o, "status", status_names[run->status]);
  sl_journal_put_text(doc, o, "error", run->error);
  if (run->ended > 0) {
    yyjson_mut_obj_add_real(doc, o, "duration_seconds", (double)(run->ended - run->started) / 1e6);
  } else {
    yyjson_mut_obj_add_null(doc, o, "duration_seconds");
  }
  sl_journal_put_count(doc, o, "rows_processed", run->rows);
  sl_journal_put_count(doc, o, "attempts", run->tries);
}

sl_status sl_run_append(const struct sl_project *project, const struct sl_schedule *schedule,
                        const struct sl_run *run, struct sl_error *err) {
  yyjson_mut_doc *doc = NULL;
  char *path = path_of(project, schedule->name);
  sl_status rc = sl_journal_open(path, &doc, err);
  if (rc == SL_OK) {
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, yyjson_mut_doc_get_root(doc));
    yyjson_mut_obj_add_strcpy(doc, o, "schedule", schedule->name);
    yyjson_mut_val *sources = yyjson_mut_obj_add_arr(doc, o, "sources");
    for (size_t i = 0; i < schedule->n_sources; i++) {
      yyjson_mut_arr_add_strcpy(doc, sources, schedule->sources[i]);
    }
    fill(doc, o, run);
    rc = sl_journal_write(path, doc, MOST_ENTRIES, err);
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}

/* Takes away what fill writes, so that it can be written again. */
static void empty(yyjson_mut_val *o) {
  static const char *const names[] = { "due",   "started_at",       "ended_at",       "status",
                                       "error", "duration_seconds", "rows_processed", "attempts" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    yyjson_mut_obj_remove_key(o, names[i]);
  }
}

sl_status sl_run_update(const struct sl_project *project, const char *schedule,
                        const struct sl_run *run, struct sl_error *err) {
  yyjson_mut_doc *doc = NULL;
  char started[40];
  char *path = path_of(project, schedule);
  sl_status rc = sl_journal_open(path, &doc, err);
  yyjson_mut_val *list = yyjson_mut_doc_get_root(doc);
  sl_timestamp_print(started, run->started, true);
  for (size_t i = yyjson_mut_arr_size(list); rc == SL_OK && i-- > 0;) {
    yyjson_mut_val *o = yyjson_mut_arr_get(list, i);
    if (yyjson_mut_equals_str(yyjson_mut_obj_get(o, "started_at"), started)) {
      empty(o);
      fill(doc, o, run);
      rc = sl_journal_write(path, doc, MOST_ENTRIES, err);
      break;
    }
  }
  yyjson_mut_doc_free(doc);
  free(path);
  return rc;
}

sl_status sl_runs_read(const struct sl_project *project, const char *schedule, yyjson_doc **out,
                       struct sl_error *err) {
  *out = NULL;
  char *path = path_of(project, schedule);
  sl_status rc = sl_journal_read(path, out, err);
  free(path);
  return rc;
}

static int64_t read_time(yyjson_val *o, const char *name) {
  const char *text = yyjson_get_str(yyjson_obj_get(o, name));
  struct sl_iso iso;
  return text != NULL && sl_iso_parse(sl_text_of(text), &iso) ? iso.micros : 0;
}

int64_t sl_runs_interrupted(const struct sl_project *project, const char *schedule, bool alone) {
  yyjson_doc *doc = NULL;
  int64_t due = -1;
  if (sl_runs_read(project, schedule, &doc, NULL) != SL_OK) {
    return -1; /* a damaged history is told where it is written */
  }
  yyjson_val *list = yyjson_doc_get_root(doc);
  for (size_t i = yyjson_arr_size(list); i-- > 0;) {
    yyjson_val *o = yyjson_arr_get(list, i);
    yyjson_val *status = yyjson_obj_get(o, "status");
    bool running = yyjson_equals_str(status, "running");
    if (yyjson_equals_str(status, "skipped")) {
      continue;
    }
    if (running && alone) {
      struct sl_run run = { .due = read_time(o, "due"),
                            .started = read_time(o, "started_at"),
                            .status = SL_RUN_INTERRUPTED,
                            .tries = yyjson_get_sint(yyjson_obj_get(o, "attempts")),
                            .rows = -1,
                            .error = "the scheduler was ended before it" };
      sl_status rc = sl_run_update(project, schedule, &run, NULL);
      (void)rc; /* it is tried again at the next start */
    }
    if ((running && alone) || yyjson_equals_str(status, "interrupted")) {
      due = read_time(o, "due");
    }
    break;
  }
  yyjson_doc_free(doc);
  return due;
}
