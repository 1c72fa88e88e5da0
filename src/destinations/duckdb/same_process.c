/* same_process.c - see same_process.h.
 *
 * DuckDB locks its file with fcntl, which keeps other processes out but not the own one: a second
 * instance in the same process (a second load, or the duckdb module of the Python that we run in)
 * would see an old state, and the last of them to write a checkpoint would win. */
#include "same_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

void duck_open_lock(void) {
  pthread_mutex_lock(&open_lock);
}

void duck_open_unlock(void) {
  pthread_mutex_unlock(&open_lock);
}

sl_status duck_check_not_open(const char *path, bool read_only, struct sl_error *err) {
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
