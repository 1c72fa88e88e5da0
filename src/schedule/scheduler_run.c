/* scheduler_run.c - one run of a schedule: its tries, what came of it, who is told. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "schedule/scheduler_internal.h"

static void save(struct sl_scheduler *s, const struct sl_slot *slot) {
  struct sl_error err;
  if (sl_run_update(s->project, slot->name, &slot->run, &err) != SL_OK) {
    sl_scheduler_say(s, SL_LINE_WARNING, slot->name, "history", "%s", err.message);
  }
}

static struct sl_notice notice_of(const struct sl_slot *slot, const struct sl_schedule *schedule,
                                  enum sl_notice_event event, int64_t now) {
  return (struct sl_notice){ .event = event,
                             .schedule = slot->name,
                             .sources = schedule->sources,
                             .n_sources = schedule->n_sources,
                             .seconds = (double)(now - slot->run.started) / 1e6,
                             .stale_hours = -1,
                             .rows = -1,
                             .attempt = -1,
                             .occurred = now };
}

static void forget_sources(struct sl_slot *slot) {
  for (size_t i = 0; i < slot->n_sources; i++) {
    free(slot->sources[i]);
  }
  free(slot->sources);
  slot->sources = NULL;
  slot->n_sources = 0;
}

static bool keep_source(struct sl_slot *slot, const char *name) {
  slot->sources[slot->n_sources] = strdup(name);
  slot->n_sources += slot->sources[slot->n_sources] != NULL;
  return slot->sources[slot->n_sources - 1] != NULL;
}

static sl_status choose_sources(struct sl_slot *slot, const struct sl_schedule *schedule) {
  forget_sources(slot);
  slot->sources = sl_calloc_array(schedule->n_sources + 1, sizeof *slot->sources);
  bool good = slot->sources != NULL;
  for (size_t i = 0; good && i < schedule->n_sources; i++) {
    good = keep_source(slot, schedule->sources[i]);
  }
  slot->all = slot->n_sources;
  return good ? SL_OK : SL_ENOMEM;
}

void sl_slot_end(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                 enum sl_run_status status, const char *error, int64_t now) {
  bool good = status == SL_RUN_SUCCESS;
  slot->run.status = status;
  slot->run.ended = now;
  slot->run.error = error;
  save(s, slot);
  sl_scheduler_say(s,
                   good                         ? SL_LINE_INFO
                   : status == SL_RUN_CANCELLED ? SL_LINE_WARNING
                                                : SL_LINE_ERROR,
                   slot->name, "finished", "%s after %.1f s, tries: %" PRId64 "%s%s",
                   sl_run_status_name(status), (double)(now - slot->run.started) / 1e6,
                   slot->run.tries, error == NULL ? "" : ": ", error == NULL ? "" : error);
  if (schedule != NULL && status != SL_RUN_CANCELLED && status != SL_RUN_INTERRUPTED) {
    struct sl_notice notice =
        notice_of(slot, schedule, good ? SL_NOTICE_COMPLETED : SL_NOTICE_FAILED, now);
    notice.rows = slot->run.rows;
    notice.error = error;
    sl_scheduler_tell(s, schedule, &notice);
  }
  slot->run.error = NULL;
  slot->state = SL_STATE_IDLE;
  slot->stopping = false;
  forget_sources(slot);
  bool again = slot->again && schedule != NULL;
  slot->again = false;
  if (again) {
    sl_slot_begin(s, slot, schedule, slot->again_due, now);
  }
}

static void try_failed(struct sl_scheduler *s, struct sl_slot *slot,
                       const struct sl_schedule *schedule, const char *why, bool final,
                       int64_t now) {
  if (final || slot->run.tries > schedule->retries) {
    bool some = slot->n_sources < slot->all;
    sl_slot_end(s, slot, schedule, some ? SL_RUN_PARTIAL : SL_RUN_FAILED, why, now);
    return;
  }
  size_t i = (size_t)slot->run.tries - 1;
  int64_t delay = schedule->delays[i < schedule->n_delays ? i : schedule->n_delays - 1];
  slot->state = SL_STATE_WAITING;
  slot->retry_at = now + delay * SL_MICROS_PER_SECOND;
  slot->run.error = why;
  save(s, slot);
  slot->run.error = NULL;
  sl_scheduler_say(s, SL_LINE_WARNING, slot->name, "retrying",
                   "try %" PRId64 " failed, the next one is in %" PRId64 " s: %s", slot->run.tries,
                   delay, why);
  struct sl_notice notice = notice_of(slot, schedule, SL_NOTICE_RETRYING, now);
  notice.error = why;
  notice.attempt = slot->run.tries;
  notice.next_retry = slot->retry_at;
  sl_scheduler_tell(s, schedule, &notice);
}

static void start_try(struct sl_scheduler *s, struct sl_slot *slot,
                      const struct sl_schedule *schedule, int64_t now) {
  struct sl_error err;
  struct sl_schedule_order order = { .schedule = schedule,
                                     .sources = (const char *const *)slot->sources,
                                     .n_sources = slot->n_sources };
  slot->run.tries++;
  slot->state = SL_STATE_RUNNING;
  if (s->settings.door.start(s->settings.door.arg, &order, &slot->job, &err) != SL_OK) {
    try_failed(s, slot, schedule, err.message, false, now);
  }
}

void sl_slot_begin(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                   int64_t due, int64_t now) {
  struct sl_error err;
  int64_t late = now / SL_MICROS_PER_SECOND - due;
  char text[40];
  slot->run = (struct sl_run){
    .due = due * SL_MICROS_PER_SECOND, .started = now, .status = SL_RUN_RUNNING, .rows = -1
  };
  if (choose_sources(slot, schedule) != SL_OK) {
    sl_scheduler_say(s, SL_LINE_ERROR, slot->name, "failed", "out of memory");
    return;
  }
  if (sl_run_append(s->project, schedule, &slot->run, &err) != SL_OK) {
    sl_scheduler_say(s, SL_LINE_WARNING, slot->name, "history", "%s", err.message);
  }
  sl_zone_print(schedule->zone, due, text);
  sl_scheduler_say(s, SL_LINE_INFO, slot->name, "started", "due at %s%s", text,
                   late > 90 ? ", which was missed" : "");
  start_try(s, slot, schedule, now);
}

/* ---- what a try tells ---- */

static void tell_drift(struct sl_scheduler *s, struct sl_slot *slot,
                       const struct sl_schedule *schedule, const char *source, const char *drift,
                       int64_t now) {
  struct sl_notice notice = notice_of(slot, schedule, SL_NOTICE_DRIFT, now);
  notice.sources = &source;
  notice.n_sources = 1;
  notice.error = drift;
  notice.seconds = -1;
  sl_scheduler_say(s, SL_LINE_WARNING, slot->name, "drift", "%s: %s", source, drift);
  sl_scheduler_tell(s, schedule, &notice);
}

/* Counts rows, tells of drift, and keeps the sources that are still to do. `errors` gets why. */
static void read_report(struct sl_scheduler *s, struct sl_slot *slot,
                        const struct sl_schedule *schedule, const char *json,
                        struct sl_buffer *errors, int64_t now) {
  yyjson_doc *doc = json == NULL ? NULL : yyjson_read(json, strlen(json), 0);
  yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "sources");
  const char *dbt =
      yyjson_get_str(yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "dbt"), "error"));
  size_t i;
  size_t n;
  yyjson_val *o;
  if (yyjson_is_arr(list) && dbt == NULL) {
    forget_sources(slot);
    slot->sources = sl_calloc_array(yyjson_arr_size(list) + 1, sizeof *slot->sources);
  }
  yyjson_arr_foreach(list, i, n, o) {
    const char *source = yyjson_get_str(yyjson_obj_get(o, "source"));
    const char *drift = yyjson_get_str(yyjson_obj_get(o, "drift"));
    const char *error = yyjson_get_str(yyjson_obj_get(o, "error"));
    int64_t rows = yyjson_get_sint(yyjson_obj_get(o, "rows"));
    slot->run.rows = (slot->run.rows < 0 ? 0 : slot->run.rows) + (rows > 0 ? rows : 0);
    if (source != NULL && drift != NULL && drift[0] != '\0' && schedule != NULL) {
      tell_drift(s, slot, schedule, source, drift, now);
    }
    if (source != NULL && error != NULL) {
      sl_buffer_printf(errors, "%s%s: %s", errors->length == 0 ? "" : "; ", source, error);
      if (dbt == NULL && slot->sources != NULL) {
        keep_source(slot, source);
      }
    }
  }
  if (dbt != NULL) {
    sl_buffer_printf(errors, "%s%s", errors->length == 0 ? "" : "; ", dbt);
  }
  yyjson_doc_free(doc);
}

static void try_ended(struct sl_scheduler *s, struct sl_slot *slot,
                      const struct sl_schedule *schedule, const struct sl_try_result *r,
                      int64_t now) {
  struct sl_buffer errors = { 0 };
  char late[80];
  read_report(s, slot, schedule, r->json, &errors, now);
  const char *why = errors.length > 0    ? errors.data
                    : r->message == NULL ? "it ended with a failure"
                                         : r->message;
  bool rejected_only = r->end == SL_TRY_PARTIAL && errors.length == 0; /* no source failed */
  if (slot->stopping || r->end == SL_TRY_CANCELLED) {
    sl_slot_end(s, slot, schedule, SL_RUN_CANCELLED, slot->stopping ? "it was due again" : NULL,
                now);
  } else if (r->end == SL_TRY_DONE || rejected_only) {
    sl_slot_end(s, slot, schedule, SL_RUN_SUCCESS, NULL, now);
  } else if (r->end == SL_TRY_TIMEOUT && schedule != NULL) {
    snprintf(late, sizeof late, "stopped after %" PRId64 " minutes (timeout_minutes)",
             schedule->timeout_minutes);
    sl_slot_end(s, slot, schedule, SL_RUN_TIMEOUT, late, now);
  } else if (schedule == NULL) {
    sl_slot_end(s, slot, NULL, SL_RUN_FAILED, why, now);
  } else {
    try_failed(s, slot, schedule, why, r->final, now);
  }
  sl_buffer_release(&errors);
}

void sl_slot_go_on(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                   int64_t now) {
  struct sl_try_result result = { 0 };
  if (slot->state == SL_STATE_WAITING && (schedule == NULL || !schedule->enabled)) {
    sl_slot_end(s, slot, schedule, SL_RUN_CANCELLED, "the schedule was taken away", now);
  } else if (slot->state == SL_STATE_WAITING && now >= slot->retry_at) {
    start_try(s, slot, schedule, now);
  } else if (slot->state == SL_STATE_RUNNING &&
             s->settings.door.over(s->settings.door.arg, slot->job, &result)) {
    try_ended(s, slot, schedule, &result, now);
    free(result.json);
    free(result.message);
  }
}
