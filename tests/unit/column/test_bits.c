/* Bitmaps: bits copied between any two positions, and nothing beside them touched. */
#include "column/bits.h"

#include <stdlib.h>

#include "unit/test.h"

enum { WORDS = 5, BYTES = 24 };

static bool bit_of(const uint8_t *bits, int64_t i) {
  return (bits[i >> 3] >> (i & 7) & 1) != 0;
}

/* `bits` ends with the last byte that may be read, so that the sanitizer sees one more. */
static void check_put(const uint8_t *pattern, int64_t at, int64_t from, int64_t n,
                      uint64_t before) {
  uint64_t out[WORDS];
  size_t bytes = (size_t)(from + n + 7) / 8;
  uint8_t *bits = malloc(bytes);
  memcpy(bits, pattern, bytes);
  for (int i = 0; i < WORDS; i++) {
    out[i] = before;
  }
  sl_bits_put(out, at, bits, from, n);
  int64_t wrong = 0;
  for (int64_t i = 0; i < WORDS * 64; i++) {
    bool inside = i >= at && i < at + n;
    bool wanted = inside ? bit_of(bits, from + i - at) : (before & 1) != 0;
    wrong += bit_of((const uint8_t *)out, i) != wanted;
  }
  CHECK(wrong == 0);
  free(bits);
}

TEST(bits_go_from_any_place_to_any_place) {
  uint8_t pattern[BYTES];
  for (int i = 0; i < BYTES; i++) {
    pattern[i] = (uint8_t)(i * 151 + 37);
  }
  const int64_t lengths[] = { 1, 7, 8, 63, 64, 65, 100, 128 };
  for (int64_t at = 0; at < 130; at += 13) {
    for (int64_t from = 0; from < 20; from++) {
      for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        check_put(pattern, at, from, lengths[i], 0);
        check_put(pattern, at, from, lengths[i], UINT64_MAX);
      }
    }
  }
}
