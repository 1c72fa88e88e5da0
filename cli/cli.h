/* cli.h - what the commands of `sluice` share: the command table, arguments, output choices. */
#ifndef SL_CLI_CLI_H
#define SL_CLI_CLI_H

#include <stdio.h>

#include <sluice/error.h>
#include <sluice/option.h>

struct sl_cli_common { /* options that every command takes */
  bool json, quiet, verbose, help;
  const char *progress; /* NULL = "auto" */
};

struct sl_cli_arguments { /* the words that are no options; borrowed from argv */
  const char *words[16];
  size_t n_words;
};

/* One set of options that a command accepts. Unknown to the first set, a name is looked up in the
 * next. With `collect` set the option is not stored but handed over as text. */
struct sl_cli_options {
  const struct sl_option *table;
  void *settings;
  sl_status (*collect)(void *arg, const char *name, const char *text, struct sl_error *err);
  void *arg;
};

struct sl_cli_command {
  const char *name;
  const char *usage;   /* "load SOURCE DESTINATION [options]" */
  const char *summary; /* one line */
  const char *details; /* for --help: what a user needs to know; may be NULL */
  /* Option tables for help, completion and docs; NULL-terminated. */
  const struct sl_option *const *tables;
  int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};
extern const struct sl_cli_command sl_cli_commands[];
extern const size_t sl_cli_n_commands;
const struct sl_cli_command *sl_cli_command_find(const char *name);

extern const struct sl_option sl_cli_common_options[];

/* Parses argv[1..]: --name value, --name=value, -q, -v, -h, words; "--" ends options. */
sl_status sl_cli_parse(int argc, char **argv, const struct sl_cli_options *sets, size_t n_sets,
                       struct sl_cli_common *common, struct sl_cli_arguments *out,
                       struct sl_error *err);

/* What a word on the command line says where data is: the word, or for "env:NAME" the value of that
 * environment variable, so that passwords stay out of `ps` and of the shell's history. Borrowed.
 * SL_EUSAGE: the variable is not set. */
sl_status sl_cli_location(const char *word, const char **out, struct sl_error *err);

void sl_cli_help(FILE *out, const struct sl_cli_command *command);
void sl_cli_overview(FILE *out);
/* "sluice: …" on stderr, or {"error": …} on stdout; returns the exit code for the status. */
int sl_cli_fail(const struct sl_cli_common *common, const struct sl_error *err);
int sl_cli_exit_code(sl_status status);
/* A JSON string with quotes. */
void sl_cli_json_text(FILE *out, const char *text);

struct sl_plan;
void sl_cli_plan_print(const struct sl_plan *plan, bool with_destination, bool json);

int sl_cli_load(int argc, char **argv);
int sl_cli_plan(int argc, char **argv);
int sl_cli_inspect(int argc, char **argv);
int sl_cli_query(int argc, char **argv);
int sl_cli_pipeline(int argc, char **argv);
int sl_cli_undo(int argc, char **argv);
int sl_cli_selftest(int argc, char **argv);
int sl_cli_schedule(int argc, char **argv);
int sl_cli_serve(int argc, char **argv);
int sl_cli_web(int argc, char **argv);
int sl_cli_completion(int argc, char **argv);
int sl_cli_help_command(int argc, char **argv);
int sl_cli_reference(int argc, char **argv);

#endif
