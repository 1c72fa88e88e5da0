/* load_arguments.c - see load_arguments.h. */
#include "load_arguments.h"

#include <string.h>

#include <sluice/registry.h>

const char *sl_cli_plain_word(int argc, char **argv, int n, const struct sl_option *own) {
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-' || argv[i][1] == '\0') {
      if (n-- == 0) {
        return argv[i];
      }
      continue;
    }
    const char *name = argv[i] + 2;
    const struct sl_option *o = NULL;
    if (argv[i][1] == '-' && strchr(name, '=') == NULL) {
      o = sl_options_find(own, name);
      for (size_t s = 0; o == NULL && sl_source_at(s) != NULL; s++) {
        o = sl_options_find(sl_source_at(s)->options, name);
      }
      for (size_t d = 0; o == NULL && sl_destination_at(d) != NULL; d++) {
        o = sl_options_find(sl_destination_at(d)->options, name);
      }
    }
    i += o != NULL && o->kind != SL_OPTION_FLAG;
  }
  return NULL;
}

static sl_status collect_destination(void *arg, const char *name, const char *text,
                                     struct sl_error *err) {
  struct sl_load_settings *s = arg;
  if (s->n_destination_options ==
      sizeof s->destination_options / sizeof s->destination_options[0]) {
    return sl_fail(err, SL_EUSAGE, "too many options at --%s", name);
  }
  s->destination_options[s->n_destination_options++] = (struct sl_setting){ name, text };
  return SL_OK;
}

static sl_status collect_staging(void *arg, const char *name, const char *text,
                                 struct sl_error *err) {
  struct sl_load_settings *s = arg;
  if (s->n_staging_options == sizeof s->staging_options / sizeof s->staging_options[0]) {
    return sl_fail(err, SL_EUSAGE, "too many options at --%s", name);
  }
  s->staging_options[s->n_staging_options++] = (struct sl_setting){ name, text };
  return SL_OK;
}

/* The value of --staging, to know whose options to accept; NULL = not given. */
static const char *staging_of(int argc, char **argv) {
  static const char option[] = "--staging";
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], option, sizeof option - 1) == 0) {
      const char *end = argv[i] + sizeof option - 1;
      if (end[0] == '=' || (end[0] == '\0' && i + 1 < argc)) {
        return end[0] == '=' ? end + 1 : argv[i + 1];
      }
    }
  }
  return NULL;
}

static sl_status collect(void *arg, const char *name, const char *text, struct sl_error *err) {
  struct sl_load_settings *s = arg;
  if (s->n_source_options == sizeof s->source_options / sizeof s->source_options[0]) {
    return sl_fail(err, SL_EUSAGE, "too many options at --%s", name);
  }
  s->source_options[s->n_source_options++] = (struct sl_setting){ name, text };
  return SL_OK;
}

sl_status sl_cli_load_arguments(int argc, char **argv, bool destination,
                                struct sl_cli_load_arguments *out, struct sl_error *err) {
  *out = (struct sl_cli_load_arguments){ 0 };
  sl_load_settings_init(&out->settings);
  const struct sl_source_ops *source = sl_source_at(0);
  const struct sl_destination_ops *target = sl_destination_at(0);
  const char *rest;
  const char *location = NULL;
  const char *goal = NULL;
  sl_status rc = sl_cli_location(sl_cli_plain_word(argc, argv, 0, sl_load_options), &location, err);
  if (rc == SL_OK) {
    rc = sl_cli_location(destination ? sl_cli_plain_word(argc, argv, 1, sl_load_options) : NULL,
                         &goal, err);
  }
  if (rc == SL_OK && location != NULL) {
    rc = sl_source_find(location, &source, &rest, err);
  }
  if (rc == SL_OK && goal != NULL) {
    rc = sl_destination_find(goal, &target, &rest, err);
  }
  const struct sl_destination_ops *place = NULL;
  const char *staging = goal == NULL ? NULL : staging_of(argc, argv);
  if (rc == SL_OK && staging != NULL) {
    rc = sl_destination_find(staging, &place, &rest, err);
  }
  struct sl_cli_options sets[] = {
    { .table = sl_load_options, .settings = &out->settings },
    { .table = source->options, .collect = collect, .arg = &out->settings },
    { .table = target->options, .collect = collect_destination, .arg = &out->settings },
    { .table = place == NULL ? NULL : place->options,
      .collect = collect_staging,
      .arg = &out->settings },
  };
  struct sl_cli_arguments words = { 0 };
  struct sl_error parse_error;
  sl_status parsed = sl_cli_parse(argc, argv, sets,
                                  place != NULL ? 4
                                  : destination ? 3
                                                : 2,
                                  &out->common, &words, &parse_error);
  if (rc != SL_OK || out->common.help) {
    return rc;
  }
  if (parsed != SL_OK) {
    *err = parse_error;
    return parsed;
  }
  size_t wanted = destination ? 2 : 1;
  if (words.n_words != wanted) {
    return sl_fail(err, SL_EUSAGE, "usage: sluice %s SOURCE%s [options]%s; see `sluice help %s`",
                   argv[0], destination ? " DESTINATION" : "",
                   words.n_words > wanted ? " (too many arguments: quote globs)" : "", argv[0]);
  }
  rc = sl_cli_location(words.words[0], &out->settings.source, err);
  if (rc == SL_OK && destination) {
    rc = sl_cli_location(words.words[1], &out->settings.destination, err);
  }
  return rc;
}
