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

/* The n-th word that is no option nor the value of one, to know whose options to accept; NULL =
 * there is none. own: the command's. */
const char *sl_cli_plain_word(int argc, char **argv, int n, const struct sl_option *own);

/* SOURCE and, when `destination` is set, DESTINATION. On failure `common` is valid all the same. */
sl_status sl_cli_load_arguments(int argc, char **argv, bool destination,
                                struct sl_cli_load_arguments *out, struct sl_error *err);

#endif
