/* verify.h - the certificate: what was sent is what the destination holds. Private to
 * src/pipeline/. */
#ifndef SL_PIPELINE_VERIFY_H
#define SL_PIPELINE_VERIFY_H

#include "pipeline/run.h"

/* SL_EUSAGE, before any row moves, where rows cannot be read back. */
sl_status sl_verify_check(const struct sl_run *run, struct sl_error *err);
/* When run->root is read to its end, before a checkpoint says so: the source's own count of its
 * rows, by a query in the snapshot that was read, is how many were read. SL_EDATA when not. */
sl_status sl_verify_source(struct sl_run *run, struct sl_error *err);
/* After the last row and before the commit: reads the rows of this load back, by SQL in the running
 * transaction, and compares rows, values and checksums with what was sent. SL_EDATA when they
 * differ. run->certificate gets the result as JSON:
 *
 * {"load_id", "tables": [{"name", "compared": "table" | "staging" | "no", "reason",
 *  "source_rows", "rows", "row_checksum", "columns": [{"name", "values", "checksum"}]}]}, checksums
 * as 16 hex digits; source_rows: null where the source was not asked. With --verify-source a table
 * that it has summed up has also "source": [{"name", "values", "checksum"} or {"name", "reason"}].
 *
 * Of a merge that dropped or skipped rows by its keys only the staging table can be compared. */
sl_status sl_verify(struct sl_run *run, struct sl_error *err);

#endif
