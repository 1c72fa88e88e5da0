/* manage_destination.c - `pipeline sync` and `pipeline drop`: the parts that talk to the
 * destination. */
#include <stdlib.h>

#include "base/memory.h"
#include "pipeline/dataset_lock.h"
#include "pipeline/kept.h"
#include "pipeline/lock.h"
#include "pipeline/manage_internal.h"
#include "pipeline/target.h"

static sl_status open_target(const struct sl_manage *m, const struct sl_state *state,
                             struct sl_target *t, struct sl_error *err) {
  t->dataset = m->dataset != NULL ? m->dataset : sl_state_text(state, "dataset_name");
  t->schema = sl_state_text(state, "default_schema_name");
  t->pipeline = m->name;
  return t->dataset == NULL || t->schema == NULL
             ? sl_fail(err, SL_EUSAGE, "the state of %s names no dataset: give one with --dataset",
                       m->name)
             : sl_target_open(t, m->destination, false, err);
}

static sl_status need_destination(const struct sl_manage *m, struct sl_error *err) {
  return m->destination != NULL
             ? SL_OK
             : sl_fail(err, SL_EUSAGE, "say where the data of %s is: --destination duckdb:PATH",
                       m->name);
}

sl_status sl_manage_sync(const struct sl_manage *m, struct sl_buffer *out, struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  struct sl_state *state = NULL;
  struct sl_schema *schema = NULL;
  struct sl_target t = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  sl_status rc = need_destination(m, err);
  if (rc == SL_OK) {
    rc = sl_manage_open(m, &dir, err);
  }
  if (rc == SL_OK) {
    rc = sl_lock_take(&lock, &dir, 0, err);
  }
  if (rc == SL_OK) {
    rc = sl_manage_read_state(&dir, &state, err);
  }
  if (rc == SL_OK) {
    rc = open_target(m, state, &t, err);
  }
  if (rc == SL_OK) {
    rc = sl_target_begin(&t, err);
  }
  if (rc == SL_OK) {
    rc = sl_target_schema(&t, &schema, err);
  }
  if (rc == SL_OK && schema == NULL) {
    rc = sl_fail(err, SL_ENOTFOUND, "dataset %s holds no schema %s", t.dataset, t.schema);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_save_schema(&dir, schema, err);
    sl_buffer_printf(out, "Schema %s version %lld taken from dataset %s.\n", schema->name,
                     (long long)schema->version, t.dataset);
  }
  sl_schema_free(schema);
  sl_target_close(&t);
  sl_state_free(state);
  sl_lock_release(&lock);
  sl_workdir_release(&dir);
  return rc;
}

/* Drops the tables and what is stored of the schema; no commit. */
static sl_status drop_by_sql(struct sl_target *t, const char *schema, const char *const *tables,
                             size_t n, struct sl_error *err) {
  struct sl_store_place place = sl_target_place(t);
  struct sl_statements drops = { 0 };
  struct sl_kept_list kept = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_table_name name = { .dataset = t->dataset, .table = tables[i] };
    rc = sl_sql_drop_table(&t->sql, &name, &drops, err);
  }
  static const struct {
    const char *table, *column;
  } rows[] = { { "_dlt_version", "schema_name" }, { "_dlt_loads", "schema_name" } };
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    struct sl_table_name name = { .dataset = t->dataset, .table = rows[i].table };
    rc = sl_sql_delete_where(&t->sql, &name, rows[i].column, schema, &drops, err);
  }
  if (rc == SL_OK) {
    rc = sl_kept_read(&kept, &place, SL_KEPT_SCHEMA, schema, err);
  }
  for (size_t at = 0; rc == SL_OK && at < kept.n;) {
    rc = sl_kept_drop(&kept, &at, &place, &drops, err);
  }
  rc = rc == SL_OK ? sl_target_execute(t, &drops, err) : rc;
  sl_statements_release(&drops);
  sl_kept_release(&kept);
  return rc;
}

static sl_status drop_tables(struct sl_target *t, const struct sl_schema *schema,
                             struct sl_buffer *out, struct sl_error *err) {
  const char **tables = sl_alloc_array(schema->n_tables, sizeof *tables);
  size_t n = 0;
  sl_status rc = tables == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for tables") : SL_OK;
  for (size_t i = rc == SL_OK ? schema->n_tables : 0; i-- > 0;) {
    const char *table = schema->tables[i]->name;
    if (strncmp(table, "_dlt_", 5) != 0) { /* other pipelines may share those */
      tables[n++] = table;
    }
  }
  if (rc == SL_OK && t->ops->store == NULL) {
    rc = drop_by_sql(t, schema->name, tables, n, err);
  } else if (rc == SL_OK && t->ops->store->drop != NULL) {
    rc = t->ops->store->drop(t->destination, tables, n, err);
  }
  if (rc == SL_OK) {
    rc = t->ops->commit(t->destination, err);
  } else {
    t->ops->rollback(t->destination);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    sl_buffer_printf(out, "Dropped table %s.%s\n", t->dataset, tables[i]);
  }
  free(tables);
  return rc;
}

sl_status sl_manage_drop(const struct sl_manage *m, struct sl_buffer *out, struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  struct sl_state *state = NULL;
  struct sl_schema *schema = NULL;
  struct sl_target t = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  sl_status rc = sl_manage_open(m, &dir, err);
  if (rc == SL_OK) {
    rc = sl_lock_take(&lock, &dir, 0, err);
  }
  if (rc == SL_OK) {
    rc = sl_manage_read_state(&dir, &state, err);
  }
  if (rc == SL_OK && m->destination != NULL) {
    rc = open_target(m, state, &t, err);
    rc = rc == SL_OK ? sl_dataset_lock_target(&t, err) : rc;
    rc = rc == SL_OK ? sl_target_begin(&t, err) : rc;
    rc = rc == SL_OK ? sl_target_schema(&t, &schema, err) : rc;
    if (rc == SL_OK && schema != NULL) {
      rc = drop_tables(&t, schema, out, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_workdir_delete(&dir, err);
    sl_buffer_printf(
        out, "Dropped the local state of pipeline %s%s\n", m->name,
        m->destination == NULL ? " (no --destination was given: its tables stay)" : "");
  }
  sl_schema_free(schema);
  sl_target_close(&t);
  sl_state_free(state);
  sl_lock_release(&lock);
  sl_workdir_release(&dir);
  return rc;
}
