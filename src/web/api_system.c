/* api_system.c - the server about itself: status, metrics, the OpenAPI document. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <sluice/engine.h>

#include "base/time.h"
#include "project/history.h"
#include "project/sources.h"
#include "schema/json_text.h"
#include "web/app.h"
#include "web/json.h"

static int64_t resident_bytes(void) {
  FILE *f = fopen("/proc/self/statm", "r");
  long pages = 0;
  long resident = 0;
  bool read = f != NULL && fscanf(f, "%ld %ld", &pages, &resident) == 2;
  if (f != NULL) {
    fclose(f);
  }
  return read ? (int64_t)resident * sysconf(_SC_PAGESIZE) : -1;
}

static double uptime(const struct web_request *request) {
  return (double)(sl_now_micros() - request->app->started_micros) / 1e6;
}

sl_status web_status(const struct web_request *request, struct web_answer *answer,
                     struct sl_error *err) {
  struct sl_project *project = NULL;
  struct sl_buffer *out = &answer->body;
  sl_status rc = sl_project_open(&project, request->app->root, err);
  if (rc == SL_OK) {
    sl_buffer_char(out, '{');
    sl_json_member_text(out, true, "project", project->name);
    sl_json_member_text(out, false, "organization", project->organization);
    sl_json_member_text(out, false, "root", project->root);
    sl_json_member_text(out, false, "warehouse", project->warehouse);
    sl_json_member_text(out, false, "version", sl_version());
    sl_json_member_real(out, false, "uptime_seconds", uptime(request));
    sl_json_member_count(out, false, "memory_bytes", resident_bytes());
    sl_buffer_text(out, "}\n");
  }
  sl_project_close(project);
  return rc;
}

/* ---- metrics ---- */

struct metric {
  const char *name, *type, *help;
};
enum { LAST_SUCCESS, LAST_ROWS, LAST_SECONDS, TABLE_ROWS, RUNNING, N_METRICS };
static const struct metric metrics[N_METRICS] = {
  [LAST_SUCCESS] = { "sluice_source_last_sync_success", "gauge",
                     "1 when the last sync of the source succeeded" },
  [LAST_ROWS] = { "sluice_source_last_sync_rows", "gauge", "Rows that the last sync moved" },
  [LAST_SECONDS] = { "sluice_source_last_sync_seconds", "gauge", "How long the last sync took" },
  [TABLE_ROWS] = { "sluice_source_rows", "gauge", "Rows that the tables of the source have" },
  [RUNNING] = { "sluice_source_running", "gauge", "1 while a sync of the source runs" },
};

static double metric_of(int which, const struct sl_history_entry *last, bool running) {
  switch (which) {
    case LAST_SUCCESS: return last->status == SL_SYNC_SUCCESS ? 1 : 0;
    case LAST_ROWS: return (double)last->rows_processed;
    case LAST_SECONDS: return last->duration_seconds;
    case TABLE_ROWS: return (double)last->total_row_count;
    default: return running ? 1 : 0;
  }
}

static sl_status put_source_metrics(const struct sl_project *project, const char *name, int which,
                                    struct sl_buffer *out, struct sl_error *err) {
  struct sl_history history = { 0 };
  struct sl_running_state running = { 0 };
  sl_status rc = sl_running_look(project, name, &running, err);
  if (rc == SL_OK) {
    rc = sl_history_read(project, name, &history, err);
  }
  if (rc == SL_OK && (history.count > 0 || which == RUNNING)) {
    const struct sl_history_entry none = { 0 };
    const struct sl_history_entry *last =
        history.count == 0 ? &none : &history.entries[history.count - 1];
    double value = metric_of(which, last, running.running);
    if (value >= 0) { /* below: not known */
      sl_buffer_printf(out, "%s{source=\"%s\"} %.15g\n", metrics[which].name, name, value);
    }
  }
  sl_history_release(&history);
  return rc;
}

sl_status web_metrics(const struct web_request *request, struct web_answer *answer,
                      struct sl_error *err) {
  struct sl_project *project = NULL;
  struct sl_sources sources = { 0 };
  struct sl_buffer *out = &answer->body;
  sl_status rc = sl_project_open(&project, request->app->root, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&sources, project, err);
  }
  for (int m = 0; rc == SL_OK && m < N_METRICS; m++) {
    sl_buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[m].name, metrics[m].help,
                     metrics[m].name, metrics[m].type);
    for (size_t i = 0; rc == SL_OK && i < sources.count; i++) {
      rc = put_source_metrics(project, sources.items[i].name, m, out, err);
    }
  }
  sl_buffer_printf(out,
                   "# HELP process_resident_memory_bytes Memory of the server\n"
                   "# TYPE process_resident_memory_bytes gauge\n"
                   "process_resident_memory_bytes %" PRId64 "\n",
                   resident_bytes());
  answer->type = "text/plain; version=0.0.4; charset=utf-8";
  sl_sources_release(&sources);
  sl_project_close(project);
  return rc;
}

/* ---- OpenAPI ---- */

static void put_parameters(struct sl_buffer *out, const char *path) {
  bool first = true;
  for (const char *at = path; (at = strchr(at, '{')) != NULL; at++) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
    sl_buffer_text(out, first ? ", \"parameters\": [{" : ", {");
    sl_json_member_text(out, true, "name", name);
    sl_buffer_text(out,
                   ", \"in\": \"path\", \"required\": true, "
                   "\"schema\": {\"type\": \"string\"}}");
    first = false;
  }
  sl_buffer_text(out, first ? "" : "]");
}

static void put_operation(struct sl_buffer *out, const struct web_route *route) {
  static const char *const methods[][2] = {
    { "GET", "get" }, { "POST", "post" }, { "PUT", "put" }, { "DELETE", "delete" }
  };
  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
    if (strcmp(route->method, methods[i][0]) == 0) {
      sl_buffer_printf(out, "\"%s\": {", methods[i][1]);
    }
  }
  sl_json_member_text(out, true, "summary", route->summary);
  put_parameters(out, route->path);
  if (route->body != NULL) {
    sl_buffer_printf(out,
                     ", \"requestBody\": {\"required\": true, \"content\": "
                     "{\"application/json\": {\"schema\": {\"type\": \"object\"}, "
                     "\"example\": %s}}}",
                     route->body);
  }
  sl_buffer_text(out,
                 ", \"responses\": {\"default\": {\"description\": \"JSON; of a failure "
                 "{\\\"error\\\": {\\\"code\\\", \\\"message\\\"}}\"}}}");
}

sl_status web_openapi(const struct web_request *request, struct web_answer *answer,
                      struct sl_error *err) {
  struct sl_buffer *out = &answer->body;
  const char *path = NULL;
  (void)request;
  (void)err;
  sl_buffer_printf(out,
                   "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"Sluice\", \"version\": "
                   "\"%s\"}, \"paths\": {",
                   sl_version());
  /* Routes of one path become members of one object, in the order of their first. */
  for (const struct web_route *first = web_routes; first->method != NULL; first++) {
    bool seen = first->summary == NULL;
    for (const struct web_route *r = web_routes; r < first && !seen; r++) {
      seen = strcmp(r->path, first->path) == 0;
    }
    if (seen) {
      continue;
    }
    sl_buffer_printf(out, "%s\n\"%s\": {", path == NULL ? "" : ",", first->path);
    path = first->path;
    for (const struct web_route *r = first; r->method != NULL; r++) {
      if (strcmp(r->path, path) == 0) {
        sl_buffer_text(out, r == first ? "" : ", ");
        put_operation(out, r);
      }
    }
    sl_buffer_char(out, '}');
  }
  sl_buffer_text(out, "}}\n");
  return SL_OK;
}
