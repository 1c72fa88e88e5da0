/* dialect_postgres.c - PostgreSQL's types and literals (dlt.md 5.3). */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  int precision, scale;
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
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "numeric(%d,%d)", precision, scale);
      return true;
    default: return false;
  }
}

const struct sl_dialect sl_dialect_postgres = {
  .name = "postgres",
  .dlt_name = "postgres",
  .databases = "PostgreSQL|Greenplum|Cockroach|Yugabyte",
  .capabilities = { SL_POSTGRES_CAPABILITIES },
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
