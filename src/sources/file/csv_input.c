/* csv_input.c - see csv_input.h. */
#include "csv_input.h"

#include <stdlib.h>

#include <sluice/source.h>

static sl_status no_memory(const struct csv_input *in, size_t size, struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "%s: out of memory for %zu bytes", in->item->path, size);
}

/* Room for `size` bytes from in->from on. */
static sl_status make_room(struct csv_input *in, size_t size, struct sl_error *err) {
  if (in->from > 0 && in->from + size > in->capacity) {
    memmove(in->data, in->data + in->from, in->to - in->from);
    in->to -= in->from;
    in->from = 0;
  }
  if (size > in->capacity) {
    char *grown = realloc(in->data, size + SL_BLOCK_PADDING);
    if (grown == NULL) {
      return no_memory(in, size, err);
    }
    in->data = grown;
    in->capacity = size;
  }
  return SL_OK;
}

sl_status csv_input_need(struct csv_input *in, size_t size, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (csv_input_size(in) < size && !in->ended) {
    rc = make_room(in, size, err);
  }
  while (rc == SL_OK && csv_input_size(in) < size && !in->ended) {
    size_t n = 0;
    rc = byte_stream_read(in->stream, in->data + in->to, in->from + size - in->to, &n, err);
    in->ended = rc == SL_OK && n == 0;
    in->to += n;
  }
  if (rc == SL_OK && in->data != NULL && in->to <= in->capacity) {
    memset(in->data + in->to, 0, SL_BLOCK_PADDING);
  }
  return rc;
}

void csv_input_skip(struct csv_input *in, size_t n) {
  in->from += n;
  in->offset += (int64_t)n;
}

static sl_status pass_marks(struct csv_input *in, struct sl_error *err) {
  sl_status rc = csv_input_need(in, 3, err);
  size_t n = csv_input_size(in);
  const char *head = in->data + in->from;
  if (rc == SL_OK && n >= 2 &&
      (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0)) {
    rc = sl_fail(err, SL_EDATA,
                 "%s is UTF-16; Sluice reads UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`",
                 in->item->path);
  }
  if (rc == SL_OK && n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) {
    csv_input_skip(in, 3);
  }
  return rc;
}

/* A line ends with \n, \r\n or \r. */
static sl_status pass_line(struct csv_input *in, struct sl_error *err) {
  enum { STEP = 64 << 10 };
  for (;;) {
    sl_status rc = csv_input_need(in, STEP, err);
    size_t size = csv_input_size(in);
    if (rc != SL_OK || size == 0) {
      return rc;
    }
    const char *text = in->data + in->from;
    size_t n = 0;
    while (n < size && text[n] != '\n' && text[n] != '\r') {
      n++;
    }
    if (n < size) {
      csv_input_skip(in, n + (text[n] == '\r' && text[n + 1] == '\n') + 1);
      return SL_OK;
    }
    csv_input_skip(in, n);
  }
}

sl_status csv_input_open(struct csv_input *in, const struct file_item *item,
                         const atomic_bool *cancelled, int64_t skip_lines, struct sl_error *err) {
  *in = (struct csv_input){ .item = item };
  sl_status rc = byte_stream_open(&in->stream, item, cancelled, err);
  if (rc == SL_OK) {
    rc = pass_marks(in, err);
  }
  for (int64_t i = 0; rc == SL_OK && i < skip_lines; i++) {
    rc = pass_line(in, err);
  }
  if (rc != SL_OK) {
    csv_input_close(in);
  }
  return rc;
}

sl_status csv_input_take(struct csv_input *in, size_t n, char **base, char **text, int64_t *stored,
                         struct sl_error *err) {
  size_t rest = csv_input_size(in) - n;
  size_t smaller = rest < n ? rest : n; /* what is copied: one half gets a buffer of its own */
  size_t capacity = rest < n && in->capacity > rest ? in->capacity : smaller;
  char *other = malloc(capacity + SL_BLOCK_PADDING);
  if (other == NULL) {
    return no_memory(in, capacity, err);
  }
  if (rest < n) {
    memcpy(other, in->data + in->from + n, rest);
    *base = in->data;
    *text = in->data + in->from;
    in->data = other;
    in->capacity = capacity;
    in->from = 0;
    in->to = rest;
    memset(other + rest, 0, SL_BLOCK_PADDING);
  } else {
    memcpy(other, in->data + in->from, n);
    *base = *text = other;
    in->from += n;
  }
  memset(*text + n, 0, SL_BLOCK_PADDING);
  int64_t position = byte_stream_position(in->stream);
  in->offset += (int64_t)n;
  *stored = position - in->reported;
  in->reported = position;
  return SL_OK;
}

sl_status csv_input_pass(struct csv_input *in, int64_t offset, struct sl_error *err) {
  enum { STEP = 1 << 20 };
  sl_status rc = SL_OK;
  if (offset > in->offset + (int64_t)csv_input_size(in) && in->item->packing == FILE_PLAIN) {
    rc = byte_stream_seek(in->stream, offset, err);
    in->from = in->to = 0;
    in->offset = offset;
    in->ended = false;
  }
  while (rc == SL_OK && in->offset < offset) {
    rc = csv_input_need(in, STEP, err);
    size_t size = csv_input_size(in);
    int64_t left = offset - in->offset;
    if (rc == SL_OK && size == 0) {
      rc = sl_fail(err, SL_EDATA, "%s ends before byte %lld, where a load is to go on",
                   in->item->path, (long long)offset);
    }
    csv_input_skip(in, left < (int64_t)size ? (size_t)left : size);
  }
  in->reported = byte_stream_position(in->stream);
  return rc;
}

void csv_input_close(struct csv_input *in) {
  byte_stream_close(in->stream);
  free(in->data);
  *in = (struct csv_input){ 0 };
}
