/* source_keys.h - the settings of a source, checked against the tables of its type. Private to
 * src/project/. */
#ifndef SL_PROJECT_SOURCE_KEYS_H
#define SL_PROJECT_SOURCE_KEYS_H

#include "project/sources.h"

/* Keys that nobody knows are refused with line, caret and the nearest name; required ones that are
 * missing too. */
sl_status sl_source_check_keys(const struct sl_doc *doc, const struct sl_project_source *source,
                               struct sl_error *err);
/* True for dlt_native sources that dlt's sql_database reads: the engine does it itself. */
bool sl_source_is_sql_database(const struct sl_project_source *source);
/* The type whose tables say what the settings mean: of sql_database the one for function_kwargs. */
const struct sl_source_type *sl_source_kwargs_type(void);

#endif
