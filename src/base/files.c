/* files.c - see files.h. */
#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { MOST_BYTES = 1 << 30 }; /* no file of a working folder is near this */

bool sl_file_exists(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool sl_folder_exists(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static sl_status make_folder(const char *path, mode_t mode, struct sl_error *err) {
  if (mkdir(path, mode) == 0 || sl_folder_exists(path)) {
    return SL_OK; /* nearly always: the one above is there */
  }
  char *copy = strdup(path);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the path %s", path);
  }
  sl_status rc = SL_OK;
  for (char *at = copy + 1; rc == SL_OK; at++) {
    bool end = *at == '\0';
    if (!end && *at != '/') {
      continue;
    }
    *at = '\0';
    if (mkdir(copy, end ? mode : 0777) != 0 && !sl_folder_exists(copy)) {
      rc = sl_fail_errno(err, errno, "cannot make the folder %s", copy);
    }
    if (end) {
      break;
    }
    *at = '/';
  }
  free(copy);
  return rc;
}

sl_status sl_folder_make(const char *path, struct sl_error *err) {
  return make_folder(path, 0777, err);
}

sl_status sl_folder_make_private(const char *path, struct sl_error *err) {
  return make_folder(path, 0700, err);
}

/* Deletes what is in the open folder; the descriptor is closed. */
static int delete_below(int fd) {
  DIR *dir = fdopendir(fd);
  if (dir == NULL) {
    close(fd);
    return -1;
  }
  int rc = 0;
  for (struct dirent *e = readdir(dir); rc == 0 && e != NULL; e = readdir(dir)) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
      continue;
    }
    if (unlinkat(dirfd(dir), e->d_name, 0) == 0 || errno == ENOENT) {
      continue;
    }
    int below = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    rc = below < 0 ? -1 : delete_below(below);
    if (rc == 0) {
      rc = unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
    }
  }
  int problem = errno;
  closedir(dir);
  errno = problem;
  return rc;
}

sl_status sl_folder_delete(const char *path, struct sl_error *err) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return errno == ENOENT ? SL_OK : sl_fail_errno(err, errno, "cannot delete %s", path);
  }
  if (delete_below(fd) != 0 || (rmdir(path) != 0 && errno != ENOENT)) {
    return sl_fail_errno(err, errno, "cannot delete %s", path);
  }
  return SL_OK;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_kind(DIR *dir, const struct dirent *e, enum sl_file_kind kind) {
  struct stat st;
  return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
         fstatat(dirfd(dir), e->d_name, &st, 0) == 0 &&
         (kind == SL_FOLDERS ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
}

sl_status sl_folder_list(const char *path, enum sl_file_kind kind, char ***names, size_t *count,
                         struct sl_error *err) {
  *names = NULL;
  *count = 0;
  DIR *dir = opendir(path);
  if (dir == NULL) {
    return errno == ENOENT ? SL_OK : sl_fail_errno(err, errno, "cannot list the folder %s", path);
  }
  char **list = NULL;
  size_t n = 0;
  size_t capacity = 0;
  sl_status rc = SL_OK;
  for (struct dirent *e = readdir(dir); rc == SL_OK && e != NULL; e = readdir(dir)) {
    if (!is_kind(dir, e, kind)) {
      continue;
    }
    rc = sl_grow(&list, &capacity, n + 1, sizeof *list, err);
    if (rc == SL_OK && (list[n] = strdup(e->d_name)) == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory listing %s", path);
    }
    n += rc == SL_OK;
  }
  closedir(dir);
  if (rc != SL_OK) {
    while (n > 0) {
      free(list[--n]);
    }
    free(list);
    return rc;
  }
  if (n > 0) {
    qsort(list, n, sizeof *list, compare_names);
  }
  *names = list;
  *count = n;
  return SL_OK;
}

sl_status sl_file_read(const char *path, struct sl_buffer *out, struct sl_error *err) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return sl_fail_errno(err, errno, "cannot read %s", path);
  }
  sl_status rc = SL_OK;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MOST_BYTES) {
    rc = sl_fail(err, SL_EDATA, "%s is not a file that can be read whole", path);
  }
  ssize_t got = 1;
  size_t room = (size_t)st.st_size + 1; /* one more, to see the end in the same round */
  while (rc == SL_OK && got > 0) {
    if (out->length > MOST_BYTES || !sl_buffer_reserve(out, room)) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory reading %s", path);
      break;
    }
    got = read(fd, out->data + out->length, room);
    if (got < 0 && errno == EINTR) {
      got = 1;
    } else if (got < 0) {
      rc = sl_fail_errno(err, errno, "cannot read %s", path);
    } else {
      out->length += (size_t)got;
      out->data[out->length] = '\0';
      room = 65536;
    }
  }
  close(fd);
  return rc;
}

static int write_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, data, length);
    if (n < 0 && errno != EINTR) {
      return -1;
    }
    if (n > 0) {
      data += n;
      length -= (size_t)n;
    }
  }
  return 0;
}

static sl_status write_file(const char *path, const char *data, size_t length, bool durable,
                            mode_t mode, struct sl_error *err) {
  static atomic_uint serial;
  char beside[PATH_MAX];
  int n = snprintf(beside, sizeof beside, "%s.%ld.%u.tmp", path, (long)getpid(),
                   atomic_fetch_add(&serial, 1));
  if (n < 0 || (size_t)n >= sizeof beside) {
    return sl_fail(err, SL_EUSAGE, "the path %s is too long", path);
  }
  int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return sl_fail_errno(err, errno, "cannot write %s", path);
  }
  int failed = write_all(fd, data, length) != 0 || (durable && fdatasync(fd) != 0);
  int problem = errno;
  if (close(fd) != 0 && !failed) {
    failed = 1;
    problem = errno;
  }
  if (!failed && rename(beside, path) != 0) {
    failed = 1;
    problem = errno;
  }
  if (failed) {
    unlink(beside);
    return sl_fail_errno(err, problem, "cannot write %s", path);
  }
  return SL_OK;
}

sl_status sl_file_write(const char *path, const char *data, size_t length, bool durable,
                        struct sl_error *err) {
  return write_file(path, data, length, durable, 0666, err);
}

sl_status sl_file_write_private(const char *path, const char *data, size_t length, bool durable,
                                struct sl_error *err) {
  return write_file(path, data, length, durable, 0600, err);
}
