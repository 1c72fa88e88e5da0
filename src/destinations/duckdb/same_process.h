/* same_process.h - a database file that this process has open already. Private to this folder. */
#ifndef SL_DESTINATIONS_DUCKDB_SAME_PROCESS_H
#define SL_DESTINATIONS_DUCKDB_SAME_PROCESS_H

#include <sluice/error.h>

/* Held from the look to the end of the open, so that no two threads open one file. */
void duck_open_lock(void);
void duck_open_unlock(void);
/* SL_EBUSY (retryable) when a descriptor of this process refers to the file `path`. Two that only
 * read are fine. */
sl_status duck_check_not_open(const char *path, bool read_only, struct sl_error *err);

#endif
