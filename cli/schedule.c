/* schedule.c - `sluice schedule list|status|add|remove|enable|disable|reload|run|install|webhook`.
 */
#include "schedule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "pipeline/workdir.h"
#include "schedule/runs.h"
#include "schedule/scheduler.h"
#include "serve.h"

#define TEXT(option, value, member_, text)                                            \
  {                                                                                   \
    .name = option, .kind = SL_OPTION_TEXT, .value_name = value, .group = "Schedule", \
    .help = text, .offset = offsetof(struct sl_cli_schedule_options, member_)         \
  }
#define FLAG(option, member_, text)                                            \
  {                                                                            \
    .name = option, .kind = SL_OPTION_FLAG, .group = "Schedule", .help = text, \
    .offset = offsetof(struct sl_cli_schedule_options, member_)                \
  }
#define NUMBER(option, value, most, member_, text)                                       \
  {                                                                                      \
    .name = option, .kind = SL_OPTION_INTEGER, .value_name = value, .group = "Schedule", \
    .default_text = "-1", .minimum = -1, .maximum = most, .help = text,                  \
    .offset = offsetof(struct sl_cli_schedule_options, member_)                          \
  }
const struct sl_option sl_cli_schedule_option_table[] = {
  { .name = "type",
    .kind = SL_OPTION_CHOICE,
    .choices = "sync|sync_only|dbt|script",
    .value_name = "TYPE",
    .group = "Schedule",
    .help = "Syncs with models (the default) or without, models alone, or a script.",
    .offset = offsetof(struct sl_cli_schedule_options, type) },
  TEXT("cron", "CRON", cron,
       "When: five fields as '0 6 * * 1-5', or every_15m, every_hour, every_6h, daily, weekly."),
  TEXT("sources", "NAMES", sources, "Which sources, with commas."),
  TEXT("timezone", "ZONE", timezone, "Time zone of the cron, as Europe/Berlin; the machine's."),
  TEXT("start-date", "DATE", start_date, "Not due before."),
  { .name = "overlap",
    .kind = SL_OPTION_CHOICE,
    .choices = "skip|queue|cancel",
    .value_name = "HOW",
    .group = "Schedule",
    .help = "When it is due while it runs: not at all (the default), afterwards, or in its place.",
    .offset = offsetof(struct sl_cli_schedule_options, overlap) },
  NUMBER("timeout-minutes", "N", 43200, timeout_minutes, "A run is stopped after so long (60)."),
  NUMBER("retries", "N", 100, retries, "Tries after a failed one (2)."),
  NUMBER("misfire-grace-time", "SECONDS", INT64_C(1) << 40, grace,
         "A missed run is made up for so long; without it always."),
  TEXT("notify-on", "WHAT", notify_on, "failure, success, stale, governance: told to webhooks."),
  TEXT("dbt-command", "SELECTION", dbt_command, "dbt: what dbt selects."),
  TEXT("script-path", "FILE", script_path, "script: a Python file of scripts/."),
  TEXT("url", "URL", url, "webhook add: where to; ${NAME} is a variable of .env."),
  { .name = "format",
    .kind = SL_OPTION_CHOICE,
    .choices = "generic|slack",
    .value_name = "FORMAT",
    .group = "Schedule",
    .default_text = "generic",
    .help = "webhook add: what is sent.",
    .offset = offsetof(struct sl_cli_schedule_options, format) },
  FLAG("disabled", disabled, "add: not yet enabled."),
  FLAG("yes", yes, "Asks nothing."),
  { .name = NULL },
};

/* install has options of its own, since --cron says something else there. */
const struct sl_option sl_cli_schedule_install_options[] = {
  { .name = "systemd",
    .kind = SL_OPTION_FLAG,
    .group = "schedule install",
    .help = "Prints a unit that runs `sluice serve` (the default).",
    .offset = offsetof(struct sl_cli_schedule_options, systemd) },
  { .name = "cron",
    .kind = SL_OPTION_FLAG,
    .group = "schedule install",
    .help = "Prints a line for cron that runs each minute what is due.",
    .offset = offsetof(struct sl_cli_schedule_options, cron_lines) },
  { .name = NULL },
};

/* ---- list, status ---- */

static void print_names(const struct sl_schedule *s, char *out, size_t room) {
  size_t n = 0;
  snprintf(out, room, "%s",
           s->script_path != NULL   ? s->script_path
           : s->dbt_command != NULL ? s->dbt_command
                                    : "-");
  for (size_t i = 0; i < s->n_sources && n < room; i++) {
    n += (size_t)snprintf(out + n, room - n, "%s%s", i == 0 ? "" : ", ", s->sources[i]);
  }
}

static void print_next(const struct sl_schedule *s, char out[40]) {
  int64_t next = s->enabled ? sl_schedule_next(s, sl_now_micros() / SL_MICROS_PER_SECOND) : -1;
  if (next < 0) {
    snprintf(out, 40, "-");
  } else {
    sl_zone_print(s->zone, next, out);
  }
}

static void list_all(const struct sl_cli_scheduling *s) {
  int width = 4;
  for (size_t i = 0; i < s->list.count; i++) {
    int n = (int)strlen(s->list.items[i].name);
    width = n > width ? n : width;
  }
  if (s->list.count == 0) {
    printf("No schedules configured; `sluice schedule add` makes one.\n");
    return;
  }
  printf("  %-*s  %-9s  %-15s  %-24s  %-7s  %s\n", width, "name", "type", "cron", "sources",
         "enabled", "next run");
  for (size_t i = 0; i < s->list.count; i++) {
    const struct sl_schedule *one = &s->list.items[i];
    char names[200];
    char next[40];
    print_names(one, names, sizeof names);
    print_next(one, next);
    printf("  %-*s  %-9s  %-15s  %-24s  %-7s  %s\n", width, one->name,
           sl_schedule_type_name(one->type), one->cron_text, names, one->enabled ? "yes" : "no",
           next);
  }
}

static void list_json(const struct sl_cli_scheduling *s) {
  printf("[");
  for (size_t i = 0; i < s->list.count; i++) {
    struct sl_buffer json = { 0 };
    char next[40];
    sl_node_json(s->list.items[i].node, &json);
    print_next(&s->list.items[i], next);
    printf("%s{\"schedule\": %s, \"next_run\": ", i == 0 ? "" : ", ",
           json.data == NULL ? "null" : json.data);
    if (next[0] == '-') {
      printf("null}");
    } else {
      sl_cli_json_text(stdout, next);
      printf("}");
    }
    sl_buffer_release(&json);
  }
  printf("]\n");
}

static sl_status show_one(const struct sl_cli_scheduling *s, const char *name,
                          struct sl_error *err) {
  const struct sl_schedule *one = NULL;
  yyjson_doc *runs = NULL;
  char names[400];
  sl_status rc = sl_schedules_find(&s->list, name, &one, err);
  if (rc == SL_OK) {
    rc = sl_runs_read(s->p.project, name, &runs, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  print_names(one, names, sizeof names);
  printf("%s: %s, %s, %s\n  cron      %s (%s)\n  sources   %s\n  timeout   %" PRId64
         " min, then %" PRId64 " more tries after failures\n",
         name, sl_schedule_type_name(one->type), one->cron_text,
         one->enabled ? "enabled" : "disabled", sl_cron_expression(one->cron_text),
         sl_zone_name(one->zone), names, one->timeout_minutes, one->retries);
  int64_t at = sl_now_micros() / SL_MICROS_PER_SECOND;
  for (int i = 0; one->enabled && i < 3 && (at = sl_schedule_next(one, at)) >= 0; i++) {
    char text[40];
    sl_zone_print(one->zone, at, text);
    printf("  %-9s %s\n", i == 0 ? "next runs" : "", text);
  }
  yyjson_val *list = yyjson_doc_get_root(runs);
  size_t n = yyjson_arr_size(list);
  for (size_t i = n > 10 ? n - 10 : 0; i < n; i++) {
    yyjson_val *run = yyjson_arr_get(list, i);
    const char *error = yyjson_get_str(yyjson_obj_get(run, "error"));
    printf("  %-9s %.19s  %-11s %s\n", i == (n > 10 ? n - 10 : 0) ? "last runs" : "",
           yyjson_get_str(yyjson_obj_get(run, "started_at")),
           yyjson_get_str(yyjson_obj_get(run, "status")), error == NULL ? "" : error);
  }
  yyjson_doc_free(runs);
  return SL_OK;
}

static void show_all(const struct sl_cli_scheduling *s) {
  const struct sl_schedule *first = NULL;
  int64_t best = INT64_MAX;
  for (size_t i = 0; i < s->list.count; i++) {
    const struct sl_schedule *one = &s->list.items[i];
    int64_t next =
        one->enabled ? sl_schedule_next(one, sl_now_micros() / SL_MICROS_PER_SECOND) : -1;
    if (next >= 0 && next < best) {
      best = next;
      first = one;
    }
  }
  char text[40] = "";
  if (first != NULL) {
    sl_zone_print(first->zone, best, text);
  }
  printf("Next run: %s%s%s\n", first == NULL ? "no enabled schedules" : first->name,
         first == NULL ? "" : " at ", text);
  bool any = false;
  for (size_t i = 0; i < s->p.sources.count; i++) {
    const struct sl_project_source *source = &s->p.sources.items[i];
    if (source->enabled && !sl_schedules_have_source(&s->list, source->name)) {
      printf("%s%s", any ? ", " : "Unscheduled sources: ", source->name);
      any = true;
    }
  }
  printf("%s", any ? "\n" : "");
  long pid = sl_scheduler_look(s->p.project);
  if (pid != 0) {
    printf("Scheduler: running (process %ld)\n", pid);
  } else {
    printf("Scheduler: not running; `sluice serve` runs it\n");
  }
}

/* ---- the other sub-commands ---- */

static sl_status switch_one(const struct sl_cli_scheduling *s, const char *name, bool on,
                            bool quiet, struct sl_error *err) {
  sl_status rc = sl_schedules_set(s->p.project, name, "enabled", on ? "true" : "false", err);
  if (rc == SL_OK && !quiet) {
    printf("Schedule %s is %s.\n", name, on ? "enabled" : "disabled");
  }
  return rc;
}

static sl_status remove_one(const struct sl_cli_scheduling *s,
                            const struct sl_cli_schedule_options *o, const char *name, bool quiet,
                            struct sl_error *err) {
  if (!o->yes && !sl_cli_confirm("Remove the schedule from schedules.yml?", !sl_cli_can_ask())) {
    return sl_fail(err, SL_ECANCELLED, "nothing was removed");
  }
  sl_status rc = sl_schedules_remove(s->p.project, name, err);
  if (rc == SL_OK && !quiet) {
    printf("Removed the schedule %s.\n", name);
  }
  return rc;
}

static sl_status run_one(const struct sl_cli_scheduling *s, const char *name, bool quiet,
                         bool *failed, struct sl_error *err) {
  struct web_scheduling_settings settings = { .root = s->p.project->root, .say = sl_cli_log };
  sl_cli_log_set(false, quiet);
  sl_cli_stop_on_signals();
  return web_run_schedules(&settings, true, name, sl_cli_is_stopped, failed, err);
}

static sl_status dispatch(const struct sl_cli_scheduling *s,
                          const struct sl_cli_schedule_options *o,
                          const struct sl_cli_common *common, const struct sl_cli_arguments *words,
                          bool *failed, struct sl_error *err) {
  const char *what = words->n_words == 0 ? "list" : words->words[0];
  const char *name = words->n_words > 1 ? words->words[1] : NULL;
  bool quiet = common->quiet || common->json;
  if (strcmp(what, "list") == 0) {
    (common->json ? list_json : list_all)(s);
    return SL_OK;
  }
  if (strcmp(what, "status") == 0 && name == NULL) {
    show_all(s);
    return SL_OK;
  }
  if (strcmp(what, "status") == 0) {
    return show_one(s, name, err);
  }
  if (strcmp(what, "add") == 0) {
    return sl_cli_schedule_add(s, o, name, quiet, err);
  }
  if (strcmp(what, "install") == 0) {
    return sl_cli_schedule_install(s, o, err);
  }
  if (strcmp(what, "reload") == 0) { /* a scheduler reads files that changed by itself */
    printf("%zu schedules, %zu problems\n", s->list.count, s->list.n_problems);
    return SL_OK;
  }
  if (strcmp(what, "webhook") == 0) {
    return sl_cli_schedule_webhook(s, o, words->words + 1, words->n_words - 1, common->json, err);
  }
  if (name != NULL && strcmp(what, "remove") == 0) {
    return remove_one(s, o, name, quiet, err);
  }
  if (name != NULL && (strcmp(what, "enable") == 0 || strcmp(what, "disable") == 0)) {
    return switch_one(s, name, what[0] == 'e', quiet, err);
  }
  if (name != NULL && strcmp(what, "run") == 0) {
    return run_one(s, name, common->quiet, failed, err);
  }
  return sl_fail(err, SL_EUSAGE,
                 "usage: sluice schedule list|status [NAME]|add [NAME]|remove NAME|enable NAME|"
                 "disable NAME|run NAME|install|webhook list|add|remove|test [options]");
}

int sl_cli_schedule(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_schedule_options o = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_scheduling s = { 0 };
  struct sl_error err;
  bool failed = false;
  bool install = argc > 1 && strcmp(argv[1], "install") == 0;
  struct sl_cli_options sets[] = { { .table = install ? sl_cli_schedule_install_options
                                                      : sl_cli_schedule_option_table,
                                     .settings = &o } };
  sl_status rc = sl_options_set_defaults(sl_cli_schedule_option_table, &o, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("schedule"));
    return 0;
  }
  if (rc == SL_OK) {
    rc = sl_cli_project_open(&s.p, &err);
  }
  if (rc == SL_OK) {
    rc = sl_schedules_read(&s.list, s.p.project, &s.p.sources, &err);
  }
  if (rc == SL_OK) {
    if (s.list.n_problems > 0) {
      fprintf(stderr, "%s", s.list.problems.data);
    }
    rc = dispatch(&s, &o, &common, &words, &failed, &err);
  }
  bool wrong = s.list.n_problems > 0;
  sl_schedules_release(&s.list);
  sl_cli_project_close(&s.p);
  return rc != SL_OK ? sl_cli_fail(&common, &err) : failed ? 1 : wrong ? 2 : 0;
}
