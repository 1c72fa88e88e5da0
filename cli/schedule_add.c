/* schedule_add.c - `sluice schedule add`: asks for what was not given. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "schedule.h"
#include "schema/json_text.h"

static void put_text(struct sl_buffer *json, const char *name, const char *text) {
  if (text != NULL && text[0] != '\0') {
    sl_buffer_printf(json, ", \"%s\": ", name);
    sl_json_string(json, text, strlen(text));
  }
}

static void put_number(struct sl_buffer *json, const char *name, int64_t value) {
  if (value >= 0) {
    sl_buffer_printf(json, ", \"%s\": %" PRId64, name, value);
  }
}

/* "a, b" as a list */
static void put_list(struct sl_buffer *json, const char *name, const char *text) {
  if (text == NULL || text[0] == '\0') {
    return;
  }
  sl_buffer_printf(json, ", \"%s\": [", name);
  for (const char *at = text; *at != '\0';) {
    at += strspn(at, " ");
    size_t length = strcspn(at, ",");
    size_t kept = length;
    while (kept > 0 && at[kept - 1] == ' ') {
      kept--;
    }
    sl_buffer_text(json, at == text ? "" : ", ");
    sl_json_string(json, at, kept);
    at += length + (at[length] == ',');
  }
  sl_buffer_char(json, ']');
}

/* The given text, or an answer, which *kept owns. */
static sl_status ask(const char *question, const char *fallback, const char **text, char **kept,
                     struct sl_error *err) {
  if (*text != NULL) {
    return SL_OK;
  }
  sl_status rc = sl_cli_ask(question, fallback, kept, err);
  *text = *kept;
  return rc;
}

static void all_sources(const struct sl_cli_scheduling *s, struct sl_buffer *out) {
  for (size_t i = 0; i < s->p.sources.count; i++) {
    sl_buffer_printf(out, "%s%s", i == 0 ? "" : ",", s->p.sources.items[i].name);
  }
}

static sl_status ask_for_rest(const struct sl_cli_scheduling *s, struct sl_cli_schedule_options *o,
                              const char **name, char *kept[5], struct sl_error *err) {
  bool dbt = o->type != NULL && strcmp(o->type, "dbt") == 0;
  bool script = o->type != NULL && strcmp(o->type, "script") == 0;
  struct sl_buffer sources = { 0 };
  all_sources(s, &sources);
  sl_status rc = ask("Name of the schedule", NULL, name, &kept[0], err);
  if (rc == SL_OK && dbt) {
    rc = ask("What dbt selects", NULL, &o->dbt_command, &kept[1], err);
  } else if (rc == SL_OK && script) {
    rc = ask("File of scripts/", NULL, &o->script_path, &kept[1], err);
  } else if (rc == SL_OK) {
    rc = ask("Sources", sources.data, &o->sources, &kept[1], err);
  }
  if (rc == SL_OK) {
    rc = ask("When (five cron fields, every_15m, every_hour, every_6h, daily, weekly)", "daily",
             &o->cron, &kept[2], err);
  }
  if (rc == SL_OK && o->timezone == NULL && sl_cli_can_ask() && !o->yes) {
    rc = ask("Time zone (empty: the machine's)", "", &o->timezone, &kept[3], err);
  }
  sl_buffer_release(&sources);
  return rc;
}

static void print_added(const struct sl_cli_scheduling *s, const char *name) {
  struct sl_schedules now = { 0 };
  const struct sl_schedule *one = NULL;
  char text[40];
  if (sl_schedules_read(&now, s->p.project, &s->p.sources, NULL) == SL_OK) {
    one = sl_schedules_get(&now, name);
  }
  int64_t next = one == NULL ? -1 : sl_schedule_next(one, sl_now_micros() / SL_MICROS_PER_SECOND);
  printf("Added the schedule %s.", name);
  if (next >= 0) {
    sl_zone_print(one->zone, next, text);
    printf(" Next run: %s.", text);
  }
  printf("\n`sluice serve` runs schedules; `sluice schedule install` makes it start by itself.\n");
  sl_schedules_release(&now);
}

sl_status sl_cli_schedule_add(const struct sl_cli_scheduling *s,
                              const struct sl_cli_schedule_options *given, const char *name,
                              bool quiet, struct sl_error *err) {
  struct sl_cli_schedule_options o = *given;
  struct sl_buffer json = { 0 };
  char *kept[5] = { NULL };
  sl_status rc = ask_for_rest(s, &o, &name, kept, err);
  if (rc == SL_OK) {
    sl_buffer_text(&json, "{\"name\": ");
    sl_json_string(&json, name, strlen(name));
    put_text(&json, "type", o.type == NULL ? "sync" : o.type);
    put_text(&json, "cron", o.cron);
    put_list(&json, "sources", o.sources);
    put_text(&json, "dbt_command", o.dbt_command);
    put_text(&json, "script_path", o.script_path);
    sl_buffer_printf(&json, ", \"enabled\": %s", o.disabled ? "false" : "true");
    put_text(&json, "timezone", o.timezone);
    put_text(&json, "start_date", o.start_date);
    put_text(&json, "overlap", o.overlap);
    put_number(&json, "timeout_minutes", o.timeout_minutes);
    put_number(&json, "retries", o.retries);
    put_number(&json, "misfire_grace_time", o.grace);
    put_list(&json, "notify_on", o.notify_on);
    sl_buffer_char(&json, '}');
    rc = sl_buffer_check(&json, err);
  }
  if (rc == SL_OK) {
    rc = sl_schedules_add(s->p.project, &s->p.sources, json.data, err);
  }
  if (rc == SL_OK && !quiet) {
    print_added(s, name);
  }
  sl_buffer_release(&json);
  for (size_t i = 0; i < 5; i++) {
    free(kept[i]);
  }
  return rc;
}
