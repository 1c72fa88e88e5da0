/* internal.h - what the files of this source share. Private to src/sources/mongodb/. */
#ifndef SL_SOURCES_MONGODB_INTERNAL_H
#define SL_SOURCES_MONGODB_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "database/database.h"
#include "database/rejects.h"
#include "sources/mongodb/api.h"
#include "sources/mongodb/bson_json.h"

struct mongo_settings { /* the options of this source */
  struct sl_db_settings common;
  const char *snapshot, *ranges;
};

/* sl_db_table.detail */
enum {
  MONGO_KIND,
  MONGO_BYTES_EACH, /* of a document, 0 = not known */
  MONGO_FIRST_ID,   /* types of the lowest and the highest _id; 0 = no document */
  MONGO_LAST_ID
};
enum mongo_kind { MONGO_PLAIN, MONGO_CAPPED, MONGO_TIMESERIES, MONGO_VIEW };

/* The point in time that all sessions of a source read at, where the server can do that. */
struct mongo_snapshot {
  pthread_mutex_t lock;
  bool on;
  uint32_t seconds, increment; /* atClusterTime */
};

struct mongo_reader {              /* a chunk being read */
  const struct sl_db_table *table; /* NULL = none */
  bson_t *filter;                  /* of the chunk; NULL = all */
  char *sort;                      /* member to sort by; NULL = any order */
  bool descending;
  bool by_id;       /* sorted by _id: goes on behind the last one after a lost connection */
  bool of_a_type;   /* all _ids are of one type */
  bool in_snapshot; /* the cursor reads at it */
  bson_t reply;     /* of the last command */
  bool has_reply;
  const uint8_t *at, *end;      /* documents that are not yet taken, within reply */
  int64_t cursor;               /* 0 = no more batches */
  char *collection;             /* for getMore: the namespace without the database */
  bson_t *last;                 /* {_id: …} of the last document, when by_id */
  int64_t taken;                /* documents so far */
  struct sl_db_rejects rejects; /* documents of the block under way that were set aside */
};

struct mongo_session {
  struct sl_db_session base;
  const struct sl_db_config *config;
  const struct mongo_settings *settings;
  mongoc_uri_t *uri;
  mongoc_client_t *client;
  mongoc_client_session_t *session; /* NULL: the server has none */
  enum mongo_uuid uuid;
  uint32_t server; /* all commands go to the one that has the cursors; 0 = choose one */
  char host[320];  /* for messages */
  int wire_version;
  bool replicated;                 /* a replica set or a sharded cluster */
  struct mongo_snapshot *snapshot; /* the leader's */
  bool leads;
  struct mongo_reader reader;
  struct mongo_writer writer;

  pthread_mutex_t lock; /* guards what cancel needs */
  bool cancelled;
  int socket;                      /* -1 = none */
  struct sockaddr_storage address; /* of our end of it */
  socklen_t address_length;
};

extern const struct sl_db_driver mongo_driver;

/* ---- location.c ---- */

/* log: what libmongoc has to say of options. */
sl_status mongo_parse_url(const char *scheme, const char *location, mongoc_uri_t **out,
                          enum mongo_uuid *uuid, struct sl_buffer *log, struct sl_error *err);
/* SL_EUSAGE: URL, filter or query are wrongly written. */
sl_status mongo_check(const char *scheme, const char *location,
                      const struct sl_db_settings *settings, struct sl_error *err);

/* ---- connect.c ---- */

sl_status mongo_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                        struct sl_db_session **out, struct sl_error *err);
void mongo_close(struct sl_db_session *base);
/* Chooses a server that the URL's read preference allows. */
sl_status mongo_select(struct mongo_session *s, struct sl_error *err);
/* Cuts the connection; close ends the cursor on the server. Any thread. */
void mongo_cancel(struct sl_db_session *base);
bool mongo_is_cancelled(struct mongo_session *s);
/* After a cut, over another connection: the server need not keep the cursor until it times out. */
void mongo_kill_cut_cursor(struct mongo_session *s);

/* ---- command.c ---- */

/* The database of a table, the URL's for NULL. */
const char *mongo_database(const struct mongo_session *s, const struct sl_db_table *table);
/* Runs a command on the session's server. *reply must be destroyed, whatever comes back. */
sl_status mongo_command(struct mongo_session *s, const char *database, const bson_t *command,
                        bson_t *reply, struct sl_error *err);
/* Calls `row` for each document of a command that answers with a cursor. */
typedef sl_status mongo_row(void *arg, const bson_t *document, struct sl_error *err);
sl_status mongo_each(struct mongo_session *s, const char *database, const bson_t *command,
                     mongo_row *row, void *arg, struct sl_error *err);
/* Parses extended JSON. what: for the message. */
sl_status mongo_parse(const char *json, const char *what, bson_t **out, struct sl_error *err);
/* {find: …} or {aggregate: …} of a table under a filter; readConcern and limits included. Options
 * that are not wanted are NULL or 0. */
struct mongo_query {
  const struct sl_db_table *table;
  const bson_t *filter;
  const char *sort;
  bool descending;
  const char *only; /* the one member that is wanted; NULL = those of the settings */
  int64_t limit, batch;
  bool count; /* {n: …}: how many there are */
  bool in_snapshot;
};
sl_status mongo_build(const struct mongo_session *s, const struct mongo_query *query, bson_t *out,
                      struct sl_error *err);
sl_status mongo_check_query(const char *query, struct sl_error *err);
/* True when the user's choice of members is made by the server, and not while writing. */
bool mongo_projects(const struct sl_db_settings *settings);

/* ---- errors.c ---- */

/* From what libmongoc and the server said. reply may be NULL. */
sl_status mongo_fail(const struct mongo_session *s, const bson_error_t *problem,
                     struct sl_error *err);
sl_status mongo_fail_connect(const struct mongo_session *s, const bson_error_t *problem,
                             struct sl_error *err);
enum { MONGO_UNAUTHORIZED = 13, MONGO_TOO_OLD = 239, MONGO_NO_SNAPSHOT = 246 };
/* The server's number in an error that mongo_fail made. */
long mongo_error_number(const struct sl_error *err);

/* ---- catalog.c ---- */

sl_status mongo_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                     struct sl_error *err);
sl_status mongo_describe(struct sl_db_session *base, struct sl_db_table *table,
                         struct sl_error *err);
bool mongo_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                     const char *column);

/* The name most like the one that is wanted; "" when none is much like it. */
struct mongo_nearest {
  const char *wanted;
  char name[128];
  size_t best;
};
struct mongo_nearest mongo_nearest_to(const char *wanted);
/* arg: a struct mongo_nearest. Shaped for walks over names; never fails. */
sl_status mongo_keep_nearest(void *arg, const char *name, struct sl_error *err);

/* ---- snapshot.c ---- */

sl_status mongo_snapshot_begin(struct mongo_session *leader, const struct sl_db_tables *tables,
                               struct sl_error *err);
/* The table can be read at the snapshot, and there is one. */
bool mongo_snapshot_covers(const struct mongo_session *s, const struct sl_db_table *table);
void mongo_snapshot_append(const struct mongo_session *s, bson_t *command);
/* The server has forgotten it: everything that follows is read as it is then. */
void mongo_snapshot_end(struct mongo_session *s);

/* ---- cursor.c: values of the cursor ---- */

/* Type and format of a cursor by its highest value. SL_EUSAGE when that is no value to go by. */
sl_status mongo_describe_cursor(struct mongo_session *s, struct sl_db_table *table,
                                struct sl_error *err);
sl_status mongo_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *function, const struct sl_db_column *column,
                       const char *condition, char **out, struct sl_error *err);
sl_status mongo_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err);
void mongo_both(const char *a, const char *b, struct sl_buffer *out);

/* ---- split.c ---- */

sl_status mongo_split(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *condition, int wanted, struct sl_db_chunks *out,
                      struct sl_error *err);
/* Types that MongoDB compares with each other have one bracket; 0 = none that ranges are made of.
 */
int mongo_bracket(bson_type_t type);

/* ---- read.c ---- */

sl_status mongo_open(struct sl_db_session *base, const struct sl_db_table *table,
                     const struct sl_db_chunk *chunk, struct sl_error *err);
sl_status mongo_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                     struct sl_error *err);
void mongo_finish(struct sl_db_session *base);

#endif
