/* undo.c - see undo.h. */
#include "pipeline/undo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "pipeline/dataset_lock.h"
#include "pipeline/ledger.h"
#include "pipeline/lock.h"
#include "pipeline/manage_internal.h"
#include "pipeline/query.h"
#include "pipeline/trace.h"
#include "pipeline/undo_internal.h"
#include "schema/json_text.h"

/* ---- what is meant ---- */

struct meant {
  struct sl_workdir dir;
  struct sl_state *state;
  struct sl_buffer destination;
  const char *pipeline, *dataset, *schema; /* schema NULL = that of the last load */
};

static void meant_release(struct meant *m) {
  sl_workdir_release(&m->dir);
  sl_state_free(m->state);
  sl_buffer_release(&m->destination);
}

/* The working folder of the pipeline, if there is one. */
static sl_status open_folder(const struct sl_undo *undo, const char *pipeline, struct meant *m,
                             struct sl_error *err) {
  sl_status rc = sl_workdir_init(&m->dir, undo->pipelines_dir, pipeline, err);
  if (rc == SL_OK && sl_workdir_exists(&m->dir)) {
    return sl_manage_read_state(&m->dir, &m->state, err);
  }
  sl_workdir_release(&m->dir);
  return rc;
}

static sl_status find_destination(const struct sl_undo *undo, struct meant *m,
                                  struct sl_error *err) {
  sl_status rc = SL_OK;
  if (undo->destination != NULL) {
    sl_buffer_text(&m->destination, undo->destination);
  } else {
    rc = sl_trace_destination(&m->dir, &m->destination, err);
  }
  if (rc == SL_OK && (m->destination.length == 0 || strstr(m->destination.data, "***") != NULL)) {
    rc = sl_fail(err, SL_EUSAGE,
                 "say where pipeline %s loads into: --destination (passwords are not remembered)",
                 m->pipeline);
  }
  return rc == SL_OK ? sl_buffer_check(&m->destination, err) : rc;
}

static sl_status find_meant(const struct sl_undo *undo, struct meant *m, struct sl_error *err) {
  bool plain = strpbrk(undo->what, ":/") == NULL;
  sl_status rc = plain ? open_folder(undo, undo->what, m, err) : SL_OK;
  if (rc == SL_OK && m->dir.path != NULL) {
    m->pipeline = undo->what;
    rc = find_destination(undo, m, err);
  } else if (rc == SL_OK) {
    sl_buffer_text(&m->destination, undo->what);
    m->pipeline = undo->pipeline;
    rc = sl_buffer_check(&m->destination, err);
    rc = rc == SL_OK && undo->pipeline != NULL ? open_folder(undo, undo->pipeline, m, err) : rc;
  }
  if (rc == SL_OK && m->state != NULL) {
    m->dataset = sl_state_text(m->state, "dataset_name");
    m->schema = sl_state_text(m->state, "default_schema_name");
  }
  if (undo->dataset != NULL) {
    m->dataset = undo->dataset;
  }
  return rc != SL_OK || m->dataset != NULL
             ? rc
             : sl_fail(err, SL_EUSAGE, "say which dataset of %s is meant: --dataset NAME",
                       undo->what);
}

/* ---- the last load ---- */

struct loads {
  struct sl_undo_run *run;
  struct sl_buffer schema;
};

static sl_status take_load(void *arg, const char *const *values, struct sl_error *err) {
  struct loads *loads = arg;
  struct sl_undo_run *run = loads->run;
  if (run->load_id != NULL) { /* the newest comes first */
    return SL_OK;
  }
  sl_buffer_text(&loads->schema, values[1] == NULL ? "" : values[1]);
  run->load_id = strdup(values[0] == NULL ? "" : values[0]);
  return run->load_id == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the loads") : SL_OK;
}

sl_status sl_undo_refuse_load(const struct sl_undo_run *run, const char *load,
                              struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE,
                 "load %s is not the last one of schema %s in dataset %s, %s is: loads are undone "
                 "one after the other, the last one first",
                 load, run->target.schema, run->target.dataset, run->load_id);
}

/* Load id and schema; schema: owned by the caller. */
static sl_status find_load(struct sl_undo_run *run, const char *wanted, struct sl_buffer *schema,
                           struct sl_error *err) {
  static const char *const columns[] = { "load_id", "schema_name" };
  struct sl_table_name name = { .dataset = run->target.dataset, .table = "_dlt_loads" };
  struct loads loads = { .run = run };
  struct sl_buffer sql = { 0 };
  bool exists = false;
  sl_status rc = sl_query_exists(run->target.destination, &name, &exists, err);
  sl_query_columns(&run->target.sql, &name, columns, 2, &sql);
  sl_buffer_text(&sql, " WHERE ");
  sl_sql_identifier(&run->target.sql, "status", &sql);
  sl_buffer_text(&sql, " = 0");
  if (run->target.schema != NULL) {
    sl_buffer_text(&sql, " AND ");
    sl_sql_equals(&run->target.sql, "schema_name", run->target.schema, &sql);
  }
  sl_buffer_text(&sql, " ORDER BY ");
  sl_sql_identifier(&run->target.sql, "load_id", &sql);
  sl_buffer_text(&sql, " DESC");
  rc = rc == SL_OK ? sl_buffer_check(&sql, err) : rc;
  if (rc == SL_OK && exists) {
    rc = sl_query_rows(run->target.destination, sql.data, take_load, &loads, err);
  }
  if (rc == SL_OK && run->load_id == NULL) {
    rc = sl_fail(err, SL_ENOTFOUND, "dataset %s holds no load%s%s: there is nothing to undo",
                 run->target.dataset, run->target.schema == NULL ? "" : " of schema ",
                 run->target.schema == NULL ? "" : run->target.schema);
  }
  if (rc == SL_OK && run->load_id != NULL) {
    *schema = loads.schema;
    run->target.schema = schema->data;
    rc = wanted == NULL || strcmp(wanted, run->load_id) == 0
             ? SL_OK
             : sl_undo_refuse_load(run, wanted, err);
  } else {
    sl_buffer_release(&loads.schema);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* ---- the state ---- */

/* The newest state of the pipeline among the committed loads, and the load that it came with. */
static sl_status newest_state(struct sl_undo_run *run, struct sl_state **state,
                              struct sl_buffer *load, struct sl_error *err) {
  const struct sl_target *t = &run->target;
  struct sl_buffer sql = { 0 };
  struct sl_buffer text = { 0 };
  bool found = false;
  sl_status rc = sl_sql_select_state(&t->sql, t->dataset, t->pipeline, "state", &sql, err);
  rc = rc == SL_OK ? sl_query_text(t->destination, sql.data, &text, &found, err) : rc;
  if (rc == SL_OK && found) {
    rc = sl_state_from_row(state, text.data, text.length, err);
    sl_buffer_reset(&sql);
  }
  if (rc == SL_OK && found) {
    rc = sl_sql_select_state(&t->sql, t->dataset, t->pipeline, "_dlt_load_id", &sql, err);
    rc = rc == SL_OK ? sl_query_text(t->destination, sql.data, load, &found, err) : rc;
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&text);
  return rc;
}

/* The state before the load once more, with a higher version than the load's. */
static sl_status write_state(struct sl_undo_run *run, struct sl_state *state, const char *load,
                             int64_t version, struct sl_error *err) {
  const struct sl_target *t = &run->target;
  struct sl_table_name name = { .dataset = t->dataset, .table = "_dlt_pipeline_state" };
  struct sl_statements sql = { 0 };
  struct sl_buffer packed = { 0 };
  char row_id[SL_STATE_ROW_ID];
  sl_state_row_id(row_id);
  sl_status rc = sl_state_set_version(state, version, err);
  rc = rc == SL_OK ? sl_state_to_row(state, &packed, err) : rc;
  rc = rc == SL_OK ? sl_sql_delete_where(&t->sql, &name, "_dlt_load_id", load, &sql, err) : rc;
  if (rc == SL_OK) {
    struct sl_state_row row = { .version = version,
                                .engine_version = SL_STATE_ENGINE_VERSION,
                                .pipeline = t->pipeline,
                                .state = packed.data,
                                .version_hash = sl_state_hash(state),
                                .load_id = load,
                                .row_id = row_id,
                                .created_at = sl_now_micros() };
    rc = sl_sql_insert_state(&t->sql, t->dataset, &row, &sql, err);
  }
  rc = rc == SL_OK ? sl_target_execute(&run->target, &sql, err) : rc;
  sl_statements_release(&sql);
  sl_buffer_release(&packed);
  return rc;
}

/* Whose state the load wrote, when nobody said a pipeline. */
static sl_status find_pipeline(struct sl_undo_run *run, struct sl_buffer *out,
                               struct sl_error *err) {
  static const char *const column[] = { "pipeline_name" };
  struct sl_table_name name = { .dataset = run->target.dataset, .table = "_dlt_pipeline_state" };
  struct sl_buffer sql = { 0 };
  bool found = false;
  sl_query_columns(&run->target.sql, &name, column, 1, &sql);
  sl_buffer_text(&sql, " WHERE ");
  sl_sql_equals(&run->target.sql, "_dlt_load_id", run->load_id, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  rc = rc == SL_OK ? sl_query_text(run->target.destination, sql.data, out, &found, err) : rc;
  if (rc == SL_OK && found && run->target.pipeline == NULL) {
    run->target.pipeline = out->data;
  }
  sl_buffer_release(&sql);
  return rc;
}

/* The system rows of the load go; *said: what became of the state. */
static sl_status undo_system_rows(struct sl_undo_run *run, const char **said,
                                  struct sl_error *err) {
  const struct sl_target *t = &run->target;
  static const char *const rows[][2] = { { "_dlt_pipeline_state", "_dlt_load_id" },
                                         { "_dlt_loads", "load_id" } };
  struct sl_state *after = NULL;
  struct sl_state *before = NULL;
  struct sl_buffer load = { 0 };
  struct sl_buffer earlier = { 0 };
  struct sl_statements sql = { 0 };
  *said = "unchanged";
  sl_status rc = t->pipeline == NULL ? SL_OK : newest_state(run, &after, &load, err);
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    struct sl_table_name name = { .dataset = t->dataset, .table = rows[i][0] };
    rc = sl_sql_delete_where(&t->sql, &name, rows[i][1], run->load_id, &sql, err);
  }
  rc = rc == SL_OK ? sl_target_execute(&run->target, &sql, err) : rc;
  if (rc == SL_OK && after != NULL && load.length > 0 && strcmp(load.data, run->load_id) == 0) {
    rc = newest_state(run, &before, &earlier, err);
    *said = before == NULL ? "forgotten: there was none before" : "as before the load";
  }
  if (rc == SL_OK && before != NULL) {
    rc = write_state(run, before, earlier.data, sl_state_version(after) + 1, err);
  }
  sl_state_free(after);
  sl_state_free(before);
  sl_buffer_release(&load);
  sl_buffer_release(&earlier);
  sl_statements_release(&sql);
  return rc;
}

/* ---- all of it ---- */

static void print(const struct sl_undo_run *run, const struct sl_undo *undo, const char *state,
                  bool json, struct sl_buffer *out) {
  if (json) {
    sl_buffer_printf(
        out, "{\"ok\": true, \"dry_run\": %s, \"dataset\": ", undo->dry_run ? "true" : "false");
    sl_json_string(out, run->target.dataset, strlen(run->target.dataset));
    sl_buffer_printf(out, ", \"load_id\": \"%s\", \"state\": \"%s\", \"tables\": [", run->load_id,
                     state);
  } else {
    sl_buffer_printf(out, "  %-40s %14s %14s\n", "table", "removed", "restored");
  }
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_undo_table *t = &run->tables[i];
    char removed[32];
    char restored[32];
    sl_format_count(removed, t->removed);
    sl_format_count(restored, t->restored);
    if (t->restored < 0) {
      snprintf(restored, sizeof restored, json ? "null" : "not known");
    }
    if (json) {
      sl_buffer_text(out, i == 0 ? "{\"name\": " : ", {\"name\": ");
      sl_json_string(out, t->name, strlen(t->name));
      sl_buffer_printf(out, ", \"removed\": %" PRId64 ", \"restored\": ", t->removed);
      sl_buffer_printf(out, t->restored < 0 ? "null}" : "%" PRId64 "}", t->restored);
    } else {
      sl_buffer_printf(out, "  %-40s %14s %14s\n", t->name, removed, restored);
    }
  }
  if (json) {
    sl_buffer_text(out, "]}\n");
    return;
  }
  sl_buffer_printf(out, "%s load %s in dataset %s; the pipeline's state is %s\n",
                   undo->dry_run ? "This would undo" : "Undid", run->load_id, run->target.dataset,
                   state);
}

static sl_status drop_kept(struct sl_undo_run *run, struct sl_error *err) {
  struct sl_store_place place = sl_target_place(&run->target);
  struct sl_statements drops = { 0 };
  sl_status rc = SL_OK;
  for (size_t at = 0; rc == SL_OK && at < run->kept.n;) {
    rc = sl_kept_drop(&run->kept, &at, &place, &drops, err);
  }
  rc = rc == SL_OK ? sl_target_execute(&run->target, &drops, err) : rc;
  sl_statements_release(&drops);
  return rc;
}

sl_status sl_undo_refuse_unfinished(const struct sl_undo_run *run, struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE,
                 "pipeline %s has a load that is not finished: run it again (--fresh begins it "
                 "anew), then undo it",
                 run->target.pipeline);
}

/* A load that was killed goes on where the state is that it began with. */
static sl_status refuse_unfinished(struct sl_undo_run *run, struct sl_error *err) {
  struct sl_table_name name = { .dataset = run->target.dataset, .table = SL_LEDGER_TABLE };
  struct sl_buffer sql = { 0 };
  struct sl_buffer text = { 0 };
  bool found = false;
  sl_status rc = run->target.pipeline == NULL
                     ? SL_OK
                     : sl_query_exists(run->target.destination, &name, &found, err);
  if (rc == SL_OK && found) {
    rc = sl_sql_select_ledger(&run->target.sql, &name, run->target.pipeline, &sql, err);
    rc = rc == SL_OK ? sl_query_text(run->target.destination, sql.data, &text, &found, err) : rc;
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&text);
  return rc != SL_OK || !found ? rc : sl_undo_refuse_unfinished(run, err);
}

/* Where DROP ends a transaction, the kept tables go after it. */
static sl_status drop_later(struct sl_undo_run *run, struct sl_error *err) {
  if (run->target.sql.capabilities->supports_ddl_transactions || run->kept.n == 0) {
    return SL_OK;
  }
  sl_status rc = sl_target_begin(&run->target, err);
  rc = rc == SL_OK ? drop_kept(run, err) : rc;
  return rc == SL_OK ? run->target.ops->commit(run->target.destination, err) : rc;
}

static sl_status in_transaction(struct sl_undo_run *run, const struct sl_undo *undo,
                                struct sl_buffer *schema, struct sl_buffer *pipeline,
                                const char **state, struct sl_error *err) {
  sl_status rc = find_load(run, undo->load, schema, err);
  rc = rc == SL_OK ? find_pipeline(run, pipeline, err) : rc;
  rc = rc == SL_OK ? refuse_unfinished(run, err) : rc;
  rc = rc == SL_OK ? sl_target_schema(&run->target, &run->schema, err) : rc;
  if (rc == SL_OK && run->schema == NULL) {
    rc = sl_fail(err, SL_ENOTFOUND, "dataset %s holds no schema %s", run->target.dataset,
                 run->target.schema);
  }
  rc = rc == SL_OK ? sl_undo_plan(run, err) : rc;
  rc = rc == SL_OK ? sl_undo_rows(run, err) : rc;
  rc = rc == SL_OK ? undo_system_rows(run, state, err) : rc;
  bool now = run->target.sql.capabilities->supports_ddl_transactions && !undo->dry_run;
  return rc == SL_OK && now ? drop_kept(run, err) : rc;
}

static sl_status undo_by_sql(struct sl_undo_run *run, const struct sl_undo *undo, bool json,
                             struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer schema = { 0 };
  struct sl_buffer pipeline = { 0 };
  const char *state = "";
  if (!run->target.sql.capabilities->supports_transactions) {
    return sl_fail(err, SL_EUSAGE,
                   "the destination has no transactions, so a load cannot be taken back safely: "
                   "delete its rows by their _dlt_load_id");
  }
  sl_status rc = sl_dataset_lock_target(&run->target, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = sl_target_begin(&run->target, err);
  rc = rc == SL_OK ? in_transaction(run, undo, &schema, &pipeline, &state, err) : rc;
  if (rc == SL_OK && !undo->dry_run) {
    rc = run->target.ops->commit(run->target.destination, err);
    rc = rc == SL_OK ? drop_later(run, err) : rc;
  } else {
    run->target.ops->rollback(run->target.destination);
  }
  if (rc == SL_OK) {
    print(run, undo, state, json, out);
    rc = sl_buffer_check(out, err);
  }
  sl_buffer_release(&schema);
  sl_buffer_release(&pipeline);
  return rc;
}

static sl_status undo_without_sql(struct sl_undo_run *run, const struct sl_undo *undo,
                                  const char *location, bool json, struct sl_buffer *out,
                                  struct sl_error *err) {
  struct sl_buffer schema = { 0 };
  struct sl_buffer pipeline = { 0 };
  const char *state = "";
  sl_status rc = sl_undo_plain(run, undo, location, &schema, &pipeline, &state, err);
  if (rc == SL_OK) {
    print(run, undo, state, json, out);
    rc = sl_buffer_check(out, err);
  }
  sl_buffer_release(&schema);
  sl_buffer_release(&pipeline);
  return rc;
}

static sl_status open_and_undo(struct sl_undo_run *run, const struct meant *m,
                               const struct sl_undo *undo, bool json, struct sl_buffer *out,
                               struct sl_error *err) {
  run->target.dataset = m->dataset;
  run->target.schema = m->schema;
  run->target.pipeline = m->pipeline;
  /* Nothing is made where nothing is. */
  sl_status rc = sl_target_open(&run->target, m->destination.data, true, err);
  if (rc == SL_OK && run->target.sql.dialect == NULL) {
    return undo_without_sql(run, undo, m->destination.data, json, out, err);
  }
  sl_target_close(&run->target);
  rc = rc == SL_OK ? sl_target_open(&run->target, m->destination.data, false, err) : rc;
  return rc == SL_OK ? undo_by_sql(run, undo, json, out, err) : rc;
}

sl_status sl_undo(const struct sl_undo *undo, bool json, struct sl_buffer *out,
                  struct sl_error *err) {
  struct sl_undo_run run = { 0 };
  struct meant m = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  sl_status rc = find_meant(undo, &m, err);
  if (rc == SL_OK && m.dir.path != NULL) {
    rc = sl_lock_take(&lock, &m.dir, 0, err);
  }
  rc = rc == SL_OK ? open_and_undo(&run, &m, undo, json, out, err) : rc;
  sl_target_close(&run.target);
  sl_schema_free(run.schema);
  sl_kept_release(&run.kept);
  free(run.tables);
  free(run.load_id);
  sl_lock_release(&lock);
  meant_release(&m);
  return rc;
}
