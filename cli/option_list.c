/* option_list.c - see option_list.h. */
#include "option_list.h"

#include <string.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

bool sl_cli_takes_source(const struct sl_cli_command *command) {
  return command->tables[0] == sl_load_options;
}

struct sl_cli_option_list sl_cli_option_list_of(const struct sl_cli_command *command) {
  return (struct sl_cli_option_list){ .own = command->tables,
                                      .connectors = sl_cli_takes_source(command) };
}

/* Table number i: the command's, then the sources', then the destinations'. NULL after the last. */
static const struct sl_option *table_at(const struct sl_cli_option_list *list, size_t i) {
  for (size_t n = 0; list->own[n] != NULL; n++) {
    if (i-- == 0) {
      return list->own[n];
    }
  }
  for (size_t n = 0; list->connectors && sl_source_at(n) != NULL; n++) {
    if (i-- == 0) {
      return sl_source_at(n)->options;
    }
  }
  for (size_t n = 0; list->connectors && sl_destination_at(n) != NULL; n++) {
    if (i-- == 0) {
      return sl_destination_at(n)->options;
    }
  }
  return NULL;
}

static bool came_before(const struct sl_cli_option_list *list, size_t table,
                        const struct sl_option *option) {
  for (size_t i = 0; i < table; i++) {
    const struct sl_option *same = sl_options_find(table_at(list, i), option->name);
    if (same != NULL && strcmp(same->help, option->help) == 0) {
      return true;
    }
  }
  return false;
}

/* The templates that connectors are copied from can be used, but are nothing to look for. */
static bool of_template(const struct sl_option *option) {
  return option->group != NULL && strcmp(option->group, "Example") == 0;
}

const struct sl_option *sl_cli_option_next(struct sl_cli_option_list *list) {
  const struct sl_option *table;
  while ((table = table_at(list, list->table)) != NULL) {
    const struct sl_option *option = &table[list->at++];
    if (option->name == NULL) {
      list->table++;
      list->at = 0;
    } else if (!came_before(list, list->table, option) && !of_template(option)) {
      return option;
    }
  }
  return NULL;
}
