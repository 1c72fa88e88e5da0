/* source_cli.h - what the sub-commands of `sluice source` share. */
#ifndef SL_CLI_SOURCE_CLI_H
#define SL_CLI_SOURCE_CLI_H

#include "project/draft.h"
#include "project_cli.h"

struct sl_cli_source_options { /* of all sub-commands; texts are borrowed */
  const char *type, *name, *description, *url;
  bool yes, no_test, enabled_only;
  struct sl_cli_source_setting {
    char key[64]; /* as in the YAML */
    const char *text;
  } settings[48]; /* what else was given: --table-names, --set key=value */
  size_t n_settings;
};

int sl_cli_source_add(const struct sl_cli_common *common, struct sl_cli_source_options *o);
int sl_cli_source_inspect_state(const struct sl_cli_common *common, const char *name);

#endif
