/* outbox.h - loads on their way to a receiver that knows no transactions: a program, a web service.
 *
 * All rows of a load are on disk before the first one is sent, and every batch that the receiver
 * has accepted is noted there. So a load that was killed, or that the receiver stopped, goes on
 * after the last accepted batch, with the same rows in the same batches; nothing is read from the
 * source again. Schema and state of the pipeline are kept with the rows and count from the moment
 * when all of them are delivered.
 *
 * The folder:  memory.json          schema and state of what was delivered, ids of the last loads
 *              new-<load id>/       being written; removed when it was left behind
 *              ready-<load id>/     complete: package.json, <n>.rows, accepted
 *
 * The pipeline's lock keeps others out. */
#ifndef SL_OUTBOX_OUTBOX_H
#define SL_OUTBOX_OUTBOX_H

#include <pthread.h>
#include <sys/types.h>

#include <sluice/destination.h>

#include "base/text.h"
#include "outbox/frames.h"

/* ---- one load ---- */

struct sl_outbox_column {
  char *name;
  char format[20];
  bool nullable, json;
};

struct sl_outbox_table {
  char *name, *parent, *disposition, *primary_key; /* parent, primary_key may be NULL */
  struct sl_outbox_column *columns;                /* in the order of their appearance */
  size_t n_columns, columns_capacity;
  int64_t rows;
  int fd;                    /* while it is written; -1 */
  struct sl_frames frames;   /* once it is complete */
  struct ArrowSchema schema; /* of the batches; likewise */
  int64_t n_batches;         /* likewise */
  uint8_t *accepted;         /* one a batch */
  int64_t n_accepted;
};

struct sl_outbox_row { /* what `put` stored, see struct sl_store_row */
  enum sl_store_kind kind;
  char *name, *hash, *text;
};

struct sl_outbox_load {
  char *folder; /* path of new-… or ready-… */
  char *load_id, *pipeline, *dataset;
  char *content;  /* what else decides about the bytes of a batch; see sink.h */
  char *receiver; /* for messages; NULL = not told */
  int64_t batch_rows;
  struct sl_outbox_table *tables;
  size_t n_tables, tables_capacity;
  struct sl_outbox_row *rows;
  size_t n_rows, rows_capacity;
  off_t progress_bytes;
  int progress_fd;      /* the file "accepted"; -1 */
  pthread_mutex_t lock; /* of accepted, n_accepted and the file */
};

struct sl_outbox_batch { /* all-zero is released */
  const struct sl_outbox_load *load;
  const struct sl_outbox_table *table;
  int64_t number;          /* in its table, from 0 on */
  int64_t first_row;       /* in its table */
  struct ArrowArray array; /* rows; of the table's schema */
  char key[40];            /* the same for the same rows, whenever they are sent; a UUID */
};

/* Starts new-<load id>. */
sl_status sl_outbox_load_new(struct sl_outbox_load **out, const char *folder,
                             const struct sl_store_load *load, struct sl_error *err);
/* Opens ready-<load id> with the batches that are accepted already. */
sl_status sl_outbox_load_open(struct sl_outbox_load **out, const char *folder, const char *load_id,
                              struct sl_error *err);
void sl_outbox_load_free(struct sl_outbox_load *load); /* the folder stays; NULL is fine */

/* Writing: a table as it is from now on; its rows; a system row. */
sl_status sl_outbox_define(struct sl_outbox_load *load, const struct sl_store_table *table,
                           bool dlt_columns, struct sl_error *err);
sl_status sl_outbox_append(struct sl_outbox_load *load, const char *table,
                           const struct ArrowSchema *schema, const struct ArrowArray *array,
                           struct sl_error *err);
sl_status sl_outbox_put(struct sl_outbox_load *load, enum sl_store_kind kind,
                        const struct sl_store_row *row, struct sl_error *err);
/* Makes the load ready: after this it will be delivered, whatever happens. batch_rows and content
 * are taken from the load. The load can be read from now on. */
sl_status sl_outbox_seal(struct sl_outbox_load *load, struct sl_error *err);

/* Reading. One batch, as rows of the table's schema. Any thread. */
sl_status sl_outbox_read(const struct sl_outbox_load *load, size_t table, int64_t number,
                         struct sl_outbox_batch *out, struct sl_error *err);
void sl_outbox_batch_release(struct sl_outbox_batch *batch);
/* The same without the rows: to say what was not sent. */
void sl_outbox_batch_name(const struct sl_outbox_load *load, size_t table, int64_t number,
                          struct sl_outbox_batch *out);
/* The receiver has these batches: on disk when it returns. Any thread. */
sl_status sl_outbox_accept(struct sl_outbox_load *load, size_t table, int64_t first, int64_t last,
                           struct sl_error *err);
int64_t sl_outbox_batches(const struct sl_outbox_load *load); /* all of them */
int64_t sl_outbox_accepted(struct sl_outbox_load *load); /* how many are accepted; any thread */

/* ---- the folder ---- */

struct sl_outbox_memory; /* memory.json */
sl_status sl_outbox_memory_read(struct sl_outbox_memory **out, const char *folder,
                                struct sl_error *err);
void sl_outbox_memory_free(struct sl_outbox_memory *memory); /* NULL is fine */
/* As sl_store_ops.get says. */
sl_status sl_outbox_memory_get(const struct sl_outbox_memory *memory, enum sl_store_kind kind,
                               const char *name, const char *key, char **text,
                               struct sl_error *err);
/* All batches of the load are accepted: what it stored is remembered, its folder goes. */
sl_status sl_outbox_finish(const char *folder, struct sl_outbox_memory **memory,
                           struct sl_outbox_load *load, struct sl_error *err);
/* Appends a line for each load that is ready for another receiver, whose folders lie beside
 * `folder`: ids and receivers, for a warning. */
sl_status sl_outbox_others(const char *folder, struct sl_buffer *out, struct sl_error *err);
/* The id of the load that is ready and not delivered; NULL = none. Removes what was left half made.
 * malloc'ed. */
sl_status sl_outbox_pending(const char *folder, const struct sl_outbox_memory *memory,
                            bool read_only, char **load_id, struct sl_error *err);

#endif
