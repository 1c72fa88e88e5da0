/* postgres_internal.h - a PostgreSQL database being written. Private to this folder. */
#ifndef SL_DESTINATIONS_POSTGRES_INTERNAL_H
#define SL_DESTINATIONS_POSTGRES_INTERNAL_H

#include <stdatomic.h>

#include <sluice/destination.h>

#include "base/text.h"
#include "postgres/api.h"

struct pg_settings {
  int64_t connect_timeout;
};

struct pg_target { /* a table being written: its columns as the database has them */
  char *qualified;
  struct pg_column {
    char *name;
    Oid type;
    int32_t modifier; /* of the type: length, precision */
  } * columns;
  size_t n_columns;
};

struct pg_destination {
  struct sl_destination base;
  PGconn *conn;
  PGcancel *cancel;
  char where[256]; /* host, port and database, for messages */
  struct pg_target *targets;
  size_t n_targets, targets_capacity;
  struct sl_buffer rows; /* binary rows on their way */
  char *copy;            /* the COPY that is open for more rows; NULL = none */
  char copying[160];     /* what it does, for messages */
  bool in_transaction;
  atomic_bool cancelled;
  _Atomic int64_t asked; /* see sl_socket_asked_in_vain */
};

/* statement.c */
/* Runs statements; `doing` for messages. out (may be NULL): the last result, cleared by the caller.
 */
sl_status pg_dest_run(struct pg_destination *d, const char *sql, const char *doing, PGresult **out,
                      struct sl_error *err);
/* The server's message as our error, with what to do; clears the result (NULL = the connection's).
 */
sl_status pg_dest_fail(struct pg_destination *d, PGresult *result, const char *doing,
                       struct sl_error *err);

/* target.c: the table's columns, asked for once and again after `forget`. */
sl_status pg_target_get(struct pg_destination *d, const struct sl_table_name *name,
                        struct pg_target **out, struct sl_error *err);
void pg_targets_forget(struct pg_destination *d);
void pg_quote(const char *name, struct sl_buffer *out);
void pg_qualified(const struct sl_table_name *name, struct sl_buffer *out);
sl_status pg_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err);

/* The Arrow format in which values of a type travel; "u" for all that has none. */
void pg_format_of(Oid type, int modifier, char out[32]);

/* copy_in.c: rows as COPY (FORMAT binary), which stays open for the next batch of the table, so
 * that the server works while rows are written. */
sl_status pg_copy_in(struct pg_destination *d, const struct pg_target *target,
                     const struct ArrowSchema *schema, const struct ArrowArray *array,
                     struct sl_error *err);
/* Ends the open COPY, if any; before every other statement. why: NULL, or why its rows are given
 * up. */
sl_status pg_copy_end(struct pg_destination *d, const char *why, struct sl_error *err);

/* field.c: one value in the binary form of the column's type. */
typedef sl_status (*pg_write_field)(const struct pg_column *column, const struct ArrowArray *array,
                                    int64_t row, int32_t scale, struct sl_buffer *out,
                                    struct sl_error *err);
void pg_put16(struct sl_buffer *out, int16_t value); /* in network order */
/* NULL: no value of this Arrow format goes into such a column. */
pg_write_field pg_field_writer(Oid type, const char *format);

/* rows_out.c: results as Arrow. */
sl_status pg_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err);

#endif
