/* workdir.c - see workdir.h. Sources: dlt 1.31 common/runtime/run_context.py, common/storages/. */
#include "pipeline/workdir.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "schema/stored.h"

/* Versions of dlt 1.31's storages. */
static const char normalize_version[] = "1.0.1";
static const char load_version[] = "1.0.2";

static const char *environment(const char *name) {
  const char *value = getenv(name);
  return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *home_folder(void) {
  const char *home = environment("HOME");
  if (home == NULL) {
    const struct passwd *user = getpwuid(getuid());
    home = user == NULL ? NULL : user->pw_dir;
  }
  return home != NULL && access(home, W_OK | X_OK) == 0 ? home : NULL;
}

static const char *temporary_folder(void) {
  static const char *const names[] = { "TMPDIR", "TEMP", "TMP" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *folder = environment(names[i]);
    if (folder != NULL && access(folder, W_OK | X_OK) == 0) {
      return folder;
    }
  }
  return "/tmp";
}

sl_status sl_pipelines_dir(struct sl_buffer *out, struct sl_error *err) {
  const char *data = environment("DLT_DATA_DIR");
  const char *home = home_folder();
  const char *xdg = environment("XDG_DATA_HOME");
  if (data != NULL) {
    sl_buffer_printf(out, "%s/pipelines", data);
  } else if (geteuid() == 0) {
    sl_buffer_text(out, "/var/dlt/pipelines");
  } else if (home == NULL) {
    sl_buffer_printf(out, "%s/dlt/pipelines", temporary_folder());
  } else {
    size_t start = out->length;
    sl_buffer_printf(out, "%s/.dlt", home);
    if (!out->failed && xdg != NULL && !sl_folder_exists(out->data + start)) {
      out->length = start;
      sl_buffer_printf(out, "%s/dlt", xdg);
    }
    sl_buffer_text(out, "/pipelines");
  }
  return sl_buffer_check(out, err);
}

/* dlt refuses the same: the name becomes a folder. */
static sl_status check_name(const char *name, struct sl_error *err) {
  if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strlen(name) > 200 ||
      strchr(name, '/') != NULL || strchr(name, '\n') != NULL) {
    return sl_fail(
        err, SL_EUSAGE,
        "'%.200s' cannot be the name of a pipeline: it names a folder, so no '/', and 1 to "
        "200 bytes",
        name);
  }
  return SL_OK;
}

sl_status sl_workdir_init(struct sl_workdir *out, const char *pipelines_dir, const char *name,
                          struct sl_error *err) {
  *out = (struct sl_workdir){ 0 };
  struct sl_buffer path = { 0 };
  sl_status rc = check_name(name, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (pipelines_dir != NULL) {
    sl_buffer_text(&path, pipelines_dir);
  } else {
    rc = sl_pipelines_dir(&path, err);
  }
  if (rc == SL_OK && path.length > 0 && path.data[0] != '/') {
    char *here = getcwd(NULL, 0);
    struct sl_buffer absolute = { 0 };
    sl_buffer_printf(&absolute, "%s/%s", here == NULL ? "" : here, path.data);
    if (here == NULL) {
      rc = sl_fail_errno(err, errno, "cannot tell the current folder");
    }
    free(here);
    sl_buffer_release(&path);
    path = absolute;
  }
  while (rc == SL_OK && path.length > 1 && path.data[path.length - 1] == '/') {
    path.length--;
  }
  sl_buffer_printf(&path, "/%s", name);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&path, err);
  }
  if (rc == SL_OK &&
      ((out->path = sl_buffer_take(&path)) == NULL || (out->name = strdup(name)) == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for pipeline %s", name);
  }
  if (rc != SL_OK) {
    sl_buffer_release(&path);
    sl_workdir_release(out);
  }
  return rc;
}

void sl_workdir_release(struct sl_workdir *dir) {
  free(dir->path);
  free(dir->name);
  *dir = (struct sl_workdir){ 0 };
}

static sl_status below(const struct sl_workdir *dir, const char *file, struct sl_buffer *out,
                       struct sl_error *err) {
  sl_buffer_printf(out, "%s/%s", dir->path, file);
  return sl_buffer_check(out, err);
}

static sl_status make_below(const struct sl_workdir *dir, const char *folder,
                            struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = below(dir, folder, &path, err);
  if (rc == SL_OK && !sl_folder_exists(path.data)) {
    rc = sl_folder_make(path.data, err);
  }
  sl_buffer_release(&path);
  return rc;
}

/* Packages that an older dlt left unloaded get the folders that newer versions expect in them. */
static sl_status add_package_folders(const struct sl_workdir *dir, struct sl_error *err) {
  static const char *const folders[] = { ".pending_transitions", ".exceptions" };
  struct sl_buffer path = { 0 };
  char **ids = NULL;
  size_t n = 0;
  sl_status rc = below(dir, "load/normalized", &path, err);
  if (rc == SL_OK) {
    rc = sl_folder_list(path.data, SL_FOLDERS, &ids, &n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < 2 * n; i++) {
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "load/normalized/%s/%s", ids[i / 2], folders[i % 2]);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK) {
      rc = make_below(dir, path.data, err);
    }
  }
  sl_names_free(ids, n);
  sl_buffer_release(&path);
  return rc;
}

/* a.b.c; -1 when it is not of that form. */
static long version_number(const char *text) {
  int a;
  int b;
  int c;
  return sscanf(text, "%3d.%3d.%3d", &a, &b, &c) == 3 ? (a * 1000L + b) * 1000L + c : -1;
}

static sl_status bring_up(const struct sl_workdir *dir, const char *file, const char *wanted,
                          struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_workdir_read(dir, file, &text, err);
  bool missing = rc == SL_ENOTFOUND;
  long have = rc == SL_OK ? version_number(text.data == NULL ? "" : text.data) : 0;
  if (missing) {
    rc = SL_OK;
  }
  if (rc == SL_OK && !missing && (have < 0 || have > version_number(wanted))) {
    rc = sl_fail(
        err, SL_EUNSUPPORTED,
        "%s/%s is of storage version %.40s and this Sluice knows %s: update Sluice, or give "
        "another --pipelines-dir",
        dir->path, file, text.data == NULL ? "" : text.data, wanted);
  } else if (rc == SL_OK && have != version_number(wanted)) {
    rc = missing ? SL_OK : add_package_folders(dir, err);
    if (rc == SL_OK) {
      rc = sl_workdir_write(dir, file, wanted, strlen(wanted), err);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_workdir_create(const struct sl_workdir *dir, struct sl_error *err) {
  static const char *const folders[] = { "schemas", "normalize/extracted", "load/new",
                                         "load/normalized", "load/loaded" };
  sl_status rc = sl_folder_make_private(dir->path, err);
  for (size_t i = 0; rc == SL_OK && i < sizeof folders / sizeof folders[0]; i++) {
    rc = make_below(dir, folders[i], err);
  }
  if (rc == SL_OK) {
    rc = bring_up(dir, "normalize/.version", normalize_version, err);
  }
  if (rc == SL_OK) {
    rc = bring_up(dir, "load/.version", load_version, err);
  }
  return rc;
}

bool sl_workdir_exists(const struct sl_workdir *dir) {
  struct sl_buffer path = { 0 };
  struct sl_error ignored;
  bool found = below(dir, SL_STATE_FILE, &path, &ignored) == SL_OK && sl_file_exists(path.data);
  sl_buffer_release(&path);
  return found;
}

sl_status sl_workdir_delete(const struct sl_workdir *dir, struct sl_error *err) {
  return sl_folder_delete(dir->path, err);
}

sl_status sl_workdir_list(const char *pipelines_dir, char ***names, size_t *count,
                          struct sl_error *err) {
  struct sl_buffer path = { 0 };
  *names = NULL;
  *count = 0;
  sl_status rc = SL_OK;
  if (pipelines_dir == NULL) {
    rc = sl_pipelines_dir(&path, err);
  } else {
    sl_buffer_text(&path, pipelines_dir);
    rc = sl_buffer_check(&path, err);
  }
  if (rc == SL_OK) {
    rc = sl_folder_list(path.data, SL_FOLDERS, names, count, err);
  }
  size_t kept = 0;
  for (size_t i = 0; rc == SL_OK && i < *count; i++) {
    struct sl_buffer state = { 0 };
    sl_buffer_printf(&state, "%s/%s/" SL_STATE_FILE, path.data, (*names)[i]);
    if (!state.failed && sl_file_exists(state.data)) {
      (*names)[kept++] = (*names)[i];
    } else {
      free((*names)[i]);
    }
    sl_buffer_release(&state);
  }
  *count = kept;
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_workdir_read(const struct sl_workdir *dir, const char *file, struct sl_buffer *out,
                          struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = below(dir, file, &path, err);
  if (rc == SL_OK) {
    rc = sl_file_read(path.data, out, err);
  }
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_workdir_write(const struct sl_workdir *dir, const char *file, const char *data,
                           size_t length, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = below(dir, file, &path, err);
  if (rc == SL_OK) {
    rc = sl_file_write_private(path.data, data, length, true, err);
  }
  sl_buffer_release(&path);
  return rc;
}

void sl_names_free(char **names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(names[i]);
  }
  free(names);
}
