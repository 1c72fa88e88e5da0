/* init.c - `sluice init`: a new project folder. */
#include <stdlib.h>
#include <string.h>

#include "project/create.h"
#include "project_cli.h"

struct init_options {
  const char *name, *organization, *purpose;
  bool force, skip_wizard;
};

#define INIT(member) .offset = offsetof(struct init_options, member)
const struct sl_option sl_cli_init_options[] = {
  { .name = "name",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Project",
    .help = "Name of the project; default: that of the folder.",
    INIT(name) },
  { .name = "organization",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Project",
    .help = "Whose project it is.",
    INIT(organization) },
  { .name = "purpose",
    .kind = SL_OPTION_TEXT,
    .value_name = "TEXT",
    .group = "Project",
    .help = "What it is for.",
    INIT(purpose) },
  { .name = "skip-wizard",
    .kind = SL_OPTION_FLAG,
    .group = "Project",
    .help = "Asks nothing.",
    INIT(skip_wizard) },
  { .name = "force",
    .kind = SL_OPTION_FLAG,
    .group = "Project",
    .help = "In a folder that is a project already: adds the files that are missing.",
    INIT(force) },
  { .name = NULL },
};

/* What was not given as an option is asked for; an empty answer is none. */
static sl_status ask(const char *question, const char *fallback, const char **value, char **owned,
                     struct sl_error *err) {
  if (*value != NULL) {
    return SL_OK;
  }
  sl_status rc = sl_cli_ask(question, fallback, owned, err);
  *value = rc == SL_OK ? *owned : NULL;
  return rc;
}

static sl_status create(const struct init_options *o, const char *folder, struct sl_error *err) {
  struct sl_project_new settings = { .folder = folder,
                                     .name = o->name,
                                     .organization = o->organization,
                                     .purpose = o->purpose,
                                     .force = o->force };
  char *owned[3] = { NULL };
  char *whole = realpath(folder, NULL);
  const char *base = whole != NULL ? strrchr(whole, '/') + 1 : folder;
  sl_status rc = SL_OK;
  if (!o->skip_wizard && sl_cli_can_ask()) {
    rc = ask("Project name", base, &settings.name, &owned[0], err);
    if (rc == SL_OK) {
      rc = ask("Organization", "", &settings.organization, &owned[1], err);
    }
    if (rc == SL_OK) {
      rc = ask("Purpose", "", &settings.purpose, &owned[2], err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_project_create(&settings, err);
  }
  for (size_t i = 0; i < 3; i++) {
    free(owned[i]);
  }
  free(whole);
  return rc;
}

int sl_cli_init(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct init_options o = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_init_options, .settings = &o } };
  sl_status rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("init"));
    return 0;
  }
  const char *folder = words.n_words == 0 ? "." : words.words[0];
  if (rc == SL_OK && words.n_words > 1) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice init [FOLDER] [options]");
  }
  if (rc == SL_OK) {
    rc = create(&o, folder, &err);
  }
  if (rc != SL_OK) {
    return sl_cli_fail(&common, &err);
  }
  if (common.json) {
    printf("{\"ok\": true, \"folder\": ");
    sl_cli_json_text(stdout, folder);
    printf("}\n");
  } else if (!common.quiet) {
    printf("Made a project in %s. Next steps:\n  cd %s\n  sluice source add\n  sluice sync\n",
           folder, folder);
  }
  return 0;
}
