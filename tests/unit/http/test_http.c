/* test_http.c - the HTTP client against a server of a few lines that answers from a script. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "http/http.h"
#include "unit/test.h"

struct server {
  const char *const *answers; /* one a request; "" = the connection is cut; the last one again */
  size_t n_answers;
  int listener, port;
  _Atomic int requests;
  struct sl_buffer seen; /* the requests as they came */
  pthread_t thread;
};

/* One request with its body; false = the client is gone. */
static bool read_request(int fd, struct sl_buffer *seen) {
  size_t begin = seen->length;
  char data[4096];
  size_t wanted = 0;
  for (;;) {
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n <= 0) return false;
    sl_buffer_append(seen, data, (size_t)n);
    const char *head = strstr(seen->data + begin, "\r\n\r\n");
    const char *length = strcasestr(seen->data + begin, "content-length:");
    if (head != NULL && wanted == 0) {
      size_t body = length == NULL ? 0 : (size_t)strtol(length + 15, NULL, 10);
      wanted = (size_t)(head - (seen->data + begin)) + 4 + body;
    }
    if (wanted > 0 && seen->length - begin >= wanted) return true;
  }
}

static void *serve(void *arg) {
  struct server *s = arg;
  for (;;) {
    int fd = accept(s->listener, NULL, NULL);
    if (fd < 0) return NULL;
    while (read_request(fd, &s->seen)) {
      size_t at = (size_t)s->requests++;
      const char *answer = s->answers[at < s->n_answers ? at : s->n_answers - 1];
      if (answer[0] == '\0' || send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0) break;
    }
    close(fd);
  }
}

static bool start(struct server *s, const char *const *answers, size_t n) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  *s = (struct server){ .answers = answers, .n_answers = n };
  s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool up = bind(s->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
            listen(s->listener, 4) == 0 &&
            getsockname(s->listener, (struct sockaddr *)&address, &length) == 0 &&
            pthread_create(&s->thread, NULL, serve, s) == 0;
  s->port = ntohs(address.sin_port);
  return CHECK(up);
}

static void stop(struct server *s) {
  shutdown(s->listener, SHUT_RDWR);
  pthread_join(s->thread, NULL);
  close(s->listener);
  sl_buffer_release(&s->seen);
}

#define OK_ANSWER      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Some: Thing\r\n\r\nhi"
#define BUSY           "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"
#define BUSY_WITH_HINT "HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
#define FORBIDDEN      "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope"

static const struct sl_http_settings fast = { .wait_ms = 2, .tries = 4, .connect_ms = 2000 };

static sl_status send_to(struct server *s, const struct sl_http_settings *settings,
                         struct sl_http_request request, struct sl_http_answer *answer,
                         struct sl_error *err) {
  char url[128];
  struct sl_http *http = NULL;
  snprintf(url, sizeof url, "http://user:s3cr3t@127.0.0.1:%d/a/b?token=s3cr3t", s->port);
  request.url = url;
  sl_status rc = sl_http_new(&http, settings, err);
  rc = rc == SL_OK ? sl_http_send(http, &request, answer, err) : rc;
  sl_http_free(http);
  return rc;
}

TEST(answers_and_tries) {
  static const struct {
    const char *label;
    const char *answers[4];
    size_t n;
    bool once;
    sl_status rc;
    long status;
    int requests;
  } cases[] = {
    { "at once", { OK_ANSWER }, 1, false, SL_OK, 200, 1 },
    { "busy twice", { BUSY, BUSY_WITH_HINT, OK_ANSWER }, 3, false, SL_OK, 200, 3 },
    { "busy for ever", { BUSY }, 1, false, SL_OK, 503, 4 },
    { "an answer that stays", { FORBIDDEN }, 1, false, SL_OK, 403, 1 },
    { "cut, then well", { "", OK_ANSWER }, 2, false, SL_OK, 200, 2 },
    { "cut, and only once", { "", OK_ANSWER }, 2, true, SL_EDEST, 0, 1 },
    { "busy, and only once", { BUSY, OK_ANSWER }, 2, true, SL_OK, 200, 2 },
    { "cut for ever", { "" }, 1, false, SL_EDEST, 0, 4 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct server s;
    struct sl_http_answer answer = { 0 };
    struct sl_error err = { 0 };
    if (!start(&s, cases[i].answers, cases[i].n)) return;
    sl_status rc =
        send_to(&s, &fast, (struct sl_http_request){ .method = "GET", .once = cases[i].once },
                &answer, &err);
    CHECK_INT(cases[i].label, rc, cases[i].rc);
    CHECK_INT(cases[i].label, answer.status, cases[i].status);
    CHECK_INT(cases[i].label, s.requests, cases[i].requests);
    if (rc != SL_OK) {
      CHECK_CASE(cases[i].label, err.retryable);
      CHECK_CASE(err.message, strstr(err.message, "s3cr3t") == NULL);
      CHECK_CASE(err.message, strstr(err.message, "/a/b") != NULL);
    }
    sl_http_answer_release(&answer);
    stop(&s);
  }
}

static sl_status sign(void *arg, struct sl_buffer *headers, struct sl_error *err) {
  int *calls = arg;
  (void)err;
  *calls += 1;
  sl_buffer_printf(headers, "Authorization: number %d\n", *calls);
  return SL_OK;
}

TEST(what_goes_out) {
  static const char *const answers[] = { BUSY, OK_ANSWER };
  static const char *const headers[] = { "X-Mine: yes" };
  struct server s;
  struct sl_http_answer answer = { 0 };
  struct sl_error err = { 0 };
  struct sl_buffer value = { 0 };
  int calls = 0;
  if (!start(&s, answers, 2)) return;
  struct sl_http_request put = { .method = "PUT",
                                 .headers = headers,
                                 .n_headers = 1,
                                 .body = "rows",
                                 .length = 4,
                                 .sign = sign,
                                 .arg = &calls };
  CHECK_OK(send_to(&s, &fast, put, &answer, &err), &err);
  CHECK_INT("signed for each try", calls, 2);
  CHECK(strstr(s.seen.data, "PUT /a/b?token=s3cr3t HTTP/1.1\r\n") == s.seen.data);
  CHECK(strstr(s.seen.data, "\r\nAuthorization: number 2\r\n") != NULL);
  CHECK(strstr(s.seen.data, "\r\nX-Mine: yes\r\n") != NULL);
  CHECK(strstr(s.seen.data, "\r\n\r\nrows") != NULL);
  CHECK(strstr(s.seen.data, "Expect:") == NULL && strstr(s.seen.data, "Content-Type:") == NULL);
  CHECK_STR("body", answer.body.data, "hi");
  CHECK(sl_http_header(&answer, "x-some", &value));
  CHECK_STR("header", value.data, "Thing");
  CHECK(!sl_http_header(&answer, "x-so", &value));
  sl_buffer_release(&value);
  sl_http_answer_release(&answer);
  stop(&s);
}

TEST(limits_and_bad_places) {
  static const char *const answers[] = { OK_ANSWER };
  struct sl_http_settings small = fast;
  struct sl_http_answer answer = { 0 };
  struct sl_error err = { 0 };
  struct sl_http *http = NULL;
  struct server s;
  if (!start(&s, answers, 1)) return;
  small.max_answer = 1;
  small.failure = SL_ESOURCE;
  CHECK_FAILS(send_to(&s, &small, (struct sl_http_request){ .method = "GET" }, &answer, &err),
              SL_ESOURCE, &err);
  CHECK(!err.retryable);
  stop(&s);
  if (!CHECK_OK(sl_http_new(&http, &fast, &err), &err)) return;
  struct sl_http_request request = { .method = "GET", .url = "ftp://127.0.0.1/x" };
  CHECK_FAILS(sl_http_send(http, &request, &answer, &err), SL_EUSAGE, &err);
  request.url = "http://127.0.0.1:1/x"; /* nobody listens there */
  CHECK_FAILS(sl_http_send(http, &request, &answer, &err), SL_EDEST, &err);
  CHECK(err.retryable);
  sl_http_cancel(http);
  CHECK_FAILS(sl_http_send(http, &request, &answer, &err), SL_ECANCELLED, &err);
  sl_http_free(http);
}

static void *cancel_soon(void *arg) {
  usleep(20000);
  sl_http_cancel(arg);
  return NULL;
}

TEST(cancelled_while_it_waits) {
  static const char *const answers[] = { BUSY };
  struct sl_http_settings slow = { .wait_ms = 20000, .tries = 4 };
  struct sl_http_answer answer = { 0 };
  struct sl_error err = { 0 };
  struct sl_http *http = NULL;
  struct server s;
  char url[64];
  pthread_t thread;
  if (!start(&s, answers, 1)) return;
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", s.port);
  if (!CHECK_OK(sl_http_new(&http, &slow, &err), &err)) return;
  pthread_create(&thread, NULL, cancel_soon, http);
  int64_t begun = sl_monotonic_nanos();
  struct sl_http_request request = { .method = "GET", .url = url };
  CHECK_FAILS(sl_http_send(http, &request, &answer, &err), SL_ECANCELLED, &err);
  CHECK(sl_monotonic_nanos() - begun < INT64_C(5000000000));
  pthread_join(thread, NULL);
  sl_http_free(http);
  stop(&s);
}

TEST(texts_of_urls) {
  static const char *const shown[][2] = {
    { "https://joe:p/a?s@s@host:1/in", "https://host:1/in" },
    { "http://[::1]:1/a@b", "http://[::1]:1/a@b" },
    { "http://host:80/a@b", "http://host:80/a@b" },
    { "https://a.b/c?x=1#y", "https://a.b/c" },
    { "https://u:p@h:1/c", "https://h:1/c" },
    { "https://u:p@q@h", "https://h" },
    { "plain", "plain" },
  };
  for (size_t i = 0; i < COUNT(shown); i++) {
    struct sl_buffer out = { 0 };
    sl_http_show(&out, shown[i][0]);
    CHECK_STR(shown[i][0], out.data, shown[i][1]);
    sl_buffer_release(&out);
  }
  struct sl_buffer out = { 0 };
  sl_http_encode(&out, "a b/ü~", true);
  sl_http_encode(&out, "/=&", false);
  CHECK_STR("encoded", out.data, "a%20b/%C3%BC~%2F%3D%26");
  sl_buffer_release(&out);
}
