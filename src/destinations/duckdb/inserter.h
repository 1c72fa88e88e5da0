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

struct duck_limits; /* limits.h */

/* Filling a row group takes about half as long as compressing it: more threads than this would wait
 * for their turn to fill (sl_duckdb_feed_relay). */
enum { DUCK_MOST_IN_RELAY = 4 };

/* Starts INSERT INTO <qualified> within the limits; feed and end it as feed.h says. threads: how
 * many DuckDB threads may take batches, if there is memory; with more than one, batches do not keep
 * their order, only the rows within them do. waiting: the batches that will come first; they stay
 * the caller's. */
sl_status duck_inserter_start(struct sl_duckdb_feed **out, duckdb_connection connection,
                              const char *qualified, int threads,
                              const struct sl_duckdb_batch *waiting, struct duck_limits *limits,
                              struct sl_error *err);
#endif
