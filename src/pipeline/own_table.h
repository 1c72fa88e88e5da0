/* own_table.h - the tables that Sluice itself keeps in a dataset: rejects, ledger, generations.
 *
 * Their columns are a table of name and type; all of them may be null. Private to src/pipeline/. */
#ifndef SL_PIPELINE_OWN_TABLE_H
#define SL_PIPELINE_OWN_TABLE_H

#include <sluice/builder.h>

#include "pipeline/run.h"

struct sl_own_column {
  const char *name;
  enum sl_type type; /* TEXT, BIGINT or BINARY */
};
enum { SL_OWN_MOST = 16 }; /* columns */

/* A schema with the one table in it, as DDL wants it; *schema is the caller's, after a failure too.
 */
sl_status sl_own_table_describe(struct sl_schema **schema, struct sl_table **table,
                                const char *name, const struct sl_own_column *columns, size_t n,
                                struct sl_error *err);
/* Gives each builder its column's layout. */
void sl_own_table_builders(struct sl_builder *builders, const struct sl_own_column *columns,
                           size_t n);
/* Appends what the builders have, `rows` rows, and releases them whatever happens. */
sl_status sl_own_table_append(struct sl_run *run, const struct sl_table_name *name,
                              const struct sl_own_column *columns, size_t n,
                              struct sl_builder *builders, int64_t rows, struct sl_error *err);

#endif
