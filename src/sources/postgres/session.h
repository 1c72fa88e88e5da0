/* session.h - one connection to a PostgreSQL server, and what the files of this folder share. */
#ifndef SL_SOURCES_POSTGRES_SESSION_H
#define SL_SOURCES_POSTGRES_SESSION_H

#include <stdatomic.h>

#include "database/database.h"
#include "postgres/api.h"

struct pg_field; /* decode.h */
struct pg_types; /* types.h */

struct pg_session {
  struct sl_db_session base;
  const struct sl_db_config *config;
  PGconn *conn;
  PGcancel *cancel;
  int version;           /* of the server: 150018 is 15.18 */
  bool leads;            /* the first session: its transaction holds the snapshot */
  bool savepoint;        /* the leader reads behind one, so that a stopped COPY spoils nothing */
  bool cannot_share;     /* the server does not export snapshots */
  char snapshot[128];    /* exported by the leader; "" = others cannot share it */
  char where[256];       /* host, port and database for messages */
  atomic_bool stopped;   /* cancel was called */
  _Atomic int64_t asked; /* see sl_socket_asked_in_vain */
  struct pg_types *types;

  /* the chunk being read */
  const struct sl_db_table *table;
  const struct sl_db_table *batch_table; /* the one that batch and fields are made for */
  struct sl_db_batch *batch;
  struct pg_field *fields;
  char *row; /* the one being decoded */
  size_t row_capacity;
  bool copying;       /* the server is sending rows */
  bool began;         /* the header of the stream was read */
  bool repeatable;    /* read again, the chunk gives the same rows in the same order */
  int64_t wire_bytes; /* of the rows in batch */
};

extern const struct sl_db_driver pg_driver;

/* ---- connect.c ---- */
sl_status pg_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                     struct sl_db_session **out, struct sl_error *err);
void pg_cancel(struct sl_db_session *base);
void pg_close(struct sl_db_session *base);
/* Ends the transaction and begins a new one, with a new snapshot that is taken after `locks` (a
 * statement; NULL = none). */
sl_status pg_restart(struct pg_session *s, const char *locks, struct sl_error *err);
/* SL_EUSAGE when the location is no connection string. */
sl_status pg_check_location(const char *location, struct sl_error *err);
/* The name of the database in a location, for a name of the pipeline. */
sl_status pg_default_name(const char *location, char out[256], struct sl_error *err);

/* ---- errors.c ---- */
/* Turns what the server said of a statement into an error; `doing` is what failed ("reading table
 * t"). Clears the result, which may be NULL (the connection has the message then). */
sl_status pg_fail(struct pg_session *s, PGresult *result, const char *doing, struct sl_error *err);

/* ---- query.c ---- */
/* Runs statements; with `out`, the rows of the last one, which the caller clears. */
sl_status pg_run(struct pg_session *s, const char *sql, const char *doing, PGresult **out,
                 struct sl_error *err);
/* A value as text; "" for NULL. Borrowed from the result. */
const char *pg_value(const PGresult *result, int row, int column);
bool pg_is_true(const PGresult *result, int row, int column);
int64_t pg_integer(const PGresult *result, int row, int column);

/* True for tables that this user may lock against changes of their form. */
bool pg_is_lockable(const struct sl_db_table *table);

/* ---- catalog.c, describe.c, split.c, copy.c, unchanged.c: see struct sl_db_driver ---- */
sl_status pg_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                  struct sl_error *err);
sl_status pg_describe(struct sl_db_session *base, struct sl_db_table *table, struct sl_error *err);
sl_status pg_describe_all(struct sl_db_session *base, struct sl_db_tables *tables,
                          struct sl_error *err);
bool pg_has_index(struct sl_db_session *base, const struct sl_db_table *table, const char *column);
sl_status pg_split(struct sl_db_session *base, const struct sl_db_table *table,
                   const char *condition, int wanted, struct sl_db_chunks *out,
                   struct sl_error *err);
sl_status pg_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                    const char *function, const struct sl_db_column *column, const char *condition,
                    char **out, struct sl_error *err);
sl_status pg_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                     enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                     struct sl_error *err);
sl_status pg_open(struct sl_db_session *base, const struct sl_db_table *table,
                  const struct sl_db_chunk *chunk, struct sl_error *err);
sl_status pg_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                  struct sl_error *err);
void pg_finish(struct sl_db_session *base);
sl_status pg_mark(struct sl_db_session *base, const struct sl_db_table *table, char **out,
                  struct sl_error *err);
sl_status pg_unchanged(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *mark, const struct sl_db_chunk *chunk, int64_t rows, bool *same,
                       struct sl_error *err);

/* sums.c */
void pg_hash(struct sl_db_session *base, const struct sl_db_column *column,
             struct sl_source_sum *sum, struct sl_buffer *out);
sl_status pg_ask(struct sl_db_session *base, const char *sql, char **out, struct sl_error *err);

/* What table->detail holds. */
enum pg_detail { PG_OID, PG_RELKIND, PG_HAS_CHILDREN, PG_READABLE, PG_POLICIES };
enum pg_readable { PG_NOTHING, PG_SOME_COLUMNS, PG_WHOLE };

#endif
