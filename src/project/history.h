/* history.h - what syncs did: .dango/history/<source>.json as Dango writes it, with our counts
 * added, and which syncs run at this moment.
 *
 * The file holds the last 100 syncs, oldest first; it is replaced by rename. A sync that runs has a
 * locked file in .dango/state/running/; one that was killed leaves it unlocked, and whoever looks
 * next writes an "interrupted" entry. Any thread, any process. */
#ifndef SL_PROJECT_HISTORY_H
#define SL_PROJECT_HISTORY_H

#include "project/project.h"

enum sl_sync_status { SL_SYNC_SUCCESS, SL_SYNC_PARTIAL, SL_SYNC_FAILED, SL_SYNC_INTERRUPTED };
const char *sl_sync_status_name(enum sl_sync_status status); /* "success", … */

struct sl_history_entry { /* texts NULL = none; counts -1 = not known */
  char *timestamp;        /* when it began, ISO 8601 in UTC */
  enum sl_sync_status status;
  double duration_seconds;
  int64_t rows_processed;  /* rows that this sync moved, child tables included */
  int64_t total_row_count; /* rows that the source's tables have after it */
  int64_t bytes;           /* read from the source */
  int64_t rejected;
  bool full_refresh;
  char *error_message, *start_date, *transform_error, *load_id;
};
struct sl_history { /* oldest first; all-zero is empty */
  struct sl_history_entry *entries;
  size_t count, capacity;
};
void sl_history_release(struct sl_history *history);
/* A source that never ran has an empty history. A damaged file is SL_EDATA and names it. */
sl_status sl_history_read(const struct sl_project *project, const char *source,
                          struct sl_history *out, struct sl_error *err);
/* Appends the entry as the JSON object that the file has for it, in one line. */
void sl_history_entry_json(const struct sl_history_entry *entry, struct sl_buffer *out);
/* Texts are copied. */
sl_status sl_history_append(const struct sl_project *project, const char *source,
                            const struct sl_history_entry *entry, struct sl_error *err);

/* Writes what dbt said into the last entry. */
sl_status sl_history_note_transform(const struct sl_project *project, const char *source,
                                    const char *message, struct sl_error *err);
/* How long rows (-1 = not known), or else bytes, take at the rate of the last successful syncs;
 * < 0: not known. */
double sl_history_seconds(const struct sl_history *history, int64_t rows, int64_t bytes);
/* Rows of the source's tables after the last successful sync; -1 = not known. */
int64_t sl_history_last_total(const struct sl_history *history);
/* The earliest date that a successful sync was told to begin at (--since); NULL = none was. */
const char *sl_history_earliest_start(const struct sl_history *history);

struct sl_running { /* a sync of this process that is under way; init with SL_RUNNING_NONE */
  int fd;
  char *path;
};
#define SL_RUNNING_NONE ((struct sl_running){ -1, NULL })
/* Marks a source as running. SL_EBUSY: another process syncs it; says which since when. */
sl_status sl_running_begin(const struct sl_project *project, const char *source,
                           struct sl_running *out, struct sl_error *err);
void sl_running_end(struct sl_running *running); /* may be called twice */

struct sl_running_state {
  bool running;
  long pid;
  char started[40]; /* ISO 8601 in UTC */
};
/* Whether a sync of the source runs in some process; one that was killed is added to the history.
 */
sl_status sl_running_look(const struct sl_project *project, const char *source,
                          struct sl_running_state *out, struct sl_error *err);

#endif
