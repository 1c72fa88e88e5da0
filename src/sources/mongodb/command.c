/* command.c - commands and their answers; the shape of every read. */
#include <stdlib.h>

#include "sources/mongodb/internal.h"

const char *mongo_database(const struct mongo_session *s, const struct sl_db_table *table) {
  return table != NULL && table->schema != NULL ? table->schema
                                                : MONGO(mongoc_uri_get_database)(s->uri);
}

/* All commands of a session go to one server, because cursors live there. */
static bool append_place(const struct mongo_session *s, bson_t *options) {
  bson_error_t ignored;
  bool ok = MONGO(bson_append_int32)(options, "serverId", -1, (int32_t)s->server);
  return ok &&
         (s->session == NULL || MONGO(mongoc_client_session_append)(s->session, options, &ignored));
}

sl_status mongo_command(struct mongo_session *s, const char *database, const bson_t *command,
                        bson_t *reply, struct sl_error *err) {
  bson_error_t problem = { 0 };
  bson_t options = BSON_INITIALIZER;
  const mongoc_read_prefs_t *preference = MONGO(mongoc_uri_get_read_prefs_t)(s->uri);
  sl_status rc = s->server == 0 ? mongo_select(s, err) : SL_OK;
  if (rc == SL_OK && !append_place(s, &options)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a command");
  }
  if (rc != SL_OK) {
    MONGO(bson_init)(reply);
    MONGO(bson_destroy)(&options);
    return rc;
  }
  /* A command that states its read concern must not get the URL's as well. */
  bool states = MONGO(bson_has_field)(command, "readConcern") ||
                MONGO(bson_has_field)(command, "getMore") ||
                MONGO(bson_has_field)(command, "killCursors");
  bool ok = states ? MONGO(mongoc_client_command_with_opts)(s->client, database, command,
                                                            preference, &options, reply, &problem)
                   : MONGO(mongoc_client_read_command_with_opts)(
                         s->client, database, command, preference, &options, reply, &problem);
  MONGO(bson_destroy)(&options);
  if (!ok) {
    rc = mongo_fail(s, &problem, err);
    s->server = err != NULL && err->retryable ? 0 : s->server;
  }
  return rc;
}

/* ---- answers with a cursor ---- */

static sl_status each_of(bson_iter_t *batch, mongo_row *row, void *arg, struct sl_error *err) {
  bson_iter_t item;
  sl_status rc = SL_OK;
  if (!MONGO(bson_iter_recurse)(batch, &item)) {
    return SL_OK;
  }
  while (rc == SL_OK && MONGO(bson_iter_next)(&item)) {
    const uint8_t *bytes = NULL;
    uint32_t length = 0;
    bson_t document;
    if (MONGO(bson_iter_type)(&item) != BSON_TYPE_DOCUMENT) {
      continue;
    }
    MONGO(bson_iter_document)(&item, &length, &bytes);
    if (MONGO(bson_init_static)(&document, bytes, length)) {
      rc = row(arg, &document, err);
    }
  }
  return rc;
}

static sl_status take_batch(const bson_t *reply, mongo_row *row, void *arg, int64_t *cursor,
                            const char **collection, struct sl_error *err) {
  bson_iter_t top;
  bson_iter_t found;
  *cursor = 0;
  if (MONGO(bson_iter_init)(&top, reply) &&
      MONGO(bson_iter_find_descendant)(&top, "cursor.id", &found)) {
    *cursor = MONGO(bson_iter_as_int64)(&found);
  }
  if (MONGO(bson_iter_init)(&top, reply) &&
      MONGO(bson_iter_find_descendant)(&top, "cursor.ns", &found) &&
      MONGO(bson_iter_type)(&found) == BSON_TYPE_UTF8) {
    const char *name = strchr(MONGO(bson_iter_utf8)(&found, NULL), '.');
    *collection = name == NULL ? "" : name + 1;
  }
  if ((MONGO(bson_iter_init)(&top, reply) &&
       MONGO(bson_iter_find_descendant)(&top, "cursor.firstBatch", &found)) ||
      (MONGO(bson_iter_init)(&top, reply) &&
       MONGO(bson_iter_find_descendant)(&top, "cursor.nextBatch", &found))) {
    return each_of(&found, row, arg, err);
  }
  return SL_OK;
}

sl_status mongo_each(struct mongo_session *s, const char *database, const bson_t *command,
                     mongo_row *row, void *arg, struct sl_error *err) {
  const char *collection = "";
  int64_t cursor = 0;
  bson_t reply;
  sl_status rc = mongo_command(s, database, command, &reply, err);
  if (rc == SL_OK) {
    rc = take_batch(&reply, row, arg, &cursor, &collection, err);
  }
  while (rc == SL_OK && cursor != 0) {
    bson_t more = BSON_INITIALIZER;
    MONGO(bson_append_int64)(&more, "getMore", -1, cursor);
    MONGO(bson_append_utf8)(&more, "collection", -1, collection, -1);
    MONGO(bson_destroy)(&reply);
    rc = mongo_command(s, database, &more, &reply, err);
    MONGO(bson_destroy)(&more);
    if (rc == SL_OK) {
      rc = take_batch(&reply, row, arg, &cursor, &collection, err);
    }
  }
  MONGO(bson_destroy)(&reply);
  return rc;
}

sl_status mongo_parse(const char *json, const char *what, bson_t **out, struct sl_error *err) {
  bson_error_t problem = { 0 };
  *out = MONGO(bson_new_from_json)((const uint8_t *)json, -1, &problem);
  return *out != NULL ? SL_OK
                      : sl_fail(err, SL_EUSAGE,
                                "%s is not valid extended JSON: %s; names and texts need double "
                                "quotes, as in {\"status\": \"new\", \"at\": {\"$gt\": {\"$date\": "
                                "\"2024-01-01T00:00:00Z\"}}}",
                                what, problem.message);
}

/* ---- reads ---- */

static bool has_pattern(const char *globs) {
  return globs != NULL && strpbrk(globs, "*?[") != NULL;
}

bool mongo_projects(const struct sl_db_settings *settings) {
  return (settings->include_columns != NULL) != (settings->exclude_columns != NULL) &&
         !has_pattern(settings->include_columns) && !has_pattern(settings->exclude_columns);
}

/* {a: 1, b: 1} of "a,b". */
static bool append_members(bson_t *out, const char *names, int32_t wanted) {
  bool ok = true;
  for (const char *at = names; ok && *at != '\0';) {
    at += strspn(at, ", ");
    size_t length = strcspn(at, ",");
    size_t trimmed = length;
    while (trimmed > 0 && at[trimmed - 1] == ' ') {
      trimmed--;
    }
    ok = trimmed == 0 || MONGO(bson_append_int32)(out, at, (int)trimmed, wanted);
    at += length;
  }
  return ok;
}

/* The projection of a read; false when there is none. */
static bool make_projection(const struct mongo_session *s, const struct mongo_query *q,
                            bson_t *out) {
  const struct sl_db_settings *settings = &s->settings->common;
  if (q->only != NULL) {
    MONGO(bson_append_int32)(out, q->only, -1, 1);
    if (strcmp(q->only, "_id") != 0) {
      MONGO(bson_append_int32)(out, "_id", -1, 0);
    }
    return true;
  }
  if (!mongo_projects(settings)) {
    return false;
  }
  return settings->include_columns != NULL ? append_members(out, settings->include_columns, 1)
                                           : append_members(out, settings->exclude_columns, 0);
}

static void append_sort(bson_t *out, const char *key, const struct mongo_query *q) {
  bson_t sort;
  MONGO(bson_append_document_begin)(out, key, -1, &sort);
  MONGO(bson_append_int32)(&sort, q->sort, -1, q->descending ? -1 : 1);
  MONGO(bson_append_document_end)(out, &sort);
}

static void build_find(const struct mongo_session *s, const struct mongo_query *q, bson_t *out) {
  bson_t projection = BSON_INITIALIZER;
  MONGO(bson_append_utf8)(out, "find", -1, q->table->name, -1);
  if (q->filter != NULL) {
    MONGO(bson_append_document)(out, "filter", -1, q->filter);
  }
  if (make_projection(s, q, &projection)) {
    MONGO(bson_append_document)(out, "projection", -1, &projection);
  }
  if (q->sort != NULL) {
    append_sort(out, "sort", q);
  }
  if (q->limit > 0) {
    MONGO(bson_append_int64)(out, "limit", -1, q->limit);
    MONGO(bson_append_bool)(out, "singleBatch", -1, true);
  }
  if (q->batch > 0) {
    MONGO(bson_append_int64)(out, "batchSize", -1, q->batch);
  }
  MONGO(bson_destroy)(&projection);
}

struct stages { /* an array of pipeline stages under way */
  bson_t array;
  uint32_t count;
};

static void add_stage(struct stages *stages, const bson_t *stage) {
  char key[16];
  snprintf(key, sizeof key, "%u", stages->count++);
  MONGO(bson_append_document)(&stages->array, key, -1, stage);
}

static void add_document_stage(struct stages *stages, const char *name, const bson_t *value) {
  bson_t stage = BSON_INITIALIZER;
  MONGO(bson_append_document)(&stage, name, -1, value);
  add_stage(stages, &stage);
  MONGO(bson_destroy)(&stage);
}

static sl_status refuse_writes(const bson_t *stage, struct sl_error *err) {
  bson_iter_t member;
  if (MONGO(bson_iter_init)(&member, stage) && MONGO(bson_iter_next)(&member)) {
    const char *name = MONGO(bson_iter_key)(&member);
    if (strcmp(name, "$out") == 0 || strcmp(name, "$merge") == 0) {
      return sl_fail(err, SL_EUSAGE, "--query has the stage %s: Sluice only reads; leave it out",
                     name);
    }
  }
  return SL_OK;
}

/* The stages of --query: a list of them, or a single one. */
static sl_status add_query(struct stages *stages, const char *query, struct sl_error *err) {
  struct sl_buffer wrapped = { 0 };
  bson_t *parsed = NULL;
  bson_iter_t top;
  bson_iter_t item;
  bool list = query[strspn(query, " \t\r\n")] == '[';
  sl_buffer_printf(&wrapped, list ? "{\"q\":%s}" : "{\"q\":[%s]}", query);
  sl_status rc = sl_buffer_check(&wrapped, err);
  if (rc == SL_OK) {
    rc = mongo_parse(wrapped.data, "--query (the stages of an aggregation)", &parsed, err);
  }
  if (rc == SL_OK &&
      (!MONGO(bson_iter_init_find)(&top, parsed, "q") || !MONGO(bson_iter_recurse)(&top, &item))) {
    rc = sl_fail(err, SL_EUSAGE, "--query has no stages: write [{\"$match\": …}, …]");
  }
  while (rc == SL_OK && MONGO(bson_iter_next)(&item)) {
    const uint8_t *bytes = NULL;
    uint32_t length = 0;
    bson_t stage;
    if (MONGO(bson_iter_type)(&item) != BSON_TYPE_DOCUMENT) {
      rc = sl_fail(err, SL_EUSAGE, "--query: each stage is an object, as in {\"$match\": …}");
      break;
    }
    MONGO(bson_iter_document)(&item, &length, &bytes);
    if (MONGO(bson_init_static)(&stage, bytes, length)) {
      rc = refuse_writes(&stage, err);
      add_stage(stages, &stage);
    }
  }
  if (parsed != NULL) {
    MONGO(bson_destroy)(parsed);
  }
  sl_buffer_release(&wrapped);
  return rc;
}

sl_status mongo_check_query(const char *query, struct sl_error *err) {
  bson_t all = BSON_INITIALIZER;
  struct stages stages = { 0 };
  MONGO(bson_append_array_begin)(&all, "pipeline", -1, &stages.array);
  sl_status rc = add_query(&stages, query, err);
  MONGO(bson_append_array_end)(&all, &stages.array);
  MONGO(bson_destroy)(&all);
  return rc;
}

static void add_sort_stage(struct stages *stages, const struct mongo_query *q) {
  bson_t stage = BSON_INITIALIZER;
  append_sort(&stage, "$sort", q);
  add_stage(stages, &stage);
  MONGO(bson_destroy)(&stage);
}

static void add_limit_and_count(struct stages *stages, const struct mongo_query *q) {
  bson_t stage = BSON_INITIALIZER;
  if (q->limit > 0) {
    MONGO(bson_append_int64)(&stage, "$limit", -1, q->limit);
  } else {
    MONGO(bson_append_utf8)(&stage, "$count", -1, "n", -1);
  }
  if (q->limit > 0 || q->count) {
    add_stage(stages, &stage);
  }
  MONGO(bson_destroy)(&stage);
}

static sl_status build_aggregate(const struct mongo_session *s, const struct mongo_query *q,
                                 bson_t *out, struct sl_error *err) {
  bson_t projection = BSON_INITIALIZER;
  struct stages stages = { 0 };
  bson_t cursor;
  MONGO(bson_append_utf8)(out, "aggregate", -1, q->table->name, -1);
  MONGO(bson_append_array_begin)(out, "pipeline", -1, &stages.array);
  sl_status rc = q->table->query == NULL ? SL_OK : add_query(&stages, q->table->query, err);
  if (q->filter != NULL) {
    add_document_stage(&stages, "$match", q->filter);
  }
  if (q->sort != NULL) {
    add_sort_stage(&stages, q);
  }
  add_limit_and_count(&stages, q);
  if (!q->count && make_projection(s, q, &projection)) {
    add_document_stage(&stages, "$project", &projection);
  }
  MONGO(bson_append_array_end)(out, &stages.array);
  MONGO(bson_append_document_begin)(out, "cursor", -1, &cursor);
  if (q->batch > 0) {
    MONGO(bson_append_int64)(&cursor, "batchSize", -1, q->batch);
  }
  MONGO(bson_append_document_end)(out, &cursor);
  MONGO(bson_append_bool)(out, "allowDiskUse", -1, true);
  MONGO(bson_destroy)(&projection);
  return rc;
}

sl_status mongo_build(const struct mongo_session *s, const struct mongo_query *q, bson_t *out,
                      struct sl_error *err) {
  sl_status rc = SL_OK;
  if (q->table->query != NULL || q->count) {
    rc = build_aggregate(s, q, out, err);
  } else {
    build_find(s, q, out);
  }
  int64_t seconds = s->settings->common.statement_timeout;
  if (seconds > 0) {
    MONGO(bson_append_int64)(out, "maxTimeMS", -1, seconds * 1000);
  }
  if (q->in_snapshot) {
    mongo_snapshot_append(s, out);
  }
  return rc;
}
