/* run.h - one load while it runs: what load.c, sink.c, system.c and finish.c share.
 *
 * Private to src/pipeline/. The destination is used by one thread at a time: the calling thread
 * before and after the stream, the loader thread during it. */
#ifndef SL_PIPELINE_RUN_H
#define SL_PIPELINE_RUN_H

#include <sluice/engine.h>
#include <sluice/registry.h>

#include <pthread.h>

#include "pipeline/stream.h"
#include "pipeline/tally.h"
#include "schema/naming.h"
#include "schema/schema.h"
#include "sql/sql.h"

struct sl_run_table { /* one destination table in this load */
  struct sl_table *table;
  bool created;     /* exists in the destination (or its CREATE is on its way) */
  bool staged;      /* its staging table exists (or its CREATE is on its way) */
  const char *kept; /* name of the table in which its rows wait beyond a checkpoint */
  bool has_kept;    /* that table is there */
  bool new_in_load;
  int64_t expected_rows; /* what the source said of a declared table; -1 = nothing */
  bool planned;          /* declared by the source, so a plan has it without having read it */
  int64_t rows, inserted, updated, deleted, new_columns;
  int64_t bytes;       /* of the rows, in Arrow's layout */
  const char *kept_as; /* where the rows that a replace puts away go; NULL = nowhere */
  bool is_kept;        /* they are there, or there were none */
};

struct sl_run_extracted { /* what was read for one root table */
  const char *table;
  int64_t documents, bytes; /* bytes: of the source */
};

struct sl_run {
  const struct sl_load_settings *settings;
  struct sl_arena arena; /* dies with the run */
  const char *pipeline, *dataset, *schema_name;
  char load_id[40];
  int64_t started_micros; /* wall clock */
  int64_t started_nanos;  /* monotonic */

  const struct sl_source_ops *source_ops;
  struct sl_source *source;
  void *source_settings;
  const char *source_location;
  const struct sl_destination_ops *destination_ops;
  struct sl_destination *destination;
  const struct sl_store *store; /* how it is spoken to, see store.h */
  void *destination_settings;
  struct sl_sql_context sql;
  struct sl_naming naming;
  struct sl_real real; /* of the destination's thread, as the destination is */

  struct sl_schema *schema;
  struct sl_load_settings table_settings; /* with what the source says of the table being loaded */
  struct sl_table *root;                  /* of the source table being loaded */
  bool merging;                           /* rows go to staging tables first */
  unsigned merges;                        /* so far: their temporary tables have different names */
  bool keeps;      /* rows that replace or merge outlast checkpoints: ledger.h */
  bool aside;      /* rows of run->root wait for the last transaction */
  bool late;       /* all rows do, and tables are changed at the end: see late.c */
  bool changing;   /* late: the end has come */
  bool direct;     /* would be late, but rows go straight to their table: see direct.c */
  bool begun;      /* direct: so does the transaction, in which no table can be changed */
  bool outgrown;   /* direct: rows asked for that all the same */
  bool not_direct; /* an earlier attempt was outgrown */
  struct sl_statements late_types; /* late: what gives columns of stored tables other types */
  struct sl_table **late_roots;    /* late: root tables whose rows are staged, in order */
  size_t n_late_roots, late_roots_capacity;
  size_t n_wanted; /* tables of the source */
  bool keep_rejects;
  int64_t max_rejects;     /* -1 = no limit */
  double max_reject_share; /* of the documents read; < 0 = no limit */
  bool rejects_created;

  struct sl_run_table *tables; /* in order of appearance */
  size_t n_tables, tables_capacity;
  struct sl_map table_index;

  struct sl_counters counters;
  struct sl_stream_times times;
  struct sl_run_extracted *extracted;
  size_t n_extracted, extracted_capacity;
  int64_t discarded_rows, discarded_values;
  int64_t total_bytes;     /* of the source; -1 = not known */
  int64_t total_documents; /* root rows of the source, estimated; -1 = not known */
  int64_t last_tick_nanos;
  struct sl_ledger *ledger; /* where the load goes on when it is killed, see ledger.h */
  const char *phase;
  /* The table that progress names: the loader's thread changes `root` for a moment at a checkpoint,
   * while another one reports. */
  _Atomic(const char *) shown;
  int attempt;          /* 0 = the first, see retry.h */
  bool reads_only;      /* a plan: the destination is not written */
  unsigned cancel_mark; /* see whole.h */
  bool committing;      /* the last commit has begun, and it is not certain that it failed */
  struct sl_buffer null_columns;
  struct sl_source_check *source_checks; /* with --verify-source, see source_check.h */
  size_t n_source_checks, source_checks_capacity;
  struct sl_tallies tallies;                 /* with --verify: what was sent; loader thread */
  struct sl_buffer certificate;              /* JSON, see verify.h; empty = not verified */
  size_t verified_tables, unverified_tables; /* in the certificate: compared, left out */
  bool refuted;                              /* the destination holds something else */
  struct sl_buffer warnings;                 /* a line each */
  struct sl_buffer notes;                    /* likewise: what the load did of its own */
  pthread_mutex_t warnings_lock;
  struct sl_statements *planned; /* a plan: DDL goes here and not to the destination */
  struct sl_local *local;        /* the working folder, see local.h */
};

/* The run's entry of a table, added when missing. */
sl_status sl_run_table(struct sl_run *run, struct sl_table *table, struct sl_run_table **out,
                       struct sl_error *err);
struct sl_table_name sl_run_final(const struct sl_run *run, const struct sl_table *table);
/* Where rows wait; arg is the run. */
struct sl_table_name sl_run_staging(const struct sl_table *table, const void *arg);
/* Executes statements in order; adds rows changed to *affected (may be NULL). */
sl_status sl_run_execute(struct sl_run *run, const struct sl_statements *statements,
                         struct sl_error *err);
/* The same for changes of the dataset's tables: until a late run is at its end, they wait. */
sl_status sl_run_change(struct sl_run *run, const struct sl_statements *statements,
                        struct sl_error *err);
sl_status sl_run_stopped(const struct sl_run *run, struct sl_error *err); /* SL_ECANCELLED */
bool sl_run_cancelled(const struct sl_run *run);                          /* cancel.c */
/* Adds a warning to the summary; arg is the run. Any thread. */
void sl_run_warn(void *arg, const char *message);
void sl_run_note(struct sl_run *run, const char *message); /* the same for notes */
void sl_run_report(struct sl_run *run, const char *phase);

/* A name in the run's memory, normalised. SL_EUSAGE: nothing is left of it. */
sl_status sl_run_normalise(struct sl_run *run, const struct sl_naming *naming, const char *name,
                           const char **out, struct sl_error *err);
/* load_table.c: all wanted tables of the source, uncommitted. */
sl_status sl_run_load_tables(struct sl_run *run, struct sl_error *err);
/* summary.c */
sl_status sl_run_summary(struct sl_run *run, struct sl_summary *out, struct sl_error *err);

/* Hints of the root table; sets run->root and run->merging. */
sl_status sl_run_prepare_table(struct sl_run *run, const struct sl_source_table *table,
                               struct sl_error *err);
/* The source's start, which is told the columns that run->root has; state_json: NULL = none. */
sl_status sl_run_start_source(struct sl_run *run, struct sl_source_table *table,
                              const char *state_json, struct sl_error *err);
/* The same for a source that goes on, see struct sl_source_ops. */
sl_status sl_run_resume_source(struct sl_run *run, struct sl_source_table *table,
                               const char *state_json, const char *position_json, bool *changed,
                               char why[256], struct sl_error *err);
/* The destination's name of a source table, before the naming convention; borrowed. */
const char *sl_run_target(const struct sl_run *run, const struct sl_source_table *table);
/* True when --table (if given) names the table, its target, or its name without the schema. */
bool sl_run_wants(const struct sl_run *run, const struct sl_source_table *table);
void sl_run_release(struct sl_run *run);

/* system.c: what is already there. Reads the schema that the dataset holds; run->schema stays NULL
 * when there is none. */
sl_status sl_run_restore(struct sl_run *run, struct sl_error *err);
/* Of the store for SQL, see store.h: creates the dataset and the _dlt_ tables. */
sl_status sl_run_prepare_dataset(struct sl_run *run, struct sl_error *err);
sl_status sl_run_prepare_system(struct sl_run *run, struct sl_error *err); /* the _dlt_ tables */
/* Brings the stored tables of the chain of run->root up to date with the schema. */
sl_status sl_run_update_chain(struct sl_run *run, struct sl_error *err);
/* Creates run->root when the destination lacks it and no row came to make it. */
sl_status sl_run_create_empty(struct sl_run *run, struct sl_error *err);
/* Deletes the rows of the chain of run->root that were there before this load (write disposition
 * replace). */
sl_status sl_run_delete_replaced(struct sl_run *run, struct sl_error *err);
/* SL_EDATA when rows were replaced by none and the user has not allowed that: most often the source
 * is broken, and dlt leaves an empty table then (dlt #3025). */
sl_status sl_run_refuse_emptied(struct sl_run *run, struct sl_error *err);

struct sl_workdir;
/* run_trace.c: adds the run to trace.json; error: NULL = it ended well. */
sl_status sl_run_append_trace(struct sl_run *run, const struct sl_workdir *dir,
                              const struct sl_error *error, struct sl_error *err);

/* sink.c: the two callbacks of the stream; arg is the run. */
sl_status sl_run_make_ddl(void *arg, struct sl_work *work, struct sl_error *err);
sl_status sl_run_write(void *arg, struct sl_work *work, struct sl_error *err);
/* The staged rows of run->root and its children say which root row they are of (SL_ROOT_ROW). */
bool sl_run_numbers_roots(const struct sl_run *run);
/* The table as its rows are staged: *copy is `table`, with the column that numbers roots if they
 * are numbered; its array of columns is the caller's to free. */
sl_status sl_run_staged_form(const struct sl_run *run, const struct sl_table *table,
                             struct sl_table *copy, struct sl_error *err);
/* CREATE of the staging table. */
sl_status sl_run_stage(struct sl_run *run, const struct sl_table *table, struct sl_statements *out,
                       struct sl_error *err);
/* After the stream: what the loader found of the real tables, taken over into the run's entries. */
void sl_run_apply_real(struct sl_run *run);

/* late.c, of late runs only: notes that the rows of run->root are staged; changes tables, begins
 * the transaction and moves what is staged, uncommitted. */
/* Of late loads: the dataset's tables become what the schema says; appended: only those of roots
 * whose rows are appended. */
sl_status sl_run_change_tables(struct sl_run *run, bool appended, struct sl_error *err);
sl_status sl_run_postpone(struct sl_run *run, struct sl_error *err);
sl_status sl_run_move_staged(struct sl_run *run, struct sl_error *err);

/* direct.c: loads that need not be late. */
/* Of run->root, before anything is done for it: decides. */
sl_status sl_direct_choose(struct sl_run *run, const struct sl_source_table *table,
                           struct sl_error *err);
/* Of direct loads, nothing for others. Before the first row, or the first system row: begins the
 * transaction, once. */
sl_status sl_direct_begin(struct sl_run *run, struct sl_error *err);
/* The rows ask for a change of tables. SL_EDEST: too late. */
sl_status sl_direct_check_change(struct sl_run *run, struct sl_error *err);
/* After the rollback: drops the tables that were made for the load and are empty still. */
void sl_direct_take_back(struct sl_run *run);

/* doubt.c: the commit failed with the connection: SL_OK when it was done all the same. */
sl_status sl_run_settle_doubt(struct sl_run *run, struct sl_error *err);

/* finish.c: merge, system rows, commit. */
/* Before the transaction of the merge, where it has one of its own. */
sl_status sl_run_prepare_merge(struct sl_run *run, struct sl_error *err);
sl_status sl_run_merge(struct sl_run *run, struct sl_error *err);
sl_status sl_run_commit(struct sl_run *run, struct sl_error *err);

#endif
