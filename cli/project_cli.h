/* project_cli.h - what the commands of the project layer share. */
#ifndef SL_CLI_PROJECT_CLI_H
#define SL_CLI_PROJECT_CLI_H

#include "cli.h"
#include "project/sources.h"

struct sl_cli_project { /* all-zero is not open */
  struct sl_project *project;
  struct sl_sources sources;
};
/* The project around the current folder, which becomes the current folder, and its sources. */
sl_status sl_cli_project_open(struct sl_cli_project *out, struct sl_error *err);
/* The same for commands without options of their own: words and common options are read first.
 * False: the command is over, with *code. */
bool sl_cli_project_begin(int argc, char **argv, struct sl_cli_common *common,
                          struct sl_cli_arguments *words, struct sl_cli_project *out, int *code);
void sl_cli_project_close(struct sl_cli_project *p);
/* The warning of seed 001, on standard error; nothing when all files are referred to. */
void sl_cli_warn_unreferenced(const struct sl_cli_project *p);

/* Asks on the terminal: the answer, or `fallback` (may be NULL) for an empty line; malloc'ed.
 * SL_EUSAGE when there is nobody to ask. */
sl_status sl_cli_ask(const char *question, const char *fallback, char **out, struct sl_error *err);
/* The same for a secret: nothing is shown. */
sl_status sl_cli_ask_secret(const char *question, char **out, struct sl_error *err);
/* Yes or no; `fallback` for an empty line, and when nobody can be asked. */
bool sl_cli_confirm(const char *question, bool fallback);
bool sl_cli_can_ask(void);

extern const struct sl_option sl_cli_sync_options[];
extern const struct sl_option sl_cli_init_options[];
extern const struct sl_option sl_cli_import_options[];
extern const struct sl_option sl_cli_remote_options[];
extern const struct sl_option *const sl_cli_source_tables[];
int sl_cli_sync(int argc, char **argv);
int sl_cli_init(int argc, char **argv);
int sl_cli_source(int argc, char **argv);
int sl_cli_validate(int argc, char **argv);
int sl_cli_doctor(int argc, char **argv);
int sl_cli_status(int argc, char **argv);
int sl_cli_drift(int argc, char **argv);
int sl_cli_accept(int argc, char **argv);
int sl_cli_generate(int argc, char **argv);
int sl_cli_run(int argc, char **argv);
int sl_cli_seed(int argc, char **argv);
int sl_cli_import(int argc, char **argv);
int sl_cli_remote(int argc, char **argv);

#endif
