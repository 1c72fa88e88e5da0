/* finish.c - after the rows: merge from staging, system rows, commit. */
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/store.h"
#include "schema/stored.h"

/* The tables of run->root's chain that exist, parents before children. The schema keeps that order,
 * because a child table is found in its parent's rows. */
static sl_status collect_chain(struct sl_run *run, const struct sl_table ***out, size_t *n,
                               struct sl_error *err) {
  const struct sl_table **chain = sl_alloc_array(run->schema->n_tables, sizeof *chain);
  if (chain == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", run->schema->n_tables);
  }
  *n = 0;
  for (size_t i = 0; i < run->schema->n_tables; i++) {
    struct sl_table *table = run->schema->tables[i];
    int32_t at = sl_map_get(&run->table_index, table->name, strlen(table->name));
    if (at >= 0 && run->tables[at].created && sl_schema_root(run->schema, table) == run->root) {
      chain[(*n)++] = table;
    }
  }
  *out = chain;
  return SL_OK;
}

/* Child tables that got no rows in this load take part too: rows of replaced parents leave them. */
static sl_status stage_rest(struct sl_run *run, const struct sl_table *const *chain, size_t n,
                            struct sl_error *err) {
  struct sl_statements ddl = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_run_table *entry;
    rc = sl_run_table(run, sl_schema_table(run->schema, chain[i]->name), &entry, err);
    if (rc == SL_OK && !entry->staged) {
      entry->staged = true;
      rc = sl_run_stage(run, chain[i], &ddl, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &ddl, err);
  }
  sl_statements_release(&ddl);
  return rc;
}

/* What a statement of the merge does, and to which table of the chain. */
static int64_t *changed_counter(struct sl_run *run, const struct sl_table *const *chain, size_t n,
                                const char *sql) {
  static const struct {
    const char *verb;
    size_t offset;
  } verbs[] = {
    { "DELETE FROM ", offsetof(struct sl_run_table, deleted) },
    { "DELETE ", offsetof(struct sl_run_table, deleted) },
    { "INSERT INTO ", offsetof(struct sl_run_table, inserted) },
    { "MERGE INTO ", offsetof(struct sl_run_table, updated) },
    { "UPDATE ", offsetof(struct sl_run_table, updated) },
  };
  int64_t *counter = NULL;
  struct sl_buffer name = { 0 };
  for (size_t v = 0; counter == NULL && v < sizeof verbs / sizeof verbs[0]; v++) {
    size_t verb = strlen(verbs[v].verb);
    for (size_t i = 0; strncmp(sql, verbs[v].verb, verb) == 0 && i < n; i++) {
      struct sl_table_name final = sl_run_final(run, chain[i]);
      sl_buffer_reset(&name);
      sl_sql_table(&run->sql, &final, &name);
      char after = '\0';
      if (!name.failed && strncmp(sql + verb, name.data, name.length) == 0) {
        after = sql[verb + name.length];
      }
      if (after == ' ' || after == '(' || after == '\n') {
        int32_t at = sl_map_get(&run->table_index, chain[i]->name, strlen(chain[i]->name));
        counter = (int64_t *)(void *)((char *)&run->tables[at] + verbs[v].offset);
        break;
      }
    }
  }
  sl_buffer_release(&name);
  return counter;
}

static sl_status execute_merge(struct sl_run *run, const struct sl_table *const *chain, size_t n,
                               const struct sl_statements *statements, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < statements->count; i++) {
    int64_t affected = 0;
    if (sl_run_cancelled(run)) {
      return sl_run_stopped(run, err);
    }
    rc = run->destination_ops->execute(run->destination, statements->items[i], &affected, err);
    int64_t *counter = changed_counter(run, chain, n, statements->items[i]);
    if (rc == SL_OK && counter != NULL && affected > 0) {
      *counter += affected;
    }
  }
  run->merges += !run->aside; /* a late one's preparation has the same names */
  return rc;
}

/* Merges find the rows that they replace by key, and then their child rows by row key: rows of a
 * table that another program made have none so far. */
static sl_status fill_keys(struct sl_run *run, struct sl_error *err) {
  const struct sl_real_table *real = sl_real_known(&run->real, run->root->name);
  struct sl_statements update = { 0 };
  if (real == NULL || real->keyless == NULL) {
    return SL_OK;
  }
  struct sl_table_name name = sl_run_final(run, run->root);
  sl_status rc = sl_sql_fill_keys(&run->sql, &name, real->keyless, &update, err);
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &update, err);
  }
  sl_statements_release(&update);
  return rc;
}

static struct sl_merge_plan plan_of(const struct sl_run *run, const struct sl_table *const *chain,
                                    size_t n, char uid[16]) {
  uint64_t hash = sl_hash64(run->load_id, strlen(run->load_id));
  snprintf(uid, 16, "%08x", (unsigned)hash + run->merges);
  return (struct sl_merge_plan){ .schema = run->schema,
                                 .root = run->root,
                                 .chain = chain,
                                 .n_chain = n,
                                 .dataset = run->dataset,
                                 .staging = sl_run_staging,
                                 .staging_arg = run,
                                 .root_row = sl_run_numbers_roots(run) ? SL_ROOT_ROW : NULL,
                                 .uid = uid,
                                 .boundary = run->started_micros };
}

/* A step of the merge: its statements, and how they run. */
struct merge_step {
  const char *doing;
  sl_status (*write)(const struct sl_sql_context *, const struct sl_merge_plan *,
                     struct sl_statements *, struct sl_error *);
  sl_status (*run)(struct sl_run *, const struct sl_table *const *chain, size_t n,
                   const struct sl_statements *, struct sl_error *);
};

static sl_status execute_preparation(struct sl_run *run, const struct sl_table *const *chain,
                                     size_t n, const struct sl_statements *statements,
                                     struct sl_error *err) {
  (void)chain, (void)n;
  return sl_run_execute(run, statements, err);
}

static sl_status take_step(struct sl_run *run, const struct merge_step *step,
                           struct sl_error *err) {
  const struct sl_table **chain = NULL;
  size_t n = 0;
  struct sl_statements statements = { 0 };
  char uid[16];
  sl_status rc = collect_chain(run, &chain, &n, err);
  if (rc == SL_OK && n > 0) {
    rc = stage_rest(run, chain, n, err);
  }
  if (rc == SL_OK && n > 0 && step->run == execute_merge) {
    rc = fill_keys(run, err);
  }
  if (rc == SL_OK && n > 0) {
    struct sl_merge_plan plan = plan_of(run, chain, n, uid);
    rc = step->write(&run->sql, &plan, &statements, err);
  }
  if (rc == SL_OK && n > 0) {
    rc = step->run(run, chain, n, &statements, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "%s table %s", step->doing, run->root->name);
  }
  sl_statements_release(&statements);
  free(chain);
  return rc;
}

sl_status sl_run_prepare_merge(struct sl_run *run, struct sl_error *err) {
  static const struct merge_step step = { "preparing the merge of", sl_sql_merge_prepare,
                                          execute_preparation };
  return take_step(run, &step, err);
}

sl_status sl_run_merge(struct sl_run *run, struct sl_error *err) {
  static const struct merge_step step = { "merging", sl_sql_merge, execute_merge };
  sl_status rc = take_step(run, &step, err);
  return rc == SL_OK ? sl_fault(SL_FAULT_AFTER_MERGE, err) : rc;
}

static void mark_seen_data(struct sl_run *run) {
  for (size_t i = 0; i < run->n_tables; i++) {
    if (run->tables[i].rows > 0) {
      run->tables[i].table->seen_data = true;
      run->tables[i].table->evolve_columns_once = false;
    }
  }
}

/* One row in _dlt_version for each schema that the dataset has not seen. */
static sl_status write_version(struct sl_run *run, struct sl_error *err) {
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_buffer json = { 0 };
  struct sl_buffer stored = { 0 };
  bool changed = false;
  bool known = false;
  sl_status rc = sl_schema_bump_version(run->schema, &changed, err);
  if (rc == SL_OK) {
    rc = sl_store_read(&place, SL_STORE_VERSION, run->schema_name, run->schema->version_hash,
                       &stored, &known, err);
  }
  if (rc == SL_OK && !known) {
    rc = sl_schema_to_json(run->schema, SL_SCHEMA_COMPACT, &json, err);
    if (rc == SL_OK) {
      struct sl_store_row row = { .name = run->schema->name,
                                  .load_id = run->load_id,
                                  .version = run->schema->version,
                                  .engine_version = SL_SCHEMA_ENGINE_VERSION,
                                  .hash = run->schema->version_hash,
                                  .text = json.data,
                                  .created_micros = sl_now_micros() };
      rc = run->store->put(run, SL_STORE_VERSION, &row, err);
    }
  }
  sl_buffer_release(&json);
  sl_buffer_release(&stored);
  return rc;
}

static sl_status write_load(struct sl_run *run, struct sl_error *err) {
  struct sl_store_row row = { .name = run->schema_name,
                              .load_id = run->load_id,
                              .hash = run->schema->version_hash,
                              .created_micros = sl_now_micros() };
  return run->store->put(run, SL_STORE_LOAD, &row, err);
}

/* The load is over; what stays is found by the next one. */
static void end_late(struct sl_run *run) {
  struct sl_error err;
  char text[sizeof err.message + 64];
  if (sl_checkpoint_end_late(run, &err) != SL_OK) {
    run->destination_ops->rollback(run->destination);
    snprintf(text, sizeof text, "what was kept over checkpoints is removed by the next load: %s",
             err.message);
    sl_run_warn(run, text);
  }
}

sl_status sl_run_commit(struct sl_run *run, struct sl_error *err) {
  mark_seen_data(run);
  sl_status rc = sl_local_prepare(run, err);
  if (rc == SL_OK) {
    rc = write_version(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_local_write_state_row(run, err);
  }
  if (rc == SL_OK) {
    rc = write_load(run, err);
  }
  bool later = run->late && run->keeps && run->ledger->committed;
  if (rc == SL_OK && run->ledger->committed && !later) {
    rc = sl_ledger_clear(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_BEFORE_COMMIT, err);
  }
  if (rc == SL_OK && sl_run_cancelled(run)) {
    rc = sl_run_stopped(run, err);
  }
  if (rc == SL_OK) {
    run->committing = true;
    rc = run->destination_ops->commit(run->destination, err);
    bool doubtful = rc != SL_OK && err != NULL && (rc == SL_ECANCELLED || err->retryable);
    if (doubtful && run->sql.dialect != NULL) {
      rc = sl_run_settle_doubt(run, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_fault(SL_FAULT_AFTER_COMMIT, err);
  }
  if (rc == SL_OK && later) {
    end_late(run);
  }
  return rc;
}
