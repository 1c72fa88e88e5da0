/* completion.c - completion scripts, made from the command and option tables. */
#include <string.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#include "cli.h"
#include "option_list.h"

static void each_option(FILE *out, const struct sl_cli_command *command, const char *prefix,
                        const char *suffix) {
  struct sl_cli_option_list list = sl_cli_option_list_of(command);
  const struct sl_option *o;
  for (o = sl_cli_common_options; o->name != NULL; o++) {
    fprintf(out, "%s%s%s", prefix, o->name, suffix);
  }
  while ((o = sl_cli_option_next(&list)) != NULL) {
    fprintf(out, "%s%s%s", prefix, o->name, suffix);
  }
}

static void bash(FILE *out) {
  fprintf(out,
          "_sluice() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
          "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words='");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    fprintf(out, "%s ", sl_cli_commands[i].name);
  }
  fprintf(out, "'\n  else\n    case ${COMP_WORDS[1]} in\n");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    fprintf(out, "      %s) words='", sl_cli_commands[i].name);
    each_option(out, &sl_cli_commands[i], "--", " ");
    fprintf(out, "' ;;\n");
  }
  fprintf(out,
          "    esac\n  fi\n"
          "  if [[ $COMP_CWORD -eq 1 || $cur == -* ]]; then\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\n"
          "complete -o filenames -F _sluice sluice\n");
}

static void zsh(FILE *out) {
  fprintf(out,
          "#compdef sluice\n_sluice() {\n  if (( CURRENT == 2 )); then\n    local -a commands\n"
          "    commands=(");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    fprintf(out, "'%s:%s' ", sl_cli_commands[i].name, sl_cli_commands[i].summary);
  }
  fprintf(out,
          ")\n    _describe command commands\n    return\n  fi\n  local -a options\n"
          "  case $words[2] in\n");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    fprintf(out, "    %s) options=(", sl_cli_commands[i].name);
    each_option(out, &sl_cli_commands[i], "--", " ");
    fprintf(out, ") ;;\n");
  }
  fprintf(out,
          "  esac\n  if [[ $PREFIX == -* ]]; then compadd -- $options; else _files; fi\n}\n"
          "_sluice \"$@\"\n");
}

static void fish(FILE *out) {
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    const struct sl_cli_command *command = &sl_cli_commands[i];
    fprintf(out, "complete -c sluice -n __fish_use_subcommand -a %s -d '%s'\n", command->name,
            command->summary);
    char prefix[128];
    snprintf(prefix, sizeof prefix, "complete -c sluice -n '__fish_seen_subcommand_from %s' -l ",
             command->name);
    each_option(out, command, prefix, "\n");
  }
}

int sl_cli_completion(int argc, char **argv) {
  static const struct {
    const char *shell;
    void (*print)(FILE *);
  } shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
  for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++) {
    if (strcmp(argv[1], shells[i].shell) == 0) {
      shells[i].print(stdout);
      return 0;
    }
  }
  fprintf(stderr, "sluice: write `sluice completion bash`, zsh or fish\n");
  return 2;
}
