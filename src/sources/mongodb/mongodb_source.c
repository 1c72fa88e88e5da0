/* mongodb_source.c - the tables of functions and options of this source. */
#include "sources/mongodb/mongodb_source.h"

#include "database/options.h"
#include "sources/mongodb/internal.h"

const struct sl_db_driver mongo_driver = {
  .name = "mongodb",
  .quote = '"',
  .query_on_table = true,
  .connect = mongo_connect,
  .list = mongo_list,
  .describe = mongo_describe,
  .split = mongo_split,
  .open = mongo_open,
  .next = mongo_next,
  .finish = mongo_finish,
  .scalar = mongo_scalar,
  .compare = mongo_compare,
  .both = mongo_both,
  .has_index = mongo_has_index,
  .cancel = mongo_cancel,
  .close = mongo_close,
};

static sl_status source_open(struct sl_source **out, const struct sl_source_config *config,
                             struct sl_error *err) {
  const struct mongo_settings *settings = config->settings;
  const char *scheme =
      config->scheme != NULL && config->scheme[0] != '\0' ? config->scheme : mongo_driver.name;
  *out = NULL;
  sl_status rc = mongo_check(scheme, config->location, &settings->common, err);
  return rc != SL_OK ? rc
                     : sl_db_source_open(out, &sl_mongodb_source, &mongo_driver, config,
                                         &settings->common, err);
}

#define SETTING(member) .offset = offsetof(struct mongo_settings, member)

static const struct sl_option options[] = {
  SL_DB_OPTIONS(struct mongo_settings, common),
  { .name = "snapshot",
    .kind = SL_OPTION_CHOICE,
    .value_name = "WHEN",
    .group = "MongoDB",
    .choices = "auto|off|required",
    .default_text = "auto",
    .help = "Reads all collections at one point in time: where the server can, never, or else "
            "not at all.",
    SETTING(snapshot) },
  { .name = "ranges",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .group = "Database",
    .choices = "auto|off",
    .default_text = "auto",
    .help = "Large collections are read in ranges of _id, several at once; off: by one query each.",
    SETTING(ranges) },
  { .name = NULL },
};

static const char *const schemes[] = { "mongodb", "mongodb+srv", NULL };

const struct sl_source_ops sl_mongodb_source = {
  SL_DB_SOURCE_OPS,
  .name = "mongodb",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct mongo_settings),
  .help = "MongoDB: mongodb://user:password@host:27017/database, or mongodb+srv://….",
  .open = source_open,
};
