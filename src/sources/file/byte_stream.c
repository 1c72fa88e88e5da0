/* byte_stream.c - see byte_stream.h. */
#include "byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

enum { INPUT_BYTES = 256 << 10 };

struct byte_stream {
  const char *path;
  int fd;
  int keep; /* file that gets a copy of all that is read; -1 = none */
  enum file_packing packing;
  const atomic_bool *cancelled;
  int64_t position;
  char *input; /* packed bytes not used up yet */
  size_t from, to;
  bool input_ended, inside; /* inside: a member or frame has begun and not ended */
  bool sniffed;
  z_stream zlib;
  bool zlib_open;
  ZSTD_DStream *zstd;
};

sl_status byte_stream_open(struct byte_stream **out, const struct file_item *item,
                           const atomic_bool *cancelled, struct sl_error *err) {
  struct byte_stream *s = calloc(1, sizeof *s);
  if (s == NULL || (s->input = malloc(INPUT_BYTES)) == NULL) {
    free(s);
    return sl_fail(err, SL_ENOMEM, "out of memory reading %s", item->path);
  }
  s->path = item->path;
  s->packing = item->packing;
  s->cancelled = cancelled;
  s->keep =
      item->keep == NULL ? -1 : open(item->keep, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  s->fd = strcmp(item->path, "-") == 0 ? STDIN_FILENO : open(item->path, O_RDONLY | O_CLOEXEC);
  if (s->fd < 0) {
    sl_status rc = sl_fail_errno(err, errno, "cannot read %s", item->path);
    byte_stream_close(s);
    return rc;
  }
  *out = s;
  return SL_OK;
}

void byte_stream_close(struct byte_stream *s) {
  if (s == NULL) {
    return;
  }
  if (s->zlib_open) {
    inflateEnd(&s->zlib);
  }
  ZSTD_freeDStream(s->zstd);
  if (s->fd > STDIN_FILENO) {
    close(s->fd);
  }
  if (s->keep >= 0) {
    close(s->keep);
  }
  free(s->input);
  free(s);
}

int64_t byte_stream_position(const struct byte_stream *s) {
  return s->position;
}

sl_status byte_stream_seek(struct byte_stream *s, int64_t offset, struct sl_error *err) {
  if (lseek(s->fd, offset, SEEK_SET) < 0) {
    return sl_fail_errno(err, errno, "reading %s at byte %lld", s->path, (long long)offset);
  }
  s->from = s->to = 0;
  s->input_ended = false;
  s->position = offset;
  return SL_OK;
}

/* A copy that is not whole is worth nothing: it is given up, and the load goes on. */
static void keep_copy(struct byte_stream *s, const char *data, size_t size) {
  while (s->keep >= 0 && size > 0) {
    ssize_t written = write(s->keep, data, size);
    if (written > 0) {
      data += written;
      size -= (size_t)written;
    } else if (errno != EINTR) {
      if (ftruncate(s->keep, 0) != 0) {
        errno = 0; /* it stays, cut off; its size tells */
      }
      close(s->keep);
      s->keep = -1;
    }
  }
}

/* read() that gives up when cancelled; pipes and terminals are polled. */
static sl_status read_some(struct byte_stream *s, char *out, size_t size, size_t *n,
                           struct sl_error *err) {
  for (;;) {
    struct pollfd wait = { .fd = s->fd, .events = POLLIN };
    if (atomic_load(s->cancelled)) {
      return sl_fail(err, SL_ECANCELLED, "reading %s was stopped", s->path);
    }
    int ready = poll(&wait, 1, 100);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
      continue;
    }
    ssize_t got = read(s->fd, out, size);
    if (got >= 0) {
      *n = (size_t)got;
      s->position += got;
      keep_copy(s, out, *n);
      return SL_OK;
    }
    if (errno != EINTR && errno != EAGAIN) {
      return sl_fail_errno(err, errno, "reading %s", s->path);
    }
  }
}

static sl_status fill_input(struct byte_stream *s, struct sl_error *err) {
  size_t n = 0;
  sl_status rc = read_some(s, s->input, INPUT_BYTES, &n, err);
  s->from = 0;
  s->to = n;
  s->input_ended = n == 0;
  return rc;
}

static sl_status damaged(const struct byte_stream *s, const char *reason, struct sl_error *err) {
  return sl_fail(err, SL_EDATA, "%s: the %s data is damaged near byte %lld: %s", s->path,
                 s->packing == FILE_GZIP ? "gzip" : "zstd", (long long)s->position, reason);
}

static sl_status read_gzip(struct byte_stream *s, char *out, size_t size, size_t *n,
                           struct sl_error *err) {
  if (!s->zlib_open) {
    if (inflateInit2(&s->zlib, 15 + 16) != Z_OK) {
      return sl_fail(err, SL_ENOMEM, "out of memory for zlib");
    }
    s->zlib_open = true;
  }
  s->zlib.next_in = (Bytef *)s->input + s->from;
  s->zlib.avail_in = (uInt)(s->to - s->from);
  s->zlib.next_out = (Bytef *)out;
  s->zlib.avail_out = (uInt)size;
  int code = inflate(&s->zlib, Z_NO_FLUSH);
  s->from = s->to - s->zlib.avail_in;
  *n = size - s->zlib.avail_out;
  s->inside = code != Z_STREAM_END;
  if (code == Z_STREAM_END) {
    inflateReset(&s->zlib); /* another member may follow */
    return SL_OK;
  }
  return code == Z_OK || code == Z_BUF_ERROR
             ? SL_OK
             : damaged(s, s->zlib.msg == NULL ? "unexpected data" : s->zlib.msg, err);
}

static sl_status read_zstd(struct byte_stream *s, char *out, size_t size, size_t *n,
                           struct sl_error *err) {
  if (s->zstd == NULL && (s->zstd = ZSTD_createDStream()) == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for zstd");
  }
  ZSTD_inBuffer in = { s->input, s->to, s->from };
  ZSTD_outBuffer to = { out, size, 0 };
  size_t code = ZSTD_decompressStream(s->zstd, &to, &in);
  s->from = in.pos;
  *n = to.pos;
  s->inside = code != 0;
  return ZSTD_isError(code) ? damaged(s, ZSTD_getErrorName(code), err) : SL_OK;
}

/* Standard input tells what it is by its first bytes. */
static void sniff_packing(struct byte_stream *s) {
  const unsigned char *head = (const unsigned char *)s->input;
  if (s->to >= 2 && head[0] == 0x1F && head[1] == 0x8B) {
    s->packing = FILE_GZIP;
  } else if (s->to >= 4 && memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0) {
    s->packing = FILE_ZSTD;
  }
}

static sl_status read_plain(struct byte_stream *s, char *out, size_t size, size_t *n,
                            struct sl_error *err) {
  if (s->from < s->to) { /* what sniffing has read */
    size_t rest = s->to - s->from;
    *n = rest < size ? rest : size;
    memcpy(out, s->input + s->from, *n);
    s->from += *n;
    return SL_OK;
  }
  return read_some(s, out, size, n, err);
}

sl_status byte_stream_read(struct byte_stream *s, char *out, size_t size, size_t *n,
                           struct sl_error *err) {
  sl_status rc = SL_OK;
  *n = 0;
  if (!s->sniffed && s->packing == FILE_PLAIN && s->fd == STDIN_FILENO) {
    rc = fill_input(s, err);
    sniff_packing(s);
  }
  s->sniffed = true;
  if (rc == SL_OK && s->packing == FILE_PLAIN) {
    return s->input_ended ? SL_OK : read_plain(s, out, size, n, err);
  }
  while (rc == SL_OK && *n == 0) {
    if (s->from == s->to && !s->input_ended) {
      rc = fill_input(s, err);
    }
    if (rc == SL_OK && s->from == s->to && s->input_ended) {
      return s->inside ? damaged(s, "it ends in the middle", err) : SL_OK;
    }
    if (rc == SL_OK) {
      rc = s->packing == FILE_GZIP ? read_gzip(s, out, size, n, err)
                                   : read_zstd(s, out, size, n, err);
    }
  }
  return rc;
}
