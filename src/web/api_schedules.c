/* api_schedules.c - the schedules of the project: listed, added, changed, run, and what they did.
 */
#include <stdlib.h>
#include <time.h>

#include <yyjson.h>

#include "base/time.h"
#include "schedule/runs.h"
#include "schema/json_text.h"
#include "web/app.h"
#include "web/json.h"

struct place {
  struct sl_project *project;
  struct sl_sources sources;
  struct sl_schedules list;
};

static sl_status open_place(const struct web_request *request, struct place *out,
                            struct sl_error *err) {
  *out = (struct place){ 0 };
  sl_status rc = sl_project_open(&out->project, request->app->root, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&out->sources, out->project, err);
  }
  return rc == SL_OK ? sl_schedules_read(&out->list, out->project, &out->sources, err) : rc;
}

static void close_place(struct place *place) {
  sl_schedules_release(&place->list);
  sl_sources_release(&place->sources);
  sl_project_close(place->project);
}

/* ---- as JSON ---- */

static void put_last_run(const struct place *place, const struct sl_schedule *s,
                         struct sl_buffer *out) {
  yyjson_doc *runs = NULL;
  char *json = NULL;
  if (sl_runs_read(place->project, s->name, &runs, NULL) == SL_OK) {
    yyjson_val *list = yyjson_doc_get_root(runs);
    yyjson_val *last = yyjson_arr_get_last(list);
    json = last == NULL ? NULL : yyjson_val_write(last, 0, NULL);
  }
  sl_json_member_json(out, false, "last_run", json);
  free(json);
  yyjson_doc_free(runs);
}

static void put_schedule(const struct place *place, const struct sl_schedule *s,
                         struct sl_buffer *out) {
  int64_t next = s->enabled ? sl_schedule_next(s, sl_now_micros() / SL_MICROS_PER_SECOND) : -1;
  char text[40];
  sl_timestamp_print(text, next * SL_MICROS_PER_SECOND, true);
  sl_buffer_char(out, '{');
  sl_json_member_text(out, true, "name", s->name);
  sl_json_member_text(out, false, "type", sl_schedule_type_name(s->type));
  sl_json_member_text(out, false, "cron", s->cron_text);
  sl_json_member_text(out, false, "timezone", s->timezone);
  sl_json_member(out, false, "sources");
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < s->n_sources; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_json_text(out, s->sources[i]);
  }
  sl_buffer_char(out, ']');
  sl_json_member_text(out, false, "script_path", s->script_path);
  sl_json_member_text(out, false, "dbt_command", s->dbt_command);
  sl_json_member_bool(out, false, "enabled", s->enabled);
  sl_json_member_text(out, false, "next_run_time", next < 0 ? NULL : text);
  put_last_run(place, s, out);
  sl_buffer_char(out, '}');
}

sl_status web_list_schedules(const struct web_request *request, struct web_answer *answer,
                             struct sl_error *err) {
  struct place place;
  sl_status rc = open_place(request, &place, err);
  sl_buffer_char(&answer->body, '[');
  for (size_t i = 0; rc == SL_OK && i < place.list.count; i++) {
    sl_buffer_text(&answer->body, i == 0 ? "" : ",\n ");
    put_schedule(&place, &place.list.items[i], &answer->body);
  }
  sl_buffer_text(&answer->body, "]\n");
  close_place(&place);
  return rc;
}

sl_status web_scheduler(const struct web_request *request, struct web_answer *answer,
                        struct sl_error *err) {
  struct place place;
  struct sl_buffer *out = &answer->body;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    long pid = sl_scheduler_look(place.project);
    const char *separator = "";
    sl_buffer_char(out, '{');
    sl_json_member_count(out, true, "process", pid == 0 ? -1 : pid);
    sl_json_member_text(out, false, "problems", place.list.problems.data);
    sl_json_member(out, false, "unscheduled");
    sl_buffer_char(out, '[');
    for (size_t i = 0; i < place.sources.count; i++) {
      const struct sl_project_source *source = &place.sources.items[i];
      if (source->enabled && !sl_schedules_have_source(&place.list, source->name)) {
        sl_buffer_text(out, separator);
        sl_json_text(out, source->name);
        separator = ", ";
      }
    }
    sl_buffer_text(out, "]}\n");
  }
  close_place(&place);
  return rc;
}

sl_status web_schedule_history(const struct web_request *request, struct web_answer *answer,
                               struct sl_error *err) {
  struct place place;
  const struct sl_schedule *s = NULL;
  yyjson_doc *runs = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_schedules_find(&place.list, request->names[0], &s, err);
  }
  if (rc == SL_OK) {
    rc = sl_runs_read(place.project, s->name, &runs, err);
  }
  if (rc == SL_OK) {
    char *json = runs == NULL ? NULL : yyjson_write(runs, 0, NULL);
    sl_buffer_text(&answer->body, json == NULL ? "[]" : json);
    free(json);
  }
  yyjson_doc_free(runs);
  close_place(&place);
  return rc;
}

/* ---- changes ---- */

static sl_status changed(const struct web_request *request, struct web_answer *answer) {
  web_events_publish(request->app->events, "schedules", "{}");
  sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  return SL_OK;
}

sl_status web_add_schedule(const struct web_request *request, struct web_answer *answer,
                           struct sl_error *err) {
  struct place place;
  yyjson_doc *doc = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = web_read_body(request, &doc, err);
  }
  if (rc == SL_OK) {
    rc = sl_schedules_add(place.project, &place.sources, request->body, err);
  }
  yyjson_doc_free(doc);
  close_place(&place);
  return rc == SL_OK ? changed(request, answer) : rc;
}

sl_status web_change_schedule(const struct web_request *request, struct web_answer *answer,
                              struct sl_error *err) {
  struct place place;
  yyjson_doc *doc = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = web_read_body(request, &doc, err);
  }
  yyjson_val *body = yyjson_doc_get_root(doc);
  if (rc == SL_OK && yyjson_obj_get(body, "name") != NULL) {
    rc = sl_fail(err, SL_EUSAGE, "a schedule keeps its name, which its history hangs on");
  }
  yyjson_obj_iter members = yyjson_obj_iter_with(body);
  for (yyjson_val *key; rc == SL_OK && (key = yyjson_obj_iter_next(&members)) != NULL;) {
    char *value = yyjson_val_write(yyjson_obj_iter_get_val(key), 0, NULL);
    rc = value == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a schedule")
             : sl_schedules_set(place.project, request->names[0], yyjson_get_str(key), value, err);
    free(value);
  }
  yyjson_doc_free(doc);
  close_place(&place);
  return rc == SL_OK ? changed(request, answer) : rc;
}

sl_status web_remove_schedule(const struct web_request *request, struct web_answer *answer,
                              struct sl_error *err) {
  struct place place;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_schedules_remove(place.project, request->names[0], err);
  }
  close_place(&place);
  return rc == SL_OK ? changed(request, answer) : rc;
}

/* The scheduler reads a changed file within a moment, for which this waits. */
static sl_status trigger(const struct web_request *request, struct sl_error *err) {
  enum { MOST_LOOKS = 50 };
  const struct timespec pause = { 0, 50000000 };
  struct web_scheduling *scheduling = atomic_load(&request->app->scheduling);
  struct place place;
  const struct sl_schedule *s = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_schedules_find(&place.list, request->names[0], &s, err);
  }
  if (rc == SL_OK && scheduling == NULL) {
    rc = sl_fail(err, SL_EBUSY, "the server has only just begun: try again");
  } else if (rc == SL_OK) {
    rc = web_scheduling_trigger(scheduling, s->name, err);
    for (int i = 0; rc == SL_ENOTFOUND && i < MOST_LOOKS; i++) {
      nanosleep(&pause, NULL);
      rc = web_scheduling_trigger(scheduling, s->name, err);
    }
  }
  close_place(&place);
  return rc;
}

sl_status web_trigger_schedule(const struct web_request *request, struct web_answer *answer,
                               struct sl_error *err) {
  sl_status rc = trigger(request, err);
  if (rc == SL_OK) {
    answer->status = 202;
    sl_buffer_text(&answer->body, "{\"status\": \"triggered\", \"name\": ");
    sl_json_text(&answer->body, request->names[0]);
    sl_buffer_text(&answer->body, "}\n");
  }
  return rc;
}
