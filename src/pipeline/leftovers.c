/* leftovers.c - what a load that was killed left in the working folder and nobody would miss.
 *
 * Packages that were begun are finished by package.c; these are the ones that were not yet whole
 * (load/.new-<load_id>) and files that were written beside their place and never renamed
 * (<file>.<pid>.<serial>.tmp, see files.c). */
#include <errno.h>
#include <unistd.h>

#include "base/files.h"
#include "pipeline/package_files.h"
#include "pipeline/workdir.h"

/* Ends with .<digits>.<digits>.tmp */
static bool is_half_written(const char *name) {
  static const char ending[] = ".tmp";
  size_t at = strlen(name);
  if (at < sizeof ending || strcmp(name + at - (sizeof ending - 1), ending) != 0) {
    return false;
  }
  at -= sizeof ending - 1;
  for (int number = 0; number < 2; number++) {
    size_t end = at;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') {
      at--;
    }
    if (at == end || at == 0 || name[at - 1] != '.') {
      return false;
    }
    at--;
  }
  return at > 0;
}

static sl_status clean_files(const char *folder, struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer path = { 0 };
  sl_status rc = sl_folder_list(folder, SL_FILES, &names, &n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (!is_half_written(names[i])) {
      continue;
    }
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "%s/%s", folder, names[i]);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK && unlink(path.data) != 0 && errno != ENOENT) {
      rc = sl_fail_errno(err, errno, "cannot delete %s", path.data);
    }
  }
  sl_names_free(names, n);
  sl_buffer_release(&path);
  return rc;
}

/* The files in a folder and in the folders of `depth` levels below it. */
static sl_status clean_tree(const char *folder, int depth, struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer path = { 0 };
  sl_status rc = clean_files(folder, err);
  if (rc == SL_OK && depth > 0) {
    rc = sl_folder_list(folder, SL_FOLDERS, &names, &n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "%s/%s", folder, names[i]);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK) {
      rc = clean_tree(path.data, depth - 1, err);
    }
  }
  sl_names_free(names, n);
  sl_buffer_release(&path);
  return rc;
}

static sl_status delete_begun(const char *load, struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer path = { 0 };
  sl_status rc = sl_folder_list(load, SL_FOLDERS, &names, &n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (strncmp(names[i], SL_PACKAGE_BEGUN, sizeof SL_PACKAGE_BEGUN - 1) != 0) {
      continue;
    }
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "%s/%s", load, names[i]);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK) {
      rc = sl_folder_delete(path.data, err);
    }
  }
  sl_names_free(names, n);
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_workdir_clean(const struct sl_workdir *dir, struct sl_error *err) {
  static const struct {
    const char *folder;
    int depth;
  } places[] = {
    { "", 0 }, { "/schemas", 0 }, { "/normalize", 0 }, { "/load", 0 }, { "/load/new", 2 }
  };
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/load", dir->path);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = delete_begun(path.data, err);
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof places / sizeof places[0]; i++) {
    sl_buffer_reset(&path);
    sl_buffer_printf(&path, "%s%s", dir->path, places[i].folder);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK) {
      rc = clean_tree(path.data, places[i].depth, err);
    }
  }
  sl_buffer_release(&path);
  return rc == SL_OK ? rc : sl_error_add_context(err, "cleaning up after a load that was killed");
}
