/* run.c - what every part of a run uses: what it tells the user, names, its end. */
#include <stdlib.h>

#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/run.h"
#include "pipeline/source_check.h"

void sl_run_warn(void *arg, const char *message) {
  struct sl_run *run = arg;
  pthread_mutex_lock(&run->warnings_lock);
  sl_buffer_printf(&run->warnings, "%s\n", message);
  pthread_mutex_unlock(&run->warnings_lock);
}

void sl_run_note(struct sl_run *run, const char *message) {
  pthread_mutex_lock(&run->warnings_lock);
  sl_buffer_printf(&run->notes, "%s\n", message);
  pthread_mutex_unlock(&run->warnings_lock);
}

void sl_run_report(struct sl_run *run, const char *phase) {
  int64_t now = sl_monotonic_nanos();
  bool changed = phase != run->phase;
  run->phase = phase;
  if (run->settings->progress == NULL || (!changed && now - run->last_tick_nanos < 190000000)) {
    return;
  }
  run->last_tick_nanos = now;
  const char *shown = run->shown;
  struct sl_progress progress = {
    .phase = phase,
    .table = shown == NULL ? "" : shown,
    .bytes = run->counters.bytes,
    .total_bytes = run->total_bytes,
    .total_documents = run->total_documents,
    .documents = run->counters.documents,
    .rows = run->counters.rows,
    .rejected = run->counters.rejected,
    .seconds = (double)(now - run->started_nanos) / 1e9,
    .bottleneck = strcmp(phase, "extract") == 0 ? sl_counters_bottleneck(&run->counters) : NULL,
  };
  run->settings->progress(&progress, run->settings->progress_arg);
}

sl_status sl_run_normalise(struct sl_run *run, const struct sl_naming *naming, const char *name,
                           const char **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_naming_path(naming, sl_text_of(name), &text, err);
  if (rc == SL_OK) {
    *out = sl_arena_copy(&run->arena, text.data, text.length);
    if (*out == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a name");
    } else if (text.length == 0) {
      rc = sl_fail(err, SL_EUSAGE, "the name '%s' has no letter or digit: choose another", name);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

void sl_run_release(struct sl_run *run) {
  if (run->source != NULL) {
    run->source_ops->close(run->source);
  }
  if (run->destination != NULL) {
    run->destination_ops->close(run->destination);
  }
  free(run->source_settings);
  free(run->destination_settings);
  sl_local_close(run);
  sl_schema_free(run->schema);
  sl_real_release(&run->real);
  sl_map_release(&run->table_index);
  sl_source_checks_release(run);
  sl_tallies_release(&run->tallies);
  free(run->tables);
  free(run->late_roots);
  sl_statements_release(&run->late_types);
  free(run->extracted);
  sl_buffer_release(&run->null_columns);
  sl_buffer_release(&run->certificate);
  sl_buffer_release(&run->warnings);
  sl_buffer_release(&run->notes);
  sl_ledger_free(run->ledger);
  pthread_mutex_destroy(&run->warnings_lock);
  sl_arena_release(&run->arena);
}

sl_status sl_run_stopped(const struct sl_run *run, struct sl_error *err) {
  return run->ledger != NULL && run->ledger->committed
             ? sl_fail(err, SL_ECANCELLED,
                       "stopped: what came after the last checkpoint was rolled back")
             : sl_fail(err, SL_ECANCELLED,
                       "stopped: everything was rolled back, the destination is as before");
}
