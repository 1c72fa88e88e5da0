/* frames.c - frames to and from the child; declared in python_internal.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <yyjson.h>

#include "sources/python/python_internal.h"

enum { HEAD = 9 };
#define MOST_BYTES (UINT64_C(1) << 31) /* of a frame: more is no frame of ours */

static sl_status gone(struct python_child *child, bool silent, struct sl_error *err) {
  return atomic_load(&child->stopped) ? sl_fail(err, SL_ECANCELLED, "the load was given up")
                                      : python_child_lost(child, silent, err);
}

static sl_status send_all(struct python_child *child, const char *data, size_t length,
                          struct sl_error *err) {
  while (length > 0) {
    ssize_t n = send(child->socket, data, length, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) {
      return gone(child, false, err);
    }
    data += n > 0 ? n : 0;
    length -= n > 0 ? (size_t)n : 0;
  }
  return SL_OK;
}

sl_status python_send(struct python_child *child, enum python_frame kind, const char *data,
                      size_t length, struct sl_error *err) {
  char head[HEAD] = { (char)kind };
  for (int i = 0; i < 8; i++) {
    head[1 + i] = (char)((uint64_t)length >> (8 * i));
  }
  sl_status rc = send_all(child, head, HEAD, err);
  return rc == SL_OK ? send_all(child, data, length, err) : rc;
}

static sl_status receive_all(struct python_child *child, char *data, size_t length,
                             struct sl_error *err) {
  int64_t limit = child->settings->timeout;
  while (length > 0) {
    struct pollfd fd = { .fd = child->socket, .events = POLLIN };
    int ready = poll(&fd, 1, limit > 0 ? (int)(limit * 1000) : -1);
    if (ready == 0) {
      return gone(child, true, err);
    }
    ssize_t n = ready < 0 ? -1 : recv(child->socket, data, length, 0);
    if (n == 0 || (n < 0 && errno != EINTR)) {
      return gone(child, false, err);
    }
    data += n > 0 ? n : 0;
    length -= n > 0 ? (size_t)n : 0;
  }
  return SL_OK;
}

/* {"code", "message"} as an error. */
static sl_status told(const struct python_child *child, char *data, size_t length,
                      struct sl_error *err) {
  yyjson_doc *doc = yyjson_read(data, length, 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  const char *message = yyjson_get_str(yyjson_obj_get(root, "message"));
  const char *code = yyjson_get_str(yyjson_obj_get(root, "code"));
  sl_status status = SL_ESOURCE;
  for (int i = SL_OK + 1; code != NULL && i <= SL_EINTERNAL; i++) {
    status = strcmp(sl_status_name((sl_status)i), code) == 0 ? (sl_status)i : status;
  }
  sl_fail(err, status, "Python source %s: %s", child->name,
          message == NULL ? "it failed" : message);
  yyjson_doc_free(doc);
  return status;
}

sl_status python_receive(struct python_child *child, enum python_frame *kind, char **data,
                         size_t *length, struct sl_error *err) {
  unsigned char head[HEAD];
  uint64_t size = 0;
  *data = NULL;
  sl_status rc = receive_all(child, (char *)head, HEAD, err);
  if (rc != SL_OK) {
    return rc;
  }
  for (int i = 0; i < 8; i++) {
    size |= (uint64_t)head[1 + i] << (8 * i);
  }
  if (size > MOST_BYTES) {
    return sl_fail(err, SL_ESOURCE, "Python source %s: what came from it is no frame of rows",
                   child->name);
  }
  *data = calloc(1, (size_t)size + SL_BLOCK_PADDING);
  if (*data == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for rows of %s", child->name);
  }
  rc = receive_all(child, *data, (size_t)size, err);
  *length = (size_t)size;
  *kind = (enum python_frame)head[0];
  if (rc == SL_OK && *kind == PYTHON_FAILURE) {
    rc = told(child, *data, *length, err);
  }
  if (rc != SL_OK) {
    free(*data);
    *data = NULL;
  }
  return rc;
}
