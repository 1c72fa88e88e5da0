/* server.h - the web page's server: one table of routes behind libmicrohttpd.
 *
 * Each connection has a thread of its own, so handlers may wait. Who may ask: only names of this
 * machine in the Host header (against DNS rebinding), unless a token is set; what changes something
 * must come as JSON from the page itself (against forged requests). */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <sys/types.h>

#include "base/text.h"

struct web_app; /* what the handlers share, see app.h */
struct MHD_Connection;

struct web_request {
  struct web_app *app;
  const char *method;
  const char *names[2]; /* what stands for {…} in the route's path, decoded; NULL behind the last */
  const char *body;     /* NUL-terminated */
  size_t length;
  struct MHD_Connection *connection;
};
/* NULL = not sent. */
const char *web_header(const struct web_request *request, const char *name);

struct web_answer {  /* all-zero = 200 with JSON */
  int status;        /* 0 = 200 */
  const char *type;  /* NULL = application/json */
  const char *cache; /* Cache-Control; NULL = no-store */
  char cookie[512];  /* Set-Cookie; "" = none */
  struct sl_buffer body;
  /* Instead of a body: bytes that come as they arise. read waits; returns -1 at the end. release
   * frees arg. */
  ssize_t (*read)(void *arg, char *out, size_t most);
  void (*release)(void *arg);
  void *arg;
};

struct web_route {
  const char *method, *path; /* "/api/sources/{name}" */
  /* A failure becomes a status and {"error": {"code", "message"}}. */
  sl_status (*handle)(const struct web_request *request, struct web_answer *answer,
                      struct sl_error *err);
  const char *summary; /* for the OpenAPI document; NULL = not part of the API */
  const char *body;    /* an example of the JSON that it takes; NULL = none */
};

struct web_settings {
  const char *host;  /* NULL = 127.0.0.1 */
  int64_t port;      /* 0 = any free one */
  const char *token; /* asked from everybody; NULL = none. Needed for other hosts than this one. */
};

struct web_server;
/* routes: method NULL behind the last. Settings and routes live until the stop. SL_EBUSY: the port
 * is taken; SL_EUSAGE: open to others without a token. */
sl_status web_server_start(struct web_server **out, const struct web_settings *settings,
                           const struct web_route *routes, struct web_app *app,
                           struct sl_error *err);
int web_server_port(const struct web_server *server);
/* No new connections; running answers end (streams must have been told before). */
void web_server_stop(struct web_server *server);

#endif
