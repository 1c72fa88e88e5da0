/* hash.c - Keccak-f[1600] (FIPS 202), base64, XXH3. */
#include "base/hash.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <xxhash.h>
#include <zlib.h>
#pragma GCC diagnostic pop

static const uint64_t round_constants[24] = {
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
  0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
  0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
  0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t rotate(uint64_t x, unsigned n) {
  return n == 0 ? x : (x << n) | (x >> (64 - n));
}

/* The inner loops are unrolled, so that every index is a constant: three times as fast. clang
 * unrolls them by itself. */
#ifdef __clang__
#define UNROLLED
#else
#define UNROLLED __attribute__((optimize("unroll-loops")))
#endif

/* The five steps of FIPS 202 section 3.2. */
UNROLLED static void keccak(uint64_t a[25]) {
  static const unsigned rho[25] = { 0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                    25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14 };
  for (int round = 0; round < 24; round++) {
    uint64_t c[5];
    uint64_t b[25];
    for (int x = 0; x < 5; x++) {
      c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    }
    for (int x = 0; x < 5; x++) {
      uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
      for (int y = 0; y < 25; y += 5) {
        a[y + x] ^= d;
      }
    }
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 5; x++) {
        b[((2 * x + 3 * y) % 5) * 5 + y] = rotate(a[5 * y + x], rho[5 * y + x]);
      }
    }
    for (int y = 0; y < 25; y += 5) {
      for (int x = 0; x < 5; x++) {
        a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
      }
    }
    a[0] ^= round_constants[round];
  }
}

static void absorb_byte(uint64_t state[25], size_t at, uint8_t byte) {
  state[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

/* Adds bytes to the sponge; *filled counts bytes of the current block of `rate` bytes. */
static void absorb(uint64_t state[25], size_t *filled, size_t rate, const uint8_t *data,
                   size_t length) {
  while (length > 0) {
    if (*filled % 8 == 0 && length >= 8 && *filled < rate) {
      uint64_t word;
      memcpy(&word, data, 8); /* little-endian machines only, as all of Sluice */
      state[*filled / 8] ^= word;
      *filled += 8, data += 8, length -= 8;
    } else {
      absorb_byte(state, *filled, *data);
      *filled += 1, data++, length--;
    }
    if (*filled == rate) {
      keccak(state);
      *filled = 0;
    }
  }
}

enum { SHAKE128_RATE = 168, SHA3_256_RATE = 136 };

void sl_shake128(const void *data, size_t length, uint8_t *digest, size_t digest_bytes) {
  uint64_t state[25] = { 0 };
  size_t filled = 0;
  absorb(state, &filled, SHAKE128_RATE, data, length);
  absorb_byte(state, filled, 0x1F);
  absorb_byte(state, SHAKE128_RATE - 1, 0x80);
  keccak(state);
  memcpy(digest, state, digest_bytes <= SHAKE128_RATE ? digest_bytes : SHAKE128_RATE);
}

void sl_sha3_init(struct sl_sha3 *h) {
  memset(h, 0, sizeof *h);
}

void sl_sha3_update(struct sl_sha3 *h, const void *data, size_t length) {
  absorb(h->state, &h->filled, SHA3_256_RATE, data, length);
}

void sl_sha3_final(struct sl_sha3 *h, uint8_t digest[32]) {
  absorb_byte(h->state, h->filled, 0x06);
  absorb_byte(h->state, SHA3_256_RATE - 1, 0x80);
  keccak(h->state);
  memcpy(digest, h->state, 32);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t sl_base64_encode(char *out, const uint8_t *data, size_t n, int padding) {
  char *to = out;
  size_t i = 0;
  for (; i + 3 <= n; i += 3) {
    uint32_t v = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[(v >> 12) & 63];
    *to++ = alphabet[(v >> 6) & 63];
    *to++ = alphabet[v & 63];
  }
  if (i < n) {
    uint32_t v = (uint32_t)data[i] << 16 | (i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0);
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[(v >> 12) & 63];
    if (i + 1 < n) {
      *to++ = alphabet[(v >> 6) & 63];
    } else if (padding) {
      *to++ = '=';
    }
    if (padding) {
      *to++ = '=';
    }
  }
  *to = '\0';
  return (size_t)(to - out);
}

static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long sl_base64_decode(uint8_t *out, const char *text, size_t length) {
  if (length % 4 != 0) {
    return -1;
  }
  uint8_t *to = out;
  for (size_t i = 0; i < length; i += 4) {
    int pad = 0;
    if (i + 4 == length) {
      pad = (text[i + 3] == '=') + (text[i + 3] == '=' && text[i + 2] == '=');
    }
    uint32_t v = 0;
    for (int j = 0; j < 4; j++) {
      int value = j >= 4 - pad ? 0 : base64_value(text[i + (size_t)j]);
      if (value < 0) {
        return -1;
      }
      v = v << 6 | (uint32_t)value;
    }
    *to++ = (uint8_t)(v >> 16);
    if (pad < 2) {
      *to++ = (uint8_t)(v >> 8);
    }
    if (pad < 1) {
      *to++ = (uint8_t)v;
    }
  }
  return (long)(to - out);
}

uint32_t sl_crc32(const void *data, size_t length) {
  return (uint32_t)crc32_z(0, data, length);
}

uint64_t sl_hash64(const void *data, size_t length) {
  return XXH3_64bits(data, length);
}

uint64_t sl_random_seed(void) {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    seed = (uint64_t)now.tv_sec * 1000000007ULL ^ (uint64_t)now.tv_nsec;
  }
  return seed;
}
