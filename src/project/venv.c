/* venv.c - see venv.h. */
#include "project/venv.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/hash.h"
#include "project/process.h"

#define STAMP "venv/.sluice-requirements" /* ours, and made from requirements with this hash */

static bool exists(const struct sl_project *project, const char *file) {
  char *path = sl_project_path(project, "%s", file);
  bool found = path != NULL && sl_file_exists(path);
  free(path);
  return found;
}

/* Lines that are neither empty nor comments. */
static bool has_requirements(const char *text) {
  for (const char *line = text; *line != '\0';) {
    while (*line == ' ' || *line == '\t') {
      line++;
    }
    if (*line != '#' && !isspace((unsigned char)*line) && *line != '\0') {
      return true;
    }
    line += strcspn(line, "\n");
    line += *line == '\n';
  }
  return false;
}

/* Of requirements.txt; "" = there are none. */
static void hash_requirements(const struct sl_project *project, char out[24]) {
  struct sl_buffer text = { 0 };
  char *path = sl_project_path(project, "requirements.txt");
  out[0] = '\0';
  if (path != NULL && sl_file_read(path, &text, NULL) == SL_OK && text.length > 0 &&
      has_requirements(text.data)) {
    snprintf(out, 24, "%016llx", (unsigned long long)sl_hash64(text.data, text.length));
  }
  sl_buffer_release(&text);
  free(path);
}

static bool is_users(const struct sl_project *project) {
  return exists(project, ".venv/bin/python") ||
         (exists(project, "venv/bin/python") && !exists(project, STAMP));
}

char *sl_venv_python(const struct sl_project *project) {
  char hash[24];
  hash_requirements(project, hash);
  if (exists(project, ".venv/bin/python")) {
    return sl_project_path(project, ".venv/bin/python");
  }
  return exists(project, "venv/bin/python") || hash[0] != '\0'
             ? sl_project_path(project, "venv/bin/python")
             : strdup("python3");
}

static sl_status run(const struct sl_project *project, const char *const *argv, const char *what,
                     struct sl_error *err) {
  enum { SHOWN = 600 };
  struct sl_buffer output = { 0 };
  const struct sl_process process = { .argv = argv, .folder = project->root, .output = &output };
  int code = 0;
  sl_status rc = sl_process_run(&process, &code, err);
  if (rc == SL_OK && code != 0) {
    const char *text = output.data == NULL ? "" : output.data;
    text += output.length > SHOWN ? output.length - SHOWN : 0;
    rc = sl_fail(err, SL_ESOURCE, "%s failed (exit code %d):\n%s", what, code, text);
  }
  sl_buffer_release(&output);
  return rc;
}

static sl_status make(const struct sl_project *project, const char *hash, struct sl_error *err) {
  static const char *const create[] = { "python3", "-m", "venv", "venv", NULL };
  static const char *const install[] = {
    "venv/bin/python",  "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r",
    "requirements.txt", NULL
  };
  sl_status rc = SL_OK;
  if (!exists(project, "venv/bin/python")) {
    rc = run(project, create, "making venv/ for the Python sources", err);
  }
  char *path = sl_project_path(project, STAMP);
  if (rc == SL_OK && path == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  if (rc == SL_OK) { /* ours from now on, even if pip fails */
    rc = sl_file_write(path, "", 0, false, err);
  }
  if (rc == SL_OK) {
    rc = run(project, install, "installing requirements.txt into venv/", err);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(path, hash, strlen(hash), false, err);
  }
  free(path);
  return rc;
}

sl_status sl_venv_prepare(const struct sl_project *project, bool *made, struct sl_error *err) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  char hash[24];
  sl_status rc = SL_OK;
  *made = false;
  pthread_mutex_lock(&lock);
  hash_requirements(project, hash);
  if (hash[0] != '\0' && !is_users(project)) {
    struct sl_buffer stamp = { 0 };
    char *path = sl_project_path(project, STAMP);
    bool same = path != NULL && sl_file_read(path, &stamp, NULL) == SL_OK && stamp.length > 0 &&
                strcmp(stamp.data, hash) == 0;
    sl_buffer_release(&stamp);
    free(path);
    rc = same ? SL_OK : make(project, hash, err);
    *made = !same && rc == SL_OK;
  }
  pthread_mutex_unlock(&lock);
  return rc;
}
