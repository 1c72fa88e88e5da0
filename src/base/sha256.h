/* sha256.h - SHA-256 and HMAC-SHA-256, which signatures of web services are made of.
 *
 * Checked against the published vectors in tests/unit/base/. May include the C library only. */
#ifndef SL_BASE_SHA256_H
#define SL_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SL_SHA256_BYTES = 32 };

void sl_sha256(const void *data, size_t length, uint8_t digest[SL_SHA256_BYTES]);
void sl_hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                    uint8_t digest[SL_SHA256_BYTES]);
/* 64 hexadecimal digits and a NUL. */
void sl_sha256_hex(const uint8_t digest[SL_SHA256_BYTES], char out[65]);

#endif
