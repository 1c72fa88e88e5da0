/* unfinished.c - loads that are killed and go on: what they have staged, and where they stood.
 *
 * A checkpoint ends the files under way, which stages them: they are on the disk (or in the bucket)
 * and nobody sees them. Then _sluice/unfinished/<pipeline>.json names them, together with the
 * engine's ledger, in one step. What is staged and not named there is of a load that was killed
 * after its last checkpoint; it goes away at the end of the next one. */
#include <stdlib.h>

#include <yyjson.h>

#include "files_internal.h"

#define UNFINISHED "_sluice/unfinished/"

sl_status files_unfinished_key(const struct files_destination *d, struct sl_buffer *out,
                               struct sl_error *err) {
  sl_buffer_printf(out, UNFINISHED "%s.json", d->pipeline);
  return sl_buffer_check(out, err);
}

sl_status files_checkpoint(struct sl_destination *base, const char *ledger, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  struct sl_buffer key = { 0 };
  sl_status rc = files_flush(base, err);
  if (rc == SL_OK) {
    rc = files_unfinished_key(d, &key, err);
  }
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_add_int(doc, root, "started_micros", d->started_micros);
  yyjson_mut_obj_add_str(doc, root, "ledger", ledger);
  files_add_list(d, doc, root);
  size_t length = 0;
  char *json = yyjson_mut_write(doc, 0, &length);
  if (rc == SL_OK && json == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a checkpoint");
  }
  if (rc == SL_OK) {
    d->unfinished = true; /* also when the answer is lost */
    rc = d->place->ops->put(d->place, key.data, json, length, err);
  }
  free(json);
  yyjson_mut_doc_free(doc);
  sl_buffer_release(&key);
  return rc;
}

/* *out NULL: there is none. */
static sl_status read_file(struct files_destination *d, yyjson_doc **out, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  *out = NULL;
  sl_status rc = files_unfinished_key(d, &key, err);
  rc = rc == SL_OK ? files_read_json(d, key.data, out, err) : rc;
  sl_buffer_release(&key);
  return rc;
}

sl_status files_find_unfinished(struct sl_destination *base, char **ledger, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  yyjson_doc *doc = NULL;
  *ledger = NULL;
  sl_status rc = read_file(d, &doc, err);
  const char *text = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "ledger"));
  if (rc == SL_OK && text != NULL) {
    rc = files_keep(ledger, text, err);
  }
  yyjson_doc_free(doc);
  return rc;
}

static sl_status take_files(struct files_destination *d, yyjson_val *files, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_foreach(files, i, n, item) {
    const char *table = yyjson_get_str(yyjson_obj_get(item, "table"));
    const char *key = yyjson_get_str(yyjson_obj_get(item, "path"));
    const char *token = yyjson_get_str(yyjson_obj_get(item, "staged"));
    if (rc == SL_OK) {
      rc = files_add_file(d, table == NULL ? "" : table, key == NULL ? "" : key,
                          token == NULL ? "" : token, yyjson_get_sint(yyjson_obj_get(item, "rows")),
                          err);
    }
  }
  return rc;
}

static sl_status remove_unfinished(struct files_destination *d, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = files_unfinished_key(d, &key, err);
  if (rc == SL_OK) {
    rc = d->place->ops->remove(d->place, key.data, err);
  }
  sl_buffer_release(&key);
  d->unfinished = d->unfinished && rc != SL_OK;
  return rc == SL_OK ? d->place->ops->clean(d->place, err) : rc;
}

sl_status files_settle_unfinished(struct sl_destination *base, const char *load_id,
                                  struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  yyjson_doc *doc = NULL;
  if (load_id == NULL) {
    files_forget_files(d);
    return remove_unfinished(d, err);
  }
  sl_status rc = files_keep(&d->load_id, load_id, err);
  if (rc == SL_OK) {
    rc = read_file(d, &doc, err);
  }
  yyjson_val *root = yyjson_doc_get_root(doc);
  if (rc == SL_OK) {
    d->started_micros = yyjson_get_sint(yyjson_obj_get(root, "started_micros"));
    rc = take_files(d, yyjson_obj_get(root, "files"), err);
  }
  yyjson_doc_free(doc);
  return rc;
}
