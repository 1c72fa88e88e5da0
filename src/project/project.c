/* project.c - see project.h. */
#include "project/project.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "project/process.h"

char *sl_project_path(const struct sl_project *project, const char *format, ...) {
  struct sl_buffer path = { 0 };
  char rest[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(rest, sizeof rest, format, arguments);
  va_end(arguments);
  if (rest[0] == '/') {
    return strdup(rest);
  }
  sl_buffer_printf(&path, "%s/%s", project->root, strncmp(rest, "./", 2) == 0 ? rest + 2 : rest);
  return sl_buffer_take(&path);
}

/* The nearest folder at or above `start` with .dango/project.yml; NULL in *out = none. */
static sl_status find_root(const char *start, char **out, struct sl_error *err) {
  *out = NULL;
  char *folder = realpath(start == NULL ? "." : start, NULL);
  if (folder == NULL) {
    return sl_fail_errno(err, errno, "cannot open the project at %s", start == NULL ? "." : start);
  }
  while (*out == NULL && folder[0] != '\0') {
    struct sl_buffer file = { 0 };
    sl_buffer_printf(&file, "%s/.dango/project.yml", folder);
    if (!file.failed && sl_file_exists(file.data)) {
      *out = strdup(folder);
    }
    sl_buffer_release(&file);
    *strrchr(folder, '/') = '\0';
  }
  free(folder);
  return *out != NULL ? SL_OK
                      : sl_fail(err, SL_ENOTFOUND,
                                "there is no project here: neither %s nor a folder above it has "
                                ".dango/project.yml; `sluice init` makes one",
                                start == NULL ? "this folder" : start);
}

static const char *const root_keys[] = { "project", "platform", "auth", "api", NULL };
static const char *const project_keys[] = {
  "name",    "id",           "organization", "dango_version", "created",         "created_by",
  "purpose", "stakeholders", "sla",          "limitations",   "getting_started", "sluice_version",
  NULL
};
static const char *const platform_keys[] = { "duckdb_path",
                                             "dbt_project_dir",
                                             "data_dir",
                                             "port",
                                             "metabase_port",
                                             "dbt_docs_port",
                                             "marimo_port",
                                             "auto_sync",
                                             "auto_dbt",
                                             "debounce_seconds",
                                             "watch_patterns",
                                             "watch_directories",
                                             "dbt_coalesce_seconds",
                                             "workers",
                                             "destination",
                                             "destination_env",
                                             NULL };

/* Paths in project.yml are relative to the project's folder. */
static sl_status read_path(struct sl_project *p, const struct sl_node *map, const char *key,
                           const char *fallback, char **out, struct sl_error *err) {
  const char *path = fallback;
  sl_status rc = sl_doc_text(&p->yml, map, key, &path, err);
  if (rc == SL_OK) {
    *out = sl_project_path(p, "%s", path);
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  }
  return rc;
}

static sl_status read_destination(struct sl_project *p, const struct sl_node *platform,
                                  struct sl_error *err) {
  const char *location = NULL;
  const char *variable = NULL;
  struct sl_buffer text = { 0 };
  sl_status rc = sl_doc_text(&p->yml, platform, "destination", &location, err);
  if (rc == SL_OK) {
    rc = sl_doc_text(&p->yml, platform, "destination_env", &variable, err);
  }
  if (rc == SL_OK && variable != NULL) {
    location = sl_secrets_variable(&p->secrets, variable);
    rc = location != NULL
             ? SL_OK
             : sl_doc_fail(&p->yml, sl_node_get(platform, "destination_env"), err,
                           "the destination needs the variable %s: set it in .env", variable);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(&text, location == NULL ? "duckdb:%s" : "%s",
                     location == NULL ? p->warehouse : location);
    p->destination = sl_buffer_take(&text);
    rc = p->destination == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  }
  return rc;
}

static sl_status read_platform(struct sl_project *p, struct sl_error *err) {
  const struct sl_node *platform = sl_node_get(p->yml.root, "platform");
  const struct sl_node *api = sl_node_get(p->yml.root, "api");
  sl_status rc = sl_doc_check_keys(&p->yml, platform, platform_keys, "platform", err);
  p->port = 8800;
  p->auto_dbt = true;
  p->query_max_rows = 10000;
  p->query_timeout_seconds = 30;
  if (rc == SL_OK) {
    rc = read_path(p, platform, "duckdb_path", "data/warehouse.duckdb", &p->warehouse, err);
  }
  if (rc == SL_OK) {
    rc = read_path(p, platform, "dbt_project_dir", "dbt", &p->dbt_dir, err);
  }
  if (rc == SL_OK) {
    rc = read_path(p, platform, "data_dir", "data", &p->data_dir, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(&p->yml, platform, "port", &p->port, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_bool(&p->yml, platform, "auto_dbt", &p->auto_dbt, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(&p->yml, api, "query_max_rows", &p->query_max_rows, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(&p->yml, api, "query_timeout_seconds", &p->query_timeout_seconds, err);
  }
  return rc == SL_OK ? read_destination(p, platform, err) : rc;
}

static sl_status read_yml(struct sl_project *p, struct sl_error *err) {
  char *path = sl_project_path(p, ".dango/project.yml");
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                              : sl_doc_read_yaml(&p->yml, path, err);
  free(path);
  if (rc == SL_OK) {
    rc = sl_doc_check_keys(&p->yml, p->yml.root, root_keys, "project.yml", err);
  }
  const struct sl_node *about = rc == SL_OK ? sl_node_get(p->yml.root, "project") : NULL;
  if (rc == SL_OK) {
    rc = sl_doc_check_keys(&p->yml, about, project_keys, "project", err);
  }
  if (rc == SL_OK) {
    p->name = strrchr(p->root, '/') + 1;
    rc = sl_doc_text(&p->yml, about, "name", &p->name, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_text(&p->yml, about, "organization", &p->organization, err);
  }
  return rc == SL_OK ? sl_doc_text(&p->yml, about, "purpose", &p->purpose, err) : rc;
}

sl_status sl_project_open(struct sl_project **out, const char *start, struct sl_error *err) {
  struct sl_project *p = calloc(1, sizeof *p);
  *out = NULL;
  sl_status rc = p == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a project")
                           : find_root(start, &p->root, err);
  if (rc == SL_OK) {
    rc = sl_secrets_read(&p->secrets, p->root, err);
  }
  if (rc == SL_OK) {
    rc = read_yml(p, err);
  }
  if (rc == SL_OK) {
    rc = read_platform(p, err);
  }
  if (rc == SL_OK) {
    p->pipelines_dir = sl_project_path(p, ".dango/state/pipelines");
    rc = p->pipelines_dir == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  }
  if (rc != SL_OK) {
    sl_project_close(p);
    return rc;
  }
  *out = p;
  return SL_OK;
}

void sl_project_close(struct sl_project *p) {
  if (p == NULL) {
    return;
  }
  sl_doc_release(&p->yml);
  sl_secrets_release(&p->secrets);
  free(p->root);
  free(p->warehouse);
  free(p->destination);
  free(p->dbt_dir);
  free(p->data_dir);
  free(p->pipelines_dir);
  free(p);
}

/* A repository's .git may be above the project. */
static bool in_repository(const struct sl_project *p) {
  struct sl_buffer path = { 0 };
  bool found = false;
  for (size_t n = strlen(p->root); n > 0 && !found; n--) {
    if (p->root[n] == '\0' || p->root[n] == '/') {
      sl_buffer_reset(&path);
      sl_buffer_printf(&path, "%.*s/.git", (int)n, p->root);
      found = !path.failed && access(path.data, F_OK) == 0;
    }
  }
  sl_buffer_release(&path);
  return found;
}

sl_status sl_project_check_git(const struct sl_project *project, struct sl_error *err) {
  const char *const argv[] = { "git",  "ls-files",          "--",
                               ".env", ".dlt/secrets.toml", "dbt/profiles.yml",
                               NULL };
  struct sl_buffer output = { 0 };
  int code = 0;
  if (!in_repository(project)) {
    return SL_OK;
  }
  struct sl_process git = {
    .argv = argv, .folder = project->root, .output = &output, .quiet_errors = true
  };
  sl_status rc = sl_process_run(&git, &code, NULL);
  if (rc == SL_OK && code == 0 && output.length > 0) {
    int length = (int)strcspn(output.data, "\n");
    rc = sl_fail(err, SL_EUSAGE,
                 "%.*s holds secrets and is tracked by git: run `git rm --cached %.*s`, add it to "
                 ".gitignore, commit, and change the passwords in it, for the history keeps them",
                 length, output.data, length, output.data);
  } else {
    rc = SL_OK;
  }
  sl_buffer_release(&output);
  return rc;
}
