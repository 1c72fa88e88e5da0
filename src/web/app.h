/* app.h - what the handlers of the routes share, and where each of them is. */
#ifndef WEB_APP_H
#define WEB_APP_H

#include <stdatomic.h>

#include "web/jobs.h"
#include "web/scheduling.h"

struct web_app {    /* made once, read by all threads */
  const char *root; /* of the project */
  struct web_events *events;
  struct web_jobs *jobs;
  _Atomic(struct web_scheduling *) scheduling; /* NULL in the first moments */
  const struct web_settings *settings;
  int64_t started_micros;
};

extern const struct web_route web_routes[]; /* routes.c */

typedef sl_status web_handler(const struct web_request *request, struct web_answer *answer,
                              struct sl_error *err);

/* pages.c: the files of web/page, and the login */
web_handler web_page, web_asset, web_login;
/* api_sources.c */
web_handler web_list_sources, web_show_source, web_add_source, web_replace_source,
    web_remove_source, web_source_types, web_inspect_source, web_source_history;
/* api_sync.c */
web_handler web_sync_source, web_sync_all, web_list_jobs, web_show_job, web_cancel_job,
    web_stream_events, web_show_log;
/* api_schedules.c */
web_handler web_list_schedules, web_scheduler, web_schedule_history, web_add_schedule,
    web_change_schedule, web_remove_schedule, web_trigger_schedule;
/* api_schema.c */
web_handler web_source_schema, web_list_drift, web_accept_drift;
/* api_data.c */
web_handler web_catalog, web_preview, web_run_query, web_list_rejects;
/* api_system.c */
web_handler web_status, web_metrics, web_openapi;

#endif
