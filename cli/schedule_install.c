/* schedule_install.c - `sluice schedule install`: lines that make schedules run by themselves. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "schedule.h"

/* systemd's quotes, in which % begins a specifier. */
static void put_systemd(struct sl_buffer *out, const char *text) {
  sl_buffer_char(out, '"');
  for (; *text != '\0'; text++) {
    sl_buffer_text(out, *text == '%' ? "%" : *text == '"' || *text == '\\' ? "\\" : "");
    sl_buffer_char(out, *text);
  }
  sl_buffer_char(out, '"');
}

/* The shell's quotes; a % would end a line of cron. */
static void put_cron(struct sl_buffer *out, const char *text) {
  sl_buffer_char(out, '\'');
  for (; *text != '\0'; text++) {
    if (*text == '\'') {
      sl_buffer_text(out, "'\\''");
    } else {
      sl_buffer_text(out, *text == '%' ? "\\" : "");
      sl_buffer_char(out, *text);
    }
  }
  sl_buffer_char(out, '\'');
}

static void print_unit(const struct sl_project *project, const char *program,
                       struct sl_buffer *out) {
  const struct passwd *user = getpwuid(getuid());
  sl_buffer_printf(out,
                   "# /etc/systemd/system/sluice-%s.service, then:\n"
                   "#   systemctl daemon-reload && systemctl enable --now sluice-%s\n"
                   "[Unit]\nDescription=Schedules of the Sluice project %s\n"
                   "Wants=network-online.target\nAfter=network-online.target\n\n"
                   "[Service]\n",
                   project->name, project->name, project->name);
  if (user != NULL) {
    sl_buffer_printf(out, "User=%s\n", user->pw_name);
  }
  sl_buffer_text(out, "ExecStart=");
  put_systemd(out, program);
  sl_buffer_text(out, " serve --project ");
  put_systemd(out, project->root);
  sl_buffer_text(out,
                 "\nRestart=on-failure\nRestartSec=10\nKillMode=mixed\nTimeoutStopSec=60\n\n"
                 "[Install]\nWantedBy=multi-user.target\n");
}

static void print_cron(const struct sl_project *project, const char *program,
                       struct sl_buffer *out) {
  sl_buffer_text(out,
                 "# For `crontab -e`: each minute, what is due then by the time zone of each "
                 "schedule.\n* * * * * ");
  put_cron(out, program);
  sl_buffer_text(out, " serve --once --quiet --project ");
  put_cron(out, project->root);
  sl_buffer_char(out, '\n');
}

sl_status sl_cli_schedule_install(const struct sl_cli_scheduling *s,
                                  const struct sl_cli_schedule_options *o, struct sl_error *err) {
  char program[4096];
  struct sl_buffer out = { 0 };
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  if (n < 0) {
    return sl_fail_errno(err, errno, "cannot find this program");
  }
  program[n] = '\0';
  (o->cron_lines ? print_cron : print_unit)(s->p.project, program, &out);
  sl_status rc = sl_buffer_check(&out, err);
  if (rc == SL_OK) {
    printf("%s", out.data);
  }
  sl_buffer_release(&out);
  return rc;
}
