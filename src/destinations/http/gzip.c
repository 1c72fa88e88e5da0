/* gzip.c - a body, compressed. */
#include <zlib.h>

#include "http_internal.h"

sl_status http_gzip(const struct sl_buffer *in, struct sl_buffer *out, struct sl_error *err) {
  enum { GZIP = 31 }; /* the largest window, and gzip's head */
  z_stream z = { 0 };
  if (in->length > UINT32_MAX / 2) {
    return sl_fail(err, SL_EDATA,
                   "a batch of more than 2 GB cannot be compressed: use a smaller --sink-batch");
  }
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return sl_fail(err, SL_ENOMEM, "out of memory compressing a batch");
  }
  size_t most = deflateBound(&z, in->length);
  sl_status rc = SL_OK;
  if (sl_buffer_reserve(out, most)) {
    z.next_in = (Bytef *)(uintptr_t)in->data;
    z.avail_in = (uInt)in->length;
    z.next_out = (Bytef *)out->data + out->length;
    z.avail_out = (uInt)most;
    rc = deflate(&z, Z_FINISH) == Z_STREAM_END
             ? SL_OK
             : sl_fail(err, SL_EINTERNAL, "a batch could not be compressed");
    out->length += z.total_out;
  }
  deflateEnd(&z);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}
