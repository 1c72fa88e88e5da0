/* mysql_source.c - the tables of functions and options of this source. */
#include "sources/mysql/mysql_source.h"

#include "database/options.h"
#include "sources/mysql/internal.h"

static sl_status maria_source_open(struct sl_source **out, const struct sl_source_config *config,
                                   struct sl_error *err) {
  const struct maria_settings *settings = config->settings;
  struct maria_location location;
  *out = NULL;
  sl_status rc = maria_location_parse(&location, config->location, err);
  maria_location_release(&location);
  if (rc != SL_OK) {
    return rc;
  }
  return sl_db_source_open(out, &sl_mysql_source, &maria_driver, config, &settings->common, err);
}

const struct sl_db_driver maria_driver = {
  .name = "mysql",
  .quote = '`',
  .connect = maria_connect,
  .open_team = maria_open_team,
  .list = maria_list,
  .describe = maria_describe, /* only queries: tables are described at once */
  .describe_all = maria_describe_all,
  .split = maria_split,
  .open = maria_open,
  .next = maria_next,
  .finish = maria_finish,
  .scalar = maria_scalar,
  .compare = maria_compare,
  .has_index = maria_has_index,
  .hash = maria_hash,
  .ask = maria_ask,
  .hashes = SL_SUM_CRC32,
  .join_open = "CONCAT(",
  .join = ", ",
  .join_close = ")",
  .cancel = maria_cancel,
  .close = maria_close,
};

#define SETTING(member) .offset = offsetof(struct maria_settings, member)

static const struct sl_option options[] = {
  SL_DB_OPTIONS(struct maria_settings, common),
  { .name = "snapshot",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .group = "MySQL and MariaDB",
    .choices = "shared|loose",
    .default_text = "shared",
    .help = "All connections read the same moment, or only one reads; loose: each reads its own.",
    SETTING(snapshot) },
  { .name = "unsigned-bigint",
    .kind = SL_OPTION_CHOICE,
    .value_name = "TYPE",
    .group = "MySQL and MariaDB",
    .choices = "decimal|bigint",
    .default_text = "decimal",
    .help = "What bigint unsigned becomes: decimal(20,0), or bigint with larger values aside.",
    SETTING(unsigned_bigint) },
  { .name = "tinyint1-is-bool",
    .kind = SL_OPTION_FLAG,
    .group = "MySQL and MariaDB",
    .help = "Columns of type tinyint(1) become bool, and not integers.",
    SETTING(tinyint1_is_bool) },
  { .name = NULL },
};

static const char *const schemes[] = { "mysql",
                                       "mariadb",
                                       "mysql+pymysql",
                                       "mysql+mysqldb",
                                       "mysql+mysqlconnector",
                                       "mariadb+pymysql",
                                       "mariadb+mariadbconnector",
                                       NULL };

const struct sl_source_ops sl_mysql_source = {
  SL_DB_SOURCE_OPS,
  .count = sl_db_source_count,
  .sums = sl_db_source_sums,
  .name = "mysql",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct maria_settings),
  .help = "MySQL and MariaDB: mysql://user:password@host:3306/database.",
  .open = maria_source_open,
};
