/* arguments.c - argv into settings, by the option tables. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli.h"

const struct sl_option sl_cli_common_options[] = {
  { .name = "json",
    .kind = SL_OPTION_FLAG,
    .group = "Output",
    .help = "Prints the result as JSON on standard output.",
    .offset = offsetof(struct sl_cli_common, json) },
  { .name = "progress",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .group = "Output",
    .choices = "auto|json|none",
    .help =
        "Progress on standard error: auto = one line on a terminal, plain lines elsewhere, each "
        "after a second; json = an object a line, from the first moment, for programs.",
    .offset = offsetof(struct sl_cli_common, progress) },
  { .name = "quiet",
    .kind = SL_OPTION_FLAG,
    .group = "Output",
    .help = "Prints errors only (-q).",
    .offset = offsetof(struct sl_cli_common, quiet) },
  { .name = "verbose",
    .kind = SL_OPTION_FLAG,
    .group = "Output",
    .help = "Prints more about what happens (-v).",
    .offset = offsetof(struct sl_cli_common, verbose) },
  { .name = "help",
    .kind = SL_OPTION_FLAG,
    .group = "Output",
    .help = "Shows this help (-h).",
    .offset = offsetof(struct sl_cli_common, help) },
  { .name = NULL },
};

static const char *long_name(char letter) {
  switch (letter) {
    case 'q': return "quiet";
    case 'v': return "verbose";
    case 'h': return "help";
    default: return NULL;
  }
}

static const struct sl_cli_options *find_set(const struct sl_cli_options *sets, size_t n_sets,
                                             const char *name, const struct sl_option **option) {
  for (size_t i = 0; i < n_sets; i++) {
    *option = sl_options_find(sets[i].table, name);
    if (*option != NULL) {
      return &sets[i];
    }
  }
  return NULL;
}

/* Fails with the nearest name of all sets. */
static sl_status unknown_option(const struct sl_cli_options *sets, size_t n_sets, const char *name,
                                struct sl_error *err) {
  const char *nearest = NULL;
  size_t best = 4;
  for (size_t i = 0; i < n_sets; i++) {
    for (const struct sl_option *o = sets[i].table; o->name != NULL; o++) {
      size_t distance = sl_text_distance(name, o->name, best);
      if (distance < best) {
        best = distance;
        nearest = o->name;
      }
    }
  }
  return sl_fail(err, SL_EUSAGE, "there is no option --%s%s%s%s; --help lists them", name,
                 nearest == NULL ? "" : " (did you mean --", nearest == NULL ? "" : nearest,
                 nearest == NULL ? "" : "?)");
}

struct cursor { /* where we are in argv */
  int argc, at;
  char **argv;
};

static sl_status parse_option(struct cursor *c, const struct sl_cli_options *sets, size_t n_sets,
                              struct sl_error *err) {
  char name[128];
  const char *word = c->argv[c->at] + 2;
  const char *equals = strchr(word, '=');
  size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
  snprintf(name, sizeof name, "%.*s", (int)length, word);
  const struct sl_option *option = NULL;
  const struct sl_cli_options *set = find_set(sets, n_sets, name, &option);
  if (set == NULL) {
    return unknown_option(sets, n_sets, name, err);
  }
  const char *text = equals == NULL ? NULL : equals + 1;
  if (option->kind == SL_OPTION_FLAG) {
    text = text == NULL ? "true" : text;
  } else if (text == NULL) {
    if (c->at + 1 >= c->argc) {
      return sl_fail(err, SL_EUSAGE, "--%s needs a value: %s", name, option->value_name);
    }
    text = c->argv[++c->at];
  }
  return set->collect != NULL ? set->collect(set->arg, option->name, text, err)
                              : sl_options_set(set->table, set->settings, name, text, err);
}

static sl_status parse_letters(const char *letters, struct sl_cli_common *common,
                               struct sl_error *err) {
  for (; *letters != '\0'; letters++) {
    const char *name = long_name(*letters);
    if (name == NULL) {
      return sl_fail(err, SL_EUSAGE, "there is no option -%c; --help lists them", *letters);
    }
    sl_status rc = sl_options_set(sl_cli_common_options, common, name, "true", err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

sl_status sl_cli_parse(int argc, char **argv, const struct sl_cli_options *sets, size_t n_sets,
                       struct sl_cli_common *common, struct sl_cli_arguments *out,
                       struct sl_error *err) {
  struct sl_cli_options all[8];
  if (n_sets > 7) {
    return sl_fail(err, SL_EINTERNAL, "too many option tables");
  }
  all[0] = (struct sl_cli_options){ .table = sl_cli_common_options, .settings = common };
  if (n_sets > 0) {
    memcpy(all + 1, sets, n_sets * sizeof *sets);
  }
  struct cursor c = { .argc = argc, .at = 1, .argv = argv };
  bool only_words = false;
  for (; c.at < argc; c.at++) {
    const char *word = argv[c.at];
    sl_status rc = SL_OK;
    if (!only_words && strcmp(word, "--") == 0) {
      only_words = true;
    } else if (!only_words && strncmp(word, "--", 2) == 0) {
      rc = parse_option(&c, all, n_sets + 1, err);
    } else if (!only_words && word[0] == '-' && word[1] != '\0') {
      rc = parse_letters(word + 1, common, err);
    } else if (out->n_words == sizeof out->words / sizeof out->words[0]) {
      rc = sl_fail(err, SL_EUSAGE, "too many arguments at '%s' (quote globs)", word);
    } else {
      out->words[out->n_words++] = word;
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

int sl_cli_exit_code(sl_status status) {
  switch (status) {
    case SL_OK: return 0;
    case SL_EUSAGE: return 2;
    default: return 1;
  }
}

void sl_cli_json_text(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *c = (const unsigned char *)text; c != NULL && *c != '\0'; c++) {
    if (*c == '"' || *c == '\\') {
      fprintf(out, "\\%c", *c);
    } else if (*c < 0x20) {
      fprintf(out, "\\u%04x", *c);
    } else {
      fputc(*c, out);
    }
  }
  fputc('"', out);
}

sl_status sl_cli_location(const char *word, const char **out, struct sl_error *err) {
  *out = word;
  if (word == NULL || strncmp(word, "env:", 4) != 0) {
    return SL_OK;
  }
  *out = getenv(word + 4);
  return *out != NULL && **out != '\0'
             ? SL_OK
             : sl_fail(err, SL_EUSAGE,
                       "the environment variable %s is not set; %s says that it holds a location",
                       word + 4, word);
}

int sl_cli_fail(const struct sl_cli_common *common, const struct sl_error *err) {
  if (common->json) {
    printf("{\"ok\": false, \"error\": {\"code\": \"%s\", \"message\": ",
           sl_status_name(err->code));
    sl_cli_json_text(stdout, err->message);
    printf(", \"vendor\": ");
    sl_cli_json_text(stdout, err->vendor);
    printf(", \"retryable\": %s}}\n", err->retryable ? "true" : "false");
  }
  fprintf(stderr, "sluice: %s\n", err->message);
  return sl_cli_exit_code(err->code);
}
