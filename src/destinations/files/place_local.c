/* place_local.c - a folder as the place of files; see place.h.
 *
 * Staged files lie in <dataset>/_sluice/new/<pipeline>/, on the same file system, and are renamed
 * at the commit. Every content and every name reaches the disk before the next step. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "place.h"

struct local_place {
  struct files_place base;
  char *root;
  struct sl_buffer dataset; /* with '/' at the end */
  struct sl_buffer scratch; /* likewise */
};

static struct local_place *local_of(struct files_place *place) {
  return (struct local_place *)place;
}

static sl_status full_path(const struct local_place *p, const char *key, struct sl_buffer *out,
                           struct sl_error *err) {
  sl_buffer_reset(out);
  sl_buffer_printf(out, "%s%s", p->dataset.data, key);
  return sl_buffer_check(out, err);
}

static sl_status local_begin(struct files_place *place, const char *dataset, const char *pipeline,
                             bool read_only, struct sl_error *err) {
  struct local_place *p = local_of(place);
  (void)read_only;
  sl_buffer_reset(&p->dataset);
  sl_buffer_printf(&p->dataset, "%s/%s/", p->root, dataset);
  sl_status rc = sl_buffer_check(&p->dataset, err);
  if (rc == SL_OK) {
    sl_buffer_reset(&p->scratch);
    sl_buffer_printf(&p->scratch, "%s_sluice/new/%s/", p->dataset.data, pipeline);
    rc = sl_buffer_check(&p->scratch, err);
  }
  return rc;
}

static sl_status make_parents(const char *path, struct sl_error *err) {
  const char *slash = strrchr(path, '/');
  char *folder = slash == NULL ? NULL : strndup(path, (size_t)(slash - path));
  sl_status rc = folder == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                                : sl_folder_make(folder, err);
  free(folder);
  return rc;
}

/* What was renamed or made in a folder is on the disk after this. */
static sl_status sync_path(const char *path, size_t length, int flags, struct sl_error *err) {
  char *name = strndup(path, length);
  if (name == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  int fd = open(name, flags | O_CLOEXEC);
  sl_status rc = fd < 0 ? sl_fail_errno(err, errno, "cannot open %s", name) : SL_OK;
  if (fd >= 0 && fsync(fd) != 0) {
    rc = sl_fail_errno(err, errno, "cannot write %s to the disk", name);
  }
  if (fd >= 0) {
    close(fd);
  }
  free(name);
  return rc;
}

static sl_status sync_folder_of(const char *path, struct sl_error *err) {
  return sync_path(path, (size_t)(strrchr(path, '/') - path), O_RDONLY | O_DIRECTORY, err);
}

static sl_status local_scratch(struct files_place *place, const char *file_id,
                               struct sl_buffer *out, struct sl_error *err) {
  struct local_place *p = local_of(place);
  sl_buffer_printf(out, "%s%s.part", p->scratch.data, file_id);
  sl_status rc = sl_buffer_check(out, err);
  return rc == SL_OK ? make_parents(out->data, err) : rc;
}

static sl_status local_stage(struct files_place *place, const char *path, const char *key,
                             struct sl_buffer *token, struct sl_error *err) {
  (void)place;
  (void)key;
  sl_status rc = sync_path(path, strlen(path), O_RDONLY, err);
  if (rc == SL_OK) {
    rc = sync_folder_of(path, err);
  }
  sl_buffer_text(token, strrchr(path, '/') + 1);
  return rc == SL_OK ? sl_buffer_check(token, err) : rc;
}

static sl_status local_publish(struct files_place *place, const char *key, const char *token,
                               struct sl_error *err) {
  struct local_place *p = local_of(place);
  struct sl_buffer from = { 0 };
  struct sl_buffer to = { 0 };
  sl_buffer_printf(&from, "%s%s", p->scratch.data, token);
  sl_status rc = sl_buffer_check(&from, err);
  if (rc == SL_OK) {
    rc = full_path(p, key, &to, err);
  }
  if (rc == SL_OK) {
    rc = make_parents(to.data, err);
  }
  if (rc == SL_OK && rename(from.data, to.data) != 0) {
    int problem = errno;
    if (problem != ENOENT || !sl_file_exists(to.data)) {
      rc = sl_fail_errno(err, problem, "cannot rename %s to %s", from.data, to.data);
    }
  }
  if (rc == SL_OK) {
    rc = sync_folder_of(to.data, err);
  }
  sl_buffer_release(&from);
  sl_buffer_release(&to);
  return rc;
}

static void local_discard(struct files_place *place, const char *key, const char *token) {
  struct local_place *p = local_of(place);
  struct sl_buffer path = { 0 };
  (void)key;
  sl_buffer_printf(&path, "%s%s", p->scratch.data, token);
  if (!path.failed) {
    unlink(path.data);
  }
  sl_buffer_release(&path);
}

static sl_status local_put(struct files_place *place, const char *key, const char *data,
                           size_t length, struct sl_error *err) {
  struct sl_buffer begun = { 0 }; /* in the scratch folder, where leftovers are removed */
  sl_status rc = local_scratch(place, "put", &begun, err);
  if (rc == SL_OK) {
    rc = sl_file_write(begun.data, data, length, true, err);
  }
  if (rc == SL_OK) {
    rc = local_publish(place, key, "put.part", err);
  }
  sl_buffer_release(&begun);
  return rc;
}

static sl_status local_get(struct files_place *place, const char *key, struct sl_buffer *out,
                           bool *found, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = full_path(local_of(place), key, &path, err);
  if (rc == SL_OK) {
    rc = sl_file_read(path.data, out, err);
  }
  *found = rc == SL_OK;
  sl_buffer_release(&path);
  return rc == SL_ENOTFOUND ? SL_OK : rc;
}

/* Files in a folder and below it; `key` is the folder's, with '/' at the end or empty. */
static sl_status walk(const struct local_place *p, struct sl_buffer *key, const char *prefix,
                      struct files_names *out, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  char **names = NULL;
  size_t n = 0;
  size_t length = key->length;
  sl_status rc = full_path(p, key->data == NULL ? "" : key->data, &path, err);
  for (int kind = 0; rc == SL_OK && kind < 2; kind++) {
    rc = sl_folder_list(path.data, kind == 0 ? SL_FILES : SL_FOLDERS, &names, &n, err);
    for (size_t i = 0; rc == SL_OK && i < n; i++) {
      sl_buffer_printf(key, "%s%s", names[i], kind == 0 ? "" : "/");
      rc = sl_buffer_check(key, err);
      size_t shorter = rc == SL_OK && key->length < strlen(prefix) ? key->length : strlen(prefix);
      bool fits = rc == SL_OK && strncmp(key->data, prefix, shorter) == 0;
      if (fits && kind == 0 && key->length >= strlen(prefix)) {
        rc = files_names_add(out, key->data, key->length, err);
      } else if (fits && kind == 1) {
        rc = walk(p, key, prefix, out, err);
      }
      key->length = length;
      if (key->data != NULL) {
        key->data[length] = '\0';
      }
    }
    for (size_t i = 0; i < n; i++) {
      free(names[i]);
    }
    free(names);
    names = NULL;
    n = 0;
  }
  sl_buffer_release(&path);
  return rc;
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static sl_status local_list(struct files_place *place, const char *prefix, struct files_names *out,
                            struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = walk(local_of(place), &key, prefix, out, err);
  if (out->count > 1) {
    qsort(out->items, out->count, sizeof *out->items, by_bytes);
  }
  sl_buffer_release(&key);
  return rc;
}

static sl_status local_remove(struct files_place *place, const char *key, struct sl_error *err) {
  struct local_place *p = local_of(place);
  struct sl_buffer path = { 0 };
  sl_status rc = full_path(p, key, &path, err);
  if (rc == SL_OK && unlink(path.data) != 0 && errno != ENOENT) {
    rc = sl_fail_errno(err, errno, "cannot delete %s", path.data);
  }
  /* Folders of what was kept go with the last file: nobody but this pipeline writes there. */
  while (rc == SL_OK && strncmp(key, FILES_OLD, sizeof FILES_OLD - 1) == 0) {
    *strrchr(path.data, '/') = '\0';
    if (strlen(path.data) < p->dataset.length + sizeof FILES_OLD - 1 || rmdir(path.data) != 0) {
      break;
    }
  }
  sl_buffer_release(&path);
  return rc;
}

/* Where the file system has no links. */
static sl_status copy_bytes(const struct local_place *p, const char *from, const char *to,
                            struct sl_error *err) {
  struct sl_buffer begun = { 0 };
  char block[1 << 16];
  sl_buffer_printf(&begun, "%scopy.part", p->scratch.data);
  sl_status rc = sl_buffer_check(&begun, err);
  rc = rc == SL_OK ? make_parents(begun.data, err) : rc;
  FILE *in = rc == SL_OK ? fopen(from, "re") : NULL;
  FILE *out = in == NULL ? NULL : fopen(begun.data, "we");
  bool done = out != NULL;
  for (size_t n; done && (n = fread(block, 1, sizeof block, in)) > 0;) {
    done = fwrite(block, 1, n, out) == n;
  }
  done = done && !ferror(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
  done = (out == NULL || fclose(out) == 0) && done;
  done = done && rename(begun.data, to) == 0;
  int problem = errno;
  if (in != NULL) {
    fclose(in);
  }
  sl_buffer_release(&begun);
  return rc != SL_OK || done ? rc : sl_fail_errno(err, problem, "cannot copy %s to %s", from, to);
}

static sl_status local_copy(struct files_place *place, const char *from, const char *to,
                            struct sl_error *err) {
  struct local_place *p = local_of(place);
  struct sl_buffer old = { 0 };
  struct sl_buffer new = { 0 };
  sl_status rc = full_path(p, from, &old, err);
  rc = rc == SL_OK ? full_path(p, to, &new, err) : rc;
  rc = rc == SL_OK ? make_parents(new.data, err) : rc;
  if (rc == SL_OK && link(old.data, new.data) != 0 && !sl_file_exists(new.data)) {
    rc = errno != ENOENT ? copy_bytes(p, old.data, new.data, err)
                         : sl_fail(err, SL_ENOTFOUND, "%s is not there any more", old.data);
  }
  rc = rc == SL_OK ? sync_folder_of(new.data, err) : rc;
  sl_buffer_release(&old);
  sl_buffer_release(&new);
  return rc;
}

static bool local_can_copy(const struct files_place *place) {
  (void)place;
  return true;
}

static sl_status local_clean(struct files_place *place, struct sl_error *err) {
  return sl_folder_delete(local_of(place)->scratch.data, err);
}

static void local_cancel(struct files_place *place) {
  (void)place; /* no call takes long */
}

static void local_close(struct files_place *place) {
  struct local_place *p = local_of(place);
  free(p->root);
  sl_buffer_release(&p->dataset);
  sl_buffer_release(&p->scratch);
  free(p);
}

static void local_describe(const struct files_place *place, struct sl_copy_store *out) {
  (void)place;
  *out = (struct sl_copy_store){ .scheme = "file" };
}

static sl_status local_locate(const struct files_place *place, const char *key,
                              struct sl_buffer *url, struct sl_buffer *http, struct sl_error *err) {
  (void)http;
  return full_path((const struct local_place *)place, key, url, err);
}

static const struct files_place_ops local_ops = {
  .begin = local_begin,
  .scratch = local_scratch,
  .stage = local_stage,
  .publish = local_publish,
  .discard = local_discard,
  .put = local_put,
  .get = local_get,
  .list = local_list,
  .remove = local_remove,
  .copy = local_copy,
  .can_copy = local_can_copy,
  .clean = local_clean,
  .describe = local_describe,
  .locate = local_locate,
  .cancel = local_cancel,
  .close = local_close,
};

sl_status files_local_open(struct files_place **out, const char *folder, struct sl_error *err) {
  struct local_place *p = calloc(1, sizeof *p);
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/') {
    length--;
  }
  if (length == 0) {
    free(p);
    return sl_fail(err, SL_EUSAGE, "name a folder: file:PATH");
  }
  if (p == NULL || (p->root = strndup(folder, length)) == NULL) {
    free(p);
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  p->base.ops = &local_ops;
  *out = &p->base;
  return SL_OK;
}
