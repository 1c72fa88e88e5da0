/* query.h - small answers from a destination: one value, one column. Private to src/pipeline/. */
#ifndef SL_PIPELINE_QUERY_H
#define SL_PIPELINE_QUERY_H

#include <sluice/destination.h>

#include "base/text.h"
#include "sql/sql.h"

/* The first column of the first row as text; *found = false: no row or NULL. */
sl_status sl_query_text(struct sl_destination *d, const char *sql, struct sl_buffer *out,
                        bool *found, struct sl_error *err);
/* "SELECT a, b FROM t" */
void sl_query_columns(const struct sl_sql_context *sql, const struct sl_table_name *name,
                      const char *const *columns, size_t n, struct sl_buffer *out);
/* Hands each row to `row`, its values as texts, NULL for NULL; they last as long as the call. At
 * most 16 columns. The destination must not be used in it. */
typedef sl_status (*sl_query_row)(void *arg, const char *const *values, struct sl_error *err);
sl_status sl_query_rows(struct sl_destination *d, const char *sql, sl_query_row row, void *arg,
                        struct sl_error *err);
/* True when the table exists. */
sl_status sl_query_exists(struct sl_destination *d, const struct sl_table_name *name, bool *exists,
                          struct sl_error *err);

#endif
