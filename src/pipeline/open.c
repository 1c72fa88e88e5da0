/* open.c - see open.h. */
#include "pipeline/open.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/dataset_lock.h"
#include "pipeline/hints.h"
#include "pipeline/ledger.h"
#include "pipeline/local.h"
#include "pipeline/retry.h"
#include "pipeline/store.h"
#include "pipeline/watch.h"

sl_status sl_run_choose_table(struct sl_run *run, char table[256], struct sl_error *err) {
  if (run->settings->as == NULL && run->source_ops->default_name == NULL) {
    snprintf(table, 256, "%s", run->settings->pipeline);
    return SL_OK;
  }
  if (run->settings->as != NULL) {
    snprintf(table, 256, "%s", run->settings->as);
    return SL_OK;
  }
  return run->source_ops->default_name(run->source_location, table, err);
}

/* Names of pipeline, schema and dataset are always snake_case, as dlt's are. */
sl_status sl_run_choose_names(struct sl_run *run, const char *table, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  struct sl_naming snake;
  sl_status rc = sl_naming_init(&snake, "snake_case", 0, err);
  run->pipeline = s->pipeline != NULL ? s->pipeline : table;
  if (strchr(run->pipeline, '/') != NULL || run->pipeline[0] == '.' || run->pipeline[0] == '\0') {
    return sl_fail(err, SL_EUSAGE,
                   "pipeline name '%s' cannot be a folder name: choose another with --pipeline",
                   run->pipeline);
  }
  if (rc == SL_OK) {
    rc = sl_run_normalise(run, &snake, run->pipeline, &run->schema_name, err);
  }
  if (rc == SL_OK) {
    const char *dataset =
        s->dataset != NULL ? s->dataset : sl_arena_printf(&run->arena, "%s_dataset", run->pipeline);
    rc = dataset == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name")
                         : sl_run_normalise(run, &snake, dataset, &run->dataset, err);
  }
  return rc;
}

sl_status sl_run_open_source(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  const struct sl_source_ops *ops = run->source_ops;
  run->source_settings = sl_calloc_array(1, ops->settings_bytes);
  if (run->source_settings == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  sl_status rc = sl_options_set_defaults(ops->options, run->source_settings, err);
  for (size_t i = 0; rc == SL_OK && i < s->n_source_options; i++) {
    rc = sl_options_set(ops->options, run->source_settings, s->source_options[i].name,
                        s->source_options[i].text, err);
  }
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(s->source, run->source_location, scheme);
    struct sl_source_config config = {
      .location = run->source_location,
      .scheme = scheme,
      .settings = run->source_settings,
      .memory_bytes = s->memory / 8,
      .threads = (int)s->parallel,
      .keep_rejects = run->keep_rejects,
      .columns = s->columns,
      .max_nesting = s->max_nesting >= 0 ? s->max_nesting : run->schema->max_nesting,
      .tables = s->table,
      .write_disposition = s->write_disposition,
      .primary_key = s->primary_key,
      .keep_dir = run->local == NULL ? NULL : sl_local_keep_dir(run),
      .warn = sl_run_warn,
      .warn_arg = run,
      .resumes = run->ledger != NULL && sl_ledger_wanted(run->ledger),
    };
    rc = ops->open(&run->source, &config, err);
  }
  return rc;
}

/* A destination without transactions may have rows of an earlier load to deliver first; any other
 * may let us wait for a lock. */
static sl_status begin_watched(struct sl_run *run, bool read_only, struct sl_error *err) {
  struct sl_watch watch;
  sl_watch_start(&watch, run);
  sl_status rc = read_only ? SL_OK : sl_dataset_lock_take(run, err);
  if (rc == SL_OK) {
    rc = run->store->begin(run, err);
  }
  sl_watch_stop(&watch);
  return rc;
}

/* --staging: rows go to files there, which the destination loads itself. */
static sl_status stage_rows(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  const struct sl_destination_ops *ops = NULL;
  const char *location = NULL;
  char scheme[32];
  sl_status rc = sl_destination_find(s->staging, &ops, &location, err);
  if (rc == SL_OK && (ops->stage == NULL || run->destination_ops->store != NULL)) {
    return sl_fail(err, SL_EUSAGE,
                   "--staging %s: rows are staged in a folder or a bucket, and for databases only",
                   s->staging);
  }
  void *settings = rc == SL_OK ? sl_arena_alloc(&run->arena, ops->settings_bytes) : NULL;
  if (rc == SL_OK && settings == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (settings != NULL) {
    memset(settings, 0, ops->settings_bytes);
    rc = sl_options_set_defaults(ops->options, settings, err);
  }
  for (size_t i = 0; rc == SL_OK && i < s->n_staging_options; i++) {
    rc = sl_options_set(ops->options, settings, s->staging_options[i].name,
                        s->staging_options[i].text, err);
  }
  if (rc == SL_OK) {
    sl_location_scheme(s->staging, location, scheme);
    struct sl_destination_config config = { .location = location,
                                            .scheme = scheme,
                                            .settings = settings,
                                            .memory_bytes = s->memory / 4,
                                            .threads = (int)s->parallel,
                                            .warn = sl_run_warn,
                                            .warn_arg = run };
    struct sl_store_load load = { .dataset = run->dataset,
                                  .pipeline = run->pipeline,
                                  .schema = run->schema_name,
                                  .load_id = run->load_id,
                                  .started_micros = run->started_micros };
    rc = ops->stage(&run->destination, &config, &load, err);
  }
  if (rc == SL_OK) {
    run->destination_ops = run->destination->ops;
  }
  return rc;
}

/* Rows of files and callers come faster than one thread of DuckDB inserts wide ones, and a second
 * thread needs memory. Databases send them no faster; a load of theirs is to stay within less. */
static int64_t destination_memory(const struct sl_run *run) {
  int64_t all = run->settings->memory;
  return run->source_ops != NULL && run->source_ops->ordered ? all / 16 * 11 : all / 2;
}

static sl_status connect_destination(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  const struct sl_destination_ops *ops;
  const char *location = NULL;
  char scheme[32];
  sl_status rc = sl_destination_find(s->destination, &ops, &location, err);
  if (rc != SL_OK) {
    return rc;
  }
  sl_location_scheme(s->destination, location, scheme);
  struct sl_destination_config config = { .location = location,
                                          .scheme = scheme,
                                          .settings = run->destination_settings,
                                          .memory_bytes = destination_memory(run),
                                          .threads = (int)s->parallel,
                                          .read_only = run->reads_only,
                                          .shared = s->shared,
                                          .warn = sl_run_warn,
                                          .warn_arg = run };
  if (run->local != NULL) {
    config.state_dir = sl_local_outbox_dir(run);
  }
  return ops->open(&run->destination, &config, err);
}

sl_status sl_run_open_destination(struct sl_run *run, bool read_only, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  const char *location = NULL;
  sl_status rc = sl_destination_find(s->destination, &run->destination_ops, &location, err);
  if (rc != SL_OK) {
    return rc;
  }
  run->destination_settings = sl_calloc_array(1, run->destination_ops->settings_bytes);
  if (run->destination_settings == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  const struct sl_option *options = run->destination_ops->options;
  rc = sl_options_set_defaults(options, run->destination_settings, err);
  for (size_t i = 0; rc == SL_OK && i < s->n_destination_options; i++) {
    rc = sl_options_set(options, run->destination_settings, s->destination_options[i].name,
                        s->destination_options[i].text, err);
  }
  if (rc == SL_OK) {
    run->reads_only = read_only;
    rc = sl_run_wait_while_busy(run, connect_destination, err);
  }
  if (rc == SL_OK && s->staging != NULL && !read_only) {
    rc = stage_rows(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_sql_context_of(&run->sql, run->destination, err);
  }
  if (rc == SL_OK) {
    run->real = (struct sl_real){ .destination = run->destination,
                                  .sql = &run->sql,
                                  .dataset = run->dataset };
    run->store = sl_store_of(run->destination_ops);
    rc = begin_watched(run, read_only, err);
  }
  if (rc == SL_OK && !read_only) {
    rc = sl_fault(SL_FAULT_AFTER_OPEN, err);
  }
  return rc;
}

/* A schema as the destination likes it best. */
static sl_status new_schema(struct sl_run *run, struct sl_error *err) {
  const struct sl_capabilities *caps = run->sql.capabilities;
  sl_status rc = sl_schema_new(&run->schema, run->schema_name, err);
  if (rc == SL_OK && caps->keeps_nested) {
    run->schema->max_nesting = 0;
  }
  return rc == SL_OK && caps->naming_convention != NULL
             ? sl_hints_change_naming(run->schema, caps->naming_convention, err)
             : rc;
}

/* The schema to continue: the stored one, else the imported one, else a new one. */
sl_status sl_run_open_schema(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  sl_status rc = sl_run_restore(run, err);
  if (rc == SL_OK && run->ledger != NULL) {
    rc = sl_resume_find(run, err);
  }
  if (rc == SL_OK && s->import_schema != NULL) {
    rc = sl_local_import_schema(run, s->import_schema, err);
  }
  if (rc == SL_OK && run->schema == NULL) {
    rc = new_schema(run, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  if (s->naming != NULL && strcmp(s->naming, run->schema->naming) != 0) {
    rc = sl_hints_change_naming(run->schema, s->naming, err);
  }
  if (rc == SL_OK) {
    const struct sl_capabilities *caps = run->sql.capabilities;
    uint32_t limit = caps->max_identifier_length;
    if (caps->max_column_identifier_length > 0 && caps->max_column_identifier_length < limit) {
      limit = caps->max_column_identifier_length;
    }
    rc = sl_naming_init(&run->naming, run->schema->naming, limit, err);
    run->naming.in_bytes = caps->identifiers_in_bytes;
  }
  if (rc == SL_OK) {
    rc = sl_hints_apply_schema(run->schema, s, err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_add_state_table(run->schema, err);
  }
  return rc;
}

/* A destination that is not there yet is planned against an empty one in memory. */
static sl_status open_planned(struct sl_run *run, struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  struct sl_load_settings empty = *s;
  sl_status rc = s->destination == NULL ? SL_ENOTFOUND : sl_run_open_destination(run, true, err);
  if (rc == SL_ENOTFOUND) {
    free(run->destination_settings);
    run->destination_settings = NULL;
    empty.destination = "duckdb::memory:";
    run->settings = &empty;
    rc = sl_run_open_destination(run, false, err);
    run->settings = s;
  }
  return rc;
}

sl_status sl_run_open_for_plan(struct sl_run *run, char table[256], struct sl_error *err) {
  sl_status rc =
      sl_source_find(run->settings->source, &run->source_ops, &run->source_location, err);
  if (rc == SL_OK) {
    rc = sl_run_choose_table(run, table, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_choose_names(run, table, err);
  }
  if (rc == SL_OK) {
    rc = open_planned(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_open_schema(run, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_open_source(run, err);
  }
  return rc;
}
