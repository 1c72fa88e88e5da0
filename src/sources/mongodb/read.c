/* read.c - a chunk from its find or aggregate command to its last batch.
 *
 * Batches are read where they lie in the answer: each document goes straight into the JSON text of
 * a block. Commands are run by hand and not through mongoc_cursor_t, because a read must be able to
 * go on behind the last document when the connection or the server was lost. */
#include <stdlib.h>
#include <unistd.h>

#include "sources/mongodb/internal.h"

enum { MOST_TRIES = 3, LEAST_BATCH = 100, MOST_BATCH = 50000, USUAL_BATCH = 2000 };

static sl_status stopped(const struct mongo_session *s, struct sl_error *err) {
  return sl_fail(err, SL_ECANCELLED, "reading from %s was stopped", s->host);
}

/* Documents in a batch: about as many bytes as half a block, so that a reader holds little while
 * the server is asked seldom. */
static int64_t batch_size(const struct mongo_session *s, const struct sl_db_table *table) {
  int64_t each = table->detail[MONGO_BYTES_EACH];
  int64_t n = each > 0 ? s->config->block_bytes / 2 / each : USUAL_BATCH;
  n = n < LEAST_BATCH ? LEAST_BATCH : n > MOST_BATCH ? MOST_BATCH : n;
  return n < s->config->batch_rows ? n : s->config->batch_rows;
}

/* ---- batches ---- */

static void drop_reply(struct mongo_reader *r) {
  if (r->has_reply) {
    MONGO(bson_destroy)(&r->reply);
  }
  r->has_reply = false;
  r->at = r->end = NULL;
}

static sl_status find_batch(struct mongo_session *s, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  bson_iter_t top;
  bson_iter_t found;
  const uint8_t *bytes = NULL;
  uint32_t length = 0;
  r->cursor = 0;
  if (MONGO(bson_iter_init)(&top, &r->reply) &&
      MONGO(bson_iter_find_descendant)(&top, "cursor.id", &found)) {
    r->cursor = MONGO(bson_iter_as_int64)(&found);
  }
  if (r->collection == NULL && MONGO(bson_iter_init)(&top, &r->reply) &&
      MONGO(bson_iter_find_descendant)(&top, "cursor.ns", &found) &&
      MONGO(bson_iter_type)(&found) == BSON_TYPE_UTF8) {
    const char *name = strchr(MONGO(bson_iter_utf8)(&found, NULL), '.');
    r->collection = strdup(name == NULL ? r->table->name : name + 1);
    if (r->collection == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a name");
    }
  }
  static const char *const places[] = { "cursor.firstBatch", "cursor.nextBatch" };
  for (size_t i = 0; i < 2; i++) {
    if (MONGO(bson_iter_init)(&top, &r->reply) &&
        MONGO(bson_iter_find_descendant)(&top, places[i], &found) &&
        MONGO(bson_iter_type)(&found) == BSON_TYPE_ARRAY) {
      MONGO(bson_iter_array)(&found, &length, &bytes);
      r->at = bytes + 4;
      r->end = bytes + length - 1;
      return SL_OK;
    }
  }
  return sl_fail(err, SL_ESOURCE, "%s answered without documents; is it MongoDB?", s->host);
}

static sl_status run(struct mongo_session *s, const bson_t *command, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  drop_reply(r);
  sl_status rc = mongo_command(s, mongo_database(s, r->table), command, &r->reply, err);
  r->has_reply = true;
  if (rc == SL_OK) {
    rc = find_batch(s, err);
  }
  if (rc != SL_OK) {
    drop_reply(r);
    rc = mongo_is_cancelled(s) ? stopped(s, err)
                               : sl_error_add_context(err, "collection %s", r->table->name);
  }
  return rc;
}

/* The chunk's filter and, after a break, what lies behind the last document. Within one type of _id
 * a range does that with the index; else $expr compares across types. */
static void make_filter(const struct mongo_reader *r, bson_t *out) {
  bson_t list;
  bson_t behind;
  bson_t range;
  bson_iter_t id;
  if (r->last == NULL || !MONGO(bson_iter_init_find)(&id, r->last, "_id")) {
    if (r->filter != NULL) {
      MONGO(bson_concat)(out, r->filter);
    }
    return;
  }
  MONGO(bson_append_array_begin)(out, "$and", -1, &list);
  MONGO(bson_append_document_begin)(&list, "0", -1, &behind);
  if (r->of_a_type) {
    MONGO(bson_append_document_begin)(&behind, "_id", -1, &range);
    MONGO(bson_append_value)(&range, "$gt", -1, MONGO(bson_iter_value)(&id));
    MONGO(bson_append_document_end)(&behind, &range);
  } else {
    bson_t compare;
    bson_t literal;
    MONGO(bson_append_document_begin)(&behind, "$expr", -1, &range);
    MONGO(bson_append_array_begin)(&range, "$gt", -1, &compare);
    MONGO(bson_append_utf8)(&compare, "0", -1, "$_id", -1);
    MONGO(bson_append_document_begin)(&compare, "1", -1, &literal);
    MONGO(bson_append_value)(&literal, "$literal", -1, MONGO(bson_iter_value)(&id));
    MONGO(bson_append_document_end)(&compare, &literal);
    MONGO(bson_append_array_end)(&range, &compare);
    MONGO(bson_append_document_end)(&behind, &range);
  }
  MONGO(bson_append_document_end)(&list, &behind);
  if (r->filter != NULL) {
    MONGO(bson_append_document)(&list, "1", -1, r->filter);
  }
  MONGO(bson_append_array_end)(out, &list);
}

static sl_status begin(struct mongo_session *s, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  bson_t command = BSON_INITIALIZER;
  bson_t filter = BSON_INITIALIZER;
  make_filter(r, &filter);
  r->cursor = 0;
  r->in_snapshot = mongo_snapshot_covers(s, r->table);
  struct mongo_query query = { .table = r->table,
                               .filter = &filter,
                               .sort = r->sort,
                               .descending = r->descending,
                               .batch = batch_size(s, r->table),
                               .in_snapshot = r->in_snapshot };
  sl_status rc = mongo_build(s, &query, &command, err);
  if (rc == SL_OK) {
    rc = run(s, &command, err);
  }
  MONGO(bson_destroy)(&command);
  MONGO(bson_destroy)(&filter);
  return rc;
}

static sl_status get_more(struct mongo_session *s, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  bson_t command = BSON_INITIALIZER;
  MONGO(bson_append_int64)(&command, "getMore", -1, r->cursor);
  MONGO(bson_append_utf8)(&command, "collection", -1, r->collection, -1);
  MONGO(bson_append_int64)(&command, "batchSize", -1, batch_size(s, r->table));
  sl_status rc = run(s, &command, err);
  MONGO(bson_destroy)(&command);
  return rc;
}

/* ---- going on after a break ---- */

/* The snapshot is too old: the rest is read without, if the user did not insist on it. */
static bool outlives_snapshot(struct mongo_session *s, const struct sl_error *err) {
  long number = mongo_error_number(err);
  if ((number != MONGO_TOO_OLD && number != MONGO_NO_SNAPSHOT) || !s->reader.in_snapshot ||
      strcmp(s->settings->snapshot, "required") == 0) {
    return false;
  }
  mongo_snapshot_end(s);
  return true;
}

/* After a failure: the same documents again if none was taken, else those behind the last one. */
static sl_status go_on(struct mongo_session *s, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  struct sl_error first = *err;
  sl_status rc = first.code;
  bool can = r->taken == 0 || (r->by_id && r->last != NULL);
  bool again = can && outlives_snapshot(s, err);
  for (int tries = 0; can && rc != SL_OK && (again || err->retryable) && tries < MOST_TRIES;
       tries++) {
    if (mongo_is_cancelled(s)) {
      return stopped(s, err);
    }
    if (!again) {
      usleep((useconds_t)(200000 << tries));
    }
    rc = begin(s, err);
    again = rc != SL_OK && outlives_snapshot(s, err);
  }
  if (rc != SL_OK && rc != SL_ECANCELLED) {
    *err = first; /* what broke the connection says more than why it did not come back */
    rc = first.code;
  }
  return rc;
}

/* ---- documents ---- */

static void remember_id(struct mongo_reader *r, const uint8_t *bytes, size_t size) {
  bson_t document;
  bson_iter_t id;
  if (!r->by_id || !MONGO(bson_init_static)(&document, bytes, size) ||
      !MONGO(bson_iter_init_find)(&id, &document, "_id")) {
    return;
  }
  if (r->last == NULL) {
    r->last = calloc(1, sizeof *r->last);
  } else {
    MONGO(bson_destroy)(r->last);
  }
  if (r->last != NULL) {
    MONGO(bson_init)(r->last);
    MONGO(bson_append_value)(r->last, "_id", -1, MONGO(bson_iter_value)(&id));
  }
}

/* One element of a batch: type, index as text, document. */
static bool take_document(struct mongo_reader *r, const uint8_t **bytes, size_t *size) {
  const uint8_t *key = r->at + 1;
  const uint8_t *zero = r->at[0] == 3 ? memchr(key, 0, (size_t)(r->end - key)) : NULL;
  if (zero == NULL || r->end - zero < 6) {
    return false;
  }
  const uint8_t *p = zero + 1;
  uint32_t length =
      (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  if (length < 5 || length > (size_t)(r->end - p)) {
    return false;
  }
  *bytes = p;
  *size = length;
  r->at = p + length;
  return true;
}

/* In the block under way, which has so many rows. */
static bool is_room(const struct mongo_session *s, int64_t rows) {
  return rows + (int64_t)s->reader.rejects.n < s->config->batch_rows &&
         (int64_t)s->writer.out.length < s->config->block_bytes;
}

/* A document that cannot be written is set aside, as its BSON. why: what was wrong. */
static sl_status set_aside(struct mongo_session *s, int64_t row, const uint8_t *bytes, size_t size,
                           const struct sl_error *why, struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  struct sl_buffer origin = { 0 };
  struct sl_db_rejects *rejects = &r->rejects;
  bson_t document;
  bson_iter_t id;
  sl_buffer_text(&origin, r->table->name);
  if (MONGO(bson_init_static)(&document, bytes, size) &&
      MONGO(bson_iter_init_find)(&id, &document, "_id")) {
    bson_t alone = BSON_INITIALIZER;
    MONGO(bson_append_value)(&alone, "_id", -1, MONGO(bson_iter_value)(&id));
    char *json = MONGO(bson_as_canonical_extended_json)(&alone, NULL);
    sl_buffer_printf(&origin, " %s", json == NULL ? "" : json);
    MONGO(bson_free)(json);
    MONGO(bson_destroy)(&alone);
  }
  sl_status rc = sl_buffer_check(&origin, err);
  if (rc == SL_OK) {
    const struct sl_source_reject bad = {
      .origin = origin.data,
      .column = s->writer.refused[0] == '\0' ? NULL : s->writer.refused,
      .raw = (char *)(uintptr_t)bytes,
      .raw_length = size,
      .reason = (char *)(uintptr_t)why->message,
      .row = row,
      .line = row + 1 + (int64_t)rejects->n,
      .byte_offset = -1,
    };
    rc = sl_db_rejects_add(rejects, &bad, err);
  }
  sl_buffer_release(&origin);
  return rc;
}

/* One document into the block's text, or among the rejects. */
static sl_status write_document(struct mongo_session *s, const uint8_t *bytes, size_t size,
                                int64_t *rows, struct sl_error *err) {
  struct sl_error why = { 0 };
  s->writer.refused[0] = '\0';
  sl_status rc = mongo_write_document(&s->writer, bytes, size, &why);
  *rows += rc == SL_OK;
  if (rc == SL_EDATA && s->config->keep_rejects) {
    return set_aside(s, *rows, bytes, size, &why, err);
  }
  if (rc != SL_OK && err != NULL) {
    *err = why;
  }
  return rc;
}

/* Documents of the batch at hand into the block's text. */
static sl_status write_batch(struct mongo_session *s, int64_t *rows, int64_t *wire_bytes,
                             struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  const uint8_t *bytes = NULL;
  size_t size = 0;
  sl_status rc = SL_OK;
  while (rc == SL_OK && r->at < r->end && is_room(s, *rows)) {
    rc = take_document(r, &bytes, &size)
             ? write_document(s, bytes, size, rows, err)
             : sl_fail(err, SL_ESOURCE, "collection %s: the answer of %s is damaged",
                       r->table->name, s->host);
    *wire_bytes += (int64_t)size;
  }
  if (rc == SL_OK && bytes != NULL) {
    remember_id(r, bytes, size);
  }
  return rc;
}

static sl_status make_block(struct mongo_session *s, int64_t rows, int64_t wire_bytes,
                            struct sl_block *out, struct sl_error *err) {
  static const char padding[SL_BLOCK_PADDING] = { 0 };
  struct mongo_reader *r = &s->reader;
  struct sl_buffer *text = &s->writer.out;
  size_t size = text->length;
  sl_buffer_append(text, padding, sizeof padding);
  sl_status rc = sl_buffer_check(text, err);
  if (rc == SL_OK) {
    *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                              .typed = true,
                              .origin = r->table->name,
                              .first_record = r->taken,
                              .data = text->data,
                              .size = size,
                              .source_bytes = wire_bytes,
                              .release = sl_block_release_documents };
    *text = (struct sl_buffer){ 0 };
    r->taken += rows + (int64_t)r->rejects.n;
    sl_db_rejects_move(&r->rejects, out);
  }
  return rc;
}

sl_status mongo_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                     struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct mongo_reader *r = &s->reader;
  int64_t rows = 0;
  int64_t wire_bytes = 0;
  sl_status rc = SL_OK;
  *end = false;
  sl_buffer_reset(&s->writer.out);
  (void)sl_buffer_reserve(&s->writer.out, (size_t)s->config->block_bytes + 4096);
  while (rc == SL_OK && is_room(s, rows)) {
    if (r->at < r->end) {
      rc = write_batch(s, &rows, &wire_bytes, err);
    } else if (r->cursor == 0) {
      break;
    } else {
      rc = get_more(s, err);
      rc = rc == SL_OK || rc == SL_ECANCELLED ? rc : go_on(s, err);
    }
    if (rc == SL_OK && mongo_is_cancelled(s)) {
      rc = stopped(s, err);
    }
  }
  bool any = rows > 0 || r->rejects.n > 0;
  *end = rc == SL_OK && !any;
  return rc == SL_OK && any ? make_block(s, rows, wire_bytes, out, err) : rc;
}

/* ---- a chunk ---- */

/* "\"name\" DESC" as shared code writes it. */
static sl_status take_order(struct mongo_reader *r, const char *order, struct sl_error *err) {
  size_t n = strlen(order);
  r->descending = n > 5 && strcmp(order + n - 5, " DESC") == 0;
  n -= r->descending ? 5 : 0;
  r->sort = calloc(1, n + 1);
  if (r->sort == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a sort order");
  }
  for (size_t i = 1, to = 0; i + 1 < n; i++) {
    r->sort[to++] = order[i];
    i += order[i] == '"'; /* doubled inside */
  }
  return SL_OK;
}

/* Nothing is sorted that the server has no index for at hand: all documents of a collection, and
 * ranges of _id. */
static sl_status choose_order(struct mongo_session *s, const struct sl_db_chunk *chunk,
                              struct sl_error *err) {
  struct mongo_reader *r = &s->reader;
  const char *excluded = s->settings->common.exclude_columns;
  bool whole = chunk->condition == NULL && r->table->query == NULL &&
               r->table->detail[MONGO_KIND] == MONGO_PLAIN;
  bool has_id = excluded == NULL || !sl_text_glob_list(excluded, "_id");
  sl_status rc = SL_OK;
  if (chunk->order_by != NULL) {
    rc = take_order(r, chunk->order_by, err);
  } else if (whole && has_id) {
    r->sort = strdup("_id");
    rc = r->sort == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a sort order") : SL_OK;
  }
  r->by_id = has_id && r->sort != NULL && strcmp(r->sort, "_id") == 0 && !r->descending &&
             r->table->query == NULL && !r->table->view;
  r->of_a_type = chunk->order_by != NULL;
  return rc;
}

sl_status mongo_open(struct sl_db_session *base, const struct sl_db_table *table,
                     const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  const struct sl_db_settings *settings = &s->settings->common;
  bool chosen_here = !mongo_projects(settings);
  mongo_finish(base);
  s->reader.table = table;
  s->writer.table = table->name;
  s->writer.include = chosen_here ? settings->include_columns : NULL;
  s->writer.exclude = chosen_here ? settings->exclude_columns : NULL;
  sl_status rc = chunk->condition == NULL
                     ? SL_OK
                     : mongo_parse(chunk->condition, "the filter", &s->reader.filter, err);
  if (rc == SL_OK) {
    rc = choose_order(s, chunk, err);
  }
  if (rc == SL_OK) {
    rc = begin(s, err);
    rc = rc == SL_OK || rc == SL_ECANCELLED ? rc : go_on(s, err);
  }
  return rc;
}

/* The server need not keep what nobody will ask for. */
static void end_cursor(struct mongo_session *s) {
  struct mongo_reader *r = &s->reader;
  bson_t command = BSON_INITIALIZER;
  bson_t list;
  bson_t reply;
  MONGO(bson_append_utf8)(&command, "killCursors", -1, r->collection, -1);
  MONGO(bson_append_array_begin)(&command, "cursors", -1, &list);
  MONGO(bson_append_int64)(&list, "0", -1, r->cursor);
  MONGO(bson_append_array_end)(&command, &list);
  (void)!mongo_command(s, mongo_database(s, r->table), &command, &reply, NULL);
  MONGO(bson_destroy)(&reply);
  MONGO(bson_destroy)(&command);
}

void mongo_finish(struct sl_db_session *base) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct mongo_reader *r = &s->reader;
  if (r->table != NULL && r->cursor != 0 && r->collection != NULL) {
    if (mongo_is_cancelled(s)) {
      mongo_kill_cut_cursor(s);
    } else {
      end_cursor(s);
    }
  }
  drop_reply(r);
  if (r->filter != NULL) {
    MONGO(bson_destroy)(r->filter);
  }
  if (r->last != NULL) {
    MONGO(bson_destroy)(r->last);
    free(r->last);
  }
  free(r->sort);
  free(r->collection);
  sl_db_rejects_release(&r->rejects);
  *r = (struct mongo_reader){ 0 };
}
