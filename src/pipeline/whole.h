/* whole.h - one load from settings to commit, with a source that is already open or with
 * settings->source. */
#ifndef SL_PIPELINE_WHOLE_H
#define SL_PIPELINE_WHOLE_H

#include <sluice/engine.h>
#include <sluice/source.h>

/* source: NULL = opened from settings->source and closed at the end; else closed by the load at its
 * end. */
sl_status sl_run_whole(const struct sl_load_settings *settings, struct sl_source *source,
                       struct sl_summary *summary, struct sl_error *err);

#endif
