/* events.c - see events.h. */
#include "web/events.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "web/mhd.h"

/* A connection that says nothing for so long may be cut by whoever lies between. */
enum { KEPT = 512, SILENCE_SECONDS = 15 };

struct web_events {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  char *kept[KEPT]; /* event n at n % KEPT, as it goes over the wire */
  int64_t next;
  bool closed;
};

struct reader {
  struct web_events *events;
  int64_t next;
  char *text; /* being sent */
  size_t sent;
};

sl_status web_events_new(struct web_events **out, struct sl_error *err) {
  struct web_events *e = calloc(1, sizeof *e);
  if (e == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for events");
  }
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&e->lock, NULL);
  pthread_cond_init(&e->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  *out = e;
  return SL_OK;
}

void web_events_free(struct web_events *e) {
  if (e == NULL) {
    return;
  }
  for (size_t i = 0; i < KEPT; i++) {
    free(e->kept[i]);
  }
  pthread_cond_destroy(&e->changed);
  pthread_mutex_destroy(&e->lock);
  free(e);
}

void web_events_publish(struct web_events *e, const char *type, const char *json) {
  struct sl_buffer text = { 0 };
  pthread_mutex_lock(&e->lock);
  sl_buffer_printf(&text, "id: %" PRId64 "\nevent: %s\ndata: %s\n\n", e->next, type, json);
  char *made = sl_buffer_take(&text);
  for (char *at = made == NULL ? NULL : strstr(made, "data: "); at != NULL && at[2] != '\0'; at++) {
    if (*at == '\n') { /* JSON has newlines only between its parts, and they would end the event */
      *at = ' ';
    }
  }
  if (made != NULL) { /* without memory pages ask again by themselves */
    free(e->kept[e->next % KEPT]);
    e->kept[e->next % KEPT] = made;
    e->next++;
    pthread_cond_broadcast(&e->changed);
  }
  pthread_mutex_unlock(&e->lock);
}

void web_events_close(struct web_events *e) {
  pthread_mutex_lock(&e->lock);
  e->closed = true;
  pthread_cond_broadcast(&e->changed);
  pthread_mutex_unlock(&e->lock);
}

/* The next text for this reader: an event, what says that some were missed, or a sign of life. */
static char *next_text(struct reader *r) {
  struct web_events *e = r->events;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += SILENCE_SECONDS;
  int waited = 0;
  while (!e->closed && r->next >= e->next && waited == 0) {
    waited = pthread_cond_timedwait(&e->changed, &e->lock, &until);
  }
  if (e->closed) {
    return NULL;
  }
  if (r->next >= e->next) {
    return strdup(":\n\n");
  }
  if (e->next - r->next > KEPT) {
    r->next = e->next;
    return strdup("event: missed\ndata: {}\n\n");
  }
  return strdup(e->kept[r->next++ % KEPT]);
}

static ssize_t read_events(void *arg, char *out, size_t most) {
  struct reader *r = arg;
  if (r->text == NULL) {
    pthread_mutex_lock(&r->events->lock);
    r->text = next_text(r);
    r->sent = 0;
    pthread_mutex_unlock(&r->events->lock);
  }
  if (r->text == NULL) {
    return -1;
  }
  size_t left = strlen(r->text) - r->sent;
  size_t n = left < most ? left : most;
  memcpy(out, r->text + r->sent, n);
  r->sent += n;
  if (n == left) {
    free(r->text);
    r->text = NULL;
  }
  return (ssize_t)n;
}

static void free_reader(void *arg) {
  struct reader *r = arg;
  free(r->text);
  free(r);
}

sl_status web_events_stream(struct web_events *e, int64_t last, struct web_answer *answer,
                            struct sl_error *err) {
  struct reader *r = calloc(1, sizeof *r);
  if (r == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for events");
  }
  pthread_mutex_lock(&e->lock);
  r->events = e;
  r->next = last < 0 || last >= e->next ? e->next : last + 1;
  r->text = strdup("retry: 1000\n\n"); /* said at once, so that the page knows it is connected */
  pthread_mutex_unlock(&e->lock);
  answer->type = "text/event-stream";
  answer->read = read_events;
  answer->release = free_reader;
  answer->arg = r;
  return SL_OK;
}
