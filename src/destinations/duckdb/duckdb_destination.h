/* duckdb_destination.h - DuckDB files as a destination; the table of promises is in
 * duckdb_destination.c. */
#ifndef SL_DESTINATIONS_DUCKDB_H
#define SL_DESTINATIONS_DUCKDB_H

#include <sluice/destination.h>

extern const struct sl_destination_ops sl_duckdb_destination;

#endif
