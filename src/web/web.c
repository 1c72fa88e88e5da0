/* web.c - see web.h. */
#include "web/web.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "web/app.h"

static sl_status check_token(const char *token, struct sl_error *err) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t length = token == NULL ? 0 : strlen(token);
  bool good = token == NULL || (length >= 16 && length <= 400 && strspn(token, letters) == length);
  return good ? SL_OK
              : sl_fail(err, SL_EUSAGE,
                        "the token must have 16 to 400 letters, digits, - or _; one is made by "
                        "`openssl rand -hex 24`");
}

static void wait_for_end(bool (*stopped)(void)) {
  const struct timespec half = { 0, 500000000 };
  while (!stopped()) {
    nanosleep(&half, NULL);
  }
}

/* Between the start of the server and its stop. */
static sl_status serve(struct web_app *app, const struct web_scheduling_settings *schedules,
                       const char *url, void (*ready)(const char *url), bool (*stopped)(void),
                       struct sl_error *err) {
  struct web_scheduling_settings settings = *schedules;
  settings.dashboard = url;
  settings.events = app->events;
  struct web_scheduling *made = NULL;
  sl_status rc = web_scheduling_new(&made, &settings, app->jobs, err);
  atomic_store(&app->scheduling, made);
  if (rc == SL_OK) {
    ready(url);
    wait_for_end(stopped);
  }
  return rc;
}

sl_status web_serve(const struct web_scheduling_settings *schedules,
                    const struct web_settings *settings, void (*ready)(const char *url),
                    bool (*stopped)(void), struct sl_error *err) {
  struct web_app app = { .root = schedules->root,
                         .settings = settings,
                         .started_micros = sl_now_micros() };
  struct web_server *server = NULL;
  signal(SIGPIPE, SIG_IGN); /* a browser may go away at any time */
  sl_status rc = check_token(settings->token, err);
  if (rc == SL_OK) {
    rc = web_events_new(&app.events, err);
  }
  if (rc == SL_OK) {
    rc = web_jobs_new(&app.jobs, app.root, app.events, err);
  }
  if (rc == SL_OK) {
    rc = web_server_start(&server, settings, web_routes, &app, err);
  }
  if (rc == SL_OK) {
    char url[320];
    snprintf(url, sizeof url, "http://%s:%d", settings->host == NULL ? "localhost" : settings->host,
             web_server_port(server));
    rc = serve(&app, schedules, url, ready, stopped, err);
    web_events_close(app.events);
    web_server_stop(server);
  }
  web_scheduling_free(atomic_load(&app.scheduling));
  web_jobs_free(app.jobs);
  web_events_free(app.events);
  return rc;
}
