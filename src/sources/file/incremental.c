/* incremental.c - which files were loaded before: path, size, time of change and content hash.
 *
 * The state is {"files":{"<path>":{"size":…,"mtime":…,"hash":"…"}}}: it grows with the number of
 * files, not with their rows. A file whose size and time are the same is unchanged; when only the
 * time differs the hash decides. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/hash.h"
#include "file_internal.h"

/* XXH3 over pieces, chained. */
static sl_status hash_file(const char *path, uint64_t *out, struct sl_error *err) {
  enum { PIECE = 1 << 20 };
  char *piece = malloc(PIECE + sizeof *out);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  sl_status rc = SL_OK;
  if (piece == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory hashing %s", path);
  } else if (fd < 0) {
    rc = sl_fail_errno(err, errno, "cannot read %s", path);
  }
  *out = 0;
  while (rc == SL_OK) {
    ssize_t n = read(fd, piece + sizeof *out, PIECE);
    if (n < 0) {
      rc = sl_fail_errno(err, errno, "reading %s", path);
    }
    if (n <= 0) {
      break;
    }
    memcpy(piece, out, sizeof *out);
    *out = sl_hash64(piece, (size_t)n + sizeof *out);
  }
  if (fd >= 0) {
    close(fd);
  }
  free(piece);
  return rc;
}

static sl_status is_unchanged(const struct file_item *item, yyjson_val *known, bool *unchanged,
                              struct sl_error *err) {
  *unchanged = false;
  if (known == NULL || yyjson_get_sint(yyjson_obj_get(known, "size")) != item->size) {
    return SL_OK;
  }
  if (yyjson_get_sint(yyjson_obj_get(known, "mtime")) == item->mtime_nanos) {
    *unchanged = true;
    return SL_OK;
  }
  uint64_t hash;
  char text[24];
  sl_status rc = hash_file(item->path, &hash, err);
  snprintf(text, sizeof text, "%016" PRIx64, hash);
  *unchanged = rc == SL_OK && yyjson_equals_str(yyjson_obj_get(known, "hash"), text);
  return rc;
}

sl_status file_skip_unchanged(struct file_source *s, struct sl_error *err) {
  if (!s->settings.incremental_files || s->state_json == NULL) {
    return SL_OK;
  }
  yyjson_doc *doc = yyjson_read(s->state_json, strlen(s->state_json), 0);
  yyjson_val *files = yyjson_obj_get(yyjson_doc_get_root(doc), "files");
  sl_status rc = SL_OK;
  size_t kept = 0;
  for (size_t i = 0; rc == SL_OK && i < s->files.count; i++) {
    const struct file_item *item = &s->files.items[i];
    bool unchanged;
    rc = is_unchanged(item, yyjson_obj_get(files, item->path), &unchanged, err);
    if (rc == SL_OK && !unchanged) {
      s->files.items[kept++] = *item;
    }
  }
  s->files.count = kept;
  yyjson_doc_free(doc);
  return rc;
}

sl_status file_state(struct file_source *s, char **out_json, struct sl_error *err) {
  *out_json = NULL;
  if (!s->settings.incremental_files) {
    return SL_OK;
  }
  yyjson_doc *old =
      s->state_json == NULL ? NULL : yyjson_read(s->state_json, strlen(s->state_json), 0);
  yyjson_mut_doc *doc = old == NULL ? yyjson_mut_doc_new(NULL) : yyjson_doc_mut_copy(old, NULL);
  sl_status rc = SL_OK;
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  if (!yyjson_mut_is_obj(root)) {
    root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
  }
  yyjson_mut_val *files = yyjson_mut_obj_get(root, "files");
  if (!yyjson_mut_is_obj(files)) {
    files = yyjson_mut_obj(doc);
    yyjson_mut_obj_put(root, yyjson_mut_str(doc, "files"), files);
  }
  for (size_t i = 0; rc == SL_OK && i < s->files.count; i++) {
    const struct file_item *item = &s->files.items[i];
    uint64_t hash;
    char text[24];
    rc = hash_file(item->path, &hash, err);
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    yyjson_mut_val *entry = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_sint(doc, entry, "size", item->size);
    yyjson_mut_obj_add_sint(doc, entry, "mtime", item->mtime_nanos);
    yyjson_mut_obj_add_strcpy(doc, entry, "hash", text);
    yyjson_mut_obj_put(files, yyjson_mut_strcpy(doc, item->path), entry);
  }
  if (rc == SL_OK) {
    *out_json = yyjson_mut_write(doc, 0, NULL);
    rc = *out_json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the state") : SL_OK;
  }
  yyjson_mut_doc_free(doc);
  yyjson_doc_free(old);
  return rc;
}
