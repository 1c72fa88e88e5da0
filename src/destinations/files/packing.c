/* packing.c - bytes into a file, compressed on the way; see writer.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "writer.h"

enum { OUT_BYTES = 1 << 18, GZIP_LEVEL = 4, ZSTD_LEVEL = 3, GZIP_HEADER = 16 };

struct files_packer {
  enum files_packing packing;
  int fd;
  char *path;
  int64_t written;
  z_stream gzip;
  bool gzip_open;
  ZSTD_CCtx *zstd;
  char out[OUT_BYTES];
};

static void free_packer(struct files_packer *p) {
  if (p->gzip_open) {
    deflateEnd(&p->gzip);
  }
  ZSTD_freeCCtx(p->zstd);
  if (p->fd >= 0) {
    close(p->fd);
  }
  free(p->path);
  free(p);
}

sl_status files_packer_open(struct files_packer **out, enum files_packing packing, const char *path,
                            struct sl_error *err) {
  struct files_packer *p = calloc(1, sizeof *p);
  if (p == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", path);
  }
  p->packing = packing;
  p->path = strdup(path);
  p->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  sl_status rc = p->path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", path)
                 : p->fd < 0     ? sl_fail_errno(err, errno, "cannot write %s", path)
                                 : SL_OK;
  if (rc == SL_OK && packing == FILES_GZIP) {
    p->gzip_open = deflateInit2(&p->gzip, GZIP_LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_HEADER, 8,
                                Z_DEFAULT_STRATEGY) == Z_OK;
    rc = p->gzip_open ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for %s", path);
  }
  if (rc == SL_OK && packing == FILES_ZSTD) {
    p->zstd = ZSTD_createCCtx();
    bool ready = p->zstd != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(
                                        p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL));
    rc = ready ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for %s", path);
  }
  if (rc != SL_OK) {
    free_packer(p);
    return rc;
  }
  *out = p;
  return SL_OK;
}

static sl_status put(struct files_packer *p, const char *data, size_t length,
                     struct sl_error *err) {
  while (length > 0) {
    ssize_t n = write(p->fd, data, length);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return sl_fail_errno(err, errno, "cannot write %s", p->path);
    }
    data += n;
    length -= (size_t)n;
    p->written += n;
  }
  return SL_OK;
}

static sl_status put_gzip(struct files_packer *p, const char *data, size_t length, bool end,
                          struct sl_error *err) {
  sl_status rc = SL_OK;
  p->gzip.next_in = (const Bytef *)data;
  p->gzip.avail_in = (uInt)length;
  for (int state = Z_OK; rc == SL_OK && state != Z_STREAM_END;) {
    p->gzip.next_out = (Bytef *)p->out;
    p->gzip.avail_out = OUT_BYTES;
    state = deflate(&p->gzip, end ? Z_FINISH : Z_NO_FLUSH);
    rc = put(p, p->out, OUT_BYTES - p->gzip.avail_out, err);
    if (!end && p->gzip.avail_in == 0 && p->gzip.avail_out > 0) {
      break;
    }
  }
  return rc;
}

static sl_status put_zstd(struct files_packer *p, const char *data, size_t length, bool end,
                          struct sl_error *err) {
  ZSTD_inBuffer in = { data, length, 0 };
  sl_status rc = SL_OK;
  size_t left = 1;
  while (rc == SL_OK && (end ? left > 0 : in.pos < in.size)) {
    ZSTD_outBuffer out = { p->out, OUT_BYTES, 0 };
    left = ZSTD_compressStream2(p->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    rc = ZSTD_isError(left)
             ? sl_fail(err, SL_EINTERNAL, "compressing %s: %s", p->path, ZSTD_getErrorName(left))
             : put(p, p->out, out.pos, err);
  }
  return rc;
}

static sl_status feed(struct files_packer *p, const char *data, size_t length, bool end,
                      struct sl_error *err) {
  switch (p->packing) {
    case FILES_GZIP: return put_gzip(p, data, length, end, err);
    case FILES_ZSTD: return put_zstd(p, data, length, end, err);
    default: return put(p, data, length, err);
  }
}

sl_status files_packer_write(struct files_packer *p, const char *data, size_t length,
                             struct sl_error *err) {
  enum { PIECE = 1 << 30 }; /* zlib counts in 32 bits */
  sl_status rc = SL_OK;
  while (rc == SL_OK && length > 0) {
    size_t n = length < PIECE ? length : PIECE;
    rc = feed(p, data, n, false, err);
    data += n;
    length -= n;
  }
  return rc;
}

int64_t files_packer_bytes(const struct files_packer *p) {
  return p->written;
}

sl_status files_packer_close(struct files_packer *p, bool abandon, struct sl_error *err) {
  sl_status rc = abandon ? SL_OK : feed(p, "", 0, true, err);
  int fd = p->fd;
  p->fd = -1;
  if (close(fd) != 0 && rc == SL_OK && !abandon) {
    rc = sl_fail_errno(err, errno, "cannot write %s", p->path);
  }
  free_packer(p);
  return rc;
}
