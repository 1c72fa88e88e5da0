/* accepted.c - which batches the receiver has: a file that lines are appended to, each
 * "<table> <first> <last>", on disk before anything else happens. A last line that a crash has torn
 * does not count. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "outbox/outbox_internal.h"

static void mark(struct sl_outbox_table *t, int64_t first, int64_t last) {
  for (int64_t i = first; i <= last; i++) {
    t->n_accepted += t->accepted[i] == 0;
    t->accepted[i] = 1;
  }
}

/* One line without its end; false when it is none. */
static bool take_line(struct sl_outbox_load *load, const char *line) {
  int64_t numbers[3];
  for (int i = 0; i < 3; i++) {
    char *end;
    numbers[i] = strtoll(line, &end, 10);
    if (end == line || *end != (i < 2 ? ' ' : '\0') || numbers[i] < 0) {
      return false;
    }
    line = end + 1;
  }
  if (numbers[0] >= (int64_t)load->n_tables || numbers[1] > numbers[2] ||
      numbers[2] >= load->tables[numbers[0]].n_batches) {
    return false;
  }
  mark(&load->tables[numbers[0]], numbers[1], numbers[2]);
  return true;
}

/* Takes whole lines; returns the length of the part that is good. */
static size_t take_lines(struct sl_outbox_load *load, char *text) {
  size_t good = 0;
  char *end;
  while (text != NULL && (end = strchr(text + good, '\n')) != NULL) {
    *end = '\0';
    if (!take_line(load, text + good)) {
      break;
    }
    good = (size_t)(end - text) + 1;
  }
  return good;
}

sl_status sl_outbox_accepted_open(struct sl_outbox_load *load, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char *path = sl_outbox_path(load->folder, SL_OUTBOX_ACCEPTED, "");
  if (path == NULL) {
    return sl_outbox_no_memory(err);
  }
  sl_status rc = sl_file_read(path, &text, err);
  rc = rc == SL_ENOTFOUND ? SL_OK : rc;
  if (rc == SL_OK) {
    size_t good = take_lines(load, text.data);
    load->progress_bytes = (off_t)good;
    load->progress_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (load->progress_fd < 0 || ftruncate(load->progress_fd, (off_t)good) != 0) {
      rc = sl_fail_errno(err, errno, "cannot write %s", path);
    }
  }
  if (rc == SL_OK) {
    rc = sl_outbox_sync_folder(load->folder, err);
  }
  sl_buffer_release(&text);
  free(path);
  return rc;
}

sl_status sl_outbox_accept(struct sl_outbox_load *load, size_t table, int64_t first, int64_t last,
                           struct sl_error *err) {
  char line[80];
  int n = snprintf(line, sizeof line, "%zu %" PRId64 " %" PRId64 "\n", table, first, last);
  sl_status rc = SL_OK;
  pthread_mutex_lock(&load->lock);
  errno = ENOSPC; /* what half a line means */
  if (write(load->progress_fd, line, (size_t)n) != n || fdatasync(load->progress_fd) != 0) {
    rc = sl_fail_errno(err, errno, "cannot note in %s what was accepted", load->folder);
    /* Lines behind half a line would not be found; what this cannot repair the next load does. */
    int ignored = ftruncate(load->progress_fd, load->progress_bytes);
    (void)ignored;
  } else {
    load->progress_bytes += n;
    mark(&load->tables[table], first, last);
  }
  pthread_mutex_unlock(&load->lock);
  return rc;
}

int64_t sl_outbox_accepted(struct sl_outbox_load *load) {
  int64_t n = 0;
  pthread_mutex_lock(&load->lock);
  for (size_t i = 0; i < load->n_tables; i++) {
    n += load->tables[i].n_accepted;
  }
  pthread_mutex_unlock(&load->lock);
  return n;
}
