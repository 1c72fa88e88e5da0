/* vectors.h - Arrow columns into DuckDB vectors.
 *
 * Text longer than twelve bytes is not copied: the vector points into the Arrow buffer, which must
 * live until the chunk was appended. May include duckdb/api.h and column/. */
#ifndef SL_DUCKDB_VECTORS_H
#define SL_DUCKDB_VECTORS_H

#include <sluice/arrow.h>

#include "duckdb/api.h"

struct sl_duckdb_target { /* type of a column of the table, as the appender tells it */
  duckdb_type type;       /* DECIMAL: `internal` says how it is stored */
  duckdb_type internal;
  uint8_t width, scale;
};

/* Reads a column's type. */
struct sl_duckdb_target sl_duckdb_target_of(duckdb_logical_type type);
/* True when values of this Arrow format can be written to the target without loss, or those that
 * cannot are found. */
bool sl_duckdb_accepts(const struct sl_duckdb_target *target, const char *format);
struct sl_duckdb_rows {
  int64_t from, count; /* of an array */
  int64_t at;          /* where they go to; at + count <= vector size */
};

/* Writes rows of `array` to `vector`, whose rows before `at` are there. SL_EDATA: a value is out of
 * the range of the target's type. */
sl_status sl_duckdb_fill_vector(duckdb_vector vector, const struct sl_duckdb_target *target,
                                const char *format, const struct ArrowArray *array,
                                struct sl_duckdb_rows rows, struct sl_error *err);
/* Rows of a column that the array lacks. */
void sl_duckdb_fill_nulls(duckdb_vector vector, int64_t at, int64_t count);

#endif
