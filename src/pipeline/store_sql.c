/* store_sql.c - the store of destinations that speak SQL; see store.h. What takes more than a few
 * statements is in system.c (tables), finish.c (merge) and real.c (what is really there). */
#include "pipeline/ledger.h"
#include "pipeline/query.h"
#include "pipeline/store.h"

static sl_status begin(struct sl_run *run, struct sl_error *err) {
  if (!run->sql.capabilities->supports_transactions) {
    sl_run_warn(run,
                "the destination has no transactions: rows of a load that fails half-way stay; "
                "they have a _dlt_load_id that is not in _dlt_loads");
  }
  run->late = run->sql.capabilities->supports_transactions &&
              !run->sql.capabilities->supports_ddl_transactions;
  return run->late ? SL_OK : run->destination_ops->begin(run->destination, err);
}

static sl_status select_row(const struct sl_store_place *place, enum sl_store_kind kind,
                            const char *name, const char *key, struct sl_buffer *sql,
                            struct sl_error *err) {
  switch (kind) {
    case SL_STORE_STATE:
      return sl_sql_select_state(place->sql, place->dataset, name, "state", sql, err);
    case SL_STORE_LOAD: return sl_sql_select_load(place->sql, place->dataset, key, sql, err);
    default:
      return key == NULL ? sl_sql_select_schema(place->sql, place->dataset, name, sql, err)
                         : sl_sql_select_version(place->sql, place->dataset, key, sql, err);
  }
}

static sl_status read_row(const struct sl_store_place *place, enum sl_store_kind kind,
                          const char *name, const char *key, struct sl_buffer *out, bool *found,
                          struct sl_error *err) {
  static const char *const tables[] = { [SL_STORE_VERSION] = "_dlt_version",
                                        [SL_STORE_STATE] = "_dlt_pipeline_state",
                                        [SL_STORE_LOAD] = "_dlt_loads" };
  struct sl_table_name table = { .dataset = place->dataset, .table = tables[kind] };
  struct sl_buffer sql = { 0 };
  bool exists = false;
  *found = false;
  sl_status rc = sl_query_exists(place->destination, &table, &exists, err);
  if (rc == SL_OK && exists) {
    rc = select_row(place, kind, name, key, &sql, err);
    if (rc == SL_OK) {
      rc = sl_query_text(place->destination, sql.data, out, found, err);
    }
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status put(struct sl_run *run, enum sl_store_kind kind, const struct sl_store_row *row,
                     struct sl_error *err) {
  struct sl_statements sql = { 0 };
  sl_status rc;
  if (kind == SL_STORE_VERSION) {
    rc = sl_sql_insert_version(&run->sql, run->dataset, run->schema, row->text, row->created_micros,
                               &sql, err);
  } else if (kind == SL_STORE_STATE) {
    struct sl_state_row state = { .version = row->version,
                                  .engine_version = (int)row->engine_version,
                                  .pipeline = row->name,
                                  .state = row->text,
                                  .version_hash = row->hash,
                                  .load_id = row->load_id,
                                  .row_id = row->row_id,
                                  .created_at = row->created_micros };
    rc = sl_sql_insert_state(&run->sql, run->dataset, &state, &sql, err);
  } else {
    rc = sl_sql_insert_load(&run->sql, run->dataset, row->load_id, row->name, row->hash,
                            row->created_micros, &sql, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &sql, err);
  }
  sl_statements_release(&sql);
  return rc;
}

/* The engine does them all alike, in the load's transaction; but what the destination does not
 * promise is not tested there, and would not be what the user asked for. */
static sl_status check_replace(const struct sl_run *run, struct sl_error *err) {
  const char *name = run->table_settings.strategy;
  uint32_t promised = run->sql.capabilities->replace_strategies;
  enum sl_replace_strategy strategy =
      name == NULL ? SL_REPLACE_UNSET : sl_replace_strategy_from_name(name);
  if (strategy == SL_REPLACE_UNSET || (promised >> strategy & 1) != 0) {
    return SL_OK;
  }
  struct sl_buffer others = { 0 };
  for (int s = SL_REPLACE_TRUNCATE; s <= SL_REPLACE_OPTIMIZED; s++) {
    if ((promised >> s & 1) != 0) {
      sl_buffer_printf(&others, "%s%s", others.length > 0 ? " or " : "",
                       sl_replace_strategy_name((enum sl_replace_strategy)s));
    }
  }
  sl_fail(err, SL_EUSAGE,
          "table %s: this destination cannot replace with strategy %s; choose --strategy %s",
          run->root->name, name, others.data == NULL ? "" : others.data);
  sl_buffer_release(&others);
  return SL_EUSAGE;
}

static sl_status check(struct sl_run *run, struct sl_error *err) {
  const struct sl_capabilities *caps = run->sql.capabilities;
  run->merging = run->root->disposition == SL_MERGE;
  if (run->root->disposition == SL_REPLACE && caps->replace_strategies == 0) {
    return sl_fail(err, SL_EUSAGE,
                   "table %s: this destination cannot replace rows in one step: it has no "
                   "transactions. Append, or load into another table (--as)",
                   run->root->name);
  }
  return run->merging ? sl_sql_merge_check(&run->sql, run->schema, run->root, err)
         : run->root->disposition == SL_REPLACE ? check_replace(run, err)
                                                : SL_OK;
}

static sl_status replace(struct sl_run *run, bool rows_are_in, struct sl_error *err) {
  return run->aside || rows_are_in == sl_sql_deletes_first(&run->sql)
             ? SL_OK
             : sl_run_delete_replaced(run, err);
}

static sl_status create(struct sl_run *run, const struct sl_table *table, struct sl_ddl *out,
                        struct sl_error *err) {
  return sl_ddl_create(out, &run->sql, run->dataset, table, err);
}

static sl_status alter(struct sl_run *run, const struct sl_run_table *entry,
                       const struct sl_column *const *columns, size_t n, struct sl_ddl *out,
                       struct sl_error *err) {
  sl_status rc = sl_ddl_add(out, entry->table, columns, n, err);
  if (rc == SL_OK && entry->staged) {
    struct sl_table_name name = sl_run_staging(entry->table, run);
    struct sl_statements add = { 0 };
    rc = sl_sql_add_columns(&run->sql, &name, columns, n, &add, err);
    rc = rc == SL_OK ? sl_ddl_statements(out, &add, true, err) : rc;
    sl_statements_release(&add);
  }
  return rc;
}

static sl_status retype(struct sl_run *run, const struct sl_run_table *entry,
                        const struct sl_column *column, struct sl_ddl *out, struct sl_error *err) {
  struct sl_table_name name = sl_run_final(run, entry->table);
  struct sl_statements statements = { 0 };
  bool waits = run->aside && run->planned == NULL;
  sl_status rc = SL_OK;
  if (!waits || !entry->new_in_load) { /* else it is made at the end, as it is then */
    rc = sl_sql_alter_type(&run->sql, &name, column, waits ? &run->late_types : &statements, err);
    rc = rc == SL_OK ? sl_ddl_statements(out, &statements, false, err) : rc;
  }
  if (rc == SL_OK && entry->staged) {
    name = sl_run_staging(entry->table, run);
    rc = sl_sql_alter_type(&run->sql, &name, column, &statements, err);
    rc = rc == SL_OK ? sl_ddl_statements(out, &statements, true, err) : rc;
  }
  if (rc == SL_OK && run->late && entry->has_kept) {
    name = sl_checkpoint_kept(run, entry->table);
    rc = sl_sql_alter_type(&run->sql, &name, column, &statements, err);
    rc = rc == SL_OK ? sl_ddl_statements(out, &statements, true, err) : rc;
  }
  sl_statements_release(&statements);
  return rc;
}

static sl_status settle(struct sl_run *run, const struct sl_ddl *ddl, struct sl_statements *planned,
                        struct sl_error *err) {
  struct sl_statements statements = { 0 };
  struct sl_statements staging = { 0 };
  sl_status rc =
      sl_real_settle(&run->real, ddl, planned != NULL ? planned : &statements, &staging, err);
  if (rc == SL_OK && statements.count > 0) {
    rc = sl_direct_check_change(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_change(run, &statements, err);
  }
  if (rc == SL_OK && planned == NULL) {
    rc = sl_run_execute(run, &staging, err);
  }
  sl_statements_release(&statements);
  sl_statements_release(&staging);
  return rc;
}

const struct sl_store sl_store_sql = {
  .begin = begin,
  .read = read_row,
  .put = put,
  .prepare = sl_run_prepare_dataset,
  .check = check,
  .update_chain = sl_run_update_chain,
  .create_empty = sl_run_create_empty,
  .replace = replace,
  .create = create,
  .alter = alter,
  .retype = retype,
  .settle = settle,
};
