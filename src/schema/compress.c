/* compress.c - base64 of zlib, as dlt packs state and long schemas. */
#include <stdlib.h>

#include <zlib.h>

#include "base/hash.h"
#include "schema/stored.h"

enum { MOST_PLAIN = 1 << 30 }; /* a schema or state of 1 GB is an attack, not data */

sl_status sl_text_compress(const char *text, size_t length, struct sl_buffer *out,
                           struct sl_error *err) {
  uLongf packed = compressBound(length);
  uint8_t *bytes = malloc(packed);
  if (bytes == NULL || compress2(bytes, &packed, (const Bytef *)text, length, 9) != Z_OK) {
    free(bytes);
    return sl_fail(err, SL_ENOMEM, "out of memory compressing %zu bytes", length);
  }
  if (sl_buffer_reserve(out, (packed + 2) / 3 * 4 + 1)) {
    out->length += sl_base64_encode(out->data + out->length, bytes, packed, 1);
  }
  free(bytes);
  return sl_buffer_check(out, err);
}

static sl_status inflate_all(const uint8_t *bytes, size_t length, struct sl_buffer *out,
                             struct sl_error *err) {
  z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length };
  if (inflateInit(&z) != Z_OK) {
    return sl_fail(err, SL_ENOMEM, "out of memory for zlib");
  }
  int code = Z_OK;
  while (code == Z_OK && out->length < MOST_PLAIN && sl_buffer_reserve(out, 65536)) {
    z.next_out = (Bytef *)out->data + out->length;
    z.avail_out = 65536;
    code = inflate(&z, Z_NO_FLUSH);
    out->length += 65536 - z.avail_out;
    if (code == Z_OK && z.avail_in == 0 && z.avail_out != 0) {
      break; /* truncated */
    }
  }
  inflateEnd(&z);
  if (code != Z_STREAM_END) {
    return sl_fail(err, SL_EDATA, "compressed text is damaged");
  }
  out->data[out->length] = '\0';
  return SL_OK;
}

sl_status sl_text_decompress(const char *text, size_t length, struct sl_buffer *out,
                             struct sl_error *err) {
  uint8_t *bytes = malloc(length + 4);
  if (bytes == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu bytes", length);
  }
  long n = length > UINT32_MAX ? -1 : sl_base64_decode(bytes, text, length);
  sl_status rc = n < 0 ? sl_fail(err, SL_EDATA, "text is not base64")
                       : inflate_all(bytes, (size_t)n, out, err);
  free(bytes);
  return rc;
}
