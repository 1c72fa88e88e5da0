/* settings.c - see settings.h. */
#include "settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The first with DICT_FSST: texts of sparse columns take a third of the space and of the work. What
 * DuckDB itself makes anew without being asked is readable from 0.10 on, or (2.0) only by 2.0. */
#define STORAGE_VERSION "v1.3.0"

const struct sl_option duck_options[] = {
  { .name = "compression",
    .kind = SL_OPTION_CHOICE,
    .value_name = "NAME",
    .choices = "auto|uncompressed",
    .default_text = "auto",
    .group = "DuckDB",
    .help = "How DuckDB compresses what is written.",
    .offset = offsetof(struct duck_settings, compression) },
  { .name = "extension-directory",
    .kind = SL_OPTION_TEXT,
    .value_name = "DIR",
    .group = "DuckDB",
    .help = "Folder of DuckDB's extensions, as DuckDB itself lays it out; else ~/.duckdb.",
    .offset = offsetof(struct duck_settings, extension_directory) },
  { .name = "storage-version",
    .kind = SL_OPTION_TEXT,
    .value_name = "VERSION",
    .default_text = STORAGE_VERSION,
    .group = "DuckDB",
    .help = "Oldest DuckDB that can read a database file that is made anew, or latest; a file that "
            "is there keeps its own.",
    .offset = offsetof(struct duck_settings, storage_version) },
  { .name = "data-path",
    .kind = SL_OPTION_TEXT,
    .value_name = "PATH",
    .group = "DuckDB",
    .help = "Where a new DuckLake keeps its files; else beside its catalog.",
    .offset = offsetof(struct duck_settings, lake_data_path) },
  { .name = NULL },
};

static sl_status set_option(duckdb_config config, const char *name, const char *value,
                            struct sl_error *err) {
  return SL_DUCKDB(set_config)(config, name, value) == DuckDBError
             ? sl_fail(err, SL_EINTERNAL, "DuckDB does not take the setting %s = %s", name, value)
             : SL_OK;
}

bool duck_is_scheme(const struct sl_destination_config *c, const char *scheme) {
  return c->scheme != NULL && strcmp(c->scheme, scheme) == 0;
}

int64_t duck_share(int64_t memory_bytes) {
  return memory_bytes * 5 / 8;
}

/* Only what is made anew takes it: a file keeps the version that it has. */
static sl_status set_storage_version(duckdb_config config, const struct sl_destination_config *c,
                                     struct sl_error *err) {
  const struct duck_settings *settings = c->settings;
  const char *version = settings == NULL || settings->storage_version == NULL
                            ? STORAGE_VERSION
                            : settings->storage_version;
  if (duck_is_scheme(c, "ducklake") || duck_is_scheme(c, "md") ||
      set_option(config, "storage_compatibility_version", version, NULL) == SL_OK) {
    return SL_OK;
  }
  return sl_fail(err, SL_EUSAGE,
                 "--storage-version %s: this DuckDB knows no such version; give one like v1.0.0, "
                 "or latest",
                 version);
}

sl_status duck_configure(duckdb_config config, const struct sl_destination_config *c,
                         struct sl_error *err) {
  const struct duck_settings *settings = c->settings;
  char text[64];
  sl_status rc = SL_OK;
  if (settings != NULL && settings->extension_directory != NULL) {
    rc = set_option(config, "extension_directory", settings->extension_directory, err);
  }
  if (rc == SL_OK && c->threads > 0) {
    snprintf(text, sizeof text, "%d", c->threads);
    rc = set_option(config, "threads", text, err);
  }
  if (rc == SL_OK && c->memory_bytes > 0) {
    snprintf(text, sizeof text, "%" PRId64 "MiB", duck_share(c->memory_bytes) >> 20);
    rc = set_option(config, "memory_limit", text, err);
  }
  if (rc == SL_OK) {
    rc = set_option(config, "preserve_insertion_order", "false", err);
  }
  if (rc == SL_OK) {
    rc = set_storage_version(config, c, err);
  }
  if (rc == SL_OK && c->read_only && !duck_is_scheme(c, "ducklake")) {
    rc = set_option(config, "access_mode", "READ_ONLY", err);
  }
  if (rc == SL_OK && c->temp_dir != NULL) {
    rc = set_option(config, "temp_directory", c->temp_dir, err);
  }
  if (rc == SL_OK && c->guarded) {
    rc = set_option(config, "enable_external_access", "false", err);
  }
  if (rc == SL_OK && c->guarded) {
    rc = set_option(config, "lock_configuration", "true", err);
  }
  return rc;
}
