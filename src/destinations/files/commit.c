/* commit.c - staged files become visible, all of them or none.
 *
 * What is to be done is written down first, in _sluice/pending/<pipeline>.json: that is the moment
 * of the commit. Then files are published, _sluice/loads/<schema>__<load id>.json names them, the
 * rows of _dlt_version and _dlt_pipeline_state follow, and _dlt_loads as the last one. Old files of
 * replaced tables are removed after that. Who is killed in between is taken up by the next load of
 * the pipeline: each step may be done twice. */
#include <stdlib.h>

#include <yyjson.h>

#include "files_internal.h"

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the commit");
}

/* ---- what is to be done ---- */

/* Files of the replaced tables that are there now; ours have other names. */
static sl_status list_old(struct files_destination *d, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < d->replaced.count; i++) {
    struct sl_buffer prefix = { 0 };
    rc = files_layout_prefix(&d->layout, d->schema, d->replaced.items[i], &prefix, err);
    size_t first = d->removed.count;
    if (rc == SL_OK) {
      rc = d->place->ops->list(d->place, prefix.data, &d->removed, err);
    }
    if (rc == SL_OK && d->generations > 0) {
      rc = files_generation_add(d, i, first, err);
    }
    sl_buffer_release(&prefix);
  }
  return rc == SL_OK && d->generations > 0 ? files_generation_end(d, err) : rc;
}

static yyjson_mut_val *list_of(yyjson_mut_doc *doc, const struct files_names *names) {
  yyjson_mut_val *list = yyjson_mut_arr(doc);
  for (size_t i = 0; i < names->count; i++) {
    yyjson_mut_arr_add_str(doc, list, names->items[i]);
  }
  return list;
}

static void add_put(yyjson_mut_doc *doc, yyjson_mut_val *list, const struct files_put *put) {
  yyjson_mut_val *item = yyjson_mut_arr_add_obj(doc, list);
  yyjson_mut_obj_add_str(doc, item, "path", put->key);
  yyjson_mut_obj_add_str(doc, item, "text", put->text);
}

void files_add_list(const struct files_destination *d, yyjson_mut_doc *doc,
                    yyjson_mut_val *object) {
  yyjson_mut_val *files = yyjson_mut_obj_add_arr(doc, object, "files");
  for (size_t i = 0; i < d->n_files; i++) {
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(doc, files);
    yyjson_mut_obj_add_str(doc, item, "table", d->files[i].table);
    yyjson_mut_obj_add_str(doc, item, "path", d->files[i].key);
    yyjson_mut_obj_add_str(doc, item, "staged", d->files[i].token);
    yyjson_mut_obj_add_int(doc, item, "rows", d->files[i].rows);
  }
}

sl_status files_write_plan(struct files_destination *d, char **json, struct sl_error *err) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_add_int(doc, root, "version", 1);
  yyjson_mut_obj_add_str(doc, root, "pipeline", d->pipeline);
  yyjson_mut_obj_add_str(doc, root, "schema", d->schema);
  yyjson_mut_obj_add_str(doc, root, "load_id", d->load_id);
  yyjson_mut_obj_add_val(doc, root, "replaced", list_of(doc, &d->replaced));
  files_add_list(d, doc, root);
  yyjson_mut_val *puts = yyjson_mut_obj_add_arr(doc, root, "put");
  if (d->record.key != NULL) {
    add_put(doc, puts, &d->record);
  }
  for (size_t i = 0; i < d->n_puts; i++) {
    add_put(doc, puts, &d->puts[i]);
  }
  if (d->marker.key != NULL) { /* the last one */
    add_put(doc, puts, &d->marker);
  }
  yyjson_mut_obj_add_bool(doc, root, "complete", d->marker.key != NULL);
  yyjson_mut_obj_add_val(doc, root, "copy_from", list_of(doc, &d->copy_from));
  yyjson_mut_obj_add_val(doc, root, "copy_to", list_of(doc, &d->copy_to));
  yyjson_mut_obj_add_val(doc, root, "remove", list_of(doc, &d->removed));
  *json = yyjson_mut_write(doc, 0, NULL);
  yyjson_mut_doc_free(doc);
  return *json != NULL ? SL_OK : no_memory(err);
}

static sl_status pending_key(const struct files_destination *d, struct sl_buffer *out,
                             struct sl_error *err) {
  sl_buffer_printf(out, FILES_PENDING "%s.json", d->pipeline);
  return sl_buffer_check(out, err);
}

/* ---- doing it ---- */

static sl_status publish_all(struct files_place *place, yyjson_val *files, struct sl_error *err) {
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(files, i, n, file) {
    if (rc == SL_OK) {
      rc = place->ops->publish(place, files_text_of(file, "path"), files_text_of(file, "staged"),
                               err);
    }
  }
  return rc;
}

/* What a replace puts away, or what comes back. */
static sl_status copy_all(struct files_place *place, yyjson_val *plan, struct sl_error *err) {
  yyjson_val *to = yyjson_obj_get(plan, "copy_to");
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *from;
  yyjson_arr_foreach(yyjson_obj_get(plan, "copy_from"), i, n, from) {
    const char *target = yyjson_get_str(yyjson_arr_get(to, i));
    if (rc == SL_OK && yyjson_is_str(from) && target != NULL) {
      rc = place->ops->copy(place, yyjson_get_str(from), target, err);
    }
  }
  return rc;
}

/* The permanent list of what this load added and replaced: what an exact reader goes by. */
static sl_status write_manifest(struct files_place *place, yyjson_val *plan, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_val_mut_copy(doc, plan);
  static const char *const of_the_commit[] = { "put", "remove", "copy_from", "copy_to",
                                               "complete" };
  for (size_t m = 0; m < sizeof of_the_commit / sizeof of_the_commit[0]; m++) {
    yyjson_mut_obj_remove_key(root, of_the_commit[m]);
  }
  size_t i;
  size_t n;
  yyjson_mut_val *file;
  yyjson_mut_arr_foreach(yyjson_mut_obj_get(root, "files"), i, n, file) {
    yyjson_mut_obj_remove_key(file, "staged");
  }
  yyjson_mut_doc_set_root(doc, root);
  size_t length = 0;
  char *json = yyjson_mut_write(doc, 0, &length);
  sl_buffer_printf(&key, FILES_LOADS "%s__%s.json", files_text_of(plan, "schema"),
                   files_text_of(plan, "load_id"));
  sl_status rc = json == NULL ? no_memory(err) : sl_buffer_check(&key, err);
  if (rc == SL_OK) {
    rc = place->ops->put(place, key.data, json, length, err);
  }
  free(json);
  yyjson_mut_doc_free(doc);
  sl_buffer_release(&key);
  return rc;
}

static sl_status put_all(struct files_place *place, yyjson_val *puts, struct sl_error *err) {
  static const char init[] = "{\"initial_version\":2,\"current_version\":2}";
  struct sl_buffer there = { 0 };
  bool found = false;
  sl_status rc = place->ops->get(place, FILES_INIT, &there, &found, err);
  sl_buffer_release(&there);
  if (rc == SL_OK && !found) {
    rc = place->ops->put(place, FILES_INIT, init, sizeof init - 1, err);
  }
  size_t i;
  size_t n;
  yyjson_val *item;
  yyjson_arr_foreach(puts, i, n, item) {
    const char *text = files_text_of(item, "text");
    if (rc == SL_OK) {
      rc = place->ops->put(place, files_text_of(item, "path"), text, strlen(text), err);
    }
  }
  return rc;
}

static sl_status remove_all(struct files_place *place, yyjson_val *keys, struct sl_error *err) {
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *key;
  yyjson_arr_foreach(keys, i, n, key) {
    if (rc == SL_OK && yyjson_is_str(key)) {
      rc = place->ops->remove(place, yyjson_get_str(key), err);
    }
  }
  return rc;
}

/* Carries a plan out; *done: what it adds is visible and marked as loaded. */
static sl_status carry_out(struct files_destination *d, yyjson_val *plan, bool *done,
                           struct sl_error *err) {
  struct files_place *place = d->place;
  struct sl_buffer pending = { 0 };
  sl_status rc = pending_key(d, &pending, err);
  yyjson_val *files = yyjson_obj_get(plan, "files");
  if (rc == SL_OK) {
    rc = publish_all(place, files, err);
  }
  if (rc == SL_OK &&
      (yyjson_arr_size(files) > 0 || yyjson_get_bool(yyjson_obj_get(plan, "complete")) ||
       yyjson_arr_size(yyjson_obj_get(plan, "replaced")) > 0)) {
    rc = write_manifest(place, plan, err);
  }
  if (rc == SL_OK) {
    rc = copy_all(place, plan, err);
  }
  if (rc == SL_OK) {
    rc = put_all(place, yyjson_obj_get(plan, "put"), err);
  }
  *done = rc == SL_OK;
  if (rc == SL_OK) {
    rc = remove_all(place, yyjson_obj_get(plan, "remove"), err);
  }
  if (rc == SL_OK) {
    rc = place->ops->remove(place, pending.data, err);
  }
  sl_buffer_release(&pending);
  return rc;
}

sl_status files_follow_plan(struct files_destination *d, const char *plan, bool *done,
                            struct sl_error *err) {
  struct sl_buffer pending = { 0 };
  *done = false;
  sl_status rc = pending_key(d, &pending, err);
  if (rc == SL_OK) {
    d->pending = true; /* also when the answer is lost */
    rc = d->place->ops->put(d->place, pending.data, plan, strlen(plan), err);
  }
  yyjson_doc *doc = rc == SL_OK ? yyjson_read(plan, strlen(plan), 0) : NULL;
  if (rc == SL_OK) {
    rc = doc == NULL ? no_memory(err) : carry_out(d, yyjson_doc_get_root(doc), done, err);
  }
  yyjson_doc_free(doc);
  sl_buffer_release(&pending);
  return rc;
}

/* A commit failed on its way: nothing of it stays, if the place still answers. True = undone. */
static bool undo(struct files_destination *d) {
  struct files_place *place = d->place;
  struct sl_buffer pending = { 0 };
  struct sl_error ignored;
  struct sl_buffer unfinished = { 0 };
  /* Files may be published already, so that nothing can go on from them. */
  bool undone = !d->unfinished || (files_unfinished_key(d, &unfinished, &ignored) == SL_OK &&
                                   place->ops->remove(place, unfinished.data, &ignored) == SL_OK);
  undone = undone && pending_key(d, &pending, &ignored) == SL_OK &&
           place->ops->remove(place, pending.data, &ignored) == SL_OK;
  d->unfinished = d->unfinished && !undone;
  sl_buffer_release(&unfinished);
  sl_buffer_release(&pending);
  d->pending = !undone;
  for (size_t i = 0; undone && i < d->copy_to.count; i++) {
    sl_status rc = place->ops->remove(place, d->copy_to.items[i], &ignored);
    (void)rc;
  }
  if (undone && d->record.key != NULL) { /* what would tell of them */
    sl_status rc = place->ops->remove(place, d->record.key, &ignored);
    (void)rc;
  }
  for (size_t i = 0; undone && i < d->n_files; i++) {
    place->ops->discard(place, d->files[i].key, d->files[i].token);
    sl_status rc = place->ops->remove(place, d->files[i].key, &ignored); /* no load names it */
    (void)rc;
  }
  return undone;
}

sl_status files_commit(struct sl_destination *base, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  char *plan = NULL;
  bool done = false;
  sl_status rc = files_flush(base, err);
  if (rc == SL_OK) {
    rc = list_old(d, err);
  }
  if (rc == SL_OK && d->unfinished) { /* it is over with this */
    struct sl_buffer key = { 0 };
    rc = files_unfinished_key(d, &key, err);
    rc = rc == SL_OK ? files_names_add(&d->removed, key.data, key.length, err) : rc;
    sl_buffer_release(&key);
  }
  if (rc != SL_OK ||
      (d->n_files == 0 && d->n_puts == 0 && d->removed.count == 0 && d->marker.key == NULL)) {
    return rc;
  }
  rc = files_write_plan(d, &plan, err);
  rc = rc == SL_OK ? files_follow_plan(d, plan, &done, err) : rc;
  if (rc != SL_OK && done) {
    sl_error_add_context(err, "the load is complete; what it replaces is removed by the next one");
  } else if (rc != SL_OK && plan != NULL && !undo(d)) {
    sl_error_add_context(err,
                         "committing; the next load of this pipeline ends what was begun, so "
                         "do not load the same rows again");
  }
  free(plan);
  if (rc == SL_OK) {
    d->pending = d->unfinished = false;
    d->base.ops->rollback(&d->base); /* what is left of the load is memory */
  }
  return rc;
}

sl_status files_recover(struct files_destination *d, struct sl_error *err) {
  struct sl_buffer pending = { 0 };
  struct sl_buffer json = { 0 };
  bool found = false;
  bool done = false;
  sl_status rc = pending_key(d, &pending, err);
  if (rc == SL_OK) {
    rc = d->place->ops->get(d->place, pending.data, &json, &found, err);
  }
  if (rc == SL_OK && found) {
    yyjson_doc *doc = yyjson_read(json.data == NULL ? "" : json.data, json.length, 0);
    rc = doc != NULL
             ? carry_out(d, yyjson_doc_get_root(doc), &done, err)
             : sl_fail(err, SL_EDATA, "%s is damaged: was it changed by hand?", pending.data);
    yyjson_doc_free(doc);
    if (rc != SL_OK) {
      sl_error_add_context(err, "ending the commit that an earlier load has begun");
    }
  }
  char *ledger = NULL;
  if (rc == SL_OK) {
    rc = files_find_unfinished(&d->base, &ledger, err);
    d->unfinished = ledger != NULL;
  }
  free(ledger);
  sl_buffer_release(&pending);
  sl_buffer_release(&json);
  return rc == SL_OK && !d->unfinished ? d->place->ops->clean(d->place, err) : rc;
}
