/* catalog.c - collections, their sizes and keys. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sources/mongodb/internal.h"

/* ---- collections ---- */

struct listing {
  struct sl_db_tables *tables;
  const char *schema; /* NULL: the URL's database */
};

static bool text_is(const bson_t *document, const char *member, const char *text) {
  bson_iter_t found;
  return MONGO(bson_iter_init_find)(&found, document, member) &&
         MONGO(bson_iter_type)(&found) == BSON_TYPE_UTF8 &&
         strcmp(MONGO(bson_iter_utf8)(&found, NULL), text) == 0;
}

static bool is_capped(const bson_t *document) {
  bson_iter_t top;
  bson_iter_t found;
  return MONGO(bson_iter_init)(&top, document) &&
         MONGO(bson_iter_find_descendant)(&top, "options.capped", &found) &&
         MONGO(bson_iter_type)(&found) == BSON_TYPE_BOOL && MONGO(bson_iter_bool)(&found);
}

static sl_status add_collection(void *arg, const bson_t *document, struct sl_error *err) {
  struct listing *listing = arg;
  struct sl_db_table *table;
  bson_iter_t found;
  if (!MONGO(bson_iter_init_find)(&found, document, "name") ||
      MONGO(bson_iter_type)(&found) != BSON_TYPE_UTF8) {
    return SL_OK;
  }
  const char *name = MONGO(bson_iter_utf8)(&found, NULL);
  if (strncmp(name, "system.", 7) == 0) { /* the server's own */
    return SL_OK;
  }
  sl_status rc = sl_db_tables_add(listing->tables, listing->schema, name, &table, err);
  if (rc == SL_OK) {
    table->documents = true;
    table->view = text_is(document, "type", "view");
    table->detail[MONGO_KIND] = table->view                               ? MONGO_VIEW
                                : text_is(document, "type", "timeseries") ? MONGO_TIMESERIES
                                : is_capped(document)                     ? MONGO_CAPPED
                                                                          : MONGO_PLAIN;
  }
  return rc;
}

/* A user who may not list a database is shown the collections that it may read, if asked so. */
static sl_status list_database(struct mongo_session *s, const char *database,
                               struct listing *listing, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int narrow = 0; narrow < 2; narrow++) {
    bson_t command = BSON_INITIALIZER;
    MONGO(bson_append_int32)(&command, "listCollections", -1, 1);
    if (narrow == 1) {
      MONGO(bson_append_bool)(&command, "nameOnly", -1, true);
      MONGO(bson_append_bool)(&command, "authorizedCollections", -1, true);
    }
    rc = mongo_each(s, database, &command, add_collection, listing, err);
    MONGO(bson_destroy)(&command);
    if (rc == SL_OK || mongo_error_number(err) != MONGO_UNAUTHORIZED) {
      break;
    }
  }
  return rc;
}

/* ---- databases ---- */

/* Calls `each` with the name of every database that the user may see. */
typedef sl_status each_database(void *arg, const char *name, struct sl_error *err);

static sl_status walk_databases(const bson_t *reply, each_database *each, void *arg,
                                struct sl_error *err) {
  bson_iter_t list;
  bson_iter_t item;
  bson_iter_t name;
  sl_status rc = SL_OK;
  if (!MONGO(bson_iter_init_find)(&list, reply, "databases") ||
      !MONGO(bson_iter_recurse)(&list, &item)) {
    return SL_OK;
  }
  while (rc == SL_OK && MONGO(bson_iter_next)(&item)) {
    if (MONGO(bson_iter_recurse)(&item, &name) &&
        MONGO(bson_iter_find_descendant)(&name, "name", &name) &&
        MONGO(bson_iter_type)(&name) == BSON_TYPE_UTF8) {
      rc = each(arg, MONGO(bson_iter_utf8)(&name, NULL), err);
    }
  }
  return rc;
}

static sl_status databases(struct mongo_session *s, each_database *each, void *arg,
                           struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  bson_t reply;
  MONGO(bson_append_int32)(&command, "listDatabases", -1, 1);
  MONGO(bson_append_bool)(&command, "nameOnly", -1, true);
  sl_status rc = mongo_command(s, "admin", &command, &reply, err);
  if (rc == SL_OK) {
    rc = walk_databases(&reply, each, arg, err);
  }
  MONGO(bson_destroy)(&reply);
  MONGO(bson_destroy)(&command);
  return rc;
}

struct mongo_nearest mongo_nearest_to(const char *wanted) {
  return (struct mongo_nearest){ .wanted = wanted, .best = strlen(wanted) / 3 + 2 };
}

sl_status mongo_keep_nearest(void *arg, const char *name, struct sl_error *err) {
  struct mongo_nearest *n = arg;
  size_t distance = sl_text_distance(n->wanted, name, n->best);
  (void)err;
  if (distance < n->best && distance > 0) { /* 0: it is there, and empty */
    n->best = distance;
    snprintf(n->name, sizeof n->name, "%s", name);
  }
  return SL_OK;
}

static sl_status fail_no_database(struct mongo_session *s, const char *name, struct sl_error *err) {
  struct mongo_nearest n = mongo_nearest_to(name);
  (void)databases(s, mongo_keep_nearest, &n, err); /* one that may not be listed has no near name */
  bool near = n.name[0] != '\0';
  return sl_fail(
      err, SL_ENOTFOUND,
      "%s: the database %s has no collection, or does not exist%s%s%s; check the URL, and "
      "that the user may read it",
      s->host, name, near ? " (did you mean '" : "", near ? n.name : "", near ? "'?)" : "");
}

struct several {
  struct mongo_session *session;
  struct sl_db_tables *tables;
  const char *globs;
};

static sl_status list_wanted(void *arg, const char *name, struct sl_error *err) {
  struct several *several = arg;
  struct listing listing = { several->tables, name };
  return sl_text_glob_list(several->globs, name)
             ? list_database(several->session, name, &listing, err)
             : SL_OK;
}

sl_status mongo_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                     struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct several several = { s, out, schemas };
  struct listing own = { out, NULL };
  const char *database = mongo_database(s, NULL);
  sl_status rc = schemas != NULL ? databases(s, list_wanted, &several, err)
                                 : list_database(s, database, &own, err);
  if (rc == SL_OK && out->count == 0) {
    rc = fail_no_database(s, schemas != NULL ? schemas : database, err);
  }
  return rc == SL_OK ? mongo_snapshot_begin(s, out, err) : rc;
}

/* ---- one collection ---- */

static int64_t number_of(const bson_t *document, const char *member, int64_t otherwise) {
  bson_iter_t found;
  return MONGO(bson_iter_init_find)(&found, document, member) ? MONGO(bson_iter_as_int64)(&found)
                                                              : otherwise;
}

/* An estimate, from the server's books; what it will not tell stays unknown. */
static void measure(struct mongo_session *s, struct sl_db_table *table) {
  static const char *const commands[] = { "collStats", "count" };
  struct sl_error ignored;
  for (size_t i = 0; table->rows < 0 && i < 2; i++) {
    bson_t command = BSON_INITIALIZER;
    bson_t reply;
    MONGO(bson_append_utf8)(&command, commands[i], -1, table->name, -1);
    if (mongo_command(s, mongo_database(s, table), &command, &reply, &ignored) == SL_OK) {
      table->rows = number_of(&reply, i == 0 ? "count" : "n", -1);
      table->detail[MONGO_BYTES_EACH] = number_of(&reply, "avgObjSize", 0);
      table->estimate = true;
    }
    MONGO(bson_destroy)(&reply);
    MONGO(bson_destroy)(&command);
  }
}

static sl_status keep_type(void *arg, const bson_t *document, struct sl_error *err) {
  bson_iter_t found;
  (void)err;
  if (MONGO(bson_iter_init_find)(&found, document, "_id")) {
    *(int64_t *)arg = MONGO(bson_iter_type)(&found);
  }
  return SL_OK;
}

/* The types of the first and the last _id in the server's order, which goes by type. This is also
 * where a user learns early that a collection may not be read. */
static sl_status find_edges(struct mongo_session *s, struct sl_db_table *table,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int last = 0; rc == SL_OK && last < 2; last++) {
    bson_t command = BSON_INITIALIZER;
    struct mongo_query query = {
      .table = table, .sort = "_id", .descending = last == 1, .only = "_id", .limit = 1
    };
    rc = mongo_build(s, &query, &command, err);
    if (rc == SL_OK) {
      rc = mongo_each(s, mongo_database(s, table), &command, keep_type,
                      &table->detail[last == 0 ? MONGO_FIRST_ID : MONGO_LAST_ID], err);
    }
    MONGO(bson_destroy)(&command);
  }
  return rc == SL_OK ? rc : sl_error_add_context(err, "collection %s", table->name);
}

/* _ids of several types, or null, have no column that could be a key. */
static bool makes_key(const struct sl_db_table *table) {
  int64_t first = table->detail[MONGO_FIRST_ID];
  int64_t last = table->detail[MONGO_LAST_ID];
  bool integers = (first == BSON_TYPE_INT32 || first == BSON_TYPE_INT64) &&
                  (last == BSON_TYPE_INT32 || last == BSON_TYPE_INT64);
  return integers || (first == last && first != BSON_TYPE_NULL && first != BSON_TYPE_DOCUMENT &&
                      first != BSON_TYPE_DECIMAL128 && first != BSON_TYPE_DOUBLE);
}

static void warn_of_keys(const struct mongo_session *s, const struct sl_db_table *table) {
  char message[512];
  if (s->config->warn != NULL) {
    snprintf(message, sizeof message,
             "collection %s: its _ids are no single type of key, so rows are not merged by them",
             table->name);
    s->config->warn(s->config->warn_arg, message);
  }
}

sl_status mongo_describe(struct sl_db_session *base, struct sl_db_table *table,
                         struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  const struct sl_db_settings *settings = &s->settings->common;
  bool stored = table->query == NULL && !table->view;
  sl_status rc = SL_OK;
  table->documents = true;
  if (table->query != NULL) { /* nothing was listed */
    struct sl_db_tables alone = { table, 1, 1 };
    rc = mongo_snapshot_begin(s, &alone, err);
  }
  if (stored) {
    rc = find_edges(s, table, err);
    measure(s, table);
  }
  bool has_id =
      settings->exclude_columns == NULL || !sl_text_glob_list(settings->exclude_columns, "_id");
  if (rc == SL_OK && stored && has_id && makes_key(table)) {
    rc = sl_db_table_add_key(table, "_id", err);
  } else if (rc == SL_OK && stored && has_id && settings->cursor != NULL) {
    warn_of_keys(s, table);
  }
  return rc == SL_OK && settings->cursor != NULL ? mongo_describe_cursor(s, table, err) : rc;
}

/* ---- indexes ---- */

struct search {
  const char *member;
  bool found;
};

static sl_status look_at_index(void *arg, const bson_t *document, struct sl_error *err) {
  struct search *search = arg;
  bson_iter_t keys;
  bson_iter_t first;
  (void)err;
  search->found =
      search->found || (MONGO(bson_iter_init_find)(&keys, document, "key") &&
                        MONGO(bson_iter_recurse)(&keys, &first) && MONGO(bson_iter_next)(&first) &&
                        strcmp(MONGO(bson_iter_key)(&first), search->member) == 0);
  return SL_OK;
}

bool mongo_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *column) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct search search = { column, false };
  struct sl_error ignored;
  bson_t command = BSON_INITIALIZER;
  if (table->view || table->query != NULL || strcmp(column, "_id") == 0) {
    return true;
  }
  MONGO(bson_append_utf8)(&command, "listIndexes", -1, table->name, -1);
  sl_status rc =
      mongo_each(s, mongo_database(s, table), &command, look_at_index, &search, &ignored);
  MONGO(bson_destroy)(&command);
  return rc != SL_OK || search.found;
}
