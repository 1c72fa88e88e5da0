/* hash.h - hashes and encodings that dlt's row keys and names are made of.
 *
 * SHAKE-128 and SHA3-256 are our own small Keccak: a nested row costs one hash, and a library
 * call with its context allocation takes three times as long as the permutation. The digests
 * are checked against published vectors in tests/unit/base/. May include the C library only. */
#ifndef SL_BASE_HASH_H
#define SL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* digest_bytes <= 168. */
void sl_shake128(const void *data, size_t length, uint8_t *digest, size_t digest_bytes);

struct sl_sha3 { /* incremental SHA3-256 */
  uint64_t state[25];
  size_t filled;
};
void sl_sha3_init(struct sl_sha3 *h);
void sl_sha3_update(struct sl_sha3 *h, const void *data, size_t length);
void sl_sha3_final(struct sl_sha3 *h, uint8_t digest[32]);

/* Standard alphabet. out needs 4 * ceil(n / 3) + 1 bytes; returns the length written without
 * the final NUL. With padding = 0 the '=' are left away (dlt's row ids). */
size_t sl_base64_encode(char *out, const uint8_t *data, size_t n, int padding);
/* Strict: length a multiple of 4, only the standard alphabet. Returns bytes or -1.
 * out needs 3 * length / 4 bytes. */
long sl_base64_decode(uint8_t *out, const char *text, size_t length);

uint32_t sl_crc32(const void *data, size_t length); /* as zlib and MySQL have it */

/* Fast non-cryptographic 64-bit hash (XXH3). */
uint64_t sl_hash64(const void *data, size_t length);

/* wyrand: advances *state, returns 64 random bits. Not for secrets. */
static inline uint64_t sl_random_next(uint64_t *state) {
  *state += 0xa0761d6478bd642fULL;
  __uint128_t product = (__uint128_t)*state * (*state ^ 0xe7037ed1a0b428dbULL);
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}
/* A seed from the operating system. */
uint64_t sl_random_seed(void);

#endif
