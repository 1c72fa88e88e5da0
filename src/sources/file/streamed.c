/* streamed.c - input that is read in one piece after the other: packed files, pipes, JSON arrays.
 *
 * Claiming reads up to a block, keeps what follows the last complete line or record for the next
 * one. */
#include <stdlib.h>

#include "file_internal.h"

static sl_status open_stream(struct file_source *s, struct sl_error *err) {
  s->carry_length = 0;
  s->plain_offset = 0;
  s->reported = 0;
  s->stream_ended = false;
  s->scanned = 0;
  sl_status rc = json_split_init(&s->split, s->settings.records_path, err);
  return rc == SL_OK ? byte_stream_open(&s->stream, &s->files.items[s->at], &s->cancelled, err)
                     : rc;
}

static sl_status save_carry(struct file_source *s, const char *data, size_t length,
                            struct sl_error *err) {
  sl_status rc = sl_grow(&s->carry, &s->carry_capacity, length == 0 ? 1 : length, 1, err);
  if (rc == SL_OK) {
    memcpy(s->carry, data, length);
    s->carry_length = length;
  }
  return rc;
}

/* Reads until the block is full or the stream ends; grows it when it holds no complete record yet.
 */
static sl_status read_more(struct file_source *s, struct sl_block *block, size_t capacity,
                           struct sl_error *err) {
  enum { LEAST = 3 }; /* a byte order mark is seen at once */
  capacity = capacity < LEAST ? LEAST : capacity;
  sl_status rc = file_block_grow(block, capacity, err);
  if (rc != SL_OK) {
    return rc;
  }
  while (block->size < capacity && !s->stream_ended) {
    size_t n;
    rc = byte_stream_read(s->stream, block->data + block->size, capacity - block->size, &n, err);
    if (rc != SL_OK) {
      return rc;
    }
    s->stream_ended = n == 0;
    block->size += n;
  }
  return SL_OK;
}

static sl_status begin_block(struct file_source *s, struct sl_block *out, struct sl_error *err) {
  bool first = !s->open;
  sl_status rc = first ? open_stream(s, err) : SL_OK;
  s->open = rc == SL_OK;
  size_t capacity = (size_t)s->block_bytes;
  if (capacity < s->carry_length * 2) {
    capacity = s->carry_length * 2;
  }
  if (rc == SL_OK) {
    rc = file_block_new(&s->spares, s->files.items[s->at].path, out, capacity, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  out->starts_origin = first;
  out->byte_offset = s->plain_offset;
  memcpy(out->data, s->carry == NULL ? "" : s->carry, s->carry_length);
  out->size = s->carry_length;
  rc = read_more(s, out, capacity, err);
  if (rc == SL_OK && first && out->size >= 3 && memcmp(out->data, "\xEF\xBB\xBF", 3) == 0) {
    memmove(out->data, out->data + 3, out->size - 3);
    out->size -= 3;
    out->byte_offset = 3;
  }
  return rc;
}

/* Gives the block out with its first `used` bytes; the rest is carried over. */
static sl_status finish_block(struct file_source *s, struct sl_block *out, size_t used, bool *end,
                              struct sl_error *err) {
  sl_status rc = save_carry(s, out->data + used, out->size - used, err);
  int64_t position = byte_stream_position(s->stream);
  out->size = used;
  out->source_bytes = position - s->reported;
  s->reported = position;
  s->plain_offset = out->byte_offset + (int64_t)used;
  memset(out->data + used, 0, SL_BLOCK_PADDING);
  *end = rc == SL_OK && used == 0 && s->stream_ended && s->carry_length == 0;
  if (rc != SL_OK || *end) {
    out->release(out);
  }
  if (*end) {
    byte_stream_close(s->stream);
    s->stream = NULL;
  }
  return rc;
}

static sl_status fail_in(struct sl_block *block, sl_status rc, struct sl_error *err) {
  if (rc == SL_EDATA && strstr(err->message, block->origin) == NULL) {
    sl_error_add_context(err, "%s", block->origin);
  }
  if (block->release != NULL) {
    block->release(block);
  }
  return rc;
}

sl_status file_claim_lines(struct file_source *s, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  sl_status rc = begin_block(s, out, err);
  size_t used = 0;
  while (rc == SL_OK && used == 0 && out->size > 0) {
    const char *newline = memrchr(out->data, '\n', out->size);
    used = newline != NULL ? (size_t)(newline - out->data) + 1 : s->stream_ended ? out->size : 0;
    if (used == 0) {
      rc = read_more(s, out, out->size * 2, err);
    }
  }
  if (rc == SL_OK && s->stream_ended) {
    used = out->size;
  }
  return rc == SL_OK ? finish_block(s, out, used, end, err) : fail_in(out, rc, err);
}

bool file_skip_known(const struct file_source *s, struct sl_block *block) {
  int64_t known = s->skip_to - block->byte_offset;
  size_t kept = 0;
  if (known <= 0) {
    return false;
  }
  if (block->spans != NULL) {
    for (size_t i = 0; i < block->n_spans; i++) {
      if ((int64_t)block->spans[i].offset >= known) {
        block->spans[kept++] = block->spans[i];
      }
    }
    block->n_spans = kept;
  } else if (known < (int64_t)block->size) {
    block->data += known;
    block->size -= (size_t)known;
    block->byte_offset += known;
    kept = block->size;
  }
  block->starts_origin = false;
  block->source_bytes = 0;
  if (kept == 0) {
    block->release(block);
  }
  return kept == 0;
}

struct collect { /* spans of complete records in the block under way */
  struct sl_block *block;
  size_t capacity;
};

static sl_status add_span(void *arg, int64_t start, int64_t end, struct sl_error *err) {
  struct collect *c = arg;
  struct sl_block *b = c->block;
  sl_status rc = sl_grow(&b->spans, &c->capacity, b->n_spans + 1, sizeof *b->spans, err);
  if (rc == SL_OK) {
    b->spans[b->n_spans++] =
        (struct sl_span){ (uint32_t)(start - b->byte_offset), (uint32_t)(end - start) };
  }
  return rc;
}

sl_status file_claim_records(struct file_source *s, struct sl_block *out, bool *end,
                             struct sl_error *err) {
  sl_status rc = begin_block(s, out, err);
  struct collect collect = { .block = out };
  if (rc == SL_OK && s->scanned < out->byte_offset) {
    s->scanned = out->byte_offset;
  }
  int64_t keep = out->byte_offset;
  while (rc == SL_OK) {
    int64_t to = out->byte_offset + (int64_t)out->size;
    rc = json_split_scan(&s->split, out->data, out->byte_offset, s->scanned, to, add_span, &collect,
                         err);
    s->scanned = to;
    if (rc == SL_OK && s->stream_ended) {
      rc = json_split_end(&s->split, to, add_span, &collect, err);
      keep = to;
      break;
    }
    keep = json_split_keep(&s->split, to);
    if (rc != SL_OK || keep > out->byte_offset || out->n_spans > 0) {
      break;
    }
    rc = read_more(s, out, out->size * 2, err);
  }
  if (rc == SL_OK && out->spans == NULL) { /* no spans would mean lines */
    out->spans = calloc(1, sizeof *out->spans);
    rc = out->spans == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for spans") : SL_OK;
  }
  return rc == SL_OK ? finish_block(s, out, (size_t)(keep - out->byte_offset), end, err)
                     : fail_in(out, rc, err);
}
