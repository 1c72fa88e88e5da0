/* query.c - `sluice query`: SQL to a table, CSV or JSON. */
#include <stdlib.h>
#include <string.h>

#include <sluice/registry.h>

#include "arrays.h"
#include "base/memory.h"
#include "cli.h"
#include "load_arguments.h"
#include "table.h"

struct query_settings {
  const char *format;
  int64_t rows;
  bool guarded;
};

const struct sl_option sl_cli_query_options[] = {
  { .name = "format",
    .kind = SL_OPTION_CHOICE,
    .value_name = "NAME",
    .group = "Output",
    .choices = "table|csv|json|arrays",
    .default_text = "table",
    .help = "How the result is printed. arrays: columns once, then rows of texts, as JSON.",
    .offset = offsetof(struct query_settings, format) },
  { .name = "rows",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Output",
    .default_text = "1000",
    .maximum = INT64_MAX,
    .help = "Most rows that a table or arrays show; 0 = all. CSV and JSON print all.",
    .offset = offsetof(struct query_settings, rows) },
  { .name = "guarded",
    .kind = SL_OPTION_FLAG,
    .group = "Safety",
    .help = "The SQL reaches no other file, no network and no setting; for DuckDB files.",
    .offset = offsetof(struct query_settings, guarded) },
  { .name = NULL },
};

struct target { /* the destination that the first word names, and its own options */
  const struct sl_destination_ops *ops;
  const char *location;
  char scheme[32];
  void *settings;
};

static sl_status find_target(struct target *t, const char *word, struct sl_error *err) {
  const char *destination = NULL;
  sl_status rc = sl_cli_location(word, &destination, err);
  if (rc != SL_OK || destination == NULL) {
    return rc;
  }
  rc = sl_destination_find(destination, &t->ops, &t->location, err);
  if (rc == SL_OK && t->ops->query == NULL) {
    rc = sl_fail(err, SL_EUNSUPPORTED, "%s answers no queries: it is no database", t->ops->name);
  }
  if (rc != SL_OK) {
    return rc;
  }
  sl_location_scheme(destination, t->location, t->scheme);
  t->settings = sl_calloc_array(1, t->ops->settings_bytes + 1);
  return t->settings == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for settings")
                             : sl_options_set_defaults(t->ops->options, t->settings, err);
}

static sl_status check(const struct target *t, const struct query_settings *how,
                       struct sl_error *err) {
  return how->guarded && !t->ops->capabilities.supports_guarded_queries
             ? sl_fail(err, SL_EUNSUPPORTED,
                       "--guarded: %s cannot keep SQL from files, network and settings; DuckDB can",
                       t->ops->name)
             : SL_OK;
}

static sl_status print(struct ArrowArrayStream *stream, const struct query_settings *how,
                       struct sl_error *err) {
  if (strcmp(how->format, "arrays") == 0) {
    return sl_cli_print_arrays(stdout, stream, how->rows, err);
  }
  enum sl_cli_format format = strcmp(how->format, "json") == 0  ? SL_CLI_JSON
                              : strcmp(how->format, "csv") == 0 ? SL_CLI_CSV
                                                                : SL_CLI_TABLE;
  return sl_cli_print_stream(stdout, stream, format, how->rows, err);
}

static sl_status run(const struct target *t, const char *sql, const struct query_settings *how,
                     struct sl_error *err) {
  struct sl_destination *d = NULL;
  struct sl_destination_config config = { .location = t->location,
                                          .scheme = t->scheme,
                                          .settings = t->settings,
                                          .read_only = true,
                                          .guarded = how->guarded };
  sl_status rc = check(t, how, err);
  if (rc == SL_OK) {
    rc = t->ops->open(&d, &config, err);
  }
  if (rc == SL_OK) {
    struct ArrowArrayStream stream = { 0 };
    rc = t->ops->query(d, sql, &stream, err);
    if (rc == SL_OK) {
      rc = print(&stream, how, err);
    }
    t->ops->close(d);
  }
  return rc;
}

int sl_cli_query(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct query_settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct target target = { 0 };
  struct sl_error err;
  struct sl_error not_found = { 0 };
  struct sl_cli_options sets[] = { { .table = sl_cli_query_options, .settings = &settings },
                                   { 0 } };
  size_t n_sets = 1;
  const char *word = sl_cli_plain_word(argc, argv, 0, sl_cli_query_options);
  sl_status found = find_target(&target, word, &not_found);
  if (target.settings != NULL) {
    sets[n_sets++] =
        (struct sl_cli_options){ .table = target.ops->options, .settings = target.settings };
  }
  sl_status rc = sl_options_set_defaults(sl_cli_query_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, n_sets, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("query"));
    free(target.settings);
    return 0;
  }
  if (rc == SL_OK && words.n_words != 2) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice query DESTINATION SQL [--format table|csv|json]");
  }
  if (common.json && strcmp(settings.format, "table") == 0) {
    settings.format = "json";
  }
  if (found != SL_OK) { /* says more than what is wrong with its options */
    rc = found;
    err = not_found;
  }
  if (rc == SL_OK) {
    rc = run(&target, words.words[1], &settings, &err);
  }
  free(target.settings);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
