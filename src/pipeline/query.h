/* query.h - small answers from a destination: one value, one column. Private to src/pipeline/. */
#ifndef SL_PIPELINE_QUERY_H
#define SL_PIPELINE_QUERY_H

#include <sluice/destination.h>

#include "base/text.h"

/* The first column of the first row as text; *found = false: no row or NULL. */
sl_status sl_query_text(struct sl_destination *d, const char *sql, struct sl_buffer *out,
                        bool *found, struct sl_error *err);
/* True when the table exists. */
sl_status sl_query_exists(struct sl_destination *d, const struct sl_table_name *name, bool *exists,
                          struct sl_error *err);

#endif
