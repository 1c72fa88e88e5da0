/* post_queue.c - see post_queue.h. */
#include "http/post_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

struct message {
  char *name, *url, *body;
  struct message *next;
};

struct sl_post_queue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t sender;
  struct message *first, **end;
  bool stopping, idle;
  struct sl_http *http; /* NULL until the first message */
  struct sl_post_queue_settings settings;
};

const struct sl_http_settings sl_post_patience = {
  .connect_ms = 10000, .stall_ms = 10000, .total_ms = 10000, .tries = 3, .wait_ms = 5000
};

enum { MOST_HEADERS = 4 };

static sl_status post(struct sl_http *http, const char *const *more, size_t n_more, const char *url,
                      const char *body, long *status, struct sl_error *err) {
  const char *headers[MOST_HEADERS + 1] = { "Content-Type: application/json" };
  for (size_t i = 0; i < n_more && i < MOST_HEADERS; i++) {
    headers[1 + i] = more[i];
  }
  struct sl_http_request request = { .method = "POST",
                                     .url = url,
                                     .headers = headers,
                                     .n_headers =
                                         1 + (n_more < MOST_HEADERS ? n_more : MOST_HEADERS),
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
static void deliver(struct sl_post_queue *q, const struct message *m) {
  struct sl_error err;
  char why[100];
  long status = 0;
  sl_status rc = q->http == NULL ? sl_http_new(&q->http, &q->settings.http, &err) : SL_OK;
  if (rc != SL_OK) {
    q->settings.failed(q->settings.arg, m->name, err.message);
    return;
  }
  rc = post(q->http, q->settings.headers, q->settings.n_headers, m->url, m->body, &status, &err);
  if (rc == SL_ECANCELLED) {
    q->settings.failed(q->settings.arg, m->name, "it was not sent before the end");
  } else if (rc != SL_OK) {
    q->settings.failed(q->settings.arg, m->name, "it cannot be reached");
  } else if (status >= 300) {
    snprintf(why, sizeof why, "it answered with status %ld", status);
    q->settings.failed(q->settings.arg, m->name, why);
  }
}

static void *send_all(void *arg) {
  struct sl_post_queue *q = arg;
  pthread_mutex_lock(&q->lock);
  while (q->first != NULL || !q->stopping) {
    struct message *m = q->first;
    if (m == NULL) {
      q->idle = true;
      pthread_cond_broadcast(&q->changed);
      pthread_cond_wait(&q->changed, &q->lock);
      continue;
    }
    q->first = m->next;
    q->end = q->first == NULL ? &q->first : q->end;
    pthread_mutex_unlock(&q->lock);
    deliver(q, m);
    free_message(m);
    pthread_mutex_lock(&q->lock);
  }
  q->idle = true;
  pthread_cond_broadcast(&q->changed);
  pthread_mutex_unlock(&q->lock);
  return NULL;
}

sl_status sl_post_queue_new(struct sl_post_queue **out,
                            const struct sl_post_queue_settings *settings, struct sl_error *err) {
  struct sl_post_queue *q = calloc(1, sizeof *q);
  if (q == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for webhooks");
  }
  q->end = &q->first;
  q->settings = *settings;
  q->idle = true;
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->changed, NULL);
  int problem = pthread_create(&q->sender, NULL, send_all, q);
  if (problem != 0) {
    free(q);
    return sl_fail_errno(err, problem, "starting a thread");
  }
  *out = q;
  return SL_OK;
}

void sl_post_queue_send(struct sl_post_queue *q, const char *name, const char *url,
                        const char *body) {
  struct message *m = calloc(1, sizeof *m);
  if (m != NULL) {
    *m = (struct message){ strdup(name), strdup(url), strdup(body), NULL };
  }
  if (m == NULL || m->name == NULL || m->url == NULL || m->body == NULL) {
    q->settings.failed(q->settings.arg, name, "out of memory");
    if (m != NULL) {
      free_message(m);
    }
    return;
  }
  pthread_mutex_lock(&q->lock);
  *q->end = m;
  q->end = &m->next;
  q->idle = false;
  pthread_cond_broadcast(&q->changed);
  pthread_mutex_unlock(&q->lock);
}

void sl_post_queue_free(struct sl_post_queue *q, int seconds) {
  if (q == NULL) {
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  pthread_mutex_lock(&q->lock);
  q->stopping = true;
  pthread_cond_broadcast(&q->changed);
  while (!q->idle && pthread_cond_timedwait(&q->changed, &q->lock, &until) != ETIMEDOUT) {
  }
  if (!q->idle && q->http != NULL) {
    sl_http_cancel(q->http);
  }
  pthread_mutex_unlock(&q->lock);
  pthread_join(q->sender, NULL);
  sl_http_free(q->http);
  pthread_cond_destroy(&q->changed);
  pthread_mutex_destroy(&q->lock);
  free(q);
}

sl_status sl_post_now(const char *url, const char *body, long *status, struct sl_error *err) {
  struct sl_http_settings once = sl_post_patience;
  struct sl_http *http = NULL;
  once.tries = 1;
  sl_status rc = sl_http_new(&http, &once, err);
  if (rc == SL_OK) {
    rc = post(http, NULL, 0, url, body, status, err);
  }
  sl_http_free(http);
  return rc;
}
