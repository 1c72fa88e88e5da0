/* frames.c - see frames.h. */
#include "outbox/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "column/bits.h"

#define MARK UINT64_C(0x31656D6172466C53) /* "SlFrame1" */
enum { ALIGNMENT = 64 };

int sl_frame_width(const char *format) {
  switch (format[0]) {
    case 'b': return 0;
    case 's': return 2;
    case 'i': return 4;
    case 'l':
    case 'g': return 8;
    case 'u':
    case 'z': return -1;
    case 'd': {
      const char *scale = strchr(format, ',');
      return scale != NULL && strchr(scale + 1, ',') == NULL ? 16 : -2;
    }
    case 't':
      return strcmp(format, "tdD") == 0                                      ? 4
             : strcmp(format, "ttu") == 0 || strncmp(format, "tsu:", 4) == 0 ? 8
                                                                             : -2;
    default: return -2;
  }
}

/* ---- writing ---- */

static void align(struct sl_buffer *out, size_t from) {
  while (!out->failed && (out->length - from) % ALIGNMENT != 0) {
    static const char zeros[ALIGNMENT];
    sl_buffer_append(out, zeros, ALIGNMENT - (out->length - from) % ALIGNMENT);
  }
}

static void put_buffer(struct sl_buffer *out, size_t head, struct sl_frame_column *column,
                       int which, const void *bytes, size_t length) {
  align(out, head);
  column->at[which] = out->length - head;
  column->length[which] = length;
  sl_buffer_append(out, bytes, length);
}

static void put_bits(struct sl_buffer *out, size_t head, struct sl_frame_column *column, int which,
                     const uint8_t *bits, int64_t from, int64_t rows) {
  size_t bytes = (size_t)(rows + 7) / 8;
  put_buffer(out, head, column, which, NULL, 0);
  if (rows > 0 && sl_buffer_reserve(out, bytes)) {
    sl_bits_copy(out->data + out->length, bits, from, rows);
    out->length += bytes;
    column->length[which] = bytes;
  }
}

/* The offsets are kept as they are, and the bytes they point to; readers subtract the first. */
static void put_column(struct sl_buffer *out, size_t head, struct sl_frame_column *column,
                       const struct ArrowArray *array, int64_t from, int64_t rows) {
  const uint8_t *validity = array->null_count == 0 ? NULL : array->buffers[0];
  column->nulls = validity == NULL ? 0 : sl_bits_zeros(validity, from, rows);
  if (column->nulls > 0) {
    put_bits(out, head, column, 0, validity, from, rows);
  }
  int width = sl_frame_width(column->format);
  if (width == 0) {
    put_bits(out, head, column, 1, array->buffers[1], from, rows);
  } else if (width > 0) {
    put_buffer(out, head, column, 1, (const char *)array->buffers[1] + from * width,
               (size_t)(rows * width));
  } else if (rows > 0) {
    const int32_t *offsets = (const int32_t *)array->buffers[1] + from;
    put_buffer(out, head, column, 1, offsets, (size_t)(rows + 1) * 4);
    size_t bytes = (size_t)(offsets[rows] - offsets[0]);
    if (bytes > 0) {
      put_buffer(out, head, column, 2, (const char *)array->buffers[2] + offsets[0], bytes);
    }
  }
}

static size_t count_kept(const int32_t *positions, int64_t n) {
  size_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    kept += positions[i] >= 0;
  }
  return kept;
}

sl_status sl_frame_append(struct sl_buffer *out, const struct ArrowSchema *schema,
                          const struct ArrowArray *array, const int32_t *positions,
                          struct sl_error *err) {
  size_t head_at = out->length;
  size_t kept = count_kept(positions, schema->n_children);
  struct sl_frame_head head = { .mark = MARK, .rows = array->length };
  struct sl_frame_column *columns = sl_calloc_array(kept, sizeof *columns);
  if (columns == NULL || !sl_buffer_reserve(out, sizeof head + kept * sizeof *columns)) {
    free(columns);
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", kept);
  }
  out->length += sizeof head + kept * sizeof *columns;
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < schema->n_children; i++) {
    const struct ArrowSchema *type = schema->children[i];
    const struct ArrowArray *child = array->children[i];
    struct sl_frame_column *column = &columns[head.n_columns];
    if (positions[i] < 0) {
      continue;
    }
    if (sl_frame_width(type->format) == -2 || strlen(type->format) >= sizeof column->format ||
        type->dictionary != NULL) {
      rc = sl_fail(err, SL_EUNSUPPORTED, "column %s: values of Arrow type '%s' cannot be sent",
                   type->name, type->format);
      break;
    }
    column->column = positions[i];
    snprintf(column->format, sizeof column->format, "%s", type->format);
    put_column(out, head_at, column, child, array->offset + child->offset, array->length);
    head.n_columns++;
  }
  align(out, head_at);
  head.bytes = out->length - head_at;
  if (rc == SL_OK && !out->failed) {
    memcpy(out->data + head_at, &head, sizeof head);
    memcpy(out->data + head_at + sizeof head, columns, kept * sizeof *columns);
  }
  free(columns);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

/* ---- reading ---- */

static sl_status damaged(const char *path, struct sl_error *err) {
  return sl_fail(err, SL_EDATA,
                 "%s is damaged: give the undelivered load up with --sink-give-up and load again",
                 path);
}

static bool column_fits(const struct sl_frame_head *head, const struct sl_frame_column *column) {
  for (int i = 0; i < SL_FRAME_BUFFERS; i++) {
    if (column->length[i] > head->bytes || column->at[i] > head->bytes - column->length[i]) {
      return false;
    }
  }
  int width = memchr(column->format, '\0', sizeof column->format) == NULL
                  ? -2
                  : sl_frame_width(column->format);
  uint64_t rows = (uint64_t)head->rows;
  uint64_t bits = (rows + 7) / 8;
  uint64_t values = width == 0 ? bits : width > 0 ? rows * (uint64_t)width : (rows + 1) * 4;
  return width != -2 && (rows == 0 || column->length[1] >= values) &&
         (column->nulls == 0 || column->length[0] >= bits);
}

static bool frame_fits(const struct sl_frame *frame, size_t left) {
  const struct sl_frame_head *head = frame->head;
  if (left < sizeof *head || head->mark != MARK || head->bytes > left || head->rows < 0 ||
      head->rows > (int64_t)head->bytes * 8 + 1 ||
      head->n_columns > (head->bytes - sizeof *head) / sizeof *frame->columns ||
      head->bytes % ALIGNMENT != 0 || head->bytes == 0) {
    return false;
  }
  for (uint32_t i = 0; i < head->n_columns; i++) {
    if (!column_fits(head, &frame->columns[i])) {
      return false;
    }
  }
  return true;
}

static sl_status index_frames(struct sl_frames *out, const char *path, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t at = 0; rc == SL_OK && at < out->size;) {
    struct sl_frame frame = { .head = (const void *)(out->data + at), .first_row = out->rows };
    frame.columns = (const void *)(frame.head + 1);
    if (!frame_fits(&frame, out->size - at)) {
      return damaged(path, err);
    }
    rc = sl_grow(&out->frames, &out->capacity, out->count + 1, sizeof *out->frames, err);
    if (rc == SL_OK) {
      out->frames[out->count++] = frame;
      out->rows += frame.head->rows;
      at += frame.head->bytes;
    }
  }
  return rc;
}

sl_status sl_frames_open(struct sl_frames *out, const char *path, struct sl_error *err) {
  struct stat st;
  *out = (struct sl_frames){ 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return sl_fail_errno(err, errno, "cannot read %s", path);
  }
  if (fstat(fd, &st) != 0) {
    sl_status failed = sl_fail_errno(err, errno, "cannot read %s", path);
    close(fd);
    return failed;
  }
  sl_status rc = SL_OK;
  out->size = (size_t)st.st_size;
  if (out->size > 0) {
    void *data = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      rc = sl_fail_errno(err, errno, "cannot map %s", path);
    } else {
      out->data = data;
    }
  }
  close(fd);
  if (rc == SL_OK && out->size > 0) {
    rc = index_frames(out, path, err);
  }
  if (rc != SL_OK) {
    sl_frames_close(out);
  }
  return rc;
}

void sl_frames_close(struct sl_frames *frames) {
  if (frames->data != NULL) {
    munmap(frames->data, frames->size);
  }
  free(frames->frames);
  *frames = (struct sl_frames){ 0 };
}

size_t sl_frames_find(const struct sl_frames *frames, int64_t row) {
  size_t low = 0;
  size_t high = frames->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    *(frames->frames[middle].first_row <= row ? &low : &high) = middle;
  }
  return low;
}

void sl_frames_forget(const struct sl_frames *frames, size_t frame) {
  long page = sysconf(_SC_PAGESIZE);
  size_t from = (size_t)((const char *)frames->frames[frame].head - frames->data);
  size_t to = from + frames->frames[frame].head->bytes;
  from = from / (size_t)page * (size_t)page;
  madvise(frames->data + from, to - from, MADV_DONTNEED);
}
