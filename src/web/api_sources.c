/* api_sources.c - the sources of the project: listed, added, changed, removed, tried out.
 *
 * The project's files are read anew at each request: they are small, and people edit them. */
#include <stdlib.h>

#include "base/redact.h"
#include "pipeline/workdir.h"
#include "project/history.h"
#include "project/sources.h"
#include "schema/json_text.h"
#include "web/app.h"
#include "web/child.h"
#include "web/json.h"

struct place { /* what most handlers need */
  struct sl_project *project;
  struct sl_sources sources;
};

static sl_status open_place(const struct web_request *request, struct place *out,
                            struct sl_error *err) {
  *out = (struct place){ 0 };
  sl_status rc = sl_project_open(&out->project, request->app->root, err);
  return rc == SL_OK ? sl_sources_read(&out->sources, out->project, err) : rc;
}

static void close_place(struct place *place) {
  sl_sources_release(&place->sources);
  sl_project_close(place->project);
}

/* ---- as JSON ---- */

/* Passwords within locations are hidden. */
static void put_config(const struct sl_project_source *source, struct sl_buffer *out) {
  struct sl_buffer json = { 0 };
  if (source->config == NULL) {
    sl_buffer_text(out, "{}");
    return;
  }
  sl_node_json(source->config, &json);
  sl_redact(out, json.data == NULL ? "{}" : json.data);
  sl_buffer_release(&json);
}

static sl_status put_source(const struct place *place, const struct sl_project_source *source,
                            struct sl_buffer *out, struct sl_error *err) {
  struct sl_history history = { 0 };
  struct sl_running_state running = { 0 };
  sl_status rc = sl_running_look(place->project, source->name, &running, err);
  if (rc == SL_OK) {
    rc = sl_history_read(place->project, source->name, &history, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  sl_buffer_char(out, '{');
  sl_json_member_text(out, true, "name", source->name);
  sl_json_member_text(out, false, "type", source->type->name);
  sl_json_member_text(out, false, "title", source->type->title);
  sl_json_member_text(out, false, "config_key", source->type->config_key);
  sl_json_member_text(out, false, "description", source->description);
  sl_json_member_text(out, false, "tags", source->tags);
  sl_json_member_bool(out, false, "enabled", source->enabled);
  sl_json_member_bool(out, false, "running", running.running);
  sl_json_member_text(out, false, "running_since", running.running ? running.started : NULL);
  sl_buffer_text(out, ", \"config\": ");
  put_config(source, out);
  sl_buffer_text(out, ", \"last_sync\": ");
  if (history.count == 0) {
    sl_buffer_text(out, "null}");
  } else {
    sl_history_entry_json(&history.entries[history.count - 1], out);
    sl_buffer_char(out, '}');
  }
  sl_history_release(&history);
  return SL_OK;
}

/* ---- reading ---- */

static sl_status put_warning(const struct place *place, struct sl_buffer *out,
                             struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer text = { 0 };
  sl_status rc = sl_sources_unreferenced(place->project, &place->sources, &names, &n, err);
  if (rc == SL_OK && n > 0) {
    sl_sources_unreferenced_text(names, n, &text);
  }
  sl_json_member_text(out, false, "warning", text.data);
  sl_buffer_release(&text);
  sl_names_free(names, n);
  return rc;
}

sl_status web_list_sources(const struct web_request *request, struct web_answer *answer,
                           struct sl_error *err) {
  struct place place;
  struct sl_buffer *out = &answer->body;
  sl_status rc = open_place(request, &place, err);
  sl_buffer_text(out, "{\"sources\": [");
  for (size_t i = 0; rc == SL_OK && i < place.sources.count; i++) {
    sl_buffer_text(out, i == 0 ? "" : ",\n ");
    rc = put_source(&place, &place.sources.items[i], out, err);
  }
  sl_buffer_char(out, ']');
  if (rc == SL_OK) {
    rc = put_warning(&place, out, err);
  }
  sl_buffer_text(out, "}\n");
  close_place(&place);
  return rc;
}

sl_status web_show_source(const struct web_request *request, struct web_answer *answer,
                          struct sl_error *err) {
  struct place place;
  const struct sl_project_source *source = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&place.sources, request->names[0], &source, err);
  }
  if (rc == SL_OK) {
    rc = put_source(&place, source, &answer->body, err);
  }
  close_place(&place);
  return rc;
}

sl_status web_source_history(const struct web_request *request, struct web_answer *answer,
                             struct sl_error *err) {
  struct place place;
  struct sl_history history = { 0 };
  const struct sl_project_source *source = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_sources_find(&place.sources, request->names[0], &source, err);
  }
  if (rc == SL_OK) {
    rc = sl_history_read(place.project, source->name, &history, err);
  }
  sl_buffer_char(&answer->body, '[');
  for (size_t i = history.count; i-- > 0;) { /* newest first */
    sl_history_entry_json(&history.entries[i], &answer->body);
    sl_buffer_text(&answer->body, i == 0 ? "" : ",\n ");
  }
  sl_buffer_char(&answer->body, ']');
  sl_history_release(&history);
  close_place(&place);
  return rc;
}

static void put_field(const struct sl_source_field *field, struct sl_buffer *out) {
  static const char *const kinds[] = { "text", "variable", "list", "bool", "integer", "map" };
  sl_buffer_char(out, '{');
  sl_json_member_text(out, true, "key", field->key);
  sl_json_member_text(out, false, "kind", kinds[field->kind]);
  sl_json_member_text(out, false, "prompt", field->prompt);
  sl_json_member_text(out, false, "default", field->default_text);
  sl_json_member_text(out, false, "help", field->help);
  sl_json_member_bool(out, false, "required", field->required);
  sl_buffer_char(out, '}');
}

sl_status web_source_types(const struct web_request *request, struct web_answer *answer,
                           struct sl_error *err) {
  struct sl_buffer *out = &answer->body;
  (void)request;
  (void)err;
  sl_buffer_char(out, '[');
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL; t++) {
    sl_buffer_text(out, t == sl_source_types ? "{" : ",\n {");
    sl_json_member_text(out, true, "name", t->name);
    sl_json_member_text(out, false, "title", t->title);
    sl_json_member_text(out, false, "config_key", t->config_key);
    sl_json_member_text(out, false, "example", t->example);
    sl_json_member_bool(out, false, "ready", t->reader != SL_READ_NOT_YET);
    sl_buffer_text(out, ", \"fields\": [");
    for (const struct sl_source_field *f = t->fields; f != NULL && f->key != NULL; f++) {
      sl_buffer_text(out, f == t->fields ? "" : ", ");
      put_field(f, out);
    }
    sl_buffer_text(out, "]}");
  }
  sl_buffer_text(out, "]\n");
  return SL_OK;
}

/* ---- changing ---- */

/* "variables": {"SHOP_URL": "postgres://…"} of the body go to .env, not to sources.yml. */
static sl_status save_variables(const struct place *place, yyjson_val *body, struct sl_error *err) {
  yyjson_val *variables = yyjson_obj_get(body, "variables");
  yyjson_obj_iter each = yyjson_obj_iter_with(variables);
  sl_status rc = SL_OK;
  for (yyjson_val *name; rc == SL_OK && (name = yyjson_obj_iter_next(&each)) != NULL;) {
    const char *value = yyjson_get_str(yyjson_obj_iter_get_val(name));
    rc = value == NULL
             ? sl_fail(err, SL_EUSAGE, "the variable %s must be a text", yyjson_get_str(name))
             : sl_secrets_save_variable(place->project->root, yyjson_get_str(name), value, err);
  }
  return rc;
}

/* The entry without "variables", as text; NULL = no memory. */
static char *entry_text(yyjson_doc *doc) {
  yyjson_mut_doc *copy = yyjson_doc_mut_copy(doc, NULL);
  if (copy == NULL) {
    return NULL;
  }
  yyjson_mut_obj_remove_key(yyjson_mut_doc_get_root(copy), "variables");
  char *text = yyjson_mut_write(copy, 0, NULL);
  yyjson_mut_doc_free(copy);
  return text;
}

/* name: of the source to be replaced, NULL = a new one. */
static sl_status save_source(const struct web_request *request, const char *name,
                             struct sl_error *err) {
  struct place place;
  yyjson_doc *doc = NULL;
  char *entry = NULL;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = web_read_body(request, &doc, err);
  }
  if (rc == SL_OK && (entry = entry_text(doc)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  if (rc == SL_OK) {
    rc = name == NULL ? sl_sources_add(place.project, entry, err)
                      : sl_sources_replace(place.project, name, entry, err);
  }
  if (rc == SL_OK) {
    rc = save_variables(&place, yyjson_doc_get_root(doc), err);
  }
  free(entry);
  yyjson_doc_free(doc);
  close_place(&place);
  if (rc == SL_OK) {
    web_events_publish(request->app->events, "sources", "{}");
  }
  return rc;
}

sl_status web_add_source(const struct web_request *request, struct web_answer *answer,
                         struct sl_error *err) {
  answer->status = 201;
  sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  return save_source(request, NULL, err);
}

sl_status web_replace_source(const struct web_request *request, struct web_answer *answer,
                             struct sl_error *err) {
  sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  return save_source(request, request->names[0], err);
}

sl_status web_remove_source(const struct web_request *request, struct web_answer *answer,
                            struct sl_error *err) {
  struct place place;
  sl_status rc = open_place(request, &place, err);
  if (rc == SL_OK) {
    rc = sl_sources_remove(place.project, request->names[0], err);
  }
  close_place(&place);
  if (rc == SL_OK) {
    web_events_publish(request->app->events, "sources", "{}");
    sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  }
  return rc;
}

/* In a child, since it may be slow and opens client libraries. */
static sl_status inspect(const struct web_request *request, const char *location,
                         struct web_answer *answer, struct sl_error *err) {
  static const char *const argv[] = { "inspect", "--json", "env:SLUICE_LOCATION", NULL };
  struct sl_buffer variable = { 0 };
  sl_buffer_printf(&variable, "SLUICE_LOCATION=%s", location);
  struct web_child child = { .argv = argv,
                             .folder = request->app->root,
                             .variable = variable.data,
                             .seconds = 30,
                             .most_output = 16 << 20 };
  sl_status rc = sl_buffer_check(&variable, err);
  if (rc == SL_OK) {
    rc = web_child_run(&child, err);
  }
  if (rc == SL_OK && child.timed_out) {
    rc = sl_fail(err, SL_ESOURCE, "no answer within 30 seconds");
  }
  if (rc == SL_OK) {
    answer->status = child.code == 0 ? 200 : 400;
    sl_buffer_append(&answer->body, child.output.data, child.output.length);
  }
  sl_buffer_release(&child.output);
  sl_buffer_release(&child.errors);
  sl_buffer_release(&variable);
  return rc;
}

sl_status web_inspect_source(const struct web_request *request, struct web_answer *answer,
                             struct sl_error *err) {
  yyjson_doc *doc = NULL;
  const char *location = NULL;
  sl_status rc = web_read_body(request, &doc, err);
  if (rc == SL_OK) {
    rc = web_get_text(yyjson_doc_get_root(doc), "location", &location, err);
  }
  if (rc == SL_OK && location == NULL) {
    rc = sl_fail(err, SL_EUSAGE, "'location' is missing: what is to be opened");
  }
  if (rc == SL_OK) {
    rc = inspect(request, location, answer, err);
  }
  yyjson_doc_free(doc);
  return rc;
}
