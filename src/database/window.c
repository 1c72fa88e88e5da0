/* window.c - see window.h. */
#include "database/window.h"

#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/memory.h"
#include "database/cursor_value.h"
#include "schema/json_text.h"

enum { MOST_REMEMBERED = 100000, MOST_WHEN_MERGING = 10000 };

/* ---- hashes ---- */

static int compare_hashes(const void *a, const void *b) {
  return strcmp(((const struct sl_db_hash *)a)->text, ((const struct sl_db_hash *)b)->text);
}

static bool is_known(const struct sl_db_hashes *h, const struct sl_db_hash *hash) {
  return h->count > 0 && bsearch(hash, h->items, h->count, sizeof *hash, compare_hashes) != NULL;
}

static sl_status add_hash(struct sl_db_hashes *h, struct sl_db_hash hash, struct sl_error *err) {
  sl_status rc = sl_grow(&h->items, &h->capacity, h->count + 1, sizeof *h->items, err);
  if (rc == SL_OK) {
    h->items[h->count++] = hash;
  }
  return rc;
}

/* ---- the state of last time ---- */

static char *text_of(yyjson_val *value) {
  if (yyjson_is_str(value)) {
    return strdup(sl_cursor_unmark(yyjson_get_str(value)));
  }
  return value == NULL || yyjson_is_null(value) ? NULL : yyjson_val_write(value, 0, NULL);
}

static sl_status read_hashes(struct sl_db_window *w, yyjson_val *list, struct sl_error *err) {
  yyjson_arr_iter iter;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_iter_init(list, &iter);
  while (rc == SL_OK && yyjson_is_arr(list) && (item = yyjson_arr_iter_next(&iter)) != NULL) {
    const char *text = yyjson_get_str(item);
    struct sl_db_hash hash;
    if (text != NULL && strlen(text) == SL_DB_HASH_CHARS) { /* 20: of dlt before 1.29 */
      memcpy(hash.text, text, sizeof hash.text);
      rc = add_hash(&w->known, hash, err);
    }
  }
  if (w->known.count > 1) {
    qsort(w->known.items, w->known.count, sizeof *w->known.items, compare_hashes);
  }
  return rc;
}

static sl_status read_state(struct sl_db_window *w, const char *json, struct sl_error *err) {
  if (json == NULL) {
    return SL_OK;
  }
  yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
  yyjson_val *all = yyjson_obj_get(yyjson_doc_get_root(doc), "incremental");
  yyjson_val *entry = yyjson_obj_get(all, w->column->name);
  sl_status rc = SL_OK;
  w->state_json = strdup(json);
  w->last = text_of(yyjson_obj_get(entry, "last_value"));
  if (w->state_json == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for the state of %s", w->table);
  } else {
    rc = read_hashes(w, yyjson_obj_get(entry, "unique_hashes"), err);
  }
  yyjson_doc_free(doc);
  return rc;
}

/* ---- conditions ---- */

struct maker { /* what every condition needs */
  const struct sl_db_window_request *r;
  struct sl_db_chunks *chunks;
};

static void both(const struct sl_db_driver *driver, const char *a, const char *b,
                 struct sl_buffer *out) {
  if (a == NULL || b == NULL) {
    sl_buffer_text(out, a == NULL ? b : a);
  } else if (driver->both != NULL) {
    driver->both(a, b, out);
  } else {
    sl_buffer_printf(out, "(%s\n) AND (%s\n)", a, b); /* either may end in a comment */
  }
}

/* ANDs `column <comparison> value` to *condition (malloc'ed, NULL = all). value NULL: nothing. */
static sl_status restrict_to(const struct maker *m, char **condition,
                             enum sl_db_comparison comparison, const char *value,
                             struct sl_error *err) {
  const struct sl_db_driver *driver = m->r->driver;
  struct sl_buffer term = { 0 };
  struct sl_buffer whole = { 0 };
  if (value == NULL && comparison != SL_DB_IS_NULL) {
    return SL_OK;
  }
  sl_status rc =
      driver->compare != NULL
          ? driver->compare(m->r->table, m->r->column, comparison, value, &term, err)
          : sl_db_compare(m->r->session->driver, m->r->column, comparison, value, &term, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&term, err);
  }
  if (rc == SL_OK) {
    both(driver, *condition, term.data, &whole);
    free(*condition);
    *condition = sl_buffer_take(&whole);
    rc = *condition == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a condition") : SL_OK;
  }
  sl_buffer_release(&term);
  return rc;
}

static sl_status begin_condition(const struct maker *m, char **out, struct sl_error *err) {
  const char *where = m->r->settings->where;
  *out = where == NULL ? NULL : strdup(where);
  return where != NULL && *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a condition")
                                       : SL_OK;
}

static bool is_ordered(const struct maker *m) {
  return m->r->column != NULL && strcmp(m->r->settings->row_order, "none") != 0;
}

/* The rows under a condition, in parallel parts where that is possible. */
static sl_status add_parts(const struct maker *m, const char *condition, struct sl_error *err) {
  const struct sl_db_window_request *r = m->r;
  return r->driver->split == NULL || r->wanted < 2 || is_ordered(m)
             ? sl_db_chunks_add(m->chunks, condition, err)
             : r->driver->split(r->session, r->table, condition, r->wanted, m->chunks, err);
}

/* The rows whose cursor has exactly this value. */
static sl_status add_border(const struct maker *m, const char *value, bool skip_known,
                            bool remember, struct sl_error *err) {
  char *condition = NULL;
  sl_status rc = begin_condition(m, &condition, err);
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, SL_DB_EQUAL, value, err);
  }
  if (rc == SL_OK) {
    rc = sl_db_chunks_add(m->chunks, condition, err);
  }
  if (rc == SL_OK) {
    struct sl_db_chunk *chunk = &m->chunks->items[m->chunks->count - 1];
    chunk->skip_known = skip_known;
    chunk->remember = remember;
  }
  free(condition);
  return rc;
}

static sl_status add_range(const struct maker *m, enum sl_db_comparison from, const char *start,
                           enum sl_db_comparison to, const char *end, struct sl_error *err) {
  char *condition = NULL;
  sl_status rc = begin_condition(m, &condition, err);
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, from, start, err);
  }
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, to, end, err);
  }
  if (rc == SL_OK) {
    rc = add_parts(m, condition, err);
  }
  free(condition);
  return rc;
}

/* ---- NULL cursors ---- */

static sl_status handle_nulls(const struct maker *m, struct sl_error *err) {
  const struct sl_db_window_request *r = m->r;
  const char *policy = r->settings->on_cursor_null;
  char *condition = NULL;
  char *count = NULL;
  if (!r->column->nullable || strcmp(policy, "exclude") == 0) {
    return SL_OK;
  }
  sl_status rc = begin_condition(m, &condition, err);
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, SL_DB_IS_NULL, NULL, err);
  }
  if (rc == SL_OK && strcmp(policy, "include") == 0) {
    rc = sl_db_chunks_add(m->chunks, condition, err);
  } else if (rc == SL_OK) {
    rc = r->driver->scalar(r->session, r->table, "count", NULL, condition, &count, err);
    if (rc == SL_OK && count != NULL && strcmp(count, "0") != 0) {
      rc =
          sl_fail(err, SL_EDATA,
                  "table %s: in %s rows the cursor %s is NULL, so it is not known whether they are "
                  "new; choose --on-cursor-null include (read each time) or exclude",
                  r->table->name, count, r->column->name);
    }
  }
  free(count);
  free(condition);
  return rc;
}

/* ---- the window ---- */

static bool is_text(const struct sl_db_column *column) {
  return strcmp(column->format, "u") == 0 && !column->json;
}

static sl_status copy_value(const struct sl_db_window_request *r, const char *value, char **out,
                            struct sl_error *err) {
  *out = value == NULL ? NULL : sl_cursor_canonical(r->column, value, r->driver->raw_cursor);
  return value != NULL && *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value")
                                       : SL_OK;
}

/* Where this load begins: the last value less the lag, but not before the initial value. */
static sl_status find_start(struct sl_db_window *w, const struct sl_db_window_request *r,
                            struct sl_error *err) {
  const char *lag = sl_cursor_lag_given(r->settings->lag);
  if (w->last == NULL || lag == NULL) {
    return copy_value(r, w->last == NULL ? w->initial : w->last, &w->start, err);
  }
  sl_status rc = sl_cursor_lag(r->column, w->last, lag, r->settings->initial_value,
                               r->driver->raw_cursor, &w->start, err);
  if (rc == SL_OK && w->initial != NULL && sl_cursor_compare(r->column, w->start, w->initial) < 0) {
    free(w->start);
    rc = copy_value(r, w->initial, &w->start, err);
  }
  return rc;
}

/* Texts that differ may be equal in the column's collation: then the database alone knows that the
 * end of the window is its start. */
static sl_status unite_ends(struct sl_db_window *w, const struct maker *m, struct sl_error *err) {
  const struct sl_db_window_request *r = m->r;
  char *condition = NULL;
  char *count = NULL;
  if (!is_text(r->column) || r->table->documents || w->start == NULL || w->end == NULL ||
      strcmp(w->start, w->end) == 0) {
    return SL_OK;
  }
  sl_status rc = restrict_to(m, &condition, SL_DB_EQUAL, w->start, err);
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, SL_DB_EQUAL, w->end, err);
  }
  if (rc == SL_OK) {
    rc = r->driver->scalar(r->session, r->table, "count", NULL, condition, &count, err);
  }
  if (rc == SL_OK && count != NULL && strcmp(count, "0") != 0) {
    free(w->end);
    w->end = strdup(w->start);
    rc = w->end == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value") : SL_OK;
  }
  free(count);
  free(condition);
  return rc;
}

static sl_status find_end(struct sl_db_window *w, const struct maker *m, struct sl_error *err) {
  const struct sl_db_window_request *r = m->r;
  bool open = strcmp(r->settings->range_start, "open") == 0;
  char *condition = NULL;
  char *end = NULL;
  sl_status rc = begin_condition(m, &condition, err);
  if (rc == SL_OK) {
    rc = restrict_to(m, &condition, open ? SL_DB_GREATER : SL_DB_GREATER_EQUAL, w->start, err);
  }
  if (rc == SL_OK) {
    rc = r->driver->scalar(r->session, r->table, "max", r->column, condition, &end, err);
  }
  if (rc == SL_OK) {
    rc = copy_value(r, end, &w->end, err);
  }
  free(end);
  free(condition);
  return rc == SL_OK ? unite_ends(w, m, err) : rc;
}

/* Backfill of [initial, end): nothing is asked and nothing remembered. */
static sl_status add_backfill(struct sl_db_window *w, const struct maker *m, struct sl_error *err) {
  const struct sl_db_settings *s = m->r->settings;
  if (w->initial == NULL) {
    return sl_fail(err, SL_EUSAGE, "--end-value needs --initial-value: it reads the range between");
  }
  if (!is_text(m->r->column) && sl_cursor_compare(m->r->column, w->initial, w->end) > 0) {
    return sl_fail(err, SL_EUSAGE, "--initial-value %s lies after --end-value %s", s->initial_value,
                   s->end_value);
  }
  return add_range(m, strcmp(s->range_start, "open") == 0 ? SL_DB_GREATER : SL_DB_GREATER_EQUAL,
                   w->initial, strcmp(s->range_end, "closed") == 0 ? SL_DB_LESS_EQUAL : SL_DB_LESS,
                   w->end, err);
}

static sl_status add_window(struct sl_db_window *w, const struct maker *m, struct sl_error *err) {
  bool open = strcmp(m->r->settings->range_start, "open") == 0;
  enum sl_db_comparison from = open ? SL_DB_GREATER : SL_DB_GREATER_EQUAL;
  if (w->end == NULL) {
    return SL_OK; /* no row at or beyond the start */
  }
  if (!w->deduplicates) {
    return add_range(m, from, w->start, SL_DB_LESS_EQUAL, w->end, err);
  }
  bool border = w->known.count > 0;
  if (w->start != NULL && sl_cursor_compare(m->r->column, w->start, w->end) == 0) {
    return add_border(m, w->end, border, true, err);
  }
  sl_status rc = border ? add_border(m, w->start, true, false, err) : SL_OK;
  if (rc == SL_OK) {
    rc = add_range(m, border ? SL_DB_GREATER : from, w->start, SL_DB_LESS, w->end, err);
  }
  return rc == SL_OK ? add_border(m, w->end, false, true, err) : rc;
}

/* Sorted chunks of a sorted window: it is one stream then. */
static sl_status sort_chunks(const struct maker *m, struct sl_error *err) {
  bool descending = strcmp(m->r->settings->row_order, "desc") == 0;
  struct sl_db_chunks *chunks = m->chunks;
  for (size_t i = 0; i < chunks->count; i++) {
    struct sl_buffer text = { 0 };
    sl_db_quote(m->r->session->driver, m->r->column->name, &text);
    sl_buffer_text(&text, descending ? " DESC" : "");
    chunks->items[i].order_by = sl_buffer_take(&text);
    if (chunks->items[i].order_by == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a sort order");
    }
  }
  for (size_t i = 0; descending && i < chunks->count / 2; i++) {
    struct sl_db_chunk first = chunks->items[i];
    chunks->items[i] = chunks->items[chunks->count - 1 - i];
    chunks->items[chunks->count - 1 - i] = first;
  }
  return SL_OK;
}

/* All but its end. */
static sl_status begin_window(struct sl_db_window *w, const struct sl_db_window_request *r,
                              struct sl_error *err) {
  *w = (struct sl_db_window){ .column = r->column,
                              .table = r->table->name,
                              .key = r->table->primary_key,
                              .n_key = r->table->n_primary_key };
  pthread_mutex_init(&w->lock, NULL);
  if (r->column == NULL) {
    return SL_OK;
  }
  w->stateless = r->settings->end_value != NULL;
  sl_status rc = w->stateless ? SL_OK : read_state(w, r->state_json, err);
  if (rc == SL_OK) {
    rc = copy_value(r, r->settings->initial_value, &w->initial, err);
  }
  if (rc == SL_OK && w->stateless) {
    return copy_value(r, r->settings->end_value, &w->end, err);
  }
  w->lagging = sl_cursor_lag_given(r->settings->lag) != NULL;
  w->deduplicates = !w->lagging && strcmp(r->settings->range_start, "open") != 0;
  w->merging = r->merging;
  if (r->merging) { /* known is a row that has not changed since, so all of it counts */
    w->n_key = 0;
  }
  return rc == SL_OK ? find_start(w, r, err) : rc;
}

sl_status sl_db_window_resume(struct sl_db_window *w, const struct sl_db_window_request *r,
                              yyjson_val *past, struct sl_error *err) {
  yyjson_val *hashes = yyjson_obj_get(past, "remembered");
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = begin_window(w, r, err);
  const char *end = yyjson_get_str(yyjson_obj_get(past, "end"));
  if (rc == SL_OK && end != NULL && r->column != NULL) {
    free(w->end);
    w->end = strdup(end);
    rc = w->end == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value") : SL_OK;
  }
  w->too_many = yyjson_get_bool(yyjson_obj_get(past, "too_many"));
  yyjson_arr_foreach(hashes, i, n, item) {
    struct sl_db_hash hash = { 0 };
    snprintf(hash.text, sizeof hash.text, "%s",
             yyjson_get_str(item) == NULL ? "" : yyjson_get_str(item));
    rc = rc == SL_OK ? add_hash(&w->remembered, hash, err) : rc;
  }
  return rc;
}

sl_status sl_db_window_open(struct sl_db_window *w, const struct sl_db_window_request *r,
                            struct sl_db_chunks *out, struct sl_error *err) {
  struct maker m = { r, out };
  sl_status rc = begin_window(w, r, err);
  if (rc != SL_OK || r->column == NULL) {
    return rc == SL_OK ? add_parts(&m, r->settings->where, err) : rc;
  }
  if (w->stateless) {
    rc = add_backfill(w, &m, err);
    return rc == SL_OK && is_ordered(&m) ? sort_chunks(&m, err) : rc;
  }
  rc = handle_nulls(&m, err);
  if (rc == SL_OK) {
    rc = find_end(w, &m, err);
  }
  if (rc == SL_OK) {
    rc = add_window(w, &m, err);
  }
  return rc == SL_OK && is_ordered(&m) ? sort_chunks(&m, err) : rc;
}

/* ---- rows ---- */

static sl_status remember(struct sl_db_window *w, struct sl_db_hash hash, struct sl_error *err) {
  pthread_mutex_lock(&w->lock);
  sl_status rc = w->too_many ? SL_OK : add_hash(&w->remembered, hash, err);
  bool full = w->remembered.count > (w->merging ? MOST_WHEN_MERGING : MOST_REMEMBERED);
  if (full && w->merging) {
    w->too_many = true;
    w->remembered.count = 0;
  }
  pthread_mutex_unlock(&w->lock);
  return rc == SL_OK && full && !w->merging
             ? sl_fail(err, SL_EDATA,
                       "table %s: more than %d rows have the highest value of cursor %s (%s), too "
                       "many to know them again; choose a finer cursor, load with "
                       "--write-disposition merge by a primary key, or use --range-start open",
                       w->table, MOST_REMEMBERED, w->column->name, w->end)
             : rc;
}

/* Rows that last time's state knows; a key of one column in either of its two forms. */
static sl_status find_known(const struct sl_db_window *w, const struct sl_block *block,
                            const struct sl_db_hash *hashes, bool *keep, bool *all,
                            struct sl_error *err) {
  int64_t rows = sl_db_block_rows(block);
  struct sl_db_hash *alone = NULL;
  sl_status rc = SL_OK;
  if (w->n_key == 1 && w->known.count > 0) {
    alone = sl_alloc_array((size_t)rows, sizeof *alone);
    rc = alone == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for row hashes")
                       : sl_db_block_hash(block, w->key, w->n_key, true, alone, err);
  }
  *all = true;
  for (int64_t i = 0; rc == SL_OK && i < rows; i++) {
    keep[i] =
        !is_known(&w->known, &hashes[i]) && (alone == NULL || !is_known(&w->known, &alone[i]));
    *all = *all && keep[i];
  }
  free(alone);
  return rc;
}

sl_status sl_db_window_filter(struct sl_db_window *w, const struct sl_db_chunk *chunk,
                              struct sl_block *block, struct sl_error *err) {
  int64_t rows = sl_db_block_rows(block);
  if ((!chunk->skip_known && !chunk->remember) || rows == 0) {
    return SL_OK;
  }
  struct sl_db_hash *hashes = sl_alloc_array((size_t)rows, sizeof *hashes);
  bool *keep = sl_alloc_array((size_t)rows, sizeof *keep);
  sl_status rc = hashes == NULL || keep == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for row hashes")
                     : sl_db_block_hash(block, w->key, w->n_key, false, hashes, err);
  bool all = true;
  for (int64_t i = 0; rc == SL_OK && chunk->remember && i < rows; i++) {
    rc = remember(w, hashes[i], err);
  }
  if (rc == SL_OK && chunk->skip_known) {
    rc = find_known(w, block, hashes, keep, &all, err);
  }
  if (rc == SL_OK && !all) {
    rc = sl_db_block_keep(block, keep, err);
  }
  free(hashes);
  free(keep);
  return rc;
}

/* ---- the state of this time ---- */

static void print_value(const struct sl_db_window *w, const char *value, struct sl_buffer *out) {
  if (value == NULL) {
    sl_buffer_text(out, "null");
  } else {
    sl_cursor_to_json(w->column, value, out);
  }
}

static void print_entry(const struct sl_db_window *w, struct sl_buffer *out) {
  const struct sl_db_hashes *h = w->end == NULL ? &w->known : &w->remembered;
  sl_buffer_text(out, "{\"initial_value\":");
  print_value(w, w->initial, out);
  sl_buffer_text(out, ",\"last_value\":");
  /* The last value never goes back, whatever a lag has read again. Without a lag the database has
   * compared, which may sort texts otherwise than we do. */
  bool back = w->end == NULL ||
              (w->lagging && w->last != NULL && sl_cursor_compare(w->column, w->end, w->last) < 0);
  print_value(w, back ? w->last : w->end, out);
  sl_buffer_text(out, ",\"unique_hashes\":[");
  for (size_t i = 0; w->deduplicates && i < h->count; i++) {
    sl_buffer_printf(out, "%s\"%s\"", i == 0 ? "" : ",", h->items[i].text);
  }
  sl_buffer_text(out, "]}");
}

sl_status sl_db_window_state(const struct sl_db_window *w, char **out_json, struct sl_error *err) {
  *out_json = NULL;
  if (w->column == NULL || w->stateless) {
    return SL_OK;
  }
  struct sl_buffer entry = { 0 };
  print_entry(w, &entry);
  sl_status rc = sl_buffer_check(&entry, err);
  yyjson_doc *old =
      w->state_json == NULL ? NULL : yyjson_read(w->state_json, strlen(w->state_json), 0);
  yyjson_doc *fresh = rc == SL_OK ? yyjson_read(entry.data, entry.length, 0) : NULL;
  yyjson_mut_doc *doc = old == NULL ? yyjson_mut_doc_new(NULL) : yyjson_doc_mut_copy(old, NULL);
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  if (!yyjson_mut_is_obj(root)) {
    root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
  }
  yyjson_mut_val *all = yyjson_mut_obj_get(root, "incremental");
  if (!yyjson_mut_is_obj(all)) {
    all = yyjson_mut_obj(doc);
    yyjson_mut_obj_put(root, yyjson_mut_str(doc, "incremental"), all);
  }
  yyjson_mut_val *value = yyjson_val_mut_copy(doc, yyjson_doc_get_root(fresh));
  yyjson_mut_val *first =
      yyjson_mut_obj_get(yyjson_mut_obj_get(all, w->column->name), "initial_value");
  if (w->initial == NULL && first != NULL && value != NULL) { /* what an earlier load was given */
    yyjson_mut_obj_put(value, yyjson_mut_str(doc, "initial_value"),
                       yyjson_mut_val_mut_copy(doc, first));
  }
  yyjson_mut_obj_put(all, yyjson_mut_strcpy(doc, w->column->name), value);
  if (rc == SL_OK) {
    *out_json = yyjson_mut_write(doc, 0, NULL);
    rc = *out_json == NULL || value == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for the state of %s", w->table)
             : SL_OK;
  }
  yyjson_mut_doc_free(doc);
  yyjson_doc_free(fresh);
  yyjson_doc_free(old);
  sl_buffer_release(&entry);
  return rc;
}

void sl_db_window_release(struct sl_db_window *w) {
  if (w->table == NULL) {
    return; /* never opened */
  }
  pthread_mutex_destroy(&w->lock);
  free(w->state_json);
  free(w->initial);
  free(w->last);
  free(w->start);
  free(w->end);
  free(w->known.items);
  free(w->remembered.items);
  *w = (struct sl_db_window){ 0 };
}
