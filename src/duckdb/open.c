/* open.c - see open.h. */
#include "duckdb/open.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
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

/* ", process 17 since 2026-11-21T10:00:00Z", as far as DuckDB and /proc tell; else "". */
static void describe_holder(const char *message, char out[96]) {
  const char *found = message == NULL ? NULL : strstr(message, "(PID ");
  char name[48];
  char since[40];
  struct stat process; /* its folder is as old as it is */
  long pid = found == NULL ? 0 : strtol(found + strlen("(PID "), NULL, 10);
  snprintf(name, sizeof name, "/proc/%ld", pid);
  out[0] = '\0';
  if (pid > 0 && stat(name, &process) == 0) {
    sl_timestamp_print(since, process.st_ctim.tv_sec * SL_MICROS_PER_SECOND, true);
    snprintf(out, 96, ", process %ld since %s", pid, since);
  }
}

static sl_status open_elsewhere(const char *path, struct sl_error *err) {
  char holder[96];
  describe_holder(err == NULL ? NULL : err->message, holder);
  sl_error_add_context(err, "%s is open in another process%s; close it there and try again", path,
                       holder);
  if (err != NULL) {
    err->retryable = true;
  }
  return SL_EBUSY;
}

/* DuckDB's reason, and what to do about it. */
static sl_status open_failed(const char *path, const char *message, struct sl_error *err) {
  sl_status rc = sl_duckdb_fail(err, message, DUCKDB_ERROR_IO);
  if (rc == SL_EBUSY) {
    return open_elsewhere(path, err);
  }
  if (message != NULL && (strstr(message, "not a valid DuckDB") != NULL)) {
    return sl_fail(err, SL_EDEST, "%s is not a DuckDB file; choose another path", path);
  }
  sl_error_add_context(err, "opening %s", path);
  return rc;
}

enum { HEADERS = 3 * 4096 }; /* of a database file, the first thing to be written */

static bool same_file(int fd, const char *path) {
  struct stat held;
  struct stat named;
  return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

/* A file that was never whole: DuckDB was killed while it made it, or somebody made an empty file.
 * Nothing can have been in it. */
static bool never_whole(int fd) {
  char start[12];
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size >= HEADERS) {
    return false;
  }
  return file.st_size == 0 || (pread(fd, start, sizeof start, 0) == (ssize_t)sizeof start &&
                               memcmp(start + 8, "DUCK", 4) == 0);
}

/* Removes such a file, unless another process is making it at this moment: the lock is the one that
 * DuckDB takes. True = it is gone. */
static bool remove_unfinished(const char *path) {
  const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  bool gone = fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0 && same_file(fd, path) &&
              never_whole(fd) && unlink(path) == 0;
  if (fd >= 0) {
    close(fd);
  }
  return gone;
}

static sl_status try_open(const char *path, duckdb_config config, duckdb_database *out,
                          struct sl_error *err) {
  char *message = NULL;
  sl_status rc = SL_OK;
  if (SL_DUCKDB(open_ext)(path, out, config, &message) == DuckDBError) {
    rc = open_failed(path, message, err);
  }
  SL_DUCKDB(free)(message);
  return rc;
}

sl_status sl_duckdb_open(const char *path, bool read_only, duckdb_config config,
                         duckdb_database *out, struct sl_error *err) {
  bool is_file = strcmp(path, ":memory:") != 0 && strncmp(path, "md:", 3) != 0;
  if (read_only && is_file && access(path, F_OK) != 0) {
    return sl_fail(err, SL_ENOTFOUND, "there is no database %s", path);
  }
  pthread_mutex_lock(&open_lock);
  sl_status rc = check_not_open(path, read_only, err);
  if (rc == SL_OK) {
    rc = try_open(path, config, out, err);
    if (rc != SL_OK && rc != SL_EBUSY && !read_only && remove_unfinished(path)) {
      rc = try_open(path, config, out, err);
    }
  }
  pthread_mutex_unlock(&open_lock);
  return rc;
}

sl_status sl_duckdb_attach(duckdb_connection connection, const char *path, bool read_only,
                           const char *sql, struct sl_error *err) {
  pthread_mutex_lock(&open_lock);
  sl_status rc = check_not_open(path, read_only, err);
  if (rc == SL_OK && (rc = sl_duckdb_run(connection, sql, NULL, err)) == SL_EBUSY) {
    rc = open_elsewhere(path, err);
  }
  pthread_mutex_unlock(&open_lock);
  return rc;
}
