/* appender.h - rows into one DuckDB table, batch by batch. Private to this folder.
 *
 * A writer keeps one DuckDB appender and one data chunk. DuckDB copies chunks into a buffer of its own and
 * would flush it only after 204,800 rows, which is too much for wide tables, so we flush by bytes. */
#ifndef SL_DESTINATIONS_DUCKDB_APPENDER_H
#define SL_DESTINATIONS_DUCKDB_APPENDER_H

#include <sluice/destination.h>

#include "base/map.h"
#include "duckdb/vectors.h"

struct duck_writer {
  char *key;              /* dataset and table, to find it again */
  duckdb_appender appender;
  duckdb_data_chunk chunk;
  idx_t n_columns;
  struct sl_duckdb_target *targets;
  struct sl_map columns;  /* lower-case name -> position */
  int64_t buffered_bytes; /* since the last flush */
};

/* catalog: of the database; columns: the stored table's schema (sl describe). */
sl_status duck_writer_new(struct duck_writer **out, duckdb_connection connection,
                          const char *catalog, const struct sl_table_name *name,
                          const struct ArrowSchema *columns, const char *key, struct sl_error *err);
sl_status duck_writer_append(struct duck_writer *w, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, struct sl_error *err);
sl_status duck_writer_flush(struct duck_writer *w, struct sl_error *err);
void duck_writer_free(struct duck_writer *w); /* what was not flushed is dropped */

#endif
