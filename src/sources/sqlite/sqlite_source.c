/* sqlite_source.c - the SQLite source's options and tables of functions. */
#include "sources/sqlite/sqlite_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/url.h"
#include "database/options.h"
#include "sources/sqlite/sqlite_internal.h"

const struct sl_db_driver sqlite_driver = {
  .name = "sqlite",
  .quote = '"',
  .raw_cursor = true,
  .connect = sqlite_connect,
  .list = sqlite_list,
  .describe = sqlite_describe,
  .split = sqlite_split,
  .open = sqlite_open,
  .next = sqlite_next,
  .finish = sqlite_finish,
  .scalar = sqlite_scalar,
  .compare = sqlite_compare,
  .has_index = sqlite_has_index,
  .hash = sqlite_hash,
  .ask = sqlite_ask,
  .hashes = SL_SUM_XXH3,
  .join_open = "",
  .join = " || ",
  .join_close = "",
  .cancel = sqlite_cancel,
  .close = sqlite_close,
};

static sl_status source_open(struct sl_source **out, const struct sl_source_config *config,
                             struct sl_error *err) {
  const struct sqlite_settings *settings = config->settings;
  struct sqlite_location location;
  sl_status rc = sqlite_location_find(config->location, &location, err);
  sqlite_location_release(&location);
  *out = NULL;
  return rc != SL_OK ? rc
                     : sl_db_source_open(out, &sl_sqlite_source, &sqlite_driver, config,
                                         &settings->common, err);
}

/* "data/shop.sqlite3?mode=ro" -> "shop". */
static sl_status default_name(const char *location, char out[256], struct sl_error *err) {
  static const char *const endings[] = {
    ".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sqlitedb"
  };
  char *path = sl_url_decode(location, strcspn(location, "?"));
  if (path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a name");
  }
  const char *slash = strrchr(path, '/');
  const char *base = slash == NULL ? path : slash + 1;
  snprintf(out, 256, "%.190s", base + strspn(base, "."));
  while (!sl_utf8_valid(out, strlen(out))) { /* cut within a letter */
    out[strlen(out) - 1] = '\0';
  }
  for (char *c = out; *c != '\0'; c++) {
    *c = (unsigned char)*c < ' ' ? '_' : *c;
  }
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    size_t n = strlen(out);
    size_t m = strlen(endings[i]);
    if (n > m && strcasecmp(out + n - m, endings[i]) == 0) {
      out[n - m] = '\0';
      break;
    }
  }
  if (out[0] == '\0') {
    snprintf(out, 256, "database");
  }
  free(path);
  return SL_OK;
}

#define SETTING(member) .group = "SQLite", .offset = offsetof(struct sqlite_settings, member)

static const struct sl_option options[] = {
  SL_DB_OPTIONS(struct sqlite_settings, common),
  { .name = "attach",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME=PATH,...",
    .help = "Further SQLite files; their tables are name.table, in --query too.",
    SETTING(attach) },
  { .name = "number-times",
    .kind = SL_OPTION_CHOICE,
    .value_name = "UNIT",
    .choices = "keep|seconds|milliseconds|julian",
    .default_text = "keep",
    .help = "What numbers in DATE, TIME and DATETIME columns count: nothing known (kept as numbers "
            "in a variant column), seconds or milliseconds since 1970, or julian days.",
    SETTING(number_times) },
  { .name = "busy-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "10",
    .minimum = 0,
    .maximum = 86400,
    .help = "How long to wait while another program writes.",
    SETTING(busy_timeout) },
  { .name = NULL },
};

static const char *const schemes[] = { "sqlite", "sqlite3", NULL };

const struct sl_source_ops sl_sqlite_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "sqlite",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct sqlite_settings),
  .help = "SQLite files (sqlite:path): tables, views, queries; types decided by column.",
  .default_name = default_name,
  .open = source_open,
  .discover = sl_db_source_discover,
  .start = sl_db_source_start,
  .claim = sl_db_source_claim,
  .fill = sl_db_source_fill,
  .state = sl_db_source_state,
  .count = sl_db_source_count,
  .sums = sl_db_source_sums,
  .cancel = sl_db_source_cancel,
  .close = sl_db_source_close,
  .position = sl_db_source_position,
  .resume = sl_db_source_resume,
  .pause = sl_db_source_pause,
};
