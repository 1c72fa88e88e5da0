/* rejects.c - see rejects.h. */
#include "database/rejects.h"

#include <stdlib.h>

#include "base/memory.h"
#include "database/window.h"

enum { MOST_RAW = 65536 };

static void free_texts(struct sl_source_reject *r) {
  free(r->origin);
  free(r->column);
  free(r->raw);
  free(r->reason);
}

sl_status sl_db_rejects_add(struct sl_db_rejects *rejects, const struct sl_source_reject *like,
                            struct sl_error *err) {
  size_t length = like->raw_length < MOST_RAW ? like->raw_length : MOST_RAW;
  sl_status rc =
      sl_grow(&rejects->items, &rejects->capacity, rejects->n + 1, sizeof *rejects->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_source_reject *r = &rejects->items[rejects->n++];
  *r = *like;
  r->origin = strdup(like->origin);
  r->column = like->column == NULL ? NULL : strdup(like->column);
  r->reason = strdup(like->reason);
  r->raw = malloc(length + 1);
  r->raw_length = length;
  if (r->origin == NULL || r->reason == NULL || r->raw == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a rejected row");
  }
  memcpy(r->raw, like->raw, length);
  r->raw[length] = '\0';
  return SL_OK;
}

void sl_db_rejects_release(struct sl_db_rejects *rejects) {
  for (size_t i = 0; i < rejects->n; i++) {
    free_texts(&rejects->items[i]);
  }
  free(rejects->items);
  *rejects = (struct sl_db_rejects){ 0 };
}

void sl_db_rejects_move(struct sl_db_rejects *rejects, struct sl_block *block) {
  block->rejects = rejects->items;
  block->n_rejects = rejects->n;
  *rejects = (struct sl_db_rejects){ 0 };
}

int64_t sl_db_block_read(const struct sl_block *block) {
  return sl_db_block_rows(block) + (int64_t)block->n_rejects;
}

sl_status sl_db_block_skip(struct sl_block *block, int64_t count, struct sl_error *err) {
  int64_t rows = sl_db_block_rows(block);
  bool *keep = sl_calloc_array((size_t)rows, sizeof *keep);
  size_t gone = 0; /* rejects among the first `count` */
  if (keep == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %lld rows", (long long)rows);
  }
  while (gone < block->n_rejects && block->rejects[gone].row + (int64_t)gone < count) {
    free_texts(&block->rejects[gone++]);
  }
  int64_t left_out = count - (int64_t)gone;
  for (int64_t i = left_out; i < rows; i++) {
    keep[i] = true;
  }
  for (size_t i = gone; i < block->n_rejects; i++) {
    block->rejects[i - gone] = block->rejects[i];
    block->rejects[i - gone].row -= left_out;
  }
  block->n_rejects -= gone;
  sl_status rc = sl_db_block_keep(block, keep, err);
  free(keep);
  return rc;
}
