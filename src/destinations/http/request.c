/* request.c - one batch as one request. */
#include <stdio.h>

#include "http_internal.h"

void http_fill_url(const char *url, const struct sl_outbox_batch *batch, struct sl_buffer *out) {
  char number[24];
  snprintf(number, sizeof number, "%lld", (long long)batch->number + 1);
  const struct {
    const char *name, *value;
  } places[] = { { "{table}", batch->table->name },
                 { "{load_id}", batch->load->load_id },
                 { "{pipeline}", batch->load->pipeline },
                 { "{dataset}", batch->load->dataset },
                 { "{batch}", number } };
  while (*url != '\0') {
    bool filled = false;
    for (size_t i = 0; !filled && i < sizeof places / sizeof places[0]; i++) {
      if (strncmp(url, places[i].name, strlen(places[i].name)) == 0) {
        sl_http_encode(out, places[i].value, false);
        url += strlen(places[i].name);
        filled = true;
      }
    }
    if (!filled) {
      sl_buffer_char(out, *url++);
    }
  }
}

/* Headers may hold ASCII alone: names are written as in a URL. */
static void put_header(struct sl_buffer *out, const char *name, const char *value) {
  sl_buffer_printf(out, "%s: ", name);
  sl_http_encode(out, value, true);
  sl_buffer_char(out, '\n');
}

struct signing {
  const struct http_sink *sink;
  const struct sl_outbox_batch *batch;
};

/* The headers that differ from batch to batch. */
static sl_status batch_headers(void *arg, struct sl_buffer *out, struct sl_error *err) {
  static const char *const types[] = { "application/x-ndjson", "application/json",
                                       "application/vnd.apache.arrow.stream" };
  const struct signing *s = arg;
  const struct sl_outbox_batch *b = s->batch;
  sl_buffer_printf(out, "Content-Type: %s\n", types[sl_encoding_of(&s->sink->base.settings)]);
  if (s->sink->gzip) {
    sl_buffer_text(out, "Content-Encoding: gzip\n");
  }
  sl_buffer_printf(out, "%s: %s\n", s->sink->key_header, b->key);
  put_header(out, "Sluice-Table", b->table->name);
  put_header(out, "Sluice-Load-Id", b->load->load_id);
  sl_buffer_printf(out, "Sluice-Batch: %lld/%lld\nSluice-First-Row: %lld\n",
                   (long long)b->number + 1, (long long)b->table->n_batches,
                   (long long)b->first_row);
  put_header(out, "Sluice-Write-Disposition", b->table->disposition);
  if (b->table->primary_key != NULL) {
    put_header(out, "Sluice-Primary-Key", b->table->primary_key);
  }
  return sl_buffer_check(out, err);
}

static sl_status make_body(const struct http_sink *sink, const struct sl_outbox_batch *batch,
                           struct sl_buffer *body, struct sl_error *err) {
  sl_status rc = sl_encode_batch(&sink->base.settings, batch, body, err);
  if (rc == SL_OK && sink->gzip) {
    struct sl_buffer packed = { 0 };
    rc = http_gzip(body, &packed, err);
    sl_buffer_release(body);
    *body = packed;
  }
  return rc;
}

enum sl_sink_answer http_send(struct sl_sink *base, void *state,
                              const struct sl_outbox_batch *batch, struct sl_send_result *result,
                              struct sl_error *err) {
  struct http_sink *sink = (struct http_sink *)base;
  struct signing signing = { sink, batch };
  struct sl_buffer url = { 0 };
  struct sl_buffer body = { 0 };
  struct sl_http_answer answer = { 0 };
  enum sl_sink_answer verdict = SL_SINK_REFUSED;
  (void)state;
  http_fill_url(sink->url, batch, &url);
  sl_status rc = sl_buffer_check(&url, err);
  if (rc == SL_OK) {
    rc = make_body(sink, batch, &body, err);
  }
  if (rc == SL_OK) {
    struct sl_http_request request = { .method = sink->method,
                                       .url = url.data,
                                       .headers = (const char *const *)sink->headers.items,
                                       .n_headers = sink->headers.count,
                                       .body = body.data,
                                       .length = body.length,
                                       .sign = batch_headers,
                                       .arg = &signing };
    rc = sl_http_send(sink->http, &request, &answer, err);
    verdict = rc == SL_OK      ? http_judge(sink, &answer, result, err)
              : err->retryable ? SL_SINK_RETRY
                               : SL_SINK_REFUSED;
  }
  sl_http_answer_release(&answer);
  sl_buffer_release(&url);
  sl_buffer_release(&body);
  return verdict;
}
