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

#include "duckdb/feed.h"

struct duck_limits { /* of the DuckDB instance; kept true by duck_inserter_start */
  int threads;       /* that it has now; 0 = its own default */
  int64_t memory;    /* its memory_limit in bytes; 0 = its own default */
  int64_t under_way; /* bytes of batches handed over and not inserted */
};

/* Starts INSERT INTO <qualified>; feed and end it as feed.h says. threads: how many DuckDB threads
 * may take batches, if there is memory; with more than one, batches do not keep their order, only
 * the rows within them do. DuckDB holds half a MB for each column and thread, and each leaves a row
 * group that is not full in memory: so wide tables get one thread, and the memory limit is raised
 * when even that could not write the table. */
sl_status duck_inserter_start(struct sl_duckdb_feed **out, duckdb_connection connection,
                              const char *qualified, int threads, struct duck_limits *limits,
                              struct sl_error *err);
#endif
