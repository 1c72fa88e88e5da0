/* event.c - events as JSON, by the specification 2-0-2 of OpenLineage. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <sluice/engine.h>

#include "base/files.h"
#include "base/redact.h"
#include "base/time.h"
#include "base/url.h"
#include "lineage/lineage_internal.h"
#include "project/drift.h"
#include "project/resolve.h"
#include "schema/naming.h"

#define SPEC "https://openlineage.io/spec/"

struct event { /* being made */
  const struct sl_lineage *l;
  yyjson_mut_doc *doc;
  yyjson_mut_val *root, *inputs, *outputs;
  const char *source;
  struct sl_buffer from_space, from_prefix; /* of the source's tables */
  struct sl_buffer to_space, to_database;   /* of the warehouse's */
  struct sl_naming naming;
};

static yyjson_mut_val *add_facet(struct event *e, yyjson_mut_val *facets, const char *name,
                                 const char *schema) {
  char producer[64];
  yyjson_mut_val *facet = yyjson_mut_obj_add_obj(e->doc, facets, name);
  snprintf(producer, sizeof producer, "urn:sluice:%s", sl_version());
  yyjson_mut_obj_add_strcpy(e->doc, facet, "_producer", producer);
  yyjson_mut_obj_add_strcpy(e->doc, facet, "_schemaURL", schema);
  return facet;
}

/* A dataset with its columns: {"id": "bigint"}; NULL = they are not known. Returns its facets. */
static yyjson_mut_val *add_dataset(struct event *e, yyjson_mut_val *list, const char *space,
                                   const char *name, yyjson_mut_val *columns) {
  yyjson_mut_val *dataset = yyjson_mut_arr_add_obj(e->doc, list);
  yyjson_mut_obj_add_strcpy(e->doc, dataset, "namespace", space);
  yyjson_mut_obj_add_strcpy(e->doc, dataset, "name", name);
  yyjson_mut_val *facets = yyjson_mut_obj_add_obj(e->doc, dataset, "facets");
  if (yyjson_mut_obj_size(columns) > 0) {
    yyjson_mut_val *facet = add_facet(e, facets, "schema",
                                      SPEC
                                      "facets/1-1-1/SchemaDatasetFacet.json#/$defs/"
                                      "SchemaDatasetFacet");
    yyjson_mut_val *fields = yyjson_mut_obj_add_arr(e->doc, facet, "fields");
    yyjson_mut_obj_iter each = yyjson_mut_obj_iter_with(columns);
    for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
      const char *type = yyjson_mut_get_str(yyjson_mut_obj_iter_get_val(key));
      yyjson_mut_val *field = yyjson_mut_arr_add_obj(e->doc, fields);
      yyjson_mut_obj_add_strcpy(e->doc, field, "name", yyjson_mut_get_str(key));
      if (type != NULL && type[0] != '\0') {
        yyjson_mut_obj_add_strcpy(e->doc, field, "type", type);
      }
    }
  }
  return facets;
}

static void add_column(struct event *e, yyjson_mut_val *fields, const char *to, const char *space,
                       const char *dataset, const char *from) {
  yyjson_mut_val *field = yyjson_mut_obj(e->doc);
  yyjson_mut_obj_add(fields, yyjson_mut_strcpy(e->doc, to), field);
  yyjson_mut_val *input =
      yyjson_mut_arr_add_obj(e->doc, yyjson_mut_obj_add_arr(e->doc, field, "inputFields"));
  yyjson_mut_obj_add_strcpy(e->doc, input, "namespace", space);
  yyjson_mut_obj_add_strcpy(e->doc, input, "name", dataset);
  yyjson_mut_obj_add_strcpy(e->doc, input, "field", from);
  yyjson_mut_val *how =
      yyjson_mut_arr_add_obj(e->doc, yyjson_mut_obj_add_arr(e->doc, input, "transformations"));
  yyjson_mut_obj_add_str(e->doc, how, "type", "DIRECT");
  yyjson_mut_obj_add_str(e->doc, how, "subtype", "IDENTITY");
}

static yyjson_mut_val *add_column_facet(struct event *e, yyjson_mut_val *facets) {
  yyjson_mut_val *facet = add_facet(e, facets, "columnLineage",
                                    SPEC
                                    "facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/"
                                    "ColumnLineageDatasetFacet");
  return yyjson_mut_obj_add_obj(e->doc, facet, "fields");
}

static bool normalises_to(const struct event *e, const char *name, const char *wanted) {
  struct sl_buffer out = { 0 };
  bool same = sl_naming_path(&e->naming, sl_text_of(name), &out, NULL) == SL_OK &&
              out.data != NULL && strcmp(out.data, wanted) == 0;
  sl_buffer_release(&out);
  return same;
}

/* ---- names ---- */

/* postgres://host:5432 and "db.schema." of a URL; a file's path; never user and password. */
static void name_source(struct event *e, const char *location, const char *schema) {
  const char *slashes = strstr(location, "://");
  struct sl_url url = { 0 };
  if (slashes != NULL && sl_url_parse(&url, slashes + 1, NULL) == SL_OK && url.host != NULL) {
    bool postgres = strncmp(location, "postgres", 8) == 0;
    sl_buffer_printf(&e->from_space, "%.*s://%s", postgres ? 8 : (int)(slashes - location),
                     location, url.host);
    if (url.port != 0 || postgres) {
      sl_buffer_printf(&e->from_space, ":%u", url.port == 0 ? 5432 : url.port);
    }
    sl_buffer_printf(&e->from_prefix, "%s%s", url.path == NULL ? "" : url.path,
                     url.path == NULL || url.path[0] == '\0' ? "" : ".");
    sl_buffer_printf(&e->from_prefix, "%s%s", schema == NULL ? postgres ? "public" : "" : schema,
                     schema == NULL && !postgres ? "" : ".");
  } else {
    const char *colon = slashes == NULL ? strchr(location, ':') : NULL;
    sl_buffer_text(&e->from_space, "file");
    sl_redact_location(&e->from_prefix, colon == NULL ? location : colon + 1);
    sl_buffer_char(&e->from_prefix, '.');
  }
  sl_url_release(&url);
}

static void name_all(struct event *e) {
  const struct sl_project_source *source = NULL;
  const struct sl_sync_window window = { 0 };
  const struct sl_project *project = e->l->project;
  struct sl_resolved resolved = { 0 };
  if (sl_sources_find(e->l->sources, e->source, &source, NULL) == SL_OK &&
      sl_source_resolve(project, e->l->sources, source, &window, &resolved, NULL) == SL_OK &&
      resolved.n > 0) {
    name_source(e, resolved.loads[0].source, sl_node_text(sl_node_get(source->config, "schema")));
  } else {
    sl_buffer_text(&e->from_space, "sluice");
    sl_buffer_printf(&e->from_prefix, "%s.", e->source);
  }
  sl_resolved_release(&resolved);
  if (strncmp(project->destination, "duckdb:", 7) == 0) { /* as dbt's integration names it */
    const char *file = strrchr(project->warehouse, '/') + 1;
    sl_buffer_printf(&e->to_space, "duckdb://%s", project->warehouse);
    sl_buffer_printf(&e->to_database, "%.*s", (int)strcspn(file, "."), file);
  } else {
    struct event to = { .l = e->l };
    name_source(&to, project->destination, "");
    sl_buffer_text(&e->to_space, to.from_space.data == NULL ? "" : to.from_space.data);
    sl_buffer_append(&e->to_database, to.from_prefix.data == NULL ? "" : to.from_prefix.data,
                     strcspn(to.from_prefix.data == NULL ? "" : to.from_prefix.data, "."));
    sl_buffer_release(&to.from_space);
    sl_buffer_release(&to.from_prefix);
  }
}

static const char *or_empty(const struct sl_buffer *b) {
  return b->data == NULL ? "" : b->data;
}

/* ---- the event ---- */

static void begin(struct event *e, const struct sl_lineage *l, const struct sl_lineage_run *run,
                  const char *type, const char *job, const char *id, int64_t micros) {
  char text[64];
  *e = (struct event){ .l = l, .doc = yyjson_mut_doc_new(NULL), .source = run->source };
  sl_status rc = sl_naming_init(&e->naming, "snake_case", 0, NULL);
  (void)rc; /* a name of our own */
  name_all(e);
  e->root = yyjson_mut_obj(e->doc);
  yyjson_mut_doc_set_root(e->doc, e->root);
  yyjson_mut_obj_add_str(e->doc, e->root, "eventType", type);
  sl_timestamp_print(text, micros, true);
  yyjson_mut_obj_add_strcpy(e->doc, e->root, "eventTime", text);
  snprintf(text, sizeof text, "urn:sluice:%s", sl_version());
  yyjson_mut_obj_add_strcpy(e->doc, e->root, "producer", text);
  yyjson_mut_obj_add_str(e->doc, e->root, "schemaURL",
                         SPEC "2-0-2/OpenLineage.json#/$defs/RunEvent");
  yyjson_mut_val *about = yyjson_mut_obj_add_obj(e->doc, e->root, "run");
  yyjson_mut_obj_add_strcpy(e->doc, about, "runId", id);
  yyjson_mut_obj_add_obj(e->doc, about, "facets");
  about = yyjson_mut_obj_add_obj(e->doc, e->root, "job");
  yyjson_mut_obj_add_strcpy(e->doc, about, "namespace", l->target.namespace_);
  struct sl_buffer name = { 0 };
  sl_buffer_printf(&name, "%s.%s.%s", l->project->name, run->source, job);
  yyjson_mut_obj_add_strcpy(e->doc, about, "name", or_empty(&name));
  sl_buffer_release(&name);
  yyjson_mut_val *facet =
      add_facet(e, yyjson_mut_obj_add_obj(e->doc, about, "facets"), "jobType",
                SPEC "facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet");
  yyjson_mut_obj_add_str(e->doc, facet, "processingType", "BATCH");
  yyjson_mut_obj_add_str(e->doc, facet, "integration", "SLUICE");
  yyjson_mut_obj_add_str(e->doc, facet, "jobType", "JOB");
  e->inputs = yyjson_mut_obj_add_arr(e->doc, e->root, "inputs");
  e->outputs = yyjson_mut_obj_add_arr(e->doc, e->root, "outputs");
}

static char *end(struct event *e) {
  char *json = yyjson_mut_write(e->doc, 0, NULL);
  yyjson_mut_doc_free(e->doc);
  sl_buffer_release(&e->from_space);
  sl_buffer_release(&e->from_prefix);
  sl_buffer_release(&e->to_space);
  sl_buffer_release(&e->to_database);
  return json;
}

/* The tables that the source has, as it was looked at before the sync; into `doc`. */
static yyjson_mut_val *source_tables(struct event *e) {
  struct sl_buffer json = { 0 };
  yyjson_mut_val *now = NULL;
  if (sl_drift_print(e->l->project, e->source, &json, NULL) == SL_OK) {
    yyjson_doc *doc = yyjson_read(or_empty(&json), json.length, 0);
    yyjson_val *found = yyjson_obj_get(yyjson_doc_get_root(doc), "now");
    now = found == NULL ? NULL : yyjson_val_mut_copy(e->doc, found);
    yyjson_doc_free(doc);
  }
  sl_buffer_release(&json);
  return now;
}

static void add_raw(struct event *e, const struct sl_table_summary *table, yyjson_mut_val *columns,
                    yyjson_mut_val *from_tables) {
  struct sl_buffer to = { 0 };
  struct sl_buffer from = { 0 };
  yyjson_mut_val *from_columns = NULL;
  sl_buffer_printf(&to, "%s.raw_%s.%s", or_empty(&e->to_database), e->source, table->name);
  yyjson_mut_val *facets =
      add_dataset(e, e->outputs, or_empty(&e->to_space), or_empty(&to), columns);
  yyjson_mut_obj_iter tables = yyjson_mut_obj_iter_with(from_tables);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&tables)) != NULL;) {
    if (normalises_to(e, yyjson_mut_get_str(key), table->name)) {
      from_columns = yyjson_mut_obj_iter_get_val(key);
      sl_buffer_printf(&from, "%s%s", or_empty(&e->from_prefix), yyjson_mut_get_str(key));
    }
  }
  if (from_columns != NULL && yyjson_mut_obj_size(columns) > 0) {
    yyjson_mut_val *fields = add_column_facet(e, facets);
    yyjson_mut_obj_iter each = yyjson_mut_obj_iter_with(from_columns);
    for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
      yyjson_mut_obj_iter raw = yyjson_mut_obj_iter_with(columns);
      for (yyjson_mut_val *to_key; (to_key = yyjson_mut_obj_iter_next(&raw)) != NULL;) {
        if (normalises_to(e, yyjson_mut_get_str(key), yyjson_mut_get_str(to_key))) {
          add_column(e, fields, yyjson_mut_get_str(to_key), or_empty(&e->from_space),
                     or_empty(&from), yyjson_mut_get_str(key));
        }
      }
    }
  }
  yyjson_mut_val *dataset = yyjson_mut_arr_get_last(e->outputs);
  yyjson_mut_val *facet =
      add_facet(e, yyjson_mut_obj_add_obj(e->doc, dataset, "outputFacets"), "outputStatistics",
                SPEC
                "facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/"
                "OutputStatisticsOutputDatasetFacet");
  yyjson_mut_obj_add_sint(e->doc, facet, "rowCount", table->rows);
  sl_buffer_release(&to);
  sl_buffer_release(&from);
}

char *sl_lineage_sync_event(const struct sl_lineage *l, const struct sl_lineage_run *run,
                            const struct sl_sync_result *result, int64_t micros) {
  struct event e;
  bool good = result != NULL && result->error.code == SL_OK;
  begin(&e, l, run, result == NULL ? "START" : good ? "COMPLETE" : "FAIL", "sync", run->id, micros);
  yyjson_mut_val *from = source_tables(&e);
  yyjson_mut_obj_iter each = yyjson_mut_obj_iter_with(from);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
    struct sl_buffer name = { 0 };
    sl_buffer_printf(&name, "%s%s", or_empty(&e.from_prefix), yyjson_mut_get_str(key));
    add_dataset(&e, e.inputs, or_empty(&e.from_space), or_empty(&name),
                yyjson_mut_obj_iter_get_val(key));
    sl_buffer_release(&name);
  }
  yyjson_mut_val *raw = yyjson_mut_doc_get_root(run->raw);
  for (size_t i = 0; result != NULL && i < result->n_tables; i++) {
    yyjson_mut_val *columns = yyjson_mut_obj_get(raw, result->tables[i].name);
    add_raw(&e, &result->tables[i],
            columns == NULL ? NULL : yyjson_mut_val_mut_copy(e.doc, columns), from);
  }
  if (result != NULL && !good) {
    char *message = sl_redact_copy(result->error.message);
    yyjson_mut_val *facet = add_facet(
        &e, yyjson_mut_obj_get(yyjson_mut_obj_get(e.root, "run"), "facets"), "errorMessage",
        SPEC "facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet");
    yyjson_mut_obj_add_strcpy(e.doc, facet, "message", message == NULL ? "" : message);
    yyjson_mut_obj_add_str(e.doc, facet, "programmingLanguage", "C");
    free(message);
  }
  return end(&e);
}

/* ---- staging models ---- */

static bool is_ours(const char *column) {
  return strncmp(column, "_dlt_", 5) == 0 || strncmp(column, "_dango_", 7) == 0;
}

static void add_staging(struct event *e, const char *table, yyjson_mut_val *columns) {
  struct sl_buffer from = { 0 };
  struct sl_buffer to = { 0 };
  yyjson_mut_val *kept = yyjson_mut_obj(e->doc);
  yyjson_mut_obj_iter each = yyjson_mut_obj_iter_with(columns);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
    if (!is_ours(yyjson_mut_get_str(key))) {
      yyjson_mut_obj_add(
          kept, yyjson_mut_strcpy(e->doc, yyjson_mut_get_str(key)),
          yyjson_mut_strcpy(e->doc, yyjson_mut_get_str(yyjson_mut_obj_iter_get_val(key))));
    }
  }
  sl_buffer_printf(&from, "%s.raw_%s.%s", or_empty(&e->to_database), e->source, table);
  sl_buffer_printf(&to, "%s.staging.stg_%s__%s", or_empty(&e->to_database), e->source, table);
  add_dataset(e, e->inputs, or_empty(&e->to_space), or_empty(&from),
              yyjson_mut_val_mut_copy(e->doc, columns));
  yyjson_mut_val *fields =
      add_column_facet(e, add_dataset(e, e->outputs, or_empty(&e->to_space), or_empty(&to), kept));
  each = yyjson_mut_obj_iter_with(kept);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&each)) != NULL;) {
    const char *name = yyjson_mut_get_str(key);
    add_column(e, fields, name, or_empty(&e->to_space), or_empty(&from), name);
  }
  sl_buffer_release(&from);
  sl_buffer_release(&to);
}

char *sl_lineage_staging_event(const struct sl_lineage *l, const struct sl_lineage_run *run,
                               int64_t micros) {
  struct event e;
  char id[37];
  sl_lineage_uuid(id);
  begin(&e, l, run, "COMPLETE", "staging", id, micros);
  yyjson_mut_val *raw = yyjson_mut_doc_get_root(run->raw);
  yyjson_mut_obj_iter tables = yyjson_mut_obj_iter_with(raw);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&tables)) != NULL;) {
    const char *table = yyjson_mut_get_str(key);
    char *model = sl_project_path(l->project, "%s/models/staging/stg_%s__%s.sql",
                                  l->project->dbt_dir, run->source, table);
    if (model != NULL && sl_file_exists(model)) {
      add_staging(&e, table, yyjson_mut_obj_iter_get_val(key));
    }
    free(model);
  }
  bool any = yyjson_mut_arr_size(e.outputs) > 0;
  char *json = end(&e);
  if (!any) {
    free(json);
    json = NULL;
  }
  return json;
}
