/* server.c - see server.h. */
#include "web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "schema/json_text.h"
#include "web/guard.h"
#include "web/mhd.h"

enum { MOST_BODY = 64 << 20, MOST_CONNECTIONS = 64, STREAM_BLOCK = 4096, PATH_MOST = 2048 };

struct web_server {
  struct MHD_Daemon *daemon;
  int socket;
  const struct web_settings *settings;
  const struct web_route *routes;
  struct web_app *app;
};

/* A request while its body arrives. */
struct call {
  struct sl_buffer body;
  bool too_large;
  char path[PATH_MOST]; /* cut into the names of the route */
};

const char *web_header(const struct web_request *request, const char *name) {
  return MHD(lookup_connection_value)(request->connection, MHD_HEADER_KIND, name);
}

/* ---- routes ---- */

/* "/api/sources/{name}" against "/api/sources/shop"; `text` is cut apart. */
static bool matches(const char *pattern, char *text, const char *names[2]) {
  size_t n = 0;
  for (;;) {
    size_t want = strcspn(pattern, "/");
    size_t have = strcspn(text, "/");
    if (pattern[0] == '{') {
      if (have == 0 || n == 2) {
        return false;
      }
      names[n++] = text;
    } else if (want != have || memcmp(pattern, text, want) != 0) {
      return false;
    }
    bool last = pattern[want] == '\0';
    if (last != (text[have] == '\0')) {
      return false;
    }
    if (last) {
      return true;
    }
    text[have] = '\0';
    pattern += want + 1;
    text += have + 1;
  }
}

/* The route of a path; *known: there is one, if perhaps for another method. */
static const struct web_route *find(const struct web_server *server, const char *method,
                                    const char *path, struct call *call, const char *names[2],
                                    bool *known) {
  bool head = strcmp(method, "HEAD") == 0;
  for (const struct web_route *r = server->routes; r->method != NULL; r++) {
    names[0] = names[1] = NULL;
    snprintf(call->path, sizeof call->path, "%s", path);
    if (matches(r->path, call->path, names)) {
      *known = true;
      if (strcmp(r->method, head ? "GET" : method) == 0) {
        return r;
      }
    }
  }
  return NULL;
}

/* ---- answers ---- */

static int http_status(sl_status code) {
  switch (code) {
    case SL_OK: return MHD_HTTP_OK;
    case SL_EUSAGE:
    case SL_EDATA: return MHD_HTTP_BAD_REQUEST;
    case SL_ENOTFOUND: return MHD_HTTP_NOT_FOUND;
    case SL_EBUSY:
    case SL_ECONTRACT: return MHD_HTTP_CONFLICT;
    case SL_EUNSUPPORTED: return MHD_HTTP_NOT_IMPLEMENTED;
    case SL_ESOURCE:
    case SL_EDEST: return MHD_HTTP_BAD_GATEWAY;
    default: return MHD_HTTP_INTERNAL_SERVER_ERROR;
  }
}

static void put_error(struct web_answer *answer, int status, const char *code,
                      const char *message) {
  sl_buffer_reset(&answer->body);
  answer->status = status;
  answer->type = NULL;
  answer->cache = NULL;
  sl_buffer_printf(&answer->body, "{\"error\": {\"code\": \"%s\", \"message\": ", code);
  sl_json_string(&answer->body, message, strlen(message));
  sl_buffer_text(&answer->body, "}}\n");
}

static ssize_t read_stream(void *cls, uint64_t position, char *out, size_t most) {
  struct web_answer *answer = cls;
  (void)position;
  ssize_t got = answer->read(answer->arg, out, most);
  return got < 0 ? MHD_CONTENT_READER_END_OF_STREAM : got;
}

static void free_stream(void *cls) {
  struct web_answer *answer = cls;
  answer->release(answer->arg);
  free(answer);
}

static struct MHD_Response *response_of(struct web_answer *answer) {
  static char empty[1];
  if (answer->read == NULL) {
    struct MHD_Response *made = MHD(create_response_from_buffer)(
        answer->body.length, answer->body.data == NULL ? empty : answer->body.data,
        MHD_RESPMEM_MUST_COPY);
    return made;
  }
  struct web_answer *kept = malloc(sizeof *kept);
  if (kept == NULL) {
    answer->release(answer->arg);
    return NULL;
  }
  *kept = *answer;
  return MHD(create_response_from_callback)(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, kept,
                                            free_stream);
}

/* Nothing of other sites, no frames, no guessing of types. */
static const char *const fixed_headers[][2] = {
  { "Content-Security-Policy",
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'" },
  { "X-Content-Type-Options", "nosniff" },
  { "Referrer-Policy", "no-referrer" },
  { "Cross-Origin-Opener-Policy", "same-origin" },
};

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct web_answer *answer) {
  struct MHD_Response *response = response_of(answer);
  if (response == NULL) {
    return MHD_NO;
  }
  MHD(add_response_header)
  (response, "Content-Type", answer->type == NULL ? "application/json" : answer->type);
  MHD(add_response_header)
  (response, "Cache-Control", answer->cache == NULL ? "no-store" : answer->cache);
  if (answer->cookie[0] != '\0') {
    MHD(add_response_header)(response, "Set-Cookie", answer->cookie);
  }
  for (size_t i = 0; i < sizeof fixed_headers / sizeof fixed_headers[0]; i++) {
    MHD(add_response_header)(response, fixed_headers[i][0], fixed_headers[i][1]);
  }
  enum MHD_Result result = MHD(queue_response)(
      connection, (unsigned)(answer->status == 0 ? MHD_HTTP_OK : answer->status), response);
  MHD(destroy_response)(response);
  return result;
}

static void handle(struct web_server *server, struct MHD_Connection *connection, const char *method,
                   const char *path, struct call *call, struct web_answer *answer) {
  const char *why = NULL;
  bool known = false;
  struct sl_error err = { 0 };
  int refused = web_guard_check(server->settings, connection, method, path, &why);
  if (refused != 0) {
    put_error(answer, refused, "refused", why);
    return;
  }
  if (call->too_large || call->body.failed) {
    put_error(answer, MHD_HTTP_CONTENT_TOO_LARGE, "usage", "the body is larger than 64 MB");
    return;
  }
  struct web_request request = { .app = server->app, .method = method, .connection = connection };
  const struct web_route *route = find(server, method, path, call, request.names, &known);
  if (route == NULL) {
    put_error(answer, known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND, "not_found",
              known ? "the path does not take this method" : "there is nothing at this path");
    return;
  }
  request.body = call->body.data == NULL ? "" : call->body.data;
  request.length = call->body.length;
  sl_status rc = route->handle(&request, answer, &err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&answer->body, &err);
  }
  if (rc != SL_OK) {
    put_error(answer, http_status(rc), sl_status_name(rc), err.message);
  }
}

/* ---- libmicrohttpd's callbacks ---- */

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state) {
  struct call *call = *state;
  (void)version;
  if (call == NULL) {
    *state = calloc(1, sizeof *call);
    return *state == NULL ? MHD_NO : MHD_YES;
  }
  if (*upload_size > 0) {
    call->too_large = call->too_large || call->body.length + *upload_size > MOST_BODY;
    if (!call->too_large) {
      sl_buffer_append(&call->body, upload, *upload_size);
    }
    *upload_size = 0;
    return MHD_YES;
  }
  struct web_answer answer = { 0 };
  handle(cls, connection, method, path, call, &answer);
  enum MHD_Result result = send_answer(connection, &answer);
  sl_buffer_release(&answer.body);
  return result;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how) {
  struct call *call = *state;
  (void)cls;
  (void)connection;
  (void)how;
  if (call != NULL) {
    sl_buffer_release(&call->body);
    free(call);
    *state = NULL;
  }
}

/* ---- start and stop ---- */

static sl_status listen_at(const struct web_settings *settings, int *out, struct sl_error *err) {
  const char *host = settings->host == NULL ? "127.0.0.1" : settings->host;
  char port[16];
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
  struct addrinfo *found = NULL;
  snprintf(port, sizeof port, "%d", (int)settings->port);
  int problem = getaddrinfo(host, port, &hints, &found);
  if (problem != 0) {
    return sl_fail(err, SL_EUSAGE, "--host %s: %s", host, gai_strerror(problem));
  }
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 32) == 0;
  int why = errno;
  freeaddrinfo(found);
  if (good) {
    *out = fd;
    return SL_OK;
  }
  if (fd >= 0) {
    close(fd);
  }
  return why == EADDRINUSE
             ? sl_fail(err, SL_EBUSY,
                       "port %s of %s is taken, perhaps by another `sluice web`: stop it, or "
                       "choose another with --port",
                       port, host)
             : sl_fail_errno(err, why, "opening port %s of %s", port, host);
}

static sl_status start_daemon(struct web_server *server, struct sl_error *err) {
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
  server->daemon = MHD(start_daemon)(
      flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, server->socket,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_THREAD_STACK_SIZE,
      (size_t)256 << 10, MHD_OPTION_END);
  return server->daemon != NULL ? SL_OK
                                : sl_fail(err, SL_EIO, "the web server could not be started");
}

sl_status web_server_start(struct web_server **out, const struct web_settings *settings,
                           const struct web_route *routes, struct web_app *app,
                           struct sl_error *err) {
  if (settings->host != NULL && !web_guard_is_loopback(settings->host) && settings->token == NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "--host %s would show the project to everybody who reaches this machine: give a "
                   "--token too",
                   settings->host);
  }
  sl_status rc = web_mhd_load(err);
  struct web_server *server = rc == SL_OK ? calloc(1, sizeof *server) : NULL;
  if (rc == SL_OK && server == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for the web server");
  }
  if (rc != SL_OK) {
    return rc;
  }
  *server = (struct web_server){ .socket = -1, .settings = settings, .routes = routes, .app = app };
  rc = listen_at(settings, &server->socket, err);
  if (rc == SL_OK) {
    rc = start_daemon(server, err);
    if (rc != SL_OK) {
      close(server->socket);
    }
  }
  if (rc != SL_OK) {
    free(server);
    return rc;
  }
  *out = server;
  return SL_OK;
}

int web_server_port(const struct web_server *server) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  if (getsockname(server->socket, (struct sockaddr *)&at, &size) != 0) {
    return 0;
  }
  return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                        : ((struct sockaddr_in *)&at)->sin_port);
}

void web_server_stop(struct web_server *server) {
  MHD(stop_daemon)(server->daemon); /* closes the socket, waits for running answers */
  free(server);
}
