/* dialect_mssql.c - Microsoft SQL Server, Azure SQL and Fabric: T-SQL.
 *
 * Pages of Microsoft Learn: "Transact-SQL: CREATE TABLE", "ALTER TABLE", "MERGE", "Data types",
 * "Constants", "Database identifiers" (learn.microsoft.com/sql/t-sql/). */
#include <stdio.h>

#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  /* tinyint has no sign */
  static const char *const integers[] = { "smallint", "smallint", "int", "bigint",
                                          "decimal(38,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT:
      if (c->precision > 0 && c->precision <= 4000) {
        sl_buffer_printf(out, "nvarchar(%d)", c->precision);
      } else { /* max cannot be the key of an index, so keys are shorter */
        sl_buffer_text(out, c->precision <= 0 && (c->hints & SL_HINT_UNIQUE) != 0
                                ? "nvarchar(450)"
                                : "nvarchar(max)");
      }
      return true;
    case SL_TYPE_BINARY:
      if (c->precision > 0 && c->precision <= 8000) {
        sl_buffer_printf(out, "varbinary(%d)", c->precision);
        return true;
      }
      return false;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "%s(%d)", c->timezone == 0 ? "datetime2" : "datetimeoffset",
                       sl_dialect_fraction(c, 7));
      return true;
    case SL_TYPE_TIME: sl_buffer_printf(out, "time(%d)", sl_dialect_fraction(c, 7)); return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "decimal(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  sl_buffer_char(out, 'N');
  sl_dialect_quote(text, length, false, out);
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  const char *type = v->type == SL_TYPE_DATE   ? "date"
                     : v->type == SL_TYPE_TIME ? "time(6)"
                     : v->zoned                ? "datetimeoffset(6)"
                                               : "datetime2(6)";
  sl_buffer_text(out, "CAST('");
  sl_dialect_moment(v, out);
  sl_buffer_printf(out, "%s' AS %s)", v->type == SL_TYPE_TIMESTAMP && v->zoned ? " +00:00" : "",
                   type);
}

/* CREATE SCHEMA must stand alone in its batch, so it is one of its own. */
static void create_dataset(const struct sl_sql_context *sql, const char *dataset,
                           struct sl_buffer *out) {
  struct sl_buffer create = { 0 };
  sl_buffer_text(&create, "CREATE SCHEMA ");
  sl_sql_identifier(sql, dataset, &create);
  sl_buffer_text(out, "IF SCHEMA_ID(");
  write_text(dataset, strlen(dataset), out);
  sl_buffer_text(out, ") IS NULL EXEC(");
  sl_buffer_char(out, 'N');
  sl_dialect_quote_statement(&create, out);
  sl_buffer_char(out, ')');
}

static void create_like(const char *quoted, const char *like, struct sl_buffer *out) {
  sl_buffer_printf(out, "SELECT * INTO %s FROM %s WHERE 1 = 0", quoted, like);
}

const struct sl_dialect sl_dialect_mssql = {
  .name = "mssql",
  .dlt_name = "mssql",
  .databases = "SQL Server|Azure SQL",
  .capabilities = { .dialect = "mssql",
                    .max_identifier_length = 115, /* 116 of temporary ones, and # before them */
                    .max_column_identifier_length = 128,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 7,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = true,
                    .max_query_length = INT64_C(640) << 10,
                    .max_text_data_type_length = (INT64_C(1) << 30) - 1,
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42S02",
  .undefined_words = "Invalid object name|The specified schema name",
  .plain_names = true,
  .identifier_quote = '[',
  .identifier_close = ']',
  .temporary_prefix = "#",
  .create_temporary = "CREATE TABLE ",
  .temporary_text = " COLLATE DATABASE_DEFAULT",
  .no_temporary_in_merge = true,
  .random_key = "LEFT(REPLACE(CONVERT(nvarchar(36), NEWID()), '-', ''), 20)",
  .types = { [SL_TYPE_DOUBLE] = "float",
             [SL_TYPE_BOOL] = "bit",
             [SL_TYPE_BINARY] = "varbinary(max)",
             [SL_TYPE_JSON] = "nvarchar(max)",
             [SL_TYPE_DATE] = "date" },
  .stored_as = { [SL_TYPE_JSON] = SL_TYPE_TEXT },
  .type = write_type,
  .null_after = " NULL",
  .create_dataset = create_dataset,
  .create_like = create_like,
  .add_first = " ADD ",
  .add_next = ", ",
  .alter_type = " ",
  .target = SL_TARGET_NONE,
  .true_literal = "1",
  .false_literal = "0",
  .merge_hint = " WITH (HOLDLOCK)",
  .merge_end = ";",
  .select_one = "TOP 1 ",
  .limit_one = "",
  .text_literal = write_text,
  .bytes_prefix = "0x",
  .bytes_suffix = "",
  .time_literal = write_time,
};
