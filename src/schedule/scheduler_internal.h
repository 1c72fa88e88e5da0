/* scheduler_internal.h - what the files of the scheduler share. Private to src/schedule/. */
#ifndef SL_SCHEDULE_SCHEDULER_INTERNAL_H
#define SL_SCHEDULE_SCHEDULER_INTERNAL_H

#include <pthread.h>
#include <sys/stat.h>

#include "schedule/notice.h"
#include "schedule/runs.h"
#include "schedule/scheduler.h"

enum sl_run_state { SL_STATE_IDLE, SL_STATE_RUNNING, SL_STATE_WAITING /* for the next try */ };

struct sl_slot { /* of one schedule; lives on when the file is read again */
  char *name;
  enum sl_run_state state;
  int64_t job;
  struct sl_run run;
  int64_t retry_at;      /* UTC micros */
  char **sources;        /* still to do in the next try */
  size_t n_sources, all; /* all: how many the run began with */
  bool stopping;         /* overlap: cancel */
  bool again;            /* it runs once more afterwards */
  int64_t again_due;
  int64_t next; /* UTC seconds at which it is due; -1 = never */
  bool triggered;
};

struct sl_scheduler {
  struct sl_scheduler_settings settings;
  int lock_fd; /* -1 = not taken */
  struct sl_project *project;
  struct sl_sources sources;
  struct sl_schedules list;
  struct sl_memories memories;
  struct sl_slot **slots;
  size_t n_slots, capacity;
  struct stat files[4];     /* as they were when read */
  int64_t freshness_at;     /* UTC micros of the next look */
  bool changed;             /* memories are to be written */
  pthread_mutex_t triggers; /* guards `triggered` of the slots, and the slots against new ones */
};

void sl_scheduler_say(const struct sl_scheduler *s, enum sl_line_level level, const char *schedule,
                      const char *event, const char *format, ...) SL_PRINTF(5, 6);
/* To every webhook, unless the schedule's or the file's switches are against it. */
void sl_scheduler_tell(const struct sl_scheduler *s, const struct sl_schedule *schedule,
                       const struct sl_notice *notice);

/* scheduler_run.c */
void sl_slot_begin(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                   int64_t due, int64_t now);
/* Goes on with a run: its try may be over, the next one may begin. schedule NULL: it is no longer
 * in the file. */
void sl_slot_go_on(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                   int64_t now);
void sl_slot_end(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                 enum sl_run_status status, const char *error, int64_t now);

/* scheduler_lock.c: SL_EBUSY names the process that has it. */
sl_status sl_scheduler_lock(struct sl_scheduler *s, struct sl_error *err);

/* freshness.c: tells of sources that were not synced for too long. */
void sl_scheduler_check_freshness(struct sl_scheduler *s, int64_t now);

#endif
