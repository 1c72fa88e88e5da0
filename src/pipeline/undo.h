/* undo.h - `sluice undo`: takes the last load of a dataset back, in one transaction.
 *
 * Rows that a load appended are deleted. What it replaced comes back when a generation was kept
 * (generations.h). Merged tables cannot be brought back: that is refused, and nothing is changed.
 * The load's rows in _dlt_loads and _dlt_pipeline_state go, and the state before it gets the next
 * version, so that every working folder takes it over and the next incremental load reads the same
 * rows again. Tables and columns that the load made stay. */
#ifndef SL_PIPELINE_UNDO_H
#define SL_PIPELINE_UNDO_H

#include "base/text.h"

struct sl_undo {                        /* borrowed; NULL = not given */
  const char *what;                     /* a destination, or a pipeline with a working folder */
  const char *destination, *dataset;    /* of the pipeline: where it loads into */
  const char *pipelines_dir, *pipeline; /* of the destination: whose state it is */
  const char *load;                     /* the one that is meant: refused if it is not the last */
  bool dry_run;                         /* tells what would happen, and rolls back */
};
/* Appends what was done, for people or as JSON. SL_EUSAGE: it cannot be undone, and why. */
sl_status sl_undo(const struct sl_undo *undo, bool json, struct sl_buffer *out,
                  struct sl_error *err);

#endif
