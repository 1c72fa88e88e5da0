/* option_list.h - all options that a command takes, each once: its own tables, then those of the
 * sources and destinations, of which many share options. */
#ifndef SL_CLI_OPTION_LIST_H
#define SL_CLI_OPTION_LIST_H

#include "cli.h"

struct sl_cli_option_list {
  const struct sl_option *const *own; /* the command's tables */
  bool connectors;                    /* followed by those of sources and destinations */
  size_t table, at;
};

bool sl_cli_takes_source(const struct sl_cli_command *command);
struct sl_cli_option_list sl_cli_option_list_of(const struct sl_cli_command *command);
/* The next option that no earlier one was the same as; NULL at the end. */
const struct sl_option *sl_cli_option_next(struct sl_cli_option_list *list);

#endif
