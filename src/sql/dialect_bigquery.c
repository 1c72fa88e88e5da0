/* dialect_bigquery.c - Google BigQuery, GoogleSQL.
 *
 * Pages of cloud.google.com/bigquery/docs/reference/standard-sql/: "Lexical structure and syntax"
 * (identifiers, escape sequences, literals), "Data types" (NUMERIC, BIGNUMERIC), "Data definition
 * language" (CREATE TABLE, partition_expression, clustering), "DML syntax" (DELETE needs WHERE,
 * MERGE); docs/transactions (no DDL but of temporary tables), docs/sessions (temporary tables need
 * one).
 *
 * Keys are not kept unique by BigQuery. */
#include "sql/dialect.h"

/* NUMERIC holds 29 digits before the point and 9 behind it, BIGNUMERIC 38 and 38. */
static bool write_decimal(const struct sl_sql_context *sql, const struct sl_column *c,
                          struct sl_buffer *out) {
  int precision, scale;
  sl_dialect_decimal(sql, c, &precision, &scale);
  bool small = precision - scale <= 29 && scale <= 9;
  if (!small && (precision - scale > 38 || scale > 38)) {
    return false;
  }
  sl_buffer_printf(out, "%s(%d, %d)", small ? "NUMERIC" : "BIGNUMERIC", precision, scale);
  return true;
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "INT64", "INT64", "INT64", "INT64", "BIGNUMERIC(38)" };
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT:
    case SL_TYPE_BINARY:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "%s(%d)", c->type == SL_TYPE_TEXT ? "STRING" : "BYTES", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_text(out, c->timezone == 0 ? "DATETIME" : "TIMESTAMP");
      return true;
    case SL_TYPE_DECIMAL: return write_decimal(sql, c, out);
    default: return false;
  }
}

static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '\'' || c == '\\') {
      sl_buffer_printf(out, "\\%c", c);
    } else if (c < ' ') { /* a literal in single quotes ends with its line */
      sl_buffer_printf(out, "\\x%02x", c);
    } else {
      sl_buffer_char(out, (char)c);
    }
  }
  sl_buffer_char(out, '\'');
}

/* Digits alone with a point are a FLOAT64, those without an INT64. A NUMERIC goes into a BIGNUMERIC
 * column too, but not the reverse. */
static void write_digits(const char *digits, struct sl_buffer *out) {
  const char *point = strchr(digits, '.');
  size_t whole = point == NULL ? strlen(digits) : (size_t)(point - digits);
  whole -= digits[0] == '-';
  bool small = whole <= 29 && (point == NULL || strlen(point + 1) <= 9);
  sl_buffer_printf(out, "%s '%s'", small ? "NUMERIC" : "BIGNUMERIC", digits);
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  sl_dialect_typed_moment(v, v->zoned ? "TIMESTAMP" : "DATETIME", "TIME", "+00:00", out);
}

/* Days, or for numbers, which dlt takes for seconds, ranges of a day. */
static void write_partition(const struct sl_sql_context *sql, const struct sl_column *c,
                            struct sl_buffer *out) {
  struct sl_buffer name = { 0 };
  sl_sql_identifier(sql, c->name, &name);
  const char *text = name.data == NULL ? "" : name.data;
  if (c->type == SL_TYPE_DATE) {
    sl_buffer_printf(out, " PARTITION BY %s", text);
  } else if (c->type == SL_TYPE_TIMESTAMP) {
    sl_buffer_printf(out, " PARTITION BY %s(%s, DAY)",
                     c->timezone == 0 ? "DATETIME_TRUNC" : "TIMESTAMP_TRUNC", text);
  } else if (c->type == SL_TYPE_BIGINT) {
    sl_buffer_printf(
        out, " PARTITION BY RANGE_BUCKET(%s, GENERATE_ARRAY(-172800000, 691200000, 86400))", text);
  }
  sl_buffer_release_part(&name, out);
}

static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  size_t at = 0;
  const struct sl_column *partition = sl_table_hinted(table, SL_HINT_PARTITION, &at);
  if (partition != NULL) {
    write_partition(sql, partition, out);
  }
  (void)sl_dialect_hinted_option(sql, table, SL_HINT_CLUSTER, " CLUSTER BY ", "", out);
}

const struct sl_dialect sl_dialect_bigquery = {
  .name = "bigquery",
  .dlt_name = "bigquery",
  .databases = "BigQuery",
  .capabilities = { .dialect = "bigquery",
                    .has_case_sensitive_identifiers = false, /* of columns; of tables yes */
                    .max_identifier_length = 1024,
                    .max_column_identifier_length = 300,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38, /* BIGNUMERIC without parameters: 76, of which 38 here */
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = true,
                    .max_query_length = INT64_C(1) << 20,
                    .max_text_data_type_length = INT64_C(512) << 10, /* of a literal in a query */
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42S02",
  .undefined_words = "Not found: Table|Not found: Dataset",
  .identifier_quote = '`',
  .plain_names = true,
  .backslash_names = true,
  .temporary_schema = "_SESSION",
  .create_temporary = "CREATE TEMP TABLE ",
  .no_temporary_in_merge = true,
  .random_key = "SUBSTR(REPLACE(GENERATE_UUID(), '-', ''), 1, 20)",
  .types = { [SL_TYPE_TEXT] = "STRING",
             [SL_TYPE_DOUBLE] = "FLOAT64",
             [SL_TYPE_BOOL] = "BOOL",
             [SL_TYPE_BINARY] = "BYTES",
             [SL_TYPE_JSON] = "JSON",
             [SL_TYPE_WEI] = "BIGNUMERIC",
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "TIME" },
  .type = write_type,
  .table_options = table_options,
  .alter_type = " SET DATA TYPE ",
  .union_distinct = " UNION DISTINCT ",
  .delete_all = " WHERE TRUE",
  .target = SL_TARGET_PLAIN,
  .comment_open = " OPTIONS(description=",
  .comment_close = ")",
  .longest_comment = 1024,
  .text_literal = write_text,
  .decimal_literal = write_digits,
  .bytes_prefix = "FROM_HEX('",
  .bytes_suffix = "')",
  .time_literal = write_time,
  .json_prefix = "PARSE_JSON(",
  .json_suffix = ", wide_number_mode=>'round')",
};
