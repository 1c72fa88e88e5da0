/* url.c - see url.h. */
#include "base/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

char *sl_url_decode(const char *text, size_t length) {
  char *out = malloc(length + 1);
  size_t n = 0;
  for (size_t i = 0; out != NULL && i < length; i++) {
    int high = text[i] == '%' && i + 2 < length + 0 ? sl_hex_digit(text[i + 1]) : -1;
    int low = high >= 0 ? sl_hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out[n++] = (char)(high * 16 + low);
      i += 2;
    } else {
      out[n++] = text[i];
    }
  }
  if (out != NULL) {
    out[n] = '\0';
  }
  return out;
}

void sl_url_release(struct sl_url *url) {
  free(url->user);
  free(url->password);
  free(url->host);
  free(url->path);
  *url = (struct sl_url){ 0 };
}

static sl_status decode(const char *text, size_t length, char **out, struct sl_error *err) {
  *out = sl_url_decode(text, length);
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a URL") : SL_OK;
}

static sl_status parse_port(struct sl_url *url, const char *text, size_t length,
                            struct sl_error *err) {
  unsigned long port = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9' || port > 65535) {
      port = 65536;
      break;
    }
    port = port * 10 + (unsigned long)(text[i] - '0');
  }
  if (length > 0 && (port == 0 || port > 65535)) {
    return sl_fail(err, SL_EUSAGE,
                   "the URL's port is not a number from 1 to 65535; special characters in a user "
                   "name or password are written with percent signs (@ as %%40, / as %%2F, # as "
                   "%%23)");
  }
  url->port = (unsigned)port;
  return SL_OK;
}

/* host, host:port or [::1]:port */
static sl_status parse_host(struct sl_url *url, const char *text, size_t length,
                            struct sl_error *err) {
  const char *end = text + length;
  const char *close = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
  const char *colon =
      memchr(close == NULL ? text : close, ':', (size_t)(end - (close == NULL ? text : close)));
  const char *host_end = colon == NULL ? end : colon;
  sl_status rc = colon == NULL ? SL_OK : parse_port(url, colon + 1, (size_t)(end - colon - 1), err);
  if (close != NULL) {
    text++;
    host_end = close;
  }
  return rc == SL_OK && host_end > text ? decode(text, (size_t)(host_end - text), &url->host, err)
                                        : rc;
}

static sl_status parse_authority(struct sl_url *url, const char *text, size_t length,
                                 struct sl_error *err) {
  const char *at = NULL; /* the last one: an unescaped @ in a password does no harm */
  for (size_t i = 0; i < length; i++) {
    at = text[i] == '@' ? text + i : at;
  }
  sl_status rc = SL_OK;
  if (at != NULL) {
    size_t user = (size_t)(at - text);
    const char *colon = memchr(text, ':', user);
    if (colon != NULL) {
      rc = decode(colon + 1, (size_t)(at - colon - 1), &url->password, err);
      user = (size_t)(colon - text);
    }
    if (rc == SL_OK && user > 0) {
      rc = decode(text, user, &url->user, err);
    }
    length -= (size_t)(at + 1 - text);
    text = at + 1;
  }
  return rc == SL_OK ? parse_host(url, text, length, err) : rc;
}

sl_status sl_url_parse(struct sl_url *out, const char *text, struct sl_error *err) {
  *out = (struct sl_url){ 0 };
  const char *authority = text + 2;
  size_t length = strcspn(authority, "/?#");
  const char *path = authority + length;
  size_t path_length = strcspn(path, "?#");
  out->options = path[path_length] == '?' ? path + path_length + 1 : "";
  sl_status rc = parse_authority(out, authority, length, err);
  if (rc == SL_OK && path_length > 1) {
    rc = decode(path + 1, path_length - 1, &out->path, err);
  }
  return rc;
}
