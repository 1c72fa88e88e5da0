/* leftovers.h - files that DuckDB spilled in a process that was killed. Private to this folder. */
#ifndef SL_DESTINATIONS_DUCKDB_LEFTOVERS_H
#define SL_DESTINATIONS_DUCKDB_LEFTOVERS_H

/* Deletes the spill files beside the database at `path` (DuckDB itself does so only when it spills
 * the next time). To be called right after opening it for writing: then no other process has it
 * open, so the files are nobody's. Cannot fail: what cannot be deleted stays. */
void duck_delete_leftovers(const char *path);

#endif
