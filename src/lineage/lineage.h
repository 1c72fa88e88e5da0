/* lineage.h - OpenLineage events of a sync: what each source was read from, which tables and
 * columns came of it, and the staging models on top of them.
 *
 * Where to comes from the standard variables and openlineage.yml. Events never hold up a sync and
 * never fail it. One thread. */
#ifndef SL_LINEAGE_LINEAGE_H
#define SL_LINEAGE_LINEAGE_H

#include "project/events.h"
#include "project/sources.h"

struct sl_lineage;
/* NULL when nobody wants events. warn: told what does not work, also from another thread, until
 * sl_lineage_close. */
struct sl_lineage *sl_lineage_open(const struct sl_project *project,
                                   const struct sl_sources *sources,
                                   void (*warn)(void *arg, const char *message), void *arg);
/* An event of the sync: started and finished sources become START, COMPLETE and FAIL. */
void sl_lineage_note(struct sl_lineage *lineage, const struct sl_sync_event *event);
/* After the models were generated: their events, then a few seconds of patience. NULL is fine. */
void sl_lineage_close(struct sl_lineage *lineage);

#endif
