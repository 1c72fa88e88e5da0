/* late.c - what is moved at the end of a load: loads into databases where DDL ends a transaction
 * (but for those of direct.c), and rows that were kept aside over checkpoints (ledger.h).
 *
 * What a load changes there must still be all or nothing. So every row waits in a temporary table
 * of the session, whatever the write disposition, and the dataset's tables are not touched while
 * the stream runs. At its end tables and columns that are missing are added, which harms nobody
 * should the load fail then, and one transaction moves the rows and writes the system rows. */
#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/generations.h"
#include "pipeline/ledger.h"
#include "pipeline/rejects.h"
#include "pipeline/run.h"

sl_status sl_run_postpone(struct sl_run *run, struct sl_error *err) {
  for (size_t i = 0; i < run->n_late_roots; i++) {
    if (run->late_roots[i] == run->root) {
      return SL_OK; /* several tables of the source become one */
    }
  }
  sl_status rc = sl_grow(&run->late_roots, &run->late_roots_capacity, run->n_late_roots + 1,
                         sizeof *run->late_roots, err);
  if (rc == SL_OK) {
    run->late_roots[run->n_late_roots++] = run->root;
  }
  return rc;
}

static void enter(struct sl_run *run, size_t i) {
  run->root = run->late_roots[i];
  run->shown = run->root->name;
  run->aside = true;
  run->merging = run->root->disposition == SL_MERGE;
}

static sl_status create_or_update(struct sl_run *run, const struct sl_table *table,
                                  struct sl_statements *out, struct sl_error *err) {
  struct sl_real_table *real;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_real_table(&run->real, table->name, &real, err);
  if (rc == SL_OK && real->exists) {
    return sl_real_update(&run->real, table, out, err);
  }
  if (rc == SL_OK) {
    rc = sl_ddl_create(&ddl, &run->sql, run->dataset, table, err);
  }
  if (rc == SL_OK) {
    rc = sl_real_settle(&run->real, &ddl, out, out, err);
  }
  sl_ddl_release(&ddl);
  return rc;
}

/* The tables as they are now, which others may have changed while the stream ran, become what the
 * schema says. */
sl_status sl_run_change_tables(struct sl_run *run, bool appended, struct sl_error *err) {
  struct sl_statements ddl = { 0 };
  run->changing = true;
  sl_real_release(&run->real);
  run->real = (struct sl_real){ .destination = run->destination,
                                .sql = &run->sql,
                                .dataset = run->dataset };
  sl_status rc = sl_run_execute(run, &run->late_types, err);
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_table *table = run->tables[i].table;
    enum sl_disposition how = sl_schema_root(run->schema, table)->disposition;
    if (run->tables[i].created && (!appended || (how != SL_REPLACE && how != SL_MERGE))) {
      rc = create_or_update(run, table, &ddl, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &ddl, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_prepare_system(run, err);
  }
  if (rc == SL_OK && run->late) {
    rc = sl_rejects_create(run, err);
  }
  for (size_t i = 0; rc == SL_OK && !appended && i < run->n_late_roots; i++) {
    enter(run, i);
    rc = run->root->disposition == SL_REPLACE ? sl_generations_prepare(run, err) : SL_OK;
  }
  sl_statements_release(&ddl);
  return rc;
}

static sl_status move_rows(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    if (!entry->staged || sl_schema_root(run->schema, entry->table) != run->root) {
      continue;
    }
    struct sl_statements move = { 0 };
    struct sl_table_name from = sl_run_staging(entry->table, run);
    struct sl_table_name to = sl_run_final(run, entry->table);
    run->tables[i].inserted = entry->rows;
    rc = sl_sql_move(&run->sql, &from, &to, entry->table, &move, err);
    if (rc == SL_OK) {
      rc = sl_run_execute(run, &move, err);
    }
    if (rc != SL_OK) {
      sl_error_add_context(err, "writing table %s", entry->table->name);
    }
    sl_statements_release(&move);
  }
  return rc;
}

static sl_status move_root(struct sl_run *run, struct sl_error *err) {
  if (run->merging) {
    sl_run_report(run, "merge");
    return sl_run_merge(run, err);
  }
  sl_status rc = SL_OK;
  if (run->root->disposition == SL_REPLACE) {
    sl_run_report(run, "replace");
    rc = sl_run_delete_replaced(run, err);
    rc = rc == SL_OK ? sl_run_refuse_emptied(run, err) : rc;
  }
  return rc == SL_OK ? move_rows(run, err) : rc;
}

sl_status sl_run_move_staged(struct sl_run *run, struct sl_error *err) {
  bool kept = run->keeps && run->ledger->committed;
  sl_status rc = SL_OK;
  if (kept && run->late) { /* so that what is kept is not changed unless the ledger knows it */
    rc = sl_checkpoint_commit(run, err);
    rc = rc == SL_OK ? sl_checkpoint_gather(run, err) : rc;
  }
  for (size_t i = 0; rc == SL_OK && i < run->n_late_roots; i++) {
    enter(run, i);
    rc = run->merging ? sl_run_prepare_merge(run, err) : SL_OK;
  }
  if (rc == SL_OK) {
    rc = sl_run_change_tables(run, false, err);
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_AFTER_CHANGE, err);
  }
  if (rc == SL_OK && run->late) {
    rc = run->destination_ops->begin(run->destination, err);
  }
  for (size_t i = 0; rc == SL_OK && i < run->n_late_roots; i++) {
    enter(run, i);
    rc = move_root(run, err);
  }
  if (rc == SL_OK) {
    rc = run->late ? sl_rejects_move(run, err) : SL_OK;
  }
  return rc == SL_OK ? sl_fault(SL_FAULT_AFTER_MOVE, err) : rc;
}
