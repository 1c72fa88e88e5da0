/* direct.c - appends into databases where DDL ends a transaction, without waiting for the end as
 * late.c does.
 *
 * Rows whose columns are known before the first of them comes need no temporary table: their table
 * is made, or gets its columns, first, and then one transaction takes them straight to it, and the
 * system rows after them. From there on the load is what it is where DDL is part of a transaction.
 *
 * Columns that are known may turn out to be too few all the same, by a value that its type cannot
 * hold. Changing the table would commit the rows before it. So the load is rolled back and begins
 * again as a late one; only sources that can be read again get here.
 *
 * A load that fails drops the tables that it has made, for the next one may need other types. Who
 * is killed leaves them empty, and the next load fills them. */
#include "pipeline/ledger.h"
#include "pipeline/query.h"

/* Its columns are told by the outside system, or by files that count their rows, too; a sample does
 * not know its last row. */
static bool is_settled(const struct sl_source_table *table) {
  return table->schema.release != NULL && !table->documents &&
         (table->declared || (table->rows >= 0 && !table->estimate));
}

/* Nothing but appending rows of one table; what is more needs tables on its way. */
static bool may_be_direct(const struct sl_run *run, const struct sl_source_table *table) {
  const struct sl_source_ops *source = run->source_ops;
  bool alone = run->n_wanted == 1 && !source->grows;
  bool again = run->source_location != NULL && source->hints == NULL;
  return run->late && !run->not_direct && alone && again && is_settled(table) &&
         !run->ledger->continues && !run->keep_rejects && run->settings->staging == NULL &&
         run->root->disposition != SL_MERGE && sl_sql_locks_tables(&run->sql);
}

sl_status sl_direct_choose(struct sl_run *run, const struct sl_source_table *table,
                           struct sl_error *err) {
  struct sl_real_table *real = NULL;
  if (!may_be_direct(run, table)) {
    return SL_OK;
  }
  sl_status rc = sl_real_table(&run->real, run->root->name, &real, err);
  if (rc != SL_OK || (run->root->disposition == SL_REPLACE && real->exists)) {
    return rc;
  }
  run->direct = true;
  run->late = run->aside = false;
  rc = sl_run_prepare_system(run, err);
  return rc == SL_OK ? sl_ledger_prepare(run, err) : rc;
}

sl_status sl_direct_begin(struct sl_run *run, struct sl_error *err) {
  if (!run->direct || run->begun) {
    return SL_OK;
  }
  run->begun = true;
  return run->destination_ops->begin(run->destination, err);
}

sl_status sl_direct_check_change(struct sl_run *run, struct sl_error *err) {
  if (!run->begun) {
    return SL_OK;
  }
  run->outgrown = true;
  return sl_fail(err, SL_EDEST,
                 "table %s: a row needs a column that the source did not tell of: the load began "
                 "again, and its rows wait in temporary tables",
                 run->root->name);
}

/* Another load may have seen the table and put rows in. */
static sl_status drop_if_empty(struct sl_run *run, const struct sl_table_name *name,
                               struct sl_error *err) {
  struct sl_statements lock = { 0 };
  struct sl_statements drop = { 0 };
  struct sl_buffer query = { 0 };
  struct sl_buffer count = { 0 };
  bool found = false;
  sl_status rc = sl_sql_lock_table(&run->sql, name, &lock, err);
  rc = rc == SL_OK ? sl_sql_drop_table(&run->sql, name, &drop, err) : rc;
  rc = rc == SL_OK ? sl_sql_count_rows(&run->sql, name, NULL, NULL, &query, err) : rc;
  rc = rc == SL_OK ? sl_run_execute(run, &lock, err) : rc;
  rc = rc == SL_OK ? sl_query_text(run->destination, query.data, &count, &found, err) : rc;
  if (rc == SL_OK && found && strcmp(count.data, "0") == 0) {
    rc = sl_run_execute(run, &drop, err);
  }
  struct sl_error ignored;
  (void)!run->destination_ops->execute(run->destination, sl_sql_unlock_tables(&run->sql), NULL,
                                       &ignored);
  sl_buffer_release(&query);
  sl_buffer_release(&count);
  sl_statements_release(&lock);
  sl_statements_release(&drop);
  return rc;
}

/* What failed before the transaction may have been a CREATE, because another load made the table at
 * that moment. */
void sl_direct_take_back(struct sl_run *run) {
  struct sl_error ignored; /* the load's own error is the one to report */
  sl_status rc = SL_OK;
  for (size_t i = 0; run->begun && rc == SL_OK && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    const struct sl_real_table *real = sl_real_known(&run->real, entry->table->name);
    if (real != NULL && real->exists && !real->existed) {
      struct sl_table_name name = sl_run_final(run, entry->table);
      rc = drop_if_empty(run, &name, &ignored);
    }
  }
}
