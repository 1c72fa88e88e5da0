/* help.c - help and reference texts, all made from the command and option tables. */
#include <string.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#include "cli.h"
#include "option_list.h"

void sl_cli_overview(FILE *out) {
  fprintf(out, "sluice %s - loads data into warehouses: fast, exact, resumable\n\n", sl_version());
  fprintf(out, "Usage: sluice COMMAND [arguments] [options]\n\nCommands:\n");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    fprintf(out, "  %-11s %s\n", sl_cli_commands[i].name, sl_cli_commands[i].summary);
  }
  fprintf(out,
          "\nExamples:\n"
          "  sluice load events.jsonl duckdb:warehouse.duckdb\n"
          "  sluice load 'orders/*.csv' warehouse.duckdb --as orders --primary-key id "
          "--write-disposition merge\n"
          "  sluice query warehouse.duckdb 'select * from events_dataset.events limit 5'\n\n"
          "`sluice help COMMAND` shows the options of a command.\n");
}

/* One option, its help wrapped at 100 columns. */
static void print_option(FILE *out, const struct sl_option *o) {
  char left[80];
  snprintf(left, sizeof left, "--%s%s%s", o->name, o->value_name == NULL ? "" : " ",
           o->value_name == NULL ? "" : o->value_name);
  fprintf(out, "  %-32s", left);
  size_t column = 34;
  if (strlen(left) > 31) {
    fprintf(out, "\n%34s", "");
  }
  const char *at = o->help;
  while (*at != '\0') {
    size_t word = strcspn(at, " ");
    if (column + word > 100) {
      fprintf(out, "\n%34s", "");
      column = 34;
    }
    fprintf(out, "%.*s ", (int)word, at);
    column += word + 1;
    at += word + strspn(at + word, " ");
  }
  if (o->kind == SL_OPTION_CHOICE && o->choices != NULL) {
    fprintf(out, "\n%34s(%s)", "", o->choices);
  }
  fputc('\n', out);
}

/* With a heading where another group begins. */
static void print_grouped(FILE *out, const struct sl_option *o, const char **group) {
  if (o->group != NULL && strcmp(o->group, *group) != 0) {
    *group = o->group;
    fprintf(out, "\n%s:\n", *group);
  }
  print_option(out, o);
}

/* Each connector's name and help, with these texts before, between and after. */
static void print_connectors(FILE *out, bool sources, const char *before, const char *between,
                             const char *after) {
  const struct sl_source_ops *source;
  const struct sl_destination_ops *destination;
  for (size_t i = 0; sources && (source = sl_source_at(i)) != NULL; i++) {
    fprintf(out, "%s%-9s%s%s%s\n", before, source->name, between, source->help, after);
  }
  for (size_t i = 0; !sources && (destination = sl_destination_at(i)) != NULL; i++) {
    fprintf(out, "%s%-9s%s%s%s\n", before, destination->name, between, destination->help, after);
  }
}

void sl_cli_help(FILE *out, const struct sl_cli_command *command) {
  fprintf(out, "Usage: sluice %s\n\n%s\n", command->usage, command->summary);
  if (command->details != NULL) {
    fprintf(out, "\n%s\n", command->details);
  }
  if (sl_cli_takes_source(command)) {
    fputs("\nSources:\n", out);
    print_connectors(out, true, "  ", " ", "");
    fputs("\nDestinations:\n", out);
    print_connectors(out, false, "  ", " ", "");
  }
  struct sl_cli_option_list list = sl_cli_option_list_of(command);
  const struct sl_option *o;
  const char *group = "";
  while ((o = sl_cli_option_next(&list)) != NULL) {
    print_grouped(out, o, &group);
  }
  for (o = sl_cli_common_options; o->name != NULL; o++) {
    print_grouped(out, o, &group);
  }
}

int sl_cli_help_command(int argc, char **argv) {
  if (argc < 2) {
    sl_cli_overview(stdout);
    return 0;
  }
  const struct sl_cli_command *command = sl_cli_command_find(argv[1]);
  if (command == NULL) {
    fprintf(stderr, "sluice: there is no command '%s'; `sluice help` lists them\n", argv[1]);
    return 2;
  }
  sl_cli_help(stdout, command);
  return 0;
}

/* Backslashes and leading dots mean something to troff. */
static void man_text(FILE *out, const char *text) {
  for (const char *c = text; c != NULL && *c != '\0'; c++) {
    if (*c == '\\') {
      fputs("\\e", out);
    } else if (*c == '-') {
      fputs("\\-", out);
    } else {
      fputc(*c, out);
    }
  }
}

static void man_option(FILE *out, const struct sl_option *o) {
  fprintf(out, ".TP\n\\fB\\-\\-");
  man_text(out, o->name);
  fprintf(out, "\\fR \\fI%s\\fR\n", o->value_name == NULL ? "" : o->value_name);
  man_text(out, o->help);
  fputc('\n', out);
  if (o->choices != NULL) {
    fputs("Choices: ", out);
    man_text(out, o->choices);
    fputs(".\n", out);
  }
}

/* Of the commands that take a source, only `load` shows its options. */
static bool shows_options(const struct sl_cli_command *command) {
  return !sl_cli_takes_source(command) || strcmp(command->name, "load") == 0;
}

static void man_page(FILE *out) {
  fprintf(out, ".TH SLUICE 1 \"\" \"sluice %s\" \"User commands\"\n", sl_version());
  fprintf(out, ".SH NAME\nsluice \\- loads data into warehouses: fast, exact, resumable\n");
  fprintf(out, ".SH SYNOPSIS\n.B sluice\n.I COMMAND\n[arguments] [options]\n.SH COMMANDS\n");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    const struct sl_cli_command *command = &sl_cli_commands[i];
    fprintf(out, ".SS sluice ");
    man_text(out, command->usage);
    fputc('\n', out);
    man_text(out, command->summary);
    fputc('\n', out);
    struct sl_cli_option_list list = sl_cli_option_list_of(command);
    const struct sl_option *o;
    while (shows_options(command) && (o = sl_cli_option_next(&list)) != NULL) {
      man_option(out, o);
    }
  }
  fprintf(out, ".SH SOURCES\n");
  print_connectors(out, true, ".TP\n\\fB", "\\fR\n", "");
  fprintf(out, ".SH DESTINATIONS\n");
  print_connectors(out, false, ".TP\n\\fB", "\\fR\n", "");
  fprintf(out, ".SH COMMON OPTIONS\n");
  for (const struct sl_option *o = sl_cli_common_options; o->name != NULL; o++) {
    man_option(out, o);
  }
  fprintf(out,
          ".SH EXIT STATUS\n0 done, 1 the load failed and the destination is as before, 2 bad "
          "usage or configuration, 3 done with rejected rows.\n");
}

static void markdown_option(FILE *out, const struct sl_option *o) {
  fprintf(out, "| `--%s%s", o->name, o->value_name == NULL ? "" : " ");
  for (const char *c = o->value_name; c != NULL && *c != '\0'; c++) {
    fprintf(out, "%s%c", *c == '|' ? "\\" : "", *c); /* a bar ends a cell, even in code */
  }
  fprintf(out, "` | %s", o->help);
  if (o->choices != NULL) {
    fputs(" One of", out);
    for (const char *c = o->choices; *c != '\0';) {
      size_t length = strcspn(c, "|");
      fprintf(out, "%s `%.*s`", c == o->choices ? "" : ",", (int)length, c);
      c += length + (c[length] == '|');
    }
    fputc('.', out);
  }
  fprintf(out, " | %s |\n", o->default_text == NULL ? "" : o->default_text);
}

static void markdown(FILE *out) {
  fprintf(out, "# Commands and options\n\nMade by `sluice reference markdown`.\n");
  fprintf(out, "\n| source | |\n| --- | --- |\n");
  print_connectors(out, true, "| ", " | ", " |");
  fprintf(out, "\n| destination | |\n| --- | --- |\n");
  print_connectors(out, false, "| ", " | ", " |");
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    const struct sl_cli_command *command = &sl_cli_commands[i];
    fprintf(out, "\n## %s\n\n`sluice %s`\n\n%s\n", command->name, command->usage, command->summary);
    if (command->tables[0] == NULL) {
      continue;
    }
    if (!shows_options(command)) {
      fprintf(out, "\nTakes the options of `load`.\n");
      continue;
    }
    fprintf(out, "\n| option | meaning | default |\n| --- | --- | --- |\n");
    struct sl_cli_option_list list = sl_cli_option_list_of(command);
    const struct sl_option *o;
    while ((o = sl_cli_option_next(&list)) != NULL) {
      markdown_option(out, o);
    }
  }
  fprintf(out,
          "\n## Options of every command\n\n| option | meaning | default |\n| --- | --- | --- |\n");
  for (const struct sl_option *o = sl_cli_common_options; o->name != NULL; o++) {
    markdown_option(out, o);
  }
}

int sl_cli_reference(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "man") == 0) {
    man_page(stdout);
    return 0;
  }
  if (argc == 2 && strcmp(argv[1], "markdown") == 0) {
    markdown(stdout);
    return 0;
  }
  fprintf(stderr, "sluice: write `sluice reference man` or `sluice reference markdown`\n");
  return 2;
}
