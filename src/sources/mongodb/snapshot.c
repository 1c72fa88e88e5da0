/* snapshot.c - one point in time for all reads.
 *
 * Replica sets and sharded clusters since MongoDB 5.0 read at a cluster time of some minutes ago at
 * most (minSnapshotHistoryWindowInSeconds, 300 by default). The first session asks for one, all
 * others read at it. When it gets too old the rest is read as it is, with a warning. */
#include "sources/mongodb/internal.h"

enum { WIRE_VERSION_5_0 = 13 };

struct answer {
  bool found;
  uint32_t seconds, increment;
};

static sl_status ask(struct mongo_session *s, const struct sl_db_table *table,
                     struct answer *answer, struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  bson_t concern;
  bson_t reply;
  bson_iter_t top;
  bson_iter_t found;
  MONGO(bson_append_utf8)(&command, "find", -1, table->name, -1);
  MONGO(bson_append_int64)(&command, "limit", -1, 1);
  MONGO(bson_append_bool)(&command, "singleBatch", -1, true);
  MONGO(bson_append_document_begin)(&command, "readConcern", -1, &concern);
  MONGO(bson_append_utf8)(&concern, "level", -1, "snapshot", -1);
  MONGO(bson_append_document_end)(&command, &concern);
  sl_status rc = mongo_command(s, mongo_database(s, table), &command, &reply, err);
  if (rc == SL_OK && MONGO(bson_iter_init)(&top, &reply) &&
      MONGO(bson_iter_find_descendant)(&top, "cursor.atClusterTime", &found) &&
      MONGO(bson_iter_type)(&found) == BSON_TYPE_TIMESTAMP) {
    answer->found = true;
    MONGO(bson_iter_timestamp)(&found, &answer->seconds, &answer->increment);
  }
  MONGO(bson_destroy)(&reply);
  MONGO(bson_destroy)(&command);
  return rc;
}

static bool covers(const struct sl_db_table *table) {
  return table->detail[MONGO_KIND] == MONGO_PLAIN || table->detail[MONGO_KIND] == MONGO_VIEW;
}

sl_status mongo_snapshot_begin(struct mongo_session *s, const struct sl_db_tables *tables,
                               struct sl_error *err) {
  struct answer answer = { 0 };
  struct sl_error problem = { 0 };
  const char *wanted = s->settings->snapshot;
  bool possible = s->replicated && s->wire_version >= WIRE_VERSION_5_0 && s->session != NULL;
  s->snapshot->on = false;
  if (strcmp(wanted, "off") == 0) {
    return SL_OK;
  }
  for (size_t i = 0; possible && i < tables->count && !answer.found; i++) {
    if (tables->items[i].detail[MONGO_KIND] == MONGO_PLAIN) {
      sl_status rc = ask(s, &tables->items[i], &answer, &problem);
      possible = rc == SL_OK || mongo_error_number(&problem) == MONGO_UNAUTHORIZED;
    }
  }
  s->snapshot->on = answer.found;
  s->snapshot->seconds = answer.seconds;
  s->snapshot->increment = answer.increment;
  return answer.found || strcmp(wanted, "auto") == 0
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED,
                       "%s offers no snapshot to read at (a replica set or sharded cluster of "
                       "MongoDB 5.0 or later does)%s%s; leave --snapshot required out to read "
                       "without",
                       s->host, problem.message[0] == '\0' ? "" : ": ", problem.message);
}

bool mongo_snapshot_covers(const struct mongo_session *s, const struct sl_db_table *table) {
  pthread_mutex_lock(&s->snapshot->lock);
  bool on = s->snapshot->on;
  pthread_mutex_unlock(&s->snapshot->lock);
  return on && covers(table);
}

void mongo_snapshot_append(const struct mongo_session *s, bson_t *command) {
  bson_t concern;
  MONGO(bson_append_document_begin)(command, "readConcern", -1, &concern);
  MONGO(bson_append_utf8)(&concern, "level", -1, "snapshot", -1);
  MONGO(bson_append_timestamp)
  (&concern, "atClusterTime", -1, s->snapshot->seconds, s->snapshot->increment);
  MONGO(bson_append_document_end)(command, &concern);
}

void mongo_snapshot_end(struct mongo_session *s) {
  pthread_mutex_lock(&s->snapshot->lock);
  bool was_on = s->snapshot->on;
  s->snapshot->on = false;
  pthread_mutex_unlock(&s->snapshot->lock);
  if (was_on && s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg,
                    "the server has forgotten the snapshot that was read at, so the rest is read "
                    "as it is now; raise minSnapshotHistoryWindowInSeconds on the server, or use "
                    "--snapshot required to fail instead");
  }
}
