/* sync_source.h - the sync of one source. Private to src/project/. */
#ifndef SL_PROJECT_SYNC_SOURCE_H
#define SL_PROJECT_SYNC_SOURCE_H

#include <pthread.h>

#include "project/sync.h"

struct sl_sync_run { /* what the sources of a sync share */
  const struct sl_project *project;
  const struct sl_sources *sources;
  const struct sl_sync_settings *settings;
  struct sl_sync_window window;
  int64_t memory, threads; /* of one source */
  pthread_mutex_t event_lock;
};

void sl_sync_tell(struct sl_sync_run *run, const struct sl_sync_event *event);
/* Fills `result` and writes the history; never fails as such. */
void sl_sync_source(struct sl_sync_run *run, const struct sl_project_source *source,
                    struct sl_sync_result *result);

/* Files of a source against those that were loaded. */
struct sl_file_changes {
  size_t added, updated, unchanged, deleted;
  bool known; /* there was something to compare with */
};
sl_status sl_file_changes_look(const struct sl_project *project, const char *source,
                               const struct sl_load_settings *load, struct sl_file_changes *out,
                               struct sl_error *err);

#endif
