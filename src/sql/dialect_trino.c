/* dialect_trino.c - Trino and Starburst.
 *
 * Pages of trino.io/docs/current/: "Data types", "Identifiers" (folded to lower case), "CREATE
 * TABLE", "ALTER TABLE", "INSERT", connector/iceberg "Table properties" (partitioning, sorted_by).
 *
 * Connectors commit each statement by itself, and there are no temporary tables: rows are appended,
 * and what would have to delete or change rows with them in one step is refused. */
#include "sql/dialect.h"

/* Iceberg has microseconds and nothing else. */
static int fraction_of(const struct sl_column *c) {
  int digits = sl_dialect_fraction(c, 12);
  return digits < 6 ? 6 : digits;
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  /* nor has it smaller integers */
  static const char *const integers[] = { "INTEGER", "INTEGER", "INTEGER", "BIGINT",
                                          "DECIMAL(38,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "VARCHAR(%d)", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "TIMESTAMP(%d)%s", fraction_of(c),
                       c->timezone == 0 ? "" : " WITH TIME ZONE");
      return true;
    case SL_TYPE_TIME: sl_buffer_printf(out, "TIME(%d)", fraction_of(c)); return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  sl_dialect_typed_moment(v, "TIMESTAMP", "TIME", " UTC", out);
}

/* A column's name inside of a property: in double quotes if it is more than letters, digits and _.
 */
static void write_name(const struct sl_sql_context *sql, const char *name, struct sl_buffer *out) {
  struct sl_buffer text = { 0 };
  sl_sql_stored_name(sql, name, &text);
  const char *stored = text.data == NULL ? "" : text.data;
  bool plain = stored[0] < '0' || stored[0] > '9';
  plain = plain && strspn(stored, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(stored);
  if (!plain) {
    sl_buffer_reset(&text);
    sl_sql_identifier(sql, name, &text);
  }
  sl_dialect_quote(text.data == NULL ? "" : text.data, text.length, false, out);
  sl_buffer_release_part(&text, out);
}

/* ARRAY['a', 'b'] of the columns with a hint. */
static size_t write_names(const struct sl_sql_context *sql, const struct sl_table *table,
                          uint32_t hint, const char *property, const char *before,
                          struct sl_buffer *out) {
  size_t n = 0;
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_column *c = table->columns[i];
    if ((c->hints & hint) != 0 && c->type != SL_TYPE_NONE) {
      if (n == 0) {
        sl_buffer_printf(out, "%s%s = ARRAY[", before, property);
      }
      sl_buffer_text(out, n++ == 0 ? "" : ", ");
      write_name(sql, c->name, out);
    }
  }
  sl_buffer_text(out, n == 0 ? "" : "]");
  return n;
}

static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  size_t n = write_names(sql, table, SL_HINT_PARTITION, "partitioning", " WITH (", out);
  n += write_names(sql, table, SL_HINT_SORT, "sorted_by", n == 0 ? " WITH (" : ", ", out);
  sl_buffer_text(out, n == 0 ? "" : ")");
}

const struct sl_dialect sl_dialect_trino = {
  .name = "trino",
  .databases = "Trino|Presto|Starburst",
  .capabilities = { .dialect = "trino",
                    .max_identifier_length = 255,
                    .max_column_identifier_length = 255,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 12,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = false,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = false,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = 1000000, /* query.max-length */
                    .max_text_data_type_length = 500000,
                    .merge_strategies = 0,
                    .replace_strategies = 0,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42S02",
  .undefined_words = "TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|Table '|Schema '",
  .identifier_quote = '"',
  .fold = SL_FOLD_LOWER,
  .types = { [SL_TYPE_TEXT] = "VARCHAR",
             [SL_TYPE_DOUBLE] = "DOUBLE",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_BINARY] = "VARBINARY",
             [SL_TYPE_JSON] = "VARCHAR",
             [SL_TYPE_DATE] = "DATE" },
  .type = write_type,
  .table_options = table_options,
  .alter_type = " SET DATA TYPE ",
  .comment_on = true,
  .text_literal = sl_dialect_quote_doubling,
  .bytes_prefix = "X'",
  .bytes_suffix = "'",
  .time_literal = write_time,
};
