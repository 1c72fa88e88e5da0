/* schedule_webhook.c - `sluice schedule webhook list|add|remove|test`. */
#include <string.h>

#include "base/text.h"
#include "http/post_queue.h"
#include "schedule.h"
#include "schedule/notice.h"

/* The path of a webhook is its secret: scheme and host are enough to know it by. */
static void print_place(const char *url) {
  if (url == NULL) {
    printf("a variable that is not set");
    return;
  }
  const char *host = strstr(url, "://");
  const char *at = strchr(host + 3, '@');
  size_t scheme = (size_t)(host - url) + 3;
  const char *begin = at == NULL ? host + 3 : at + 1;
  printf("%.*s%.*s/…", (int)scheme, url, (int)strcspn(begin, "/?#"), begin);
}

static void list(const struct sl_schedules *schedules, bool json) {
  printf(json ? "[" : schedules->n_webhooks == 0 ? "No webhooks configured.\n" : "");
  for (size_t i = 0; i < schedules->n_webhooks; i++) {
    const struct sl_webhook *w = &schedules->webhooks[i];
    if (json) {
      printf("%s{\"name\": ", i == 0 ? "" : ", ");
      sl_cli_json_text(stdout, w->name);
      printf(", \"format\": \"%s\"}", w->slack ? "slack" : "generic");
    } else {
      printf("  %-20s %-8s ", w->name, w->slack ? "slack" : "generic");
      print_place(w->url);
      printf("\n");
    }
  }
  printf(json ? "]\n" : "");
}

static sl_status test(const struct sl_schedules *schedules, const char *name,
                      struct sl_error *err) {
  const struct sl_webhook *w = NULL;
  for (size_t i = 0; i < schedules->n_webhooks; i++) {
    w = strcmp(schedules->webhooks[i].name, name) == 0 ? &schedules->webhooks[i] : w;
  }
  if (w == NULL || w->url == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "there is no webhook %s, or its URL is not set", name);
  }
  struct sl_notice notice = { .event = SL_NOTICE_TEST,
                              .schedule = "test_schedule",
                              .seconds = -1,
                              .stale_hours = -1,
                              .rows = -1,
                              .attempt = -1 };
  struct sl_buffer body = { 0 };
  long status = 0;
  sl_notice_print(&notice, w->slack, &body);
  sl_status rc = sl_buffer_check(&body, err);
  if (rc == SL_OK && sl_post_now(w->url, body.data, &status, err) != SL_OK) {
    rc = sl_fail(err, SL_EDEST, "the webhook %s cannot be reached", name);
  } else if (rc == SL_OK && status >= 300) {
    rc = sl_fail(err, SL_EDEST, "the webhook %s answered with status %ld", name, status);
  } else if (rc == SL_OK) {
    printf("The webhook %s took the test (status %ld).\n", name, status);
  }
  sl_buffer_release(&body);
  return rc;
}

sl_status sl_cli_schedule_webhook(const struct sl_cli_scheduling *s,
                                  const struct sl_cli_schedule_options *o, const char *const *words,
                                  size_t n, bool json, struct sl_error *err) {
  const char *what = n == 0 ? "list" : words[0];
  const char *name = n > 1 ? words[1] : NULL;
  if (strcmp(what, "list") == 0) {
    list(&s->list, json);
    return SL_OK;
  }
  if (name != NULL && strcmp(what, "add") == 0) {
    return o->url == NULL
               ? sl_fail(err, SL_EUSAGE,
                         "a webhook needs --url, best as '${NAME}' of a variable in .env")
               : sl_webhooks_add(s->p.project, name, o->url, o->format, err);
  }
  if (name != NULL && strcmp(what, "remove") == 0) {
    return sl_webhooks_remove(s->p.project, name, err);
  }
  if (name != NULL && strcmp(what, "test") == 0) {
    return test(&s->list, name, err);
  }
  return sl_fail(err, SL_EUSAGE,
                 "usage: sluice schedule webhook list|add NAME --url URL|remove NAME|test NAME");
}
