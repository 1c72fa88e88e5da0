/* load_arguments.h - the arguments that load, plan and inspect share: load's options, and those of
 * the source that the location names. */
#ifndef SL_CLI_LOAD_ARGUMENTS_H
#define SL_CLI_LOAD_ARGUMENTS_H

#include <sluice/engine.h>

#include "cli.h"

struct sl_cli_load_arguments {
  struct sl_cli_common common;
  struct sl_load_settings settings;
};

/* SOURCE and, when `destination` is set, DESTINATION. On failure `common` is valid all the same. */
sl_status sl_cli_load_arguments(int argc, char **argv, bool destination,
                                struct sl_cli_load_arguments *out, struct sl_error *err);

#endif
