/* dialect_starrocks.c - StarRocks, by MySQL's protocol and its ODBC drivers.
 *
 * Pages of docs.starrocks.io/docs/sql-reference/: sql-statements/table_bucket_part_index/
 * CREATE_TABLE (keys come first, DISTRIBUTED BY, PARTITION BY), ALTER_TABLE; data-types (VARCHAR up
 * to 1,048,576 bytes, DECIMAL(38), no TIME); docs/loading/SQL_transaction (INSERT alone).
 *
 * Rows are appended; what would have to delete or change rows with them in one step is refused.
 * Times are texts, timestamps UTC. */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT: /* bytes, of which a character has up to four */
      if (c->precision > 0 && c->precision <= 1048576 / 4) {
        sl_buffer_printf(out, "VARCHAR(%d)", c->precision * 4);
      } else {
        sl_buffer_printf(out, "VARCHAR(%d)", sl_dialect_compares(c) ? 65533 : 1048576);
      }
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  struct sl_buffer key = { 0 };
  struct sl_buffer columns = { 0 };
  size_t at = 0;
  size_t keys = sl_dialect_hinted(sql, table, SL_HINT_PRIMARY_KEY, &key);
  const struct sl_column *partition = sl_table_hinted(table, SL_HINT_PARTITION, &at);
  const char *key_text = key.data == NULL ? "" : key.data;
  sl_buffer_text(out, " ENGINE = OLAP");
  if (keys > 0) { /* rows are appended, so a key may come more than once */
    sl_buffer_printf(out, " DUPLICATE KEY (%s)", key_text);
  }
  if (partition != NULL) {
    bool moment = partition->type == SL_TYPE_TIMESTAMP || partition->type == SL_TYPE_DATE;
    sl_sql_identifier(sql, partition->name, &columns);
    sl_buffer_printf(out, " PARTITION BY %s%s)", moment ? "date_trunc('day', " : "(",
                     columns.data == NULL ? "" : columns.data);
  }
  if (keys > 0) {
    sl_buffer_printf(out, " DISTRIBUTED BY HASH (%s)", key_text);
  } else {
    sl_buffer_text(out, " DISTRIBUTED BY RANDOM");
  }
  sl_buffer_release_part(&key, out);
  sl_buffer_release_part(&columns, out);
}

const struct sl_dialect sl_dialect_starrocks = {
  .name = "starrocks",
  .databases = "StarRocks",
  .capabilities = { .dialect = "starrocks",
                    .has_case_sensitive_identifiers = false, /* of columns; of tables yes */
                    .max_identifier_length = 256,
                    .max_column_identifier_length = 1024,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_transactions = false,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = INT64_C(1) << 20,
                    .max_text_data_type_length = 500000,
                    .merge_strategies = 0,
                    .replace_strategies = 0,
                    .max_parallel_load_jobs = 1,
                    .supported_staging_file_formats = "parquet" },
  .undefined_states = "42S02",
  .undefined_words = "Unknown table|Unknown database",
  .identifier_quote = '`',
  .types = { [SL_TYPE_DOUBLE] = "DOUBLE",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_TIMESTAMP] = "DATETIME",
             [SL_TYPE_BINARY] = "VARBINARY",
             [SL_TYPE_JSON] = "JSON",
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "VARCHAR(15)" },
  .stored_as = { [SL_TYPE_TIME] = SL_TYPE_TEXT, [SL_TYPE_BOOL] = SL_TYPE_BIGINT },
  .type = write_type,
  .create_dataset = sl_dialect_create_database,
  .datasets_are_databases = true,
  .table_options = table_options,
  .keys_first = true,
  .alter_column = " MODIFY COLUMN ",
  .alter_type = " ",
  .copy = &sl_dialect_copy_starrocks,
  .text_literal = sl_dialect_quote_escaping,
  .bytes_prefix = "TO_BINARY('",
  .bytes_suffix = "', 'hex')",
  .time_literal = sl_dialect_quote_moment,
  .json_prefix = "PARSE_JSON(",
  .json_suffix = ")",
};
