/* headers.c - headers and authentication from options and environment. */
#include <ctype.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/real.h"
#include "http_internal.h"

void http_texts_release(struct http_texts *texts) {
  for (size_t i = 0; i < texts->count; i++) {
    free(texts->items[i]);
  }
  free(texts->items);
  *texts = (struct http_texts){ 0 };
}

sl_status http_texts_add(struct http_texts *texts, struct sl_buffer *text, struct sl_error *err) {
  sl_status rc =
      sl_grow(&texts->items, &texts->capacity, texts->count + 1, sizeof *texts->items, err);
  char *taken = rc == SL_OK ? sl_buffer_take(text) : NULL;
  if (taken == NULL) {
    sl_buffer_release(text);
    return sl_fail(err, SL_ENOMEM, "out of memory for headers");
  }
  texts->items[texts->count++] = taken;
  return SL_OK;
}

static sl_status add_secret(struct http_sink *sink, const char *text, struct sl_error *err) {
  struct sl_buffer copy = { 0 };
  if (strlen(text) < 4) {
    return SL_OK; /* hiding it would hide every message */
  }
  sl_buffer_text(&copy, text);
  return http_texts_add(&sink->secrets, &copy, err);
}

/* Appends text with ${NAME} replaced; what it is replaced by is a secret. */
static sl_status expand(struct http_sink *sink, const char *option, const char *text,
                        struct sl_buffer *out, struct sl_error *err) {
  while (*text != '\0') {
    const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
    if (end == NULL) {
      sl_buffer_char(out, *text++);
      continue;
    }
    char name[128] = "";
    if ((size_t)(end - text - 2) < sizeof name) {
      memcpy(name, text + 2, (size_t)(end - text - 2));
    }
    const char *value = getenv(name);
    if (value == NULL) {
      return sl_fail(err, SL_EUSAGE, "--%s: the environment has no variable '%s'", option, name);
    }
    sl_buffer_text(out, value);
    sl_status rc = add_secret(sink, value, err);
    if (rc != SL_OK) {
      return rc;
    }
    text = end + 1;
  }
  return sl_buffer_check(out, err);
}

/* A token: visible characters, ':' and what else no name has excepted. */
static bool is_name(const char *text, size_t length) {
  bool good = length > 0;
  for (size_t i = 0; good && i < length; i++) {
    good = text[i] > ' ' && text[i] < 127 && strchr("()<>@,;:\\\"/[]?={}", text[i]) == NULL;
  }
  return good;
}

/* "Name: value" as it goes out; emptied. */
static sl_status add_line(struct http_sink *sink, const char *option, struct sl_buffer *line,
                          struct sl_error *err) {
  sl_status rc = sl_buffer_check(line, err);
  const char *text = line->data == NULL ? "" : line->data;
  const char *colon = strchr(text, ':');
  if (rc == SL_OK && (colon == NULL || !is_name(text, (size_t)(colon - text)) ||
                      strlen(text) != line->length || strpbrk(text, "\r\n") != NULL)) {
    rc = sl_fail(err, SL_EUSAGE, "--%s: write 'Name: value', without line breaks in the value",
                 option);
  }
  if (rc == SL_OK) {
    return http_texts_add(&sink->headers, line, err);
  }
  sl_buffer_release(line);
  return rc;
}

/* Headers are separated by '|', values may hold secrets of the environment. */
static sl_status add_given(struct http_sink *sink, const char *text, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && text != NULL && *text != '\0') {
    size_t length = strcspn(text, "|");
    struct sl_buffer one = { 0 };
    struct sl_buffer line = { 0 };
    while (length > 0 && isspace((unsigned char)*text)) {
      text++;
      length--;
    }
    sl_buffer_append(&one, text, length);
    rc = sl_buffer_check(&one, err);
    if (rc == SL_OK) {
      rc = expand(sink, "http-headers", one.data, &line, err);
    }
    const char *value = rc == SL_OK ? strchr(line.data == NULL ? "" : line.data, ':') : NULL;
    if (value != NULL) { /* whatever it is: it may be a key */
      rc = add_secret(sink, value + 1 + strspn(value + 1, " "), err);
    }
    if (rc == SL_OK) {
      rc = add_line(sink, "http-headers", &line, err);
    } else {
      sl_buffer_release(&line);
    }
    sl_buffer_release(&one);
    text += length + (text[length] == '|');
  }
  return rc;
}

static sl_status add_basic(struct http_sink *sink, const char *user, const char *password,
                           struct sl_error *err) {
  struct sl_buffer plain = { 0 };
  struct sl_buffer line = { 0 };
  sl_status rc = expand(sink, "http-user", user, &plain, err);
  sl_buffer_char(&plain, ':');
  size_t before = plain.length;
  if (rc == SL_OK) {
    rc = expand(sink, "http-password", password == NULL ? "" : password, &plain, err);
  }
  if (rc == SL_OK) {
    rc = add_secret(sink, plain.data + before, err);
  }
  sl_buffer_text(&line, "Authorization: Basic ");
  if (rc == SL_OK && sl_buffer_reserve(&line, (plain.length + 2) / 3 * 4 + 1)) {
    size_t coded = line.length;
    line.length +=
        sl_base64_encode(line.data + line.length, (const uint8_t *)plain.data, plain.length, 1);
    rc = add_secret(sink, line.data + coded, err);
  }
  sl_buffer_release(&plain);
  if (rc == SL_OK) {
    return add_line(sink, "http-user", &line, err);
  }
  sl_buffer_release(&line);
  return rc;
}

static sl_status add_secret_header(struct http_sink *sink, const char *option, const char *before,
                                   const char *between, const char *secret, struct sl_error *err) {
  struct sl_buffer line = { 0 };
  sl_buffer_printf(&line, "%s%s", before, between);
  size_t at = line.length;
  sl_status rc = expand(sink, option, secret, &line, err);
  if (rc == SL_OK) {
    rc = add_secret(sink, line.data + at, err);
  }
  if (rc == SL_OK) {
    return add_line(sink, option, &line, err);
  }
  sl_buffer_release(&line);
  return rc;
}

sl_status http_make_headers(struct http_sink *sink, const struct http_settings *s,
                            struct sl_error *err) {
  bool credentials = strstr(sink->url, "://") != NULL &&
                     memchr(strstr(sink->url, "://") + 3, '@',
                            strcspn(strstr(sink->url, "://") + 3, "/?#")) != NULL;
  if ((s->token != NULL) + (s->user != NULL) + (s->api_key != NULL) + credentials > 1) {
    return sl_fail(err, SL_EUSAGE,
                   "choose one of --http-token, --http-user, --http-api-key and a user in the URL");
  }
  if (!is_name(s->key_header, strlen(s->key_header))) {
    return sl_fail(err, SL_EUSAGE, "--http-key-header: '%s' is no name of a header", s->key_header);
  }
  if (s->password != NULL && s->user == NULL) {
    return sl_fail(err, SL_EUSAGE, "--http-password needs --http-user");
  }
  sl_status rc = add_given(sink, s->headers, err);
  if (rc == SL_OK && s->token != NULL) {
    rc = add_secret_header(sink, "http-token", "Authorization", ": Bearer ", s->token, err);
  }
  if (rc == SL_OK && s->api_key != NULL) {
    rc = add_secret_header(sink, "http-api-key", s->api_key_header, ": ", s->api_key, err);
  }
  if (rc == SL_OK && s->user != NULL) {
    rc = add_basic(sink, s->user, s->password, err);
  }
  return rc;
}

sl_status http_parse_rate(const char *text, int64_t *nanos, struct sl_error *err) {
  const char *end = NULL;
  *nanos = 0;
  if (text == NULL) {
    return SL_OK;
  }
  double count = sl_real_parse(text, &end);
  double seconds = strcmp(end, "") == 0 || strcmp(end, "/s") == 0 ? 1
                   : strcmp(end, "/m") == 0                       ? 60
                   : strcmp(end, "/h") == 0                       ? 3600
                                                                  : 0;
  if (end == text || seconds == 0 || !(count > 0) || count > 1e9 || seconds / count > 1e6) {
    return sl_fail(err, SL_EUSAGE,
                   "--rate: '%s': write requests a second like 5 or 0.5, or 100/m, 1000/h", text);
  }
  *nanos = (int64_t)(seconds * 1e9 / count);
  return SL_OK;
}
