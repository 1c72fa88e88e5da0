/* sync_source.c - see sync_source.h. */
#include "project/sync_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "base/time.h"
#include "project/drift.h"
#include "project/source_keys.h"
#include "project/venv.h"
#include "project/warehouse.h"

void sl_sync_tell(struct sl_sync_run *run, const struct sl_sync_event *event) {
  if (run->settings->event == NULL) {
    return;
  }
  struct sl_sync_event stamped = *event;
  stamped.micros = sl_now_micros();
  pthread_mutex_lock(&run->event_lock);
  run->settings->event(&stamped, run->settings->event_arg);
  pthread_mutex_unlock(&run->event_lock);
}

struct work { /* one source */
  struct sl_sync_run *run;
  const struct sl_project_source *source;
  struct sl_sync_result *result;
  struct sl_resolved resolved;
  char *load_id; /* of the last load */
};

static void tell(struct work *w, enum sl_event_kind kind, const char *message) {
  const struct sl_sync_event event = {
    .kind = kind, .source = w->source->name, .result = w->result, .message = message
  };
  sl_sync_tell(w->run, &event);
}

static void warn_lines(struct work *w, const char *lines) {
  for (const char *at = lines; at != NULL && *at != '\0';) {
    char line[1024];
    size_t length = strcspn(at, "\n");
    snprintf(line, sizeof line, "%.*s", (int)length, at);
    tell(w, SL_EVENT_WARNING, line);
    at += length + (at[length] == '\n');
  }
}

static void on_progress(const struct sl_progress *progress, void *arg) {
  struct work *w = arg;
  const struct sl_sync_event event = { .kind = SL_EVENT_PROGRESS,
                                       .source = w->source->name,
                                       .progress = progress };
  sl_sync_tell(w->run, &event);
}

static bool on_stop(void *arg) {
  const struct work *w = arg;
  const struct sl_sync_settings *s = w->run->settings;
  return s->stop(s->stop_arg, w->source->name);
}

/* Adds what a load did to the result; the summary's tables move over. */
static sl_status add_summary(struct work *w, struct sl_summary *summary, struct sl_error *err) {
  struct sl_sync_result *r = w->result;
  struct sl_table_summary *all = sl_calloc_array(r->n_tables + summary->n_tables + 1, sizeof *all);
  if (all == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a result");
  }
  if (r->n_tables > 0) {
    memcpy(all, r->tables, r->n_tables * sizeof *all);
  }
  if (summary->n_tables > 0) {
    memcpy(all + r->n_tables, summary->tables, summary->n_tables * sizeof *all);
  }
  free(r->tables);
  r->tables = all;
  r->n_tables += summary->n_tables;
  summary->n_tables = 0; /* their names are ours now */
  r->rows += summary->rows;
  r->bytes += summary->bytes;
  r->documents += summary->documents;
  r->rejected += summary->rejected;
  free(w->load_id);
  w->load_id = summary->load_id == NULL ? NULL : strdup(summary->load_id);
  return SL_OK;
}

/* Only what is new is appended; where a file was changed or is gone, all are read and replace what
 * is there, in one transaction. *skip: nothing has to be done. */
static sl_status choose_files(struct work *w, struct sl_load_settings *load, bool *skip,
                              struct sl_error *err) {
  struct sl_file_changes changes;
  sl_status rc = sl_file_changes_look(w->run->project, w->source->name, load, &changes, err);
  *skip = false;
  if (rc != SL_OK) {
    return rc;
  }
  load->source_options[load->n_source_options++] =
      (struct sl_setting){ "incremental-files", "true" };
  bool whole = !changes.known || changes.updated > 0 || changes.deleted > 0 || load->refresh;
  load->refresh = whole;
  load->write_disposition = whole ? "replace" : "append";
  *skip = !whole && changes.added == 0 && changes.unchanged > 0;
  char text[160];
  snprintf(text, sizeof text, "files: %zu new, %zu updated, %zu unchanged, %zu deleted",
           changes.added, changes.updated, changes.unchanged, changes.deleted);
  tell(w, SL_EVENT_NOTE, text);
  return SL_OK;
}

static sl_status run_load(struct work *w, struct sl_load_settings *load, struct sl_error *err) {
  struct sl_summary summary = { 0 };
  bool skip = false;
  sl_status rc = SL_OK;
  load->shared = true;
  load->memory = w->run->memory > 0 ? w->run->memory : load->memory;
  load->parallel = w->run->threads;
  load->progress = on_progress;
  load->progress_arg = w;
  load->stop = w->run->settings->stop == NULL ? NULL : on_stop;
  load->stop_arg = w;
  if (w->source->type->files) {
    rc = choose_files(w, load, &skip, err);
  }
  w->result->replaced = w->result->replaced || (load->write_disposition != NULL &&
                                                strcmp(load->write_disposition, "replace") == 0);
  if (rc != SL_OK || skip) {
    return rc;
  }
  rc = sl_load(load, &summary, err);
  if (rc == SL_OK) {
    warn_lines(w, summary.warnings);
    rc = add_summary(w, &summary, err);
  }
  sl_summary_release(&summary);
  return rc;
}

/* Rows that all tables of the source have now. */
static int64_t count_tables(struct work *w) {
  struct sl_warehouse warehouse;
  int64_t sum = -1;
  if (sl_warehouse_open(w->run->project, SL_WAREHOUSE_SHARED, 0, &warehouse, NULL) == SL_OK) {
    sum = sl_warehouse_count_all(&warehouse, w->resolved.dataset);
    sl_warehouse_close(&warehouse);
  }
  return sum;
}

/* Less than half of the rows that were there, or more than three times as many. */
static void check_rows(struct work *w, const struct sl_history *history) {
  int64_t before = sl_history_last_total(history);
  int64_t now = w->result->table_rows;
  char rows[32];
  char previous[32];
  char text[160];
  if (before <= 0 || now < 0 || w->run->window.limit > 0) {
    return;
  }
  sl_format_count(rows, now);
  sl_format_count(previous, before);
  if (now == 0) {
    snprintf(text, sizeof text, "Zero rows in database (previous total: %s)", previous);
  } else if (now < before / 2) {
    snprintf(text, sizeof text, "Total row count dropped >50%%: %s vs previous %s", rows, previous);
  } else if (now / 3 > before || (now / 3 == before && now % 3 > 0)) {
    snprintf(text, sizeof text, "Total row count spiked >300%%: %s vs previous %s", rows, previous);
  } else {
    return;
  }
  w->result->anomaly = strdup(text);
  tell(w, SL_EVENT_WARNING, text);
}

/* A sync that begins before all others fills what they left out. */
static void note_gap(struct work *w, const struct sl_history *history) {
  const char *earliest = sl_history_earliest_start(history);
  const char *since = w->run->window.since;
  char text[200];
  if (since != NULL && earliest != NULL && !w->run->window.full_refresh &&
      strcmp(since, earliest) < 0) {
    snprintf(text, sizeof text, "Gap fill: loading data from %s (earliest previous sync: %s)",
             since, earliest);
    tell(w, SL_EVENT_NOTE, text);
  }
}

/* What has changed at the source since it was accepted. Python says what it has only by running. */
static sl_status look_for_drift(struct work *w, struct sl_error *err) {
  struct sl_buffer drift = { 0 };
  sl_status rc = SL_OK;
  if (sl_drift_check(w->run->project, w->source->name, w->resolved.loads, w->resolved.n, &drift,
                     NULL) == SL_OK) { /* a source that is not there says so when it is read */
    w->result->drift = drift.length > 0 ? sl_buffer_take(&drift) : NULL;
    size_t ignored;
    rc = w->run->settings->accept_changes
             ? sl_drift_accept(w->run->project, w->source->name, &ignored, err)
             : SL_OK;
  }
  sl_buffer_release(&drift);
  return rc;
}

static sl_status prepare_python(struct work *w, struct sl_error *err) {
  bool made = false;
  sl_status rc = sl_venv_prepare(w->run->project, &made, err);
  if (made) {
    tell(w, SL_EVENT_NOTE, "requirements.txt is installed in venv/");
  }
  return rc;
}

static sl_status run_loads(struct work *w, struct sl_error *err) {
  struct sl_sync_result *r = w->result;
  bool python =
      w->source->type->reader == SL_READ_DLT_NATIVE && !sl_source_is_sql_database(w->source);
  size_t failed = 0;
  sl_status rc = python ? prepare_python(w, err) : look_for_drift(w, err);
  if (rc != SL_OK) {
    return rc;
  }
  for (size_t i = 0; i < w->resolved.n; i++) { /* the others go on when one fails */
    struct sl_error load_error = { 0 };
    if (run_load(w, &w->resolved.loads[i], &load_error) != SL_OK) {
      failed++;
      *err = failed == 1 ? load_error : *err;
      rc = err->code;
    }
  }
  r->status = failed == 0              ? SL_SYNC_SUCCESS
              : failed < w->resolved.n ? SL_SYNC_PARTIAL
                                       : SL_SYNC_FAILED;
  if (rc == SL_ECANCELLED) {
    r->status = SL_SYNC_INTERRUPTED;
  }
  if (failed < w->resolved.n) {
    r->table_rows = count_tables(w);
  }
  return rc;
}

static void write_history(struct work *w, int64_t started_micros) {
  const struct sl_sync_result *r = w->result;
  char when[40];
  struct sl_error err;
  sl_timestamp_print(when, started_micros, true);
  char *message = r->error.code == SL_OK ? NULL : sl_redact_copy(r->error.message);
  char *since = w->run->window.since == NULL ? NULL : strdup(w->run->window.since);
  struct sl_history_entry entry = {
    .timestamp = when,
    .status = r->status,
    .duration_seconds = r->seconds,
    .rows_processed = r->rows,
    .total_row_count = r->table_rows,
    .bytes = r->bytes,
    .rejected = r->rejected,
    .full_refresh = w->run->window.full_refresh,
    .error_message = message,
    .start_date = since,
    .load_id = w->load_id,
  };
  if (sl_history_append(w->run->project, w->source->name, &entry, &err) != SL_OK) {
    tell(w, SL_EVENT_WARNING, err.message);
  }
  free(message);
  free(since);
}

void sl_sync_source(struct sl_sync_run *run, const struct sl_project_source *source,
                    struct sl_sync_result *result) {
  struct work w = { .run = run, .source = source, .result = result };
  struct sl_running running = SL_RUNNING_NONE;
  struct sl_history history = { 0 };
  struct sl_error err = { 0 };
  int64_t started = sl_now_micros();
  int64_t nanos = sl_monotonic_nanos();
  *result = (struct sl_sync_result){ .source = strdup(source->name),
                                     .status = SL_SYNC_FAILED,
                                     .table_rows = -1 };
  tell(&w, SL_EVENT_STARTED, NULL);
  sl_status rc = sl_running_begin(run->project, source->name, &running, &err);
  if (rc == SL_OK) {
    rc = sl_source_resolve(run->project, run->sources, source, &run->window, &w.resolved, &err);
  }
  if (rc == SL_OK && sl_history_read(run->project, source->name, &history, NULL) == SL_OK) {
    note_gap(&w, &history);
  }
  if (rc == SL_OK) {
    rc = run_loads(&w, &err);
    check_rows(&w, &history);
  }
  if (rc != SL_OK) {
    result->error = err;
  }
  result->seconds = (double)(sl_monotonic_nanos() - nanos) / 1e9;
  write_history(&w, started);
  sl_running_end(&running);
  tell(&w, SL_EVENT_FINISHED, NULL);
  sl_resolved_release(&w.resolved);
  sl_history_release(&history);
  free(w.load_id);
}
