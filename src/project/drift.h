/* drift.h - what changed in a source since its columns were accepted: .dango/state/schema/.
 *
 * The columns are those that the source itself declares, looked at before each sync, so a column
 * that is gone or has another type is seen although the warehouse keeps what it had. New tables and
 * columns are accepted by themselves; the rest wait for sl_drift_accept. Any thread, one at a time
 * for a source. */
#ifndef SL_PROJECT_DRIFT_H
#define SL_PROJECT_DRIFT_H

#include <sluice/engine.h>

#include "project/project.h"

/* Looks at the source through its loads; appends a line for each change to `out`. The first look
 * accepts everything. */
sl_status sl_drift_check(const struct sl_project *project, const char *source,
                         const struct sl_load_settings *loads, size_t n, struct sl_buffer *out,
                         struct sl_error *err);
/* Appends the lines that wait to be accepted. */
sl_status sl_drift_read(const struct sl_project *project, const char *source, struct sl_buffer *out,
                        struct sl_error *err);
/* Appends {"accepted", "now", "changes"} as JSON: tables with columns and types, "" where a type is
 * not declared; and the lines that wait. Objects are empty before the first sync. */
sl_status sl_drift_print(const struct sl_project *project, const char *source,
                         struct sl_buffer *out, struct sl_error *err);
/* What the source has now is right. *changes: how many were accepted. */
sl_status sl_drift_accept(const struct sl_project *project, const char *source, size_t *changes,
                          struct sl_error *err);

#endif
