/* post_queue.h - JSON that is posted by a thread of its own, for those who must not wait: webhooks,
 * lineage.
 *
 * Messages name the receiver and never its URL, which may be a secret. */
#ifndef SL_HTTP_POST_QUEUE_H
#define SL_HTTP_POST_QUEUE_H

#include "http/http.h"

struct sl_post_queue_settings {
  struct sl_http_settings http;
  const char *const *headers; /* beside Content-Type; borrowed */
  size_t n_headers;
  /* Told, from that thread, of each that did not arrive. */
  void (*failed)(void *arg, const char *receiver, const char *why);
  void *arg;
};
/* Three tries within seconds: what webhooks deserve. */
extern const struct sl_http_settings sl_post_patience;

struct sl_post_queue;
sl_status sl_post_queue_new(struct sl_post_queue **out,
                            const struct sl_post_queue_settings *settings, struct sl_error *err);
/* Texts are copied. */
void sl_post_queue_send(struct sl_post_queue *queue, const char *receiver, const char *url,
                        const char *body);
/* Waits for what is being sent, for so many seconds at most. NULL is fine. */
void sl_post_queue_free(struct sl_post_queue *queue, int seconds);
/* One request, now; *status: the answer's. Fails when there is none. */
sl_status sl_post_now(const char *url, const char *body, long *status, struct sl_error *err);

#endif
