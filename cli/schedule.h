/* schedule.h - what the sub-commands of `sluice schedule` share. */
#ifndef SL_CLI_SCHEDULE_H
#define SL_CLI_SCHEDULE_H

#include "project_cli.h"
#include "schedule/schedules.h"

struct sl_cli_schedule_options { /* texts are borrowed, NULL = not given; numbers -1 */
  const char *type, *cron, *sources, *timezone, *start_date, *overlap, *notify_on, *dbt_command,
      *script_path, *url, *format;
  int64_t timeout_minutes, retries, grace;
  bool yes, disabled, systemd, cron_lines;
};
struct sl_cli_scheduling { /* the project with its schedules */
  struct sl_cli_project p;
  struct sl_schedules list;
};

sl_status sl_cli_schedule_add(const struct sl_cli_scheduling *s,
                              const struct sl_cli_schedule_options *o, const char *name, bool quiet,
                              struct sl_error *err);
/* Lines for systemd or cron, on standard output. */
sl_status sl_cli_schedule_install(const struct sl_cli_scheduling *s,
                                  const struct sl_cli_schedule_options *o, struct sl_error *err);
/* words: behind "webhook". */
sl_status sl_cli_schedule_webhook(const struct sl_cli_scheduling *s,
                                  const struct sl_cli_schedule_options *o, const char *const *words,
                                  size_t n, bool json, struct sl_error *err);

#endif
