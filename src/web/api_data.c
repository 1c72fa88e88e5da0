/* api_data.c - what the warehouse holds: catalog, first rows, SQL that reads.
 *
 * Asked in a child (`sluice query --guarded`): the server itself never opens the warehouse, so it
 * stays small and holds no lock, and SQL that runs too long is stopped. */
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "project/sources.h"
#include "web/app.h"
#include "web/child.h"
#include "web/json.h"

enum { MOST_OUTPUT = 64 << 20, PREVIEW_ROWS = 100, CATALOG_ROWS = 50000, REJECTED_ROWS = 500 };

/* rows: 0 = as many as the project allows. */
static sl_status ask(const struct sl_project *project, const char *sql, int64_t rows,
                     struct web_answer *answer, struct sl_error *err) {
  char most[24];
  char *location = NULL;
  int64_t seconds = project->query_timeout_seconds;
  snprintf(most, sizeof most, "%lld", (long long)(rows > 0 ? rows : project->query_max_rows));
  if (asprintf(&location, "duckdb:%s", project->warehouse) < 0) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  const char *const argv[] = { "query", "--guarded", "--format", "arrays", "--rows",
                               most,    "--",        location,   sql,      NULL };
  struct web_child child = {
    .argv = argv, .folder = project->root, .seconds = (double)seconds, .most_output = MOST_OUTPUT
  };
  sl_status rc = web_child_run(&child, err);
  if (rc == SL_OK && child.timed_out) {
    rc = sl_fail(err, SL_EUSAGE, "the query was stopped after %lld seconds", (long long)seconds);
  } else if (rc == SL_OK && child.too_much) {
    rc = sl_fail(err, SL_EUSAGE, "the result is larger than 64 MB: ask for fewer rows or columns");
  } else if (rc == SL_OK && child.code != 0) {
    const char *said = child.errors.data == NULL ? "" : child.errors.data;
    said += strncmp(said, "sluice: ", 8) == 0 ? 8 : 0;
    rc = sl_fail(err, SL_EUSAGE, "%.*s", (int)strcspn(said, "\n") + 0, said);
  }
  if (rc == SL_OK) {
    answer->body = child.output;
    child.output = (struct sl_buffer){ 0 };
  }
  sl_buffer_release(&child.output);
  sl_buffer_release(&child.errors);
  free(location);
  return rc;
}

static sl_status ask_project(const struct web_request *request, const char *sql, int64_t rows,
                             struct web_answer *answer, struct sl_error *err) {
  struct sl_project *project = NULL;
  sl_status rc = sl_project_open(&project, request->app->root, err);
  if (rc == SL_OK) {
    rc = ask(project, sql, rows, answer, err);
  }
  sl_project_close(project);
  return rc;
}

sl_status web_catalog(const struct web_request *request, struct web_answer *answer,
                      struct sl_error *err) {
  static const char sql[] =
      "SELECT t.schema_name AS schema, t.table_name AS table, t.estimated_size AS rows, "
      "c.column_name AS column, c.data_type AS type, c.is_nullable AS nullable "
      "FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_oid, schema_oid, table_oid) "
      "WHERE NOT t.internal AND NOT t.temporary "
      "ORDER BY t.schema_name, t.table_name, c.column_index";
  struct sl_project *project = NULL;
  sl_status rc = sl_project_open(&project, request->app->root, err);
  if (rc == SL_OK && sl_file_exists(project->warehouse)) {
    rc = ask(project, sql, CATALOG_ROWS, answer, err);
  } else if (rc == SL_OK) { /* before the first sync */
    sl_buffer_text(&answer->body, "{\"columns\": [], \"rows\": [], \"more\": false}\n");
  }
  sl_project_close(project);
  return rc;
}

static void put_name(struct sl_buffer *out, const char *name) {
  sl_buffer_char(out, '"');
  for (; *name != '\0'; name++) {
    sl_buffer_text(out, *name == '"' ? "\"" : "");
    sl_buffer_char(out, *name);
  }
  sl_buffer_char(out, '"');
}

sl_status web_preview(const struct web_request *request, struct web_answer *answer,
                      struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "SELECT * FROM ");
  put_name(&sql, request->names[0]);
  sl_buffer_char(&sql, '.');
  put_name(&sql, request->names[1]);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = ask_project(request, sql.data, PREVIEW_ROWS, answer, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* Whether the source has set rows aside at all: only then there is a table. */
static sl_status has_rejects(const struct sl_project *project, const char *source, bool *out,
                             struct sl_error *err) {
  struct web_answer found = { 0 };
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql,
                   "SELECT 'found' FROM duckdb_tables() WHERE schema_name = 'raw_%s' AND "
                   "table_name = '_rejects'",
                   source);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK && sl_file_exists(project->warehouse)) {
    rc = ask(project, sql.data, 1, &found, err);
  }
  *out = found.body.data != NULL && strstr(found.body.data, "[\"found\"]") != NULL;
  sl_buffer_release(&found.body);
  sl_buffer_release(&sql);
  return rc;
}

sl_status web_list_rejects(const struct web_request *request, struct web_answer *answer,
                           struct sl_error *err) {
  struct sl_project *project = NULL;
  struct sl_sources sources = { 0 };
  struct sl_buffer sql = { 0 };
  const struct sl_project_source *source = NULL;
  bool any = false;
  sl_status rc = sl_project_open(&project, request->app->root, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&sources, project, err);
  }
  if (rc == SL_OK) { /* its name has letters, digits and _ only */
    rc = sl_sources_find(&sources, request->names[0], &source, err);
  }
  if (rc == SL_OK) {
    rc = has_rejects(project, source->name, &any, err);
  }
  if (rc == SL_OK && any) {
    sl_buffer_printf(&sql,
                     "SELECT table_name AS \"table\", column_name AS \"column\", reason, "
                     "coalesce(try(decode(raw)), raw::VARCHAR) AS row, origin, line, "
                     "_dlt_load_id AS load FROM raw_%s._rejects "
                     "ORDER BY _dlt_load_id DESC, line",
                     source->name);
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK && any) {
    rc = ask(project, sql.data, REJECTED_ROWS, answer, err);
  } else if (rc == SL_OK) {
    sl_buffer_text(&answer->body, "{\"columns\": [], \"rows\": [], \"more\": false}\n");
  }
  sl_buffer_release(&sql);
  sl_sources_release(&sources);
  sl_project_close(project);
  return rc;
}

sl_status web_run_query(const struct web_request *request, struct web_answer *answer,
                        struct sl_error *err) {
  yyjson_doc *doc = NULL;
  const char *sql = NULL;
  sl_status rc = web_read_body(request, &doc, err);
  if (rc == SL_OK) {
    rc = web_get_text(yyjson_doc_get_root(doc), "sql", &sql, err);
  }
  if (rc == SL_OK && sql == NULL) {
    rc = sl_fail(err, SL_EUSAGE, "'sql' is missing");
  }
  if (rc == SL_OK) {
    rc = ask_project(request, sql, 0, answer, err);
  }
  yyjson_doc_free(doc);
  return rc;
}
