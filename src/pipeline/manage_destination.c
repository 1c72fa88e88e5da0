/* manage_destination.c - `pipeline sync` and `pipeline drop`: the parts that talk to the
 * destination. */
#include <stdlib.h>

#include <sluice/registry.h>

#include "base/memory.h"
#include "pipeline/lock.h"
#include "pipeline/manage_internal.h"
#include "pipeline/store.h"
#include "schema/stored.h"

struct target { /* an open destination and the names in it */
  const struct sl_destination_ops *ops;
  struct sl_destination *destination;
  void *settings;
  struct sl_sql_context sql;
  const char *dataset, *schema, *pipeline;
};

/* A transaction, or a load of a destination without SQL. */
static sl_status begin(struct target *t, struct sl_error *err) {
  struct sl_store_load load = {
    .dataset = t->dataset, .pipeline = t->pipeline, .schema = t->schema, .load_id = "0"
  };
  return t->ops->store == NULL ? t->ops->begin(t->destination, err)
                               : t->ops->store->begin(t->destination, &load, err);
}

static sl_status open_target(const struct sl_manage *m, const struct sl_state *state,
                             struct target *t, struct sl_error *err) {
  const char *location;
  sl_status rc = sl_destination_find(m->destination, &t->ops, &location, err);
  t->settings = rc == SL_OK ? sl_calloc_array(1, t->ops->settings_bytes) : NULL;
  if (rc == SL_OK && t->settings == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    rc = sl_options_set_defaults(t->ops->options, t->settings, err);
  }
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(m->destination, location, scheme);
    struct sl_destination_config config = { .location = location,
                                            .scheme = scheme,
                                            .settings = t->settings };
    rc = t->ops->open(&t->destination, &config, err);
  }
  if (rc == SL_OK) {
    rc = sl_sql_context_of(&t->sql, t->destination, err);
  }
  if (rc == SL_OK) {
    t->dataset = m->dataset != NULL ? m->dataset : sl_state_text(state, "dataset_name");
    t->schema = sl_state_text(state, "default_schema_name");
    t->pipeline = m->name;
    if (t->dataset == NULL || t->schema == NULL) {
      rc = sl_fail(err, SL_EUSAGE, "the state of %s names no dataset: give one with --dataset",
                   m->name);
    }
  }
  return rc;
}

static void close_target(struct target *t) {
  if (t->destination != NULL) {
    t->ops->close(t->destination);
  }
  free(t->settings);
}

/* The newest schema of the dataset; *out NULL = none. Begins a transaction. */
static sl_status stored_schema(struct target *t, struct sl_schema **out, struct sl_error *err) {
  struct sl_store_place place = { .destination = t->destination,
                                  .sql = &t->sql,
                                  .dataset = t->dataset };
  struct sl_buffer text = { 0 };
  bool found = false;
  sl_status rc = begin(t, err);
  if (rc == SL_OK) {
    rc = sl_store_read(&place, SL_STORE_VERSION, t->schema, NULL, &text, &found, err);
  }
  if (rc == SL_OK && found) {
    rc = sl_schema_from_json(out, text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
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
  struct target t = { 0 };
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
    rc = stored_schema(&t, &schema, err);
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
  close_target(&t);
  sl_state_free(state);
  sl_lock_release(&lock);
  sl_workdir_release(&dir);
  return rc;
}

/* Drops the tables and what is stored of the schema; no commit. */
static sl_status drop_by_sql(struct target *t, const char *schema, const char *const *tables,
                             size_t n, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_statements drops = { 0 };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_table_name name = { .dataset = t->dataset, .table = tables[i] };
    rc = sl_sql_drop_table(&t->sql, &name, &drops, err);
    if (rc == SL_OK) {
      rc = t->ops->execute(t->destination, drops.items[drops.count - 1], NULL, err);
    }
  }
  static const struct {
    const char *table, *column;
  } rows[] = { { "_dlt_version", "schema_name" }, { "_dlt_loads", "schema_name" } };
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    struct sl_table_name name = { .dataset = t->dataset, .table = rows[i].table };
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "DELETE FROM ");
    sl_sql_table(&t->sql, &name, &sql);
    sl_buffer_text(&sql, " WHERE ");
    sl_sql_identifier(&t->sql, rows[i].column, &sql);
    sl_buffer_text(&sql, " = ");
    sl_sql_text_literal(&t->sql, schema, strlen(schema), &sql);
    rc = t->ops->execute(t->destination, sql.data, NULL, err);
  }
  sl_buffer_release(&sql);
  sl_statements_release(&drops);
  return rc;
}

static sl_status drop_tables(struct target *t, const struct sl_schema *schema,
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
  struct target t = { 0 };
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
    if (rc == SL_OK) {
      rc = stored_schema(&t, &schema, err);
    }
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
  close_target(&t);
  sl_state_free(state);
  sl_lock_release(&lock);
  sl_workdir_release(&dir);
  return rc;
}
