/* sha256.c - see sha256.h; FIPS 180-4 and RFC 2104. */
#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64 };

struct sha256 {
  uint32_t state[8];
  uint64_t length;
  size_t filled;
  uint8_t block[BLOCK];
};

static const uint32_t rounds[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t rotate(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static void compress(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64];
  uint32_t s[8];
  for (size_t i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (size_t i = 16; i < 64; i++) {
    uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy(s, state, sizeof s);
  for (size_t i = 0; i < 64; i++) {
    uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
    uint32_t t1 = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds[i] + w[i];
    uint32_t a = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
    uint32_t t2 = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof s[0]);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (size_t i = 0; i < 8; i++) {
    state[i] += s[i];
  }
}

static void begin(struct sha256 *h) {
  static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  *h = (struct sha256){ 0 };
  memcpy(h->state, initial, sizeof initial);
}

static void update(struct sha256 *h, const uint8_t *data, size_t length) {
  h->length += length;
  while (length > 0) {
    if (h->filled == 0 && length >= BLOCK) {
      compress(h->state, data);
      data += BLOCK;
      length -= BLOCK;
      continue;
    }
    size_t n = BLOCK - h->filled < length ? BLOCK - h->filled : length;
    memcpy(h->block + h->filled, data, n);
    h->filled += n;
    data += n;
    length -= n;
    if (h->filled == BLOCK) {
      compress(h->state, h->block);
      h->filled = 0;
    }
  }
}

static void finish(struct sha256 *h, uint8_t digest[SL_SHA256_BYTES]) {
  uint64_t bits = h->length * 8;
  uint8_t tail[BLOCK + 8] = { 0x80 };
  size_t zeros = (h->filled < 56 ? 56 : 120) - h->filled;
  for (size_t i = 0; i < 8; i++) {
    tail[zeros + i] = (uint8_t)(bits >> (56 - 8 * i));
  }
  update(h, tail, zeros + 8);
  for (size_t i = 0; i < SL_SHA256_BYTES; i++) {
    digest[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
  }
}

void sl_sha256(const void *data, size_t length, uint8_t digest[SL_SHA256_BYTES]) {
  struct sha256 h;
  begin(&h);
  update(&h, data, length);
  finish(&h, digest);
}

void sl_hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                    uint8_t digest[SL_SHA256_BYTES]) {
  uint8_t pad[BLOCK] = { 0 };
  struct sha256 h;
  if (key_length > BLOCK) {
    sl_sha256(key, key_length, pad);
  } else {
    memcpy(pad, key, key_length);
  }
  for (size_t i = 0; i < BLOCK; i++) {
    pad[i] ^= 0x36;
  }
  begin(&h);
  update(&h, pad, BLOCK);
  update(&h, data, length);
  finish(&h, digest);
  for (size_t i = 0; i < BLOCK; i++) {
    pad[i] ^= 0x36 ^ 0x5c;
  }
  begin(&h);
  update(&h, pad, BLOCK);
  update(&h, digest, SL_SHA256_BYTES);
  finish(&h, digest);
}

void sl_sha256_hex(const uint8_t digest[SL_SHA256_BYTES], char out[65]) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < SL_SHA256_BYTES; i++) {
    out[2 * i] = digits[digest[i] >> 4];
    out[2 * i + 1] = digits[digest[i] & 15];
  }
  out[64] = '\0';
}
