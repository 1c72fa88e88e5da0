/* sqlite_internal.h - a SQLite database being written: its file, and one more for each dataset.
 * Private to this folder. */
#ifndef SL_DESTINATIONS_SQLITE_INTERNAL_H
#define SL_DESTINATIONS_SQLITE_INTERNAL_H

#include <sluice/destination.h>

#include "base/text.h"
#include "sql/sql.h"
#include "sqlite/api.h"
#include "sqlite/types.h"

struct sqlite_dest_settings {
  int64_t busy_timeout; /* seconds */
  const char *journal;  /* keep|wal|delete */
};

struct sqlite_dataset { /* a file that belongs to the connection */
  char *name;           /* "main", or as attached */
  char *path;           /* NULL = in memory */
  bool locked;          /* by this transaction, against other writers; and claimed */
};

struct sqlite_destination {
  struct sl_destination base;
  struct sqlite_dest_settings settings;
  sqlite3 *db;
  char *path; /* of the main file; NULL = in memory */
  bool read_only, in_transaction;
  int64_t cache_kib;
  struct sqlite_dataset *datasets; /* the first is main */
  size_t n_datasets, capacity;
  struct sl_sql_context sql;
};

/* ---- location.c ---- */
struct sqlite_target {
  char *path; /* NULL = in memory */
  bool read_only;
};
/* text: what follows "sqlite:". SL_EUSAGE: it names no file, or says what cannot be. */
sl_status sqlite_target_parse(const char *text, struct sqlite_target *out, struct sl_error *err);
/* dlt's rule: "dir/shop.db", "games" -> "dir/shop__games.db". malloc'ed; NULL = no memory. */
char *sqlite_dataset_path(const char *main_path, const char *dataset);

/* ---- statement.c ---- */
/* What the library says of its last error, sorted and with what to do: "<doing>: …". */
sl_status sqlite_dest_fail(struct sqlite_destination *d, int code, const char *doing,
                           struct sl_error *err);
/* Datasets that the SQL names and whose files are there are attached on the way. SL_EUSAGE: more
 * than one statement. */
sl_status sqlite_dest_prepare(struct sqlite_destination *d, const char *sql, const char *doing,
                              sqlite3_stmt **out, struct sl_error *err);
/* Runs a statement to its end. */
sl_status sqlite_dest_run(struct sqlite_destination *d, const char *sql, const char *doing,
                          struct sl_error *err);
/* The first value of a query as a number; 0 when there is none. */
sl_status sqlite_dest_number(struct sqlite_destination *d, const char *sql, const char *doing,
                             int64_t *out, struct sl_error *err);

/* Whether the first value of a query is a text. */
sl_status sqlite_dest_is(struct sqlite_destination *d, const char *sql, const char *doing,
                         const char *text, bool *is, struct sl_error *err);

/* ---- datasets.c ---- */
sl_status sqlite_datasets_add_main(struct sqlite_destination *d, struct sl_error *err);
/* Attaches the dataset's file if it is there, or in a transaction makes it, and keeps other writers
 * away from it until the transaction ends. *found = false: there is no such file. */
sl_status sqlite_dataset_use(struct sqlite_destination *d, const char *name, bool *found,
                             struct sl_error *err);
/* Makes the file if it is not there. */
sl_status sqlite_dataset_create(struct sqlite_destination *d, const char *name,
                                struct sl_error *err);
/* Deletes the file; fine when it is not there. Fails in a transaction, and where this connection
 * has used the dataset. */
sl_status sqlite_dataset_drop(struct sqlite_destination *d, const char *name, struct sl_error *err);
/* The file that a message "no such table: games.scores" or "unknown database games" misses is
 * attached. *attached = false: it is not there, or it is attached already. */
sl_status sqlite_dataset_of_message(struct sqlite_destination *d, const char *message,
                                    bool *attached, struct sl_error *err);
void sqlite_datasets_unlock(struct sqlite_destination *d); /* the transaction is over */
void sqlite_datasets_release(struct sqlite_destination *d);

/* ---- describe.c ---- */
/* What the destination takes a declared type for: as the source does, but TIMESTAMP is an instant,
 * since it is what instants are declared as. */
void sqlite_dest_type(const char *declared, enum sqlite_kind *kind, char format[24]);
sl_status sqlite_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                               struct ArrowSchema *out, struct sl_error *err);

/* ---- rows_in.c, rows_out.c ---- */
sl_status sqlite_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                             const struct ArrowSchema *schema, struct ArrowArray *array,
                             struct sl_error *err);
sl_status sqlite_dest_query(struct sl_destination *base, const char *sql,
                            struct ArrowArrayStream *out, struct sl_error *err);

/* ---- bind.c ---- */
struct sqlite_writer { /* a column of a batch on its way into a column of a table */
  const struct ArrowArray *array;
  const char *name;
  int parameter;           /* from 1 on */
  int32_t scale, to_scale; /* of decimals: in the batch, in the table */
  bool zoned;              /* timestamps say +00:00 */
  int (*bind)(struct sqlite_writer *w, sqlite3_stmt *statement, int64_t row);
  char text[48]; /* what is bound; SQLite reads it until the row is written */
};
enum { SQLITE_WRITER_REFUSES = -1 }; /* from bind: the table cannot keep this value exactly */
/* Chooses bind by what the table's column is and what the batch's values are. False: no value of
 * this kind goes into such a column unchanged. */
bool sqlite_writer_init(struct sqlite_writer *w, const char *declared, const char *format);
sl_status sqlite_writer_refuse(const struct sqlite_writer *w, int64_t row, const char *table,
                               struct sl_error *err);

#endif
