/* limits.h - how much memory and how many threads DuckDB may use, for what it does next. Private to
 * this folder.
 *
 * DuckDB's memory_limit covers its buffers only. Beside them, while it looks for the best
 * compression of a row group (122,880 rows), it keeps copies of texts: all different ones of a
 * column for the dictionary, a quarter of all for FSST, for each thread. Rows of 2 KB took 1.2 GB
 * with a limit of 100 MB; so methods are left out where texts are that long. */
#ifndef SL_DESTINATIONS_DUCKDB_LIMITS_H
#define SL_DESTINATIONS_DUCKDB_LIMITS_H

#include "inserter.h"

/* Methods of compression that DuckDB does without: bits. */
enum { DUCK_WITHOUT_DICTIONARY = 1, DUCK_WITHOUT_FSST = 2 };

enum { DUCK_PARTS = 9 }; /* eight are as many rows as DuckDB takes at once */

struct duck_limits {         /* of one DuckDB instance; what it has now */
  bool shared;               /* other loads use the instance too: limits only grow */
  duckdb_connection outside; /* a second one, for while a statement runs */
  int threads, usual;        /* 0 = DuckDB's own default; usual: what the user said */
  int64_t memory,
      most_memory; /* bytes; 0 = DuckDB's own default. most: what the user's limit allows */
  unsigned without, longest; /* longest: that the longest texts so far need */

  int64_t fixed, at_end;     /* bytes that the INSERT under way needs beside its values */
  int inserting;             /* its threads */
  int64_t parts[DUCK_PARTS]; /* bytes of its last rows, in parts of 256 */
  int64_t rows;              /* in the part under way, which is parts[part] */
  int part;
};

/* Before an INSERT into a table of n columns, whose first batches wait; *threads: how many may take
 * batches, made less where there is no memory for them. */
sl_status duck_limits_for_insert(struct duck_limits *limits, duckdb_connection connection,
                                 const struct sl_duckdb_batch *waiting, int64_t n_columns,
                                 int *threads, struct sl_error *err);
/* Before each batch is handed to the INSERT under way: values of 2048 rows must fit into the limit
 * together, or DuckDB fails, so it grows when they are that large. */
sl_status duck_limits_for_batch(struct duck_limits *limits, const struct sl_duckdb_batch *batch,
                                struct sl_error *err);
/* Before the INSERT under way learns that no more rows come. */
sl_status duck_limits_for_end(struct duck_limits *limits, struct sl_error *err);
/* Before queries, merges and commits. */
sl_status duck_limits_for_queries(struct duck_limits *limits, duckdb_connection connection,
                                  struct sl_error *err);
/* Before a COMMIT; after it, duck_limits_for_queries. Each thread of an INSERT leaves a row group
 * that is not full, and DuckDB merges them with the full ones between them at the checkpoint: in a
 * table of few groups it writes all rows twice, and leaves half of the file empty. Where several
 * threads inserted (spreads), that is worth it only where rows went away (removes). Small loads
 * need it: each leaves a group of its own, half a megabyte, in every table. Where no rows went one
 * group of each table is left to be written, one table after the other, and where a second thread
 * does that the first one asks in a busy loop whether it is done. */
sl_status duck_limits_for_commit(struct duck_limits *limits, duckdb_connection connection,
                                 bool removes, bool spreads, struct sl_error *err);

#endif
