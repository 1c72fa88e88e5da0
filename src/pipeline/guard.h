/* guard.h - a cancel reaches a source that has not begun to stream.
 *
 * Listing the tables of a database, or asking for a cursor's highest value, may take minutes, and
 * runs in the calling thread. Meanwhile a thread of the guard waits for sl_load_cancel and passes
 * it on. Private to src/pipeline/. */
#ifndef SL_PIPELINE_GUARD_H
#define SL_PIPELINE_GUARD_H

#include "pipeline/run.h"

/* source->discover and source->start under a guard. A cancelled one fails with SL_ECANCELLED. */
sl_status sl_guarded_discover(struct sl_run *run, struct sl_catalog *catalog, struct sl_error *err);
sl_status sl_guarded_start(struct sl_run *run, struct sl_source_table *table,
                           const char *state_json, struct sl_error *err);

#endif
