/* undo_plain.c - undo where there is no SQL: the destination takes rows back by itself, the state
 * is made here; see undo.h. */
#include <stdlib.h>

#include "base/time.h"
#include "pipeline/state.h"
#include "pipeline/undo_internal.h"

static void release_last(struct sl_store_last *last) {
  free(last->load_id);
  free(last->schema);
  free(last->pipeline);
  *last = (struct sl_store_last){ 0 };
}

/* The last load; what the user left open of schema and pipeline is taken from it. */
static sl_status find_load(struct sl_undo_run *run, const struct sl_undo *undo,
                           struct sl_buffer *schema, struct sl_buffer *pipeline,
                           struct sl_error *err) {
  struct sl_target *t = &run->target;
  struct sl_store_last last = { 0 };
  sl_status rc = t->ops->store->last(t->destination, t->schema, &last, err);
  if (rc == SL_OK && last.load_id == NULL) {
    rc = sl_fail(err, SL_ENOTFOUND, "dataset %s holds no load%s%s: there is nothing to undo",
                 t->dataset, t->schema == NULL ? "" : " of schema ",
                 t->schema == NULL ? "" : t->schema);
  }
  if (rc == SL_OK && t->schema == NULL) {
    sl_buffer_text(schema, last.schema);
    t->schema = schema->data;
    rc = sl_buffer_check(schema, err);
  }
  if (rc == SL_OK && t->pipeline == NULL && last.pipeline == NULL) {
    rc = sl_fail(err, SL_EUSAGE, "say whose load it is: --pipeline NAME");
  } else if (rc == SL_OK && t->pipeline == NULL) {
    sl_buffer_text(pipeline, last.pipeline);
    t->pipeline = pipeline->data;
    rc = sl_buffer_check(pipeline, err);
  }
  if (rc == SL_OK) {
    free(run->load_id);
    run->load_id = last.load_id;
    last.load_id = NULL;
  }
  bool other = run->load_id != NULL && undo->load != NULL && strcmp(undo->load, run->load_id) != 0;
  if (rc == SL_OK && other) {
    rc = sl_undo_refuse_load(run, undo->load, err);
  }
  release_last(&last);
  return rc;
}

static sl_status begin(struct sl_target *t, struct sl_error *err) {
  const struct sl_store_load load = { .dataset = t->dataset,
                                      .pipeline = t->pipeline == NULL ? "" : t->pipeline,
                                      .schema = t->schema == NULL ? "" : t->schema,
                                      .load_id = "0" };
  return t->ops->store->begin(t->destination, &load, err);
}

static sl_status check_unfinished(struct sl_undo_run *run, struct sl_error *err) {
  const struct sl_target *t = &run->target;
  char *ledger = NULL;
  sl_status rc =
      t->ops->unfinished == NULL ? SL_OK : t->ops->unfinished(t->destination, &ledger, err);
  bool found = ledger != NULL;
  free(ledger);
  return rc == SL_OK && found ? sl_undo_refuse_unfinished(run, err) : rc;
}

/* ---- the state ---- */

static sl_status read_state(const struct sl_undo_run *run, const char *before,
                            struct sl_state **out, struct sl_error *err) {
  const struct sl_target *t = &run->target;
  char *text = NULL;
  sl_status rc =
      t->ops->store->get(t->destination, SL_STORE_STATE, t->pipeline, before, &text, err);
  if (rc == SL_OK && text != NULL) {
    rc = sl_state_from_row(out, text, strlen(text), err);
  }
  free(text);
  return rc;
}

static sl_status take_table(void *arg, const struct sl_store_undone *undone, struct sl_error *err) {
  struct sl_undo_run *run = arg;
  sl_status rc = sl_grow(&run->tables, &run->capacity, run->n_tables + 1, sizeof *run->tables, err);
  const char *name =
      rc == SL_OK ? sl_arena_copy(&run->kept.arena, undone->table, strlen(undone->table)) : NULL;
  if (rc == SL_OK && name == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", undone->table);
  }
  if (rc == SL_OK) {
    run->tables[run->n_tables++] = (struct sl_undo_table){ .name = name,
                                                           .removed = undone->removed,
                                                           .restored = undone->restored };
  }
  return rc;
}

static sl_status take_back(struct sl_undo_run *run, const struct sl_undo *undo,
                           const struct sl_store_row *state, struct sl_error *err) {
  const struct sl_store_undo what = { .load_id = run->load_id,
                                      .state = state,
                                      .dry_run = undo->dry_run };
  return run->target.ops->store->undo(run->target.destination, &what, take_table, run, err);
}

/* With the state before the load, in a version that every working folder takes over. */
static sl_status with_state(struct sl_undo_run *run, const struct sl_undo *undo,
                            struct sl_state *before, int64_t version, struct sl_error *err) {
  struct sl_buffer packed = { 0 };
  sl_status rc = sl_state_set_version(before, version, err);
  rc = rc == SL_OK ? sl_state_to_row(before, &packed, err) : rc;
  if (rc == SL_OK) {
    const struct sl_store_row row = { .name = run->target.pipeline,
                                      .version = version,
                                      .engine_version = SL_STATE_ENGINE_VERSION,
                                      .hash = sl_state_hash(before),
                                      .text = packed.data,
                                      .created_micros = sl_now_micros() };
    rc = take_back(run, undo, &row, err);
  }
  sl_buffer_release(&packed);
  return rc;
}

static sl_status undo_load(struct sl_undo_run *run, const struct sl_undo *undo, const char **said,
                           struct sl_error *err) {
  struct sl_state *after = NULL;
  struct sl_state *before = NULL;
  sl_status rc = read_state(run, NULL, &after, err);
  rc = rc == SL_OK ? read_state(run, run->load_id, &before, err) : rc;
  bool changed =
      after != NULL && (before == NULL || sl_state_version(before) != sl_state_version(after));
  *said = !changed         ? "unchanged"
          : before == NULL ? "forgotten: there was none before"
                           : "as before the load";
  if (rc == SL_OK) {
    rc = changed && before != NULL ? with_state(run, undo, before, sl_state_version(after) + 1, err)
                                   : take_back(run, undo, NULL, err);
  }
  sl_state_free(after);
  sl_state_free(before);
  return rc;
}

sl_status sl_undo_plain(struct sl_undo_run *run, const struct sl_undo *undo, const char *location,
                        struct sl_buffer *schema, struct sl_buffer *pipeline, const char **said,
                        struct sl_error *err) {
  struct sl_target *t = &run->target;
  if (t->ops->store->undo == NULL) {
    return sl_fail(err, SL_EUSAGE, "what the destination %s has taken cannot be taken back",
                   t->ops->name);
  }
  sl_status rc = begin(t, err);
  rc = rc == SL_OK ? find_load(run, undo, schema, pipeline, err) : rc;
  if (rc == SL_OK) { /* once more, by name: a commit that was begun is ended first */
    sl_target_close(t);
    rc = sl_target_open(t, location, undo->dry_run, err);
    rc = rc == SL_OK ? begin(t, err) : rc;
    rc = rc == SL_OK ? find_load(run, undo, schema, pipeline, err) : rc;
  }
  rc = rc == SL_OK ? check_unfinished(run, err) : rc;
  return rc == SL_OK ? undo_load(run, undo, said, err) : rc;
}
