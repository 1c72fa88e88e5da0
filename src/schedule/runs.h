/* runs.h - what schedules did: .dango/history/schedules/<name>.json, and what the scheduler must
 * remember over a restart: .dango/state/schedules.json. */
#ifndef SL_SCHEDULE_RUNS_H
#define SL_SCHEDULE_RUNS_H

#include <yyjson.h>

#include "schedule/schedules.h"

enum sl_run_status {
  SL_RUN_RUNNING,
  SL_RUN_SUCCESS,
  SL_RUN_PARTIAL, /* some sources failed, some did not */
  SL_RUN_FAILED,
  SL_RUN_TIMEOUT,
  SL_RUN_CANCELLED,
  SL_RUN_INTERRUPTED, /* the scheduler ended before it: it is made up for */
  SL_RUN_SKIPPED,     /* the last one was still under way */
  SL_RUN_MISSED       /* the scheduler was not there, and it is too late now */
};
const char *sl_run_status_name(enum sl_run_status status); /* "running", … */

struct sl_run { /* one entry; times are UTC micros, 0 = not yet */
  int64_t due, started, ended;
  enum sl_run_status status;
  int64_t tries, rows; /* rows: that were moved; -1 = not known */
  const char *error;   /* NULL = none */
};
/* Adds an entry; the last 100 are kept. */
sl_status sl_run_append(const struct sl_project *project, const struct sl_schedule *schedule,
                        const struct sl_run *run, struct sl_error *err);
/* Writes how the entry that was started at run->started has gone on. */
sl_status sl_run_update(const struct sl_project *project, const char *schedule,
                        const struct sl_run *run, struct sl_error *err);
/* All entries, oldest first, as a JSON array; *out NULL = there are none. yyjson_doc_free. */
sl_status sl_runs_read(const struct sl_project *project, const char *schedule, yyjson_doc **out,
                       struct sl_error *err);
/* The moment of the last run when a scheduler ended before it, which is noted then; -1 = none.
 * alone: no other scheduler can have it under way. */
int64_t sl_runs_interrupted(const struct sl_project *project, const char *schedule, bool alone);

struct sl_schedule_memory { /* of one schedule */
  char *name, *key;         /* key: what its times hang on; another one begins anew */
  int64_t handled;          /* UTC seconds: everything due until then was seen to */
  int64_t since;            /* UTC seconds: it is known since then */
  bool stale_told;
};
struct sl_memories {
  struct sl_schedule_memory *items;
  size_t count, capacity;
};
/* A file that is missing or damaged is an empty one. */
sl_status sl_memories_read(const struct sl_project *project, struct sl_memories *out,
                           struct sl_error *err);
sl_status sl_memories_write(const struct sl_project *project, const struct sl_memories *memories,
                            struct sl_error *err);
void sl_memories_release(struct sl_memories *memories);
struct sl_schedule_memory *sl_memories_get(const struct sl_memories *memories, const char *name);

#endif
