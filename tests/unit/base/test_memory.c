/* test_memory.c - checked sizes, growing arrays, arenas. */
#include "base/memory.h"

#include <stdlib.h>

#include "unit/test.h"

TEST(sizes_that_overflow_are_refused) {
  CHECK(sl_alloc_array(SIZE_MAX / 2, 3) == NULL);
  CHECK(sl_calloc_array(SIZE_MAX / 2, 3) == NULL);
  void *none = sl_alloc_array(0, 8); /* nothing is no failure */
  CHECK(none != NULL);
  free(none);
  none = sl_calloc_array(0, 0);
  CHECK(none != NULL);
  free(none);
}

TEST(calloc_gives_zeros) {
  int64_t *values = sl_calloc_array(100, sizeof *values);
  for (size_t i = 0; i < 100; i++) {
    CHECK_INT("zero", values[i], 0);
  }
  free(values);
}

TEST(arrays_grow_and_keep_what_they_hold) {
  int64_t *values = NULL;
  size_t capacity = 0;
  struct sl_error err;
  for (size_t n = 0; n < 1000; n++) {
    CHECK_OK(sl_grow(&values, &capacity, n + 1, sizeof *values, &err), &err);
    values[n] = (int64_t)n;
  }
  CHECK(capacity >= 1000);
  for (size_t n = 0; n < 1000; n++) {
    CHECK_INT("kept", values[n], n);
  }
  size_t before = capacity;
  CHECK_FAILS(sl_grow(&values, &capacity, SIZE_MAX / 4, sizeof *values, &err), SL_ENOMEM, &err);
  CHECK_INT("unchanged after failure", capacity, before);
  CHECK_INT("unchanged after failure", values[999], 999);
  free(values);
}

TEST(arena_memory_is_aligned_apart_and_writable) {
  struct sl_arena arena = { 0 };
  char *earlier = NULL;
  for (size_t bytes = 1; bytes < 5000; bytes += 37) {
    char *memory = sl_arena_alloc(&arena, bytes);
    if (!CHECK(memory != NULL)) break;
    CHECK_INT("aligned", (uintptr_t)memory % 16, 0);
    CHECK(memory != earlier);
    memset(memory, (int)(bytes % 256), bytes);
    earlier = memory;
  }
  sl_arena_release(&arena);
  sl_arena_release(&arena); /* twice is fine */
  CHECK(sl_arena_alloc(&arena, SIZE_MAX - 3) == NULL);
  sl_arena_release(&arena);
}

TEST(arena_copies_end_with_nul) {
  struct sl_arena arena;
  sl_arena_init(&arena, 64);
  char *copy = sl_arena_copy(&arena, "hello world", 5);
  CHECK_STR("copy", copy, "hello");
  CHECK_STR("empty", sl_arena_copy(&arena, NULL, 0), "");
  CHECK_STR("printed", sl_arena_printf(&arena, "%s-%d", "x", 42), "x-42");
  char *large = sl_arena_printf(&arena, "%0200d", 7); /* larger than a block */
  CHECK_INT("large", strlen(large), 200);
  CHECK_STR("the first is still there", copy, "hello");
  sl_arena_release(&arena);
}

TEST(a_reset_arena_is_used_again) {
  struct sl_arena arena;
  sl_arena_init(&arena, 1024);
  sl_arena_reset(&arena); /* empty: nothing to do */
  void *first = sl_arena_alloc(&arena, 100);
  for (int i = 0; i < 100; i++) {
    CHECK(sl_arena_alloc(&arena, 100) != NULL);
  }
  sl_arena_reset(&arena);
  CHECK(sl_arena_alloc(&arena, 100) == first);
  sl_arena_release(&arena);
}
