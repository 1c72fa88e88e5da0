/* pipeline.c - `sluice pipeline`: what the working folder of a pipeline knows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pipeline/manage.h"

struct pipeline_settings {
  const char *pipelines_dir, *format, *destination, *dataset;
  bool yes;
};

const struct sl_option sl_cli_pipeline_options[] = {
  { .name = "pipelines-dir",
    .kind = SL_OPTION_TEXT,
    .value_name = "FOLDER",
    .group = "Pipeline",
    .help = "Where pipelines keep their state; default: dlt's own folder.",
    .offset = offsetof(struct pipeline_settings, pipelines_dir) },
  { .name = "format",
    .kind = SL_OPTION_CHOICE,
    .value_name = "NAME",
    .group = "Pipeline",
    .choices = "yaml|json",
    .default_text = "yaml",
    .help = "Form in which schema prints the schema.",
    .offset = offsetof(struct pipeline_settings, format) },
  { .name = "destination",
    .kind = SL_OPTION_TEXT,
    .value_name = "DESTINATION",
    .group = "Pipeline",
    .help = "drop, sync, info: the database that the pipeline loads into.",
    .offset = offsetof(struct pipeline_settings, destination) },
  { .name = "dataset",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Pipeline",
    .help = "drop, sync, info: the dataset; default: the one that the state names.",
    .offset = offsetof(struct pipeline_settings, dataset) },
  { .name = "yes",
    .kind = SL_OPTION_FLAG,
    .group = "Pipeline",
    .help = "drop: does not ask.",
    .offset = offsetof(struct pipeline_settings, yes) },
  { .name = NULL },
};

static bool confirmed(const char *question) {
  char answer[16] = "";
  fprintf(stderr, "%s [y/N] ", question);
  return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static sl_status run_action(const char *name, const char *action, const struct pipeline_settings *s,
                            bool json, struct sl_error *err) {
  struct sl_buffer out = { 0 };
  struct sl_manage m = { .pipelines_dir = s->pipelines_dir,
                         .name = name,
                         .destination = s->destination,
                         .dataset = s->dataset };
  sl_status rc;
  if (strcmp(action, "info") == 0) {
    rc = sl_manage_info(&m, json, &out, err);
  } else if (strcmp(action, "trace") == 0) {
    rc = sl_manage_trace(&m, json, &out, err);
  } else if (strcmp(action, "failed-jobs") == 0) {
    rc = sl_manage_failed_jobs(&m, json, &out, err);
  } else if (strcmp(action, "schema") == 0) {
    rc = sl_manage_schema(&m, json || strcmp(s->format, "json") == 0, &out, err);
  } else if (strcmp(action, "sync") == 0) {
    rc = sl_manage_sync(&m, &out, err);
  } else if (strcmp(action, "drop") == 0) {
    if (!s->yes && !confirmed("This deletes the pipeline's tables and its local state. Go on?")) {
      return sl_fail(err, SL_ECANCELLED, "nothing was dropped");
    }
    rc = sl_manage_drop(&m, &out, err);
  } else {
    return sl_fail(err, SL_EUSAGE,
                   "there is no action '%s': info, trace, failed-jobs, schema, sync, drop", action);
  }
  if (rc == SL_OK && out.length > 0) {
    fwrite(out.data, 1, out.length, stdout);
    if (out.data[out.length - 1] != '\n') {
      fputc('\n', stdout);
    }
  }
  sl_buffer_release(&out);
  return rc;
}

int sl_cli_pipeline(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct pipeline_settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_pipeline_options, .settings = &settings } };
  sl_status rc = sl_options_set_defaults(sl_cli_pipeline_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("pipeline"));
    return 0;
  }
  if (rc == SL_OK && words.n_words > 2) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice pipeline [NAME [ACTION]]");
  }
  if (rc == SL_OK && words.n_words == 0) {
    struct sl_buffer out = { 0 };
    rc = sl_manage_list(settings.pipelines_dir, common.json, &out, &err);
    if (rc == SL_OK && out.length > 0) {
      fwrite(out.data, 1, out.length, stdout);
    }
    sl_buffer_release(&out);
  } else if (rc == SL_OK) {
    rc = run_action(words.words[0], words.n_words == 2 ? words.words[1] : "info", &settings,
                    common.json, &err);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
