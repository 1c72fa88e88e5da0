/* dialect_duckdb.c - DuckDB's types and literals (dlt.md 5.3), also for its DuckLakes. */
#include "sql/dialect.h"

static void write_integer(int32_t bits, struct sl_buffer *out) {
  sl_buffer_text(out, bits < 0     ? "BIGINT"
                      : bits <= 8  ? "TINYINT"
                      : bits <= 16 ? "SMALLINT"
                      : bits <= 32 ? "INTEGER"
                      : bits <= 64 ? "BIGINT"
                                   : "HUGEINT");
}

static void write_timestamp(const struct sl_column *c, struct sl_buffer *out) {
  if (c->timezone != 0) {
    sl_buffer_text(out, "TIMESTAMP WITH TIME ZONE");
    return;
  }
  sl_buffer_text(out, c->precision < 0 || c->precision == 6 ? "TIMESTAMP"
                      : c->precision == 0                   ? "TIMESTAMP_S"
                      : c->precision <= 3                   ? "TIMESTAMP_MS"
                      : c->precision <= 6                   ? "TIMESTAMP"
                                                            : "TIMESTAMP_NS");
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: write_integer(c->precision, out); return true;
    case SL_TYPE_TIMESTAMP: write_timestamp(c, out); return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      return true;
    default: return false;
  }
}

static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  sl_dialect_quote_nul(text, length, " || chr(0) || ", out);
}

#define SHARED                                                                                    \
  .identifier_quote = '"', .temporary_schema = "\"temp\".\"main\"",                               \
  .row_order = "rowid", /* DuckDB numbers the rows of the running transaction from here on (its   \
                           MAX_ROW_ID). */                                                        \
      .committed_rows = "rowid < 36028797018960000",                                              \
  .random_key = "left(replace(CAST(uuid() AS VARCHAR), '-', ''), 20)",                            \
  .types = { [SL_TYPE_TEXT] = "VARCHAR", [SL_TYPE_DOUBLE] = "DOUBLE", [SL_TYPE_BOOL] = "BOOLEAN", \
             [SL_TYPE_BINARY] = "BLOB",  [SL_TYPE_JSON] = "JSON",     [SL_TYPE_DATE] = "DATE",    \
             [SL_TYPE_TIME] = "TIME" },                                                           \
  .type = write_type, .comment_on = true, .text_literal = write_text,                             \
  .bytes_prefix = "from_hex('", .bytes_suffix = "')", .copy = &sl_dialect_copy_duckdb

const struct sl_dialect sl_dialect_duckdb = {
  .name = "duckdb",
  .dlt_name = "duckdb",
  SHARED,
  /* Row keys are random: no method makes them smaller, and trying costs a tenth of a load. */
  .row_key_storage = " USING COMPRESSION uncompressed",
};

const struct sl_dialect sl_dialect_ducklake = { .name = "ducklake",
                                                .dlt_name = "ducklake",
                                                SHARED };
