/* store_plain.c - the store of destinations without SQL; see store.h. */
#include <stdlib.h>

#include <sluice/builder.h>

#include "pipeline/store.h"
#include "schema/arrow_format.h"
#include "schema/stored.h"

const struct sl_store *sl_store_of(const struct sl_destination_ops *ops) {
  return ops->store == NULL ? &sl_store_sql : &sl_store_plain;
}

bool sl_store_remembers(const struct sl_destination_ops *ops) {
  return ops->store == NULL || ops->store->get != NULL;
}

sl_status sl_store_read(const struct sl_store_place *place, enum sl_store_kind kind,
                        const char *name, const char *key, struct sl_buffer *out, bool *found,
                        struct sl_error *err) {
  return sl_store_of(place->destination->ops)->read(place, kind, name, key, out, found, err);
}

/* A schema as it stands in _dlt_version: JSON, or compressed when it was too long. */
static sl_status parse_schema(const struct sl_buffer *text, struct sl_schema **out,
                              struct sl_error *err) {
  struct sl_buffer plain = { 0 };
  if (text->length > 0 && text->data[0] == '{') {
    return sl_schema_from_json(out, text->data, text->length, err);
  }
  sl_status rc = sl_text_decompress(text->data, text->length, &plain, err);
  if (rc == SL_OK) {
    rc = sl_schema_from_json(out, plain.data, plain.length, err);
  }
  sl_buffer_release(&plain);
  return rc;
}

sl_status sl_store_schema(const struct sl_store_place *place, const char *name,
                          struct sl_schema **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  bool found = false;
  sl_status rc = sl_store_read(place, SL_STORE_VERSION, name, NULL, &text, &found, err);
  if (rc == SL_OK && found) {
    rc = parse_schema(&text, out, err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "reading the stored schema %s of dataset %s", name, place->dataset);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

struct sl_store_place sl_store_place_of(const struct sl_run *run) {
  return (struct sl_store_place){ .destination = run->destination,
                                  .sql = &run->sql,
                                  .dataset = run->dataset };
}

static sl_status begin(struct sl_run *run, struct sl_error *err) {
  struct sl_store_load load = { .dataset = run->dataset,
                                .pipeline = run->pipeline,
                                .schema = run->schema_name,
                                .load_id = run->load_id,
                                .started_micros = run->started_micros };
  return run->destination_ops->store->begin(run->destination, &load, err);
}

static sl_status read_row(const struct sl_store_place *place, enum sl_store_kind kind,
                          const char *name, const char *key, struct sl_buffer *out, bool *found,
                          struct sl_error *err) {
  const struct sl_store_ops *ops = place->destination->ops->store;
  char *text = NULL;
  *found = false;
  if (ops->get == NULL) {
    return SL_OK;
  }
  sl_status rc = ops->get(place->destination, kind, name, key, &text, err);
  if (rc == SL_OK && text != NULL) {
    *found = true;
    sl_buffer_text(out, text);
    rc = sl_buffer_check(out, err);
  }
  free(text);
  return rc;
}

static sl_status put(struct sl_run *run, enum sl_store_kind kind, const struct sl_store_row *row,
                     struct sl_error *err) {
  const struct sl_store_ops *ops = run->destination_ops->store;
  return ops->put == NULL ? SL_OK : ops->put(run->destination, kind, row, err);
}

static sl_status prepare(struct sl_run *run, struct sl_error *err) {
  (void)run;
  (void)err;
  return SL_OK; /* tables are defined one by one */
}

static sl_status check(struct sl_run *run, struct sl_error *err) {
  const struct sl_destination_ops *ops = run->destination_ops;
  run->merging = false; /* who can merge does it from the rows themselves */
  if (run->root->disposition == SL_REPLACE && ops->store->replace == NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "table %s: %s can only append: choose --write-disposition append",
                   run->root->name, ops->name);
  }
  if (run->root->disposition == SL_REPLACE && run->settings->keep_generations > 0) {
    sl_status rc = ops->store->keep == NULL
                       ? SL_EUNSUPPORTED
                       : ops->store->keep(run->destination, run->settings->keep_generations, err);
    return rc != SL_EUNSUPPORTED ? rc
                                 : sl_fail(err, SL_EUSAGE,
                                           "table %s: %s cannot keep what a replace puts away: "
                                           "leave --keep-generations out",
                                           run->root->name, ops->name);
  }
  if (run->root->disposition != SL_MERGE) {
    return SL_OK;
  }
  enum sl_merge_strategy strategy = sl_table_merge_strategy(run->schema, run->root);
  if ((ops->capabilities.merge_strategies & (1u << strategy)) == 0) {
    return sl_fail(err, SL_EUSAGE,
                   "table %s: %s cannot merge (%s): choose --write-disposition append or replace, "
                   "or a database as the destination",
                   run->root->name, ops->name, sl_merge_strategy_name(strategy));
  }
  return SL_OK;
}

/* ---- tables ---- */

static void list_primary_key(const struct sl_ddl_step *step, struct sl_buffer *out) {
  for (size_t i = 0; i < step->n_columns; i++) {
    if ((step->columns[i].hints & SL_HINT_PRIMARY_KEY) != 0) {
      sl_buffer_printf(out, "%s%s", out->length > 0 ? "," : "", step->columns[i].name);
    }
  }
}

static sl_status make_columns(const struct sl_run *run, const struct sl_ddl_step *step,
                              struct ArrowSchema *out, struct sl_error *err) {
  const struct sl_capabilities *caps = run->sql.capabilities;
  struct sl_field *fields = sl_alloc_array(step->n_columns, sizeof *fields);
  char(*formats)[32] = sl_alloc_array(step->n_columns, sizeof *formats);
  sl_status rc = fields == NULL || formats == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", step->n_columns)
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < step->n_columns; i++) {
    const struct sl_column *c = &step->columns[i];
    sl_arrow_format(c, caps->decimal_precision, caps->decimal_scale, formats[i]);
    fields[i] = (struct sl_field){ .name = c->name, .format = formats[i], .nullable = c->nullable };
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(out, fields, step->n_columns, err);
  }
  for (size_t i = 0; rc == SL_OK && i < step->n_columns; i++) {
    if (step->columns[i].type == SL_TYPE_JSON) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  free(formats);
  return rc;
}

static sl_status define(struct sl_run *run, const struct sl_ddl_step *step, struct sl_error *err) {
  const struct sl_store_ops *ops = run->destination_ops->store;
  struct ArrowSchema columns = { 0 };
  struct sl_buffer key = { 0 };
  /* Tables that no source table leads to (_rejects) are appended to. */
  bool ours = step->table == run->root || step->table->parent != NULL;
  list_primary_key(step, &key);
  sl_status rc = sl_buffer_check(&key, err);
  if (rc == SL_OK) {
    rc = make_columns(run, step, &columns, err);
  }
  if (rc == SL_OK) {
    struct sl_store_table table = {
      .name = step->table->name,
      .parent = step->table->parent,
      .disposition = ours ? sl_disposition_name(run->root->disposition) : "append",
      .primary_key = key.length > 0 ? key.data : NULL,
      .columns = &columns,
    };
    rc = ops->define(run->destination, &table, err);
  }
  if (columns.release != NULL) {
    columns.release(&columns);
  }
  sl_buffer_release(&key);
  return rc;
}

/* A step is the whole table as it is now, whatever became of it. */
static sl_status create(struct sl_run *run, const struct sl_table *table, struct sl_ddl *out,
                        struct sl_error *err) {
  (void)run;
  return sl_ddl_add(out, table, (const struct sl_column *const *)table->columns, table->n_columns,
                    err);
}

static sl_status alter(struct sl_run *run, const struct sl_run_table *entry,
                       const struct sl_column *const *columns, size_t n, struct sl_ddl *out,
                       struct sl_error *err) {
  (void)columns;
  (void)n;
  return create(run, entry->table, out, err);
}

static sl_status retype(struct sl_run *run, const struct sl_run_table *entry,
                        const struct sl_column *column, struct sl_ddl *out, struct sl_error *err) {
  (void)column;
  return create(run, entry->table, out, err);
}

static sl_status settle(struct sl_run *run, const struct sl_ddl *ddl, struct sl_statements *planned,
                        struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; planned == NULL && rc == SL_OK && i < ddl->count; i++) {
    rc = define(run, &ddl->steps[i], err);
  }
  return rc;
}

static sl_status define_now(struct sl_run *run, struct sl_table *table, bool is_new,
                            struct sl_error *err) {
  struct sl_run_table *entry;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_run_table(run, table, &entry, err);
  if (rc == SL_OK && !entry->created) {
    entry->created = true;
    entry->new_in_load = is_new;
    rc = create(run, table, &ddl, err);
  }
  if (rc == SL_OK) {
    rc = settle(run, &ddl, run->planned, err);
  }
  sl_ddl_release(&ddl);
  return rc;
}

static sl_status update_chain(struct sl_run *run, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < run->schema->n_tables; i++) {
    struct sl_table *table = run->schema->tables[i];
    if (table->seen_data && !sl_table_is_new(table) &&
        sl_schema_root(run->schema, table) == run->root) {
      rc = define_now(run, table, false, err);
    }
  }
  return rc;
}

static sl_status create_empty(struct sl_run *run, struct sl_error *err) {
  return define_now(run, run->root, true, err);
}

static sl_status replace(struct sl_run *run, bool rows_are_in, struct sl_error *err) {
  const struct sl_schema *schema = run->schema;
  size_t n = 0;
  if (!rows_are_in) {
    return SL_OK; /* all tables of the chain are known afterwards */
  }
  const char **names = sl_alloc_array(schema->n_tables, sizeof *names);
  if (names == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu tables", schema->n_tables);
  }
  for (size_t i = 0; i < schema->n_tables; i++) {
    if (sl_schema_root(schema, schema->tables[i]) == run->root) {
      names[n++] = schema->tables[i]->name;
    }
  }
  sl_status rc = run->destination_ops->store->replace(run->destination, names, n, err);
  free(names);
  return rc;
}

const struct sl_store sl_store_plain = {
  .begin = begin,
  .read = read_row,
  .put = put,
  .prepare = prepare,
  .check = check,
  .update_chain = update_chain,
  .create_empty = create_empty,
  .replace = replace,
  .create = create,
  .alter = alter,
  .retype = retype,
  .settle = settle,
};
