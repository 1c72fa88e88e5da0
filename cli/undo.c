/* undo.c - `sluice undo`: takes the last load of a dataset back. */
#include <stddef.h>
#include <stdio.h>

#include "cli.h"
#include "pipeline/undo.h"

const struct sl_option sl_cli_undo_options[] = {
  { .name = "dataset",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Undo",
    .help = "The dataset; default: the pipeline's.",
    .offset = offsetof(struct sl_undo, dataset) },
  { .name = "load",
    .kind = SL_OPTION_TEXT,
    .value_name = "ID",
    .group = "Undo",
    .help = "The load that is meant; it is refused when others came after it.",
    .offset = offsetof(struct sl_undo, load) },
  { .name = "dry-run",
    .kind = SL_OPTION_FLAG,
    .group = "Undo",
    .help = "Says what would happen, and changes nothing.",
    .offset = offsetof(struct sl_undo, dry_run) },
  { .name = "destination",
    .kind = SL_OPTION_TEXT,
    .value_name = "DESTINATION",
    .group = "Undo",
    .help = "Of a pipeline: where it loads into; default: where its last load went.",
    .offset = offsetof(struct sl_undo, destination) },
  { .name = "pipeline",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Undo",
    .help = "Of a destination: the pipeline whose load it was; default: that of the last load.",
    .offset = offsetof(struct sl_undo, pipeline) },
  { .name = "pipelines-dir",
    .kind = SL_OPTION_TEXT,
    .value_name = "FOLDER",
    .group = "Undo",
    .help = "Where pipelines keep their state; default: dlt's own folder.",
    .offset = offsetof(struct sl_undo, pipelines_dir) },
  { .name = NULL },
};

int sl_cli_undo(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_undo undo = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_buffer out = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_undo_options, .settings = &undo } };
  sl_status rc = sl_options_set_defaults(sl_cli_undo_options, &undo, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("undo"));
    return 0;
  }
  if (rc == SL_OK && words.n_words != 1) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice undo DESTINATION|PIPELINE [options]");
  }
  if (rc == SL_OK) {
    undo.what = words.words[0];
    rc = sl_undo(&undo, common.json, &out, &err);
  }
  if (rc == SL_OK && (common.json || !common.quiet)) {
    fwrite(out.data, 1, out.length, stdout);
  }
  sl_buffer_release(&out);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
