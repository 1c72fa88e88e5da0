/* api_schema.c - what columns a source has, what of them changed, and the rows that were set aside.
 */
#include <stdlib.h>

#include "project/drift.h"
#include "project/sources.h"
#include "schema/json_text.h"
#include "web/app.h"

struct place {
  struct sl_project *project;
  struct sl_sources sources;
};

/* The project and one of its sources. */
static sl_status open_source(const struct web_request *request, struct place *out,
                             struct sl_error *err) {
  const struct sl_project_source *source;
  *out = (struct place){ 0 };
  sl_status rc = sl_project_open(&out->project, request->app->root, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&out->sources, out->project, err);
  }
  return rc == SL_OK && request->names[0] != NULL
             ? sl_sources_find(&out->sources, request->names[0], &source, err)
             : rc;
}

static void close_place(struct place *place) {
  sl_sources_release(&place->sources);
  sl_project_close(place->project);
}

sl_status web_source_schema(const struct web_request *request, struct web_answer *answer,
                            struct sl_error *err) {
  struct place place;
  sl_status rc = open_source(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_drift_print(place.project, request->names[0], &answer->body, err);
  }
  close_place(&place);
  return rc;
}

/* Every source with changes that wait. */
sl_status web_list_drift(const struct web_request *request, struct web_answer *answer,
                         struct sl_error *err) {
  struct place place;
  const char *separator = "";
  sl_status rc = open_source(request, &place, err);
  sl_buffer_char(&answer->body, '[');
  for (size_t i = 0; rc == SL_OK && i < place.sources.count; i++) {
    struct sl_buffer lines = { 0 };
    rc = sl_drift_read(place.project, place.sources.items[i].name, &lines, err);
    if (rc == SL_OK && lines.length > 0) {
      lines.data[lines.length - 1] = '\0';
      sl_buffer_printf(&answer->body, "%s{", separator);
      sl_json_member_text(&answer->body, true, "source", place.sources.items[i].name);
      sl_json_member_text(&answer->body, false, "changes", lines.data);
      sl_buffer_char(&answer->body, '}');
      separator = ", ";
    }
    sl_buffer_release(&lines);
  }
  sl_buffer_text(&answer->body, "]\n");
  close_place(&place);
  return rc;
}

sl_status web_accept_drift(const struct web_request *request, struct web_answer *answer,
                           struct sl_error *err) {
  struct place place;
  size_t n = 0;
  sl_status rc = open_source(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_drift_accept(place.project, request->names[0], &n, err);
  }
  close_place(&place);
  if (rc == SL_OK) {
    web_events_publish(request->app->events, "sources", "{}");
    sl_buffer_printf(&answer->body, "{\"accepted\": %zu}\n", n);
  }
  return rc;
}
