/* serve.c - `sluice serve`: runs the project's schedules in the foreground. */
#include "serve.h"

#include <signal.h>
#include <string.h>

#include "base/time.h"
#include "cli.h"
#include "project/project.h"

struct settings {
  const char *project, *log_format;
  bool once;
};

const struct sl_option sl_cli_serve_options[] = {
  { .name = "once",
    .kind = SL_OPTION_FLAG,
    .group = "Schedules",
    .help = "Runs what is due now, waits for it and ends: for a line of cron. Does nothing when "
            "another process runs the schedules.",
    .offset = offsetof(struct settings, once) },
  { .name = "log-format",
    .kind = SL_OPTION_CHOICE,
    .choices = "text|json",
    .value_name = "FORMAT",
    .group = "Schedules",
    .default_text = "text",
    .help = "How each line of the log is written.",
    .offset = offsetof(struct settings, log_format) },
  { .name = "project",
    .kind = SL_OPTION_TEXT,
    .value_name = "FOLDER",
    .group = "Schedules",
    .help = "The project; without it the one that the current folder lies in.",
    .offset = offsetof(struct settings, project) },
  { .name = NULL },
};

static volatile sig_atomic_t stop;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

void sl_cli_stop_on_signals(void) {
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
}

bool sl_cli_is_stopped(void) {
  return stop != 0;
}

/* ---- the log ---- */

static bool log_json, log_quiet;
static const char *const level_names[] = { "info", "warning", "error" };

void sl_cli_log_set(bool json, bool quiet) {
  log_json = json;
  log_quiet = quiet;
}

void sl_cli_log(const struct sl_schedule_line *line) {
  char now[40];
  if (log_quiet && line->level == SL_LINE_INFO) {
    return;
  }
  sl_timestamp_print(now, sl_now_micros(), true);
  if (log_json) {
    printf("{\"time\": \"%s\", \"level\": \"%s\", \"schedule\": ", now, level_names[line->level]);
    if (line->schedule == NULL) {
      printf("null");
    } else {
      sl_cli_json_text(stdout, line->schedule);
    }
    printf(", \"event\": \"%s\", \"message\": ", line->event);
    sl_cli_json_text(stdout, line->message);
    printf("}\n");
  } else {
    printf("%.19s %-7s %s%s%s: %s\n", now, level_names[line->level],
           line->schedule == NULL ? "" : line->schedule, line->schedule == NULL ? "" : " ",
           line->event, line->message);
  }
  fflush(stdout);
}

/* ---- the command ---- */

static sl_status serve(const struct settings *s, bool quiet, bool *failed, struct sl_error *err) {
  struct sl_project *project = NULL;
  sl_status rc = sl_project_open(&project, s->project, err);
  if (rc == SL_OK) {
    struct web_scheduling_settings settings = { .root = project->root,
                                                .due = true,
                                                .say = sl_cli_log };
    sl_cli_log_set(strcmp(s->log_format, "json") == 0, quiet);
    sl_cli_stop_on_signals();
    rc = web_run_schedules(&settings, s->once, NULL, sl_cli_is_stopped, failed, err);
  }
  sl_project_close(project);
  return rc;
}

int sl_cli_serve(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  bool failed = false;
  struct sl_cli_options sets[] = { { .table = sl_cli_serve_options, .settings = &settings } };
  sl_status rc = sl_options_set_defaults(sl_cli_serve_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("serve"));
    return 0;
  }
  if (rc == SL_OK && words.n_words != 0) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice serve [--once]");
  }
  if (rc == SL_OK) {
    rc = serve(&settings, common.quiet, &failed, &err);
  }
  if (rc == SL_EBUSY && settings.once) {
    return 0;
  }
  return rc != SL_OK ? sl_cli_fail(&common, &err) : settings.once && failed ? 1 : 0;
}
