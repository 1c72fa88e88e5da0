/* settings.h - what the user may say of DuckDB, and how an instance is configured. Private to this
 * folder. */
#ifndef SL_DESTINATIONS_DUCKDB_SETTINGS_H
#define SL_DESTINATIONS_DUCKDB_SETTINGS_H

#include <sluice/destination.h>

#include "duckdb/api.h"

struct duck_settings {
  const char *compression, *extension_directory, *lake_data_path, *storage_version;
};

extern const struct sl_option duck_options[];

/* The location's scheme is this one: "ducklake", "md". */
bool duck_is_scheme(const struct sl_destination_config *config, const char *scheme);
/* DuckDB's part of the memory; the rest is for the batches that wait and for what DuckDB allocates
 * beside its buffers. */
int64_t duck_share(int64_t memory_bytes);
/* Everything that is set before the instance is opened. SL_EUSAGE: a setting that DuckDB refuses.
 */
sl_status duck_configure(duckdb_config out, const struct sl_destination_config *config,
                         struct sl_error *err);

#endif
