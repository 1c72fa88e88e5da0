/* dialect_snowflake.c - Snowflake.
 *
 * Pages of docs.snowflake.com/en/sql-reference/: "Identifier requirements", "String & binary data
 * types" (escape sequences), "Date & time data types", "Semi-structured data types", "CREATE
 * TABLE", "ALTER TABLE", "MERGE", "INSERT" (what VALUES may hold), "Transactions" (DDL commits).
 *
 * Names go in upper case, as Snowflake takes unquoted ones. A temporary table hides
 * a table of its name in its schema, so staged ones have names of their own. */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "NUMBER(19,0)", "NUMBER(19,0)", "NUMBER(19,0)",
                                          "NUMBER(19,0)", "NUMBER(38,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT:
    case SL_TYPE_BINARY:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "%s(%d)", c->type == SL_TYPE_TEXT ? "VARCHAR" : "BINARY", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "%s(%d)", c->timezone == 0 ? "TIMESTAMP_NTZ" : "TIMESTAMP_TZ",
                       sl_dialect_fraction(c, 9));
      return true;
    case SL_TYPE_TIME: sl_buffer_printf(out, "TIME(%d)", sl_dialect_fraction(c, 9)); return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "NUMBER(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  (void)sl_dialect_hinted_option(sql, table, SL_HINT_CLUSTER, " CLUSTER BY (", ")", out);
}

const struct sl_dialect sl_dialect_snowflake = {
  .name = "snowflake",
  .dlt_name = "snowflake",
  .databases = "Snowflake",
  .capabilities = { .dialect = "snowflake",
                    .max_identifier_length = 255,
                    .max_column_identifier_length = 255,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 9,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = INT64_C(1) << 20,
                    .max_text_data_type_length = INT64_C(512) << 10, /* of a literal in a query */
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1,
                    .supported_staging_file_formats = "parquet" },
  .undefined_states = "42S02|02000",
  .undefined_words = "does not exist or not authorized",
  .plain_names = true,
  .identifier_quote = '"',
  .fold = SL_FOLD_UPPER,
  .temporary_in_dataset = true,
  .no_temporary_in_merge = true,
  .random_key = "SUBSTR(REPLACE(UUID_STRING(), '-', ''), 1, 20)",
  .types = { [SL_TYPE_TEXT] = "VARCHAR",
             [SL_TYPE_DOUBLE] = "FLOAT",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_BINARY] = "BINARY",
             [SL_TYPE_JSON] = "VARIANT",
             [SL_TYPE_DATE] = "DATE" },
  .type = write_type,
  .table_options = table_options,
  .add_next = ", ",
  .alter_type = " SET DATA TYPE ",
  .target = SL_TARGET_NONE,
  .copy = &sl_dialect_copy_snowflake,
  .comment_on = true,
  .text_literal = sl_dialect_quote_escaping,
  .bytes_prefix = "TO_BINARY('",
  .bytes_suffix = "', 'HEX')",
  .json_prefix = "PARSE_JSON(",
  .json_suffix = ")",
  .select_rows = "",
  .select_parameters = true,
};
