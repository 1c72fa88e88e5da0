/* blocks.c - the buffers that blocks of text are read into.
 *
 * A block has megabytes and lives for milliseconds. The system clears the pages of each new one,
 * which costs as much as reading it; so buffers are used again. */
#include <stdlib.h>

#include "file_internal.h"

enum { LONGEST_RECORD = 1 << 30 };

void file_spares_init(struct file_spares *spares, size_t largest) {
  *spares = (struct file_spares){ .largest = largest };
  pthread_mutex_init(&spares->lock, NULL);
}

void file_spares_release(struct file_spares *spares) {
  for (size_t i = 0; i < spares->count; i++) {
    free(spares->items[i]);
  }
  pthread_mutex_destroy(&spares->lock);
}

/* False: there is no room for it. */
static bool keep_spare(struct file_spares *spares, struct file_block *block) {
  pthread_mutex_lock(&spares->lock);
  bool kept = block->capacity <= spares->largest && spares->count < FILE_SPARES;
  if (kept) {
    spares->items[spares->count++] = block;
  }
  pthread_mutex_unlock(&spares->lock);
  return kept;
}

/* A buffer of at least `capacity` bytes; NULL when there is none. */
static struct file_block *take_spare(struct file_spares *spares, size_t capacity) {
  struct file_block *found = NULL;
  pthread_mutex_lock(&spares->lock);
  for (size_t i = spares->count; found == NULL && i > 0; i--) {
    if (spares->items[i - 1]->capacity >= capacity) {
      found = spares->items[i - 1];
      spares->items[i - 1] = spares->items[--spares->count];
    }
  }
  pthread_mutex_unlock(&spares->lock);
  return found;
}

static void block_release(struct sl_block *block) {
  struct file_block *b = block->private_data;
  free(block->spans);
  if (!keep_spare(b->spares, b)) {
    free(b);
  }
  *block = (struct sl_block){ 0 };
}

sl_status file_block_new(struct file_spares *spares, const char *origin, struct sl_block *out,
                         size_t capacity, struct sl_error *err) {
  struct file_block *b = take_spare(spares, capacity);
  if (b == NULL) {
    b = malloc(sizeof *b + capacity + SL_BLOCK_PADDING);
    if (b == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a block of %zu bytes", capacity);
    }
    b->spares = spares;
    b->capacity = capacity;
  }
  *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                            .origin = origin,
                            .first_record = -1,
                            .data = b->data,
                            .release = block_release,
                            .private_data = b };
  return SL_OK;
}

sl_status file_block_grow(struct sl_block *block, size_t capacity, struct sl_error *err) {
  struct file_block *b = block->private_data;
  size_t skipped = (size_t)(block->data - b->data);
  if (skipped + capacity <= b->capacity) {
    return SL_OK;
  }
  struct file_block *grown = capacity > LONGEST_RECORD
                                 ? NULL
                                 : realloc(b, sizeof *b + skipped + capacity + SL_BLOCK_PADDING);
  if (grown == NULL) {
    return sl_fail(err, capacity > LONGEST_RECORD ? SL_EDATA : SL_ENOMEM,
                   "%s: the record near byte %lld is longer than 1 GB or than the memory",
                   block->origin, (long long)block->byte_offset);
  }
  grown->capacity = skipped + capacity;
  block->data = grown->data + skipped;
  block->private_data = grown;
  return SL_OK;
}
