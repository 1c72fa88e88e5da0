/* generations.c - see generations.h. */
#include "pipeline/generations.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/kept.h"

static bool wanted(const struct sl_run *run) {
  return run->settings->keep_generations > 0 && run->sql.dialect != NULL;
}

/* Makes the table of generations when the dataset has none. */
static sl_status ensure_table(struct sl_run *run, struct sl_error *err) {
  struct sl_schema *schema = NULL;
  struct sl_table *table = NULL;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_own_table_describe(&schema, &table, SL_GENERATIONS_TABLE, sl_kept_columns,
                                       SL_KEPT_COLUMNS, err);
  if (rc == SL_OK) {
    rc = run->store->create(run, table, &ddl, err);
  }
  rc = rc == SL_OK ? run->store->settle(run, &ddl, NULL, err) : rc;
  sl_ddl_release(&ddl);
  sl_schema_free(schema);
  return rc;
}

/* _sluice_1716000000_123456_orders, shortened as dlt shortens names. */
static sl_status name_kept(struct sl_run *run, struct sl_run_table *entry, struct sl_error *err) {
  struct sl_naming naming = run->naming;
  struct sl_buffer name = { 0 };
  struct sl_buffer whole = { 0 };
  char id[sizeof run->load_id];
  snprintf(id, sizeof id, "%s", run->load_id);
  for (char *c = id; *c != '\0'; c++) {
    *c = *c == '.' ? '_' : *c;
  }
  naming.max_length = run->sql.capabilities->max_identifier_length;
  sl_buffer_printf(&whole, "_sluice_%s_%s", id, entry->table->name);
  sl_status rc = sl_buffer_check(&whole, err);
  if (rc == SL_OK) {
    struct sl_text fragment = { whole.data, whole.length };
    rc = sl_naming_fragments(&naming, &fragment, 1, &name, err);
  }
  if (rc == SL_OK) {
    entry->kept_as = sl_arena_copy(&run->arena, name.data, name.length);
    rc = entry->kept_as != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  sl_buffer_release(&name);
  sl_buffer_release(&whole);
  return rc;
}

static bool is_replaced(const struct sl_run *run, const struct sl_run_table *entry) {
  return entry->created && !entry->new_in_load &&
         sl_schema_root(run->schema, entry->table) == run->root;
}

static struct sl_table_name kept_name(const struct sl_run *run, const struct sl_run_table *entry) {
  return (struct sl_table_name){ .dataset = run->dataset, .table = entry->kept_as };
}

sl_status sl_generations_prepare(struct sl_run *run, struct sl_error *err) {
  struct sl_statements create = { 0 };
  sl_status rc = wanted(run) ? ensure_table(run, err) : SL_OK;
  for (size_t i = 0; wanted(run) && rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    if (!is_replaced(run, entry) || entry->kept_as != NULL) {
      continue;
    }
    struct sl_table_name final = sl_run_final(run, entry->table);
    rc = name_kept(run, entry, err);
    if (rc == SL_OK) {
      struct sl_table_name kept = kept_name(run, entry);
      rc = sl_sql_create_like(&run->sql, &kept, &final, &create, err);
    }
  }
  rc = rc == SL_OK ? sl_run_execute(run, &create, err) : rc;
  sl_statements_release(&create);
  return rc;
}

/* The row of one table in _sluice_generations. */
static sl_status note(struct sl_run *run, const struct sl_run_table *entry, int64_t rows,
                      struct sl_error *err) {
  struct sl_table_name name = { .dataset = run->dataset, .table = SL_GENERATIONS_TABLE };
  struct sl_sql_target targets[SL_KEPT_COLUMNS];
  char count[24];
  snprintf(count, sizeof count, "%" PRId64, rows);
  const char *values[SL_KEPT_COLUMNS] = {
    [SL_KEPT_LOAD] = run->load_id,
    [SL_KEPT_ROOT] = run->root->name,
    [SL_KEPT_TABLE] = entry->table->name,
    [SL_KEPT_AS] = entry->kept_as,
    [SL_KEPT_ROWS] = count,
    [SL_KEPT_SCHEMA] = run->schema_name,
  };
  struct sl_statements insert = { 0 };
  struct sl_buffer sql = { 0 };
  for (size_t i = 0; i < SL_KEPT_COLUMNS; i++) {
    targets[i] = (struct sl_sql_target){ .name = sl_kept_columns[i].name };
  }
  sl_sql_insert_begin(&run->sql, &name, targets, SL_KEPT_COLUMNS, &sql);
  sl_sql_insert_row(&run->sql, true, &sql);
  for (size_t i = 0; i < SL_KEPT_COLUMNS; i++) {
    sl_buffer_text(&sql, i == 0 ? "" : ", ");
    if (values[i] == NULL || i == SL_KEPT_ROWS) {
      sl_buffer_text(&sql, values[i] == NULL ? "NULL" : values[i]);
    } else {
      sl_sql_text_literal(&run->sql, values[i], strlen(values[i]), &sql);
    }
  }
  sl_sql_insert_row_end(&run->sql, &sql);
  sl_status rc = sl_statements_add(&insert, &sql, err);
  rc = rc == SL_OK ? sl_run_execute(run, &insert, err) : rc;
  sl_statements_release(&insert);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status keep_table(struct sl_run *run, struct sl_run_table *entry, struct sl_error *err) {
  struct sl_statements copy = { 0 };
  struct sl_table_name kept = kept_name(run, entry);
  struct sl_table_name final = sl_run_final(run, entry->table);
  int64_t rows = 0;
  sl_status rc = sl_sql_keep_old(&run->sql, &final, &kept, &copy, err);
  if (rc == SL_OK) {
    rc = run->destination_ops->execute(run->destination, copy.items[0], &rows, err);
  }
  rc = rc == SL_OK ? note(run, entry, rows, err) : rc;
  if (rc != SL_OK) {
    sl_error_add_context(err, "keeping the rows of table %s", entry->table->name);
  }
  entry->is_kept = rc == SL_OK;
  sl_statements_release(&copy);
  return rc;
}

sl_status sl_generations_keep(struct sl_run *run, struct sl_error *err) {
  sl_status rc = run->late ? SL_OK : sl_generations_prepare(run, err);
  for (size_t i = 0; wanted(run) && rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    if (entry->is_kept) {
      continue;
    }
    if (is_replaced(run, entry)) {
      rc = keep_table(run, entry, err);
    } else if (entry->table == run->root) { /* new: there was nothing */
      rc = note(run, entry, 0, err);
      entry->is_kept = rc == SL_OK;
    }
  }
  return rc;
}

/* ---- the oldest ones go ---- */

static sl_status prune_root(struct sl_run *run, const char *root, struct sl_error *err) {
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_kept_list list = { 0 };
  struct sl_statements drops = { 0 };
  struct sl_statements ignored = { 0 };
  int64_t loads = 0;
  sl_status rc = sl_kept_read(&list, &place, SL_KEPT_ROOT, root, err);
  for (size_t at = 0; rc == SL_OK && at < list.n; loads++) {
    bool nothing = list.items[at].values[SL_KEPT_AS] == NULL; /* there was none before: no rows */
    bool stays = nothing || loads < run->settings->keep_generations;
    rc = sl_kept_drop(&list, &at, &place, stays ? &ignored : &drops, err);
  }
  if (rc == SL_OK && drops.count > 0) {
    rc = run->destination_ops->begin(run->destination, err);
    rc = rc == SL_OK ? sl_run_execute(run, &drops, err) : rc;
    rc = rc == SL_OK ? run->destination_ops->commit(run->destination, err) : rc;
    if (rc != SL_OK) {
      run->destination_ops->rollback(run->destination);
    }
  }
  sl_kept_release(&list);
  sl_statements_release(&drops);
  sl_statements_release(&ignored);
  return rc;
}

void sl_generations_prune(struct sl_run *run) {
  struct sl_error err;
  for (size_t i = 0; wanted(run) && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    if (entry->is_kept && entry->table->parent == NULL &&
        prune_root(run, entry->table->name, &err) != SL_OK) {
      struct sl_buffer text = { 0 };
      sl_buffer_printf(&text, "older generations of table %s could not be dropped: %s",
                       entry->table->name, err.message);
      sl_run_warn(run, text.data == NULL ? err.message : text.data);
      sl_buffer_release(&text);
    }
  }
}
