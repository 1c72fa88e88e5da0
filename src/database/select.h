/* select.h - which tables and columns a user asked for. Private to src/database/. */
#ifndef SL_DATABASE_SELECT_H
#define SL_DATABASE_SELECT_H

#include "database/database.h"

/* Leaves in `tables` what --table (globs; NULL = all tables, and views if wanted) names and
 * --exclude-tables does not; gives each its target name. SL_ENOTFOUND with near names when a name
 * matches nothing. */
sl_status sl_db_select_tables(struct sl_db_tables *tables, const char *globs,
                              const struct sl_db_settings *settings, const char *where,
                              struct sl_error *err);
/* The same for columns; a key of which a part is left out is forgotten. Unsupported columns go with
 * a warning. only: it is the one table that is read, so every column that is named must be there.
 */
sl_status sl_db_select_columns(struct sl_db_table *table, const struct sl_db_config *config,
                               bool only, struct sl_error *err);
/* The column of that name, NULL = none. */
const struct sl_db_column *sl_db_find_column(const struct sl_db_table *table, const char *name);
/* SL_ENOTFOUND: "table t has no column c; did you mean …". */
sl_status sl_db_no_column(const struct sl_db_table *table, const char *name, struct sl_error *err);

#endif
