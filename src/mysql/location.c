/* location.c - see location.h. */
#include "mysql/location.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "database/database.h"

/* Options behind the question mark whose value is a text; '_' and '-' are the same in their names,
 * and those that other tools write are known. */
static const struct {
  const char *name;
  size_t offset;
} text_options[] = {
  { "socket", offsetof(struct maria_location, socket) },
  { "unix-socket", offsetof(struct maria_location, socket) },
  { "ssl-ca", offsetof(struct maria_location, ca) },
  { "ssl-capath", offsetof(struct maria_location, capath) },
  { "ssl-cert", offsetof(struct maria_location, cert) },
  { "ssl-key", offsetof(struct maria_location, key) },
  { "ssl-cipher", offsetof(struct maria_location, cipher) },
  { "ssl-crl", offsetof(struct maria_location, crl) },
  { "tls-version", offsetof(struct maria_location, tls_version) },
  { "option-file", offsetof(struct maria_location, option_file) },
  { "option-group", offsetof(struct maria_location, option_group) },
};

static const char *const tls_modes[] = { "disabled", "preferred", "required", "verify-ca",
                                         "verify-identity" };

void maria_location_release(struct maria_location *l) {
  char *texts[] = { l->user, l->password,    l->host,        l->database,    l->socket,
                    l->ca,   l->capath,      l->cert,        l->key,         l->cipher,
                    l->crl,  l->tls_version, l->option_file, l->option_group };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    free(texts[i]);
  }
  *l = (struct maria_location){ 0 };
}

static sl_status decode(const char *text, size_t length, char **out, struct sl_error *err) {
  free(*out);
  *out = sl_db_url_decode(text, length);
  return *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a URL") : SL_OK;
}

/* True when `name` is the option `known`, capitals and underscores aside. */
static bool is_option(struct sl_text name, const char *known) {
  if (name.length != strlen(known)) {
    return false;
  }
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i] == '_' ? '-' : name.data[i];
    if (c != known[i] && !(c >= 'A' && c <= 'Z' && c + ('a' - 'A') == known[i])) {
      return false;
    }
  }
  return true;
}

static sl_status set_tls(struct maria_location *l, struct sl_text value, struct sl_error *err) {
  for (size_t i = 0; i < sizeof tls_modes / sizeof tls_modes[0]; i++) {
    if (is_option(value, tls_modes[i])) {
      l->tls = (enum maria_tls)i;
      return SL_OK;
    }
  }
  return sl_fail(err, SL_EUSAGE,
                 "ssl-mode=%.*s: choose disabled, preferred, required, verify-ca or "
                 "verify-identity",
                 (int)value.length, value.data);
}

static bool is_yes(struct sl_text value) {
  return is_option(value, "1") || is_option(value, "true") || is_option(value, "yes");
}

static sl_status set_option(struct maria_location *l, struct sl_text name, struct sl_text value,
                            struct sl_error *err) {
  for (size_t i = 0; i < sizeof text_options / sizeof text_options[0]; i++) {
    if (is_option(name, text_options[i].name)) {
      char **target = (char **)(void *)((char *)l + text_options[i].offset);
      return decode(value.data, value.length, target, err);
    }
  }
  if (is_option(name, "ssl-mode")) {
    return set_tls(l, value, err);
  }
  if (is_option(name, "compress")) {
    l->compress = is_yes(value);
    return SL_OK;
  }
  if (is_option(name, "charset")) {
    return SL_OK; /* other tools need it; here texts are always UTF-8 */
  }
  return sl_fail(err, SL_EUSAGE,
                 "the URL has an option '%.*s' that is not known; known are ssl-mode, ssl-ca, "
                 "ssl-capath, ssl-cert, ssl-key, ssl-cipher, ssl-crl, tls-version, socket, "
                 "compress, option-file, option-group",
                 (int)name.length, name.data);
}

static sl_status parse_options(struct maria_location *l, const char *text, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && *text != '\0' && *text != '#') {
    size_t length = strcspn(text, "&#");
    size_t name = strcspn(text, "=&#");
    struct sl_text value = { text + name, 0 };
    if (name < length) {
      value = (struct sl_text){ text + name + 1, length - name - 1 };
    }
    if (length > 0) {
      rc = set_option(l, (struct sl_text){ text, name }, value, err);
    }
    text += length + (text[length] == '&');
  }
  return rc;
}

static sl_status parse_port(struct maria_location *l, const char *text, size_t length,
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
  l->port = (unsigned)port;
  return SL_OK;
}

/* host, host:port or [::1]:port */
static sl_status parse_host(struct maria_location *l, const char *text, size_t length,
                            struct sl_error *err) {
  const char *end = text + length;
  const char *close = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
  const char *colon =
      memchr(close == NULL ? text : close, ':', (size_t)(end - (close == NULL ? text : close)));
  const char *host_end = colon == NULL ? end : colon;
  sl_status rc = colon == NULL ? SL_OK : parse_port(l, colon + 1, (size_t)(end - colon - 1), err);
  if (close != NULL) {
    text++;
    host_end = close;
  }
  return rc == SL_OK && host_end > text ? decode(text, (size_t)(host_end - text), &l->host, err)
                                        : rc;
}

static sl_status parse_authority(struct maria_location *l, const char *text, size_t length,
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
      rc = decode(colon + 1, (size_t)(at - colon - 1), &l->password, err);
      user = (size_t)(colon - text);
    }
    if (rc == SL_OK && user > 0) {
      rc = decode(text, user, &l->user, err);
    }
    length -= (size_t)(at + 1 - text);
    text = at + 1;
  }
  return rc == SL_OK ? parse_host(l, text, length, err) : rc;
}

sl_status maria_location_parse(struct maria_location *out, const char *text, struct sl_error *err) {
  *out = (struct maria_location){ .tls = MARIA_TLS_PREFERRED };
  if (strncmp(text, "//", 2) != 0) {
    return sl_fail(err, SL_EUSAGE,
                   "the URL must look like mysql://user:password@host:3306/database (or "
                   "mysql:///database?socket=/path for a socket)");
  }
  const char *authority = text + 2;
  size_t length = strcspn(authority, "/?#");
  const char *path = authority + length;
  size_t path_length = strcspn(path, "?#");
  sl_status rc = parse_authority(out, authority, length, err);
  if (rc == SL_OK && path_length > 1) {
    rc = decode(path + 1, path_length - 1, &out->database, err);
  }
  if (rc == SL_OK && path[path_length] == '?') {
    rc = parse_options(out, path + path_length + 1, err);
  }
  if (rc == SL_OK && out->tls == MARIA_TLS_VERIFY_CA && out->ca == NULL && out->capath == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "ssl-mode=verify-ca needs ssl-ca: the file with the certificates to trust");
  }
  return rc;
}
