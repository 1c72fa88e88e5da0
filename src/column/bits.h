/* bits.h - bitmaps as Arrow has them, lowest bit first. May include the C library only. */
#ifndef SL_COLUMN_BITS_H
#define SL_COLUMN_BITS_H

#include <stdint.h>
#include <string.h>

/* Copies n bits from bit `from` on to the beginning of `out`, which has (n + 7) / 8 bytes; the last
 * of them may get bits that lie behind. */
void sl_bits_copy(void *out, const uint8_t *bits, int64_t from, int64_t n);
/* Writes n bits from bit `from` on to the bits from `at` on; what lies beside them stays. */
void sl_bits_put(uint64_t *out, int64_t at, const uint8_t *bits, int64_t from, int64_t n);
/* How many of the n bits from bit `from` on are zero. */
int64_t sl_bits_zeros(const uint8_t *bits, int64_t from, int64_t n);

#endif
