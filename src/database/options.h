/* options.h - the options that all database sources have, as entries of a driver's option table.
 *
 *   struct postgres_settings { struct sl_db_settings common; const char *sslmode; };
 *   static const struct sl_option options[] = {
 *     SL_DB_OPTIONS(struct postgres_settings, common),
 *     { .name = "sslmode", … },
 *     { .name = NULL },
 *   };
 *
 * Names and meanings follow dlt's sql_database and incremental (dlt.md 1.5, 8.2). */
#ifndef SL_DATABASE_OPTIONS_H
#define SL_DATABASE_OPTIONS_H

#include "database/database.h"

/* clang-format off */
#define SL_DB_OPTION(type, common, member) .offset = offsetof(type, common) + offsetof(struct sl_db_settings, member)
#define SL_DB_OPTIONS(type, common)                                                                \
  { .name = "schema", .kind = SL_OPTION_TEXT, .value_name = "GLOBS", .group = "Database",          \
    .help = "Schemas to read, comma-separated, with * and ?; default: the user's own one.",        \
    SL_DB_OPTION(type, common, schema) },                                                          \
  { .name = "exclude-tables", .kind = SL_OPTION_TEXT, .value_name = "GLOBS", .group = "Database",  \
    .help = "Tables to leave out, comma-separated, with * and ?.",                                 \
    SL_DB_OPTION(type, common, exclude_tables) },                                                  \
  { .name = "include-views", .kind = SL_OPTION_FLAG, .group = "Database",                          \
    .help = "Views are read too when no table is named.",                                          \
    SL_DB_OPTION(type, common, include_views) },                                                   \
  { .name = "query", .kind = SL_OPTION_TEXT, .value_name = "QUERY", .group = "Database",           \
    .help = "Reads the rows of this query, and no table; name the result with --as.",              \
    SL_DB_OPTION(type, common, query) },                                                           \
  { .name = "where", .kind = SL_OPTION_TEXT, .value_name = "CONDITION", .group = "Database",       \
    .help = "Reads only the rows for which this holds, in the database's own language.",           \
    SL_DB_OPTION(type, common, where) },                                                           \
  { .name = "include-columns", .kind = SL_OPTION_TEXT, .value_name = "GLOBS", .group = "Database", \
    .help = "Columns to read, comma-separated, with * and ?; default: all.",                       \
    SL_DB_OPTION(type, common, include_columns) },                                                 \
  { .name = "exclude-columns", .kind = SL_OPTION_TEXT, .value_name = "GLOBS", .group = "Database", \
    .help = "Columns to leave out, comma-separated, with * and ?.",                                \
    SL_DB_OPTION(type, common, exclude_columns) },                                                 \
  { .name = "reflection", .kind = SL_OPTION_CHOICE, .value_name = "LEVEL", .group = "Database",    \
    .choices = "minimal|full|full_with_precision", .default_text = "full",                         \
    .help = "What is taken over: names and keys; types too; sizes of integers too.",               \
    SL_DB_OPTION(type, common, reflection) },                                                      \
  { .name = "special-values", .kind = SL_OPTION_CHOICE, .value_name = "HOW", .group = "Database",  \
    .choices = "variant|null|error", .default_text = "variant",                                    \
    .help = "Values that the type cannot hold (NaN, infinity, 0000-00-00): kept as text in a "     \
            "variant column, made NULL, or an error (with --rejects table: the row is set aside).", \
    SL_DB_OPTION(type, common, special_values) },                                                  \
  { .name = "batch-rows", .kind = SL_OPTION_INTEGER, .value_name = "N", .group = "Database",       \
    .default_text = "50000", .minimum = 1, .maximum = 10000000,                                    \
    .help = "Rows that are handed on at once, at most; wide rows are handed on earlier.",          \
    SL_DB_OPTION(type, common, batch_rows) },                                                      \
  { .name = "connect-timeout", .kind = SL_OPTION_INTEGER, .value_name = "SECONDS",                 \
    .group = "Database", .default_text = "10", .minimum = 1, .maximum = 3600,                      \
    .help = "How long a connection may take to be made.",                                          \
    SL_DB_OPTION(type, common, connect_timeout) },                                                 \
  { .name = "statement-timeout", .kind = SL_OPTION_INTEGER, .value_name = "SECONDS",               \
    .group = "Database", .default_text = "0", .minimum = 0, .maximum = 604800,                     \
    .help = "How long one statement may take on the server; 0 = no limit.",                        \
    SL_DB_OPTION(type, common, statement_timeout) },                                               \
  { .name = "cursor", .kind = SL_OPTION_TEXT, .value_name = "COLUMN", .group = "Incremental",      \
    .help = "Column that grows (id, updated_at): only rows beyond the last load are read.",        \
    SL_DB_OPTION(type, common, cursor) },                                                          \
  { .name = "initial-value", .kind = SL_OPTION_TEXT, .value_name = "VALUE",                        \
    .group = "Incremental",                                                                        \
    .help = "Where the first load begins; default: at the beginning.",                             \
    SL_DB_OPTION(type, common, initial_value) },                                                   \
  { .name = "end-value", .kind = SL_OPTION_TEXT, .value_name = "VALUE", .group = "Incremental",    \
    .help = "Reads the range from --initial-value to this once, and remembers nothing.",           \
    SL_DB_OPTION(type, common, end_value) },                                                       \
  { .name = "lag", .kind = SL_OPTION_TEXT, .value_name = "N", .group = "Incremental",              \
    .help = "Reads again what lies so far back: seconds for times, days for dates, else numbers.", \
    SL_DB_OPTION(type, common, lag) },                                                             \
  { .name = "range-start", .kind = SL_OPTION_CHOICE, .value_name = "HOW", .group = "Incremental",  \
    .choices = "closed|open", .default_text = "closed",                                            \
    .help = "Whether rows at the start value belong to the range (and known ones are left out).",  \
    SL_DB_OPTION(type, common, range_start) },                                                     \
  { .name = "range-end", .kind = SL_OPTION_CHOICE, .value_name = "HOW", .group = "Incremental",    \
    .choices = "open|closed", .default_text = "open",                                              \
    .help = "Whether rows at --end-value belong to the range.",                                    \
    SL_DB_OPTION(type, common, range_end) },                                                       \
  { .name = "row-order", .kind = SL_OPTION_CHOICE, .value_name = "ORDER", .group = "Incremental",  \
    .choices = "none|asc|desc", .default_text = "none",                                            \
    .help = "Reads rows sorted by the cursor, over one connection.",                               \
    SL_DB_OPTION(type, common, row_order) },                                                       \
  { .name = "on-cursor-null", .kind = SL_OPTION_CHOICE, .value_name = "HOW",                       \
    .group = "Incremental", .choices = "raise|include|exclude", .default_text = "raise",           \
    .help = "Rows whose cursor is NULL: an error, read each time, or left out.",                   \
    SL_DB_OPTION(type, common, on_cursor_null) }
/* clang-format on */

#endif
