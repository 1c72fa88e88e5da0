/* query.h - SQL to a stream of Arrow batches, with bounded memory.
 *
 * May include duckdb/api.h. */
#ifndef SL_DUCKDB_QUERY_H
#define SL_DUCKDB_QUERY_H

#include <sluice/arrow.h>

#include "duckdb/api.h"

/* Runs one query; batches come as DuckDB makes them (2,048 rows each). The stream must be released
 * before the connection runs anything else. */
sl_status sl_duckdb_query(duckdb_connection connection, const char *sql,
                          struct ArrowArrayStream *out, struct sl_error *err);

/* Marks the JSON columns in a schema that such a stream gave; DuckDB itself shows them as text. */
void sl_duckdb_mark_json(const struct ArrowArrayStream *stream, struct ArrowSchema *schema);

/* Runs one statement to its end. `result` (may be NULL) is only for its columns and counts; destroy
 * it after success. */
sl_status sl_duckdb_run(duckdb_connection connection, const char *sql, duckdb_result *result,
                        struct sl_error *err);

/* DuckDB's message as our error: classified by its kind, first line only. */
sl_status sl_duckdb_fail(struct sl_error *err, const char *message, duckdb_error_type type);

#endif
