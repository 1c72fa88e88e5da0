/* destination.h - what a connector promises in order to be written to.
 *
 * The engine speaks SQL made by src/sql/ for the connector's dialect, appends Arrow batches,
 * and commits once. A connector without SQL (files, a program, a web service) gives sl_store_ops
 * instead. The capabilities are promises: the contract tests hold a connector to each of them.
 * Field names follow dlt's DestinationCapabilitiesContext. See src/destinations/example/ for a
 * whole one, docs/new-destination.md for the guide. */
#ifndef SLUICE_DESTINATION_H
#define SLUICE_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/arrow.h>
#include <sluice/error.h>
#include <sluice/option.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sl_capabilities {
  const char *dialect; /* name of a dialect in src/sql/; NULL = no SQL, see sl_store_ops */
  bool has_case_sensitive_identifiers;
  uint32_t max_identifier_length; /* code points, or see identifiers_in_bytes; 0 = no limit */
  uint32_t max_column_identifier_length;
  uint8_t decimal_precision, decimal_scale; /* default for decimals without a stated one */
  uint8_t wei_precision, wei_scale;
  uint8_t timestamp_precision, max_timestamp_precision;
  bool supports_tz_aware_datetime; /* else timestamps are stored, and read back, as naive UTC */
  bool supports_transactions;
  /* false, with supports_transactions: a CREATE or ALTER that is not of a temporary table ends the
   * transaction. The engine then stages all rows, changes the tables when the stream is over, and
   * moves the rows in one transaction. */
  bool supports_ddl_transactions;
  bool alter_add_multi_column;
  bool supports_truncate_command;
  bool supports_multiple_statements;
  int64_t max_query_length;          /* bytes; 0 = no limit */
  int64_t max_text_data_type_length; /* bytes; 0 = no limit */
  uint32_t merge_strategies;         /* bits 1u << enum sl_merge_strategy (schema/schema.h) */
  uint32_t replace_strategies;       /* bits 1u << enum sl_replace_strategy */
  int max_parallel_load_jobs;        /* appends at once; 1 = one loader thread */
  const char *naming_convention;     /* of a new schema; NULL = snake_case */
  bool keeps_nested; /* a new schema leaves nested values in one column: max_table_nesting 0 */
  /* Of files in a folder or a bucket that it loads itself, "|" between: see --staging. "parquet" or
   * NULL = none; the dialect knows the statement. */
  const char *supported_staging_file_formats;
  bool supports_guarded_queries; /* see `guarded` of struct sl_destination_config */
  bool identifiers_in_bytes;     /* the two lengths above count bytes of UTF-8 */
};

struct sl_destination_config {
  const char *location; /* URL or path as the user wrote it, without the scheme */
  const void *settings;
  int64_t memory_bytes;
  int threads;
  bool read_only;
  const char *temp_dir; /* where it may spill; NULL = beside the destination */
  const char *scheme;   /* "mssql" of mssql://host/shop; NULL or "" = none was written */
  /* Folder of the pipeline for what has to outlast a load when the destination itself cannot keep
   * it; not yet made. NULL = there is none, as in a plan. */
  const char *state_dir;
  /* Tells the user something although nothing failed; any thread, while the destination is open. */
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
  /* For SQL of people whom the machine's owner need not trust, with read_only: it reaches no other
   * file, no network and no setting. Only where the capabilities say supports_guarded_queries. */
  bool guarded;
  /* Other loads of this process may have the destination open at the same time. */
  bool shared;
};

struct sl_table_name {
  const char *dataset; /* with temporary = true: the one that the rows are for, or NULL */
  const char *table;
  bool temporary; /* lives in this session only: staging for a merge */
};

struct sl_destination { /* first member of each destination's own structure */
  const struct sl_destination_ops *ops;
  const char *catalog; /* database name that qualifies datasets; NULL = none */
};

/* ---- destinations without SQL ---- */

struct sl_store_load { /* one load; all borrowed until commit or rollback */
  const char *dataset, *pipeline, *schema;
  const char *load_id;    /* "1716000000.123456"; sorts as loads are begun */
  int64_t started_micros; /* UTC */
};

struct sl_store_table { /* a table from now on; all borrowed for the call */
  const char *name;
  const char *parent;                /* NULL = a root table */
  const char *disposition;           /* "append", "replace" or "merge", of its root */
  const char *primary_key;           /* names with commas; NULL = none */
  const struct ArrowSchema *columns; /* complete, as `describe` says them, in the schema's order */
};

enum sl_store_kind { SL_STORE_VERSION, SL_STORE_STATE, SL_STORE_LOAD };
struct sl_store_row { /* one row of _dlt_version, _dlt_pipeline_state or _dlt_loads; borrowed. What
                         a kind does not have is NULL or 0. */
  const char *name;   /* of the schema; STATE: of the pipeline */
  const char *load_id;
  int64_t version, engine_version; /* VERSION, STATE */
  const char *hash;                /* of the schema; STATE: of the state */
  const char *text;                /* VERSION: the schema as JSON; STATE: base64 of its zlib */
  const char *row_id;              /* STATE: _dlt_id */
  int64_t created_micros;          /* UTC */
};

struct sl_store_generation { /* what one load has put away of one table; borrowed */
  const char *load_id, *schema;
  const char *root, *table; /* the table that was replaced; itself or a child table */
  const char *kept_as;      /* where the rows are; NULL: there was nothing before */
  int64_t rows;             /* -1 = not known */
};
typedef sl_status (*sl_take_generation)(void *arg, const struct sl_store_generation *generation,
                                        struct sl_error *err);

struct sl_store_last { /* a load that is complete; malloc'ed */
  char *load_id, *schema;
  char *pipeline; /* NULL = not known */
};
struct sl_store_undo { /* borrowed for the call */
  const char *load_id; /* of the schema that `begin` named: its last one */
  /* The state before it once more, with a version of its own; NULL: it wrote none, or was the
   * first. */
  const struct sl_store_row *state;
  bool dry_run;
};
struct sl_store_undone { /* borrowed */
  const char *table;
  int64_t removed, restored; /* rows; restored -1 = not known */
};
typedef sl_status (*sl_take_undone)(void *arg, const struct sl_store_undone *undone,
                                    struct sl_error *err);

/* What a destination gives whose dialect is NULL; execute, query, describe and begin of
 * sl_destination_ops are NULL then. In the order of a load: begin; get; define and append as rows
 * come; replace; put; commit. Nothing is seen by others before the commit, as far as the
 * destination can promise that. One thread at a time, as for all functions of a destination. */
struct sl_store_ops {
  size_t struct_size;
  /* Begins a load; leftovers of one that was killed are removed here, unless the destination was
   * opened read_only. A plan and `pipeline sync` begin one too, and only read. */
  sl_status (*begin)(struct sl_destination *d, const struct sl_store_load *load,
                     struct sl_error *err);
  /* The text (VERSION, STATE) of the newest row of a name that was committed, or, with a key, of
   * the row with that version hash (VERSION) or load id (LOAD: any text), or that was the newest
   * before the load with that id (STATE). malloc'ed; NULL = no such row. The function is NULL when
   * the destination remembers nothing: the working folder alone knows schema and state then. */
  sl_status (*get)(struct sl_destination *d, enum sl_store_kind kind, const char *name,
                   const char *key, char **text, struct sl_error *err);
  /* The table as it is from now on: before its first rows, and again when a column is added or gets
   * a wider type. Tables of the stored schema are defined before the source is read. */
  sl_status (*define)(struct sl_destination *d, const struct sl_store_table *table,
                      struct sl_error *err);
  /* The rows of earlier loads in these tables go away with the commit. NULL: replace is refused. */
  sl_status (*replace)(struct sl_destination *d, const char *const *tables, size_t n,
                       struct sl_error *err);
  /* A system row of this load: VERSION and STATE only if they changed, LOAD always and last. NULL
   * together with get. */
  sl_status (*put)(struct sl_destination *d, enum sl_store_kind kind,
                   const struct sl_store_row *row, struct sl_error *err);
  /* Removes the tables, and what put has stored of the schema that begin named, with the commit.
   * NULL: `pipeline drop` leaves the destination alone. */
  sl_status (*drop)(struct sl_destination *d, const char *const *tables, size_t n,
                    struct sl_error *err);

  /* All four or none: --keep-generations, and `sluice undo`. */
  /* What this load replaces is kept, and the newest `generations` of each table stay; with the
   * commit. SL_EUNSUPPORTED. */
  sl_status (*keep)(struct sl_destination *d, int64_t generations, struct sl_error *err);
  /* What is kept of a schema, the newest first. */
  sl_status (*generations)(struct sl_destination *d, const char *schema, sl_take_generation take,
                           void *arg, struct sl_error *err);
  /* The newest load that is complete, of a schema (NULL = of any); load_id NULL = there is none. */
  sl_status (*last)(struct sl_destination *d, const char *schema, struct sl_store_last *out,
                    struct sl_error *err);
  /* Takes a load back, all of it or nothing: its rows go, what it replaced comes back. Instead of
   * commit. SL_EUSAGE: that cannot be, and why. */
  sl_status (*undo)(struct sl_destination *d, const struct sl_store_undo *undo, sl_take_undone take,
                    void *arg, struct sl_error *err);
};

/* Rows of a query; borrowed for the call. */
typedef sl_status (*sl_take_rows)(void *arg, const struct ArrowSchema *schema,
                                  const struct ArrowArray *rows, struct sl_error *err);

struct sl_destination_ops {
  size_t struct_size;
  const char *name;
  const char *const *schemes;    /* "duckdb", ... */
  const char *const *extensions; /* path endings that mean this destination: ".duckdb" */
  const struct sl_option *options;
  size_t settings_bytes;
  struct sl_capabilities capabilities;
  const char *help;

  sl_status (*open)(struct sl_destination **out, const struct sl_destination_config *config,
                    struct sl_error *err);
  /* Fails, and changes nothing, in a transaction. */
  sl_status (*begin)(struct sl_destination *d, struct sl_error *err);
  sl_status (*commit)(struct sl_destination *d, struct sl_error *err);
  void (*rollback)(struct sl_destination *d); /* cannot fail; fine without a transaction */
  /* Runs one statement; flushes appended rows first. affected (may be NULL): rows changed, -1 = not
   * known. SL_ENOTFOUND: a table or dataset is not there; SL_EDATA: a value is refused; SL_EBUSY
   * and whatever is retryable: may work later; SL_ECANCELLED; else SL_EDEST. After a failure inside
   * a transaction only rollback is sure to work. */
  sl_status (*execute)(struct sl_destination *d, const char *sql, int64_t *affected,
                       struct sl_error *err);
  /* Runs one query; the stream must be released before the next call on `d`. */
  sl_status (*query)(struct sl_destination *d, const char *sql, struct ArrowArrayStream *out,
                     struct sl_error *err);
  /* Columns of a stored table as a struct schema: formats, ARROW_FLAG_NULLABLE unless NOT NULL,
   * JSON marked (builder.h). out->release == NULL when the table does not exist. */
  sl_status (*describe)(struct sl_destination *d, const struct sl_table_name *name,
                        struct ArrowSchema *out, struct sl_error *err);
  /* Appends rows; columns are matched by name, absent ones become NULL. `array` is moved on
   * success; after a failure it is the caller's if its release is still set. The schema is borrowed
   * for the call. Rows may stay buffered until execute, query, describe, flush or commit, and so
   * may errors about them: SL_ENOTFOUND no such table, SL_EDATA a value that the table refuses. */
  sl_status (*append)(struct sl_destination *d, const struct sl_table_name *name,
                      const struct ArrowSchema *schema, struct ArrowArray *array,
                      struct sl_error *err);
  sl_status (*flush)(struct sl_destination *d, struct sl_error *err);
  /* Interrupts a running statement; any thread. Called again after some seconds when that was of no
   * avail: the connection should break then. */
  void (*cancel)(struct sl_destination *d);
  void (*close)(struct sl_destination *d); /* rolls back what is open; cannot fail */
  /* What this connection can do, where that hangs on what it is connected to; lives as long as `d`.
   * NULL = always `capabilities`. */
  const struct sl_capabilities *(*capabilities_of)(const struct sl_destination *d);
  const struct sl_store_ops *store; /* NULL with a dialect */
  /* Up to 12 letters and digits that no other connection has: where every session sees the names of
   * temporary tables, they hold it. NULL = temporary tables are nobody else's business. */
  const char *(*session_of)(const struct sl_destination *d);
  /* Runs one SELECT and hands its rows to `take`, in batches of any order, from any number of
   * threads at once; `take` failing ends it with that failure. The columns have no names. For
   * reading much where the rows are made. NULL: `query` does. */
  sl_status (*scan)(struct sl_destination *d, const char *sql, sl_take_rows take, void *arg,
                    struct sl_error *err);
  /* Of a destination of files: makes of *inner, a destination with SQL that is open, one that gets
   * its rows by files here, which it loads itself (--staging). The config is that of the place of
   * files, `load` is borrowed for the call. On success *inner is the new one and owns the old; on
   * failure nothing has changed. SL_EUNSUPPORTED: *inner cannot load such files. NULL = no such
   * place. */
  sl_status (*stage)(struct sl_destination **inner, const struct sl_destination_config *config,
                     const struct sl_store_load *load, struct sl_error *err);

  /* Without a dialect, all three or none: loads that go on when they were killed. */
  /* All rows so far outlast the process, seen by nobody, together with the engine's ledger (a text)
   * in one step; both are of the load that `begin` named, and go away with its commit. */
  sl_status (*checkpoint)(struct sl_destination *d, const char *ledger, struct sl_error *err);
  /* After begin: the ledger of a load of the pipeline that has checkpoints and is not over
   * (malloc'ed), NULL = none. */
  sl_status (*unfinished)(struct sl_destination *d, char **ledger, struct sl_error *err);
  /* The load goes on in its place: with this load id, the rows of its last checkpoint are of this
   * load. NULL: its rows, and those of this load, are removed. */
  sl_status (*settle)(struct sl_destination *d, const char *load_id, struct sl_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
