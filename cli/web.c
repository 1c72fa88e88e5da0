/* web.c - `sluice web`: the project's page in a browser. */
#include <stdlib.h>

#include "cli.h"
#include "project/project.h"
#include "serve.h"
#include "web/web.h"

struct settings {
  const char *host, *token, *project;
  int64_t port;
  bool schedules;
};

const struct sl_option sl_cli_web_options[] = {
  { .name = "port",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Server",
    .default_text = "-1",
    .minimum = -1,
    .maximum = 65535,
    .help = "Port of the page; 0 = any free one, -1 = the project's (8800).",
    .offset = offsetof(struct settings, port) },
  { .name = "host",
    .kind = SL_OPTION_TEXT,
    .value_name = "ADDRESS",
    .group = "Server",
    .help = "Address to listen at; without --token only this machine's own, which is the default.",
    .offset = offsetof(struct settings, host) },
  { .name = "token",
    .kind = SL_OPTION_TEXT,
    .value_name = "TEXT",
    .group = "Server",
    .help = "Asked from everybody; better given as the environment variable SLUICE_WEB_TOKEN.",
    .offset = offsetof(struct settings, token) },
  { .name = "schedules",
    .kind = SL_OPTION_FLAG,
    .group = "Server",
    .help = "Runs the schedules of the project too, as `sluice serve` does.",
    .offset = offsetof(struct settings, schedules) },
  { .name = "project",
    .kind = SL_OPTION_TEXT,
    .value_name = "FOLDER",
    .group = "Server",
    .help = "The project; without it the one that the current folder lies in.",
    .offset = offsetof(struct settings, project) },
  { .name = NULL },
};

static void say_ready(const char *url) {
  printf("Sluice's page is at %s (Ctrl-C ends it)\n", url);
  fflush(stdout);
}

static sl_status serve(const struct settings *s, struct sl_error *err) {
  struct sl_project *project = NULL;
  struct web_settings web = { .host = s->host, .token = s->token, .port = s->port };
  sl_status rc = sl_project_open(&project, s->project, err);
  if (rc == SL_OK) {
    web.port = s->port < 0 ? project->port : s->port;
    web.token = web.token == NULL ? getenv("SLUICE_WEB_TOKEN") : web.token;
    struct web_scheduling_settings schedules = { .root = project->root,
                                                 .due = s->schedules,
                                                 .say = s->schedules ? sl_cli_log : NULL };
    sl_cli_stop_on_signals();
    rc = web_serve(&schedules, &web, say_ready, sl_cli_is_stopped, err);
  }
  sl_project_close(project);
  return rc;
}

int sl_cli_web(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_web_options, .settings = &settings } };
  sl_status rc = sl_options_set_defaults(sl_cli_web_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("web"));
    return 0;
  }
  if (rc == SL_OK && words.n_words != 0) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice web [--port N]");
  }
  if (rc == SL_OK) {
    rc = serve(&settings, &err);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
