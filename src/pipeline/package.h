/* package.h - load packages on disk: what was loaded when, job by job, in dlt's folders.
 *
 * dlt.md 4.1. A load of ours streams, so its jobs have no data files: a job is a small file
 * <table>.<id>.<retry>.stream that tells rows and bytes, in the folder of its state. A package
 * stands in load/new while its load runs, where dlt leaves it alone, and goes to load/loaded at the
 * end, marked loaded or aborted. The caller holds the lock of lock.h. May include
 * pipeline/workdir.h. */
#ifndef SL_PIPELINE_PACKAGE_H
#define SL_PIPELINE_PACKAGE_H

#include "pipeline/workdir.h"

#define SL_LOAD_ID_BYTES 40

/* The time as Python's str(time.time()), greater than any id given out by this process.
 * Thread-safe. */
void sl_load_id_new(char out[SL_LOAD_ID_BYTES]);
/* Makes `id` greater than `known` (the newest one of a pipeline or dataset) if it is not: clocks
 * are set back, and what is newest, a state or a load that replaced a table, is told by its load
 * id. */
void sl_load_id_raise(char id[SL_LOAD_ID_BYTES], const char *known);

enum sl_job_state { SL_JOB_NEW, SL_JOB_STARTED, SL_JOB_FAILED, SL_JOB_COMPLETED };
const char *sl_job_state_name(enum sl_job_state); /* "new_jobs", … as dlt calls its folders */

struct sl_job { /* one table of one load; text is borrowed when writing, owned when reading */
  const char *table;
  enum sl_job_state state;
  int64_t rows, bytes; /* rows -1 = not known (a job of dlt); bytes: of the file, or loaded by us */
  const char *message; /* of a failed job, NULL = none */
  const char *format;  /* when reading: "stream", "insert_values", "sql", … */
  const char *file_id; /* when reading */
  int retry;
};

/* Starts load/new/<load_id>. created_micros: UTC. */
sl_status sl_package_begin(const struct sl_workdir *dir, const char *load_id,
                           int64_t created_micros, struct sl_error *err);

/* The package of a load that goes on: what was said of its end is taken back, and it is begun again
 * (sl_package_begin). */
sl_status sl_package_reopen(const struct sl_workdir *dir, const char *load_id,
                            struct sl_error *err);

struct sl_package_end { /* all borrowed */
  const char *load_id;
  bool aborted;
  const struct sl_schema *schema; /* NULL only when aborted before there was one */
  const char *updates_json;       /* applied schema updates: {"table": {…}}, NULL = none */
  const char *certificate;        /* JSON, see verify.h; NULL = none */
  const struct sl_job *jobs;
  size_t n_jobs;
  /* The state that was stored with it (columns of _dlt_pipeline_state); state_row NULL = none. */
  const char *pipeline, *state_row, *state_hash;
  int64_t state_version, state_created_micros;
};
/* Writes the rest of the package and moves it to load/loaded. */
sl_status sl_package_finish(const struct sl_workdir *dir, const struct sl_package_end *end,
                            struct sl_error *err);
/* Appends {"table":{"name":…,"columns":{…}}, …} for the tables and columns that `now` has and
 * `before` (NULL = nothing) has not: what dlt calls the applied schema update. Complete columns
 * only. */
sl_status sl_package_updates(const struct sl_schema *before, const struct sl_schema *now,
                             struct sl_buffer *out, struct sl_error *err);

/* Packages of loads that were killed: each is finished as loaded when `was_committed` finds its
 * mark in the destination, else as aborted. Once per run, before sl_package_begin. */
typedef sl_status (*sl_was_committed)(void *arg, const char *load_id, bool *committed,
                                      struct sl_error *err);
sl_status sl_package_recover(const struct sl_workdir *dir, sl_was_committed was_committed,
                             void *arg, size_t *recovered, struct sl_error *err);
/* Deletes our own loaded packages beyond the newest `keep`; packages of dlt stay. */
sl_status sl_package_prune(const struct sl_workdir *dir, size_t keep, struct sl_error *err);

enum sl_package_place {
  SL_PACKAGES_EXTRACTED,
  SL_PACKAGES_NEW,
  SL_PACKAGES_NORMALIZED,
  SL_PACKAGES_LOADED
};
/* Load ids in order of time; each and the array are freed with sl_names_free. EXTRACTED and
 * NORMALIZED hold work that dlt has begun and not loaded. */
sl_status sl_package_list(const struct sl_workdir *dir, enum sl_package_place place, char ***ids,
                          size_t *count, struct sl_error *err);

/* Appends a warning (one line without its end) when dlt has begun packages here that are not
 * loaded: what that means and what to do. Nothing when there are none. */
sl_status sl_package_pending(const struct sl_workdir *dir, struct sl_buffer *out,
                             struct sl_error *err);

struct sl_package_info { /* owned; all-zero is released */
  char *load_id, *path;
  char state[16];                  /* "new", "extracted", "normalized", "loaded", "aborted" */
  char *schema_name, *schema_hash; /* NULL = not known */
  int64_t completed_micros;        /* 0 = not completed */
  size_t n_updated_tables;         /* whose schema changed with it */
  struct sl_job *jobs;             /* sorted by state and table */
  size_t n_jobs;
  struct sl_arena arena; /* of the texts in jobs */
};
sl_status sl_package_read(const struct sl_workdir *dir, enum sl_package_place place,
                          const char *load_id, struct sl_package_info *out, struct sl_error *err);
void sl_package_info_release(struct sl_package_info *info);

#endif
