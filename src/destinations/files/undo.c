/* undo.c - a load of files is taken back: its files go, those that it replaced come back.
 *
 * Carried out like a commit (commit.c): what is to be done is written to _sluice/pending/ first, so
 * who is killed in between is taken up by the next load or undo. Kept files are back in their
 * places before the load's row in _dlt_loads goes, which is the moment for readers that go by it.
 */
#include <stdlib.h>

#include <yyjson.h>

#include "files_internal.h"

struct undoing {
  struct files_destination *d;
  const struct sl_store_undo *undo;
  yyjson_doc *manifest, *record; /* record: NULL = the load has put nothing away */
  struct sl_buffer manifest_key, record_key;
  struct files_names tables;
};

static yyjson_val *member_of(yyjson_doc *doc, const char *name) {
  return yyjson_obj_get(yyjson_doc_get_root(doc), name);
}

static sl_status manifest_key(const char *schema, const char *load_id, struct sl_buffer *out,
                              struct sl_error *err) {
  sl_buffer_printf(out, FILES_LOADS "%s__%s.json", schema, load_id);
  return sl_buffer_check(out, err);
}

sl_status files_find_pipeline(struct files_destination *d, struct sl_store_last *last,
                              struct sl_error *err) {
  struct sl_buffer key = { 0 };
  yyjson_doc *doc = NULL;
  sl_status rc = manifest_key(last->schema, last->load_id, &key, err);
  rc = rc == SL_OK ? files_read_json(d, key.data, &doc, err) : rc;
  const char *pipeline = yyjson_get_str(member_of(doc, "pipeline"));
  if (rc == SL_OK && pipeline != NULL) {
    rc = files_keep(&last->pipeline, pipeline, err);
  }
  yyjson_doc_free(doc);
  sl_buffer_release(&key);
  return rc;
}

static sl_status open_lists(struct undoing *u, struct sl_error *err) {
  const char *load_id = u->undo->load_id;
  sl_status rc = manifest_key(u->d->schema, load_id, &u->manifest_key, err);
  sl_buffer_printf(&u->record_key, FILES_GENERATIONS "%s__%s.json", u->d->schema, load_id);
  rc = rc == SL_OK ? sl_buffer_check(&u->record_key, err) : rc;
  rc = rc == SL_OK ? files_read_json(u->d, u->manifest_key.data, &u->manifest, err) : rc;
  if (rc == SL_OK && u->manifest == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "load %s has no list of its files (%s): it is of dlt, or of an older Sluice. "
                 "Nothing was changed",
                 load_id, u->manifest_key.data);
  }
  return rc == SL_OK ? files_read_json(u->d, u->record_key.data, &u->record, err) : rc;
}

/* ---- what can be taken back ---- */

static bool is_of_load(const struct undoing *u, const char *key) {
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(member_of(u->manifest, "files"), i, n, file) {
    if (strcmp(files_text_of(file, "path"), key) == 0) {
      return true;
    }
  }
  return false;
}

static yyjson_val *kept_of(const struct undoing *u, const char *table) {
  size_t i;
  size_t n;
  yyjson_val *item;
  yyjson_arr_foreach(member_of(u->record, "tables"), i, n, item) {
    if (strcmp(files_text_of(item, "table"), table) == 0) {
      return item;
    }
  }
  return NULL;
}

static sl_status check_replaced(struct undoing *u, const char *table, struct sl_error *err) {
  struct files_destination *d = u->d;
  struct files_names there = { 0 };
  struct sl_buffer prefix = { 0 };
  if (kept_of(u, table) == NULL) {
    return sl_fail(
        err, SL_EUSAGE,
        "load %s replaced table %s, and what was there before was not kept: nothing was "
        "changed. Load the earlier rows again; with --keep-generations N a later replace "
        "can be undone",
        u->undo->load_id, table);
  }
  sl_status rc = files_layout_prefix(&d->layout, d->schema, table, &prefix, err);
  rc = rc == SL_OK ? d->place->ops->list(d->place, prefix.data, &there, err) : rc;
  for (size_t i = 0; rc == SL_OK && i < there.count; i++) {
    if (!is_of_load(u, there.items[i])) {
      rc = sl_fail(err, SL_EUSAGE,
                   "table %s was replaced by load %s, and others have added %s since: nothing was "
                   "changed. Take it out first if it is not needed",
                   table, u->undo->load_id, there.items[i]);
    }
  }
  files_names_release(&there);
  sl_buffer_release(&prefix);
  return rc;
}

static sl_status check_kept(struct undoing *u, const struct files_names *there, yyjson_val *table,
                            struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(yyjson_obj_get(table, "files"), i, n, file) {
    rc =
        rc == SL_OK ? files_kept_key(u->undo->load_id, files_text_of(file, "path"), &key, err) : rc;
    if (rc == SL_OK && !files_names_have(there, key.data)) {
      rc = sl_fail(err, SL_EUSAGE,
                   "%s with earlier rows of %s is not there any more: nothing was changed",
                   key.data, files_text_of(table, "table"));
    }
  }
  sl_buffer_release(&key);
  return rc;
}

static sl_status check(struct undoing *u, struct sl_error *err) {
  struct files_names there = { 0 };
  struct sl_buffer prefix = { 0 };
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = files_kept_key(u->undo->load_id, "", &prefix, err);
  yyjson_arr_foreach(member_of(u->manifest, "replaced"), i, n, item) {
    const char *table = yyjson_get_str(item);
    if (rc == SL_OK && table != NULL && !files_names_have(&u->tables, table)) {
      rc = check_replaced(u, table, err);
      rc = rc == SL_OK ? files_names_add(&u->tables, table, strlen(table), err) : rc;
    }
  }
  yyjson_arr_foreach(member_of(u->manifest, "files"), i, n, item) {
    const char *table = files_text_of(item, "table");
    if (rc == SL_OK && !files_names_have(&u->tables, table)) {
      rc = files_names_add(&u->tables, table, strlen(table), err);
    }
  }
  rc = rc == SL_OK ? u->d->place->ops->list(u->d->place, prefix.data, &there, err) : rc;
  yyjson_arr_foreach(member_of(u->record, "tables"), i, n, item) {
    rc = rc == SL_OK ? check_kept(u, &there, item, err) : rc;
  }
  files_names_release(&there);
  sl_buffer_release(&prefix);
  return rc;
}

/* ---- what is to be done ---- */

static sl_status remove_later(struct files_destination *d, const char *key, struct sl_error *err) {
  return files_names_add(&d->removed, key, strlen(key), err);
}

static sl_status bring_back(struct undoing *u, yyjson_val *table, struct sl_error *err) {
  struct files_destination *d = u->d;
  struct sl_buffer kept = { 0 };
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(yyjson_obj_get(table, "files"), i, n, file) {
    const char *path = files_text_of(file, "path");
    rc = rc == SL_OK ? files_kept_key(u->undo->load_id, path, &kept, err) : rc;
    rc = rc == SL_OK ? files_names_add(&d->copy_from, kept.data, kept.length, err) : rc;
    rc = rc == SL_OK ? files_names_add(&d->copy_to, path, strlen(path), err) : rc;
    rc = rc == SL_OK ? remove_later(d, kept.data, err) : rc;
  }
  sl_buffer_release(&kept);
  return rc;
}

/* The load's row goes first: it is what makes its files count. */
static sl_status plan(struct undoing *u, struct sl_error *err) {
  struct files_destination *d = u->d;
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = files_undo_rows(d, u->undo->load_id, u->undo->state, err);
  yyjson_arr_foreach(member_of(u->manifest, "files"), i, n, item) {
    rc = rc == SL_OK ? remove_later(d, files_text_of(item, "path"), err) : rc;
  }
  rc = rc == SL_OK ? remove_later(d, u->manifest_key.data, err) : rc;
  if (rc == SL_OK && u->record != NULL) {
    rc = remove_later(d, u->record_key.data, err);
  }
  yyjson_arr_foreach(member_of(u->record, "tables"), i, n, item) {
    rc = rc == SL_OK ? bring_back(u, item, err) : rc;
  }
  return rc;
}

static sl_status carry_out(struct undoing *u, struct sl_error *err) {
  char *json = NULL;
  bool done = false;
  sl_status rc = plan(u, err);
  rc = rc == SL_OK ? files_write_plan(u->d, &json, err) : rc;
  if (rc == SL_OK) {
    rc = files_follow_plan(u->d, json, &done, err);
    u->d->pending = rc != SL_OK;
    if (rc != SL_OK) {
      sl_error_add_context(err, "undoing; the next load or undo of this pipeline ends it");
    }
  }
  free(json);
  return rc;
}

/* ---- telling ---- */

static int64_t sum_rows(yyjson_val *files, const char *table) {
  int64_t sum = 0;
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(files, i, n, file) {
    yyjson_val *rows = yyjson_obj_get(file, "rows");
    if (table == NULL || strcmp(files_text_of(file, "table"), table) == 0) {
      sum = rows == NULL || sum < 0 ? -1 : sum + yyjson_get_sint(rows);
    }
  }
  return sum;
}

static sl_status tell(const struct undoing *u, sl_take_undone take, void *arg,
                      struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < u->tables.count; i++) {
    const char *table = u->tables.items[i];
    const struct sl_store_undone undone = {
      .table = table,
      .removed = sum_rows(member_of(u->manifest, "files"), table),
      .restored = sum_rows(yyjson_obj_get(kept_of(u, table), "files"), NULL),
    };
    rc = take(arg, &undone, err);
  }
  return rc;
}

sl_status files_undo(struct sl_destination *base, const struct sl_store_undo *undo,
                     sl_take_undone take, void *arg, struct sl_error *err) {
  struct undoing u = { .d = (struct files_destination *)base, .undo = undo };
  sl_status rc = open_lists(&u, err);
  rc = rc == SL_OK ? check(&u, err) : rc;
  if (rc == SL_OK && !undo->dry_run) {
    rc = carry_out(&u, err);
  }
  rc = rc == SL_OK ? tell(&u, take, arg, err) : rc;
  yyjson_doc_free(u.manifest);
  yyjson_doc_free(u.record);
  files_names_release(&u.tables);
  sl_buffer_release(&u.manifest_key);
  sl_buffer_release(&u.record_key);
  base->ops->rollback(base);
  return rc;
}
