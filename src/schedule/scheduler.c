/* scheduler.c - see scheduler.h: what is due, and files that change. */
#include "schedule/scheduler.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "schedule/scheduler_internal.h"

enum { FRESHNESS_SECONDS = 60 };

void sl_scheduler_say(const struct sl_scheduler *s, enum sl_line_level level, const char *schedule,
                      const char *event, const char *format, ...) {
  char message[1200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  struct sl_schedule_line line = { level, schedule, event, message };
  s->settings.door.say(s->settings.door.arg, &line);
}

void sl_scheduler_tell(const struct sl_scheduler *s, const struct sl_schedule *schedule,
                       const struct sl_notice *notice) {
  unsigned wanted = schedule->notify != 0 ? schedule->notify : s->list.notify;
  struct sl_notice full = *notice;
  full.dashboard = s->settings.dashboard;
  for (size_t i = 0; (wanted & sl_notice_category(notice->event)) != 0 && i < s->list.n_webhooks;
       i++) {
    const struct sl_webhook *w = &s->list.webhooks[i];
    struct sl_buffer body = { 0 };
    sl_notice_print(&full, w->slack, &body);
    if (w->url != NULL && !body.failed) {
      s->settings.door.tell(s->settings.door.arg, w, body.data);
    }
    sl_buffer_release(&body);
  }
}

/* ---- the files ---- */

static const char *const watched[] = { ".dango/schedules.yml", ".dango/sources.yml",
                                       ".dango/project.yml", ".env" };

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool files_changed(struct sl_scheduler *s) {
  bool changed = false;
  for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
    struct stat now = { 0 };
    struct sl_buffer path = { 0 };
    sl_buffer_printf(&path, "%s/%s", s->settings.root, watched[i]);
    if (path.failed || stat(path.data, &now) != 0) {
      now = (struct stat){ 0 };
    }
    changed = changed || !same_file(&now, &s->files[i]);
    s->files[i] = now;
    sl_buffer_release(&path);
  }
  return changed;
}

static struct sl_slot *find_slot(const struct sl_scheduler *s, const char *name) {
  for (size_t i = 0; i < s->n_slots; i++) {
    if (strcmp(s->slots[i]->name, name) == 0) {
      return s->slots[i];
    }
  }
  return NULL;
}

static sl_status add_slot(struct sl_scheduler *s, const char *name, struct sl_error *err) {
  sl_status rc = sl_grow(&s->slots, &s->capacity, s->n_slots + 1, sizeof(struct sl_slot *), err);
  struct sl_slot *slot = rc == SL_OK ? calloc(1, sizeof *slot) : NULL;
  if (slot != NULL) {
    slot->name = strdup(name);
    s->slots[s->n_slots++] = slot;
  }
  return slot == NULL || slot->name == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a schedule")
             : SL_OK;
}

static sl_status remember(struct sl_scheduler *s, const char *name, struct sl_error *err) {
  struct sl_memories *m = &s->memories;
  sl_status rc = sl_grow(&m->items, &m->capacity, m->count + 1, sizeof *m->items, err);
  if (rc == SL_OK) {
    m->items[m->count] = (struct sl_schedule_memory){ .name = strdup(name), .key = strdup("") };
    rc = m->items[m->count].name == NULL || m->items[m->count].key == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a schedule")
             : SL_OK;
    m->count++;
  }
  return rc;
}

/* What was seen to before: unknown schedules, and those that are due at other times now, begin
 * now. A disabled one is forgotten, so that nothing is made up for what it was not to do. */
static sl_status take_up(struct sl_scheduler *s, const struct sl_schedule *schedule, bool first,
                         int64_t now, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = SL_OK;
  if (find_slot(s, schedule->name) == NULL) {
    rc = add_slot(s, schedule->name, err);
  }
  if (rc == SL_OK && sl_memories_get(&s->memories, schedule->name) == NULL) {
    rc = remember(s, schedule->name, err);
  }
  sl_buffer_printf(&key, "%s|%s|%s", sl_cron_expression(schedule->cron_text),
                   schedule->timezone == NULL ? "" : schedule->timezone,
                   schedule->enabled ? "on" : "off");
  struct sl_schedule_memory *m = sl_memories_get(&s->memories, schedule->name);
  if (rc == SL_OK && key.failed) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a schedule");
  }
  if (rc == SL_OK && strcmp(m->key, key.data) != 0) {
    free(m->key);
    m->key = sl_buffer_take(&key);
    m->handled = m->since = now;
    m->stale_told = false;
    s->changed = true;
    rc = m->key == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a schedule") : SL_OK;
  } else if (rc == SL_OK && first && schedule->enabled) {
    int64_t due = sl_runs_interrupted(s->project, schedule->name, true) / SL_MICROS_PER_SECOND;
    if (due > 0 && due <= m->handled) {
      m->handled = due - 1; /* so that it is due again */
    }
  }
  if (rc == SL_OK) {
    find_slot(s, schedule->name)->next = sl_schedule_next(schedule, m->handled);
  }
  sl_buffer_release(&key);
  return rc;
}

static void say_problems(struct sl_scheduler *s) {
  char *rest = NULL;
  char *text = s->list.problems.data == NULL ? NULL : strdup(s->list.problems.data);
  for (char *at = text; at != NULL && *at != '\0';
       at = rest) { /* an entry's caret is on its lines */
    char *next = strstr(at, "\n.dango/");
    rest = next == NULL ? at + strlen(at) : next + 1;
    size_t length = (size_t)(rest - at);
    sl_scheduler_say(s, SL_LINE_ERROR, NULL, "configuration", "%.*s",
                     (int)(length > 0 ? length - 1 : 0), at);
  }
  free(text);
}

/* Reads everything anew; on failure the old stays. */
static sl_status read_files(struct sl_scheduler *s, int64_t now, struct sl_error *err) {
  struct sl_project *project = NULL;
  struct sl_sources sources = { 0 };
  struct sl_schedules list = { 0 };
  bool first = s->project == NULL;
  sl_status rc = sl_project_open(&project, s->settings.root, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&sources, project, err);
  }
  if (rc == SL_OK) {
    rc = sl_schedules_read(&list, project, &sources, err);
  }
  if (rc != SL_OK) {
    sl_schedules_release(&list);
    sl_sources_release(&sources);
    sl_project_close(project);
    return rc;
  }
  sl_schedules_release(&s->list);
  sl_sources_release(&s->sources);
  sl_project_close(s->project);
  s->project = project;
  s->sources = sources;
  s->list = list;
  if (first) {
    rc = sl_memories_read(project, &s->memories, err);
  }
  for (size_t i = 0; rc == SL_OK && i < s->list.count; i++) {
    rc = take_up(s, &s->list.items[i], first && s->settings.due, now / SL_MICROS_PER_SECOND, err);
  }
  say_problems(s);
  return rc;
}

static void reload(struct sl_scheduler *s, int64_t now) {
  struct sl_error err;
  pthread_mutex_lock(&s->triggers);
  if (files_changed(s)) {
    if (read_files(s, now, &err) != SL_OK) {
      sl_scheduler_say(s, SL_LINE_ERROR, NULL, "configuration", "%s", err.message);
    } else {
      sl_scheduler_say(s, SL_LINE_INFO, NULL, "loaded", "%zu schedules", s->list.count);
    }
  }
  pthread_mutex_unlock(&s->triggers);
}

/* ---- what is due ---- */

static void note(struct sl_scheduler *s, const struct sl_schedule *schedule, int64_t due,
                 enum sl_run_status status, const char *why, int64_t now) {
  struct sl_error err;
  struct sl_run run = { .due = due * SL_MICROS_PER_SECOND,
                        .started = now,
                        .ended = now,
                        .status = status,
                        .rows = -1,
                        .error = why };
  sl_scheduler_say(s, SL_LINE_WARNING, schedule->name, sl_run_status_name(status), "%s", why);
  if (sl_run_append(s->project, schedule, &run, &err) != SL_OK) {
    sl_scheduler_say(s, SL_LINE_WARNING, schedule->name, "history", "%s", err.message);
  }
}

static void fire(struct sl_scheduler *s, struct sl_slot *slot, const struct sl_schedule *schedule,
                 int64_t due, int64_t now) {
  if (slot->state == SL_STATE_IDLE) {
    sl_slot_begin(s, slot, schedule, due, now);
  } else if (schedule->overlap == SL_OVERLAP_SKIP) {
    note(s, schedule, due, SL_RUN_SKIPPED, "the last run is still under way", now);
  } else {
    slot->again = true;
    slot->again_due = due;
    if (schedule->overlap == SL_OVERLAP_CANCEL && slot->state == SL_STATE_RUNNING) {
      slot->stopping = true;
      s->settings.door.stop(s->settings.door.arg, slot->job);
    } else if (schedule->overlap == SL_OVERLAP_CANCEL) {
      sl_slot_end(s, slot, schedule, SL_RUN_CANCELLED, "it was due again", now);
    }
  }
}

static void write_memories(struct sl_scheduler *s) {
  struct sl_error err;
  if (s->changed && s->settings.due && sl_memories_write(s->project, &s->memories, &err) != SL_OK) {
    sl_scheduler_say(s, SL_LINE_WARNING, NULL, "state", "%s", err.message);
  }
  s->changed = false;
}

static void check_due(struct sl_scheduler *s, struct sl_slot *slot,
                      const struct sl_schedule *schedule, int64_t now) {
  int64_t seconds = now / SL_MICROS_PER_SECOND;
  struct sl_schedule_memory *m = sl_memories_get(&s->memories, schedule->name);
  if (!schedule->enabled || slot->next < 0 || seconds < slot->next) {
    return;
  }
  int64_t due = sl_cron_last(&schedule->cron, schedule->zone, slot->next - 1, seconds);
  m->handled = due;
  slot->next = sl_schedule_next(schedule, due);
  s->changed = true;
  write_memories(s); /* first, so that a run never begins twice */
  if (schedule->grace_seconds >= 0 && seconds - due > schedule->grace_seconds) {
    note(s, schedule, due, SL_RUN_MISSED, "it is too late to make up for it (misfire_grace_time)",
         now);
  } else {
    fire(s, slot, schedule, due, now);
  }
}

void sl_scheduler_tick(struct sl_scheduler *s, int64_t now) {
  reload(s, now);
  for (size_t i = 0; i < s->n_slots; i++) {
    struct sl_slot *slot = s->slots[i];
    const struct sl_schedule *schedule = sl_schedules_get(&s->list, slot->name);
    sl_slot_go_on(s, slot, schedule, now);
    pthread_mutex_lock(&s->triggers);
    bool triggered = slot->triggered;
    slot->triggered = false;
    pthread_mutex_unlock(&s->triggers);
    if (schedule != NULL && triggered && slot->state == SL_STATE_IDLE) {
      sl_slot_begin(s, slot, schedule, now / SL_MICROS_PER_SECOND, now);
    } else if (schedule != NULL && s->settings.due) {
      check_due(s, slot, schedule, now);
    }
  }
  if (s->settings.due && now >= s->freshness_at) {
    s->freshness_at = now + FRESHNESS_SECONDS * SL_MICROS_PER_SECOND;
    sl_scheduler_check_freshness(s, now);
  }
  write_memories(s);
}

bool sl_scheduler_idle(struct sl_scheduler *s) {
  bool idle = true;
  pthread_mutex_lock(&s->triggers);
  for (size_t i = 0; i < s->n_slots; i++) {
    idle = idle && s->slots[i]->state == SL_STATE_IDLE && !s->slots[i]->triggered;
  }
  pthread_mutex_unlock(&s->triggers);
  return idle;
}

sl_status sl_scheduler_trigger(struct sl_scheduler *s, const char *name, struct sl_error *err) {
  const struct sl_schedule *schedule = NULL;
  pthread_mutex_lock(&s->triggers);
  sl_status rc = sl_schedules_find(&s->list, name, &schedule, err);
  struct sl_slot *slot = rc == SL_OK ? find_slot(s, name) : NULL;
  if (slot != NULL && slot->state != SL_STATE_IDLE) {
    rc = sl_fail(err, SL_EBUSY, "the schedule %s is under way already", name);
  } else if (slot != NULL) {
    slot->triggered = true;
  }
  pthread_mutex_unlock(&s->triggers);
  return rc;
}

/* ---- the whole ---- */

sl_status sl_scheduler_new(struct sl_scheduler **out, const struct sl_scheduler_settings *settings,
                           int64_t now, struct sl_error *err) {
  struct sl_scheduler *s = calloc(1, sizeof *s);
  *out = NULL;
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the scheduler");
  }
  s->settings = *settings;
  s->lock_fd = -1;
  pthread_mutex_init(&s->triggers, NULL);
  sl_status rc = settings->due ? sl_scheduler_lock(s, err) : SL_OK;
  if (rc != SL_OK) {
    sl_scheduler_free(s, now);
    return rc;
  }
  files_changed(s);
  if (read_files(s, now, err) != SL_OK) { /* they are read again when they have changed */
    sl_scheduler_say(s, SL_LINE_ERROR, NULL, "configuration", "%s", err->message);
  }
  *out = s;
  return SL_OK;
}

void sl_scheduler_free(struct sl_scheduler *s, int64_t now) {
  if (s == NULL) {
    return;
  }
  for (size_t i = 0; i < s->n_slots; i++) {
    struct sl_slot *slot = s->slots[i];
    slot->again = false;
    if (slot->state != SL_STATE_IDLE) {
      sl_slot_end(s, slot, sl_schedules_get(&s->list, slot->name), SL_RUN_INTERRUPTED,
                  "the scheduler was ended before it", now);
    }
    free(slot->name);
    free(slot);
  }
  free(s->slots);
  sl_memories_release(&s->memories);
  sl_schedules_release(&s->list);
  sl_sources_release(&s->sources);
  sl_project_close(s->project);
  if (s->lock_fd >= 0) {
    close(s->lock_fd);
  }
  pthread_mutex_destroy(&s->triggers);
  free(s);
}
