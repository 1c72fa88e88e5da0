/* manage_internal.h - what manage.c and manage_destination.c share. */
#ifndef SL_PIPELINE_MANAGE_INTERNAL_H
#define SL_PIPELINE_MANAGE_INTERNAL_H

#include "pipeline/manage.h"
#include "pipeline/state.h"
#include "pipeline/workdir.h"

/* SL_ENOTFOUND with the nearest name when the pipeline does not exist. */
sl_status sl_manage_open(const struct sl_manage *m, struct sl_workdir *dir, struct sl_error *err);
sl_status sl_manage_read_state(const struct sl_workdir *dir, struct sl_state **out,
                               struct sl_error *err);

/* info: the generations that the dataset keeps, of m->destination or else of where the last load
 * went. A destination that cannot be read is said, and no failure. */
sl_status sl_manage_generations(const struct sl_manage *m, const struct sl_workdir *dir,
                                const struct sl_state *state, bool json, struct sl_buffer *out,
                                struct sl_error *err);

#endif
