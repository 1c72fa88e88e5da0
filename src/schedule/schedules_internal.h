/* schedules_internal.h - what the files of schedules.h share. Private to src/schedule/. */
#ifndef SL_SCHEDULE_SCHEDULES_INTERNAL_H
#define SL_SCHEDULE_SCHEDULES_INTERNAL_H

#include "schedule/schedules.h"

bool sl_schedule_is_name(const char *name);
void sl_schedules_note(struct sl_schedules *list, const struct sl_error *problem);
/* The part `notifications` of the file. */
sl_status sl_webhooks_read(struct sl_schedules *out, const struct sl_project *project,
                           struct sl_error *err);

#endif
