/* open.c - see open.h. */
#include "duckdb/open.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duckdb/query.h"

/* From the look at what is open to the end of the open. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether a descriptor of this process refers to the file; two that only read are fine. */
static sl_status check_not_open(const char *path, bool read_only, struct sl_error *err) {
  struct stat wanted;
  if (stat(path, &wanted) != 0 || !S_ISREG(wanted.st_mode)) {
    return SL_OK;
  }
  sl_status rc = SL_OK;
  DIR *folder = opendir("/proc/self/fd"); /* without /proc nothing can be said */
  const struct dirent *entry;
  while (rc == SL_OK && folder != NULL && (entry = readdir(folder)) != NULL) {
    struct stat open_file;
    char *end = NULL;
    long fd = strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || *end != '\0' || fstat((int)fd, &open_file) != 0 ||
        open_file.st_dev != wanted.st_dev || open_file.st_ino != wanted.st_ino) {
      continue;
    }
    int flags = fcntl((int)fd, F_GETFL);
    if (!read_only || (flags & O_ACCMODE) != O_RDONLY) {
      rc = sl_fail(err, SL_EBUSY,
                   "%s is open in this process already, by another load or connection; close that "
                   "one first",
                   path);
      if (err != NULL) {
        err->retryable = true;
      }
    }
  }
  if (folder != NULL) {
    closedir(folder);
  }
  return rc;
}

/* DuckDB's reason, and what to do about it. */
static sl_status open_failed(const char *path, const char *message, struct sl_error *err) {
  sl_status rc = sl_duckdb_fail(err, message, DUCKDB_ERROR_IO);
  if (rc == SL_EBUSY) {
    sl_error_add_context(err, "%s is open in another process; close it there and try again", path);
    if (err != NULL) {
      err->retryable = true;
    }
    return rc;
  }
  if (message != NULL && (strstr(message, "not a valid DuckDB") != NULL)) {
    return sl_fail(err, SL_EDEST, "%s is not a DuckDB file; choose another path", path);
  }
  sl_error_add_context(err, "opening %s", path);
  return rc;
}

sl_status sl_duckdb_open(const char *path, bool read_only, duckdb_config config,
                         duckdb_database *out, struct sl_error *err) {
  char *message = NULL;
  if (read_only && strcmp(path, ":memory:") != 0 && access(path, F_OK) != 0) {
    return sl_fail(err, SL_ENOTFOUND, "there is no database %s", path);
  }
  pthread_mutex_lock(&open_lock);
  sl_status rc = check_not_open(path, read_only, err);
  if (rc == SL_OK && SL_DUCKDB(open_ext)(path, out, config, &message) == DuckDBError) {
    rc = open_failed(path, message, err);
  }
  pthread_mutex_unlock(&open_lock);
  SL_DUCKDB(free)(message);
  return rc;
}
