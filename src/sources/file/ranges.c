/* ranges.c - one big file of JSON lines, read by all workers.
 *
 * A range owns the lines that begin in it: it skips to the first newline at or after its start
 * (unless it is the first) and reads on until the line that crosses its end is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "file_internal.h"

enum { LOOK_AHEAD = 64 << 10 };

sl_status file_claim_range(struct file_source *s, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  (void)err;
  const struct file_item *item = &s->files.items[s->at];
  *end = s->offset >= item->size;
  if (*end) {
    return SL_OK;
  }
  int64_t length =
      item->size - s->offset < s->block_bytes ? item->size - s->offset : s->block_bytes;
  *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                            .origin = item->path,
                            .byte_offset = s->offset,
                            .starts_origin = s->offset == 0,
                            .first_record = -1,
                            .source_bytes = length };
  s->offset += length;
  return SL_OK;
}

static sl_status read_at(int fd, const char *path, char *out, size_t size, int64_t offset,
                         size_t *n, struct sl_error *err) {
  *n = 0;
  while (*n < size) {
    ssize_t got = pread(fd, out + *n, size - *n, offset + (int64_t)*n);
    if (got < 0 && errno != EINTR) {
      return sl_fail_errno(err, errno, "reading %s at byte %lld", path, (long long)offset);
    }
    if (got == 0) {
      return SL_OK;
    }
    *n += got > 0 ? (size_t)got : 0;
  }
  return SL_OK;
}

/* Reads until the line that is under way at byte `from` of the data is complete. */
static sl_status finish_line(int fd, struct sl_block *block, size_t from, struct sl_error *err) {
  size_t look = LOOK_AHEAD;
  for (;;) {
    const char *newline = memchr(block->data + from, '\n', block->size - from);
    if (newline != NULL) {
      block->size = (size_t)(newline - block->data) + 1;
      return SL_OK;
    }
    from = block->size;
    size_t n;
    sl_status rc = file_block_grow(block, block->size + look, err);
    if (rc != SL_OK) {
      return rc;
    }
    rc = read_at(fd, block->origin, block->data + block->size, look,
                 block->byte_offset + (int64_t)block->size, &n, err);
    if (rc != SL_OK || n == 0) {
      return rc;
    }
    block->size += n;
    look *= 2;
  }
}

static sl_status fill_from(int fd, struct sl_block *block, int64_t start, int64_t length,
                           struct sl_error *err) {
  /* The byte before the range tells whether a line begins exactly here. */
  int64_t first = start > 0 ? start - 1 : 0;
  size_t n;
  block->byte_offset = first;
  sl_status rc =
      read_at(fd, block->origin, block->data, (size_t)(start + length - first), first, &n, err);
  if (rc != SL_OK) {
    return rc;
  }
  block->size = n;
  size_t skip = 0;
  if (start > 0) {
    const char *newline = memchr(block->data, '\n', n);
    skip = newline == NULL ? n : (size_t)(newline - block->data) + 1;
  }
  if (skip < n) {
    rc = finish_line(fd, block, n - 1, err);
  } else {
    block->size = skip;
  }
  if (start == 0 && block->size >= 3 && memcmp(block->data, "\xEF\xBB\xBF", 3) == 0) {
    skip = 3; /* only now: a line may begin with it that the range does not hold whole */
  }
  block->data += skip;
  block->size -= skip;
  block->byte_offset += (int64_t)skip;
  memset(block->data + block->size, 0, SL_BLOCK_PADDING);
  return rc;
}

sl_status file_fill_range(struct file_source *s, struct sl_block *block, struct sl_error *err) {
  int64_t start = block->byte_offset;
  int64_t length = block->source_bytes;
  struct sl_block filled;
  sl_status rc =
      file_block_new(&s->spares, block->origin, &filled, (size_t)length + LOOK_AHEAD + 1, err);
  if (rc != SL_OK) {
    return rc;
  }
  filled.source_bytes = length;
  filled.starts_origin = block->starts_origin;
  int fd = open(block->origin, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    rc = sl_fail_errno(err, errno, "cannot read %s", block->origin);
  } else {
    rc = fill_from(fd, &filled, start, length, err);
    close(fd);
  }
  if (rc != SL_OK) {
    filled.release(&filled);
  } else {
    *block = filled;
  }
  return rc;
}
