/* answer.c - what a web service's answer means for a batch. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "base/time.h"
#include "http_internal.h"

enum { SHOWN_BODY = 300 };

/* "Wed, 21 Oct 2015 07:28:00 GMT": seconds since the epoch; -1 = another form. */
static int64_t parse_date(const char *text) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int day;
  int year;
  int clock[3];
  char month[4] = "";
  const char *comma = strchr(text, ',');
  char *at;
  if (comma == NULL) {
    return -1;
  }
  day = (int)strtol(comma + 1, &at, 10);
  at += *at == ' ';
  snprintf(month, sizeof month, "%.3s", at);
  const char *found = strlen(month) == 3 ? strstr(months, month) : NULL;
  if (found == NULL || (found - months) % 3 != 0) {
    return -1;
  }
  year = (int)strtol(at + 3, &at, 10);
  for (int i = 0; i < 3; i++) {
    clock[i] = (int)strtol(at + (i > 0 && *at == ':'), &at, 10);
  }
  if (day < 1 || day > 31 || year < 1970 || year > 9999 || strncmp(at, " GMT", 4) != 0) {
    return -1;
  }
  int64_t days = sl_days_from_civil(year, (unsigned)(found - months) / 3 + 1, (unsigned)day);
  return days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
}

int64_t http_retry_after(const char *value, int64_t now_micros) {
  if (isdigit((unsigned char)value[0])) {
    int64_t seconds = strtoll(value, NULL, 10);
    return seconds > 86400 ? INT64_C(86400000) : seconds * 1000;
  }
  int64_t date = parse_date(value);
  int64_t left = date * 1000 - now_micros / 1000;
  return date < 0 ? -1 : left < 0 ? 0 : left;
}

/* The beginning of the body on one line, without what we know to be secret. */
static void show_body(const struct http_sink *sink, const struct sl_buffer *body,
                      struct sl_buffer *out) {
  struct sl_buffer text = { 0 };
  for (size_t i = 0; i < body->length && text.length < SHOWN_BODY;) {
    size_t hidden = 0;
    for (size_t s = 0; s < sink->secrets.count && hidden == 0; s++) {
      size_t length = strlen(sink->secrets.items[s]);
      bool same =
          length <= body->length - i && memcmp(body->data + i, sink->secrets.items[s], length) == 0;
      hidden = same ? length : 0;
    }
    if (hidden > 0) {
      sl_buffer_text(&text, "***");
      i += hidden;
      continue;
    }
    const char *at = body->data + i;
    int32_t c = sl_utf8_next(&at, body->data + body->length);
    size_t length = (size_t)(at - (body->data + i));
    if (c < 0x20 || c == 0x7F) {
      sl_buffer_char(&text, c < 0 ? '?' : ' ');
    } else {
      sl_buffer_append(&text, body->data + i, length);
    }
    i += length;
  }
  if (!text.failed && text.length > 0) {
    sl_redact(out, text.data);
  }
  sl_buffer_release(&text);
}

static const char *advice(long status) {
  switch (status) {
    case 401: return " (check --http-token, --http-user or --http-api-key)";
    case 403: return " (the credentials are known and may not do this)";
    case 404: return " (check the URL)";
    case 413: return " (the batch is too large: use a smaller --sink-batch)";
    case 415: return " (choose another --sink-format)";
    default:
      return status >= 300 && status < 400 ? " (redirects are not followed: use the new URL)" : "";
  }
}

enum sl_sink_answer http_judge(const struct http_sink *sink, const struct sl_http_answer *answer,
                               struct sl_send_result *result, struct sl_error *err) {
  struct sl_buffer value = { 0 };
  struct sl_buffer shown = { 0 };
  long status = answer->status;
  bool later = status == 408 || status == 425 || status == 429 || status >= 500;
  if (status >= 200 && status < 300) {
    return SL_SINK_ACCEPTED;
  }
  if (later && sl_http_header(answer, "retry-after", &value)) {
    result->wait_ms = http_retry_after(value.data, sl_now_micros());
  }
  show_body(sink, &answer->body, &shown);
  bool said = !shown.failed && shown.length > 0;
  sl_fail(err, SL_EDEST, "HTTP %ld%s%s%s", status, advice(status), said ? ": " : "",
          said ? shown.data : "");
  snprintf(err->vendor, sizeof err->vendor, "%ld", status);
  sl_buffer_release(&value);
  sl_buffer_release(&shown);
  return later ? SL_SINK_RETRY : SL_SINK_REFUSED;
}
