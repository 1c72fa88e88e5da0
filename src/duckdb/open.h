/* open.h - a DuckDB file, opened once in a process.
 *
 * DuckDB locks its file with fcntl, which keeps other processes out but not the own one: a second
 * instance in the same process (a second load, or the duckdb module of the Python that we run in)
 * would see an old state, and the last of them to write a checkpoint would win.
 *
 * A process that is killed while DuckDB makes a file leaves one that DuckDB refuses ever after:
 * such a file, and an empty one, is removed and made anew. */
#ifndef SL_DUCKDB_OPEN_H
#define SL_DUCKDB_OPEN_H

#include <stdbool.h>

#include "duckdb/api.h"

/* Opens `path` (":memory:" is one of its own each time, "md:…" MotherDuck's). The library must be
 * loaded; config may be NULL and stays the caller's. SL_ENOTFOUND: read_only, and there is no file;
 * SL_EBUSY, retryable: open elsewhere, or in this process, unless both only read; SL_EDEST: no
 * DuckDB file. */
sl_status sl_duckdb_open(const char *path, bool read_only, duckdb_config config,
                         duckdb_database *out, struct sl_error *err);
/* The same for a file that an ATTACH opens: runs the statement. A path that is no file is not
 * looked at. SL_EBUSY, retryable: open elsewhere. */
sl_status sl_duckdb_attach(duckdb_connection connection, const char *path, bool read_only,
                           const char *sql, struct sl_error *err);

#endif
