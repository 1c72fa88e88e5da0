/* split.c - a collection in parts that are read at once: ranges of _id.
 *
 * The borders are _ids of documents that the server picks at random, so that parts are about equal
 * however the _ids lie. Comparisons in filters meet only values of one type, so ranges are made of
 * the type that most _ids have, and documents with an _id of another type are a part of their own:
 * each document is in exactly one part. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sources/mongodb/internal.h"

enum {
  LEAST_ROWS = 25000, /* in a part */
  PARTS_EACH = 4,     /* for a reader, so that all end at about the same time */
  SAMPLES_EACH = 32   /* _ids that a part's border is chosen from */
};

int mongo_bracket(bson_type_t type) {
  switch (type) {
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
    case BSON_TYPE_DECIMAL128: return 1;
    case BSON_TYPE_UTF8: return 2;
    case BSON_TYPE_OID: return 3;
    case BSON_TYPE_DATE_TIME: return 4;
    case BSON_TYPE_BINARY: return 5;
    default: return 0;
  }
}
enum { BRACKETS = 6 };
static const char *const bracket_names[BRACKETS] = { "",         "number", "string",
                                                     "objectId", "date",   "binData" };

struct sample {
  bson_t **ids; /* {_id: …}, in the server's order */
  size_t count, capacity;
  size_t of_bracket[BRACKETS];
};

static bson_type_t type_of(const bson_t *id) {
  bson_iter_t found;
  return MONGO(bson_iter_init_find)(&found, id, "_id") ? MONGO(bson_iter_type)(&found)
                                                       : BSON_TYPE_EOD;
}

static bson_t *copy_of(const bson_t *id) {
  bson_t *copy = calloc(1, sizeof *copy);
  if (copy != NULL) {
    MONGO(bson_copy_to)(id, copy);
  }
  return copy;
}

static void release_id(bson_t *id) {
  if (id != NULL) {
    MONGO(bson_destroy)(id);
    free(id);
  }
}

static sl_status keep_id(void *arg, const bson_t *document, struct sl_error *err) {
  struct sample *sample = arg;
  sl_status rc =
      sl_grow(&sample->ids, &sample->capacity, sample->count + 1, sizeof *sample->ids, err);
  bson_t *copy = rc == SL_OK ? copy_of(document) : NULL;
  if (rc == SL_OK && copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the borders of parts");
  }
  if (rc == SL_OK) {
    sample->ids[sample->count++] = copy;
    sample->of_bracket[mongo_bracket(type_of(copy))]++;
  }
  return rc;
}

/* Random _ids of documents under the condition, sorted by the server. */
static sl_status take_sample(struct mongo_session *s, const struct sl_db_table *table,
                             const char *condition, int64_t size, struct sample *out,
                             struct sl_error *err) {
  struct sl_buffer json = { 0 };
  bson_t *pipeline = NULL;
  bson_t command = BSON_INITIALIZER;
  bson_t cursor;
  bson_iter_t list;
  const uint8_t *bytes = NULL;
  uint32_t length = 0;
  bson_t stages;
  sl_buffer_printf(&json, "{\"p\":[{\"$sample\":{\"size\":%lld}}", (long long)size);
  if (condition != NULL) {
    sl_buffer_printf(&json, ",{\"$match\":%s}", condition);
  }
  sl_buffer_text(&json, ",{\"$project\":{\"_id\":1}},{\"$sort\":{\"_id\":1}}]}");
  sl_status rc = sl_buffer_check(&json, err);
  if (rc == SL_OK) {
    rc = mongo_parse(json.data, "the filter", &pipeline, err);
  }
  if (rc == SL_OK && MONGO(bson_iter_init_find)(&list, pipeline, "p")) {
    MONGO(bson_iter_array)(&list, &length, &bytes);
    MONGO(bson_init_static)(&stages, bytes, length);
    MONGO(bson_append_utf8)(&command, "aggregate", -1, table->name, -1);
    MONGO(bson_append_array)(&command, "pipeline", -1, &stages);
    MONGO(bson_append_document_begin)(&command, "cursor", -1, &cursor);
    MONGO(bson_append_document_end)(&command, &cursor);
    rc = mongo_each(s, mongo_database(s, table), &command, keep_id, out, err);
  }
  if (pipeline != NULL) {
    MONGO(bson_destroy)(pipeline);
  }
  MONGO(bson_destroy)(&command);
  sl_buffer_release(&json);
  return rc;
}

/* ---- parts ---- */

/* sorted: in the order of _id, so that it can be read on after a lost connection. */
static sl_status add_part(struct sl_db_chunks *out, const char *condition, const char *part,
                          bool sorted, struct sl_error *err) {
  struct sl_buffer both = { 0 };
  if (condition != NULL) {
    mongo_both(condition, part, &both);
  } else {
    sl_buffer_text(&both, part);
  }
  sl_status rc = sl_buffer_check(&both, err);
  if (rc == SL_OK) {
    rc = sl_db_chunks_add(out, both.data, err);
  }
  if (rc == SL_OK && sorted) {
    struct sl_db_chunk *chunk = &out->items[out->count - 1];
    chunk->order_by = strdup("\"_id\"");
    rc = chunk->order_by == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a part") : SL_OK;
  }
  sl_buffer_release(&both);
  return rc;
}

static void append_border(bson_t *range, const char *operator, const bson_t * id) {
  bson_iter_t found;
  if (id != NULL && MONGO(bson_iter_init_find)(&found, id, "_id")) {
    MONGO(bson_append_value)(range, operator, - 1, MONGO(bson_iter_value)(&found));
  }
}

/* {_id: {$gte: from, $lt: to}}; without both borders, all _ids of the type. */
static sl_status add_range(struct sl_db_chunks *out, const char *condition, int bracket,
                           const bson_t *from, const bson_t *to, struct sl_error *err) {
  bson_t filter = BSON_INITIALIZER;
  bson_t range;
  MONGO(bson_append_document_begin)(&filter, "_id", -1, &range);
  append_border(&range, "$gte", from);
  append_border(&range, "$lt", to);
  if (from == NULL && to == NULL) {
    MONGO(bson_append_utf8)(&range, "$type", -1, bracket_names[bracket], -1);
  }
  MONGO(bson_append_document_end)(&filter, &range);
  char *json = MONGO(bson_as_canonical_extended_json)(&filter, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a part")
                              : add_part(out, condition, json, true, err);
  MONGO(bson_free)(json);
  MONGO(bson_destroy)(&filter);
  return rc;
}

/* What no range meets: _ids of other types, and NaN, which is neither below nor above a number. The
 * server sorts by type first, so the first and the last _id tell whether there are any. */
static sl_status add_rest(const struct sl_db_table *table, int bracket, const char *condition,
                          struct sl_db_chunks *out, struct sl_error *err) {
  char json[256];
  int64_t first = table->detail[MONGO_FIRST_ID];
  bool mixed = mongo_bracket((bson_type_t)first) != bracket ||
               mongo_bracket((bson_type_t)table->detail[MONGO_LAST_ID]) != bracket;
  bool may_be_nan = first == BSON_TYPE_DOUBLE || first == BSON_TYPE_DECIMAL128;
  sl_status rc = SL_OK;
  if (mixed) {
    snprintf(json, sizeof json, "{\"$nor\":[{\"_id\":{\"$type\":\"%s\"}}]}",
             bracket_names[bracket]);
    rc = add_part(out, condition, json, false, err);
  }
  if (rc == SL_OK && bracket == mongo_bracket(BSON_TYPE_DOUBLE) && (mixed || may_be_nan)) {
    rc = add_part(out, condition, "{\"_id\":{\"$eq\":{\"$numberDouble\":\"NaN\"}}}", false, err);
  }
  return rc;
}

static sl_status add_parts(const struct sample *sample, int bracket, int parts,
                           const char *condition, struct sl_db_chunks *out, struct sl_error *err) {
  size_t n = sample->of_bracket[bracket];
  size_t first = 0;
  const bson_t *from = NULL;
  sl_status rc = SL_OK;
  while (first < sample->count && mongo_bracket(type_of(sample->ids[first])) != bracket) {
    first++; /* the server sorts by type */
  }
  for (int i = 1; rc == SL_OK && i <= parts; i++) {
    size_t at = first + n * (size_t)i / (size_t)parts;
    const bson_t *to = i == parts ? NULL : sample->ids[at];
    if (to == NULL || from == NULL || to != from) {
      rc = add_range(out, condition, bracket, from, to, err);
      from = to;
    }
  }
  return rc;
}

sl_status mongo_split(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *condition, int wanted, struct sl_db_chunks *out,
                      struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct sample sample = { 0 };
  struct sl_error ignored;
  int64_t parts = table->rows / LEAST_ROWS;
  parts = parts < (int64_t)wanted * PARTS_EACH ? parts : (int64_t)wanted * PARTS_EACH;
  if (table->detail[MONGO_KIND] != MONGO_PLAIN || table->query != NULL || parts < 2 ||
      strcmp(s->settings->ranges, "off") == 0) {
    return sl_db_chunks_add(out, condition, err);
  }
  int64_t size = parts * SAMPLES_EACH;
  sl_status rc = take_sample(s, table, condition, size, &sample, &ignored);
  int most = 0;
  for (int i = 1; i < BRACKETS; i++) {
    most = most == 0 || sample.of_bracket[i] > sample.of_bracket[most] ? i : most;
  }
  /* Under a condition that few meet, more readers would only search the same documents. */
  int64_t meant = (int64_t)sample.of_bracket[most] / SAMPLES_EACH;
  parts = meant < parts ? meant : parts;
  if (rc != SL_OK || parts < 2) {
    rc = sl_db_chunks_add(out, condition, err);
  } else {
    rc = add_parts(&sample, most, (int)parts, condition, out, err);
    rc = rc == SL_OK ? add_rest(table, most, condition, out, err) : rc;
  }
  for (size_t i = 0; i < sample.count; i++) {
    release_id(sample.ids[i]);
  }
  free(sample.ids);
  return rc;
}
