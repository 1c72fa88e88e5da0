/* manage.h - what `sluice pipeline` does: shows, syncs and drops what is known of a pipeline. */
#ifndef SL_PIPELINE_MANAGE_H
#define SL_PIPELINE_MANAGE_H

#include "base/text.h"

struct sl_manage {                   /* borrowed */
  const char *pipelines_dir, *name;  /* dir NULL = dlt's own folder */
  const char *destination, *dataset; /* drop, sync, info; dataset NULL = the one of the state */
};

/* Names of all pipelines, one a line, or as a JSON list. */
sl_status sl_manage_list(const char *pipelines_dir, bool json, struct sl_buffer *out,
                         struct sl_error *err);
sl_status sl_manage_info(const struct sl_manage *, bool json, struct sl_buffer *out,
                         struct sl_error *err);
/* The last run (or with json: the whole trace file). */
sl_status sl_manage_trace(const struct sl_manage *, bool json, struct sl_buffer *out,
                          struct sl_error *err);
sl_status sl_manage_failed_jobs(const struct sl_manage *, bool json, struct sl_buffer *out,
                                struct sl_error *err);
sl_status sl_manage_schema(const struct sl_manage *, bool json, struct sl_buffer *out,
                           struct sl_error *err);
/* Takes schema and state from the destination. */
sl_status sl_manage_sync(const struct sl_manage *, struct sl_buffer *out, struct sl_error *err);
/* Deletes the tables of the pipeline's schema in the destination (when one is named) and the
 * folder. */
sl_status sl_manage_drop(const struct sl_manage *, struct sl_buffer *out, struct sl_error *err);

#endif
