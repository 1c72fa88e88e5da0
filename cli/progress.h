/* progress.h - progress on standard error: one redrawn line on a terminal, plain lines elsewhere,
 * or JSON for programs such as the web page. */
#ifndef SL_CLI_PROGRESS_H
#define SL_CLI_PROGRESS_H

#include <sluice/engine.h>

#include "cli.h"

struct sl_cli_progress {
  bool terminal, silent, json, drawn;
  const char *source; /* of a project, for JSON; NULL = none */
  double last_line;   /* seconds at which the last plain line was printed */
};
void sl_cli_progress_init(struct sl_cli_progress *p, const struct sl_cli_common *common);
/* An sl_progress_fn; arg is the struct. Lines for people only after the first second. */
void sl_cli_progress_show(const struct sl_progress *progress, void *arg);
void sl_cli_progress_clear(struct sl_cli_progress *p); /* wipes the line */

#endif
