/* engine.h - loading: one call that does what `sluice load` does, and a handle to push own rows.
 *
 * A load reads a source, normalizes and types it, and writes it to a destination in one
 * transaction: when it fails or is killed, the destination is as before. A long one commits on its
 * way (settings.checkpoint) and, run again, goes on where it stood. All functions may be
 * called from any thread; one load is used by one thread at a time, except sl_load_cancel.
 *
 *   struct sl_load_settings settings;
 *   sl_load_settings_init(&settings);
 *   settings.source = "events.jsonl";
 *   settings.destination = "duckdb:warehouse.duckdb";
 *   struct sl_summary summary = { 0 };
 *   if (sl_load(&settings, &summary, &err) != SL_OK) fprintf(stderr, "%s\n", err.message);
 *   sl_summary_release(&summary);
 */
#ifndef SLUICE_ENGINE_H
#define SLUICE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/arrow.h>
#include <sluice/error.h>
#include <sluice/option.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sl_progress {          /* what happened so far; counts never go back */
  const char *phase;          /* "extract", "merge", "commit" */
  const char *table;          /* root table being loaded */
  int64_t bytes, total_bytes; /* of the source; total -1 = not known */
  int64_t documents;          /* root rows read */
  int64_t total_documents;    /* that the source has, estimated; -1 = not known */
  int64_t rows;               /* rows written, child tables included */
  int64_t rejected;
  double seconds;
  /* Which part the others wait for: "extract", "normalize" or "load"; NULL = not known yet. */
  const char *bottleneck;
};
/* Called about five times a second from the thread that runs the load. */
typedef void (*sl_progress_fn)(const struct sl_progress *progress, void *arg);

struct sl_load_settings { /* text is borrowed for the time of the load; NULL = not given */
  const char *source, *destination;
  const char *dataset, *as, *table;
  const char *pipeline, *pipelines_dir;
  const char *write_disposition, *strategy;
  const char *primary_key, *merge_key, *dedup_sort, *hard_delete, *columns;
  const char *naming, *contract, *on_type_change, *detect, *preferred_types;
  int64_t max_nesting; /* -1 = not given */
  const char *nested_hints;
  bool root_key;
  const char *import_schema, *export_schema;
  const char *rejects, *max_rejects;
  int64_t memory, parallel, limit; /* bytes; threads, 0 = all cores; root rows, 0 = all */
  const char *staging;             /* location of files that the destination loads itself */
  const char *source_filter, *destination_scope;
  const char *scd2_valid_from, *scd2_valid_to, *scd2_active, *scd2_boundary, *scd2_row_version;
  bool no_dlt_id, no_dlt_load_id;
  bool allow_empty_replace;
  bool verify;
  bool verify_source;     /* and with checksums that the source makes itself; says verify too */
  const char *checkpoint; /* "60", "100000rows", "64MB"; see the option */
  bool fresh;
  /* Other loads of this process write to the destination at the same time, each to a dataset of its
   * own; each gives this. */
  bool shared;
  /* What earlier loads of the source have remembered does not count: it is read from its beginning.
   */
  bool refresh;
  /* Options of the source and of the destination (see their tables), as name and text, in the order
   * given. */
  struct sl_setting {
    const char *name, *text;
  } source_options[32], destination_options[16], staging_options[16];
  size_t n_source_options, n_destination_options, n_staging_options;
  sl_progress_fn progress;
  void *progress_arg;
  int64_t keep_generations; /* what a replace puts away is kept so many times; 0 = not at all */
  const char *allow_empty;  /* names or globs of tables that a source without rows may empty */
  /* Asked often, from several threads: true = this load stops and rolls back. NULL = never. */
  bool (*stop)(void *arg);
  void *stop_arg;
  int64_t retries;                   /* after the first attempt */
  int64_t retry_max_wait, lock_wait; /* seconds */
};
/* The option table behind `sluice load --help`; offsets are into struct sl_load_settings. */
SL_API extern const struct sl_option sl_load_options[];
SL_API void sl_load_settings_init(struct sl_load_settings *settings);

struct sl_table_summary {
  char *name;
  bool child;
  int64_t rows;                       /* rows that reached the table or its staging table */
  int64_t inserted, updated, deleted; /* what the destination changed; -1 = not told */
  int64_t new_columns;
  bool created;
};
struct sl_summary {
  char *pipeline, *dataset, *load_id, *destination;
  char *certificate; /* JSON; NULL = not verified */
  struct sl_table_summary *tables;
  size_t n_tables;
  int64_t bytes, documents, rows, rejected, discarded_rows, discarded_values;
  bool continued; /* an earlier attempt began this load, and read so much of it: */
  int64_t documents_before, bytes_before;
  char *notes;    /* one a line: what the load did of its own; NULL = nothing */
  char *warnings; /* one a line: what the user should know although nothing failed; NULL = none */
  char *null_columns; /* "table.column" lines of columns that held only nulls; NULL = none */
  double seconds;
  size_t verified_tables, unverified_tables; /* with a certificate: compared, and left out of it */
};
SL_API void sl_summary_release(struct sl_summary *summary);

/* Loads settings->source into settings->destination. SL_OK with summary->rejected > 0: partial
 * success. */
SL_API sl_status sl_load(const struct sl_load_settings *settings, struct sl_summary *summary,
                         struct sl_error *err) SL_MUST_USE;
/* The same with a source of the caller's own, which is open; settings->source is only its name in
 * messages. The load closes it in every case. */
struct sl_source;
SL_API sl_status sl_load_from(const struct sl_load_settings *settings, struct sl_source *source,
                              struct sl_summary *summary, struct sl_error *err) SL_MUST_USE;
/* Asks the running loads of this process to stop and roll back; loads that begin later are not
 * concerned. Async-signal-safe. */
SL_API void sl_load_cancel(void);

/* Pushing own rows: settings->source is ignored, settings->as names the table. The load runs on
 * threads of its own behind a bounded queue; pushes wait while it is full. */
struct sl_rows;
SL_API sl_status sl_rows_open(struct sl_rows **out, const struct sl_load_settings *settings,
                              struct sl_error *err) SL_MUST_USE;
/* One or more JSON values separated by newlines; copied. */
SL_API sl_status sl_rows_push_json(struct sl_rows *rows, const char *json, size_t length,
                                   struct sl_error *err) SL_MUST_USE;
/* A struct array; both are moved on success. */
SL_API sl_status sl_rows_push_arrow(struct sl_rows *rows, struct ArrowSchema *schema,
                                    struct ArrowArray *array, struct sl_error *err) SL_MUST_USE;
/* Commits; summary may be NULL. The handle is freed in every case. */
SL_API sl_status sl_rows_commit(struct sl_rows *rows, struct sl_summary *summary,
                                struct sl_error *err) SL_MUST_USE;
SL_API void sl_rows_abort(struct sl_rows *rows); /* rolls back and frees; NULL is fine */

SL_API const char *sl_version(void); /* "0.1.0" */

#ifdef __cplusplus
}
#endif
#endif
