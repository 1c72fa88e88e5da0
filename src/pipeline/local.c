/* local.c - see local.h. */
#include "pipeline/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/time.h"
#include "pipeline/ledger.h"
#include "pipeline/lock.h"
#include "pipeline/package.h"
#include "pipeline/retry.h"
#include "pipeline/state.h"
#include "pipeline/store.h"
#include "schema/stored.h"

enum { KEPT_PACKAGES = 20, LOCK_TRY_MS = 100 };

struct sl_local {
  struct sl_workdir dir;
  struct sl_lock lock;
  struct sl_state *state;
  struct sl_schema *before;      /* the schema as it was, for the applied update */
  struct sl_buffer source_state; /* of this table, from last time */
  struct sl_buffer state_row;    /* written with this load; empty = state unchanged */
  struct sl_buffer keep_dir;
  struct sl_buffer outbox_dir;
  bool package_begun;
};

static sl_status read_state(struct sl_local *local, const struct sl_run *run,
                            struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_workdir_read(&local->dir, SL_STATE_FILE, &text, err);
  if (rc == SL_OK) {
    rc = sl_state_from_json(&local->state, text.data, text.length, err);
  } else if (rc == SL_ENOTFOUND) {
    rc = sl_state_new(&local->state, run->pipeline, err);
  }
  sl_buffer_release(&text);
  return rc;
}

/* Rows that dlt has read and not loaded would come after ours, though they are older. */
static sl_status warn_of_pending(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_package_pending(&run->local->dir, &text, err);
  if (rc == SL_OK && text.length > 0) {
    sl_run_warn(run, text.data);
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status follow_last_load(struct sl_run *run, struct sl_error *err) {
  char **ids = NULL;
  size_t n = 0;
  sl_status rc = sl_package_list(&run->local->dir, SL_PACKAGES_LOADED, &ids, &n, err);
  if (rc == SL_OK && n > 0) {
    sl_load_id_raise(run->load_id, ids[n - 1]);
  }
  sl_names_free(ids, n);
  return rc;
}

static sl_status take_lock(struct sl_run *run, struct sl_error *err) {
  return sl_lock_take(&run->local->lock, &run->local->dir, LOCK_TRY_MS, err);
}

sl_status sl_local_open(struct sl_run *run, struct sl_error *err) {
  struct sl_local *local = calloc(1, sizeof *local);
  if (local == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the working folder");
  }
  local->lock = SL_LOCK_NONE;
  run->local = local;
  sl_status rc = sl_workdir_init(&local->dir, run->settings->pipelines_dir, run->pipeline, err);
  if (rc == SL_OK) {
    rc = sl_run_wait_while_busy(run, take_lock, err);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_create(&local->dir, err);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_clean(&local->dir, err);
  }
  if (rc == SL_OK) {
    rc = warn_of_pending(run, err);
  }
  if (rc == SL_OK) {
    rc = follow_last_load(run, err);
  }
  return rc == SL_OK ? read_state(local, run, err) : rc;
}

sl_status sl_local_load_schema(struct sl_run *run, struct sl_error *err) {
  return sl_workdir_load_schema(&run->local->dir, run->schema_name, &run->schema, err);
}

static sl_status was_committed(void *arg, const char *load_id, bool *committed,
                               struct sl_error *err) {
  struct sl_run *run = arg;
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_buffer ignored = { 0 };
  sl_status rc =
      sl_store_read(&place, SL_STORE_LOAD, run->schema_name, load_id, &ignored, committed, err);
  sl_buffer_release(&ignored);
  return rc;
}

/* The newest state that was committed with the dataset; *out NULL = none. */
static sl_status stored_state(struct sl_run *run, struct sl_state **out, struct sl_error *err) {
  struct sl_store_place place = sl_store_place_of(run);
  struct sl_buffer text = { 0 };
  bool found = false;
  *out = NULL;
  sl_status rc = sl_store_read(&place, SL_STORE_STATE, run->pipeline, NULL, &text, &found, err);
  if (rc == SL_OK && found) {
    rc = sl_state_from_row(out, text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
}

/* The dataset is gone or was never there: what the folder remembers of it does not hold any more.
 */
static sl_status start_anew(struct sl_run *run, struct sl_error *err) {
  struct sl_local *local = run->local;
  sl_state_free(local->state);
  local->state = NULL;
  sl_status rc = sl_state_new(&local->state, run->pipeline, err);
  return rc == SL_OK ? sl_workdir_clear_schemas(&local->dir, err) : rc;
}

static sl_status name_state(struct sl_run *run, struct sl_error *err) {
  struct sl_state *state = run->local->state;
  const struct sl_dialect *dialect = run->sql.dialect;
  char type[64]; /* which dlt looks up when it attaches to the pipeline */
  snprintf(type, sizeof type, "dlt.destinations.%s",
           dialect == NULL ? run->destination_ops->name : sl_dialect_dlt_name(dialect));
  sl_status rc = sl_state_set_text(state, "dataset_name", run->dataset, err);
  if (rc == SL_OK && sl_state_text(state, "default_schema_name") == NULL) {
    rc = sl_state_set_text(state, "default_schema_name", run->schema->name, err);
  }
  if (rc == SL_OK) {
    rc = sl_state_add_schema(state, run->schema->name, err);
  }
  if (rc == SL_OK) {
    rc = sl_state_set_text(state, "destination_type", type, err);
  }
  if (rc == SL_OK && sl_state_text(state, "destination_name") == NULL) {
    rc = sl_state_set_text(state, "destination_name", NULL, err); /* a null, as dlt has it */
  }
  return rc;
}

sl_status sl_local_sync(struct sl_run *run, struct sl_error *err) {
  struct sl_local *local = run->local;
  struct sl_state *remote = NULL;
  struct sl_buffer json = { 0 };
  bool adopted = false;
  size_t recovered = 0;
  sl_status rc = stored_state(run, &remote, err);
  if (rc == SL_OK && remote != NULL) {
    rc = sl_state_adopt(local->state, remote, &adopted, err);
  } else if (rc == SL_OK && !sl_state_first_run(local->state) &&
             sl_store_remembers(run->destination_ops)) {
    rc = start_anew(run, err);
  }
  sl_state_free(remote);
  if (rc == SL_OK) {
    rc = name_state(run, err);
  }
  if (rc == SL_OK) { /* a copy of the schema as it is, to tell what this load changed */
    rc = sl_schema_to_json(run->schema, SL_SCHEMA_COMPACT, &json, err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_from_json(&local->before, json.data, json.length, err);
  }
  sl_buffer_release(&json);
  if (rc == SL_OK) {
    rc = sl_package_recover(&local->dir, was_committed, run, &recovered, err);
  }
  if (rc == SL_OK && run->ledger->continues) {
    rc = sl_package_reopen(&local->dir, run->load_id, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_begin(&local->dir, run->load_id, run->started_micros, err);
    local->package_begun = rc == SL_OK;
  }
  return rc;
}

/* A folder holds one file for each schema, as dlt's import folders do. */
static sl_status import_path(const struct sl_run *run, const char *path, struct sl_buffer *out,
                             struct sl_error *err) {
  static const char *const endings[] = { "yaml", "json" };
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
    sl_buffer_text(out, path);
    return sl_buffer_check(out, err);
  }
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    sl_buffer_reset(out);
    sl_buffer_printf(out, "%s/%s.schema.%s", path, run->schema_name, endings[i]);
    if (!out->failed && stat(out->data, &info) == 0) {
      break;
    }
  }
  return sl_buffer_check(out, err);
}

sl_status sl_local_import_schema(struct sl_run *run, const char *path, struct sl_error *err) {
  struct sl_buffer file = { 0 };
  struct sl_schema *imported = NULL;
  bool taken = false;
  sl_status rc = import_path(run, path, &file, err);
  if (rc == SL_OK) {
    rc = sl_schema_from_file(&imported, file.data, err);
  }
  sl_buffer_release(&file);
  if (rc == SL_OK && strcmp(imported->name, run->schema_name) != 0) {
    char *name = strdup(run->schema_name);
    if (name == NULL) {
      sl_schema_free(imported);
      return sl_fail(err, SL_ENOMEM, "out of memory for a schema");
    }
    free(imported->name);
    imported->name = name;
  }
  if (rc == SL_OK) {
    rc = sl_schema_import(&run->schema, imported, &taken, err);
  }
  return rc == SL_OK ? rc : sl_error_add_context(err, "--import-schema");
}

const char *sl_local_keep_dir(struct sl_run *run) {
  struct sl_buffer *dir = &run->local->keep_dir;
  sl_buffer_reset(dir);
  sl_buffer_printf(dir, "%s/kept", run->local->dir.path);
  return dir->failed ? NULL : dir->data;
}

const char *sl_local_outbox_dir(struct sl_run *run) {
  struct sl_buffer *dir = &run->local->outbox_dir;
  sl_buffer_reset(dir);
  sl_buffer_printf(dir, "%s/outbox", run->local->dir.path);
  return dir->failed ? NULL : dir->data;
}

const char *sl_local_source_state(struct sl_run *run, const char *table) {
  struct sl_local *local = run->local;
  bool found = false;
  if (run->settings->refresh) {
    return NULL;
  }
  sl_buffer_reset(&local->source_state);
  sl_status rc =
      sl_state_resource(local->state, run->schema_name, table, &local->source_state, &found, NULL);
  return rc == SL_OK && found ? local->source_state.data : NULL;
}

sl_status sl_local_set_source_state(struct sl_run *run, const char *table, const char *json,
                                    struct sl_error *err) {
  return sl_state_set_resource(run->local->state, run->schema_name, table, json, strlen(json), err);
}

sl_status sl_local_restore_source(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = run->settings->refresh ? SL_OK : sl_state_to_json(run->local->state, &json, err);
  if (rc == SL_OK) {
    rc = run->source_ops->restore(run->source, json.data == NULL ? "{}" : json.data, err);
  }
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_local_remember_sources(struct sl_run *run, struct sl_error *err) {
  char *json = NULL;
  sl_status rc = run->source_ops->remember(run->source, &json, err);
  if (rc == SL_OK && json != NULL) {
    rc = sl_state_set_sources(run->local->state, json, strlen(json), err);
  }
  free(json);
  return rc;
}

sl_status sl_local_prepare(struct sl_run *run, struct sl_error *err) {
  return sl_state_bump(run->local->state, err);
}

sl_status sl_local_write_state_row(struct sl_run *run, struct sl_error *err) {
  struct sl_local *local = run->local;
  char id[SL_STATE_ROW_ID];
  if (!sl_state_needs_row(local->state)) {
    return SL_OK;
  }
  sl_state_row_id(id);
  sl_status rc = sl_state_to_row(local->state, &local->state_row, err);
  struct sl_store_row row = { .name = run->pipeline,
                              .load_id = run->load_id,
                              .version = sl_state_version(local->state),
                              .engine_version = SL_STATE_ENGINE_VERSION,
                              .hash = sl_state_hash(local->state),
                              .text = local->state_row.data,
                              .row_id = id,
                              .created_micros = sl_now_micros() };
  return rc == SL_OK ? run->store->put(run, SL_STORE_STATE, &row, err) : rc;
}

static sl_status save_state(struct sl_local *local, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = sl_state_mark_stored(local->state, sl_now_micros(), err);
  if (rc == SL_OK) {
    rc = sl_state_to_json(local->state, &json, err);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_write(&local->dir, SL_STATE_FILE, json.data, json.length, err);
  }
  sl_buffer_release(&json);
  return rc;
}

static sl_status export_schema(const struct sl_run *run, struct sl_error *err) {
  struct sl_buffer yaml = { 0 };
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.schema.yaml", run->settings->export_schema, run->schema->name);
  sl_status rc = sl_schema_to_yaml(run->schema, true, &yaml, err);
  FILE *f = rc == SL_OK ? fopen(path, "we") : NULL;
  if (rc == SL_OK && (f == NULL || fwrite(yaml.data, 1, yaml.length, f) != yaml.length)) {
    rc = sl_fail(err, SL_EIO, "--export-schema: cannot write %s; the rows are loaded all the same",
                 path);
  }
  if (f != NULL) {
    fclose(f);
  }
  sl_buffer_release(&yaml);
  return rc;
}

/* Jobs of the tables; an array of run->n_tables. */
static size_t describe_jobs(const struct sl_run *run, const struct sl_error *error,
                            struct sl_job *jobs) {
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_run_table *t = &run->tables[i];
    jobs[i] = (struct sl_job){ .table = t->table->name,
                               .state = error == NULL ? SL_JOB_COMPLETED : SL_JOB_FAILED,
                               .rows = t->rows,
                               .bytes = t->bytes,
                               .message = error == NULL ? NULL : error->message,
                               .retry = run->attempt };
  }
  if (run->n_tables > 0 || error == NULL) {
    return run->n_tables;
  }
  jobs[0] = (struct sl_job){ .table = run->schema_name, /* it failed before there was a table */
                             .state = SL_JOB_FAILED,
                             .message = error->message,
                             .retry = run->attempt };
  return 1;
}

static sl_status finish_package(struct sl_run *run, bool aborted, const struct sl_job *jobs,
                                size_t n_jobs, struct sl_error *err) {
  struct sl_local *local = run->local;
  struct sl_buffer updates = { 0 };
  sl_status rc = SL_OK;
  if (!aborted) {
    rc = sl_package_updates(local->before, run->schema, &updates, err);
  }
  struct sl_package_end end = {
    .load_id = run->load_id,
    .aborted = aborted,
    .schema = run->schema,
    .updates_json = updates.data,
    .certificate = !aborted && run->certificate.length > 0 ? run->certificate.data : NULL,
    .jobs = jobs,
    .n_jobs = n_jobs,
    .pipeline = run->pipeline,
    .state_row = local->state_row.length > 0 ? local->state_row.data : NULL,
    /* no state: the one that is stored could not be read, and no package was begun */
    .state_hash = local->state == NULL ? NULL : sl_state_hash(local->state),
    .state_version = local->state == NULL ? 0 : sl_state_version(local->state),
    .state_created_micros = run->started_micros,
  };
  if (rc == SL_OK && local->package_begun) {
    rc = sl_package_finish(&local->dir, &end, err);
    local->package_begun = false;
  }
  sl_buffer_release(&updates);
  return rc == SL_OK ? sl_package_prune(&local->dir, KEPT_PACKAGES, err) : rc;
}

/* Package and trace; the state of the jobs tells how it ended. */
static sl_status write_records(struct sl_run *run, const struct sl_error *error,
                               struct sl_error *err) {
  struct sl_job *jobs = sl_calloc_array(run->n_tables + 1, sizeof *jobs);
  sl_status rc =
      jobs == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the load package") : SL_OK;
  if (rc == SL_OK) {
    size_t n = describe_jobs(run, error, jobs);
    rc = finish_package(run, error != NULL, jobs, n, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_append_trace(run, &run->local->dir, error, err);
  }
  free(jobs);
  return rc;
}

sl_status sl_local_finish(struct sl_run *run, struct sl_error *err) {
  struct sl_local *local = run->local;
  sl_status rc = sl_workdir_save_schema(&local->dir, run->schema, err);
  if (rc == SL_OK) {
    rc = save_state(local, err);
  }
  if (rc == SL_OK) {
    rc = write_records(run, NULL, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err,
                         "the rows are committed, but the working folder could not be written");
  }
  return rc == SL_OK && run->settings->export_schema != NULL ? export_schema(run, err) : rc;
}

void sl_local_fail(struct sl_run *run, const struct sl_error *error) {
  struct sl_error ignored;
  if (run->local->lock.fd >= 0) {
    /* The load's own error is the one to report. */
    sl_status rc = write_records(run, error, &ignored);
    (void)rc;
  }
}

void sl_local_close(struct sl_run *run) {
  struct sl_local *local = run->local;
  if (local == NULL) {
    return;
  }
  sl_lock_release(&local->lock);
  sl_state_free(local->state);
  sl_schema_free(local->before);
  sl_buffer_release(&local->source_state);
  sl_buffer_release(&local->keep_dir);
  sl_buffer_release(&local->outbox_dir);
  sl_buffer_release(&local->state_row);
  sl_workdir_release(&local->dir);
  free(local);
  run->local = NULL;
}
