/* progress.h - progress on standard error: one redrawn line on a terminal, plain lines elsewhere.
 */
#ifndef SL_CLI_PROGRESS_H
#define SL_CLI_PROGRESS_H

#include <sluice/engine.h>

struct sl_cli_progress {
  bool terminal, silent, drawn;
  double last_line; /* seconds at which the last plain line was printed */
};
void sl_cli_progress_init(struct sl_cli_progress *p, bool quiet);
/* An sl_progress_fn; arg is the struct. Silent during the first second. */
void sl_cli_progress_show(const struct sl_progress *progress, void *arg);
void sl_cli_progress_clear(struct sl_cli_progress *p); /* wipes the line */

#endif
