/* dialect_postgres.c - PostgreSQL's types and literals (dlt.md 5.3). */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  const struct sl_capabilities *caps = sql->capabilities;
  switch (c->type) {
    case SL_TYPE_BIGINT:
      sl_buffer_text(out, c->precision < 0     ? "bigint"
                          : c->precision <= 16 ? "smallint"
                          : c->precision <= 32 ? "integer"
                                               : "bigint");
      return true;
    case SL_TYPE_TEXT:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "varchar(%d)", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_text(out, "timestamp");
      if (c->precision >= 0 && c->precision < 6) {
        sl_buffer_printf(out, "(%d)", c->precision);
      }
      sl_buffer_text(out, c->timezone == 0 ? " without time zone" : " with time zone");
      return true;
    case SL_TYPE_WEI:
      sl_buffer_printf(out, "numeric(%d,%d)", caps->wei_precision, caps->wei_scale);
      return true;
    case SL_TYPE_DECIMAL:
      sl_buffer_printf(out, "numeric(%d,%d)",
                       c->precision >= 0 ? c->precision : caps->decimal_precision,
                       c->precision < 0 ? caps->decimal_scale
                       : c->scale >= 0  ? c->scale
                                        : 0);
      return true;
    default: return false;
  }
}

const struct sl_dialect sl_dialect_postgres = {
  .name = "postgres",
  .databases = "PostgreSQL|Greenplum|Cockroach|Yugabyte",
  .capabilities = { .dialect = "postgres",
                    .has_case_sensitive_identifiers = true,
                    .max_identifier_length = 63,
                    .max_column_identifier_length = 63,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 156,
                    .wei_scale = 78,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = true,
                    .max_query_length = INT64_C(32) << 20,
                    .max_text_data_type_length = INT64_C(1) << 30,
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42P01|3F000|42S02",
  .identifier_quote = '"',
  .temporary_schema = "pg_temp",
  .row_order = "ctid",
  .random_key = "left(replace(gen_random_uuid()::text, '-', ''), 20)",
  .types = { [SL_TYPE_TEXT] = "varchar",
             [SL_TYPE_DOUBLE] = "double precision",
             [SL_TYPE_BOOL] = "boolean",
             [SL_TYPE_BINARY] = "bytea",
             [SL_TYPE_JSON] = "jsonb",
             [SL_TYPE_DATE] = "date",
             [SL_TYPE_TIME] = "time without time zone" },
  .type = write_type,
  /* standard_conforming_strings is on: backslashes are letters. */
  .text_literal = sl_dialect_quote_doubling,
  .bytes_prefix = "'\\x",
  .bytes_suffix = "'::bytea",
};
