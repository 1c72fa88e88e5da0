/* dbt_project.c - the files that make dbt/ a dbt project, as Dango writes them. */
#include <ctype.h>
#include <stdlib.h>

#include "base/files.h"
#include "project/dbt_internal.h"

static const char project_text[] =
    "# dbt Project Configuration\n\n"
    "name: '%s'\nversion: '1.0.0'\nconfig-version: 2\n\nprofile: '%s'\n\n"
    "model-paths: [\"models\"]\nanalysis-paths: [\"analyses\"]\ntest-paths: [\"tests\"]\n"
    "seed-paths: [\"seeds\"]\nmacro-paths: [\"macros\"]\nsnapshot-paths: [\"snapshots\"]\n\n"
    "target-path: \"target\"\nclean-targets:\n  - \"target\"\n  - \"dbt_packages\"\n  - "
    "\"logs\"\n\n"
    "models:\n  %s:\n"
    "    staging:\n      +materialized: table\n      +schema: staging\n"
    "    intermediate:\n      +materialized: table\n      +schema: intermediate\n"
    "    marts:\n      +materialized: table\n      +schema: marts\n\n"
    "seeds:\n  %s:\n    +quote_columns: false\n    +schema: seeds\n";

static const char macro_text[] =
    "{#\n"
    "    Override dbt's default schema naming to use clean schema names\n\n"
    "    Default behavior: custom_schema_name=\"staging\" → \"main_staging\"\n"
    "    Our behavior: custom_schema_name=\"staging\" → \"staging\"\n"
    "#}\n\n"
    "{% macro generate_schema_name(custom_schema_name, node) -%}\n"
    "    {%- if custom_schema_name is none -%}\n"
    "        {{ target.schema }}\n"
    "    {%- else -%}\n"
    "        {{ custom_schema_name | trim }}\n"
    "    {%- endif -%}\n"
    "{%- endmacro %}\n";

/* A name that dbt takes: letters, digits and _, no digit first. */
static void print_name(const struct sl_project *project, struct sl_buffer *out) {
  sl_buffer_text(out, isdigit((unsigned char)project->name[0]) ? "_" : "");
  for (const char *c = project->name; *c != '\0'; c++) {
    sl_buffer_char(out, (char)(isalnum((unsigned char)*c) ? tolower((unsigned char)*c) : '_'));
  }
}

static sl_status write_missing(const struct sl_project *project, const char *folder,
                               const char *file, const char *text, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s%s", project->dbt_dir, folder);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_folder_make(path.data, err);
  }
  sl_buffer_printf(&path, "/%s", file);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&path, err);
  }
  if (rc == SL_OK && !sl_file_exists(path.data)) {
    rc = sl_file_write(path.data, text, strlen(text), false, err);
  }
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_dbt_make_project(const struct sl_project *project, struct sl_error *err) {
  struct sl_buffer name = { 0 };
  struct sl_buffer text = { 0 };
  print_name(project, &name);
  sl_status rc = sl_buffer_check(&name, err);
  if (rc == SL_OK) {
    sl_buffer_printf(&text, project_text, name.data, name.data, name.data, name.data);
    rc = sl_buffer_check(&text, err);
  }
  if (rc == SL_OK) {
    rc = write_missing(project, "", "dbt_project.yml", text.data, err);
  }
  if (rc == SL_OK) {
    rc = write_missing(project, "/macros", "get_custom_schema.sql", macro_text, err);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_dbt_profile_name(const struct sl_project *project, char **out, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_doc doc = { 0 };
  *out = NULL;
  sl_buffer_printf(&path, "%s/dbt_project.yml", project->dbt_dir);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_doc_read_yaml(&doc, path.data, err);
  }
  if (rc == SL_OK) {
    const char *name = sl_node_text(sl_node_get(doc.root, "profile"));
    name = name == NULL ? sl_node_text(sl_node_get(doc.root, "name")) : name;
    *out = strdup(name == NULL ? project->name : name);
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name") : SL_OK;
  }
  sl_doc_release(&doc);
  sl_buffer_release(&path);
  return rc;
}
