/* bucket.c - an object store as the place of files: rows go to a local file first, then in parts to
 * the store, where they become an object at the commit; see place.h and bucket.h.
 *
 * _sluice/uploads/<pipeline> holds the beginning of the file ids of the load that is under way, so
 * that the next load finds uploads that were left behind, and nobody else's. */
#include "bucket.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/hash.h"

enum { PART_THREADS = 4, MOST_PARTS = 9999, MARK_CHARS = 6 };

struct bucket_place {
  struct files_place base;
  struct bucket *bucket;
  struct sl_buffer prefix;  /* of all keys: "path/" */
  struct sl_buffer dataset; /* of the dataset: "path/ds/" */
  struct sl_buffer record;  /* key of what this pipeline has under way */
  struct sl_buffer scratch; /* local folder */
  int64_t part_size;
  bool recorded; /* the record is there, of this load */
  int under_way; /* uploads that were begun and not ended */
};

static struct bucket_place *place_of(struct files_place *place) {
  return (struct bucket_place *)place;
}

static sl_status full_key(const struct bucket_place *p, const char *key, struct sl_buffer *out,
                          struct sl_error *err) {
  sl_buffer_reset(out);
  sl_buffer_printf(out, "%s%s", p->dataset.data, key);
  return sl_buffer_check(out, err);
}

static sl_status bucket_begin(struct files_place *place, const char *dataset, const char *pipeline,
                              bool read_only, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  const char *temp = getenv("TMPDIR");
  struct sl_buffer name = { 0 };
  (void)read_only;
  sl_buffer_reset(&p->dataset);
  sl_buffer_printf(&p->dataset, "%s%s/", p->prefix.data == NULL ? "" : p->prefix.data, dataset);
  sl_buffer_reset(&p->record);
  sl_buffer_printf(&p->record, "_sluice/uploads/%s", pipeline);
  sl_buffer_printf(&name, "%s/%s%s", p->bucket->root.data, p->dataset.data, pipeline);
  sl_buffer_reset(&p->scratch);
  sl_buffer_printf(&p->scratch, "%s/sluice-%u-%016llx",
                   temp == NULL || temp[0] == '\0' ? "/tmp" : temp, (unsigned)getuid(),
                   (unsigned long long)sl_hash64(name.data, name.length));
  bool failed = p->dataset.failed || p->record.failed || p->scratch.failed || name.failed;
  sl_buffer_release(&name);
  return failed ? sl_fail(err, SL_ENOMEM, "out of memory for names") : SL_OK;
}

static sl_status bucket_scratch(struct files_place *place, const char *file_id,
                                struct sl_buffer *out, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer key = { 0 };
  sl_status rc = SL_OK;
  if (mkdir(p->scratch.data, 0700) != 0 && !sl_folder_exists(p->scratch.data)) {
    rc = sl_fail_errno(err, errno, "cannot make the folder %s for rows on their way",
                       p->scratch.data);
  }
  if (rc == SL_OK && !p->recorded) {
    rc = full_key(p, p->record.data, &key, err);
    if (rc == SL_OK) {
      rc = bucket_call(p->bucket, "PUT", key.data, "", file_id, MARK_CHARS, "writing", err);
    }
    p->recorded = rc == SL_OK;
  }
  sl_buffer_printf(out, "%s/%s.part", p->scratch.data, file_id);
  sl_buffer_release(&key);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

/* ---- parts ---- */

struct sending { /* one file */
  struct bucket *bucket;
  const char *key, *id;
  const char *data;
  size_t length, part_size;
  int n_parts;
  _Atomic int next;
  _Atomic bool failed;
  struct sl_buffer *tags; /* one a part */
  pthread_mutex_t lock;
  sl_status status;
  struct sl_error error;
};

static void *send_parts(void *arg) {
  struct sending *s = arg;
  for (int i = s->next++; i < s->n_parts && !s->failed; i = s->next++) {
    struct sl_error err = { 0 };
    size_t from = (size_t)i * s->part_size;
    size_t n = s->length - from < s->part_size ? s->length - from : s->part_size;
    sl_status rc =
        s->bucket->ops->part(s->bucket, s->key, s->id, i + 1, s->data + from, n, &s->tags[i], &err);
    if (rc != SL_OK) {
      pthread_mutex_lock(&s->lock);
      if (!s->failed) {
        s->failed = true;
        s->status = rc;
        s->error = err;
      }
      pthread_mutex_unlock(&s->lock);
    }
  }
  return NULL;
}

static sl_status send_all(struct sending *s, struct sl_buffer *tags, struct sl_error *err) {
  pthread_t threads[PART_THREADS];
  int started = 0;
  s->tags = sl_calloc_array((size_t)s->n_parts, sizeof *s->tags);
  if (s->tags == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %d parts", s->n_parts);
  }
  pthread_mutex_init(&s->lock, NULL);
  while (started < PART_THREADS - 1 && started < s->n_parts - 1 &&
         pthread_create(&threads[started], NULL, send_parts, s) == 0) {
    started++;
  }
  send_parts(s);
  for (int i = 0; i < started; i++) {
    pthread_join(threads[i], NULL);
  }
  if (s->failed && err != NULL) {
    *err = s->error;
  }
  for (int i = 0; i < s->n_parts; i++) {
    sl_buffer_printf(tags, "%s%s", i > 0 ? "," : "",
                     s->tags[i].data == NULL ? "" : s->tags[i].data);
    sl_buffer_release(&s->tags[i]);
  }
  free(s->tags);
  pthread_mutex_destroy(&s->lock);
  return s->failed ? s->status : sl_buffer_check(tags, err);
}

static sl_status map_file(const char *path, struct sending *s, struct sl_error *err) {
  struct stat info = { 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &info) != 0) {
    int problem = errno;
    if (fd >= 0) {
      close(fd);
    }
    return sl_fail_errno(err, problem, "cannot read %s", path);
  }
  s->length = (size_t)info.st_size;
  void *data = s->length == 0 ? NULL : mmap(NULL, s->length, PROT_READ, MAP_PRIVATE, fd, 0);
  int problem = errno;
  close(fd);
  if (data == MAP_FAILED) {
    return sl_fail_errno(err, problem, "cannot read %s", path);
  }
  s->data = data;
  return SL_OK;
}

static sl_status bucket_stage(struct files_place *place, const char *path, const char *key,
                              struct sl_buffer *token, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sending s = { .bucket = p->bucket, .part_size = (size_t)p->part_size };
  struct sl_buffer full = { 0 };
  struct sl_buffer id = { 0 };
  struct sl_buffer tags = { 0 };
  sl_status rc = map_file(path, &s, err);
  if (rc == SL_OK) {
    rc = full_key(p, key, &full, err);
  }
  if (rc == SL_OK) {
    rc = p->bucket->ops->upload(p->bucket, full.data, &id, err);
  }
  if (rc == SL_OK) {
    p->under_way++;
    s.key = full.data;
    s.id = id.data;
    while (s.length / s.part_size >= MOST_PARTS) {
      s.part_size *= 2;
    }
    s.n_parts = (int)((s.length + s.part_size - 1) / s.part_size);
    rc = send_all(&s, &tags, err);
  }
  if (s.data != NULL) {
    munmap((void *)(uintptr_t)s.data, s.length);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(token, "%s %s", id.data, tags.data == NULL ? "" : tags.data);
    rc = sl_buffer_check(token, err);
    unlink(path);
  }
  sl_buffer_release(&full);
  sl_buffer_release(&id);
  sl_buffer_release(&tags);
  return rc;
}

/* "<id> <tags>" */
static sl_status open_token(const struct bucket_place *p, const char *key, const char *token,
                            struct sl_buffer *full, struct sl_buffer *id, const char **tags,
                            struct sl_error *err) {
  const char *space = strchr(token, ' ');
  sl_status rc = full_key(p, key, full, err);
  if (rc == SL_OK && space == NULL) {
    rc = sl_fail(err, SL_EDATA, "what was noted of the upload of %s is damaged", key);
  }
  if (rc == SL_OK) {
    sl_buffer_append(id, token, (size_t)(space - token));
    *tags = space + 1;
    rc = sl_buffer_check(id, err);
  }
  return rc;
}

static sl_status bucket_publish(struct files_place *place, const char *key, const char *token,
                                struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  struct sl_buffer id = { 0 };
  const char *tags = "";
  sl_status rc = open_token(p, key, token, &full, &id, &tags, err);
  if (rc == SL_OK) {
    rc = p->bucket->ops->finish(p->bucket, full.data, id.data, tags, err);
    p->under_way -= rc == SL_OK;
  }
  sl_buffer_release(&full);
  sl_buffer_release(&id);
  return rc;
}

static void bucket_discard(struct files_place *place, const char *key, const char *token) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  struct sl_buffer id = { 0 };
  struct sl_error ignored;
  const char *tags = "";
  sl_status rc = open_token(p, key, token, &full, &id, &tags, &ignored);
  if (rc == SL_OK) { /* what stays is found by the next load */
    rc = p->bucket->ops->abandon(p->bucket, full.data, id.data, &ignored);
  }
  (void)rc;
  sl_buffer_release(&full);
  sl_buffer_release(&id);
}

/* ---- small objects ---- */

static sl_status bucket_put(struct files_place *place, const char *key, const char *data,
                            size_t length, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  sl_status rc = full_key(p, key, &full, err);
  rc =
      rc == SL_OK ? bucket_call(p->bucket, "PUT", full.data, "", data, length, "writing", err) : rc;
  sl_buffer_release(&full);
  return rc;
}

static sl_status bucket_get(struct files_place *place, const char *key, struct sl_buffer *out,
                            bool *found, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  sl_status rc = full_key(p, key, &full, err);
  rc = rc == SL_OK ? bucket_read(p->bucket, full.data, out, found, err) : rc;
  sl_buffer_release(&full);
  return rc;
}

static sl_status bucket_list(struct files_place *place, const char *prefix, struct files_names *out,
                             struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  size_t first = out->count;
  sl_status rc = full_key(p, prefix, &full, err);
  rc = rc == SL_OK ? bucket_names(p->bucket, full.data, out, err) : rc;
  for (size_t i = first; rc == SL_OK && i < out->count; i++) {
    char *key = out->items[i];
    memmove(key, key + p->dataset.length, strlen(key + p->dataset.length) + 1);
  }
  sl_buffer_release(&full);
  return rc;
}

static sl_status bucket_remove(struct files_place *place, const char *key, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer full = { 0 };
  sl_status rc = full_key(p, key, &full, err);
  rc = rc == SL_OK ? bucket_call(p->bucket, "DELETE", full.data, "", NULL, 0, "deleting", err) : rc;
  sl_buffer_release(&full);
  return rc;
}

static sl_status bucket_copy(struct files_place *place, const char *from, const char *to,
                             struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer old = { 0 };
  struct sl_buffer new = { 0 };
  sl_status rc = full_key(p, from, &old, err);
  rc = rc == SL_OK ? full_key(p, to, &new, err) : rc;
  rc = rc == SL_OK ? p->bucket->ops->copy(p->bucket, old.data, new.data, err) : rc;
  sl_buffer_release(&old);
  sl_buffer_release(&new);
  return rc;
}

static bool bucket_can_copy(const struct files_place *place) {
  return ((const struct bucket_place *)place)->bucket->ops->copy != NULL;
}

static sl_status bucket_clean(struct files_place *place, struct sl_error *err) {
  struct bucket_place *p = place_of(place);
  struct sl_buffer mark = { 0 };
  bool found = false;
  sl_status rc = sl_folder_delete(p->scratch.data, err);
  bool ended = p->recorded && p->under_way == 0; /* as after each load that went well */
  if (rc == SL_OK && !ended) {
    rc = bucket_get(place, p->record.data, &mark, &found, err);
  }
  found = found || ended;
  if (rc == SL_OK && found && mark.length == MARK_CHARS) {
    rc = p->bucket->ops->sweep(p->bucket, p->dataset.data, mark.data, err);
  }
  if (rc == SL_OK && found) {
    rc = bucket_remove(place, p->record.data, err);
  }
  if (rc == SL_OK) {
    p->recorded = false;
    p->under_way = 0;
  }
  sl_buffer_release(&mark);
  return rc;
}

static void bucket_describe(const struct files_place *place, struct sl_copy_store *out) {
  const struct bucket *b = ((const struct bucket_place *)place)->bucket;
  b->ops->describe(b, out);
}

static sl_status bucket_locate(const struct files_place *place, const char *key,
                               struct sl_buffer *url, struct sl_buffer *http,
                               struct sl_error *err) {
  const struct bucket_place *p = (const struct bucket_place *)place;
  sl_buffer_printf(url, "%s/%s%s", p->bucket->shown.data, p->dataset.data, key);
  sl_buffer_printf(http, "%s/", p->bucket->root.data);
  sl_http_encode(http, p->dataset.data, true);
  sl_http_encode(http, key, true);
  sl_status rc = sl_buffer_check(url, err);
  return rc == SL_OK ? sl_buffer_check(http, err) : rc;
}

static void bucket_cancel(struct files_place *place) {
  sl_http_cancel(place_of(place)->bucket->http);
}

static void bucket_close(struct files_place *place) {
  struct bucket_place *p = place_of(place);
  struct bucket *b = p->bucket;
  sl_http_free(b->http);
  sl_buffer_release(&b->root);
  sl_buffer_release(&b->shown);
  b->ops->close(b);
  sl_buffer_release(&p->prefix);
  sl_buffer_release(&p->dataset);
  sl_buffer_release(&p->record);
  sl_buffer_release(&p->scratch);
  free(p);
}

static const struct files_place_ops bucket_place_ops = {
  .begin = bucket_begin,
  .scratch = bucket_scratch,
  .stage = bucket_stage,
  .publish = bucket_publish,
  .discard = bucket_discard,
  .put = bucket_put,
  .get = bucket_get,
  .list = bucket_list,
  .remove = bucket_remove,
  .copy = bucket_copy,
  .can_copy = bucket_can_copy,
  .clean = bucket_clean,
  .describe = bucket_describe,
  .locate = bucket_locate,
  .cancel = bucket_cancel,
  .close = bucket_close,
};

sl_status files_bucket_open(struct files_place **out, struct bucket *bucket, const char *prefix,
                            const struct files_settings *settings, struct sl_error *err) {
  struct bucket_place *p = calloc(1, sizeof *p);
  sl_status rc =
      p == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", bucket->shown.data) : SL_OK;
  if (rc == SL_OK) {
    p->base.ops = &bucket_place_ops;
    p->bucket = bucket;
    p->part_size = settings->part_size;
    sl_buffer_text(&p->prefix, prefix);
    rc = sl_buffer_check(&p->prefix, err);
    *out = &p->base;
  } else {
    sl_http_free(bucket->http);
    sl_buffer_release(&bucket->root);
    sl_buffer_release(&bucket->shown);
    bucket->ops->close(bucket);
  }
  return rc;
}
