/* scan.h - a query whose rows are taken where DuckDB makes them: on all of its threads at once,
 * without a result between. For reading much and keeping little.
 *
 * May include duckdb/api.h and duckdb/query.h. */
#ifndef SL_DUCKDB_SCAN_H
#define SL_DUCKDB_SCAN_H

#include <sluice/destination.h>

#include "duckdb/api.h"

/* Makes the function that a scan calls known to the connection; once. */
sl_status sl_duckdb_scan_register(duckdb_connection connection, struct sl_error *err);
/* See sl_destination_ops.scan. `sql`: a SELECT. */
sl_status sl_duckdb_scan(duckdb_connection connection, const char *sql, sl_take_rows take,
                         void *arg, struct sl_error *err);

#endif
