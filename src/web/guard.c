/* guard.c - see guard.h. */
#include "web/guard.h"

#include <stdio.h>
#include <strings.h>

#include "web/mhd.h"

static const char *header(struct MHD_Connection *connection, const char *name) {
  return MHD(lookup_connection_value)(connection, MHD_HEADER_KIND, name);
}

/* "[::1]:8800", "localhost:8800" -> the name alone */
static void host_of(const char *value, char out[256]) {
  const char *start = value[0] == '[' ? value + 1 : value;
  size_t length = strcspn(start, value[0] == '[' ? "]" : ":");
  snprintf(out, 256, "%.*s", (int)(length > 255 ? 255 : length), start);
}

bool web_guard_is_loopback(const char *host) {
  return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
         (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* Takes the same time whatever the first difference is, so that a token cannot be guessed
 * letter by letter. */
bool web_guard_same(const char *have, const char *given) {
  size_t n = strlen(have);
  size_t m = strlen(given);
  unsigned different = n != m;
  for (size_t i = 0; i < m; i++) {
    different |= (unsigned char)given[i] ^ (unsigned char)have[n == 0 ? 0 : i % n];
  }
  return different == 0;
}

static bool has_token(const struct web_settings *settings, struct MHD_Connection *connection) {
  const char *bearer = header(connection, "Authorization");
  const char *cookie = MHD(lookup_connection_value)(connection, MHD_COOKIE_KIND, "sluice_token");
  return (bearer != NULL && strncmp(bearer, "Bearer ", 7) == 0 &&
          web_guard_same(settings->token, bearer + 7)) ||
         (cookie != NULL && web_guard_same(settings->token, cookie));
}

/* A page of another site can send forms and plain texts, but not JSON, and its browser says where
 * it comes from. */
static const char *forged(struct MHD_Connection *connection, const char *host) {
  const char *origin = header(connection, "Origin");
  const char *site = header(connection, "Sec-Fetch-Site");
  const char *type = header(connection, "Content-Type");
  if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) {
    return "requests that change something must come from this page";
  }
  const char *sep = origin == NULL ? NULL : strstr(origin, "://");
  if (origin != NULL && (sep == NULL || strcasecmp(sep + 3, host) != 0)) {
    return "requests that change something must come from this page";
  }
  if (type == NULL || strncasecmp(type, "application/json", 16) != 0) {
    return "the body must be JSON: Content-Type: application/json";
  }
  return NULL;
}

int web_guard_check(const struct web_settings *settings, struct MHD_Connection *connection,
                    const char *method, const char *path, const char **why) {
  char name[256];
  const char *host = header(connection, "Host");
  if (host == NULL) {
    *why = "the request has no Host header";
    return MHD_HTTP_BAD_REQUEST;
  }
  host_of(host, name);
  if (settings->token == NULL && !web_guard_is_loopback(name)) {
    *why = "this server answers only to localhost; start it with --token to open it to others";
    return MHD_HTTP_FORBIDDEN;
  }
  bool data = strncmp(path, "/api/", 5) == 0 || strcmp(path, "/metrics") == 0;
  if (settings->token != NULL && data && strcmp(path, "/api/login") != 0 &&
      !has_token(settings, connection)) {
    *why = "the token is missing or wrong: Authorization: Bearer TOKEN, or log in on the page";
    return MHD_HTTP_UNAUTHORIZED;
  }
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
    *why = forged(connection, host);
    return *why == NULL ? 0 : MHD_HTTP_FORBIDDEN;
  }
  return 0;
}
