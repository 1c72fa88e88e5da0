/* scope.h - which rows of a table are of one load: root rows by their _dlt_load_id, child rows by
 * those of their parents. Private to src/pipeline/. */
#ifndef SL_PIPELINE_SCOPE_H
#define SL_PIPELINE_SCOPE_H

#include "sql/sql.h"

struct sl_scope { /* borrowed */
  const struct sl_sql_context *sql;
  const struct sl_schema *schema;
  const char *dataset, *load_id;
};

/* Appends the condition that is true for the load's rows in the table. Why it cannot be said (then
 * the text is not to be used), or NULL. */
const char *sl_scope_of_load(const struct sl_scope *scope, const struct sl_table *table,
                             struct sl_buffer *out);

#endif
