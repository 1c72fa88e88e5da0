/* serve.h - what commands that run until they are stopped share. */
#ifndef SL_CLI_SERVE_H
#define SL_CLI_SERVE_H

#include "web/scheduling.h"

/* SIGINT and SIGTERM end the command in order. */
void sl_cli_stop_on_signals(void);
bool sl_cli_is_stopped(void);
/* The scheduler's log on standard output, errors and warnings only when quiet. */
void sl_cli_log_set(bool json, bool quiet);
void sl_cli_log(const struct sl_schedule_line *line);

#endif
