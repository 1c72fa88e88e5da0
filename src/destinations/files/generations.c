/* generations.c - what a replace puts away is kept (--keep-generations).
 *
 * The files of a replaced table are copied to _sluice/old/<load id>/<key> before the load is
 * complete, and removed from their places after it, as without; in a folder a copy is a second
 * link, in a bucket the store makes it. _sluice/generations/<schema>__<load id>.json says what was
 * put away:
 *
 * {"load_id", "schema", "pipeline", "tables": [{"root", "table", "rows": null = not known,
 *  "files": [{"path", "rows"}]}]}
 *
 * A table without files was new. */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "files_internal.h"

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for generations");
}

sl_status files_keep_generations(struct sl_destination *base, int64_t generations,
                                 struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  d->generations = generations;
  return d->place->ops->can_copy(d->place)
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED, "files cannot be copied within the store");
}

sl_status files_kept_key(const char *load_id, const char *key, struct sl_buffer *out,
                         struct sl_error *err) {
  sl_buffer_reset(out);
  sl_buffer_printf(out, FILES_OLD "%s/%s", load_id, key);
  return sl_buffer_check(out, err);
}

/* ---- this load's ---- */

/* {"root", "table", "files"} at the end of the record, which is begun if there is none. */
static yyjson_mut_val *add_table(struct files_destination *d, size_t table) {
  if (d->kept == NULL && (d->kept = yyjson_mut_doc_new(NULL)) != NULL) {
    yyjson_mut_val *root = yyjson_mut_obj(d->kept);
    yyjson_mut_doc_set_root(d->kept, root);
    yyjson_mut_obj_add_str(d->kept, root, "load_id", d->load_id);
    yyjson_mut_obj_add_str(d->kept, root, "schema", d->schema);
    yyjson_mut_obj_add_str(d->kept, root, "pipeline", d->pipeline);
    yyjson_mut_obj_add_arr(d->kept, root, "tables");
  }
  yyjson_mut_val *tables = yyjson_mut_obj_get(yyjson_mut_doc_get_root(d->kept), "tables");
  yyjson_mut_val *item = yyjson_mut_arr_add_obj(d->kept, tables);
  yyjson_mut_obj_add_str(d->kept, item, "root", d->roots.items[table]);
  yyjson_mut_obj_add_str(d->kept, item, "table", d->replaced.items[table]);
  return yyjson_mut_obj_add_arr(d->kept, item, "files");
}

sl_status files_generation_add(struct files_destination *d, size_t table, size_t first,
                               struct sl_error *err) {
  struct sl_buffer to = { 0 };
  yyjson_mut_val *files = add_table(d, table);
  sl_status rc = files == NULL ? no_memory(err) : SL_OK;
  for (size_t i = first; rc == SL_OK && i < d->removed.count; i++) {
    const char *key = d->removed.items[i];
    if (files_names_have(&d->copy_from, key)) {
      continue; /* several tables of the source become one */
    }
    yyjson_mut_val *file = yyjson_mut_arr_add_obj(d->kept, files);
    bool added = yyjson_mut_obj_add_strcpy(d->kept, file, "path", key);
    rc = !added ? no_memory(err) : files_kept_key(d->load_id, key, &to, err);
    rc = rc == SL_OK ? files_names_add(&d->copy_from, key, strlen(key), err) : rc;
    rc = rc == SL_OK ? files_names_add(&d->copy_to, to.data, to.length, err) : rc;
  }
  sl_buffer_release(&to);
  return rc;
}

/* The kept file with this path, and its table. */
static yyjson_mut_val *find_file(struct files_destination *d, const char *path) {
  size_t t;
  size_t n_tables;
  yyjson_mut_val *table;
  yyjson_mut_arr_foreach(yyjson_mut_obj_get(yyjson_mut_doc_get_root(d->kept), "tables"), t,
                         n_tables, table) {
    size_t f;
    size_t n;
    yyjson_mut_val *file;
    yyjson_mut_arr_foreach(yyjson_mut_obj_get(table, "files"), f, n, file) {
      if (strcmp(yyjson_mut_get_str(yyjson_mut_obj_get(file, "path")), path) == 0) {
        return file;
      }
    }
  }
  return NULL;
}

/* How many rows the kept files have, by the manifests of the loads that wrote them. dlt's loads
 * have none. */
static sl_status find_rows(struct files_destination *d, struct sl_error *err) {
  struct files_names loads = { 0 };
  struct sl_buffer prefix = { 0 };
  size_t left = d->copy_from.count;
  sl_buffer_printf(&prefix, FILES_LOADS "%s__", d->schema);
  sl_status rc = sl_buffer_check(&prefix, err);
  if (rc == SL_OK && left > 0) {
    rc = d->place->ops->list(d->place, prefix.data, &loads, err);
  }
  for (size_t i = loads.count; rc == SL_OK && left > 0 && i-- > 0;) {
    yyjson_doc *doc = NULL;
    size_t f;
    size_t n;
    yyjson_val *file;
    rc = files_read_json(d, loads.items[i], &doc, err);
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "files"), f, n, file) {
      yyjson_mut_val *kept = find_file(d, files_text_of(file, "path"));
      if (kept != NULL && yyjson_mut_obj_get(kept, "rows") == NULL) {
        yyjson_mut_obj_add_sint(d->kept, kept, "rows",
                                yyjson_get_sint(yyjson_obj_get(file, "rows")));
        left--;
      }
    }
    yyjson_doc_free(doc);
  }
  files_names_release(&loads);
  sl_buffer_release(&prefix);
  return rc;
}

static sl_status print_record(struct files_destination *d, const char *load_id, const char *json,
                              struct files_put *out, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_buffer_printf(&key, FILES_GENERATIONS "%s__%s.json", d->schema, load_id);
  out->key = sl_buffer_take(&key);
  out->text = json == NULL ? NULL : strdup(json);
  return out->key == NULL || out->text == NULL ? no_memory(err) : SL_OK;
}

/* ---- older ones ---- */

/* How many newer generations of a root there are: this load's, and those that were counted. */
static int64_t count_newer(struct files_names *seen, const char *root, const char *load_id,
                           struct sl_error *err, sl_status *rc) {
  struct sl_buffer mark = { 0 };
  int64_t newer = 1;
  bool counted = false;
  sl_buffer_printf(&mark, "%s %s", load_id, root);
  *rc = sl_buffer_check(&mark, err);
  for (size_t i = 0; *rc == SL_OK && i < seen->count; i++) {
    const char *other = strchr(seen->items[i], ' ') + 1;
    bool same = strcmp(seen->items[i], mark.data) == 0;
    counted = counted || same;
    newer += !same && strcmp(other, root) == 0;
  }
  if (*rc == SL_OK && !counted) {
    *rc = files_names_add(seen, mark.data, mark.length, err);
  }
  sl_buffer_release(&mark);
  return newer;
}

static sl_status remove_kept(struct files_destination *d, const char *load_id, yyjson_val *table,
                             struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *file;
  yyjson_arr_foreach(yyjson_obj_get(table, "files"), i, n, file) {
    rc = rc == SL_OK ? files_kept_key(load_id, files_text_of(file, "path"), &key, err) : rc;
    rc = rc == SL_OK ? files_names_add(&d->removed, key.data, key.length, err) : rc;
  }
  sl_buffer_release(&key);
  return rc;
}

/* Nothing was there before. */
static bool was_new(yyjson_val *record, const char *root) {
  bool files = false;
  size_t i;
  size_t n;
  yyjson_val *table;
  yyjson_arr_foreach(yyjson_obj_get(record, "tables"), i, n, table) {
    files = files || (strcmp(files_text_of(table, "root"), root) == 0 &&
                      yyjson_arr_size(yyjson_obj_get(table, "files")) > 0);
  }
  return !files;
}

/* What one earlier load has put away: the tables of it that are too old now go, and the record with
 * the last of them. */
static sl_status prune(struct files_destination *d, const char *key, struct files_names *seen,
                       struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = files_read_json(d, key, &doc, err);
  yyjson_val *record = yyjson_doc_get_root(doc);
  const char *load_id = files_text_of(record, "load_id");
  yyjson_mut_doc *rest = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(rest);
  yyjson_mut_doc_set_root(rest, root);
  yyjson_mut_obj_add_str(rest, root, "load_id", load_id);
  yyjson_mut_obj_add_str(rest, root, "schema", d->schema);
  yyjson_mut_obj_add_val(rest, root, "pipeline",
                         yyjson_val_mut_copy(rest, yyjson_obj_get(record, "pipeline")));
  yyjson_mut_val *stay = yyjson_mut_obj_add_arr(rest, root, "tables");
  size_t dropped = 0;
  size_t i;
  size_t n;
  yyjson_val *table;
  yyjson_arr_foreach(yyjson_obj_get(record, "tables"), i, n, table) {
    const char *name = files_text_of(table, "root");
    bool nothing = was_new(record, name);
    int64_t newer = rc == SL_OK && files_names_have(&d->roots, name)
                        ? count_newer(seen, name, load_id, err, &rc)
                        : 0;
    if (newer < d->generations || nothing) { /* which costs nothing */
      yyjson_mut_arr_append(stay, yyjson_val_mut_copy(rest, table));
    } else {
      dropped++;
      rc = rc == SL_OK ? remove_kept(d, load_id, table, err) : rc;
    }
  }
  if (rc == SL_OK && dropped > 0 && yyjson_mut_arr_size(stay) == 0) {
    rc = files_names_add(&d->removed, key, strlen(key), err);
  } else if (rc == SL_OK && dropped > 0) {
    rc = sl_grow(&d->puts, &d->puts_capacity, d->n_puts + 1, sizeof *d->puts, err);
    char *json = rc == SL_OK ? yyjson_mut_write(rest, 0, NULL) : NULL;
    if (rc == SL_OK) {
      d->puts[d->n_puts] = (struct files_put){ 0 };
      rc = print_record(d, load_id, json, &d->puts[d->n_puts++], err);
    }
    free(json);
  }
  yyjson_mut_doc_free(rest);
  yyjson_doc_free(doc);
  return rc;
}

static sl_status list_records(struct files_destination *d, const char *schema,
                              struct files_names *out, struct sl_error *err) {
  struct sl_buffer prefix = { 0 };
  sl_buffer_printf(&prefix, FILES_GENERATIONS "%s__", schema);
  sl_status rc = sl_buffer_check(&prefix, err);
  rc = rc == SL_OK ? d->place->ops->list(d->place, prefix.data, out, err) : rc;
  size_t n = 0;
  for (size_t i = 0; i < out->count; i++) {
    char *key = out->items[i];
    if (strstr(key + prefix.length, "__") == NULL) {
      out->items[n++] = key;
    } else { /* of another schema, whose name begins like this one's */
      free(key);
    }
  }
  out->count = n;
  sl_buffer_release(&prefix);
  return rc;
}

sl_status files_generations_drop(struct files_destination *d, struct sl_error *err) {
  struct files_names records = { 0 };
  sl_status rc = list_records(d, d->schema, &records, err);
  for (size_t r = 0; rc == SL_OK && r < records.count; r++) {
    yyjson_doc *doc = NULL;
    size_t i;
    size_t n;
    yyjson_val *table;
    rc = files_read_json(d, records.items[r], &doc, err);
    yyjson_val *record = yyjson_doc_get_root(doc);
    yyjson_arr_foreach(yyjson_obj_get(record, "tables"), i, n, table) {
      rc = rc == SL_OK ? remove_kept(d, files_text_of(record, "load_id"), table, err) : rc;
    }
    rc = rc == SL_OK ? files_names_add(&d->removed, records.items[r], strlen(records.items[r]), err)
                     : rc;
    yyjson_doc_free(doc);
  }
  files_names_release(&records);
  return rc;
}

sl_status files_generation_end(struct files_destination *d, struct sl_error *err) {
  struct files_names records = { 0 };
  struct files_names seen = { 0 };
  if (d->kept == NULL) {
    return SL_OK; /* nothing is replaced */
  }
  sl_status rc = find_rows(d, err);
  char *json = rc == SL_OK ? yyjson_mut_write(d->kept, 0, NULL) : NULL;
  rc = rc == SL_OK ? print_record(d, d->load_id, json, &d->record, err) : rc;
  free(json);
  rc = rc == SL_OK ? list_records(d, d->schema, &records, err) : rc;
  for (size_t i = records.count; rc == SL_OK && i-- > 0;) { /* the newest first */
    if (strcmp(records.items[i], d->record.key) != 0) {
      rc = prune(d, records.items[i], &seen, err);
    }
  }
  files_names_release(&records);
  files_names_release(&seen);
  return rc;
}

/* ---- telling ---- */

static sl_status tell(yyjson_val *record, sl_take_generation take, void *arg,
                      struct sl_error *err) {
  struct sl_buffer kept_as = { 0 };
  sl_status rc = SL_OK;
  size_t i;
  size_t n;
  yyjson_val *table;
  yyjson_arr_foreach(yyjson_obj_get(record, "tables"), i, n, table) {
    yyjson_val *files = yyjson_obj_get(table, "files");
    struct sl_store_generation g = { .load_id = files_text_of(record, "load_id"),
                                     .schema = files_text_of(record, "schema"),
                                     .root = files_text_of(table, "root"),
                                     .table = files_text_of(table, "table") };
    size_t f;
    size_t n_files;
    yyjson_val *file;
    yyjson_arr_foreach(files, f, n_files, file) {
      yyjson_val *rows = yyjson_obj_get(file, "rows");
      g.rows = rows == NULL || g.rows < 0 ? -1 : g.rows + yyjson_get_sint(rows);
    }
    rc = rc == SL_OK ? files_kept_key(g.load_id, "", &kept_as, err) : rc;
    if (rc == SL_OK) {
      g.kept_as = yyjson_arr_size(files) == 0 ? NULL : kept_as.data;
      bool told = g.kept_as != NULL || strcmp(g.table, g.root) == 0;
      rc = told ? take(arg, &g, err) : SL_OK;
    }
  }
  sl_buffer_release(&kept_as);
  return rc;
}

sl_status files_list_generations(struct sl_destination *base, const char *schema,
                                 sl_take_generation take, void *arg, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  struct files_names records = { 0 };
  sl_status rc = list_records(d, schema, &records, err);
  for (size_t i = records.count; rc == SL_OK && i-- > 0;) {
    yyjson_doc *doc = NULL;
    rc = files_read_json(d, records.items[i], &doc, err);
    rc = rc == SL_OK ? tell(yyjson_doc_get_root(doc), take, arg, err) : rc;
    yyjson_doc_free(doc);
  }
  files_names_release(&records);
  return rc;
}
