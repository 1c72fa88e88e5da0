/* capabilities.h - what databases can do, where both a connector of their own and something else
 * says so: ODBC, or the test of their SQL. */
#ifndef SL_SQL_CAPABILITIES_H
#define SL_SQL_CAPABILITIES_H

#include "schema/schema.h"

#define SL_DIALECT_ALL_MERGES                                                          \
  (1U << SL_MERGE_DELETE_INSERT | 1U << SL_MERGE_UPSERT | 1U << SL_MERGE_INSERT_ONLY | \
   1U << SL_MERGE_SCD2 | 1U << SL_MERGE_CDC)
#define SL_DIALECT_ALL_REPLACES \
  (1U << SL_REPLACE_TRUNCATE | 1U << SL_REPLACE_STAGING | 1U << SL_REPLACE_OPTIMIZED)

/* Initializers of struct sl_capabilities; dlt.md 5.2. */
#define SL_POSTGRES_CAPABILITIES                                                                 \
  .dialect = "postgres", .has_case_sensitive_identifiers = true, .max_identifier_length = 63,    \
  .max_column_identifier_length = 63, .decimal_precision = 38, .decimal_scale = 9,               \
  .wei_precision = 156, .wei_scale = 78, .timestamp_precision = 6, .max_timestamp_precision = 6, \
  .supports_tz_aware_datetime = true, .supports_transactions = true,                             \
  .supports_ddl_transactions = true, .alter_add_multi_column = true,                             \
  .supports_truncate_command = true, .supports_multiple_statements = true,                       \
  .max_query_length = INT64_C(32) << 20, .max_text_data_type_length = INT64_C(1) << 30,          \
  .merge_strategies = SL_DIALECT_ALL_MERGES, .replace_strategies = SL_DIALECT_ALL_REPLACES,      \
  .max_parallel_load_jobs = 1, .identifiers_in_bytes = true

/* max_query_length is for those who connect: it hangs on how statements are sent. */
#define SL_MYSQL_CAPABILITIES                                                                  \
  .dialect = "mysql", .max_identifier_length = 64, .max_column_identifier_length = 64,         \
  .decimal_precision = 38, .decimal_scale = 9, .wei_precision = 38, .timestamp_precision = 6,  \
  .max_timestamp_precision = 6, .supports_transactions = true, .alter_add_multi_column = true, \
  .supports_truncate_command = true, .max_text_data_type_length = INT64_C(4) << 20,            \
  .merge_strategies = SL_DIALECT_ALL_MERGES,                                                   \
  .replace_strategies = 1U << SL_REPLACE_TRUNCATE | 1U << SL_REPLACE_STAGING,                  \
  .max_parallel_load_jobs = 1

#define SL_FIREBIRD_CAPABILITIES                                                               \
  .dialect = "firebird", .max_identifier_length = 31, .max_column_identifier_length = 31,      \
  .decimal_precision = 18, .decimal_scale = 6, .wei_precision = 38, .timestamp_precision = 4,  \
  .max_timestamp_precision = 4, .supports_transactions = true, .alter_add_multi_column = true, \
  .max_query_length = INT64_C(8) << 20, .max_text_data_type_length = INT64_C(1) << 30,         \
  .merge_strategies = SL_DIALECT_ALL_MERGES, .replace_strategies = SL_DIALECT_ALL_REPLACES,    \
  .max_parallel_load_jobs = 1, .identifiers_in_bytes = true

#endif
