/* memory.c - see memory.h. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sl_arena_block {
  struct sl_arena_block *next;
  size_t bytes; /* of payload */
  _Alignas(16) char payload[];
};

void *sl_alloc_array(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    return NULL;
  }
  return malloc(bytes == 0 ? 1 : bytes);
}

void *sl_calloc_array(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    return NULL;
  }
  return calloc(1, bytes == 0 ? 1 : bytes);
}

void sl_texts_free(char **texts) {
  for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
    free(texts[i]);
  }
  free(texts);
}

sl_status sl_grow(void *items_pointer, size_t *capacity, size_t need, size_t size,
                  struct sl_error *err) {
  if (need <= *capacity) {
    return SL_OK;
  }
  size_t wanted = *capacity < 8 ? 8 : *capacity;
  while (wanted < need) {
    if (wanted > SIZE_MAX / 2) {
      return sl_fail(err, SL_ENOMEM, "out of memory growing an array to %zu items", need);
    }
    wanted *= 2;
  }
  void *old = NULL;
  memcpy(&old, items_pointer, sizeof old);
  size_t bytes = 0;
  void *grown = __builtin_mul_overflow(wanted, size, &bytes) ? NULL : realloc(old, bytes);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory growing an array to %zu items", need);
  }
  memcpy(items_pointer, &grown, sizeof grown);
  *capacity = wanted;
  return SL_OK;
}

void sl_arena_init(struct sl_arena *arena, size_t block_bytes) {
  *arena = (struct sl_arena){ .block_bytes = block_bytes };
}

static void *arena_new_block(struct sl_arena *arena, size_t bytes) {
  size_t wanted = arena->block_bytes == 0 ? 4096 : arena->block_bytes;
  if (wanted < bytes) {
    wanted = bytes;
  }
  if (wanted > SIZE_MAX - sizeof(struct sl_arena_block)) {
    return NULL;
  }
  struct sl_arena_block *block = malloc(sizeof *block + wanted);
  if (block == NULL) {
    return NULL;
  }
  block->next = arena->blocks;
  block->bytes = wanted;
  arena->blocks = block;
  arena->at = block->payload + bytes;
  arena->end = block->payload + wanted;
  return block->payload;
}

void *sl_arena_alloc(struct sl_arena *arena, size_t bytes) {
  if (bytes > SIZE_MAX - 15) {
    return NULL;
  }
  size_t rounded = (bytes + 15) & ~(size_t)15;
  if (arena->at != NULL && (size_t)(arena->end - arena->at) >= rounded) {
    void *result = arena->at;
    arena->at += rounded;
    return result;
  }
  return arena_new_block(arena, rounded);
}

char *sl_arena_copy(struct sl_arena *arena, const char *text, size_t length) {
  char *copy = sl_arena_alloc(arena, length + 1);
  if (copy != NULL) {
    if (length > 0) {
      memcpy(copy, text, length);
    }
    copy[length] = '\0';
  }
  return copy;
}

char *sl_arena_printf(struct sl_arena *arena, const char *format, ...) {
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *text = length < 0 ? NULL : sl_arena_alloc(arena, (size_t)length + 1);
  if (text != NULL) {
    vsnprintf(text, (size_t)length + 1, format, again);
  }
  va_end(again);
  return text;
}

void sl_arena_reset(struct sl_arena *arena) {
  struct sl_arena_block *keep = arena->blocks;
  if (keep == NULL) {
    return;
  }
  while (keep->next != NULL) {
    struct sl_arena_block *next = keep->next;
    free(keep);
    keep = next;
  }
  arena->blocks = keep;
  arena->at = keep->payload;
  arena->end = keep->payload + keep->bytes;
}

void sl_arena_release(struct sl_arena *arena) {
  while (arena->blocks != NULL) {
    struct sl_arena_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
  arena->at = arena->end = NULL;
}
