/* redact.c - texts without the passwords in them, for traces and logs. */
#include <ctype.h>
#include <strings.h>

#include "base/redact.h"

static const char hidden[] = "***";

/* Length of "user:secret@" after "://"; *secret is where the secret begins. 0 = no secret. What is
 * a location as a whole may have anything in its secret, written without percent signs. */
static size_t credentials(const char *text, bool location, size_t *secret) {
  size_t end = location ? strlen(text) : strcspn(text, "/ \t\n\"'");
  size_t colon = strcspn(text, location ? ":/?#" : ":");
  size_t at = 0;
  for (size_t i = 0; i < end; i++) { /* the last one: a password may hold an @ */
    at = text[i] == '@' ? i : at;
  }
  *secret = colon + 1;
  return text[colon] == ':' && colon < at ? at : 0;
}

/* Length of what stands between the name of a key and its value: "=", ":", or `": ` in JSON. 0: the
 * name is none of a key. */
static size_t after_key(const char *text, bool *json) {
  size_t n = text[0] == '"' ? 1 : 0;
  *json = n > 0;
  while (*json && (text[n] == ' ' || text[n] == ':')) {
    n++;
  }
  if (*json) {
    return n > 1 && memchr(text, ':', n) != NULL && text[n] != '{' && text[n] != '[' ? n : 0;
  }
  return (text[0] == '=' || text[0] == ':') && text[1] != '\0' && text[1] != ' ' && text[1] != '/';
}

/* Length of "password=" or the like at `text`, 0 = none. json: it is a member's name. */
static size_t secret_key(const char *text, bool *json) {
  static const char *const keys[] = { "password", "passwd",     "pwd",           "token",
                                      "secret",   "api_key",    "apikey",        "access_key",
                                      "sas",      "credential", "private_key",   "passphrase",
                                      "auth",     "signature",  "client_secret", "motherduck_token",
                                      "sig",      "api-key" };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    size_t n = strlen(keys[i]);
    size_t more = strncasecmp(text, keys[i], n) == 0 ? after_key(text + n, json) : 0;
    if (more > 0) {
      return n + more;
    }
  }
  return 0;
}

/* The @ found by credentials may belong to password=a@b, whose end is not known. */
static bool holds_a_key(const char *text, size_t length) {
  bool found = false;
  bool json;
  for (size_t i = 0; i < length && !found; i++) {
    found = secret_key(text + i, &json) > 0;
  }
  return found;
}

/* Length of a value up to the next key of a location, or its end: "a b" of "a b host=h". */
static size_t value_in_location(const char *text) {
  size_t n = strcspn(text, "&; \t\n");
  while (text[n] != '\0') {
    size_t key = n + 1;
    while (isalpha((unsigned char)text[key]) || text[key] == '_') {
      key++;
    }
    if (key > n + 1 && text[key] == '=') {
      break;
    }
    n++;
    n += strcspn(text + n, "&; \t\n");
  }
  return n;
}

/* Length of the value of a key: up to a separator, or to what closes it: the same quote, or the
 * brace of ODBC's {a;b} (a doubled one stands for itself). ODBC's PWD may hold spaces. */
static size_t secret_value(const char *key, const char *text, bool location) {
  char close = text[0] == '{' ? '}' : text[0] == '\'' || text[0] == '"' ? text[0] : '\0';
  size_t n = 1;
  if (strncmp(text, hidden, strlen(hidden)) == 0) {
    return strlen(hidden); /* done before: what follows is no secret */
  }
  if (close == '\0' && location) {
    return value_in_location(text);
  }
  if (close == '\0') {
    return strcspn(text, strncasecmp(key, "pwd=", 4) == 0 ? "&;\n" : "&; \t\n\"',)");
  }
  while (text[n] != '\0' && (text[n] != close || text[n + 1] == close)) {
    n += text[n] == close ? 2 : 1;
  }
  return text[n] == '\0' ? n : n + 1;
}

/* Length of a JSON value that is no object and no list. 0 = leave it: null, or the name of a
 * variable that holds the secret. */
static size_t json_value(const char *text) {
  if (strncmp(text, "null", 4) == 0 || strncmp(text, "\"${", 3) == 0) {
    return 0;
  }
  size_t n = text[0] == '"' ? 1 : strcspn(text, ",}] \t\r\n");
  while (text[0] == '"' && text[n] != '\0' && text[n] != '"') {
    n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
  }
  return text[0] == '"' && text[n] == '"' ? n + 1 : n;
}

static void redact(struct sl_buffer *out, const char *text, bool location) {
  for (size_t i = 0; text[i] != '\0';) {
    size_t secret = 0;
    if (strncmp(text + i, "://", 3) == 0) {
      size_t end = credentials(text + i + 3, location, &secret);
      sl_buffer_text(out, "://");
      i += 3;
      if (end > 0) {
        sl_buffer_append(out, text + i, secret);
        sl_buffer_text(out, hidden);
        i += location && holds_a_key(text + i, end) ? strlen(text + i) : end;
      }
      continue;
    }
    bool starts = i == 0 || !isalnum((unsigned char)text[i - 1]);
    bool json = false;
    size_t key = starts ? secret_key(text + i, &json) : 0;
    if (key > 0 && json) {
      size_t value = json_value(text + i + key);
      sl_buffer_append(out, text + i, key);
      sl_buffer_text(out, value > 0 ? "\"***\"" : "");
      i += key + value;
      continue;
    }
    if (key > 0) {
      sl_buffer_append(out, text + i, key);
      sl_buffer_text(out, hidden);
      i += key + secret_value(text + i, text + i + key, location);
      continue;
    }
    sl_buffer_char(out, text[i++]);
  }
}

void sl_redact(struct sl_buffer *out, const char *text) {
  redact(out, text, false);
}

void sl_redact_location(struct sl_buffer *out, const char *location) {
  redact(out, location, true);
}

char *sl_redact_copy(const char *text) {
  struct sl_buffer out = { 0 };
  sl_redact(&out, text);
  return sl_buffer_take(&out);
}

char *sl_redact_location_copy(const char *location) {
  struct sl_buffer out = { 0 };
  sl_redact_location(&out, location);
  return sl_buffer_take(&out);
}
