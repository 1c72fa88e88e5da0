/* http_internal.h - the HTTP sink while it is open. Private to this folder. */
#ifndef SL_DESTINATIONS_HTTP_INTERNAL_H
#define SL_DESTINATIONS_HTTP_INTERNAL_H

#include "http/http.h"
#include "outbox/encode.h"

struct http_settings {
  struct sl_sink_settings sink; /* first, see sink.h */
  const char *method, *headers, *token, *user, *password, *api_key, *api_key_header, *key_header;
  const char *ca_file, *rate;
  int64_t timeout;
  bool gzip;
};

struct http_texts { /* each text and the array are malloc'ed */
  char **items;
  size_t count, capacity;
};
void http_texts_release(struct http_texts *texts);
sl_status http_texts_add(struct http_texts *texts, struct sl_buffer *text, struct sl_error *err);

struct http_sink {
  struct sl_sink base;
  struct sl_http *http;
  char *url; /* as given: with {table} and the like */
  char *method, *key_header;
  bool gzip;
  int64_t nanos_between;
  struct http_texts headers; /* "Name: value", the same for all requests */
  struct http_texts secrets; /* what must not be seen in a message */
};

/* headers.c: the headers that the settings ask for, with their secrets. Texts may hold ${NAME} of
 * the environment. SL_EUSAGE: not a header, two kinds of authentication, no such variable. */
sl_status http_make_headers(struct http_sink *sink, const struct http_settings *settings,
                            struct sl_error *err);
/* Nanoseconds between two requests of "5", "0.5/s", "100/m", "1000/h"; 0 = NULL. */
sl_status http_parse_rate(const char *text, int64_t *nanos, struct sl_error *err);

/* request.c */
enum sl_sink_answer http_send(struct sl_sink *sink, void *state,
                              const struct sl_outbox_batch *batch, struct sl_send_result *result,
                              struct sl_error *err);
/* The URL of a batch: {table}, {load_id}, {pipeline}, {dataset} and {batch} filled in. */
void http_fill_url(const char *url, const struct sl_outbox_batch *batch, struct sl_buffer *out);

/* answer.c */
/* Milliseconds from a Retry-After header (seconds, or a date) to wait from now on; -1 = none. */
int64_t http_retry_after(const char *value, int64_t now_micros);
/* What an answer means; err says so when it is not accepted. */
enum sl_sink_answer http_judge(const struct http_sink *sink, const struct sl_http_answer *answer,
                               struct sl_send_result *result, struct sl_error *err);

/* gzip.c: appends the compressed text. */
sl_status http_gzip(const struct sl_buffer *in, struct sl_buffer *out, struct sl_error *err);

#endif
