/* webhooks.c - who is told: the part `notifications` of schedules.yml; declared in
 * schedules_internal.h. */
#include <stdlib.h>

#include "schedule/schedules_internal.h"

static const char *const keys[] = { "webhooks",
                                    "on_failure",
                                    "on_success",
                                    "on_stale",
                                    "on_governance",
                                    "on_analysis",
                                    "stale_threshold_hours",
                                    NULL };
static const char *const webhook_keys[] = { "name", "url", "url_env", "format", NULL };

/* Puts variables in the place of ${NAME}; *out stays NULL when one is not set. */
static sl_status expand(struct sl_doc *doc, const struct sl_project *project,
                        const struct sl_node *node, const char *text, const char **out,
                        struct sl_error *err) {
  struct sl_buffer url = { 0 };
  sl_status rc = SL_OK;
  for (const char *at = text; rc == SL_OK && *at != '\0';) {
    char name[128];
    size_t length = strncmp(at, "${", 2) == 0 ? strcspn(at + 2, "}") : 0;
    if (length == 0 || length >= sizeof name || at[2 + length] != '}') {
      sl_buffer_char(&url, *at++);
      continue;
    }
    memcpy(name, at + 2, length);
    name[length] = '\0';
    const char *value = sl_secrets_variable(&project->secrets, name);
    if (value == NULL) {
      rc = sl_doc_fail(doc, node, err, "the webhook needs the variable %s: set it in .env", name);
    } else {
      sl_buffer_text(&url, value);
    }
    at += length + 3;
  }
  if (rc == SL_OK) {
    *out = sl_arena_copy(&doc->arena, url.data == NULL ? "" : url.data, url.length);
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a webhook") : SL_OK;
  }
  sl_buffer_release(&url);
  return rc;
}

static sl_status read_url(struct sl_doc *doc, const struct sl_project *project,
                          struct sl_webhook *w, struct sl_error *err) {
  const char *text = NULL;
  const char *variable = NULL;
  sl_status rc = sl_doc_text(doc, w->node, "url", &text, err);
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, w->node, "url_env", &variable, err);
  }
  if (rc == SL_OK && (text == NULL) == (variable == NULL)) {
    return sl_doc_fail(doc, w->node, err,
                       "a webhook has a url, or the name of a variable with it as url_env");
  }
  if (rc == SL_OK && variable != NULL) {
    text = sl_arena_printf(&doc->arena, "${%s}", variable);
    rc = text == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a webhook") : SL_OK;
  }
  if (rc == SL_OK) {
    rc = expand(doc, project, w->node, text, &w->url, err);
  }
  if (rc == SL_OK && strncmp(w->url, "http://", 7) != 0 && strncmp(w->url, "https://", 8) != 0) {
    w->url = NULL;
    rc = sl_doc_fail(doc, w->node, err, "the URL of a webhook begins with http:// or https://");
  }
  return rc;
}

static sl_status read_webhook(struct sl_schedules *list, const struct sl_project *project,
                              struct sl_webhook *w, struct sl_error *err) {
  struct sl_doc *doc = &list->doc;
  const char *format = "generic";
  sl_status rc = sl_doc_check_keys(doc, w->node, webhook_keys, "a webhook", err);
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, w->node, "name", &w->name, err);
  }
  if (rc == SL_OK && w->name == NULL) {
    return sl_doc_fail(doc, w->node, err, "a webhook needs a name");
  }
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, w->node, "format", &format, err);
  }
  w->slack = strcmp(format, "slack") == 0;
  if (rc == SL_OK && !w->slack && strcmp(format, "generic") != 0) {
    return sl_doc_fail(doc, sl_node_get(w->node, "format"), err,
                       "the format of a webhook is generic or slack, not '%s'", format);
  }
  return rc == SL_OK ? read_url(doc, project, w, err) : rc;
}

static sl_status read_settings(struct sl_schedules *out, const struct sl_node *map,
                               struct sl_error *err) {
  static const char *const names[] = { "on_failure", "on_success", "on_stale", "on_governance" };
  sl_status rc = sl_doc_check_keys(&out->doc, map, keys, "notifications", err);
  for (size_t i = 0; rc == SL_OK && i < 4; i++) {
    bool on = true;
    rc = sl_doc_bool(&out->doc, map, names[i], &on, err);
    out->notify |= on ? 1U << i : 0;
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(&out->doc, map, "stale_threshold_hours", &out->stale_hours, err);
  }
  if (rc == SL_OK && (out->stale_hours < 0 || out->stale_hours > 100000)) {
    out->stale_hours = 0;
    rc = sl_doc_fail(&out->doc, sl_node_get(map, "stale_threshold_hours"), err,
                     "stale_threshold_hours must be from 1 to 100000");
  }
  return rc;
}

sl_status sl_webhooks_read(struct sl_schedules *out, const struct sl_project *project,
                           struct sl_error *err) {
  struct sl_error why;
  const struct sl_node *map = sl_node_get(out->doc.root, "notifications");
  const struct sl_node *list = sl_node_get(map, "webhooks");
  size_t n = list == NULL || list->kind != SL_NODE_LIST ? 0 : sl_node_count(list);
  if (read_settings(out, map, &why) != SL_OK) {
    sl_schedules_note(out, &why);
  }
  out->webhooks = sl_calloc_array(n + 1, sizeof *out->webhooks);
  if (out->webhooks == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for webhooks");
  }
  for (const struct sl_node *item = n == 0 ? NULL : list->first; item != NULL; item = item->next) {
    struct sl_webhook *w = &out->webhooks[out->n_webhooks];
    *w = (struct sl_webhook){ .node = item };
    if (read_webhook(out, project, w, &why) != SL_OK) {
      sl_schedules_note(out, &why);
    }
    out->n_webhooks += w->name != NULL;
  }
  return SL_OK;
}
