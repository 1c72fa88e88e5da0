/* kept_input.c - standard input that a failed load would lose: kept in a file, to be loaded again.
 *
 * A pipe can be read once. So while it is loaded a copy grows in the pipeline's folder; after a
 * commit the copy is deleted, after a failure the rest of the pipe is added and the user is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "file_internal.h"

static struct file_item *find_stdin(struct file_source *s) {
  for (size_t i = 0; i < s->listed.count; i++) {
    if (strcmp(s->listed.items[i].path, "-") == 0) {
      return &s->listed.items[i];
    }
  }
  return NULL;
}

/* A redirected file can be read again. */
static bool is_read_once(void) {
  struct stat info;
  return fstat(STDIN_FILENO, &info) == 0 && !S_ISREG(info.st_mode);
}

sl_status file_keep_input(struct file_source *s, const char *folder, struct sl_error *err) {
  struct file_item *item = find_stdin(s);
  struct sl_buffer path = { 0 };
  if (item == NULL || folder == NULL || !is_read_once()) {
    return SL_OK;
  }
  if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
    return SL_OK; /* nothing is kept then; the load itself does not need it */
  }
  sl_buffer_printf(&path, "%s/stdin-%lld", folder, (long long)sl_now_micros());
  item->keep = sl_buffer_take(&path);
  return item->keep == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
}

void file_forget_input(struct file_source *s) {
  struct file_item *item = find_stdin(s);
  if (item != NULL && item->keep != NULL) {
    unlink(item->keep);
    free(item->keep);
    item->keep = NULL;
  }
}

/* Adds what is left of standard input. */
static sl_status copy_rest(const char *path, struct sl_error *err) {
  enum { PIECE = 64 << 10 };
  char *piece = malloc(PIECE);
  int to = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  sl_status rc = SL_OK;
  if (piece == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory copying standard input");
  } else if (to < 0) {
    rc = sl_fail_errno(err, errno, "keeping standard input in %s", path);
  }
  ssize_t n;
  while (rc == SL_OK && (n = read(STDIN_FILENO, piece, PIECE)) != 0) {
    if (n < 0 && errno != EINTR) {
      rc = sl_fail_errno(err, errno, "reading standard input");
    } else if (n > 0 && write(to, piece, (size_t)n) != n) {
      rc = sl_fail_errno(err, errno, "keeping standard input in %s", path);
    }
  }
  if (to >= 0) {
    close(to);
  }
  free(piece);
  return rc;
}

sl_status file_kept_input(struct file_source *s, char **out_path, struct sl_error *err) {
  struct file_item *item = find_stdin(s);
  struct stat info;
  *out_path = NULL;
  if (item == NULL || item->keep == NULL || stat(item->keep, &info) != 0 || info.st_size == 0) {
    return SL_OK;
  }
  sl_status rc = copy_rest(item->keep, err);
  if (rc == SL_OK) {
    *out_path = item->keep;
    item->keep = NULL;
  }
  return rc;
}
