/* notice.c - the bodies of webhooks; declared in notice.h. Members and blocks are Dango's. */
#include "schedule/notice.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/time.h"
#include "schema/json_text.h"

static const struct {
  const char *name, *title, *color;
  enum sl_notify category;
} events[] = {
  [SL_NOTICE_COMPLETED] = { "sync_completed", "Sync Completed", "#2eb886", SL_NOTIFY_SUCCESS },
  [SL_NOTICE_FAILED] = { "sync_failed", "Sync Failed", "#e01e5a", SL_NOTIFY_FAILURE },
  [SL_NOTICE_STALE] = { "sync_stale", "Sync Stale", "#ecb22e", SL_NOTIFY_STALE },
  [SL_NOTICE_RETRYING] = { "sync_retrying", "Sync Retrying", "#aaaaaa", SL_NOTIFY_FAILURE },
  [SL_NOTICE_DRIFT] = { "schema_drift_detected", "Schema Drift Detected", "#e0a514",
                        SL_NOTIFY_GOVERNANCE },
  [SL_NOTICE_TEST] = { "test", "Test", "#aaaaaa", SL_NOTIFY_SUCCESS },
};

enum sl_notify sl_notice_category(enum sl_notice_event event) {
  return events[event].category;
}

static void put_time(struct sl_buffer *out, const char *name, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, true);
  sl_json_member_text(out, false, name, micros == 0 ? NULL : text);
}

static void print_generic(const struct sl_notice *n, struct sl_buffer *out) {
  sl_buffer_char(out, '{');
  sl_json_member_text(out, true, "event", events[n->event].name);
  sl_json_member_text(out, false, "schedule", n->schedule);
  sl_json_member(out, false, "sources");
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < n->n_sources; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_json_text(out, n->sources[i]);
  }
  sl_buffer_char(out, ']');
  sl_json_member_text(out, false, "error", n->error);
  sl_json_member_real(out, false, "duration_seconds", n->seconds < 0 ? (double)NAN : n->seconds);
  put_time(out, "timestamp", n->occurred);
  sl_json_member_text(out, false, "dashboard_url", n->dashboard);
  sl_json_member_count(out, false, "rows_loaded", n->rows);
  sl_json_member_real(out, false, "stale_hours", n->stale_hours < 0 ? (double)NAN : n->stale_hours);
  sl_json_member_count(out, false, "attempt_number", n->attempt);
  put_time(out, "next_retry_at", n->next_retry);
  sl_json_member_json(out, false, "metadata", NULL);
  sl_buffer_char(out, '}');
}

/* "45s", "2m 30s", "1h 1m" */
static void put_duration(struct sl_buffer *out, double seconds) {
  int total = (int)seconds;
  if (total < 60) {
    sl_buffer_printf(out, "%ds", total);
  } else if (total < 3600) {
    sl_buffer_printf(out, total % 60 == 0 ? "%dm" : "%dm %ds", total / 60, total % 60);
  } else {
    sl_buffer_printf(out, total / 60 % 60 == 0 ? "%dh" : "%dh %dm", total / 3600, total / 60 % 60);
  }
}

/* Slack reads & < > as marks. */
static void put_plain(struct sl_buffer *out, const char *text) {
  for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
    switch (*at) {
      case '&': sl_buffer_text(out, "&amp;"); break;
      case '<': sl_buffer_text(out, "&lt;"); break;
      case '>': sl_buffer_text(out, "&gt;"); break;
      default: sl_buffer_char(out, *at);
    }
  }
}

static void print_lines(const struct sl_notice *n, struct sl_buffer *out) {
  char text[40];
  sl_buffer_printf(out, "*Schedule:* %s", n->schedule);
  for (size_t i = 0; i < n->n_sources; i++) {
    sl_buffer_printf(out, "%s%s", i == 0 ? "\n*Sources:* " : ", ", n->sources[i]);
  }
  if (n->event == SL_NOTICE_COMPLETED && n->rows >= 0) {
    sl_format_count(text, n->rows);
    sl_buffer_printf(out, "\n*Rows loaded:* %s", text);
  }
  if (n->event == SL_NOTICE_COMPLETED && n->seconds >= 0) {
    sl_buffer_text(out, "\n*Duration:* ");
    put_duration(out, n->seconds);
  }
  if (n->event == SL_NOTICE_STALE) {
    sl_buffer_printf(out, "\n*Hours since last sync:* %.1f", n->stale_hours);
  }
  if (n->event == SL_NOTICE_RETRYING) {
    sl_timestamp_print(text, n->next_retry, false);
    sl_buffer_printf(out, "\n*Attempt:* %" PRId64 "\n*Next retry:* %.8s UTC", n->attempt,
                     text + 11);
  }
  if (n->error != NULL) {
    sl_buffer_text(out, n->event == SL_NOTICE_DRIFT ? "\n*Details:* " : "\n*Error:* ");
    put_plain(out, n->error);
  }
}

static void put_section(struct sl_buffer *out, const struct sl_buffer *markdown) {
  sl_buffer_text(out, ", {\"type\": \"section\", \"text\": {\"type\": \"mrkdwn\", \"text\": ");
  sl_json_text(out, markdown->data == NULL ? "" : markdown->data);
  sl_buffer_text(out, "}}");
}

static void print_slack(const struct sl_notice *n, struct sl_buffer *out) {
  struct sl_buffer text = { 0 };
  sl_buffer_printf(out,
                   "{\"attachments\": [{\"color\": \"%s\", \"blocks\": [{\"type\": \"header\", "
                   "\"text\": {\"type\": \"plain_text\", \"text\": \"%s\", \"emoji\": true}}",
                   events[n->event].color, events[n->event].title);
  print_lines(n, &text);
  put_section(out, &text);
  if (n->dashboard != NULL) {
    sl_buffer_reset(&text);
    sl_buffer_printf(&text, "<%s|View Dashboard>", n->dashboard);
    put_section(out, &text);
  }
  sl_buffer_text(out, "]}]}");
  sl_buffer_release(&text);
}

void sl_notice_print(const struct sl_notice *notice, bool slack, struct sl_buffer *out) {
  if (slack) {
    print_slack(notice, out);
  } else {
    print_generic(notice, out);
  }
}
