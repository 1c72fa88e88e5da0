/* mysql_internal.h - a MySQL or MariaDB server being written to. Private to this folder. */
#ifndef SL_DESTINATIONS_MYSQL_INTERNAL_H
#define SL_DESTINATIONS_MYSQL_INTERNAL_H

#include <stdatomic.h>

#include <sluice/destination.h>

#include "base/text.h"
#include "mysql/dial.h"

struct my_settings {
  int64_t connect_timeout;
  const char *bulk;
};

enum my_kind { /* what values a column takes */
               MY_OTHER,
               MY_INTEGER,
               MY_DECIMAL,
               MY_REAL,
               MY_TEXT,
               MY_BINARY,
               MY_DATE,
               MY_TIME,
               MY_DATETIME
};

struct my_column {
  char *name;
  enum my_kind kind;
};

/* Appends one value that is not null, as the server reads it from text; without quotes. */
typedef sl_status (*my_write)(const struct my_column *column, const struct ArrowArray *array,
                              int64_t row, int32_t scale, struct sl_buffer *out,
                              struct sl_error *err);

struct my_field { /* a column of the rows on their way */
  const struct my_column *column;
  my_write write;
  char kind; /* first character of the Arrow format */
  int32_t scale;
};

struct my_target { /* a table being written */
  char *qualified;
  struct my_column *columns;
  size_t n_columns;
  struct my_field *fields; /* of the waiting rows */
  size_t n_fields;
  struct ArrowArray *waiting;
  size_t n_waiting, waiting_capacity;
  int64_t bytes, rows; /* of what waits */
};

struct my_destination {
  struct sl_destination base;
  MYSQL *mysql;
  char *location;
  struct maria_dial how;
  char where[MARIA_MOST_PLACE]; /* host and port, for messages */
  struct my_target **targets;
  size_t n_targets, targets_capacity;
  int64_t waiting_bytes;
  uint64_t max_packet;
  int64_t patience;      /* seconds for an answer, while the session is set up; 0 = any time */
  bool load_data;        /* the server takes LOAD DATA LOCAL */
  struct my_feed *feed;  /* what the running LOAD DATA reads; NULL = none runs */
  struct sl_buffer rows; /* rows as text on their way */
  bool in_transaction;
  atomic_bool cancelled, busy;
  _Atomic int64_t asked; /* see sl_socket_asked_in_vain */
};

/* statement.c */
/* Runs a statement of any bytes and drops what it returns. */
sl_status my_run(struct my_destination *d, const char *sql, size_t length, const char *doing,
                 int64_t *affected, struct sl_error *err);
sl_status my_run_text(struct my_destination *d, const char *sql, const char *doing,
                      struct sl_error *err);
/* The first row of an answer: texts, NULL for NULL, into out[n]; malloc'ed. */
sl_status my_ask(struct my_destination *d, const char *sql, char **out, unsigned n,
                 struct sl_error *err);
/* What the server said last as our error, with what to do. */
sl_status my_fail(struct my_destination *d, const char *doing, struct sl_error *err);
sl_status my_fail_number(struct my_destination *d, unsigned number, const char *state,
                         const char *message, const char *doing, struct sl_error *err);

/* connect.c */
sl_status my_connect(struct my_destination *d, const struct sl_destination_config *config,
                     struct sl_error *err);

/* target.c: the table's columns, asked for once and again after `forget`. */
sl_status my_target_get(struct my_destination *d, const struct sl_table_name *name,
                        struct my_target **out, struct sl_error *err);
void my_targets_forget(struct my_destination *d); /* waiting rows too */
void my_qualified(const struct sl_table_name *name, struct sl_buffer *out);
void my_quote(const char *name, struct sl_buffer *out);
sl_status my_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err);
enum my_kind my_kind_of(const MYSQL_FIELD *field);
bool my_is_json(const MYSQL_FIELD *field);
/* The Arrow format in which values of a column travel; "u" for all that has none. stored: of a
 * table (a TINYINT(1) is a boolean, FLOAT is told from DOUBLE) and not of a result. */
void my_format_of(const MYSQL_FIELD *field, bool stored, char out[32]);

/* field.c. NULL: no value of this Arrow format goes into such a column. */
my_write my_field_writer(enum my_kind kind, const char *format);
/* Texts and binary values, which each way of writing writes otherwise. */
struct sl_text my_bytes_at(const struct ArrowArray *array, int64_t row);

/* write.c: rows that wait, and their way into the server. */
sl_status my_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err);
sl_status my_dest_flush(struct sl_destination *base, struct sl_error *err);
void my_target_drop_waiting(struct my_destination *d, struct my_target *target);

/* load_data.c, insert.c: all that waits for a table. *refused: the server takes no LOAD DATA LOCAL;
 * nothing was sent. */
sl_status my_load_data(struct my_destination *d, struct my_target *target, bool *refused,
                       struct sl_error *err);
sl_status my_insert(struct my_destination *d, struct my_target *target, struct sl_error *err);

/* rows_out.c: results as Arrow. */
sl_status my_dest_query(struct sl_destination *base, const char *sql, struct ArrowArrayStream *out,
                        struct sl_error *err);

#endif
