/* resume.c - where the reading of a table stands, and going on there; see struct sl_source_ops.
 *
 * {"mark": <the driver's, of the data as they were>, "window": {"end", "remembered", "too_many"},
 *  "chunks": [{"from", "condition", "order_by", "skip_known", "remember", "rows"}]}
 *
 * "rows" is there for chunks that were read to their end. A position is taken between chunks only:
 * the rows of a part of one could not be told from the rest by another session. Before a load goes
 * on, each chunk that was read is looked at: where the driver can prove that its rows are the same
 * (`unchanged`) by that, else by their number. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/memory.h"
#include "database/source_internal.h"

/* Readers that are in the middle of a chunk, or must take one over from another; under the lock. */
static bool is_under_way(const struct database *d) {
  bool any = d->n_returned > 0;
  for (int i = 0; i < d->n_readers; i++) {
    any = any || d->readers[i].chunk != NULL || d->readers[i].busy;
  }
  return any;
}

void sl_db_source_pause(struct sl_source *base, bool on) {
  struct database *d = (struct database *)base;
  pthread_mutex_lock(&d->lock);
  d->pausing = on;
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
}

/* ---- telling ---- */

static void add_text(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                     const char *text) {
  if (text != NULL) {
    yyjson_mut_obj_add_strcpy(doc, object, key, text);
  }
}

static void add_chunks(const struct database *d, yyjson_mut_doc *doc, yyjson_mut_val *list) {
  for (size_t i = 0; i < d->chunks.count; i++) {
    const struct sl_db_chunk *c = &d->chunks.items[i];
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(doc, list);
    add_text(doc, item, "from", c->from);
    add_text(doc, item, "condition", c->condition);
    add_text(doc, item, "order_by", c->order_by);
    if (c->skip_known) {
      yyjson_mut_obj_add_bool(doc, item, "skip_known", true);
    }
    if (c->remember) {
      yyjson_mut_obj_add_bool(doc, item, "remember", true);
    }
    if (d->finished[i] >= 0) {
      yyjson_mut_obj_add_sint(doc, item, "rows", d->finished[i]);
    }
  }
}

static void add_window(const struct sl_db_window *w, yyjson_mut_doc *doc, yyjson_mut_val *root) {
  yyjson_mut_val *window = yyjson_mut_obj_add_obj(doc, root, "window");
  yyjson_mut_val *hashes = yyjson_mut_obj_add_arr(doc, window, "remembered");
  add_text(doc, window, "end", w->end);
  yyjson_mut_obj_add_bool(doc, window, "too_many", w->too_many);
  for (size_t i = 0; i < w->remembered.count; i++) {
    yyjson_mut_arr_add_strcpy(doc, hashes, w->remembered.items[i].text);
  }
}

sl_status sl_db_source_position(struct sl_source *base, char **out_json, struct sl_error *err) {
  struct database *d = (struct database *)base;
  *out_json = NULL;
  pthread_mutex_lock(&d->lock);
  bool under_way = is_under_way(d);
  pthread_mutex_unlock(&d->lock);
  if (under_way) {
    return sl_fail(err, SL_EINTERNAL, "the reading of table %s does not pause", d->table->name);
  }
  sl_status rc = d->mark == NULL && d->driver->mark != NULL
                     ? d->driver->mark(d->leader, d->table, &d->mark, err)
                     : SL_OK;
  if (rc != SL_OK) {
    return rc;
  }
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  add_text(doc, root, "mark", d->mark);
  if (d->window.column != NULL) {
    add_window(&d->window, doc, root);
  }
  add_chunks(d, doc, yyjson_mut_obj_add_arr(doc, root, "chunks"));
  *out_json = yyjson_mut_write(doc, 0, NULL);
  yyjson_mut_doc_free(doc);
  return *out_json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a position") : SL_OK;
}

/* ---- going on ---- */

static bool take_text(yyjson_val *value, char **out) {
  const char *text = yyjson_get_str(value);
  *out = text == NULL ? NULL : strdup(text);
  return text == NULL || *out != NULL;
}

static sl_status read_chunks(struct database *d, yyjson_val *list, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  d->finished = sl_alloc_array(yyjson_arr_size(list), sizeof *d->finished);
  if (d->finished == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a position");
  }
  yyjson_arr_foreach(list, i, n, item) {
    rc = rc == SL_OK
             ? sl_db_chunks_add(&d->chunks, yyjson_get_str(yyjson_obj_get(item, "condition")), err)
             : rc;
    if (rc != SL_OK) {
      break;
    }
    struct sl_db_chunk *c = &d->chunks.items[i];
    yyjson_val *rows = yyjson_obj_get(item, "rows");
    c->skip_known = yyjson_get_bool(yyjson_obj_get(item, "skip_known"));
    c->remember = yyjson_get_bool(yyjson_obj_get(item, "remember"));
    d->finished[i] = rows == NULL ? -1 : yyjson_get_sint(rows);
    if (!take_text(yyjson_obj_get(item, "from"), &c->from) ||
        !take_text(yyjson_obj_get(item, "order_by"), &c->order_by)) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a position");
    }
  }
  return rc;
}

static sl_status count_rows(struct database *d, const struct sl_db_chunk *chunk, int64_t rows,
                            bool *same, struct sl_error *err) {
  char *count = NULL;
  *same = false;
  if (chunk->from != NULL) {
    return SL_OK; /* what only its driver understands, it does not promise to find again */
  }
  sl_status rc =
      d->driver->scalar(d->leader, d->table, "count", NULL, chunk->condition, &count, err);
  *same = rc == SL_OK && count != NULL && strtoll(count, NULL, 10) == rows;
  free(count);
  return rc;
}

/* Whether the chunks that were read still hold the same rows. */
static sl_status check_chunks(struct database *d, const char *mark, bool *same,
                              struct sl_error *err) {
  sl_status rc = SL_OK;
  *same = true;
  for (size_t i = 0; rc == SL_OK && *same && i < d->chunks.count; i++) {
    if (d->finished[i] >= 0) {
      rc = mark != NULL && d->driver->unchanged != NULL
               ? d->driver->unchanged(d->leader, d->table, mark, &d->chunks.items[i],
                                      d->finished[i], same, err)
               : count_rows(d, &d->chunks.items[i], d->finished[i], same, err);
    }
  }
  return rc;
}

static sl_status open_past(struct database *d, const struct sl_db_window_request *request,
                           yyjson_val *root, bool *changed, struct sl_error *err) {
  const char *mark = yyjson_get_str(yyjson_obj_get(root, "mark"));
  bool same = false;
  sl_status rc = read_chunks(d, yyjson_obj_get(root, "chunks"), err);
  if (rc == SL_OK) {
    rc = check_chunks(d, mark, &same, err);
  }
  *changed = rc == SL_OK && !same;
  if (rc == SL_OK && same) {
    rc = sl_db_window_resume(&d->window, request, yyjson_obj_get(root, "window"), err);
  }
  /* The chunks of before are proved by the mark of before, those to come are younger: what is the
   * same now is the same in both, so a mark of now holds for all. */
  return rc;
}

sl_status sl_db_source_resume(struct sl_source *base, struct sl_source_table *table,
                              const char *state_json, const char *position_json, bool *changed,
                              char why[256], struct sl_error *err) {
  struct database *d = (struct database *)base;
  struct sl_db_window_request request;
  yyjson_doc *doc = yyjson_read(position_json, strlen(position_json), 0);
  sl_status rc = sl_db_begin_table(d, table, state_json, &request, err);
  if (rc == SL_OK) {
    rc = open_past(d, &request, yyjson_doc_get_root(doc), changed, err);
  }
  yyjson_doc_free(doc);
  if (rc == SL_OK && *changed) {
    snprintf(why, 256, "rows that were read already have changed since");
    sl_db_stop_reading(d);
    return SL_OK;
  }
  return sl_db_begin_reading(d, table, rc, err);
}
