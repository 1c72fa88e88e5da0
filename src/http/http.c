/* http.c - see http.h. */
#include "http/http.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/hash.h"
#include "base/memory.h"
#include "http/api.h"

enum { KEPT_HANDLES = 16, NAP_MS = 50 };

struct sl_http {
  struct sl_http_settings settings;
  char *ca_file;
  _Atomic bool cancelled;
  pthread_mutex_t lock;
  CURL *handles[KEPT_HANDLES]; /* idle, each with its connection */
  size_t n_handles;
};

struct attempt { /* one try of a request */
  struct sl_http *http;
  struct sl_http_answer *answer;
  bool too_long;
  char problem[CURL_ERROR_SIZE];
};

static void default_to(int64_t *value, int64_t usual) {
  *value = *value > 0 ? *value : usual;
}

sl_status sl_http_new(struct sl_http **out, const struct sl_http_settings *settings,
                      struct sl_error *err) {
  sl_status rc = sl_curl_load(err);
  struct sl_http *http = rc == SL_OK ? calloc(1, sizeof *http) : NULL;
  if (rc != SL_OK) {
    return rc;
  }
  if (http == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  http->settings = *settings;
  default_to(&http->settings.connect_ms, 10000);
  default_to(&http->settings.stall_ms, 60000);
  default_to(&http->settings.wait_ms, 250);
  default_to(&http->settings.longest_wait_ms, 20000);
  http->settings.tries = settings->tries > 0 ? settings->tries : 6;
  http->settings.max_answer = settings->max_answer > 0 ? settings->max_answer : 64u << 20;
  http->settings.failure = settings->failure != SL_OK ? settings->failure : SL_EDEST;
  pthread_mutex_init(&http->lock, NULL);
  if (settings->ca_file != NULL && (http->ca_file = strdup(settings->ca_file)) == NULL) {
    sl_http_free(http);
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  *out = http;
  return SL_OK;
}

void sl_http_free(struct sl_http *http) {
  if (http == NULL) {
    return;
  }
  for (size_t i = 0; i < http->n_handles; i++) {
    CURL_CALL(easy_cleanup)(http->handles[i]);
  }
  pthread_mutex_destroy(&http->lock);
  free(http->ca_file);
  free(http);
}

void sl_http_cancel(struct sl_http *http) {
  http->cancelled = true;
}

static CURL *take_handle(struct sl_http *http) {
  CURL *handle = NULL;
  pthread_mutex_lock(&http->lock);
  if (http->n_handles > 0) {
    handle = http->handles[--http->n_handles];
  }
  pthread_mutex_unlock(&http->lock);
  return handle != NULL ? handle : CURL_CALL(easy_init)();
}

static void give_back(struct sl_http *http, CURL *handle) {
  CURL_CALL(easy_reset)(handle); /* keeps the connection */
  pthread_mutex_lock(&http->lock);
  bool kept = http->n_handles < KEPT_HANDLES;
  if (kept) {
    http->handles[http->n_handles++] = handle;
  }
  pthread_mutex_unlock(&http->lock);
  if (!kept) {
    CURL_CALL(easy_cleanup)(handle);
  }
}

/* ---- one try ---- */

static size_t take_body(char *data, size_t size, size_t n, void *arg) {
  struct attempt *a = arg;
  if (a->answer->body.length + size * n > a->http->settings.max_answer) {
    a->too_long = true;
    return 0;
  }
  sl_buffer_append(&a->answer->body, data, size * n);
  return a->answer->body.failed ? 0 : size * n;
}

/* A line of the head; a status line begins a new head (after "100 Continue", a proxy's answer). */
static size_t take_header(char *data, size_t size, size_t n, void *arg) {
  struct attempt *a = arg;
  size_t length = size * n;
  struct sl_buffer *out = &a->answer->headers;
  if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    sl_buffer_reset(out);
    return length;
  }
  const char *colon = memchr(data, ':', length);
  size_t end = length;
  while (end > 0 && isspace((unsigned char)data[end - 1])) {
    end--;
  }
  for (size_t i = 0; colon != NULL && i < end; i++) {
    bool is_name = data + i < colon;
    sl_buffer_char(out, is_name ? (char)tolower((unsigned char)data[i]) : data[i]);
  }
  if (colon != NULL) {
    sl_buffer_char(out, '\n');
  }
  return out->failed ? 0 : length;
}

static int watch(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  const struct sl_http *http = arg;
  (void)a, (void)b, (void)c, (void)d;
  return http->cancelled ? 1 : 0;
}

static bool has_header(const char *lines, const char *name) {
  for (const char *line = lines; line != NULL && *line != '\0';) {
    if (strncasecmp(line, name, strlen(name)) == 0) {
      return true;
    }
    line = strchr(line, '\n');
    line = line == NULL ? NULL : line + 1;
  }
  return false;
}

/* The headers of this try; NULL after a failure. */
static sl_status make_headers(const struct sl_http_request *r, struct curl_slist **out,
                              struct sl_error *err) {
  struct sl_buffer lines = { 0 };
  struct curl_slist *list = NULL;
  sl_status rc = SL_OK;
  for (size_t i = 0; i < r->n_headers; i++) {
    sl_buffer_printf(&lines, "%s\n", r->headers[i]);
  }
  if (r->sign != NULL) {
    rc = r->sign(r->arg, &lines, err);
  }
  sl_buffer_text(&lines, "Expect:\n"); /* no pause before a body */
  if (!has_header(lines.data, "content-type:")) {
    sl_buffer_text(&lines, "Content-Type:\n"); /* libcurl would say that a body is a form */
  }
  rc = rc == SL_OK ? sl_buffer_check(&lines, err) : rc;
  for (char *line = lines.data; rc == SL_OK && *line != '\0';) {
    char *end = strchr(line, '\n');
    *end = '\0';
    struct curl_slist *longer = CURL_CALL(slist_append)(list, line);
    if (longer == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for headers");
    } else {
      list = longer;
    }
    line = end + 1;
  }
  sl_buffer_release(&lines);
  if (rc != SL_OK) {
    CURL_CALL(slist_free_all)(list);
    list = NULL;
  }
  *out = list;
  return rc;
}

static void set_method(CURL *handle, const struct sl_http_request *r) {
  if (strcmp(r->method, "HEAD") == 0) {
    CURL_CALL(easy_setopt)(handle, CURLOPT_NOBODY, 1L);
  } else if (r->length > 0 || strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0) {
    CURL_CALL(easy_setopt)(handle, CURLOPT_POST, 1L);
    CURL_CALL(easy_setopt)(handle, CURLOPT_POSTFIELDS, r->length > 0 ? r->body : "");
    CURL_CALL(easy_setopt)(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->length);
  }
  CURL_CALL(easy_setopt)(handle, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_options(CURL *handle, struct attempt *a, const struct sl_http_request *r,
                        struct curl_slist *headers) {
  const struct sl_http_settings *s = &a->http->settings;
  int64_t stall = (s->stall_ms + 999) / 1000;
  CURL_CALL(easy_setopt)(handle, CURLOPT_URL, r->url);
  CURL_CALL(easy_setopt)(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
  CURL_CALL(easy_setopt)(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  CURL_CALL(easy_setopt)(handle, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
  CURL_CALL(easy_setopt)(handle, CURLOPT_ERRORBUFFER, a->problem);
  CURL_CALL(easy_setopt)(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_ms);
  CURL_CALL(easy_setopt)(handle, CURLOPT_TIMEOUT_MS, (long)s->total_ms);
  CURL_CALL(easy_setopt)(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  CURL_CALL(easy_setopt)(handle, CURLOPT_LOW_SPEED_TIME, (long)stall);
  CURL_CALL(easy_setopt)(handle, CURLOPT_HTTPHEADER, headers);
  CURL_CALL(easy_setopt)(handle, CURLOPT_WRITEFUNCTION, take_body);
  CURL_CALL(easy_setopt)(handle, CURLOPT_WRITEDATA, a);
  CURL_CALL(easy_setopt)(handle, CURLOPT_HEADERFUNCTION, take_header);
  CURL_CALL(easy_setopt)(handle, CURLOPT_HEADERDATA, a);
  CURL_CALL(easy_setopt)(handle, CURLOPT_NOPROGRESS, 0L);
  CURL_CALL(easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, watch);
  CURL_CALL(easy_setopt)(handle, CURLOPT_XFERINFODATA, a->http);
  CURL_CALL(easy_setopt)(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  CURL_CALL(easy_setopt)(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
  if (a->http->ca_file != NULL) {
    CURL_CALL(easy_setopt)(handle, CURLOPT_CAINFO, a->http->ca_file);
  }
  set_method(handle, r);
}

static sl_status try_once(struct attempt *a, const struct sl_http_request *r, CURLcode *code,
                          struct sl_error *err) {
  struct curl_slist *headers = NULL;
  sl_buffer_reset(&a->answer->headers);
  sl_buffer_reset(&a->answer->body);
  a->answer->status = 0;
  a->problem[0] = '\0';
  sl_status rc = make_headers(r, &headers, err);
  CURL *handle = rc == SL_OK ? take_handle(a->http) : NULL;
  if (rc == SL_OK && handle == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  if (rc == SL_OK) {
    set_options(handle, a, r, headers);
    *code = CURL_CALL(easy_perform)(handle);
    CURL_CALL(easy_getinfo)(handle, CURLINFO_RESPONSE_CODE, &a->answer->status);
    if (a->problem[0] == '\0') {
      snprintf(a->problem, sizeof a->problem, "%s", CURL_CALL(easy_strerror)(*code));
    }
    give_back(a->http, handle);
  }
  CURL_CALL(slist_free_all)(headers);
  return rc;
}

/* ---- trying again ---- */

static bool worth_waiting(long status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
         status == 503 || status == 504;
}

/* Failures before a byte of the request went out. */
static bool never_left(CURLcode code) {
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_COULDNT_RESOLVE_PROXY;
}

static bool may_try_again(const struct sl_http_request *r, CURLcode code, long status) {
  switch (code) {
    case CURLE_OK: return worth_waiting(status) && (!r->once || status == 429 || status == 503);
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return !r->once;
    default: return never_left(code);
  }
}

/* Half of the wait is left to chance, so that many clients do not come back at once. */
static int64_t wait_before(const struct sl_http_settings *s, int tried,
                           const struct sl_http_answer *answer) {
  uint64_t seed = sl_random_seed();
  int64_t wait = s->wait_ms;
  for (int i = 1; i < tried && wait < s->longest_wait_ms; i++) {
    wait *= 2;
  }
  wait = wait < s->longest_wait_ms ? wait : s->longest_wait_ms;
  wait = wait / 2 + (int64_t)(sl_random_next(&seed) % (uint64_t)(wait / 2 + 1));
  struct sl_buffer after = { 0 };
  if (sl_http_header(answer, "retry-after", &after) && isdigit((unsigned char)after.data[0])) {
    int64_t seconds = strtol(after.data, NULL, 10);
    int64_t asked = seconds > 3600 ? s->longest_wait_ms : seconds * 1000;
    wait = asked > s->longest_wait_ms ? s->longest_wait_ms : asked > wait ? asked : wait;
  }
  sl_buffer_release(&after);
  return wait;
}

/* False when cancelled. */
static bool pause_for(const struct sl_http *http, int64_t ms) {
  while (ms > 0 && !http->cancelled) {
    int64_t nap = ms < NAP_MS ? ms : NAP_MS;
    struct timespec time = { .tv_sec = 0, .tv_nsec = nap * 1000000 };
    nanosleep(&time, NULL);
    ms -= nap;
  }
  return !http->cancelled;
}

static sl_status tell(const struct attempt *a, const struct sl_http_request *r, CURLcode code,
                      int tried, struct sl_error *err) {
  struct sl_buffer url = { 0 };
  sl_status rc;
  sl_http_show(&url, r->url);
  const char *shown = url.data == NULL ? "" : url.data;
  if (a->too_long) {
    rc = sl_fail(err, a->http->settings.failure, "%s %s: the answer is longer than %zu MB",
                 r->method, shown, a->http->settings.max_answer >> 20);
  } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    rc = sl_fail(err, SL_EUSAGE, "'%s' is no http or https URL", shown);
  } else if (code == CURLE_OUT_OF_MEMORY || a->answer->body.failed || a->answer->headers.failed) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", shown);
  } else {
    bool again = may_try_again(&(struct sl_http_request){ 0 }, code, 0);
    char tries[32] = "";
    if (tried > 1) {
      snprintf(tries, sizeof tries, " (%d tries)", tried);
    }
    const char *advice = code != CURLE_PEER_FAILED_VERIFICATION
                             ? ""
                             : "; if it is the right server, name the certificate to trust with "
                               "--ca-file (of a web service: --http-ca-file)";
    rc = sl_fail(err, a->http->settings.failure, "%s %s: %s%s%s", r->method, shown, a->problem,
                 tries, advice);
    if (err != NULL) {
      err->retryable = again;
    }
  }
  sl_buffer_release(&url);
  return rc;
}

sl_status sl_http_send(struct sl_http *http, const struct sl_http_request *request,
                       struct sl_http_answer *out, struct sl_error *err) {
  struct attempt a = { .http = http, .answer = out };
  CURLcode code = CURLE_OK;
  sl_status rc = SL_OK;
  for (int tried = 1; rc == SL_OK; tried++) {
    rc = try_once(&a, request, &code, err);
    bool again = rc == SL_OK && tried < http->settings.tries && !http->cancelled &&
                 may_try_again(request, code, out->status);
    if (rc == SL_OK && !again) {
      rc = http->cancelled && code != CURLE_OK ? SL_ECANCELLED
           : code == CURLE_OK                  ? SL_OK
                                               : tell(&a, request, code, tried, err);
      break;
    }
    if (rc == SL_OK && !pause_for(http, wait_before(&http->settings, tried, out))) {
      rc = SL_ECANCELLED;
    }
  }
  if (rc == SL_ECANCELLED) {
    rc = sl_fail(err, SL_ECANCELLED, "stopped");
  }
  if (rc != SL_OK) {
    sl_http_answer_release(out);
  }
  return rc;
}

/* ---- answers and texts ---- */

void sl_http_answer_release(struct sl_http_answer *answer) {
  sl_buffer_release(&answer->headers);
  sl_buffer_release(&answer->body);
  *answer = (struct sl_http_answer){ 0 };
}

bool sl_http_header(const struct sl_http_answer *answer, const char *name, struct sl_buffer *out) {
  size_t length = strlen(name);
  const char *line = answer->headers.data;
  while (line != NULL && *line != '\0') {
    const char *end = strchr(line, '\n');
    if (strncmp(line, name, length) == 0 && line[length] == ':') {
      const char *value = line + length + 1;
      while (*value == ' ' || *value == '\t') {
        value++;
      }
      sl_buffer_append(out, value, value < end ? (size_t)(end - value) : 0);
      return out->data != NULL;
    }
    line = end == NULL ? NULL : end + 1;
  }
  return false;
}

void sl_http_show(struct sl_buffer *out, const char *url) {
  const char *scheme = strstr(url, "://");
  const char *host = scheme == NULL ? url : scheme + 3;
  size_t authority = strcspn(host, "/?#");
  size_t colon = strcspn(host, ":/?#");
  const char *at = NULL;
  if (host[0] != '[' && host[colon] == ':' &&
      strspn(host + colon + 1, "0123456789") + colon + 1 < authority) {
    authority = strlen(host); /* no port: it may be a password with a slash that is not escaped */
  }
  for (size_t i = 0; i < authority; i++) {
    at = host[i] == '@' ? host + i : at;
  }
  sl_buffer_append(out, url, (size_t)(host - url));
  const char *from = at == NULL ? host : at + 1;
  sl_buffer_append(out, from, strcspn(from, "?#"));
}

void sl_http_encode(struct sl_buffer *out, const char *text, bool slashes) {
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if ((c < 128 && isalnum(c)) || strchr("-._~", c) != NULL || (slashes && c == '/')) {
      sl_buffer_char(out, (char)c);
    } else {
      sl_buffer_printf(out, "%%%02X", c);
    }
  }
}
