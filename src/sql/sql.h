/* sql.h - SQL text for a dialect: quoting, types, DDL, literals, merge and replace. No connection.
 *
 * Names are always fully qualified and quoted, values always escaped. Statements come one per
 * entry, without a final semicolon. Rules: dlt.md 3.2, 4.3-4.5, 5.2, 5.3 and the traps of
 * section 10. May include schema/ and the public destination interface. */
#ifndef SL_SQL_SQL_H
#define SL_SQL_SQL_H

#include <sluice/destination.h>

#include "schema/schema.h"

struct sl_dialect; /* one const struct per dialect, in dialect_<name>.c */
const struct sl_dialect *sl_dialect_find(const char *name); /* NULL = unknown */
/* By what a driver calls its database (ODBC's SQL_DBMS_NAME); NULL = none fits. */
const struct sl_dialect *sl_dialect_of_database(const char *dbms_name);
/* Appends the names of those that are written over ODBC, ", " between. */
void sl_dialect_list(struct sl_buffer *out);
const char *sl_dialect_name(const struct sl_dialect *);
/* Its name, or of a registered one, that of the built-in one it is like. */
const char *sl_dialect_family(const struct sl_dialect *);
/* What dlt calls its destination for the database: "duckdb", "sqlalchemy". */
const char *sl_dialect_dlt_name(const struct sl_dialect *);
/* What the database can do over ODBC; NULL = it is not written that way. */
const struct sl_capabilities *sl_dialect_capabilities(const struct sl_dialect *);
/* The failure means that a table or dataset is not there. */
bool sl_dialect_undefined(const struct sl_dialect *, const char *sqlstate, const char *message);

struct sl_statements { /* all-zero is empty */
  char **items;
  size_t count, capacity;
};
sl_status sl_statements_add(struct sl_statements *, struct sl_buffer *text /* emptied */,
                            struct sl_error *err);
void sl_statements_release(struct sl_statements *);

struct sl_sql_context { /* everything that SQL for one destination needs */
  const struct sl_dialect *dialect;
  const struct sl_capabilities *capabilities;
  const char *catalog; /* NULL = none */
  const char
      *session; /* of whom temporary tables are, where all see their names; NULL = not told */
};

/* What the destination says of itself; SL_EUNSUPPORTED: nobody knows its dialect. */
sl_status sl_sql_context_of(struct sl_sql_context *out, const struct sl_destination *destination,
                            struct sl_error *err);

/* Whether rows of a table can be told apart by when they came. If not, staged root rows need the
 * column that numbers them (sl_merge_plan.root_row) for "the last one wins". */
bool sl_sql_orders_rows(const struct sl_sql_context *);

/* A name as the database keeps it: folded, without quotes. */
void sl_sql_stored_name(const struct sl_sql_context *, const char *name, struct sl_buffer *out);
/* A table's name as the database keeps it, without the dataset where that is a schema. */
void sl_sql_stored_table(const struct sl_sql_context *, const struct sl_table_name *,
                         struct sl_buffer *out);
void sl_sql_identifier(const struct sl_sql_context *, const char *name, struct sl_buffer *out);
void sl_sql_table(const struct sl_sql_context *, const struct sl_table_name *,
                  struct sl_buffer *out);
void sl_sql_literal(const struct sl_sql_context *, const struct sl_value *, struct sl_buffer *out);
void sl_sql_text_literal(const struct sl_sql_context *, const char *text, size_t length,
                         struct sl_buffer *out);
/* "DECIMAL(38,9)"; the type of a column in DDL. */
sl_status sl_sql_type(const struct sl_sql_context *, const struct sl_column *,
                      struct sl_buffer *out, struct sl_error *err);

/* The type that such a column has when the database describes it: TEXT for a time where there is
 * none. */
enum sl_type sl_sql_stored_as(const struct sl_sql_context *, const struct sl_column *);

sl_status sl_sql_create_dataset(const struct sl_sql_context *, const char *dataset,
                                struct sl_statements *out, struct sl_error *err);
/* Drops a dataset with all that is in it. Nothing is appended where the dialect cannot say that. */
sl_status sl_sql_drop_dataset(const struct sl_sql_context *, const char *dataset,
                              struct sl_statements *out, struct sl_error *err);
/* CREATE TABLE with the complete columns (type known) among the first n_columns complete ones;
 * SIZE_MAX = all. */
sl_status sl_sql_create_table(const struct sl_sql_context *, const struct sl_table_name *,
                              const struct sl_table *, size_t n_columns, struct sl_statements *out,
                              struct sl_error *err);
/* A table, temporary or not, for all complete columns, without NOT NULL. ordered: its rows can be
 * told in the order in which they came (for merges). */
sl_status sl_sql_create_staging(const struct sl_sql_context *, const struct sl_table_name *,
                                const struct sl_table *, bool ordered, struct sl_statements *out,
                                struct sl_error *err);
/* INSERT INTO `to` SELECT … FROM `from`: the complete columns of `table`. */
sl_status sl_sql_move(const struct sl_sql_context *, const struct sl_table_name *from,
                      const struct sl_table_name *to, const struct sl_table *table,
                      struct sl_statements *out, struct sl_error *err);
/* Comments for a table that was made (description NULL = not now) and for its described columns, by
 * statements of their own; nothing where CREATE and ALTER say it, or nothing can. */
sl_status sl_sql_comment(const struct sl_sql_context *, const struct sl_table_name *,
                         const char *description, const struct sl_column *const *columns, size_t n,
                         struct sl_statements *out, struct sl_error *err);
sl_status sl_sql_add_columns(const struct sl_sql_context *, const struct sl_table_name *,
                             const struct sl_column *const *columns, size_t n,
                             struct sl_statements *out, struct sl_error *err);
sl_status sl_sql_drop_table(const struct sl_sql_context *, const struct sl_table_name *,
                            struct sl_statements *out, struct sl_error *err);
/* Whether a table can be had alone, so that it can be dropped if it is empty. */
bool sl_sql_locks_tables(const struct sl_sql_context *);
/* What takes and, to be executed whatever happens between, gives back the table. Only where
 * sl_sql_locks_tables. */
sl_status sl_sql_lock_table(const struct sl_sql_context *, const struct sl_table_name *,
                            struct sl_statements *out, struct sl_error *err);
const char *sl_sql_unlock_tables(const struct sl_sql_context *);
/* CREATE of a temporary table begins so; the statement is one. */
const char *sl_sql_create_temporary(const struct sl_sql_context *);
bool sl_sql_creates_temporary(const struct sl_sql_context *, const char *statement);
/* Gives random keys to the rows that have none: those of a table that was there before its first
 * load. SL_EUNSUPPORTED where the dialect cannot. */
sl_status sl_sql_fill_keys(const struct sl_sql_context *, const struct sl_table_name *,
                           const char *column, struct sl_statements *out, struct sl_error *err);
/* Gives a stored column the type that the schema has now (a widened one). */
sl_status sl_sql_alter_type(const struct sl_sql_context *, const struct sl_table_name *,
                            const struct sl_column *, struct sl_statements *out,
                            struct sl_error *err);

struct sl_sql_target { /* a column that rows are inserted into */
  const char *name;
  bool json; /* the value is a JSON text */
};
/* "INSERT INTO t (a, b) VALUES (?, ?)" */
void sl_sql_insert_parameters(const struct sl_sql_context *, const struct sl_table_name *,
                              const struct sl_sql_target *, size_t n, struct sl_buffer *out);
/* The same with literals: begin, then for each row _row before its values, sl_sql_insert_value for
 * each (text NULL = NULL) or a literal of sl_sql_literal, ", " between them, and _row_end. */
void sl_sql_insert_begin(const struct sl_sql_context *, const struct sl_table_name *,
                         const struct sl_sql_target *, size_t n, struct sl_buffer *out);
void sl_sql_insert_row(const struct sl_sql_context *, bool first, struct sl_buffer *out);
void sl_sql_insert_row_end(const struct sl_sql_context *, struct sl_buffer *out);

/* System rows (dlt.md 3.2); timestamps are UTC micros. */
sl_status sl_sql_insert_load(const struct sl_sql_context *, const char *dataset,
                             const char *load_id, const char *schema_name, const char *schema_hash,
                             int64_t inserted_at, struct sl_statements *out, struct sl_error *err);
sl_status sl_sql_insert_version(const struct sl_sql_context *, const char *dataset,
                                const struct sl_schema *schema, const char *schema_json,
                                int64_t inserted_at, struct sl_statements *out,
                                struct sl_error *err);
struct sl_state_row { /* one row of _dlt_pipeline_state; all borrowed */
  int64_t version;
  int engine_version;
  const char *pipeline, *state, *version_hash, *load_id, *row_id;
  int64_t created_at; /* UTC micros */
};
sl_status sl_sql_insert_state(const struct sl_sql_context *, const char *dataset,
                              const struct sl_state_row *, struct sl_statements *out,
                              struct sl_error *err);
/* See try_lock of struct sl_dialect. False: the database has no such locks. */
bool sl_sql_try_lock(const struct sl_sql_context *, uint64_t key, const char *who,
                     struct sl_buffer *out);
/* The row of the load with this id, NULL = with the greatest, if it was committed. */
sl_status sl_sql_select_load(const struct sl_sql_context *, const char *dataset,
                             const char *load_id, struct sl_buffer *out, struct sl_error *err);
/* Queries: newest stored schema (one text column) and newest committed state (dlt.md 3.2), of
 * which the column "state" or another one is wanted. */
sl_status sl_sql_select_schema(const struct sl_sql_context *, const char *dataset,
                               const char *schema_name, struct sl_buffer *out,
                               struct sl_error *err);
/* One row when a schema with this version hash is stored. */
sl_status sl_sql_select_version(const struct sl_sql_context *, const char *dataset,
                                const char *version_hash, struct sl_buffer *out,
                                struct sl_error *err);
sl_status sl_sql_select_state(const struct sl_sql_context *, const char *dataset,
                              const char *pipeline_name, const char *column, struct sl_buffer *out,
                              struct sl_error *err);

/* Loads that are not over (pipeline/ledger.h). name: of the ledger's table. */
sl_status sl_sql_select_ledger(const struct sl_sql_context *, const struct sl_table_name *name,
                               const char *pipeline, struct sl_buffer *out, struct sl_error *err);
sl_status sl_sql_clear_ledger(const struct sl_sql_context *, const struct sl_table_name *name,
                              const char *pipeline, struct sl_statements *out,
                              struct sl_error *err);
/* SELECT COUNT(*), of the rows whose column has the value; column NULL = of all. */
sl_status sl_sql_count_rows(const struct sl_sql_context *, const struct sl_table_name *name,
                            const char *column, const char *value, struct sl_buffer *out,
                            struct sl_error *err);
/* Deletes the rows of one load; nested ones before their parents, by which they are found. column:
 * the root's, of the load id. */
sl_status sl_sql_delete_load(const struct sl_sql_context *, const char *dataset,
                             const struct sl_schema *, const struct sl_table *, const char *column,
                             const char *load_id, struct sl_statements *out, struct sl_error *err);

/* Replace: deletes the old rows. Where the dialect can tell rows of earlier transactions from those
 * of the running one, this comes after the new ones (DuckDB does not alter a table that the same
 * transaction has deleted from); elsewhere it comes before them: sl_sql_deletes_first. */
bool sl_sql_deletes_first(const struct sl_sql_context *);
sl_status sl_sql_delete_old(const struct sl_sql_context *, const struct sl_table_name *,
                            struct sl_statements *out, struct sl_error *err);

/* Copies of tables (copies.c): an empty one with the columns of another; the rows that
 * sl_sql_delete_old deletes, into such a copy; the named columns back. */
sl_status sl_sql_create_like(const struct sl_sql_context *, const struct sl_table_name *,
                             const struct sl_table_name *like, struct sl_statements *out,
                             struct sl_error *err);
sl_status sl_sql_keep_old(const struct sl_sql_context *, const struct sl_table_name *from,
                          const struct sl_table_name *to, struct sl_statements *out,
                          struct sl_error *err);
sl_status sl_sql_copy_columns(const struct sl_sql_context *, const struct sl_table_name *from,
                              const struct sl_table_name *to, const struct ArrowSchema *columns,
                              struct sl_statements *out, struct sl_error *err);
/* Deletes all rows, or those whose text column has the value. */
sl_status sl_sql_delete_all(const struct sl_sql_context *, const struct sl_table_name *,
                            struct sl_statements *out, struct sl_error *err);
sl_status sl_sql_delete_where(const struct sl_sql_context *, const struct sl_table_name *,
                              const char *column, const char *value, struct sl_statements *out,
                              struct sl_error *err);
/* "column" = 'value' */
void sl_sql_equals(const struct sl_sql_context *, const char *column, const char *value,
                   struct sl_buffer *out);

struct sl_merge_plan {
  const struct sl_schema *schema;
  const struct sl_table *root;         /* hints and strategy come from it */
  const struct sl_table *const *chain; /* root first, then nested tables, parents before children */
  size_t n_chain;
  const char *dataset; /* final tables */
  /* staging: same table names, temporary or in a dataset */
  struct sl_table_name (*staging)(const struct sl_table *, const void *arg);
  const void *staging_arg;
  /* Column of the staging tables that numbers root rows; nested rows have their root's. It tells
   * rows apart whose keys are the same. NULL = none. */
  const char *root_row;
  const char *uid;  /* suffix of temporary tables, [a-z0-9]{8} */
  int64_t boundary; /* scd2 boundary: UTC micros of the load package */
};
/* The statements of the root's merge strategy; refuses with SL_EUSAGE before any row moves when
 * keys are missing or the destination does not support the strategy. */
sl_status sl_sql_merge(const struct sl_sql_context *, const struct sl_merge_plan *,
                       struct sl_statements *out, struct sl_error *err);
/* What must be done before the transaction of the merge, when all rows are staged: staging tables
 * lose the rows that lose, and get indexes. Nothing for dialects that need none of it. */
sl_status sl_sql_merge_prepare(const struct sl_sql_context *, const struct sl_merge_plan *,
                               struct sl_statements *out, struct sl_error *err);
/* False: the preparation of a merge takes rows out of the staging tables. */
bool sl_sql_keeps_staged(const struct sl_sql_context *);
/* The same check alone, at the start of a run. */
sl_status sl_sql_merge_check(const struct sl_sql_context *, const struct sl_schema *,
                             const struct sl_table *root, struct sl_error *err);

#endif
