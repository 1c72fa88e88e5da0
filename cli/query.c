/* query.c - `sluice query`: SQL to a table, CSV or JSON. */
#include <stdlib.h>
#include <string.h>

#include <sluice/registry.h>

#include "arrays.h"
#include "base/memory.h"
#include "cli.h"
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

static sl_status check(const struct sl_destination_ops *ops, const struct query_settings *how,
                       struct sl_error *err) {
  if (ops->query == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED, "%s answers no queries: it is no database", ops->name);
  }
  return how->guarded && !ops->capabilities.supports_guarded_queries
             ? sl_fail(err, SL_EUNSUPPORTED,
                       "--guarded: %s cannot keep SQL from files, network and settings; DuckDB can",
                       ops->name)
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

static sl_status run(const char *destination, const char *sql, const struct query_settings *how,
                     struct sl_error *err) {
  const struct sl_destination_ops *ops;
  const char *location;
  struct sl_destination *d = NULL;
  sl_status rc = sl_destination_find(destination, &ops, &location, err);
  if (rc == SL_OK) {
    rc = check(ops, how, err);
  }
  void *settings = rc == SL_OK ? sl_calloc_array(1, ops->settings_bytes) : NULL;
  if (rc == SL_OK && settings == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for settings");
  }
  if (rc == SL_OK) {
    rc = sl_options_set_defaults(ops->options, settings, err);
  }
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(destination, location, scheme);
    struct sl_destination_config config = { .location = location,
                                            .scheme = scheme,
                                            .settings = settings,
                                            .read_only = true,
                                            .guarded = how->guarded };
    rc = ops->open(&d, &config, err);
  }
  if (rc == SL_OK) {
    struct ArrowArrayStream stream = { 0 };
    rc = ops->query(d, sql, &stream, err);
    if (rc == SL_OK) {
      rc = print(&stream, how, err);
    }
    ops->close(d);
  }
  free(settings);
  return rc;
}

int sl_cli_query(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct query_settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_query_options, .settings = &settings } };
  sl_status rc = sl_options_set_defaults(sl_cli_query_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("query"));
    return 0;
  }
  if (rc == SL_OK && words.n_words != 2) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice query DESTINATION SQL [--format table|csv|json]");
  }
  if (common.json && strcmp(settings.format, "table") == 0) {
    settings.format = "json";
  }
  if (rc == SL_OK) {
    rc = sl_cli_location(words.words[0], &words.words[0], &err);
  }
  if (rc == SL_OK) {
    rc = run(words.words[0], words.words[1], &settings, &err);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
