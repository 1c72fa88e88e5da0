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

/* n <= 64 bits from bit `from` on; bytes behind them are not read. */
static uint64_t word_at(const uint8_t *bits, int64_t from, int64_t n) {
  int shift = (int)(from & 7);
  int64_t bytes = (shift + n + 7) / 8;
  uint64_t word = 0;
  memcpy(&word, bits + (from >> 3), (size_t)(bytes < 8 ? bytes : 8));
  word >>= shift;
  if (bytes > 8) {
    word |= (uint64_t)bits[(from >> 3) + 8] << (64 - shift);
  }
  return word;
}

void sl_bits_put(uint64_t *out, int64_t at, const uint8_t *bits, int64_t from, int64_t n) {
  while (n > 0) {
    int shift = (int)(at & 63);
    int64_t part = n < 64 - shift ? n : 64 - shift;
    uint64_t mask = (UINT64_MAX >> (64 - part)) << shift;
    uint64_t *word = &out[at >> 6];
    *word = (*word & ~mask) | (word_at(bits, from, part) << shift & mask);
    at += part;
    from += part;
    n -= part;
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
