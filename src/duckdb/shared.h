/* shared.h - one DuckDB instance for all loads of this process that write to a file at a time.
 *
 * Each load has connections and a transaction of its own; DuckDB lets them run side by side as long
 * as they write different tables. The instance is opened with the settings of whoever comes first
 * and closed with the last. Any thread. May include duckdb/open.h. */
#ifndef SL_DUCKDB_SHARED_H
#define SL_DUCKDB_SHARED_H

#include "duckdb/open.h"

/* As sl_duckdb_open, for writing; a file that another load of this process has open by this
 * function is not opened again. The functions of feed.h and scan.h are known to the instance.
 * *first: it was opened now. */
sl_status sl_duckdb_shared_open(const char *path, duckdb_config config, duckdb_database *out,
                                bool *first, struct sl_error *err);
/* Gives it up; false: the database was not opened by the function above and is the caller's to
 * close.
 */
bool sl_duckdb_shared_close(duckdb_database database);
/* Copies what is committed in the file `path`, which this process has open by the function above,
 * into a new file: for another process, which DuckDB lets read neither beside us. SL_ENOTFOUND: it
 * is not open here. */
sl_status sl_duckdb_shared_copy(const char *path, const char *to, struct sl_error *err);

#endif
