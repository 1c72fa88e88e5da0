/* undo_tables.c - what an undo does to each table; see undo.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "pipeline/query.h"
#include "pipeline/rejects.h"
#include "pipeline/scope.h"
#include "pipeline/undo_internal.h"

static const char LOAD_ID[] = "_dlt_load_id";

static struct sl_table_name final_name(const struct sl_undo_run *run, const char *table) {
  return (struct sl_table_name){ .dataset = run->target.dataset, .table = table };
}

/* Rows of the table that are of the load, or all. */
static sl_status count_rows(struct sl_undo_run *run, const char *table, bool of_load,
                            int64_t *count, struct sl_error *err) {
  const struct sl_sql_context *sql = &run->target.sql;
  struct sl_table_name name = final_name(run, table);
  struct sl_buffer text = { 0 };
  struct sl_buffer found = { 0 };
  bool any = false;
  sl_status rc = sl_sql_count_rows(sql, &name, of_load ? LOAD_ID : NULL, run->load_id, &text, err);
  if (rc == SL_OK) {
    rc = sl_query_text(run->target.destination, text.data, &found, &any, err);
  }
  *count = any ? strtoll(found.data, NULL, 10) : 0;
  sl_buffer_release(&text);
  sl_buffer_release(&found);
  return rc;
}

static const struct sl_kept *kept_of(const struct sl_undo_run *run, enum sl_kept_column column,
                                     const char *name) {
  for (size_t i = 0; i < run->kept.n; i++) {
    if (strcmp(run->kept.items[i].values[column], name) == 0) {
      return &run->kept.items[i];
    }
  }
  return NULL;
}

static sl_status refuse_merged(const struct sl_undo_run *run, const struct sl_table *root,
                               int64_t rows, struct sl_error *err) {
  bool merged = sl_table_disposition(run->schema, root) == SL_MERGE;
  return sl_fail(
      err, SL_EUSAGE,
      "load %s %s table %s (%" PRId64
      " rows are of it), and what these rows took the place of was not kept: nothing was "
      "changed. %s",
      run->load_id, merged ? "merged rows into" : "replaced", root->name, rows,
      merged ? "Load the earlier rows again; replace with --keep-generations can be "
               "undone"
             : "Load the earlier rows again; with --keep-generations N a later replace "
               "can be undone");
}

/* What becomes of a root table and its children. */
static sl_status decide(struct sl_undo_run *run, const struct sl_table *root,
                        enum sl_undo_action *action, struct sl_error *err) {
  bool dated = sl_table_column(root, LOAD_ID) != NULL;
  int64_t rows = 0;
  int64_t all = 0;
  sl_status rc = dated ? count_rows(run, root->name, true, &rows, err) : SL_OK;
  if (rc == SL_OK && kept_of(run, SL_KEPT_ROOT, root->name) != NULL) {
    *action = SL_UNDO_RESTORE;
    rc = dated ? count_rows(run, root->name, false, &all, err) : SL_OK;
    return rc != SL_OK || all == rows
               ? rc
               : sl_fail(err, SL_EUSAGE,
                         "table %s was replaced by load %s, and has %" PRId64
                         " rows that others have added since: nothing was changed. Take them out "
                         "first if they are not needed",
                         root->name, run->load_id, all - rows);
  }
  if (rc == SL_OK && !dated) {
    return sl_fail(err, SL_EUSAGE,
                   "the rows of table %s do not say which load they are of (it has no "
                   "_dlt_load_id), so load %s cannot be undone: nothing was changed",
                   root->name, run->load_id);
  }
  *action = rows > 0 ? SL_UNDO_DELETE : SL_UNDO_NOTHING;
  return rc == SL_OK && rows > 0 && sl_table_disposition(run->schema, root) != SL_APPEND
             ? refuse_merged(run, root, rows, err)
             : rc;
}

static sl_status add_table(struct sl_undo_run *run, const char *name, const struct sl_table *table,
                           enum sl_undo_action action, struct sl_error *err) {
  sl_status rc = sl_grow(&run->tables, &run->capacity, run->n_tables + 1, sizeof *run->tables, err);
  if (rc == SL_OK) {
    const struct sl_kept *kept =
        action == SL_UNDO_RESTORE ? kept_of(run, SL_KEPT_TABLE, name) : NULL;
    run->tables[run->n_tables++] =
        (struct sl_undo_table){ .name = name,
                                .table = table,
                                .kept_as = kept == NULL ? NULL : kept->values[SL_KEPT_AS],
                                .action = action };
  }
  return rc;
}

static sl_status plan_table(struct sl_undo_run *run, const struct sl_table *table,
                            struct sl_error *err) {
  struct sl_table_name name = final_name(run, table->name);
  enum sl_undo_action action = SL_UNDO_NOTHING;
  bool exists = false;
  sl_status rc = SL_OK;
  if (table->parent == NULL) {
    rc = sl_query_exists(run->target.destination, &name, &exists, err);
    rc = rc == SL_OK && exists ? decide(run, table, &action, err) : rc;
  } else { /* as its parent, which comes before it */
    for (size_t i = 0; i < run->n_tables; i++) {
      if (run->tables[i].table == sl_schema_table(run->schema, table->parent)) {
        action = run->tables[i].action;
      }
    }
    if (action != SL_UNDO_NOTHING) {
      rc = sl_query_exists(run->target.destination, &name, &exists, err);
    }
  }
  return rc == SL_OK && exists && action != SL_UNDO_NOTHING
             ? add_table(run, table->name, table, action, err)
             : rc;
}

sl_status sl_undo_plan(struct sl_undo_run *run, struct sl_error *err) {
  struct sl_store_place place = sl_target_place(&run->target);
  sl_status rc = sl_kept_read(&run->kept, &place, SL_KEPT_LOAD, run->load_id, err);
  for (size_t i = 0; rc == SL_OK && i < run->schema->n_tables; i++) {
    const struct sl_table *table = run->schema->tables[i];
    if (strncmp(table->name, "_dlt_", 5) != 0 && !sl_table_is_new(table)) {
      rc = plan_table(run, table, err);
    }
  }
  struct sl_table_name rejects = final_name(run, SL_REJECTS_TABLE);
  bool exists = false;
  int64_t rows = 0;
  if (rc == SL_OK) {
    rc = sl_query_exists(run->target.destination, &rejects, &exists, err);
  }
  if (rc == SL_OK && exists) {
    rc = count_rows(run, SL_REJECTS_TABLE, true, &rows, err);
  }
  return rc == SL_OK && rows > 0 ? add_table(run, SL_REJECTS_TABLE, NULL, SL_UNDO_DELETE, err) : rc;
}

/* ---- doing it ---- */

static sl_status execute_counted(struct sl_undo_run *run, struct sl_statements *sql, int64_t *count,
                                 struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sql->count; i++) {
    int64_t affected = 0;
    rc = run->target.ops->execute(run->target.destination, sql->items[i], &affected, err);
    *count += affected > 0 ? affected : 0;
  }
  sl_statements_release(sql);
  return rc;
}

static sl_status delete_rows(struct sl_undo_run *run, struct sl_undo_table *t,
                             struct sl_error *err) {
  const struct sl_sql_context *sql = &run->target.sql;
  struct sl_table_name name = final_name(run, t->name);
  struct sl_statements statements = { 0 };
  struct sl_buffer text = { 0 };
  const char *reason = NULL;
  sl_status rc;
  if (t->action == SL_UNDO_RESTORE) {
    rc = sl_sql_delete_all(sql, &name, &statements, err);
  } else if (t->table == NULL) {
    rc = sl_sql_delete_where(sql, &name, LOAD_ID, run->load_id, &statements, err);
  } else {
    const struct sl_scope scope = { sql, run->schema, run->target.dataset, run->load_id };
    sl_buffer_text(&text, "DELETE FROM ");
    sl_sql_table(sql, &name, &text);
    sl_buffer_text(&text, " WHERE ");
    reason = sl_scope_of_load(&scope, t->table, &text);
    rc = reason == NULL ? sl_statements_add(&statements, &text, err)
                        : sl_fail(err, SL_EUSAGE, "table %s: %s, so load %s cannot be undone",
                                  t->name, reason, run->load_id);
  }
  rc = rc == SL_OK ? execute_counted(run, &statements, &t->removed, err) : rc;
  sl_statements_release(&statements);
  sl_buffer_release(&text);
  return rc;
}

static sl_status restore_rows(struct sl_undo_run *run, struct sl_undo_table *t,
                              struct sl_error *err) {
  struct sl_table_name to = final_name(run, t->name);
  struct sl_table_name from = final_name(run, t->kept_as);
  struct sl_statements statements = { 0 };
  struct ArrowSchema columns = { 0 };
  sl_status rc = run->target.ops->describe(run->target.destination, &from, &columns, err);
  if (rc == SL_OK && columns.release == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "the table %s.%s with the earlier rows of %s is not there any more: nothing was "
                 "changed",
                 run->target.dataset, t->kept_as, t->name);
  }
  if (rc == SL_OK) {
    rc = sl_sql_copy_columns(&run->target.sql, &from, &to, &columns, &statements, err);
  }
  rc = rc == SL_OK ? execute_counted(run, &statements, &t->restored, err) : rc;
  if (columns.release != NULL) {
    columns.release(&columns);
  }
  sl_statements_release(&statements);
  return rc;
}

sl_status sl_undo_rows(struct sl_undo_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = run->n_tables; rc == SL_OK && i-- > 0;) {
    rc = delete_rows(run, &run->tables[i], err);
  }
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    if (run->tables[i].kept_as != NULL) {
      rc = restore_rows(run, &run->tables[i], err);
    }
  }
  return rc;
}
