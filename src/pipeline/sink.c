/* sink.c - where normalized work goes: DDL made in the turnstile, executed by the loader thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "base/fault.h"
#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/rejects.h"
#include "pipeline/run.h"
#include "pipeline/store.h"

sl_status sl_run_table(struct sl_run *run, struct sl_table *table, struct sl_run_table **out,
                       struct sl_error *err) {
  size_t length = strlen(table->name);
  int32_t at = sl_map_get(&run->table_index, table->name, length);
  if (at < 0) {
    sl_status rc =
        sl_grow(&run->tables, &run->tables_capacity, run->n_tables + 1, sizeof *run->tables, err);
    if (rc == SL_OK) {
      rc = sl_map_set(&run->table_index, table->name, length, (int32_t)run->n_tables, err);
    }
    if (rc != SL_OK) {
      return rc;
    }
    at = (int32_t)run->n_tables++;
    run->tables[at] = (struct sl_run_table){ .table = table, .expected_rows = -1 };
    char kept[SL_KEPT_NAME];
    run->tables[at].kept =
        sl_arena_printf(&run->arena, "%s", sl_checkpoint_kept_name(run, table->name, kept));
    if (run->tables[at].kept == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a name");
    }
  }
  *out = &run->tables[at];
  return SL_OK;
}

struct sl_table_name sl_run_final(const struct sl_run *run, const struct sl_table *table) {
  return (struct sl_table_name){ .dataset = run->dataset, .table = table->name };
}

struct sl_table_name sl_run_staging(const struct sl_table *table, const void *arg) {
  const struct sl_run *run = arg;
  if (run->keeps && !run->late) {
    return sl_checkpoint_kept(run, table);
  }
  return (struct sl_table_name){ .dataset = run->dataset, .table = table->name, .temporary = true };
}

sl_status sl_run_execute(struct sl_run *run, const struct sl_statements *statements,
                         struct sl_error *err) {
  for (size_t i = 0; i < statements->count; i++) {
    sl_status rc = run->destination_ops->execute(run->destination, statements->items[i], NULL, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

sl_status sl_run_change(struct sl_run *run, const struct sl_statements *statements,
                        struct sl_error *err) {
  return run->aside && !run->changing ? SL_OK : sl_run_execute(run, statements, err);
}

void sl_run_apply_real(struct sl_run *run) {
  for (size_t i = 0; i < run->n_tables; i++) {
    struct sl_run_table *entry = &run->tables[i];
    const struct sl_real_table *real = sl_real_known(&run->real, entry->table->name);
    if (real != NULL) {
      entry->new_in_load = entry->new_in_load && !real->existed;
      entry->new_columns = real->added;
    }
  }
}

/* The changes of one table from changes[*at] on as one ALTER; advances *at past them. */
static sl_status alter_for(struct sl_run *run, struct sl_run_table *entry, struct sl_work *work,
                           size_t *at, struct sl_error *err) {
  const struct sl_schema_change *changes = work->normalized.changes;
  size_t n = work->normalized.n_changes;
  size_t first = *at;
  while (*at < n && changes[*at].table == entry->table && !changes[*at].retyped) {
    *at += 1;
  }
  size_t count = *at - first;
  const struct sl_column **columns = sl_alloc_array(count, sizeof(struct sl_column *));
  if (columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", count);
  }
  for (size_t i = 0; i < count; i++) {
    columns[i] = changes[first + i].column;
  }
  sl_status rc = run->store->alter(run, entry, columns, count, &work->ddl, err);
  entry->new_columns += (int64_t)count;
  free(columns);
  return rc;
}

static sl_status create_for(struct sl_run *run, struct sl_run_table *entry, struct sl_work *work,
                            struct sl_error *err) {
  entry->created = true;
  entry->new_in_load = true; /* unless it turns out to be there, see sl_run_apply_real */
  return run->store->create(run, entry->table, &work->ddl, err);
}

bool sl_run_numbers_roots(const struct sl_run *run) {
  bool last_wins = run->merging && !sl_sql_orders_rows(&run->sql) &&
                   sl_table_merge_strategy(run->schema, run->root) == SL_MERGE_DELETE_INSERT;
  /* Rows that are kept do not always lie in the order in which they came. */
  return last_wins || (run->keeps && run->merging) ||
         sl_normalize_numbers_roots(run->schema, run->root);
}

sl_status sl_run_staged_form(const struct sl_run *run, const struct sl_table *table,
                             struct sl_table *copy, struct sl_error *err) {
  static char name[] = SL_ROOT_ROW;
  static struct sl_column root_row = { .name = name, .type = SL_TYPE_BIGINT, .precision = -1 };
  *copy = *table;
  copy->columns = sl_alloc_array(table->n_columns + 1, sizeof(struct sl_column *));
  if (copy->columns == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    copy->columns[i] = table->columns[i];
  }
  if (sl_run_numbers_roots(run)) {
    copy->columns[copy->n_columns++] = &root_row;
  }
  return SL_OK;
}

sl_status sl_run_stage(struct sl_run *run, const struct sl_table *table, struct sl_statements *out,
                       struct sl_error *err) {
  struct sl_table_name name = sl_run_staging(table, run);
  struct sl_table staged;
  sl_status rc = sl_run_staged_form(run, table, &staged, err);
  if (rc == SL_OK) {
    rc = sl_sql_create_staging(&run->sql, &name, &staged, run->merging, out, err);
  }
  free(staged.columns);
  return rc;
}

static sl_status stage_for(struct sl_run *run, struct sl_run_table *entry, struct sl_work *work,
                           struct sl_error *err) {
  struct sl_statements create = { 0 };
  entry->staged = true;
  sl_status rc = sl_run_stage(run, entry->table, &create, err);
  rc = rc == SL_OK ? sl_ddl_statements(&work->ddl, &create, true, err) : rc;
  sl_statements_release(&create);
  return rc;
}

static sl_status same_but_case(const char *kind, const char *a, const char *b,
                               struct sl_error *err) {
  return sl_fail(err, SL_EDATA,
                 "the %ss %s and %s differ by case only, and the destination takes them for one "
                 "name: rename one, or use a naming convention without cases (--naming snake_case)",
                 kind, a, b);
}

/* Conventions that keep cases meet destinations that do not (dlt:
 * SchemaIdentifierNormalizationCollision). */
static sl_status check_cases(const struct sl_run *run, const struct sl_schema_change *change,
                             bool new_table, struct sl_error *err) {
  const struct sl_table *table = change->table;
  if (run->sql.capabilities->has_case_sensitive_identifiers ||
      !sl_naming_case_sensitive(&run->naming)) {
    return SL_OK;
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_column *other = table->columns[i];
    if (other != change->column && other->type != SL_TYPE_NONE &&
        strcasecmp(other->name, change->column->name) == 0) {
      sl_status rc = same_but_case("column", other->name, change->column->name, err);
      sl_error_add_context(err, "table %s", table->name);
      return rc;
    }
  }
  for (size_t i = 0; new_table && i < run->schema->n_tables; i++) {
    const struct sl_table *other = run->schema->tables[i];
    if (other != table && other->n_columns > 0 && strcasecmp(other->name, table->name) == 0) {
      return same_but_case("table", other->name, table->name, err);
    }
  }
  return SL_OK;
}

/* A table that is created (or staged) here takes all its present columns at once, so the later
 * changes of the same block that concern it are already in. */
sl_status sl_run_make_ddl(void *arg, struct sl_work *work, struct sl_error *err) {
  struct sl_run *run = arg;
  struct sl_normalized *normalized = &work->normalized;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < normalized->n_changes;) {
    struct sl_table *table = normalized->changes[i].table;
    struct sl_run_table *entry;
    rc = sl_run_table(run, table, &entry, err);
    for (size_t c = i; rc == SL_OK && c < normalized->n_changes; c++) {
      if (normalized->changes[c].table == table) {
        rc = check_cases(run, &normalized->changes[c], !entry->created, err);
      }
    }
    if (rc != SL_OK) {
      break;
    }
    if (entry->created && normalized->changes[i].retyped) {
      rc = run->store->retype(run, entry, normalized->changes[i++].column, &work->ddl, err);
      continue;
    }
    if (entry->created) {
      rc = alter_for(run, entry, work, &i, err);
      continue;
    }
    rc = create_for(run, entry, work, err);
    while (i < normalized->n_changes && normalized->changes[i].table == table) {
      i++;
    }
  }
  for (size_t i = 0; rc == SL_OK && i < normalized->n_batches; i++) {
    struct sl_table *table = sl_schema_table(run->schema, normalized->batches[i].table);
    struct sl_run_table *entry = NULL;
    rc = table == NULL ? sl_fail(err, SL_EINTERNAL, "no table %s", normalized->batches[i].table)
                       : sl_run_table(run, table, &entry, err);
    if (rc == SL_OK && !entry->created) {
      rc = create_for(run, entry, work, err);
    }
    if (rc == SL_OK && (run->merging || run->aside) && !entry->staged) {
      rc = stage_for(run, entry, work, err);
    }
    if (rc == SL_OK) {
      const struct sl_batch *batch = &normalized->batches[i];
      entry->rows += batch->array.length;
      entry->bytes += sl_array_bytes(&batch->schema, &batch->array);
    }
  }
  run->discarded_rows += normalized->discarded_rows;
  run->discarded_values += normalized->discarded_values;
  return rc;
}

sl_status sl_run_write(void *arg, struct sl_work *work, struct sl_error *err) {
  struct sl_run *run = arg;
  sl_status rc = run->store->settle(run, &work->ddl, NULL, err);
  if (rc == SL_OK) {
    rc = sl_tallies_add(&run->tallies, &work->sums, &work->normalized, err);
  }
  if (rc == SL_OK) {
    rc = sl_direct_begin(run, err);
  }
  for (size_t i = 0; rc == SL_OK && i < work->normalized.n_batches; i++) {
    struct sl_batch *batch = &work->normalized.batches[i];
    struct sl_table_name name = { .dataset = run->dataset,
                                  .table = batch->table,
                                  .temporary = run->merging || run->aside };
    char kept[SL_KEPT_NAME];
    if (name.temporary && run->keeps && !run->late) { /* the schema is another thread's */
      name.table = sl_checkpoint_kept_name(run, batch->table, kept);
      name.temporary = false;
    }
    rc = run->destination_ops->append(run->destination, &name, &batch->schema, &batch->array, err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "writing table %s", batch->table);
    }
  }
  if (rc == SL_OK && work->normalized.n_rejects > 0) {
    rc = sl_rejects_write(run, work->normalized.rejects, work->normalized.n_rejects, err);
  }
  return rc == SL_OK ? sl_fault(SL_FAULT_AFTER_BLOCK, err) : rc;
}
