/* checkpoint.c - what a load commits before its end; see ledger.h.
 *
 * Where DDL is part of a transaction, rows go straight to where they stay, and a checkpoint is a
 * commit with the ledger's row. Elsewhere (late.c) they wait in temporary tables of the session,
 * which do not outlast it: a checkpoint moves them, in one transaction with the row, to their
 * tables or to the kept ones, and what is kept comes back for the end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/rejects.h"

const char *sl_checkpoint_kept_name(const struct sl_run *run, const char *table,
                                    char out[SL_KEPT_NAME]) {
  uint32_t load = (uint32_t)sl_hash64(run->load_id, strlen(run->load_id));
  uint64_t name = sl_hash64(table, strlen(table));
  snprintf(out, SL_KEPT_NAME, "_sluice_%08" PRIx32 "_%012" PRIx64, load,
           name & UINT64_C(0xffffffffffff));
  return out;
}

static const struct sl_run_table *entry_of(const struct sl_run *run, const struct sl_table *table) {
  int32_t at = sl_map_get(&run->table_index, table->name, strlen(table->name));
  return at < 0 ? NULL : &run->tables[at];
}

struct sl_table_name sl_checkpoint_kept(const struct sl_run *run, const struct sl_table *table) {
  const struct sl_run_table *entry = entry_of(run, table);
  return (struct sl_table_name){ .dataset = run->dataset,
                                 .table = entry == NULL ? table->name : entry->kept };
}

/* run->root for what is done with one entry after the other. */
static void enter(struct sl_run *run, struct sl_table *root) {
  run->root = root;
  run->merging = root->disposition == SL_MERGE;
}

/* Its rows go to their table at each checkpoint: who looks can tell that they are not complete. */
static bool stays(const struct sl_run *run, const struct sl_table *root) {
  return root->disposition != SL_REPLACE && root->disposition != SL_MERGE &&
         !run->settings->no_dlt_load_id;
}

/* ---- late loads ---- */

/* The kept table as its rows are now. */
static sl_status prepare_kept(struct sl_run *run, struct sl_run_table *entry,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_table_name name = sl_checkpoint_kept(run, entry->table);
  struct sl_table form;
  char *kept = sl_arena_printf(&run->arena, "%s", entry->kept);
  sl_status rc = sl_run_staged_form(run, entry->table, &form, err);
  if (rc == SL_OK && kept == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  if (rc == SL_OK && !entry->has_kept) {
    rc = sl_sql_create_staging(&run->sql, &name, &form, run->merging, out, err);
  } else if (rc == SL_OK) {
    form.name = kept;
    rc = sl_real_update(&run->real, &form, out, err);
  }
  free(form.columns);
  return rc;
}

static sl_status prepare_all_kept(struct sl_run *run, struct sl_error *err) {
  struct sl_statements ddl = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    struct sl_table *root = sl_schema_root(run->schema, entry->table);
    if (entry->staged && !stays(run, root)) {
      enter(run, root);
      rc = prepare_kept(run, entry, &ddl, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &ddl, err);
  }
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    entry->has_kept = entry->has_kept ||
                      (entry->staged && !stays(run, sl_schema_root(run->schema, entry->table)));
  }
  sl_statements_release(&ddl);
  return rc;
}

static sl_status move(struct sl_run *run, const struct sl_run_table *entry,
                      const struct sl_table_name *from, const struct sl_table_name *to,
                      bool numbered, struct sl_error *err) {
  struct sl_statements sql = { 0 };
  struct sl_table form = *entry->table;
  form.columns = NULL;
  sl_status rc = numbered ? sl_run_staged_form(run, entry->table, &form, err) : SL_OK;
  if (rc == SL_OK) {
    rc = sl_sql_move(&run->sql, from, to, numbered ? &form : entry->table, &sql, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &sql, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "writing table %s", entry->table->name);
  }
  free(form.columns);
  sl_statements_release(&sql);
  return rc;
}

/* From the session's tables to those that stay. */
static sl_status move_all(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    struct sl_table *root = sl_schema_root(run->schema, entry->table);
    if (entry->staged) {
      enter(run, root);
      struct sl_table_name from = sl_run_staging(entry->table, run);
      struct sl_table_name to = stays(run, root) ? sl_run_final(run, entry->table)
                                                 : sl_checkpoint_kept(run, entry->table);
      rc = move(run, entry, &from, &to, !stays(run, root), err);
    }
  }
  return rc == SL_OK ? sl_rejects_move(run, err) : rc;
}

static sl_status drop(struct sl_run *run, const struct sl_table_name *name, struct sl_error *err) {
  struct sl_statements sql = { 0 };
  sl_status rc = sl_sql_drop_table(&run->sql, name, &sql, err);
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &sql, err);
  }
  sl_statements_release(&sql);
  return rc;
}

static sl_status drop_session_tables(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    if (run->tables[i].staged) {
      struct sl_table_name name = sl_run_staging(run->tables[i].table, run);
      rc = drop(run, &name, err);
      run->tables[i].staged = false;
    }
  }
  if (rc == SL_OK && run->rejects_created) {
    struct sl_table_name name = { .dataset = run->dataset,
                                  .table = SL_REJECTS_TABLE,
                                  .temporary = true };
    rc = drop(run, &name, err);
    run->rejects_created = false;
  }
  return rc;
}

/* Before the first kept tables are made: a row that names them, so that whoever comes after a kill
 * finds them. */
static sl_status announce_kept(struct sl_run *run, struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  l->announcing = true;
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_table *root = sl_schema_root(run->schema, run->tables[i].table);
    run->tables[i].has_kept = run->tables[i].staged && !stays(run, root);
  }
  sl_status rc = run->destination_ops->begin(run->destination, err);
  rc = rc == SL_OK ? sl_ledger_write(run, err) : rc;
  rc = rc == SL_OK ? run->destination_ops->commit(run->destination, err) : rc;
  for (size_t i = 0; i < run->n_tables; i++) {
    run->tables[i].has_kept = false;
  }
  l->announcing = false;
  return rc;
}

static sl_status move_late(struct sl_run *run, struct sl_error *err) {
  struct sl_table *root = run->root;
  sl_status rc = sl_run_change_tables(run, true, err);
  if (rc == SL_OK) {
    rc = sl_ledger_create(run, err);
  }
  if (rc == SL_OK && run->keeps && !run->ledger->committed) {
    rc = announce_kept(run, err);
  }
  if (rc == SL_OK) {
    rc = prepare_all_kept(run, err);
  }
  if (rc == SL_OK) {
    rc = run->destination_ops->begin(run->destination, err);
  }
  if (rc == SL_OK) {
    rc = move_all(run, err);
  }
  run->changing = false;
  enter(run, root);
  return rc;
}

/* ---- checkpoints ---- */

static void note_commit(struct sl_run *run) {
  struct sl_ledger *l = run->ledger;
  l->committed = true;
  l->last_nanos = sl_monotonic_nanos();
  l->last_rows = run->counters.documents;
  l->last_bytes = run->counters.bytes;
}

static sl_status commit_plain(struct sl_run *run, struct sl_error *err) {
  sl_status rc = run->destination_ops->flush(run->destination, err);
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_IN_CHECKPOINT, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_write(run, err);
  }
  if (rc == SL_OK) {
    note_commit(run);
    rc = sl_fault(SL_FAULT_AFTER_CHECKPOINT, err);
  }
  return rc;
}

sl_status sl_checkpoint_commit(struct sl_run *run, struct sl_error *err) {
  sl_status rc = sl_fault(SL_FAULT_BEFORE_CHECKPOINT, err);
  if (rc == SL_OK && run->sql.dialect == NULL) {
    return commit_plain(run, err);
  }
  if (rc == SL_OK) {
    rc = run->late ? move_late(run, err) : sl_direct_begin(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_create(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_write(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_IN_CHECKPOINT, err);
  }
  if (rc == SL_OK) {
    rc = run->destination_ops->commit(run->destination, err);
  }
  if (rc == SL_OK) {
    note_commit(run);
    rc = sl_fault(SL_FAULT_AFTER_CHECKPOINT, err);
  }
  if (rc == SL_OK) {
    rc = run->late ? drop_session_tables(run, err)
                   : run->destination_ops->begin(run->destination, err);
  }
  return rc;
}

bool sl_checkpoint_due(void *arg) {
  return sl_ledger_due(arg);
}

sl_status sl_checkpoint_make(void *arg, int64_t next_block, int64_t next_line,
                             struct sl_error *err) {
  struct sl_run *run = arg;
  struct sl_ledger *l = run->ledger;
  char *position = NULL;
  sl_status rc = run->source_ops->position(run->source, &position, err);
  if (rc == SL_OK && position == NULL) {
    sl_ledger_refuse(run, SL_LEDGER_NO_PLACE);
  }
  if (rc != SL_OK || position == NULL) {
    return rc;
  }
  free(l->current->position);
  l->current->position = position;
  l->current->documents = run->counters.documents - l->table_start;
  l->next_block = next_block;
  l->next_line = next_line;
  return sl_checkpoint_commit(run, err);
}

sl_status sl_checkpoint_finish_table(struct sl_run *run, const char *state, struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  struct sl_ledger_table *t = l->current;
  free(t->position);
  free(t->state);
  t->position = NULL;
  t->state = state == NULL ? NULL : strdup(state);
  t->finished = true;
  t->documents = run->counters.documents - l->table_start;
  if (state != NULL && t->state == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a state");
  }
  return sl_ledger_due(run) ? sl_checkpoint_commit(run, err) : SL_OK;
}

/* ---- the end ---- */

sl_status sl_checkpoint_gather(struct sl_run *run, struct sl_error *err) {
  struct sl_statements create = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    if (entry->has_kept) {
      enter(run, sl_schema_root(run->schema, entry->table));
      struct sl_table_name from = sl_checkpoint_kept(run, entry->table);
      struct sl_table_name to = sl_run_staging(entry->table, run);
      rc = sl_run_stage(run, entry->table, &create, err);
      rc = rc == SL_OK ? sl_run_execute(run, &create, err) : rc;
      rc = rc == SL_OK ? move(run, entry, &from, &to, true, err) : rc;
      entry->staged = rc == SL_OK;
      sl_statements_release(&create);
    }
  }
  return rc;
}

sl_status sl_checkpoint_end_late(struct sl_run *run, struct sl_error *err) {
  sl_status rc = sl_checkpoint_drop_kept(run, err);
  if (rc == SL_OK) {
    rc = run->destination_ops->begin(run->destination, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_clear(run, err);
  }
  return rc == SL_OK ? run->destination_ops->commit(run->destination, err) : rc;
}

sl_status sl_checkpoint_drop_kept(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    if (run->late ? entry->has_kept : entry->staged && run->keeps) {
      struct sl_table_name name = sl_checkpoint_kept(run, entry->table);
      rc = drop(run, &name, err);
    }
  }
  return rc;
}
