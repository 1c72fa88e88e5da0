/* bits.c - see bits.h. */
#include "column/bits.h"

void sl_bits_copy(void *out, const uint8_t *bits, int64_t from, int64_t rows) {
  uint8_t *to = out;
  int shift = (int)(from & 7);
  const uint8_t *at = bits + (from >> 3);
  int64_t n = (rows + 7) / 8;
  int64_t last = (from + rows - 1) >> 3; /* of the bytes that are there */
  for (int64_t i = 0; i < n; i++) {
    unsigned byte = (unsigned)at[i] >> shift;
    if (shift != 0 && (from >> 3) + i + 1 <= last) {
      byte |= (unsigned)at[i + 1] << (8 - shift);
    }
    to[i] = (uint8_t)byte;
  }
}

int64_t sl_bits_zeros(const uint8_t *bits, int64_t from, int64_t n) {
  int64_t zeros = 0;
  int64_t i = from;
  for (; i < from + n && (i & 63) != 0; i++) {
    zeros += (bits[i >> 3] >> (i & 7) & 1) == 0;
  }
  for (; i + 64 <= from + n; i += 64) {
    uint64_t word;
    memcpy(&word, bits + (i >> 3), sizeof word);
    zeros += 64 - __builtin_popcountll(word);
  }
  for (; i < from + n; i++) {
    zeros += (bits[i >> 3] >> (i & 7) & 1) == 0;
  }
  return zeros;
}
