/* lake.h - databases that are no file of DuckDB's own: DuckLake catalogs and MotherDuck. Private to
 * this folder. */
#ifndef SL_DESTINATIONS_DUCKDB_LAKE_H
#define SL_DESTINATIONS_DUCKDB_LAKE_H

#include <sluice/destination.h>

#include "duckdb/api.h"

/* Attaches the DuckLake catalog "ducklake:<location>" and makes it the current database. data_path:
 * where a new catalog keeps its files; NULL = beside itself. SL_ENOTFOUND: read_only, and there is
 * no such catalog; SL_EUNSUPPORTED: DuckDB's extension is not to be had. */
sl_status duck_lake_attach(duckdb_connection connection, const char *location,
                           const char *data_path, bool read_only, struct sl_error *err);

/* Loads one of DuckDB's extensions, and brings it from DuckDB's own site when it is not installed.
 * SL_EUNSUPPORTED: neither works. */
sl_status duck_extension_load(duckdb_connection connection, const char *name, struct sl_error *err);

#endif
