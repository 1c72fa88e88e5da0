/* location.c - see location.h. */
#include "mysql/location.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/url.h"

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
  *out = sl_url_decode(text, length);
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

sl_status maria_location_parse(struct maria_location *out, const char *text, struct sl_error *err) {
  struct sl_url url = { 0 };
  *out = (struct maria_location){ .tls = MARIA_TLS_PREFERRED };
  if (strncmp(text, "//", 2) != 0) {
    return sl_fail(err, SL_EUSAGE,
                   "the URL must look like mysql://user:password@host:3306/database (or "
                   "mysql:///database?socket=/path for a socket)");
  }
  sl_status rc = sl_url_parse(&url, text, err);
  out->user = url.user;
  out->password = url.password;
  out->host = url.host;
  out->database = url.path;
  out->port = url.port;
  if (rc == SL_OK) {
    rc = parse_options(out, url.options, err);
  }
  if (rc == SL_OK && out->tls == MARIA_TLS_VERIFY_CA && out->ca == NULL && out->capath == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "ssl-mode=verify-ca needs ssl-ca: the file with the certificates to trust");
  }
  return rc;
}
