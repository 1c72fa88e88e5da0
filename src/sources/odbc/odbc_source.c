/* odbc_source.c - the source's table of functions and its options. */
#include "odbc_source.h"

#include "database/options.h"
#include "odbc_internal.h"

/* What is wrongly written is told before anything is connected; whether the driver is there, later.
 */
static sl_status check_location(const struct sl_source_config *config, struct sl_error *err) {
  const struct odbc_installed_list none = { 0 };
  const char *scheme =
      config->scheme != NULL && config->scheme[0] != '\0' ? config->scheme : "odbc";
  struct sl_buffer string = { 0 };
  sl_status rc = odbc_connection_string(scheme, config->location, &none, &string, err);
  sl_buffer_release(&string);
  return rc == SL_ENOTFOUND ? SL_OK : rc;
}

static sl_status odbc_source_open(struct sl_source **out, const struct sl_source_config *config,
                                  struct sl_error *err) {
  const struct odbc_settings *settings = config->settings;
  sl_status rc = check_location(config, err);
  if (rc != SL_OK) {
    *out = NULL;
    return rc;
  }
  return sl_db_source_open(out, &sl_odbc_source, &odbc_driver, config, &settings->common, err);
}

const struct sl_db_driver odbc_driver = {
  .name = "odbc",
  .quote = '"', /* each session says its own */
  .raw_cursor = true,
  .connect = odbc_connect,
  .list = odbc_list,
  .describe = odbc_describe,
  .split = odbc_split,
  .open = odbc_open,
  .next = odbc_next,
  .finish = odbc_finish,
  .scalar = odbc_scalar,
  .compare = odbc_compare,
  .has_index = odbc_has_index,
  .cancel = odbc_cancel,
  .close = odbc_close,
};

#define SETTING(member) .offset = offsetof(struct odbc_settings, member)

static const struct sl_option options[] = {
  SL_DB_OPTIONS(struct odbc_settings, common),
  { .name = "catalog",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "ODBC",
    .help = "Catalog (database) to read, where a server has several; default: the connection's.",
    SETTING(catalog) },
  { .name = "isolation",
    .kind = SL_OPTION_CHOICE,
    .value_name = "LEVEL",
    .group = "ODBC",
    .choices = "auto|none|read-committed|repeatable-read|serializable|snapshot",
    .default_text = "auto",
    .help = "One transaction for all tables; auto: a snapshot where that blocks no writer.",
    SETTING(isolation) },
  { .name = "split-by-key",
    .kind = SL_OPTION_FLAG,
    .group = "ODBC",
    .help = "Reads ranges of an integer primary key over several connections, of which each sees "
            "the table at its own moment: only for tables that nobody changes meanwhile.",
    SETTING(split_by_key) },
  { .name = "odbc-fetch",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .group = "ODBC",
    .choices = "auto|block|row",
    .default_text = "auto",
    .help = "Rows in blocks, or one by one in pieces for drivers that do blocks wrong.",
    SETTING(fetch) },
  { .name = "odbc-text",
    .kind = SL_OPTION_CHOICE,
    .value_name = "ENCODING",
    .group = "ODBC",
    .choices = "auto|utf16|utf8",
    .default_text = "auto",
    .help = "How the driver gives texts; auto: UTF-16 if it has Unicode functions, else UTF-8.",
    SETTING(text) },
  { .name = NULL },
};

static const char *const schemes[] = { "odbc",  "mssql",      "oracle", "snowflake", "bigquery",
                                       "trino", "clickhouse", "db2",    NULL };

const struct sl_source_ops sl_odbc_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .ordered = false,
  .name = "odbc",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct odbc_settings),
  .help =
      "Databases with an ODBC driver: odbc:DSN, odbc:Driver=…;…, mssql://, oracle://, "
      "snowflake://, bigquery://, trino://, clickhouse://, db2://.",
  .default_name = odbc_default_name,
  .open = odbc_source_open,
  .discover = sl_db_source_discover,
  .start = sl_db_source_start,
  .claim = sl_db_source_claim,
  .fill = sl_db_source_fill,
  .state = sl_db_source_state,
  .cancel = sl_db_source_cancel,
  .close = sl_db_source_close,
  .position = sl_db_source_position,
  .resume = sl_db_source_resume,
  .pause = sl_db_source_pause,
};
