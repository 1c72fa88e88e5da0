/* scheduler_lock.c - one process runs the schedules of a project: a locked file with its number. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/files.h"
#include "schedule/scheduler_internal.h"

static char *lock_path(const char *root) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/.dango/state/scheduler.lock", root);
  return sl_buffer_take(&path);
}

static long read_pid(int fd) {
  char text[32] = "";
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? strtol(text, NULL, 10) : 0;
}

sl_status sl_scheduler_lock(struct sl_scheduler *s, struct sl_error *err) {
  char *path = lock_path(s->settings.root);
  struct sl_buffer folder = { 0 };
  sl_buffer_printf(&folder, "%s/.dango/state", s->settings.root);
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                              : sl_buffer_check(&folder, err);
  if (rc == SL_OK) {
    rc = sl_folder_make(folder.data, err);
  }
  if (rc == SL_OK) {
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    rc = s->lock_fd < 0 ? sl_fail_errno(err, errno, "cannot open %s", path) : SL_OK;
  }
  if (rc == SL_OK && flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    rc = sl_fail(err, SL_EBUSY, "process %ld runs the schedules of this project already",
                 read_pid(s->lock_fd));
  } else if (rc == SL_OK &&
             (ftruncate(s->lock_fd, 0) != 0 || dprintf(s->lock_fd, "%ld\n", (long)getpid()) < 0)) {
    rc = sl_fail_errno(err, errno, "cannot write %s", path);
  }
  sl_buffer_release(&folder);
  free(path);
  return rc;
}

long sl_scheduler_look(const struct sl_project *project) {
  long pid = 0;
  char *path = lock_path(project->root);
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0) {
    pid = read_pid(fd);
  }
  if (fd >= 0) {
    close(fd);
  }
  free(path);
  return pid;
}
