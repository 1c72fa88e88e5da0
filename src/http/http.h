/* http.h - a small HTTP client over libcurl: one request at a time and thread, retried where that
 * may help.
 *
 * TLS certificates are verified; proxies come from the usual environment variables (https_proxy,
 * no_proxy). Messages name scheme, host and path of a URL, never its query, user or headers, so
 * that signatures and tokens stay out of logs. Connections are kept and used again. May include
 * base/text.h. */
#ifndef SL_HTTP_HTTP_H
#define SL_HTTP_HTTP_H

#include "base/text.h"

struct sl_http; /* used by any number of threads at once */

struct sl_http_settings {  /* zero = what stands in brackets */
  int64_t connect_ms;      /* to connect (10 s) */
  int64_t stall_ms;        /* without a byte either way (60 s) */
  int64_t total_ms;        /* of one try (no limit) */
  int tries;               /* of each request, the first one included (6) */
  int64_t wait_ms;         /* before the second try, doubled each time, with jitter (250 ms) */
  int64_t longest_wait_ms; /* (20 s); also the most that a Retry-After is obeyed */
  size_t max_answer;       /* bytes of a body (64 MB) */
  sl_status failure;       /* code of failures of the other side (SL_EDEST) */
  const char *ca_file;     /* certificates to trust instead of the system's; NULL */
};

/* Texts are copied. Fails with what sl_curl_load fails with. */
sl_status sl_http_new(struct sl_http **out, const struct sl_http_settings *settings,
                      struct sl_error *err);
void sl_http_free(struct sl_http *http); /* NULL is fine; no request may run */
/* Running and later requests end with SL_ECANCELLED. Any thread, also from a signal handler. */
void sl_http_cancel(struct sl_http *http);

struct sl_http_request {
  const char *method;         /* "GET" */
  const char *url;            /* encoded as it goes out */
  const char *const *headers; /* "Name: value" */
  size_t n_headers;
  const void *body; /* borrowed for the call, so a file may be mapped and sent */
  size_t length;
  bool once; /* not to be sent again when it may have arrived: no retry after a lost connection */
  /* Appends further header lines ("Name: value\n"); called before each try, since signatures hold
   * the time. NULL = none. */
  sl_status (*sign)(void *arg, struct sl_buffer *headers, struct sl_error *err);
  void *arg;
};

struct sl_http_answer { /* all-zero is released */
  long status;
  struct sl_buffer headers; /* "name: value\n", names in lower case */
  struct sl_buffer body;
};
void sl_http_answer_release(struct sl_http_answer *answer);
/* Value of a header (name in lower case) as a copy in `out`; false = there is none. */
bool sl_http_header(const struct sl_http_answer *answer, const char *name, struct sl_buffer *out);

/* Sends it, again after a lost connection, a timeout, and the statuses 408, 425, 429, 500, 502, 503
 * and 504. SL_OK: there is an answer, whatever its status is. `failure` of the settings, retryable:
 * none of the tries got one. SL_ECANCELLED; SL_EUSAGE: the URL is none. */
sl_status sl_http_send(struct sl_http *http, const struct sl_http_request *request,
                       struct sl_http_answer *out, struct sl_error *err);

/* Appends a URL without user, query and fragment, for messages. */
void sl_http_show(struct sl_buffer *out, const char *url);
/* Appends text as it stands in a URL: all but A-Z a-z 0-9 - . _ ~ (and '/' if `slashes`) encoded.
 */
void sl_http_encode(struct sl_buffer *out, const char *text, bool slashes);

#endif
