/* describe.h - names and columns of tables in a DuckDB database. Private to this folder. */
#ifndef SL_DESTINATIONS_DUCKDB_DESCRIBE_H
#define SL_DESTINATIONS_DUCKDB_DESCRIBE_H

#include <sluice/destination.h>

#include "base/text.h"
#include "duckdb/api.h"

/* Appends text in marks; those inside are doubled. */
void duck_quote(struct sl_buffer *out, const char *text, char mark);
/* Appends "catalog"."dataset"."table", quoted. */
void duck_qualified(const char *catalog, const struct sl_table_name *name, struct sl_buffer *out);
/* The columns of a stored table; out->release == NULL when it does not exist. */
sl_status duck_describe_table(duckdb_connection connection, const char *catalog,
                              const struct sl_table_name *name, struct ArrowSchema *out,
                              struct sl_error *err);

#endif
