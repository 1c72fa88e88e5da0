/* load.c - one load from settings to commit: what `sluice load` and the library call do. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/time.h"
#include "pipeline/generations.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/open.h"
#include "pipeline/package.h"
#include "pipeline/rejects.h"
#include "pipeline/retry.h"
#include "pipeline/run.h"
#include "pipeline/store.h"
#include "pipeline/verify.h"
#include "pipeline/watch.h"
#include "pipeline/whole.h"

/* Everything that can be stopped at any moment; the commit after it cannot, except where it is the
 * way of the rows. */
static sl_status load_watched(struct sl_run *run, struct sl_error *err) {
  struct sl_watch watch;
  sl_watch_start(&watch, run);
  sl_status rc = sl_verify_check(run, err);
  if (rc == SL_OK) {
    rc = run->store->prepare(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_AFTER_PREPARE, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_load_tables(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_rejects_check_share(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_direct_begin(run, err);
  }
  if (rc == SL_OK && (run->late || run->n_late_roots > 0)) {
    rc = sl_run_move_staged(run, err);
  }
  if (rc == SL_OK && run->settings->verify) {
    sl_run_report(run, "verify");
    rc = sl_verify(run, err);
  }
  if (rc == SL_OK && !run->late) { /* not before: where a merge dropped rows, they prove it */
    rc = sl_checkpoint_drop_kept(run, err);
  }
  sl_watch_stop(&watch);
  return rc != SL_OK && sl_run_cancelled(run) ? sl_run_stopped(run, err) : rc;
}

static sl_status commit_watched(struct sl_run *run, struct sl_error *err) {
  struct sl_watch watch = { 0 };
  if (run->destination_ops->store != NULL) {
    sl_watch_start(&watch, run);
  } else {
    sl_watch_start_patient(&watch, run);
  }
  sl_status rc = sl_run_commit(run, err);
  sl_watch_stop(&watch);
  return rc;
}

static sl_status restore_watched(struct sl_run *run, struct sl_error *err) {
  struct sl_watch watch;
  sl_watch_start(&watch, run);
  sl_status rc = sl_run_open_schema(run, err);
  if (rc == SL_OK) {
    rc = sl_local_sync(run, err);
  }
  sl_watch_stop(&watch);
  return rc;
}

static void roll_back(struct sl_run *run) {
  struct sl_watch watch;
  sl_watch_start_patient(&watch, run);
  run->destination_ops->rollback(run->destination);
  sl_direct_take_back(run);
  sl_watch_stop(&watch);
}

static sl_status run_load(struct sl_run *run, const char *default_name, struct sl_error *err) {
  sl_status rc = sl_rejects_parse_limit(run, run->settings->max_rejects, err);
  if (rc == SL_OK) {
    rc = sl_run_choose_names(run, default_name, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_new(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_local_open(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_open_destination(run, false, err);
  }
  if (rc == SL_OK) {
    rc = restore_watched(run, err);
  }
  if (rc == SL_OK && run->source == NULL) {
    rc = sl_run_open_source(run, err);
  }
  if (rc == SL_OK && run->source_ops->restore != NULL) {
    rc = sl_local_restore_source(run, err);
  }
  if (rc == SL_OK) {
    rc = load_watched(run, err);
  }
  if (rc == SL_OK) {
    sl_run_report(run, "commit");
    rc = commit_watched(run, err);
  }
  return rc;
}

/* Input that can be read only once must not be lost with a failed load. */
static bool keep_input(struct sl_run *run, struct sl_error *err) {
  char *path = NULL;
  struct sl_error ignored; /* the load's own error is the one to report */
  if (run->source == NULL || run->source_ops->keep == NULL || err == NULL ||
      err->code == SL_ECANCELLED) {
    return false;
  }
  bool kept = run->source_ops->keep(run->source, &path, &ignored) == SL_OK && path != NULL;
  if (kept) {
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used,
             "; the input was kept: load it from %s", path);
  }
  free(path);
  return kept;
}

static void end_failed(struct sl_run *run, struct sl_attempts *attempts, struct sl_error *err) {
  if (run->destination != NULL) {
    roll_back(run);
  }
  bool kept = keep_input(run, err);
  sl_ledger_explain(run, err);
  if (run->local != NULL) {
    sl_local_fail(run, err);
  }
  sl_attempts_judge(attempts, run, kept, err);
}

static sl_status load_once(const struct sl_load_settings *given, struct sl_source *source,
                           unsigned cancel_mark, struct sl_attempts *attempts,
                           struct sl_summary *summary, struct sl_error *err) {
  struct sl_load_settings settings = *given;
  struct sl_run run = {
    .settings = &settings,
    .source = source,
    .cancel_mark = cancel_mark,
    .phase = "",
    .warnings_lock = PTHREAD_MUTEX_INITIALIZER,
  };
  char table[256];
  sl_status rc = SL_OK;
  run.started_micros = sl_now_micros();
  run.started_nanos = sl_monotonic_nanos();
  run.keep_rejects = settings.rejects != NULL && strcmp(settings.rejects, "table") == 0;
  run.total_bytes = -1;
  run.total_documents = -1;
  run.attempt = (int)attempts->made;
  run.not_direct = attempts->outgrown;
  if (attempts->notes.length > 0) {
    sl_buffer_text(&run.notes, attempts->notes.data);
  }
  settings.verify = settings.verify || settings.verify_source;
  if (settings.parallel <= 0) {
    settings.parallel = sysconf(_SC_NPROCESSORS_ONLN) > 0 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
  }
  sl_load_id_new(run.load_id);
  if (source != NULL) {
    run.source_ops = source->ops;
  } else {
    rc = sl_source_find(settings.source, &run.source_ops, &run.source_location, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_choose_table(&run, table, err);
  }
  if (rc == SL_OK) {
    rc = run_load(&run, table, err);
  }
  if (rc == SL_OK) {
    sl_generations_prune(&run);
    rc = sl_local_finish(&run, err);
    rc = rc == SL_OK ? sl_fault(SL_FAULT_AFTER_FOLDER, err) : rc;
  } else {
    end_failed(&run, attempts, err);
  }
  if (rc == SL_OK && summary != NULL) {
    rc = sl_run_summary(&run, summary, err);
  }
  if (rc != SL_OK && summary != NULL) {
    sl_summary_release(summary);
  }
  sl_run_release(&run);
  return rc;
}

sl_status sl_run_whole(const struct sl_load_settings *settings, struct sl_source *source,
                       unsigned cancel_mark, struct sl_summary *summary, struct sl_error *err) {
  struct sl_attempts attempts = { 0 };
  struct sl_error own;
  err = err == NULL ? &own : err;
  sl_status rc;
  do {
    rc = load_once(settings, source, cancel_mark, &attempts, summary, err);
  } while (rc != SL_OK && sl_attempts_wait(&attempts, settings, cancel_mark, err));
  if (rc != SL_OK) {
    sl_attempts_explain(&attempts, err);
  }
  sl_buffer_release(&attempts.notes);
  return rc;
}

sl_status sl_load(const struct sl_load_settings *settings, struct sl_summary *summary,
                  struct sl_error *err) {
  if (settings->source == NULL || settings->destination == NULL) {
    return sl_fail(err, SL_EUSAGE, "a load needs a source and a destination");
  }
  return sl_run_whole(settings, NULL, sl_cancel_mark(), summary, err);
}

sl_status sl_load_from(const struct sl_load_settings *settings, struct sl_source *source,
                       struct sl_summary *summary, struct sl_error *err) {
  if (settings->destination == NULL || settings->pipeline == NULL) {
    source->ops->close(source);
    return sl_fail(err, SL_EUSAGE,
                   "a load from a source of one's own needs a destination and a "
                   "pipeline's name");
  }
  return sl_run_whole(settings, source, sl_cancel_mark(), summary, err);
}
