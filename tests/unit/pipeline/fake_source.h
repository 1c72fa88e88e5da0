/* fake_source.h - a source that a test controls: numbered documents in blocks, slow, broken or
 * stuck where the test wants it. */
#ifndef SLUICE_TESTS_UNIT_PIPELINE_FAKE_SOURCE_H
#define SLUICE_TESTS_UNIT_PIPELINE_FAKE_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <sluice/source.h>

#include "base/text.h"
#include "unit/test.h"

struct fake_source {
  struct sl_source base;
  int64_t blocks, rows_per_block;
  int64_t fail_claim, fail_fill, fail_fill_too; /* block numbers; -1 = none */
  int64_t stuck_at;       /* claiming this block waits for cancel; -1 = none */
  int64_t bad_line_block; /* its second line is no JSON; -1 = none */
  bool spans;             /* blocks with spans instead of lines */
  bool uneven;            /* every third block takes longer to fill */
  size_t filler;          /* bytes of text in each row */
  int64_t claimed;
  atomic_int cancelled;
  atomic_llong made, released; /* blocks */
  pthread_mutex_t lock;
  pthread_cond_t changed;
};

static inline void fake_pause(long micros) {
  const struct timespec pause = { 0, micros * 1000 };
  nanosleep(&pause, NULL);
}

static inline void fake_release(struct sl_block *block) {
  struct fake_source *s = block->private_data;
  atomic_fetch_add(&s->released, 1);
  free(block->data);
  free(block->spans);
  block->release = NULL;
}

static inline sl_status fake_claim(struct sl_source *base, struct sl_block *out, bool *end,
                                   struct sl_error *err) {
  struct fake_source *s = (struct fake_source *)base;
  *end = s->claimed == s->blocks;
  if (*end) {
    return SL_OK;
  }
  if (s->claimed == s->fail_claim) {
    return sl_fail(err, SL_EIO, "claim %lld", (long long)s->claimed);
  }
  pthread_mutex_lock(&s->lock);
  while (s->claimed == s->stuck_at && atomic_load(&s->cancelled) == 0) {
    pthread_cond_wait(&s->changed, &s->lock);
  }
  pthread_mutex_unlock(&s->lock);
  if (s->claimed == s->stuck_at) {
    return sl_fail(err, SL_ECANCELLED, "the source was cancelled");
  }
  *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                            .origin = "fake",
                            .byte_offset = s->claimed, /* remembers the number */
                            .source_bytes = 100,
                            .release = fake_release,
                            .private_data = s };
  atomic_fetch_add(&s->made, 1);
  s->claimed++;
  return SL_OK;
}

static inline sl_status fake_fill(struct sl_source *base, struct sl_block *block,
                                  struct sl_error *err) {
  struct fake_source *s = (struct fake_source *)base;
  int64_t number = block->byte_offset;
  struct sl_buffer text = { 0 };
  if (s->uneven && number % 3 == 0) {
    fake_pause(1000);
  }
  if (number == s->fail_fill || number == s->fail_fill_too) {
    return sl_fail(err, SL_EIO, "fill %lld", (long long)number);
  }
  block->spans = s->spans ? calloc((size_t)s->rows_per_block, sizeof *block->spans) : NULL;
  for (int64_t i = 0; i < s->rows_per_block; i++) {
    size_t start = text.length;
    if (number == s->bad_line_block && i == 1) {
      sl_buffer_text(&text, "no json\n");
      continue;
    }
    sl_buffer_printf(&text, "{\"id\":%lld,\"text\":\"",
                     (long long)(number * s->rows_per_block + i));
    for (size_t n = 0; n < s->filler; n++) {
      sl_buffer_char(&text, 'x');
    }
    sl_buffer_text(&text, "\"}");
    if (s->spans) {
      block->spans[i] = (struct sl_span){ (uint32_t)start, (uint32_t)(text.length - start) };
      sl_buffer_char(&text, ',');
    } else {
      sl_buffer_char(&text, '\n');
    }
  }
  block->n_spans = s->spans ? (size_t)s->rows_per_block : 0;
  block->size = text.length;
  for (int i = 0; i < SL_BLOCK_PADDING; i++) {
    sl_buffer_char(&text, '\0');
  }
  sl_status rc = sl_buffer_check(&text, err);
  block->data = sl_buffer_take(&text);
  return rc;
}

static inline void fake_cancel(struct sl_source *base) {
  struct fake_source *s = (struct fake_source *)base;
  pthread_mutex_lock(&s->lock);
  atomic_fetch_add(&s->cancelled, 1);
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

static const struct sl_source_ops fake_ops = { .struct_size = sizeof(struct sl_source_ops),
                                               .name = "fake",
                                               .ordered = true,
                                               .claim = fake_claim,
                                               .fill = fake_fill,
                                               .cancel = fake_cancel };

static inline void fake_init(struct fake_source *s, int64_t blocks, int64_t rows_per_block) {
  *s = (struct fake_source){ .base = { &fake_ops },
                             .blocks = blocks,
                             .rows_per_block = rows_per_block,
                             .fail_claim = -1,
                             .fail_fill = -1,
                             .fail_fill_too = -1,
                             .stuck_at = -1,
                             .bad_line_block = -1 };
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->changed, NULL);
}

/* Every block that was handed out came back. */
static inline void fake_end(struct fake_source *s, const char *label) {
  CHECK_INT(label, atomic_load(&s->released), atomic_load(&s->made));
  pthread_cond_destroy(&s->changed);
  pthread_mutex_destroy(&s->lock);
}

#endif
