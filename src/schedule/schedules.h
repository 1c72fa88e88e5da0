/* schedules.h - .dango/schedules.yml: what is to run when, and who is told; reading and changing
 * it.
 *
 * The format is Dango's, with the keys retries, retry_delays, overlap and url_env added. An entry
 * that is wrong is left out and described in `problems`, so that the others run. Lists are read
 * only once read; texts live as long as the list. */
#ifndef SL_SCHEDULE_SCHEDULES_H
#define SL_SCHEDULE_SCHEDULES_H

#include "project/sources.h"
#include "schedule/cron.h"

enum sl_schedule_type {
  SL_SCHEDULE_SYNC,      /* sources, then their models */
  SL_SCHEDULE_SYNC_ONLY, /* sources */
  SL_SCHEDULE_DBT,       /* models */
  SL_SCHEDULE_SCRIPT     /* a file of scripts/ */
};
enum sl_schedule_overlap { /* when it is due while its last run is still under way */
                           SL_OVERLAP_SKIP,  /* nothing happens: Dango's way */
                           SL_OVERLAP_QUEUE, /* it runs once more afterwards */
                           SL_OVERLAP_CANCEL /* the last run is stopped first */
};
enum sl_notify { /* what is told to webhooks */
                 SL_NOTIFY_FAILURE = 1,
                 SL_NOTIFY_SUCCESS = 2,
                 SL_NOTIFY_STALE = 4,
                 SL_NOTIFY_GOVERNANCE = 8 /* drift */
};

struct sl_schedule {
  const char *name; /* [a-z][a-z0-9_]* */
  enum sl_schedule_type type;
  const char *cron_text; /* as written; a preset may be */
  struct sl_cron cron;
  const char *timezone; /* NULL = the machine's */
  struct sl_zone *zone;
  const char **sources;
  size_t n_sources;
  bool enabled;
  int64_t start;         /* UTC seconds: not due before; INT64_MIN = not given */
  int64_t grace_seconds; /* a missed run is made up for so long; -1 = always */
  int64_t timeout_minutes;
  int64_t retries;   /* tries after the first */
  int64_t delays[8]; /* seconds before each of them; the last one goes on */
  size_t n_delays;
  enum sl_schedule_overlap overlap;
  unsigned notify; /* enum sl_notify; 0 = as the file says for all */
  const char *dbt_command, *script_path;
  const struct sl_node *node;
};
struct sl_webhook {
  const char *name;
  const char *url; /* with variables in place; NULL = they are not set */
  bool slack;
  const struct sl_node *node;
};
struct sl_schedules { /* all-zero is empty */
  struct sl_doc doc;
  struct sl_schedule *items;
  size_t count;
  struct sl_webhook *webhooks;
  size_t n_webhooks;
  unsigned notify;           /* enum sl_notify: what is told unless a schedule says otherwise */
  int64_t stale_hours;       /* 0 = twice the interval of a schedule */
  struct sl_buffer problems; /* one after the other, each with a newline behind it */
  size_t n_problems;
};

/* No file is an empty list. SL_EDATA: it is no YAML. sources: NULL = names of sources are not
 * looked up. */
sl_status sl_schedules_read(struct sl_schedules *out, const struct sl_project *project,
                            const struct sl_sources *sources, struct sl_error *err);
sl_status sl_schedules_parse(struct sl_schedules *out, const struct sl_project *project,
                             const struct sl_sources *sources, const char *text, size_t length,
                             struct sl_error *err);
void sl_schedules_release(struct sl_schedules *list);
/* NULL = there is none. */
const struct sl_schedule *sl_schedules_get(const struct sl_schedules *list, const char *name);
/* SL_ENOTFOUND lists those that there are. */
sl_status sl_schedules_find(const struct sl_schedules *list, const char *name,
                            const struct sl_schedule **out, struct sl_error *err);
/* Whether any of them, enabled or not, syncs the source. */
bool sl_schedules_have_source(const struct sl_schedules *list, const char *source);
const char *sl_schedule_type_name(enum sl_schedule_type type);
/* When it is due next, UTC seconds; -1 = never. */
int64_t sl_schedule_next(const struct sl_schedule *schedule, int64_t after);

/* Each reads the file, changes the lines of one entry, checks the result and replaces the file at
 * once. json: the entry as an object, name included. */
sl_status sl_schedules_add(const struct sl_project *project, const struct sl_sources *sources,
                           const char *json, struct sl_error *err);
/* Sets a key ("enabled") of an entry to a JSON value. */
sl_status sl_schedules_set(const struct sl_project *project, const char *name, const char *key,
                           const char *value, struct sl_error *err);
sl_status sl_schedules_remove(const struct sl_project *project, const char *name,
                              struct sl_error *err);
/* url: stored as it is; may have ${VARIABLE} in it. SL_EUSAGE: the name is taken, the URL is none.
 */
sl_status sl_webhooks_add(const struct sl_project *project, const char *name, const char *url,
                          const char *format, struct sl_error *err);
sl_status sl_webhooks_remove(const struct sl_project *project, const char *name,
                             struct sl_error *err);

#endif
