/* rejects.h - rows that were set aside: the table _rejects and the threshold.
 *
 * The table is not part of dlt's stored schema, so dlt does not see it. Columns: _dlt_load_id,
 * table_name, column_name, origin, line, byte_offset, reason, raw. */
#ifndef SL_PIPELINE_REJECTS_H
#define SL_PIPELINE_REJECTS_H

#include "pipeline/run.h"

#define SL_REJECTS_TABLE "_rejects"

/* "100" or "5%" into the run; SL_EUSAGE otherwise. NULL = no limit. */
sl_status sl_rejects_parse_limit(struct sl_run *run, const char *text, struct sl_error *err);
/* Writes rejected rows in the running transaction and fails when there are too many. Loader thread.
 */
sl_status sl_rejects_write(struct sl_run *run, const struct sl_reject *rejects, size_t n,
                           struct sl_error *err);
/* Of late runs: the dataset's table, when there are rejects; they move into it. */
sl_status sl_rejects_create(struct sl_run *run, struct sl_error *err);
sl_status sl_rejects_move(struct sl_run *run, struct sl_error *err);
/* The share of rejects, known only when everything was read. */
sl_status sl_rejects_check_share(struct sl_run *run, struct sl_error *err);

#endif
