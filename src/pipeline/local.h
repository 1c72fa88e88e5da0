/* local.h - the pipeline's working folder around one load: lock, state, package, trace.
 *
 * The destination is committed first; the folder follows, so a kill in between costs nothing: the
 * next run takes state and schema from the destination. Private to src/pipeline/. */
#ifndef SL_PIPELINE_LOCAL_H
#define SL_PIPELINE_LOCAL_H

#include "pipeline/run.h"

struct sl_local; /* in run->local */

/* Opens (or makes) the folder, takes the lock, reads state.json. Before the destination is opened.
 */
sl_status sl_local_open(struct sl_run *run, struct sl_error *err);
/* The schema of the folder, for destinations that remember none; run->schema NULL = none. */
sl_status sl_local_load_schema(struct sl_run *run, struct sl_error *err);
/* Takes the state of the destination when it is newer, or starts anew when the dataset is gone. */
sl_status sl_local_sync(struct sl_run *run, struct sl_error *err);
/* The schema to start from when the dataset has none, or to overwrite the stored one when the file
 * changed since it was imported (dlt.md 3.3): a YAML or JSON file, or a folder with
 * <name>.schema.yaml. */
sl_status sl_local_import_schema(struct sl_run *run, const char *path, struct sl_error *err);
/* State that the source stored for this table (dlt: resource) last time (JSON text, borrowed until
 * the next call), NULL = none. */
const char *sl_local_source_state(struct sl_run *run, const char *table);
/* Folder for input that cannot be read twice; borrowed. NULL = no memory for its name. */
const char *sl_local_keep_dir(struct sl_run *run);
/* Folder for rows on their way to a destination that knows no transactions; likewise. */
const char *sl_local_outbox_dir(struct sl_run *run);
/* What the source wants remembered, from its state(); part of the pipeline state from now on. */
sl_status sl_local_set_source_state(struct sl_run *run, const char *table, const char *json,
                                    struct sl_error *err);
/* The whole state to the source, and what the source makes of its member `sources`. */
sl_status sl_local_restore_source(struct sl_run *run, struct sl_error *err);
sl_status sl_local_remember_sources(struct sl_run *run, struct sl_error *err);
/* Before the commit: the state with its new version; adds _dlt_pipeline_state to the schema. */
sl_status sl_local_prepare(struct sl_run *run, struct sl_error *err);
/* The state's row in the destination, when it changed. */
sl_status sl_local_write_state_row(struct sl_run *run, struct sl_error *err);
/* After the commit: schema, state, package and trace on disk. */
sl_status sl_local_finish(struct sl_run *run, struct sl_error *err);
/* After a failure: the trace gets the error. Never fails. */
void sl_local_fail(struct sl_run *run, const struct sl_error *error);
void sl_local_close(struct sl_run *run); /* gives up the lock */

#endif
