/* running.c - which syncs run at this moment; declared in history.h.
 *
 * .dango/state/running/<source>.json is locked with flock while the sync runs. The kernel gives the
 * lock up when the process ends, however it ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/time.h"
#include "project/history.h"

/* SL_ENOTFOUND when there is no such file. *locked: somebody else has it. */
static sl_status open_locked(const char *path, int flags, int *fd, bool *locked,
                             struct sl_error *err) {
  *locked = false;
  *fd = open(path, flags | O_CLOEXEC, 0666);
  if (*fd < 0) {
    return sl_fail_errno(err, errno, "cannot open %s", path);
  }
  if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
    *locked = true;
  }
  return SL_OK;
}

static void read_state(int fd, struct sl_running_state *out) {
  char text[512];
  ssize_t n = pread(fd, text, sizeof text, 0);
  yyjson_doc *doc = n > 0 ? yyjson_read(text, (size_t)n, 0) : NULL;
  yyjson_val *root = yyjson_doc_get_root(doc);
  const char *started = yyjson_get_str(yyjson_obj_get(root, "started"));
  out->pid = (long)yyjson_get_sint(yyjson_obj_get(root, "pid"));
  snprintf(out->started, sizeof out->started, "%s", started == NULL ? "" : started);
  yyjson_doc_free(doc);
}

/* What a killed sync has left, as an entry. An empty file tells nothing. */
static sl_status note_interrupted(const struct sl_project *project, const char *source, int fd,
                                  struct sl_error *err) {
  struct sl_running_state state = { 0 };
  read_state(fd, &state);
  if (state.pid == 0) {
    return SL_OK;
  }
  char message[] = "the program was ended before the sync was over; nothing of it was kept";
  struct sl_history_entry entry = {
    .timestamp = state.started,
    .status = SL_SYNC_INTERRUPTED,
    .rows_processed = -1,
    .total_row_count = -1,
    .bytes = -1,
    .rejected = -1,
    .error_message = message,
  };
  return sl_history_append(project, source, &entry, err);
}

sl_status sl_running_begin(const struct sl_project *project, const char *source,
                           struct sl_running *out, struct sl_error *err) {
  bool locked = false;
  *out = SL_RUNNING_NONE;
  char *folder = sl_project_path(project, ".dango/state/running");
  out->path = sl_project_path(project, ".dango/state/running/%s.json", source);
  sl_status rc = folder == NULL || out->path == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                     : sl_folder_make(folder, err);
  free(folder);
  if (rc == SL_OK) {
    rc = open_locked(out->path, O_RDWR | O_CREAT, &out->fd, &locked, err);
  }
  if (rc == SL_OK && locked) {
    struct sl_running_state state = { 0 };
    read_state(out->fd, &state);
    close(out->fd);
    out->fd = -1;
    free(out->path);
    out->path = NULL;
    return sl_fail(err, SL_EBUSY, "source %s is being synced by process %ld since %s", source,
                   state.pid, state.started);
  }
  if (rc == SL_OK) {
    rc = note_interrupted(project, source, out->fd, err);
  }
  if (rc == SL_OK) {
    char now[40];
    sl_timestamp_print(now, sl_now_micros(), true);
    if (ftruncate(out->fd, 0) != 0 ||
        dprintf(out->fd, "{\"pid\": %ld, \"started\": \"%s\"}\n", (long)getpid(), now) < 0) {
      rc = sl_fail_errno(err, errno, "cannot write %s", out->path);
    }
  }
  if (rc != SL_OK) {
    sl_running_end(out);
  }
  return rc;
}

void sl_running_end(struct sl_running *running) {
  if (running->fd >= 0 && running->path != NULL) {
    unlink(
        running->path); /* before the lock is given up, so that nobody takes it for a killed one */
    close(running->fd);
  }
  free(running->path);
  *running = SL_RUNNING_NONE;
}

sl_status sl_running_look(const struct sl_project *project, const char *source,
                          struct sl_running_state *out, struct sl_error *err) {
  bool locked = false;
  int fd = -1;
  *out = (struct sl_running_state){ 0 };
  char *path = sl_project_path(project, ".dango/state/running/%s.json", source);
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                              : open_locked(path, O_RDWR, &fd, &locked, err);
  if (rc == SL_ENOTFOUND) {
    rc = SL_OK;
  } else if (rc == SL_OK && locked) {
    out->running = true;
    read_state(fd, out);
  } else if (rc == SL_OK) {
    rc = note_interrupted(project, source, fd, err);
    unlink(path);
  }
  if (fd >= 0) {
    close(fd);
  }
  free(path);
  return rc;
}
