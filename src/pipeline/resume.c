/* resume.c - a load that takes the place of one that was killed, or clears up behind it; see
 * ledger.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/query.h"
#include "pipeline/rejects.h"
#include "pipeline/store.h"

static void note(struct sl_run *run, const char *format, ...) SL_PRINTF(2, 3);
static void note(struct sl_run *run, const char *format, ...) {
  char text[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  sl_run_note(run, text);
}

static sl_status load_id_column(const struct sl_run *run, struct sl_buffer *out,
                                struct sl_error *err) {
  struct sl_naming naming;
  sl_status rc = sl_naming_init(&naming, run->schema->naming, 0, err);
  return rc == SL_OK ? sl_naming_identifier(&naming, sl_text_of("_dlt_load_id"), out, err) : rc;
}

static bool is_kept(const struct sl_run *run, const struct sl_run_table *entry) {
  return run->late ? entry->has_kept : entry->staged;
}

/* ---- is it all still there? ---- */

static sl_status count(struct sl_run *run, const struct sl_table_name *name, const char *column,
                       int64_t *out, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_buffer text = { 0 };
  bool found = false;
  sl_status rc = sl_query_exists(run->destination, name, &found, err);
  *out = -1;
  if (rc == SL_OK && found) {
    rc = sl_sql_count_rows(&run->sql, name, column, run->load_id, &sql, err);
    rc = rc == SL_OK ? sl_query_text(run->destination, sql.data, &text, &found, err) : rc;
    *out = rc == SL_OK && found ? strtoll(text.data, NULL, 10) : -1;
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&text);
  return rc;
}

/* The rows that the ledger knows may have been deleted by somebody since. Nested rows in their
 * final tables cannot be told by load: their tables must be there. */
static sl_status check_rows(struct sl_run *run, bool *whole, struct sl_error *err) {
  struct sl_buffer column = { 0 };
  sl_status rc = load_id_column(run, &column, err);
  *whole = true;
  for (size_t i = 0; rc == SL_OK && *whole && i < run->n_tables; i++) {
    const struct sl_run_table *entry = &run->tables[i];
    bool kept = is_kept(run, entry);
    bool root = entry->table->parent == NULL;
    struct sl_table_name name =
        kept ? sl_checkpoint_kept(run, entry->table) : sl_run_final(run, entry->table);
    int64_t rows = 0;
    if (entry->rows > 0) {
      rc = count(run, &name, root && !kept ? column.data : NULL, &rows, err);
      *whole = root || kept ? rows == entry->rows : rows >= entry->rows;
    }
  }
  sl_buffer_release(&column);
  return rc;
}

/* ---- giving up ---- */

static sl_status delete_rejects(struct sl_run *run, struct sl_statements *out,
                                struct sl_error *err) {
  static char rejects[] = SL_REJECTS_TABLE;
  const struct sl_table table = { .name = rejects };
  struct sl_table_name name = sl_run_final(run, &table);
  bool exists = false;
  sl_status rc =
      run->counters.rejected > 0 ? sl_query_exists(run->destination, &name, &exists, err) : SL_OK;
  return rc == SL_OK && exists ? sl_sql_delete_load(&run->sql, run->dataset, run->schema, &table,
                                                    "_dlt_load_id", run->load_id, out, err)
                               : rc;
}

/* What removes the rows of the chain of a root; of all with NULL. Nested tables come after their
 * parents in the run's tables. */
static sl_status removal(struct sl_run *run, const struct sl_table *root,
                         struct sl_statements *drops, struct sl_statements *deletes,
                         struct sl_error *err) {
  struct sl_buffer column = { 0 };
  sl_status rc = load_id_column(run, &column, err);
  for (size_t i = run->n_tables; rc == SL_OK && i > 0; i--) {
    const struct sl_run_table *entry = &run->tables[i - 1];
    struct sl_table_name name = is_kept(run, entry) ? sl_checkpoint_kept(run, entry->table)
                                                    : sl_run_final(run, entry->table);
    bool exists = false;
    if (root != NULL && sl_schema_root(run->schema, entry->table) != root) {
      continue;
    }
    if (is_kept(run, entry) || entry->rows > 0) {
      rc = sl_query_exists(run->destination, &name, &exists, err);
    }
    if (rc == SL_OK && exists && is_kept(run, entry)) {
      rc = sl_sql_drop_table(&run->sql, &name, drops, err);
    } else if (rc == SL_OK && exists) {
      rc = sl_sql_delete_load(&run->sql, run->dataset, run->schema, entry->table, column.data,
                              run->load_id, deletes, err);
    }
  }
  sl_buffer_release(&column);
  return rc;
}

/* The run as it was before it took over what the ledger says. */
static sl_status forget(struct sl_run *run, struct sl_error *err) {
  struct sl_ledger *old = run->ledger;
  bool exists = old->exists;
  sl_schema_free(run->schema);
  run->schema = NULL;
  sl_map_release(&run->table_index);
  run->n_tables = 0;
  run->discarded_rows = run->discarded_values = 0;
  run->counters = (struct sl_counters){ 0 };
  run->keeps = false;
  sl_statements_release(&run->late_types);
  sl_tallies_release(&run->tallies);
  snprintf(run->load_id, sizeof run->load_id, "%s", old->own_id);
  sl_ledger_free(old);
  run->ledger = NULL;
  sl_status rc = sl_ledger_new(run, err);
  if (rc == SL_OK) {
    run->ledger->exists = exists;
    rc = sl_run_restore(run, err);
  }
  return rc;
}

static sl_status abandon_plain(struct sl_run *run, struct sl_error *err) {
  sl_status rc = run->destination_ops->settle(run->destination, NULL, err);
  return rc == SL_OK ? forget(run, err) : rc;
}

/* A transaction of its own: some databases do not alter a table that the same one has deleted
 * from. */
static sl_status abandon(struct sl_run *run, struct sl_error *err) {
  struct sl_statements drops = { 0 };
  struct sl_statements deletes = { 0 };
  const struct sl_destination_ops *ops = run->destination_ops;
  if (run->sql.dialect == NULL) {
    return abandon_plain(run, err);
  }
  sl_status rc = removal(run, NULL, &drops, &deletes, err);
  if (rc == SL_OK) {
    rc = delete_rejects(run, &deletes, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &drops, err);
  }
  if (rc == SL_OK && run->late) {
    rc = ops->begin(run->destination, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &deletes, err);
  }
  if (rc == SL_OK) {
    rc = sl_ledger_clear(run, err);
  }
  if (rc == SL_OK) {
    rc = ops->commit(run->destination, err);
  }
  if (rc == SL_OK && !run->late) {
    rc = ops->begin(run->destination, err);
  }
  sl_statements_release(&drops);
  sl_statements_release(&deletes);
  if (rc != SL_OK) {
    return sl_error_add_context(err, "removing the rows of load %s, which was not finished",
                                run->load_id);
  }
  return forget(run, err);
}

/* ---- finding ---- */

static sl_status read_plain(struct sl_run *run, struct sl_buffer *out, bool *found,
                            struct sl_error *err) {
  char *ledger = NULL;
  sl_status rc = run->destination_ops->unfinished(run->destination, &ledger, err);
  *found = ledger != NULL;
  sl_buffer_text(out, ledger == NULL ? "" : ledger);
  free(ledger);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

static sl_status read_row(struct sl_run *run, struct sl_buffer *out, bool *found,
                          struct sl_error *err) {
  struct sl_table_name name = { .dataset = run->dataset, .table = SL_LEDGER_TABLE };
  struct sl_buffer sql = { 0 };
  *found = false;
  if (run->sql.dialect == NULL) {
    return read_plain(run, out, found, err);
  }
  sl_status rc = sl_query_exists(run->destination, &name, &run->ledger->exists, err);
  if (rc == SL_OK && run->ledger->exists) {
    rc = sl_sql_select_ledger(&run->sql, &name, run->pipeline, &sql, err);
    rc = rc == SL_OK ? sl_query_text(run->destination, sql.data, out, found, err) : rc;
  }
  sl_buffer_release(&sql);
  return rc;
}

/* Why it is not continued; NULL = it is. */
static sl_status decide(struct sl_run *run, const struct sl_ledger_head *head, const char *base,
                        const char **why, struct sl_error *err) {
  bool whole = true;
  *why = NULL;
  if (run->settings->fresh) {
    *why = "--fresh was given";
  } else if (strcmp(head->fingerprint, run->ledger->fingerprint) != 0) {
    *why = "its source or options were others";
  } else if (base == NULL || strcmp(head->base_hash, base) != 0) {
    *why = "another load has changed the schema since";
  } else if (run->sql.dialect != NULL) {
    sl_status rc = check_rows(run, &whole, err);
    *why = whole ? NULL : "rows of it were deleted since";
    return rc;
  }
  return SL_OK;
}

/* A late load that was killed after its commit. */
static sl_status is_over(struct sl_run *run, bool *over, struct sl_error *err) {
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_buffer ignored = { 0 };
  *over = false;
  sl_status rc = !run->late ? SL_OK
                            : sl_store_read(&place, SL_STORE_LOAD, run->schema_name, run->load_id,
                                            &ignored, over, err);
  sl_buffer_release(&ignored);
  return rc;
}

static sl_status take_over(struct sl_run *run, const struct sl_buffer *row, const char *base,
                           struct sl_error *err) {
  struct sl_ledger_head head = { 0 };
  const char *why = NULL;
  bool over = false;
  sl_status rc = sl_ledger_head(&head, row->data, row->length, err);
  if (rc == SL_OK) {
    rc = sl_ledger_from_json(run, row->data, row->length, err);
  }
  if (rc == SL_OK) {
    rc = is_over(run, &over, err);
  }
  if (rc == SL_OK && !over && !head.announced) {
    rc = decide(run, &head, base, &why, err);
  }
  if (rc == SL_OK && over) {
    rc = sl_checkpoint_end_late(run, err);
    rc = rc == SL_OK ? forget(run, err) : rc;
  } else if (rc == SL_OK && head.announced) {
    rc = abandon(run, err); /* there was nothing yet */
  } else if (rc == SL_OK && why != NULL) {
    note(run, "load %s was not finished and is not continued, because %s: its rows were removed",
         head.load_id, why);
    rc = abandon(run, err);
  } else if (rc == SL_OK) {
    rc = run->sql.dialect != NULL
             ? SL_OK
             : run->destination_ops->settle(run->destination, run->load_id, err);
    run->ledger->continues = run->ledger->committed = true;
    run->ledger->before_documents = run->counters.documents;
    run->ledger->before_bytes = run->counters.bytes;
    run->ledger->last_rows = run->counters.documents;
    run->ledger->last_bytes = run->counters.bytes;
  }
  sl_ledger_head_release(&head);
  return rc;
}

sl_status sl_resume_find(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer row = { 0 };
  bool found = false;
  const char *hash = run->schema == NULL ? "" : run->schema->version_hash;
  char *base = strdup(hash == NULL ? "" : hash);
  sl_status rc = base == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a hash") : SL_OK;
  bool keeps = run->sql.dialect != NULL ? run->sql.capabilities->supports_transactions
                                        : run->destination_ops->unfinished != NULL;
  if (rc == SL_OK && keeps) {
    rc = read_row(run, &row, &found, err);
  }
  if (rc == SL_OK && found) {
    rc = take_over(run, &row, base, err);
  }
  if (rc == SL_OK) {
    free(run->ledger->base_hash);
    run->ledger->base_hash = base;
    base = NULL;
  }
  free(base);
  sl_buffer_release(&row);
  return rc;
}

/* ---- tables ---- */

/* Of run->root and its children. */
static sl_status remove_rows(struct sl_run *run, struct sl_error *err) {
  struct sl_statements drops = { 0 };
  struct sl_statements deletes = { 0 };
  sl_status rc = removal(run, run->root, &drops, &deletes, err);
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &drops, err);
  }
  if (rc == SL_OK && run->late) {
    rc = run->destination_ops->begin(run->destination, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &deletes, err);
  }
  if (rc == SL_OK && run->late) {
    rc = run->destination_ops->commit(run->destination, err);
  }
  sl_statements_release(&drops);
  sl_statements_release(&deletes);
  return rc;
}

/* The table begins again: its rows go, in one transaction with the ledger's row. */
static sl_status begin_again(struct sl_run *run, const char *why, struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  struct sl_ledger_table *t = l->current;
  bool shared = false;
  for (size_t i = 0; i < l->n_tables; i++) {
    shared = shared || (&l->tables[i] != t && strcmp(l->tables[i].target, t->target) == 0);
  }
  bool plain = run->sql.dialect == NULL;
  if (shared || run->counters.rejected > 0 || (plain && l->n_tables > 1)) {
    return sl_fail(err, SL_ESOURCE,
                   "load %s cannot be continued, because of table %s: %s. --fresh removes its rows "
                   "and begins again",
                   run->load_id, t->name, why);
  }
  note(run, "continues load %s, but begins table %s again: %s", run->load_id, t->name, why);
  sl_status rc =
      plain ? run->destination_ops->settle(run->destination, NULL, err) : remove_rows(run, err);
  for (size_t i = 0; rc == SL_OK && i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    if (sl_schema_root(run->schema, entry->table) == run->root) {
      atomic_fetch_sub(&run->counters.rows, entry->rows);
      entry->rows = entry->bytes = 0;
      entry->staged = entry->has_kept = false;
      sl_tallies_forget(&run->tallies, entry->table->name);
    }
  }
  atomic_fetch_sub(&run->counters.documents, t->documents);
  l->before_documents -= t->documents;
  free(t->position);
  t->position = NULL;
  t->documents = 0;
  return rc == SL_OK ? sl_checkpoint_commit(run, err) : rc;
}

static sl_status go_on(struct sl_run *run, struct sl_source_table *table, const char *state,
                       bool *begun, struct sl_error *err) {
  struct sl_ledger_table *t = run->ledger->current;
  bool changed = false;
  char why[256] = "";
  sl_status rc = sl_run_resume_source(run, table, state, t->position, &changed, why, err);
  *begun = rc == SL_OK && !changed;
  if (rc == SL_OK && changed) {
    rc = begin_again(run, why, err);
  } else if (rc == SL_OK) {
    note(run, "continues load %s at row %" PRId64 " of table %s", run->load_id, t->documents + 1,
         t->name);
  }
  return rc;
}

sl_status sl_resume_table(struct sl_run *run, struct sl_source_table *table, bool *done,
                          struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  const char *target = sl_run_target(run, table);
  const char *state = sl_local_source_state(run, target);
  bool begun = false;
  sl_status rc = sl_ledger_table(l, table->name, target, &l->current, err);
  *done = rc == SL_OK && l->current->finished;
  if (rc == SL_OK && *done) {
    note(run, "continues load %s: table %s was read already", run->load_id, table->name);
    return l->current->state == NULL
               ? SL_OK
               : sl_local_set_source_state(run, target, l->current->state, err);
  }
  if (rc == SL_OK && l->current->position != NULL) {
    rc = go_on(run, table, state, &begun, err);
  }
  if (rc == SL_OK && !begun) {
    rc = sl_run_start_source(run, table, state, err);
    l->next_line = 0;
  }
  if (rc == SL_OK) {
    l->table_start = run->counters.documents - l->current->documents;
  }
  return rc;
}
