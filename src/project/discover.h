/* discover.h - what a source has: its tables and columns, without reading rows; also the test of a
 * connection. */
#ifndef SL_PROJECT_DISCOVER_H
#define SL_PROJECT_DISCOVER_H

#include <sluice/engine.h>
#include <sluice/source.h>

/* The tables that the load would read, and others that its --table leaves out; release with
 * sl_catalog_release. */
sl_status sl_discover(const struct sl_load_settings *load, struct sl_catalog *out,
                      struct sl_error *err);
/* The Arrow format of a column, of the first table that the load reads and that has it.
 * SL_ENOTFOUND names the column. */
sl_status sl_discover_format(const struct sl_load_settings *load, const char *column, char out[64],
                             struct sl_error *err);
/* True when --table of the load (if given) names the table. */
bool sl_discover_wants(const struct sl_load_settings *load, const struct sl_source_table *table);

#endif
