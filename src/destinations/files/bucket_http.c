/* bucket_http.c - what the kinds of object stores have in common: URLs, answers in XML, errors. */
#include <stdio.h>
#include <stdlib.h>

#include "bucket.h"

sl_status bucket_split(const char *scheme, const char *location, char bucket[128],
                       struct sl_buffer *prefix, struct sl_error *err) {
  const char *name = location + strspn(location, "/");
  size_t length = strcspn(name, "/");
  if (strncmp(location, "//", 2) != 0 || length == 0 || length >= 128 ||
      strcspn(name, "?#@ ") < length) {
    return sl_fail(err, SL_EUSAGE, "write the place as %s://bucket/path", scheme);
  }
  snprintf(bucket, 128, "%.*s", (int)length, name);
  const char *path = name + length;
  path += strspn(path, "/");
  size_t end = strlen(path);
  while (end > 0 && path[end - 1] == '/') {
    end--;
  }
  sl_buffer_append(prefix, path, end);
  if (end > 0) {
    sl_buffer_char(prefix, '/');
  }
  return sl_buffer_check(prefix, err);
}

sl_status bucket_http_new(struct bucket *b, const struct files_settings *settings,
                          struct sl_error *err) {
  struct sl_http_settings http = { .tries = (int)settings->tries,
                                   .failure = SL_EDEST,
                                   .ca_file = settings->ca_file };
  return sl_http_new(&b->http, &http, err);
}

void bucket_query(const char *lines, struct sl_buffer *out) {
  const char *before = "";
  while (*lines != '\0') {
    size_t n = strcspn(lines, "\n");
    size_t name = strcspn(lines, "=");
    char *value = strndup(lines + name + 1, n - name - 1);
    sl_buffer_printf(out, "%s%.*s=", before, (int)name, lines);
    sl_http_encode(out, value == NULL ? "" : value, false);
    out->failed = out->failed || value == NULL;
    free(value);
    lines += n + (lines[n] == '\n');
    before = "&";
  }
}

static void unescape(const char *text, size_t length, struct sl_buffer *out) {
  static const struct {
    const char *name;
    char c;
  } entities[] = {
    { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }
  };
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    for (size_t e = 0; c == '&' && e < sizeof entities / sizeof entities[0]; e++) {
      size_t n = strlen(entities[e].name);
      if (n <= length - i && strncmp(text + i, entities[e].name, n) == 0) {
        c = entities[e].c;
        i += n - 1;
        break;
      }
    }
    if (c == '&' && strncmp(text + i, "&#", 2) == 0) {
      char *end;
      bool hex = text[i + 2] == 'x';
      long code = strtol(text + i + (hex ? 3 : 2), &end, hex ? 16 : 10);
      char utf8[4];
      if (*end == ';' && code > 0 && code <= 0x10ffff) {
        sl_buffer_append(out, utf8, sl_utf8_write(utf8, (uint32_t)code));
        i = (size_t)(end - text);
        continue;
      }
    }
    sl_buffer_char(out, c);
  }
}

bool bucket_xml(const char **at, const char *tag, struct sl_buffer *out) {
  char open[64];
  char close[64];
  snprintf(open, sizeof open, "<%s>", tag);
  snprintf(close, sizeof close, "</%s>", tag);
  const char *begin = *at == NULL ? NULL : strstr(*at, open);
  const char *end = begin == NULL ? NULL : strstr(begin, close);
  if (end == NULL) {
    return false;
  }
  begin += strlen(open);
  sl_buffer_reset(out);
  unescape(begin, (size_t)(end - begin), out);
  *at = end + strlen(close);
  return out->data != NULL;
}

/* What to do about the codes that users meet. */
static const char *advice(const char *code, long status) {
  static const struct {
    const char *code, *what;
  } known[] = {
    { "InvalidAccessKeyId", "the access key id is not known there" },
    { "SignatureDoesNotMatch", "the secret key is not the one of the access key id" },
    { "AuthenticationFailed", "the account key or SAS token is wrong or has expired" },
    { "ExpiredToken", "the session token has expired: get new credentials" },
    { "InvalidToken", "the session token is damaged or has expired: get new credentials" },
    { "TokenRefreshRequired", "the session token has expired: get new credentials" },
    { "RequestTimeTooSkewed", "the clock of this machine is wrong" },
    { "NoSuchBucket", "there is no such bucket: create it, or correct its name" },
    { "ContainerNotFound", "there is no such container: create it, or correct its name" },
    { "PermanentRedirect", "the bucket is in another region: give it with --region" },
    { "AuthorizationHeaderMalformed", "the bucket is in another region: give it with --region" },
    { "AccessDenied",
      "the credentials may not do this: they need to list, read, write and delete" },
    { "AuthorizationPermissionMismatch",
      "the credentials may not do this: they need to list, read, write and delete" },
    { "SlowDown", "the store wants fewer requests: try again later" },
    { "ServerBusy", "the store wants fewer requests: try again later" },
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strcmp(code, known[i].code) == 0) {
      return known[i].what;
    }
  }
  return status == 403   ? "the credentials may not do this"
         : status == 404 ? "it is not there"
         : status == 503 ? "the store wants fewer requests: try again later"
                         : NULL;
}

void bucket_code(const struct sl_http_answer *answer, struct sl_buffer *out) {
  const char *at = answer->body.data;
  if (!bucket_xml(&at, "Code", out) && /* HEAD has no body; Azure says it in a header */
      !sl_http_header(answer, "x-ms-error-code", out)) {
    sl_buffer_text(out, "");
  }
}

sl_status bucket_fail(struct bucket *b, const char *doing, const char *key,
                      const struct sl_http_answer *answer, struct sl_error *err) {
  struct sl_buffer code = { 0 };
  struct sl_buffer message = { 0 };
  const char *at = answer->body.data;
  bucket_code(answer, &code);
  bucket_xml(&at, "Message", &message);
  const char *name = code.data == NULL ? "" : code.data;
  const char *known = advice(name, answer->status);
  bool missing = strcmp(name, "NoSuchBucket") == 0 || strcmp(name, "ContainerNotFound") == 0;
  sl_status rc = sl_fail(err, missing ? SL_ENOTFOUND : SL_EDEST, "%s %s/%s: %s (HTTP %ld%s%s)",
                         doing, b->shown.data, key,
                         known != NULL          ? known
                         : message.data != NULL ? message.data
                                                : "the store refuses it",
                         answer->status, name[0] == '\0' ? "" : " ", name);
  if (err != NULL) {
    err->retryable = answer->status == 503 || answer->status == 429 || answer->status >= 500;
    snprintf(err->vendor, sizeof err->vendor, "%.15s", name);
  }
  sl_buffer_release(&code);
  sl_buffer_release(&message);
  return rc;
}
