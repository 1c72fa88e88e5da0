/* notifier.c - sending what webhooks are told; declared in notice.h. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "http/http.h"
#include "schedule/notice.h"

struct message {
  char *name, *url, *body;
  struct message *next;
};

struct sl_notifier {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t sender;
  struct message *first, **end;
  bool stopping, idle;
  struct sl_http *http; /* NULL until the first message */
  void (*failed)(void *arg, const char *webhook, const char *why);
  void *arg;
};

static const struct sl_http_settings patience = {
  .connect_ms = 10000, .stall_ms = 10000, .total_ms = 10000, .tries = 3, .wait_ms = 5000
};

static sl_status post(struct sl_http *http, const char *url, const char *body, long *status,
                      struct sl_error *err) {
  static const char *const headers[] = { "Content-Type: application/json" };
  struct sl_http_request request = { .method = "POST",
                                     .url = url,
                                     .headers = headers,
                                     .n_headers = 1,
                                     .body = body,
                                     .length = strlen(body) };
  struct sl_http_answer answer = { 0 };
  sl_status rc = sl_http_send(http, &request, &answer, err);
  *status = answer.status;
  sl_http_answer_release(&answer);
  return rc;
}

static void free_message(struct message *m) {
  free(m->name);
  free(m->url);
  free(m->body);
  free(m);
}

/* The URL of a webhook is a secret, and so is what libcurl says with it in it. */
static void deliver(struct sl_notifier *n, const struct message *m) {
  struct sl_error err;
  char why[100];
  long status = 0;
  sl_status rc = n->http == NULL ? sl_http_new(&n->http, &patience, &err) : SL_OK;
  if (rc != SL_OK) {
    n->failed(n->arg, m->name, err.message);
    return;
  }
  rc = post(n->http, m->url, m->body, &status, &err);
  if (rc == SL_ECANCELLED) {
    n->failed(n->arg, m->name, "it was not sent before the end");
  } else if (rc != SL_OK) {
    n->failed(n->arg, m->name, "it cannot be reached");
  } else if (status >= 300) {
    snprintf(why, sizeof why, "it answered with status %ld", status);
    n->failed(n->arg, m->name, why);
  }
}

static void *send_all(void *arg) {
  struct sl_notifier *n = arg;
  pthread_mutex_lock(&n->lock);
  while (n->first != NULL || !n->stopping) {
    struct message *m = n->first;
    if (m == NULL) {
      n->idle = true;
      pthread_cond_broadcast(&n->changed);
      pthread_cond_wait(&n->changed, &n->lock);
      continue;
    }
    n->first = m->next;
    n->end = n->first == NULL ? &n->first : n->end;
    pthread_mutex_unlock(&n->lock);
    deliver(n, m);
    free_message(m);
    pthread_mutex_lock(&n->lock);
  }
  n->idle = true;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
  return NULL;
}

sl_status sl_notifier_new(struct sl_notifier **out,
                          void (*failed)(void *arg, const char *webhook, const char *why),
                          void *arg, struct sl_error *err) {
  struct sl_notifier *n = calloc(1, sizeof *n);
  if (n == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for webhooks");
  }
  n->end = &n->first;
  n->failed = failed;
  n->arg = arg;
  n->idle = true;
  pthread_mutex_init(&n->lock, NULL);
  pthread_cond_init(&n->changed, NULL);
  int problem = pthread_create(&n->sender, NULL, send_all, n);
  if (problem != 0) {
    free(n);
    return sl_fail_errno(err, problem, "starting a thread");
  }
  *out = n;
  return SL_OK;
}

void sl_notifier_send(struct sl_notifier *n, const char *name, const char *url, const char *body) {
  struct message *m = calloc(1, sizeof *m);
  if (m != NULL) {
    *m = (struct message){ strdup(name), strdup(url), strdup(body), NULL };
  }
  if (m == NULL || m->name == NULL || m->url == NULL || m->body == NULL) {
    n->failed(n->arg, name, "out of memory");
    if (m != NULL) {
      free_message(m);
    }
    return;
  }
  pthread_mutex_lock(&n->lock);
  *n->end = m;
  n->end = &m->next;
  n->idle = false;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

void sl_notifier_free(struct sl_notifier *n, int seconds) {
  if (n == NULL) {
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  pthread_mutex_lock(&n->lock);
  n->stopping = true;
  pthread_cond_broadcast(&n->changed);
  while (!n->idle && pthread_cond_timedwait(&n->changed, &n->lock, &until) != ETIMEDOUT) {
  }
  if (!n->idle && n->http != NULL) {
    sl_http_cancel(n->http);
  }
  pthread_mutex_unlock(&n->lock);
  pthread_join(n->sender, NULL);
  sl_http_free(n->http);
  pthread_cond_destroy(&n->changed);
  pthread_mutex_destroy(&n->lock);
  free(n);
}

sl_status sl_notifier_try(const char *url, const char *body, long *status, struct sl_error *err) {
  struct sl_http_settings once = patience;
  struct sl_http *http = NULL;
  once.tries = 1;
  sl_status rc = sl_http_new(&http, &once, err);
  if (rc == SL_OK) {
    rc = post(http, url, body, status, err);
  }
  sl_http_free(http);
  return rc;
}
