/* system.c - what the dataset already holds, and what it needs before rows flow.
 *
 * The destination is the truth: a schema stored there wins over anything local, because only it was
 * committed together with the rows. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/generations.h"
#include "pipeline/local.h"
#include "pipeline/package.h"
#include "pipeline/query.h"
#include "pipeline/store.h"
#include "schema/stored.h"

sl_status sl_run_restore(struct sl_run *run, struct sl_error *err) {
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_buffer newest = { 0 };
  bool found = false;
  if (!sl_store_remembers(run->destination_ops)) {
    return run->local == NULL ? SL_OK : sl_local_load_schema(run, err);
  }
  sl_status rc = sl_store_schema(&place, run->schema_name, &run->schema, err);
  if (rc == SL_OK && run->schema != NULL && run->sql.dialect != NULL) {
    rc = sl_store_read(&place, SL_STORE_LOAD, run->schema_name, NULL, &newest, &found, err);
  }
  if (rc == SL_OK && found) {
    sl_load_id_raise(run->load_id, newest.data);
  }
  sl_buffer_release(&newest);
  return rc;
}

/* Creates the table, or adds what a dataset of an older dlt lacks. */
static sl_status ensure_system_table(struct sl_run *run, const char *name, struct sl_error *err) {
  struct sl_table *table = sl_schema_table(run->schema, name);
  struct sl_ddl ddl = { 0 };
  sl_status rc = table == NULL ? sl_fail(err, SL_EINTERNAL, "the schema has no table %s", name)
                               : sl_ddl_create(&ddl, &run->sql, run->dataset, table, err);
  if (rc == SL_OK) {
    rc = run->store->settle(run, &ddl, NULL, err);
  }
  sl_ddl_release(&ddl);
  return rc;
}

/* Adds columns that the schema has and the stored table lacks. */
static sl_status update_table(struct sl_run *run, struct sl_table *table, struct sl_error *err) {
  struct sl_statements ddl = { 0 };
  struct sl_real_table *real;
  struct sl_run_table *entry;
  sl_status rc = sl_real_table(&run->real, table->name, &real, err);
  if (rc != SL_OK || !real->exists) {
    return rc; /* not there: created when rows come */
  }
  rc = sl_run_table(run, table, &entry, err);
  if (rc == SL_OK) {
    entry->created = true;
    rc = sl_real_update(&run->real, table, run->planned != NULL ? run->planned : &ddl, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_change(run, &ddl, err);
    entry->new_columns = real->added;
  }
  sl_statements_release(&ddl);
  return rc;
}

/* Not when it is there: who may write into a dataset may not always create one. */
sl_status sl_run_prepare_dataset(struct sl_run *run, struct sl_error *err) {
  struct sl_table_name versions = { .dataset = run->dataset, .table = "_dlt_version" };
  struct sl_statements ddl = { 0 };
  bool exists = false;
  sl_status rc = sl_query_exists(run->destination, &versions, &exists, err);
  if (rc == SL_OK && !exists) {
    rc = sl_sql_create_dataset(&run->sql, run->dataset, &ddl, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &ddl, err);
  }
  sl_statements_release(&ddl);
  return rc == SL_OK && !run->late ? sl_run_prepare_system(run, err) : rc;
}

sl_status sl_run_prepare_system(struct sl_run *run, struct sl_error *err) {
  static const char *const system_tables[] = { "_dlt_version", "_dlt_loads",
                                               "_dlt_pipeline_state" };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof system_tables / sizeof system_tables[0]; i++) {
    rc = ensure_system_table(run, system_tables[i], err);
  }
  return rc;
}

sl_status sl_run_update_chain(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->schema->n_tables; i++) {
    struct sl_table *table = run->schema->tables[i];
    if (sl_schema_root(run->schema, table) == run->root) {
      rc = update_table(run, table, err);
    }
  }
  return rc;
}

sl_status sl_run_create_empty(struct sl_run *run, struct sl_error *err) {
  struct sl_run_table *entry;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_run_table(run, run->root, &entry, err);
  if (rc != SL_OK || entry->created) {
    return rc;
  }
  entry->created = true;
  entry->new_in_load = true;
  rc = sl_ddl_create(&ddl, &run->sql, run->dataset, run->root, err);
  if (rc == SL_OK) {
    rc = run->store->settle(run, &ddl, run->planned, err);
  }
  sl_ddl_release(&ddl);
  return rc;
}

/* Deletes the rows of one table that were there before this load, and counts them. */
static sl_status delete_replaced_rows(struct sl_run *run, struct sl_run_table *entry,
                                      struct sl_error *err) {
  struct sl_statements sql = { 0 };
  struct sl_table_name name = sl_run_final(run, entry->table);
  sl_status rc = sl_sql_delete_old(&run->sql, &name, &sql, err);
  for (size_t i = 0; rc == SL_OK && i < sql.count; i++) {
    int64_t affected = -1;
    rc = run->destination_ops->execute(run->destination, sql.items[i], &affected, err);
    entry->deleted += affected > 0 ? affected : 0;
  }
  sl_statements_release(&sql);
  return rc;
}

sl_status sl_run_delete_replaced(struct sl_run *run, struct sl_error *err) {
  sl_status rc = sl_generations_keep(run, err);
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    if (entry->created && !entry->new_in_load &&
        sl_schema_root(run->schema, entry->table) == run->root) {
      rc = delete_replaced_rows(run, entry, err);
    }
  }
  return rc == SL_OK ? sl_fault(SL_FAULT_AFTER_REPLACE, err) : rc;
}

sl_status sl_run_refuse_emptied(struct sl_run *run, struct sl_error *err) {
  struct sl_run_table *entry;
  sl_status rc = sl_run_table(run, run->root, &entry, err);
  const char *allowed = run->settings->allow_empty;
  if (rc != SL_OK || run->settings->allow_empty_replace || entry->rows > 0 || entry->deleted == 0 ||
      (allowed != NULL && sl_text_glob_list(allowed, run->root->name))) {
    return rc;
  }
  return sl_fail(err, SL_EDATA,
                 "the source gave no row, and the table %s that it replaces holds %" PRId64
                 ": nothing was changed; --allow-empty %s empties it, --allow-empty-replace any "
                 "table",
                 run->root->name, entry->deleted, run->root->name);
}
