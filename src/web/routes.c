/* routes.c - every path that the server answers; the OpenAPI document is made from this table. */
#include "web/app.h"

const struct web_route web_routes[] = {
  { "GET", "/", web_page, NULL, NULL },
  { "GET", "/assets/{name}", web_asset, NULL, NULL },
  { "POST", "/api/login", web_login, "Exchanges the token for a cookie", "{\"token\": \"…\"}" },

  { "GET", "/api/status", web_status, "The project, the server and what runs", NULL },
  { "GET", "/api/sources", web_list_sources, "All sources with state and last result", NULL },
  { "POST", "/api/sources", web_add_source, "Adds a source to sources.yml",
    "{\"name\": \"shop\", \"type\": \"postgres\", \"generic_config\": {}}" },
  { "GET", "/api/source-types", web_source_types, "Types of sources and the fields of each", NULL },
  { "POST", "/api/sources/test", web_inspect_source,
    "Opens a location and lists its tables, without saving anything",
    "{\"location\": \"postgres://user@host/db\"}" },
  { "GET", "/api/sources/{name}", web_show_source, "One source, its configuration included", NULL },
  { "PUT", "/api/sources/{name}", web_replace_source, "Changes a source",
    "{\"name\": \"shop\", \"type\": \"postgres\", \"generic_config\": {}}" },
  { "DELETE", "/api/sources/{name}", web_remove_source,
    "Takes a source out of sources.yml; its tables stay", NULL },
  { "GET", "/api/sources/{name}/history", web_source_history, "Its last 100 syncs", NULL },
  { "POST", "/api/sources/{name}/sync", web_sync_source, "Syncs one source",
    "{\"full_refresh\": false, \"start_date\": null, \"end_date\": null, "
    "\"allow_empty_replace\": false}" },

  { "POST", "/api/sync/trigger", web_sync_all, "Syncs several sources in one job; none named: all",
    "{\"sources\": [\"shop\"], \"full_refresh\": false, \"backfill\": null}" },
  { "GET", "/api/sync/jobs", web_list_jobs, "Jobs since the server's start, newest first", NULL },
  { "GET", "/api/sync/status/{id}", web_show_job, "One job, its progress included", NULL },
  { "POST", "/api/sync/jobs/{id}/cancel", web_cancel_job,
    "Stops a job; what it wrote is rolled back", "{}" },
  { "GET", "/api/events", web_stream_events, "Server-sent events: job", NULL },
  { "GET", "/api/logs", web_show_log, "What jobs printed", NULL },

  { "GET", "/api/catalog", web_catalog, "Tables of the warehouse with columns and row counts",
    NULL },
  { "GET", "/api/catalog/{schema}/{table}", web_preview, "The first rows of a table", NULL },
  { "POST", "/api/query", web_run_query, "Runs SQL that reads, with limits of rows and time",
    "{\"sql\": \"SELECT 1\"}" },

  { "GET", "/metrics", web_metrics, "Metrics in Prometheus' text format", NULL },
  { "GET", "/api/openapi.json", web_openapi, "This list as OpenAPI 3.1", NULL },
  { NULL, NULL, NULL, NULL, NULL },
};
