/* schedules.c - see schedules.h: reading. */
#include "schedule/schedules.h"

#include <stdlib.h>

#include "base/files.h"
#include "base/time.h"
#include "schedule/schedules_internal.h"

static const char *const type_names[] = { "sync", "sync_only", "dbt", "script", NULL };
static const char *const overlap_names[] = { "skip", "queue", "cancel", NULL };
static const char *const notify_names[] = { "failure", "success", "stale", "governance", NULL };
static const char *const root_keys[] = { "schedules", "notifications", "version", NULL };
static const char *const keys[] = { "name",
                                    "type",
                                    "cron",
                                    "sources",
                                    "enabled",
                                    "timezone",
                                    "start_date",
                                    "misfire_grace_time",
                                    "timeout_minutes",
                                    "notify_on",
                                    "dbt_command",
                                    "script_path",
                                    "run_on",
                                    "script_args",
                                    "retries",
                                    "retry_delays",
                                    "overlap",
                                    "description",
                                    NULL };

const char *sl_schedule_type_name(enum sl_schedule_type type) {
  return type_names[type];
}

/* The index of a text in a list of names. */
static sl_status choose(const struct sl_doc *doc, const struct sl_node *map, const char *key,
                        const char *const *names, size_t *out, struct sl_error *err) {
  const char *text = NULL;
  sl_status rc = sl_doc_text(doc, map, key, &text, err);
  for (size_t i = 0; rc == SL_OK && text != NULL; i++) {
    if (names[i] == NULL) {
      return sl_doc_fail(doc, sl_node_get(map, key), err, "'%s' is no %s", text, key);
    }
    if (strcmp(names[i], text) == 0) {
      *out = i;
      break;
    }
  }
  return rc;
}

bool sl_schedule_is_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return name != NULL && name[0] >= 'a' && name[0] <= 'z' &&
         strspn(name, letters) == strlen(name) && strlen(name) <= 100;
}

static sl_status read_names(struct sl_schedule *s, struct sl_doc *doc,
                            const struct sl_sources *sources, struct sl_error *err) {
  const struct sl_node *list = sl_node_get(s->node, "sources");
  const struct sl_project_source *found;
  size_t n = list == NULL ? 0 : sl_node_count(list);
  if (n > 0) {
    s->sources = sl_arena_alloc(&doc->arena, n * sizeof *s->sources);
    if (s->sources == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a schedule");
    }
  }
  for (const struct sl_node *item = n == 0 ? NULL : list->first; item != NULL; item = item->next) {
    const char *name = sl_node_text(item);
    struct sl_error why;
    if (name == NULL) {
      return sl_doc_fail(doc, item, err, "a source is written as its name");
    }
    if (sources != NULL && sl_sources_find(sources, name, &found, &why) != SL_OK) {
      return sl_doc_fail(doc, item, err, "%s", why.message);
    }
    s->sources[s->n_sources++] = name;
  }
  return SL_OK;
}

static sl_status read_start(struct sl_schedule *s, const struct sl_doc *doc, struct sl_error *err) {
  const char *text = NULL;
  struct sl_iso iso;
  sl_status rc = sl_doc_text(doc, s->node, "start_date", &text, err);
  if (rc != SL_OK || text == NULL) {
    return rc;
  }
  if (!sl_iso_parse(sl_text_of(text), &iso) || iso.kind == SL_ISO_TIME) {
    return sl_doc_fail(doc, sl_node_get(s->node, "start_date"), err, "'%s' is no date", text);
  }
  int64_t seconds =
      iso.kind == SL_ISO_DATE ? (int64_t)iso.days * 86400 : iso.micros / SL_MICROS_PER_SECOND;
  int64_t moments[2] = { seconds, seconds };
  if (!iso.has_zone) {
    sl_zone_moments(s->zone, seconds, moments);
  }
  s->start = moments[0];
  return SL_OK;
}

static sl_status read_when(struct sl_schedule *s, const struct sl_doc *doc, struct sl_error *err) {
  struct sl_error why;
  sl_status rc = sl_doc_text(doc, s->node, "cron", &s->cron_text, err);
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, s->node, "timezone", &s->timezone, err);
  }
  if (rc == SL_OK && s->cron_text == NULL) {
    return sl_doc_fail(doc, s->node, err, "the schedule %s has no cron", s->name);
  }
  if (rc == SL_OK && sl_cron_parse(&s->cron, s->cron_text, &why) != SL_OK) {
    return sl_doc_fail(doc, sl_node_get(s->node, "cron"), err, "%s", why.message);
  }
  if (rc == SL_OK && sl_zone_open(&s->zone, s->timezone, &why) != SL_OK) {
    const struct sl_node *at = sl_node_get(s->node, "timezone");
    return sl_doc_fail(doc, at == NULL ? s->node : at, err, "%s", why.message);
  }
  return rc == SL_OK ? read_start(s, doc, err) : rc;
}

static sl_status read_delays(struct sl_schedule *s, const struct sl_doc *doc,
                             struct sl_error *err) {
  static const int64_t usual[] = { 30, 120, 300 };
  const struct sl_node *list = sl_node_get(s->node, "retry_delays");
  memcpy(s->delays, usual, sizeof usual);
  s->n_delays = 3;
  if (list == NULL || list->kind == SL_NODE_NULL) {
    return SL_OK;
  }
  s->n_delays = 0;
  for (const struct sl_node *item = list->first; item != NULL; item = item->next) {
    int64_t value = item->kind == SL_NODE_INTEGER ? strtoll(item->text, NULL, 10) : -1;
    if (value < 0 || value > 86400 || s->n_delays == 8) {
      return sl_doc_fail(doc, item, err, "retry_delays are at most 8 numbers of seconds");
    }
    s->delays[s->n_delays++] = value;
  }
  return s->n_delays > 0
             ? SL_OK
             : sl_doc_fail(doc, list, err, "retry_delays is a list of seconds, as [30, 120]");
}

/* A number within limits, which stays as it is when it is not given. */
static sl_status read_limited(const struct sl_schedule *s, const struct sl_doc *doc,
                              const char *key, int64_t low, int64_t high, int64_t *out,
                              struct sl_error *err) {
  sl_status rc = sl_doc_integer(doc, s->node, key, out, err);
  const struct sl_node *node = sl_node_get(s->node, key);
  if (rc == SL_OK && node != NULL && node->kind != SL_NODE_NULL && (*out < low || *out > high)) {
    rc = sl_doc_fail(doc, node, err, "%s must be from %lld to %lld", key, (long long)low,
                     (long long)high);
  }
  return rc;
}

static sl_status read_how(struct sl_schedule *s, const struct sl_doc *doc, struct sl_error *err) {
  size_t overlap = SL_OVERLAP_SKIP;
  s->timeout_minutes = s->type == SL_SCHEDULE_SCRIPT ? 30 : 60;
  s->retries = s->type == SL_SCHEDULE_SCRIPT ? 0 : 2;
  s->grace_seconds = -1;
  s->enabled = true;
  sl_status rc = read_limited(s, doc, "timeout_minutes", 1, 60 * 24 * 30, &s->timeout_minutes, err);
  if (rc == SL_OK) {
    rc = read_limited(s, doc, "misfire_grace_time", 1, INT64_C(1) << 40, &s->grace_seconds, err);
  }
  if (rc == SL_OK) {
    rc = read_limited(s, doc, "retries", 0, 100, &s->retries, err);
  }
  if (rc == SL_OK) {
    rc = read_delays(s, doc, err);
  }
  if (rc == SL_OK) {
    rc = choose(doc, s->node, "overlap", overlap_names, &overlap, err);
    s->overlap = (enum sl_schedule_overlap)overlap;
  }
  return rc == SL_OK ? sl_doc_bool(doc, s->node, "enabled", &s->enabled, err) : rc;
}

static sl_status read_notify(struct sl_schedule *s, const struct sl_doc *doc,
                             struct sl_error *err) {
  const struct sl_node *list = sl_node_get(s->node, "notify_on");
  for (const struct sl_node *item = list == NULL ? NULL : list->first; item != NULL;
       item = item->next) {
    const char *text = sl_node_text(item);
    size_t i = 0;
    while (notify_names[i] != NULL && (text == NULL || strcmp(notify_names[i], text) != 0)) {
      i++;
    }
    if (notify_names[i] == NULL) {
      return sl_doc_fail(doc, item, err,
                         "notify_on takes failure, success, stale and governance, not '%s'",
                         text == NULL ? "" : text);
    }
    s->notify |= 1U << i;
  }
  return SL_OK;
}

/* What each type needs. */
static sl_status check_type(const struct sl_schedule *s, const struct sl_doc *doc,
                            struct sl_error *err) {
  bool sync = s->type == SL_SCHEDULE_SYNC || s->type == SL_SCHEDULE_SYNC_ONLY;
  const char *why = NULL;
  if (sync && s->n_sources == 0) {
    why = "names no sources: write sources: [NAME, …]";
  } else if (s->type != SL_SCHEDULE_DBT && s->type != SL_SCHEDULE_SYNC && s->dbt_command != NULL) {
    why = "has a dbt_command, which only dbt schedules take";
  } else if (s->type == SL_SCHEDULE_DBT && s->dbt_command == NULL) {
    why = "needs a dbt_command: what dbt shall select, as staging or tag:daily";
  } else if (s->type == SL_SCHEDULE_SCRIPT && s->script_path == NULL) {
    why = "needs a script_path: a file of scripts/";
  } else if (s->type == SL_SCHEDULE_SCRIPT && s->n_sources > 0) {
    why = "is a script, which takes no sources";
  } else if (s->script_path != NULL &&
             (s->script_path[0] == '/' || strstr(s->script_path, "..") != NULL)) {
    why = "has a script_path that leaves scripts/";
  }
  return why == NULL ? SL_OK : sl_doc_fail(doc, s->node, err, "the schedule %s %s", s->name, why);
}

static sl_status read_schedule(struct sl_schedules *list, struct sl_schedule *s,
                               const struct sl_sources *sources, struct sl_error *err) {
  struct sl_doc *doc = &list->doc;
  size_t type = SL_SCHEDULE_SYNC;
  s->start = INT64_MIN;
  sl_status rc = sl_doc_check_keys(doc, s->node, keys, "a schedule", err);
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, s->node, "name", &s->name, err);
  }
  if (rc == SL_OK && !sl_schedule_is_name(s->name)) {
    return sl_doc_fail(doc, s->node, err,
                       "the name of a schedule has lower case letters, digits and _: '%s'",
                       s->name == NULL ? "" : s->name);
  }
  if (rc == SL_OK && sl_schedules_get(list, s->name) != NULL) {
    return sl_doc_fail(doc, s->node, err, "there are two schedules called %s", s->name);
  }
  if (rc == SL_OK) {
    rc = choose(doc, s->node, "type", type_names, &type, err);
    s->type = (enum sl_schedule_type)type;
  }
  if (rc == SL_OK) {
    rc = read_names(s, doc, sources, err);
  }
  if (rc == SL_OK) {
    rc = read_when(s, doc, err);
  }
  if (rc == SL_OK) {
    rc = read_how(s, doc, err);
  }
  if (rc == SL_OK) {
    rc = read_notify(s, doc, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, s->node, "dbt_command", &s->dbt_command, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_text(doc, s->node, "script_path", &s->script_path, err);
  }
  return rc == SL_OK ? check_type(s, doc, err) : rc;
}

void sl_schedules_note(struct sl_schedules *list, const struct sl_error *err) {
  sl_buffer_printf(&list->problems, "%s\n", err->message);
  list->n_problems++;
}

static sl_status read_all(struct sl_schedules *out, const struct sl_project *project,
                          const struct sl_sources *sources, struct sl_error *err) {
  struct sl_error why;
  const struct sl_node *list = sl_node_get(out->doc.root, "schedules");
  size_t n = list == NULL || list->kind != SL_NODE_LIST ? 0 : sl_node_count(list);
  if (sl_doc_check_keys(&out->doc, out->doc.root, root_keys, "schedules.yml", &why) != SL_OK) {
    sl_schedules_note(out, &why);
  }
  if (list != NULL && list->kind != SL_NODE_LIST && list->kind != SL_NODE_NULL) {
    sl_doc_fail(&out->doc, list, &why, "schedules must be a list");
    sl_schedules_note(out, &why);
  }
  out->items = sl_calloc_array(n + 1, sizeof *out->items);
  if (out->items == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for schedules");
  }
  for (const struct sl_node *item = n == 0 ? NULL : list->first; item != NULL; item = item->next) {
    struct sl_schedule *s = &out->items[out->count];
    *s = (struct sl_schedule){ .node = item };
    sl_status rc = item->kind == SL_NODE_MAP
                       ? read_schedule(out, s, sources, &why)
                       : sl_doc_fail(&out->doc, item, &why, "a schedule is a map of its settings");
    if (rc == SL_OK) {
      out->count++;
    } else {
      sl_zone_close(s->zone);
      sl_schedules_note(out, &why);
    }
  }
  return sl_webhooks_read(out, project, err);
}

sl_status sl_schedules_parse(struct sl_schedules *out, const struct sl_project *project,
                             const struct sl_sources *sources, const char *text, size_t length,
                             struct sl_error *err) {
  *out = (struct sl_schedules){ 0 };
  sl_status rc = sl_doc_parse_yaml(&out->doc, ".dango/schedules.yml", text, length, err);
  if (rc == SL_OK) {
    rc = read_all(out, project, sources, err);
  }
  if (rc != SL_OK) {
    sl_schedules_release(out);
  }
  return rc;
}

sl_status sl_schedules_read(struct sl_schedules *out, const struct sl_project *project,
                            const struct sl_sources *sources, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *out = (struct sl_schedules){ 0 };
  char *path = sl_project_path(project, ".dango/schedules.yml");
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && sl_file_exists(path)) {
    rc = sl_file_read(path, &text, err);
  }
  if (rc == SL_OK) {
    rc = sl_schedules_parse(out, project, sources, text.data == NULL ? "" : text.data, text.length,
                            err);
  }
  sl_buffer_release(&text);
  free(path);
  return rc;
}

void sl_schedules_release(struct sl_schedules *list) {
  for (size_t i = 0; i < list->count; i++) {
    sl_zone_close(list->items[i].zone);
  }
  free(list->items);
  free(list->webhooks);
  sl_buffer_release(&list->problems);
  sl_doc_release(&list->doc);
  *list = (struct sl_schedules){ 0 };
}

const struct sl_schedule *sl_schedules_get(const struct sl_schedules *list, const char *name) {
  for (size_t i = 0; i < list->count; i++) {
    if (strcmp(list->items[i].name, name) == 0) {
      return &list->items[i];
    }
  }
  return NULL;
}

sl_status sl_schedules_find(const struct sl_schedules *list, const char *name,
                            const struct sl_schedule **out, struct sl_error *err) {
  struct sl_buffer names = { 0 };
  *out = sl_schedules_get(list, name);
  for (size_t i = 0; *out == NULL && i < list->count; i++) {
    sl_buffer_printf(&names, "%s%s", i == 0 ? "" : ", ", list->items[i].name);
  }
  sl_status rc =
      *out != NULL ? SL_OK
      : names.data == NULL
          ? sl_fail(err, SL_ENOTFOUND, "there is no schedule %s, nor any other", name)
          : sl_fail(err, SL_ENOTFOUND, "there is no schedule %s, but %s", name, names.data);
  sl_buffer_release(&names);
  return rc;
}

bool sl_schedules_have_source(const struct sl_schedules *list, const char *source) {
  for (size_t i = 0; i < list->count; i++) {
    for (size_t k = 0; k < list->items[i].n_sources; k++) {
      if (strcmp(list->items[i].sources[k], source) == 0) {
        return true;
      }
    }
  }
  return false;
}

int64_t sl_schedule_next(const struct sl_schedule *s, int64_t after) {
  return sl_cron_next(&s->cron, s->zone, s->start > after ? s->start - 1 : after);
}
