/* sync.h - `sluice sync`: sources of the project into its warehouse, several at once.
 *
 * Each source is one transaction (or one for each table that has settings of its own). All write
 * through one DuckDB instance. One sync runs in a project at a time; another one waits. Relative
 * paths in connection URLs are relative to the current folder, which the caller has set to the
 * project's. */
#ifndef SL_PROJECT_SYNC_H
#define SL_PROJECT_SYNC_H

#include "project/dbt.h"
#include "project/events.h"
#include "project/resolve.h"

struct sl_sync_settings {
  const char *const *names; /* sources, NULL behind the last; NULL = all that are enabled */
  struct sl_sync_window window;
  const char *backfill; /* 7d, 2w, 1m: instead of window.since */
  int64_t jobs;         /* sources at once; 0 = 4 */
  int64_t wait_seconds; /* for another sync to end */
  bool models;         /* staging models are generated afterwards, and run where dbt is installed */
  bool accept_changes; /* what changed in a source is accepted, see drift.h */
  int64_t memory;      /* bytes, of all together; 0 = the default of one load */
  sl_event_fn event;   /* NULL = nobody listens */
  void *event_arg;
  /* Asked often, from several threads; true: this source stops and is rolled back. NULL = never. */
  bool (*stop)(void *arg, const char *source);
  void *stop_arg;
};
struct sl_sync_report {
  struct sl_sync_result *results; /* in the order of sources.yml */
  size_t n;
  size_t failed; /* how many of them */
  double seconds;
  struct sl_dbt_generated generated;
  bool ran_dbt;
  struct sl_error dbt_error; /* code SL_OK = none: a failure of dbt is one of the sync */
};
/* SL_OK although sources failed: see the report, which is to be released in every case. Else
 * nothing was begun: SL_EBUSY another sync did not end in time, SL_EUSAGE, SL_ENOTFOUND. */
sl_status sl_sync_run(const struct sl_project *project, const struct sl_sources *sources,
                      const struct sl_sync_settings *settings, struct sl_sync_report *report,
                      struct sl_error *err);
void sl_sync_report_release(struct sl_sync_report *report);

/* The date that lies so far back: "2026-01-31" of 7d, 2w, 3m. SL_EUSAGE: written otherwise. */
sl_status sl_backfill_start(const char *backfill, int64_t now_micros, char out[16],
                            struct sl_error *err);
/* The sources that are meant, in their order; *out is malloc'ed. */
sl_status sl_sync_choose(const struct sl_sources *sources, const char *const *names,
                         const struct sl_project_source ***out, size_t *n, struct sl_error *err);

#endif
