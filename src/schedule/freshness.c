/* freshness.c - sources that were not synced for too long: twice the interval of their schedule, or
 * stale_threshold_hours. Told once until they are synced again. */
#include <stdlib.h>

#include "base/time.h"
#include "project/history.h"
#include "schedule/scheduler_internal.h"

/* UTC seconds of the last sync that was a success; -1 = none is known. */
static int64_t last_success(const struct sl_project *project, const char *source) {
  struct sl_history history;
  struct sl_iso iso;
  int64_t at = -1;
  if (sl_history_read(project, source, &history, NULL) != SL_OK) {
    return -1;
  }
  for (size_t i = history.count; i-- > 0 && at < 0;) {
    const struct sl_history_entry *e = &history.entries[i];
    if (e->status == SL_SYNC_SUCCESS && e->timestamp != NULL &&
        sl_iso_parse(sl_text_of(e->timestamp), &iso)) {
      at = iso.micros / SL_MICROS_PER_SECOND;
    }
  }
  sl_history_release(&history);
  return at;
}

static void check(struct sl_scheduler *s, const struct sl_schedule *schedule,
                  struct sl_schedule_memory *memory, int64_t now) {
  int64_t seconds = now / SL_MICROS_PER_SECOND;
  int64_t limit = s->list.stale_hours > 0
                      ? s->list.stale_hours * 3600
                      : 2 * sl_cron_interval(&schedule->cron, schedule->zone, seconds);
  const char **stale = sl_calloc_array(schedule->n_sources + 1, sizeof *stale);
  size_t n = 0;
  int64_t oldest = 0;
  for (size_t i = 0; stale != NULL && limit > 0 && i < schedule->n_sources; i++) {
    int64_t last = last_success(s->project, schedule->sources[i]);
    int64_t age = seconds - (last < 0 ? memory->since : last);
    if (age > limit) {
      stale[n++] = schedule->sources[i];
      oldest = age > oldest ? age : oldest;
    }
  }
  if (n > 0 && !memory->stale_told) {
    int64_t tenths = oldest / 360;
    double hours = (double)tenths / 10;
    sl_scheduler_say(s, SL_LINE_WARNING, schedule->name, "stale", "%s%s not synced for %.1f hours",
                     stale[0], n > 1 ? " and others were" : " was", hours);
    struct sl_notice notice = { .event = SL_NOTICE_STALE,
                                .schedule = schedule->name,
                                .sources = stale,
                                .n_sources = n,
                                .seconds = -1,
                                .stale_hours = hours,
                                .rows = -1,
                                .attempt = -1,
                                .occurred = now };
    sl_scheduler_tell(s, schedule, &notice);
  }
  if (memory->stale_told != (n > 0)) {
    memory->stale_told = n > 0;
    s->changed = true;
  }
  free(stale);
}

void sl_scheduler_check_freshness(struct sl_scheduler *s, int64_t now) {
  for (size_t i = 0; i < s->list.count; i++) {
    const struct sl_schedule *schedule = &s->list.items[i];
    struct sl_schedule_memory *memory = sl_memories_get(&s->memories, schedule->name);
    if (schedule->enabled && schedule->n_sources > 0 && memory != NULL) {
      check(s, schedule, memory, now);
    }
  }
}
