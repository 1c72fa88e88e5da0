/* source_internal.h - a database as a source, while it is open. Private to src/database/. */
#ifndef SL_DATABASE_SOURCE_INTERNAL_H
#define SL_DATABASE_SOURCE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "database/window.h"

enum { MOST_READERS = 64 };

struct reader {
  struct sl_db_session *session; /* readers[0] uses the leader's */
  const struct sl_db_chunk *chunk;
  bool busy, done;
  bool reading;      /* the chunk was opened over this session */
  int64_t delivered; /* rows of the chunk so far */
  int64_t known;     /* rows that come again, of those */
};

struct returned_chunk { /* by a reader that could not begin it, or not go on */
  const struct sl_db_chunk *chunk;
  int64_t delivered;
};

struct database {
  struct sl_source base;
  const struct sl_db_driver *driver;
  struct sl_db_config config;
  bool resumes; /* the load may be interrupted: large tables are cut, so that there is a place */
  bool expands; /* JSON columns become columns and child tables */
  char *location, *scheme, *globs, *disposition, *keys;
  char where[160]; /* what messages call it: the location without secrets */

  struct sl_db_session *leader;
  struct sl_db_session *team[MOST_READERS]; /* [0] is the leader; only where drivers open it */
  int n_team;
  struct sl_db_tables tables;
  const struct sl_db_table *table;  /* being read */
  const struct sl_db_table *summed; /* was read and counted: can be summed up; NULL = it cannot */
  struct sl_db_window window;
  struct sl_db_chunks chunks;
  char *mark; /* of the data being read, for a position; NULL = not asked for yet */

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  size_t next_chunk;
  int64_t *finished; /* of each chunk: its rows when it was read to its end, else -1 */
  bool pausing;      /* no further chunk is begun */
  int wanted;        /* readers, if there are chunks for them */
  struct returned_chunk returned[MOST_READERS];
  int n_returned;
  struct reader readers[MOST_READERS];
  int n_readers;
  int64_t claimed, filled; /* blocks of a table with one reader, whose order is kept */
  atomic_bool cancelled;
};

/* source.c */
sl_status sl_db_connect_leader(struct database *d, struct sl_error *err);
void sl_db_stop_reading(struct database *d);
/* What start and resume have in common: before the chunks are known, and after. rc: how finding the
 * chunks went. */
sl_status sl_db_begin_table(struct database *d, const struct sl_source_table *table,
                            const char *state_json, struct sl_db_window_request *request,
                            struct sl_error *err);
sl_status sl_db_begin_reading(struct database *d, struct sl_source_table *table, sl_status rc,
                              struct sl_error *err);
sl_status sl_db_stopped(const struct database *d, struct sl_error *err); /* SL_ECANCELLED */
/* catalog.c: the cursor's column in a table; NULL = none. */
const struct sl_db_column *sl_db_cursor_of(const struct database *d,
                                           const struct sl_db_table *table);

#endif
