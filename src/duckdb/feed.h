/* feed.h - Arrow batches as the rows of one long DuckDB statement: INSERT … SELECT, COPY … TO.
 *
 * The statement runs on a thread of its own and reads from a table function that is fed batch by
 * batch, so it takes bounded memory. While it runs, nothing else may use the connection. A feed is
 * fed by one thread. May include duckdb/api.h. */
#ifndef SL_DUCKDB_FEED_H
#define SL_DUCKDB_FEED_H

#include <sluice/arrow.h>

#include "duckdb/api.h"

struct sl_duckdb_batch { /* owned */
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t bytes; /* of memory, about */
  struct sl_duckdb_batch *next;
};
/* Takes the array (moved) and a copy of the schema. */
sl_status sl_duckdb_batch_new(struct sl_duckdb_batch **out, const struct ArrowSchema *schema,
                              struct ArrowArray *array, struct sl_error *err);
void sl_duckdb_batch_free(struct sl_duckdb_batch *batch); /* NULL is fine */

/* Makes the table function known to the connection; once for each database. */
sl_status sl_duckdb_feed_register(duckdb_connection connection, struct sl_error *err);

struct sl_duckdb_feed;
/* table: for messages. under_way: bytes of batches that may wait. */
sl_status sl_duckdb_feed_new(struct sl_duckdb_feed **out, duckdb_connection connection,
                             const char *table, int64_t under_way, struct sl_error *err);
/* Adds a column; the type is taken over, after a failure too. Batches are matched by names, columns
 * that they lack are NULL. */
sl_status sl_duckdb_feed_column(struct sl_duckdb_feed *feed, const char *name,
                                duckdb_logical_type type, struct sl_error *err);
size_t sl_duckdb_feed_columns(const struct sl_duckdb_feed *feed);
/* Before the start: one thread at a time takes batches, and another one when it has taken `rows`.
 * For an INSERT and the rows of a row group: DuckDB compresses a full group on the thread that
 * filled it, while the next one fills. A table of less than a group is one then, and at the end one
 * group is not full instead of one a thread, whose rows DuckDB would append or compress again. */
void sl_duckdb_feed_relay(struct sl_duckdb_feed *feed, int64_t rows);
/* Starts `<before>SELECT * FROM <the feed><after>`. threads: how many DuckDB threads may take
 * batches; with more than one, batches do not keep their order, only the rows within them do. */
sl_status sl_duckdb_feed_start(struct sl_duckdb_feed *feed, int threads, const char *before,
                               const char *after, struct sl_error *err);
/* Hands over a batch, waiting for room. On failure (the statement has failed) the batch is freed.
 */
sl_status sl_duckdb_feed_push(struct sl_duckdb_feed *feed, struct sl_duckdb_batch *batch,
                              struct sl_error *err);
/* Waits for the end of the statement and frees the feed, also one that was never started. abandon:
 * the rows do not matter any more. */
sl_status sl_duckdb_feed_finish(struct sl_duckdb_feed *feed, bool abandon, struct sl_error *err);

#endif
