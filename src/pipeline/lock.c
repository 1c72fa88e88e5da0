/* lock.c - see lock.h. */
#include "pipeline/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/time.h"

enum { POLL_MILLIS = 20 };

/* What the holder wrote, on one line; "" when it has not written yet. */
static void read_holder(int fd, char out[256]) {
  ssize_t n = pread(fd, out, 255, 0);
  out[n > 0 ? n : 0] = '\0';
  out[strcspn(out, "\n")] = '\0';
}

static sl_status write_holder(int fd, const char *path, struct sl_error *err) {
  char host[128] = "";
  char when[40];
  char text[256];
  gethostname(host, sizeof host - 1);
  sl_timestamp_print(when, sl_now_micros() / SL_MICROS_PER_SECOND * SL_MICROS_PER_SECOND, true);
  int n = snprintf(text, sizeof text, "process %ld on %s since %s\n", (long)getpid(), host, when);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
    return sl_fail_errno(err, errno, "cannot write %s", path);
  }
  return SL_OK;
}

/* The folder may have been deleted and made again between open and flock: then this file is
 * nobody's lock. */
static bool still_there(int fd, const char *path) {
  struct stat held;
  struct stat named;
  return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

/* One try. *fd = -1 and SL_OK: held by another, whose name is in `holder`. */
static sl_status try_once(const struct sl_workdir *dir, const char *path, int *fd, char holder[256],
                          struct sl_error *err) {
  *fd = -1;
  sl_status rc = sl_folder_exists(dir->path) ? SL_OK : sl_folder_make_private(dir->path, err);
  if (rc != SL_OK) {
    return rc;
  }
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    return errno == ENOENT ? SL_OK : sl_fail_errno(err, errno, "cannot open the lock %s", path);
  }
  if (flock(file, LOCK_EX | LOCK_NB) == 0) {
    if (still_there(file, path)) {
      *fd = file;
      return SL_OK;
    }
    close(file);
    return SL_OK;
  }
  int problem = errno;
  read_holder(file, holder);
  close(file);
  return problem == EWOULDBLOCK || problem == EINTR
             ? SL_OK
             : sl_fail_errno(err, problem, "cannot lock %s", path);
}

sl_status sl_lock_take(struct sl_lock *lock, const struct sl_workdir *dir, int64_t wait_ms,
                       struct sl_error *err) {
  *lock = SL_LOCK_NONE;
  struct sl_buffer path = { 0 };
  char holder[256] = "";
  int64_t end = sl_monotonic_nanos() + wait_ms * 1000000;
  int fd = -1;
  sl_buffer_printf(&path, "%s/" SL_LOCK_FILE, dir->path);
  sl_status rc = sl_buffer_check(&path, err);
  while (rc == SL_OK) {
    rc = try_once(dir, path.data, &fd, holder, err);
    if (rc != SL_OK || fd >= 0 || sl_monotonic_nanos() >= end) {
      break;
    }
    const struct timespec pause = { 0, POLL_MILLIS * 1000000L };
    nanosleep(&pause, NULL);
  }
  if (rc == SL_OK && fd < 0) {
    rc = sl_fail(err, SL_EBUSY,
                 "pipeline %s is being loaded by %s. Wait for it to end, or give this load another "
                 "--pipeline name",
                 dir->name, holder[0] == '\0' ? "another process" : holder);
    if (err != NULL) {
      err->retryable = true;
    }
  }
  if (rc == SL_OK) {
    rc = write_holder(fd, path.data, err);
  }
  if (rc == SL_OK) {
    lock->fd = fd;
  } else if (fd >= 0) {
    close(fd);
  }
  sl_buffer_release(&path);
  return rc;
}

void sl_lock_release(struct sl_lock *lock) {
  if (lock->fd >= 0) {
    /* The file stays: deleting it would let two processes hold two files of the same name. */
    close(lock->fd);
    lock->fd = -1;
  }
}
