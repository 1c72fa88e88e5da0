/* dbt_run.c - dbt itself: found, installed into the project's own virtual environment, run;
 * declared in dbt.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "project/dbt_internal.h"
#include "project/process.h"

char *sl_dbt_find(const struct sl_project *project) {
  static const char *const places[] = { "venv/bin/dbt", ".venv/bin/dbt" };
  const char *active = getenv("VIRTUAL_ENV");
  for (size_t i = 0; i < 2; i++) {
    char *path = sl_project_path(project, "%s", places[i]);
    if (path != NULL && access(path, X_OK) == 0) {
      return path;
    }
    free(path);
  }
  char *path = active == NULL ? NULL : sl_project_path(project, "%s/bin/dbt", active);
  if (path != NULL && access(path, X_OK) != 0) {
    free(path);
    path = NULL;
  }
  return path;
}

static sl_status run(const char *const *argv, const char *what, struct sl_error *err) {
  struct sl_buffer output = { 0 };
  struct sl_process process = { .argv = argv, .output = &output };
  int code = 0;
  sl_status rc = sl_process_run(&process, &code, err);
  if (rc == SL_OK && code != 0) {
    size_t from = output.length > 700 ? output.length - 700 : 0;
    rc = sl_fail(err, SL_EIO, "%s failed: %s", what, output.data == NULL ? "" : output.data + from);
  }
  sl_buffer_release(&output);
  return rc;
}

sl_status sl_dbt_install(const struct sl_project *project, struct sl_error *err) {
  char *folder = sl_project_path(project, "venv");
  char *pip = sl_project_path(project, "venv/bin/pip");
  const char *const make[] = { "python3", "-m", "venv", folder, NULL };
  const char *const install[] = {
    pip, "install", "-q", "--disable-pip-version-check", "dbt-core>=1.9,<2", "dbt-duckdb>=1.9,<2",
    NULL
  };
  sl_status rc =
      folder == NULL || pip == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && !sl_file_exists(pip)) {
    rc = run(make, "making a Python virtual environment", err);
  }
  if (rc == SL_OK) {
    rc = run(install, "installing dbt with pip (is the network there?)", err);
  }
  free(folder);
  free(pip);
  return rc;
}

/* A profile of our own, for that of Dango downloads extensions of DuckDB, which fails offline. */
static sl_status write_profile(const struct sl_project *project, char **folder,
                               struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char *name = NULL;
  *folder = sl_project_path(project, ".dango/state/dbt");
  char *path = sl_project_path(project, ".dango/state/dbt/profiles.yml");
  sl_status rc = *folder == NULL || path == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                     : sl_folder_make(*folder, err);
  if (rc == SL_OK) {
    rc = sl_dbt_profile_name(project, &name, err);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(&text,
                     "%s:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
                     "      path: '%s'\n      schema: main\n      threads: 4\n",
                     name, project->warehouse);
    rc = sl_buffer_check(&text, err);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(path, text.data, text.length, false, err);
  }
  sl_buffer_release(&text);
  free(name);
  free(path);
  return rc;
}

enum { MOST_ARGUMENTS = 60 };

/* The end of what dbt said: what failed and the totals. */
static sl_status failed(int code, const struct sl_buffer *output, struct sl_error *err) {
  enum { SHOWN = 800 };
  const char *text = output->data == NULL ? "" : output->data;
  size_t from = output->length > SHOWN ? output->length - SHOWN : 0;
  const char *start = from == 0 ? text : strchr(text + from, '\n');
  return sl_fail(err, SL_EDEST, "dbt failed (exit code %d); its log is dbt/logs/dbt.log\n%s", code,
                 start == NULL ? text + from : start);
}

sl_status sl_dbt_run(const struct sl_project *project, const char *dbt,
                     const char *const *arguments, struct sl_buffer *output, struct sl_error *err) {
  static const char *const env[] = { "DBT_SEND_ANONYMOUS_USAGE_STATS=false", "NO_COLOR=1", NULL };
  const char *argv[MOST_ARGUMENTS + 8] = { dbt, "--no-use-colors" };
  size_t n = 2;
  struct sl_buffer own = { 0 };
  char *profiles = NULL;
  int code = 0;
  sl_status rc = sl_dbt_make_project(project, err);
  if (rc == SL_OK) {
    rc = write_profile(project, &profiles, err);
  }
  for (size_t i = 0; arguments[i] != NULL && i < MOST_ARGUMENTS; i++) {
    argv[n++] = arguments[i];
  }
  argv[n++] = "--profiles-dir";
  argv[n] = profiles;
  struct sl_process process = { .argv = argv, .folder = project->dbt_dir, .env = env };
  process.output = output == NULL ? &own : output;
  if (rc == SL_OK) {
    rc = sl_process_run(&process, &code, err);
  }
  if (rc == SL_OK && code != 0) {
    rc = failed(code, process.output, err);
  }
  sl_buffer_release(&own);
  free(profiles);
  return rc;
}
