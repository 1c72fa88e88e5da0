/* inserter.h - rows into one DuckDB table by one long INSERT … SELECT over our batches. Private to
 * this folder.
 *
 * Measured against appenders: DuckDB keeps appended rows of a transaction uncompressed (10 KB a row
 * for a table of 171 columns), while one long INSERT compresses and writes row groups as they fill,
 * in a tenth of the memory. So an inserter runs its statement on a thread of its own and feeds it
 * through a table function. While it runs, nothing else may use the connection. */
#ifndef SL_DESTINATIONS_DUCKDB_INSERTER_H
#define SL_DESTINATIONS_DUCKDB_INSERTER_H

#include <sluice/destination.h>

#include "duckdb/vectors.h"

struct duck_batch { /* owned */
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t bytes; /* of memory, about */
  struct duck_batch *next;
};
/* Takes the array (moved) and a copy of the schema. */
sl_status duck_batch_new(struct duck_batch **out, const struct ArrowSchema *schema,
                         struct ArrowArray *array, struct sl_error *err);
void duck_batch_free(struct duck_batch *batch); /* NULL is fine */

/* Makes the table function known to the connection; once. */
sl_status duck_inserter_register(duckdb_connection connection, struct sl_error *err);

struct duck_limits { /* of the DuckDB instance; kept true by duck_inserter_start */
  int threads;       /* that it has now; 0 = its own default */
  int64_t memory;    /* its memory_limit in bytes; 0 = its own default */
  int64_t under_way; /* bytes of batches handed over and not inserted */
};

struct duck_inserter;
/* Starts INSERT INTO <qualified> on its own thread. threads: how many DuckDB threads may take
 * batches, if there is memory; with more than one, batches do not keep their order, only the rows
 * within them do. DuckDB holds half a MB for each column and thread, and each leaves a row group
 * that is not full in memory: so wide tables get one thread, and the memory limit is raised when
 * even that could not write the table. */
sl_status duck_inserter_start(struct duck_inserter **out, duckdb_connection connection,
                              const char *qualified, int threads, struct duck_limits *limits,
                              struct sl_error *err);
/* Hands over a batch, waiting for room. On failure (the INSERT has failed) the batch is freed. */
sl_status duck_inserter_push(struct duck_inserter *inserter, struct duck_batch *batch,
                             struct sl_error *err);
/* Waits for the end of the statement and frees the inserter. abandon: the rows do not matter any
 * more. */
sl_status duck_inserter_finish(struct duck_inserter *inserter, bool abandon, struct sl_error *err);

#endif
