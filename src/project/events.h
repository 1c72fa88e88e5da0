/* events.h - what a sync tells while it runs: for the terminal, the web page and logs alike. */
#ifndef SL_PROJECT_EVENTS_H
#define SL_PROJECT_EVENTS_H

#include <sluice/engine.h>

#include "project/history.h"

enum sl_event_kind {
  SL_EVENT_QUEUED,   /* waits for another sync to end; message says for which */
  SL_EVENT_STARTED,  /* of a source */
  SL_EVENT_PROGRESS, /* about five times a second, of a source that runs */
  SL_EVENT_NOTE,     /* message: what is worth knowing, as how many files are new */
  SL_EVENT_WARNING,  /* message: what the user should know although nothing failed */
  SL_EVENT_FINISHED, /* of a source; result is set */
  SL_EVENT_DBT       /* dbt begins or has ended; message */
};

struct sl_sync_result { /* of one source; texts are owned */
  char *source;
  enum sl_sync_status status;
  double seconds;
  int64_t rows;       /* that were moved, child tables included */
  int64_t table_rows; /* that the source's tables have now; -1 = not counted */
  int64_t bytes, documents, rejected;
  bool replaced;
  struct sl_table_summary *tables; /* of all loads */
  size_t n_tables;
  struct sl_error error; /* code SL_OK = none */
  char *anomaly; /* the rows of its tables are far fewer or more than last time; NULL = no */
  char *drift;   /* lines: what changed in the source since it was accepted; NULL = nothing */
};

struct sl_sync_event { /* borrowed for the call */
  enum sl_event_kind kind;
  const char *source; /* NULL: it concerns the whole */
  int64_t micros;     /* UTC */
  const struct sl_progress *progress;
  const struct sl_sync_result *result;
  const char *message;
};
/* Several sources run at once: called from their threads, but never two calls at a time. */
typedef void (*sl_event_fn)(const struct sl_sync_event *event, void *arg);

#endif
