/* memory.h - checked allocation and arenas for what dies together.
 *
 * An arena hands out memory that is released as a whole; arenas are named by lifetime
 * (run, table, batch, scratch) and passed in. May include the C library only. */
#ifndef SL_BASE_MEMORY_H
#define SL_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <sluice/error.h>

/* count * size with overflow check; NULL when out of memory or overflowing. */
void *sl_alloc_array(size_t count, size_t size);
void *sl_calloc_array(size_t count, size_t size);

void sl_texts_free(char **texts); /* NULL behind the last; each and the list are malloc'ed */

/* Grows *items (elements of `size` bytes) to hold at least `need` elements: doubles *capacity.
 * On SL_ENOMEM nothing changed. Use as: sl_grow((void **)&v, &cap, n + 1, sizeof *v, err). */
sl_status sl_grow(void *items_pointer, size_t *capacity, size_t need, size_t size,
                  struct sl_error *err);

struct sl_arena_block;
struct sl_arena { /* all-zero is a valid empty arena */
  struct sl_arena_block *blocks;
  char *at, *end;
  size_t block_bytes; /* 0 = 4096 */
};

void sl_arena_init(struct sl_arena *arena, size_t block_bytes);
void *sl_arena_alloc(struct sl_arena *arena, size_t bytes); /* 16-byte aligned; NULL = no memory */
char *sl_arena_copy(struct sl_arena *arena, const char *text, size_t length); /* NUL-terminated */
char *sl_arena_printf(struct sl_arena *arena, const char *format, ...) SL_PRINTF(2, 3);
void sl_arena_reset(struct sl_arena *arena);   /* keeps the first block for reuse */
void sl_arena_release(struct sl_arena *arena); /* all of it; may be called twice */

#endif
