/* whole.h - one load from settings to commit, with a source that is already open or with
 * settings->source. */
#ifndef SL_PIPELINE_WHOLE_H
#define SL_PIPELINE_WHOLE_H

#include <sluice/engine.h>
#include <sluice/source.h>

/* What a load that begins now compares with, to see whether it was asked to stop. */
unsigned sl_cancel_mark(void);
/* source: NULL = opened from settings->source and closed at the end; else closed by the load at its
 * end. cancel_mark: taken when the load began for the caller, be it before this call. */
sl_status sl_run_whole(const struct sl_load_settings *settings, struct sl_source *source,
                       unsigned cancel_mark, struct sl_summary *summary, struct sl_error *err);

#endif
