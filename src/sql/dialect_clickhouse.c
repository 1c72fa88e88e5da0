/* dialect_clickhouse.c - ClickHouse.
 *
 * Pages of clickhouse.com/docs/en/: sql-reference/syntax (literals, identifiers),
 * sql-reference/data-types (Nullable, DateTime64, Decimal), sql-reference/statements/create/table,
 * statements/alter/column, engines/table-engines/mergetree-family/mergetree (ORDER BY, PARTITION
 * BY, allow_nullable_key), guides/developer/transactional (no transactions over statements).
 *
 * Rows are appended; what would have to delete or change rows with them in one step is refused.
 * There is no TIME and no binary type: such columns are String. */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "Int8", "Int16", "Int32", "Int64", "Int128" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TIMESTAMP: /* naive ones too: without a zone it would be the server's */
      sl_buffer_printf(out, "DateTime64(%d, 'UTC')", sl_dialect_fraction(c, 9));
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "Decimal(%d, %d)", precision, scale);
      return precision <= 76;
    default: return false;
  }
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  sl_buffer_text(out, v->type == SL_TYPE_DATE   ? "toDate32('"
                      : v->type == SL_TYPE_TIME ? "'"
                                                : "toDateTime64('");
  sl_dialect_moment(v, out);
  sl_buffer_text(out, v->type == SL_TYPE_DATE   ? "')"
                      : v->type == SL_TYPE_TIME ? "'"
                                                : "', 6, 'UTC')");
}

static bool may_be_null(const struct sl_table *table, uint32_t hint) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if ((table->columns[i]->hints & hint) != 0 && table->columns[i]->nullable) {
      return true;
    }
  }
  return false;
}

/* Sorted by the sort columns, else by the key. */
static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  uint32_t order = SL_HINT_SORT;
  sl_buffer_text(out, " ENGINE = MergeTree");
  (void)sl_dialect_hinted_option(sql, table, SL_HINT_PARTITION, " PARTITION BY (", ")", out);
  size_t n = sl_dialect_hinted_option(sql, table, order, " ORDER BY (", ")", out);
  if (n == 0) {
    order = SL_HINT_PRIMARY_KEY;
    n = sl_dialect_hinted_option(sql, table, order, " ORDER BY (", ")", out);
  }
  sl_buffer_text(out, n == 0 ? " ORDER BY tuple()" : "");
  if (may_be_null(table, order | SL_HINT_PARTITION)) {
    sl_buffer_text(out, " SETTINGS allow_nullable_key = 1");
  }
}

const struct sl_dialect sl_dialect_clickhouse = {
  .name = "clickhouse",
  .dlt_name = "clickhouse",
  .databases = "ClickHouse",
  .capabilities = { .dialect = "clickhouse",
                    .has_case_sensitive_identifiers = true,
                    .max_identifier_length = 200, /* of a file, with its ending */
                    .max_column_identifier_length = 200,
                    .identifiers_in_bytes = true,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 76,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 9,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = false,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = INT64_C(256) << 10, /* max_query_size */
                    .max_text_data_type_length = INT64_C(128) << 10,
                    .merge_strategies = 0,
                    .replace_strategies = 0,
                    .max_parallel_load_jobs = 1,
                    .supported_staging_file_formats = "parquet" },
  .undefined_states = "42S02",
  .undefined_words = "UNKNOWN_TABLE|UNKNOWN_DATABASE|Code: 60.|Code: 81.",
  .identifier_quote = '`',
  .backslash_names = true,
  .types = { [SL_TYPE_TEXT] = "String",
             [SL_TYPE_DOUBLE] = "Float64",
             [SL_TYPE_BOOL] = "Bool",
             [SL_TYPE_BINARY] = "String",
             [SL_TYPE_JSON] = "String",
             [SL_TYPE_DATE] = "Date32",
             [SL_TYPE_TIME] = "String" },
  .stored_as = { [SL_TYPE_TIME] = SL_TYPE_TEXT,
                 [SL_TYPE_BINARY] = SL_TYPE_TEXT,
                 [SL_TYPE_BOOL] = SL_TYPE_BIGINT },
  .type = write_type,
  .null_before = "Nullable(",
  .null_after = ")",
  .not_null = "",
  .create_dataset = sl_dialect_create_database,
  .datasets_are_databases = true,
  .table_options = table_options,
  .alter_column = " MODIFY COLUMN ",
  .alter_type = " ",
  .true_literal = "true",
  .false_literal = "false",
  .copy = &sl_dialect_copy_clickhouse,
  .comment_open = " COMMENT ",
  .comment_close = "",
  .text_literal = sl_dialect_quote_escaping,
  .bytes_prefix = "unhex('",
  .bytes_suffix = "')",
  .time_literal = write_time,
};
