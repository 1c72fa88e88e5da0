/* http_destination.c - see http_destination.h. */
#include "destinations/http/http_destination.h"

#include <stdlib.h>

#include "base/memory.h"
#include "http_internal.h"

static sl_status http_deliver(struct sl_sink *base, struct sl_outbox_load *load,
                              struct sl_error *err) {
  const struct http_sink *sink = (const struct http_sink *)base;
  const struct sl_send_ops send = { .send = http_send, .nanos_between = sink->nanos_between };
  return sl_sink_send_all(base, load, &send, err);
}

static void http_cancel(struct sl_sink *base) {
  sl_http_cancel(((struct http_sink *)base)->http);
}

static void http_release(struct sl_sink *base) {
  struct http_sink *sink = (struct http_sink *)base;
  sl_http_free(sink->http);
  http_texts_release(&sink->headers);
  http_texts_release(&sink->secrets);
  free(sink->url);
  free(sink->method);
  free(sink->key_header);
}

static sl_status prepare(struct http_sink *sink, const struct http_settings *s,
                         struct sl_error *err) {
  /* Once here, again by the outbox: it knows what is left and asks before each try. */
  const struct sl_http_settings http = { .connect_ms = 10000,
                                         .total_ms = s->timeout * 1000,
                                         .tries = 1,
                                         .max_answer = (size_t)1 << 20,
                                         .failure = SL_EDEST,
                                         .ca_file = s->ca_file };
  sink->method = strdup(s->method);
  sink->key_header = strdup(s->key_header);
  sink->gzip = s->gzip;
  if (sink->method == NULL || sink->key_header == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  sl_status rc = http_parse_rate(s->rate, &sink->nanos_between, err);
  if (rc == SL_OK) {
    rc = http_make_headers(sink, s, err);
  }
  return rc == SL_OK ? sl_http_new(&sink->http, &http, err) : rc;
}

static sl_status open_scheme(struct sl_destination **out, const struct sl_destination_ops *ops,
                             const struct sl_destination_config *config, struct sl_error *err) {
  static const struct sl_sink_ops sink_ops = { .deliver = http_deliver,
                                               .cancel = http_cancel,
                                               .release = http_release };
  struct sl_buffer url = { 0 };
  struct sl_buffer shown = { 0 };
  if (strncmp(config->location, "//", 2) != 0 || strcspn(config->location + 2, "/?#") == 0) {
    return sl_fail(err, SL_EUSAGE, "write the URL of the web service as %s://host/path", ops->name);
  }
  struct http_sink *sink = sl_calloc_array(1, sizeof *sink);
  sl_buffer_printf(&url, "%s:%s", ops->name, config->location);
  if (!url.failed) {
    sl_http_show(&shown, url.data);
  }
  if (sink == NULL || url.failed || shown.failed || (sink->url = sl_buffer_take(&url)) == NULL) {
    free(sink);
    sl_buffer_release(&url);
    sl_buffer_release(&shown);
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  sl_status rc = sl_sink_open(&sink->base, ops, &sink_ops, config, shown.data, err);
  sl_buffer_release(&shown);
  if (rc != SL_OK) {
    return rc;
  }
  rc = prepare(sink, config->settings, err);
  if (rc != SL_OK) {
    sl_sink_close(&sink->base.base);
    return rc;
  }
  *out = &sink->base.base;
  return SL_OK;
}

static sl_status http_open(struct sl_destination **out, const struct sl_destination_config *config,
                           struct sl_error *err) {
  return open_scheme(out, &sl_http_destination, config, err);
}

static sl_status https_open(struct sl_destination **out, const struct sl_destination_config *config,
                            struct sl_error *err) {
  return open_scheme(out, &sl_https_destination, config, err);
}

/* clang-format off */
#define TEXT(option, argument, member, text)                                                       \
  { .name = option, .kind = SL_OPTION_TEXT, .value_name = argument, .group = "HTTP", .help = text, \
    .offset = offsetof(struct http_settings, member) }
#define SECRET(option, argument, member, text)                                                     \
  { .name = option, .kind = SL_OPTION_TEXT, .value_name = argument, .group = "HTTP", .help = text, \
    .secret = true, .offset = offsetof(struct http_settings, member) }
static const struct sl_option options[] = {
  SL_SINK_OPTIONS(struct http_settings),
  SL_SINK_OPTIONS_FORMAT(struct http_settings, "json|jsonl|arrow", "json"),
  SL_SINK_OPTIONS_SENDING(struct http_settings),
  TEXT("rate", "N", rate, "Requests a second, at most: 5, 0.5; or 100/m, 1000/h."),
  { .name = "http-method", .kind = SL_OPTION_CHOICE, .value_name = "METHOD", .group = "HTTP",
    .choices = "POST|PUT|PATCH", .default_text = "POST", .help = "Method of the requests.",
    .offset = offsetof(struct http_settings, method) },
  SECRET("http-headers", "HEADERS", headers,
         "Headers of each request, 'Name: value', several separated by |; ${NAME} is taken from the environment."),
  SECRET("http-token", "TOKEN", token, "Bearer token, or ${NAME} of the environment."),
  TEXT("http-user", "NAME", user, "User for basic authentication."),
  SECRET("http-password", "PASSWORD", password, "Its password, or ${NAME} of the environment."),
  SECRET("http-api-key", "KEY", api_key, "API key, or ${NAME} of the environment."),
  { .name = "http-api-key-header", .kind = SL_OPTION_TEXT, .value_name = "NAME", .group = "HTTP",
    .default_text = "X-API-Key", .help = "Header that the API key is sent in.",
    .offset = offsetof(struct http_settings, api_key_header) },
  { .name = "http-key-header", .kind = SL_OPTION_TEXT, .value_name = "NAME", .group = "HTTP",
    .default_text = "Idempotency-Key", .help = "Header that the key of the batch is sent in.",
    .offset = offsetof(struct http_settings, key_header) },
  { .name = "http-gzip", .kind = SL_OPTION_FLAG, .group = "HTTP", .help = "Bodies are compressed.",
    .offset = offsetof(struct http_settings, gzip) },
  { .name = "http-timeout", .kind = SL_OPTION_INTEGER, .value_name = "SECONDS", .group = "HTTP",
    .default_text = "60", .minimum = 1, .maximum = 86400,
    .help = "How long a request may take.",
    .offset = offsetof(struct http_settings, timeout) },
  TEXT("http-ca-file", "FILE", ca_file, "Certificates to trust, in PEM, instead of the system's."),
  { .name = NULL },
};
/* clang-format on */

static const char *const http_schemes[] = { "http", NULL };
static const char *const https_schemes[] = { "https", NULL };
static const char *const extensions[] = { NULL };

const struct sl_destination_ops sl_http_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "http",
  .schemes = http_schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct http_settings),
  .capabilities = SL_SINK_CAPABILITIES,
  .help = "A web service that is sent rows in batches: http://host/path.",
  .open = http_open,
  SL_SINK_FUNCTIONS,
};

const struct sl_destination_ops sl_https_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "https",
  .schemes = https_schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct http_settings),
  .capabilities = SL_SINK_CAPABILITIES,
  .help = "The same with TLS: https://host/path.",
  .open = https_open,
  SL_SINK_FUNCTIONS,
};
