/* dialect_redshift.c - Amazon Redshift.
 *
 * Pages of docs.aws.amazon.com/redshift/latest/dg/: "CREATE TABLE" (r_CREATE_TABLE_NEW), "ALTER
 * TABLE" (r_ALTER_TABLE: one column each), "Data types" (c_Supported_data_types), "MERGE" (r_MERGE:
 * one action for each case and no conditions, which upserts with hard deletes need), "Names and
 * identifiers" (r_names: lower case). */
#include "sql/dialect.h"

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "smallint", "smallint", "integer", "bigint",
                                          "numeric(38,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT: /* bytes, of which a character has up to four */
      if (c->precision <= 0 || c->precision > 65535 / 4) {
        return false;
      }
      sl_buffer_printf(out, "varchar(%d)", c->precision * 4);
      return true;
    case SL_TYPE_BINARY:
      if (c->precision <= 0) {
        return false;
      }
      sl_buffer_printf(out, "varbyte(%d)", c->precision);
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "timestamp %s time zone", c->timezone == 0 ? "without" : "with");
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "numeric(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

/* dlt's hints: cluster is the distribution key, sort the sort key. */
static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  struct sl_buffer distribution = { 0 };
  size_t n = sl_dialect_hinted_option(sql, table, SL_HINT_CLUSTER, " DISTKEY(", ")", &distribution);
  if (n == 1) { /* there can be one */
    sl_buffer_append(out, distribution.data, distribution.length);
  }
  (void)sl_dialect_hinted_option(sql, table, SL_HINT_SORT, " SORTKEY(", ")", out);
  sl_buffer_release_part(&distribution, out);
}

static sl_status write_converted(const struct sl_sql_context *sql, const struct sl_column *c,
                                 struct sl_buffer *out, struct sl_error *err) {
  sl_buffer_text(out, "CAST(");
  sl_sql_identifier(sql, c->name, out);
  sl_buffer_text(out, " AS ");
  sl_status rc = sl_sql_type(sql, c, out, err);
  sl_buffer_char(out, ')');
  return rc;
}

/* ALTER COLUMN makes varchars longer, and nothing else, and not in a transaction. */
static sl_status retype(const struct sl_sql_context *sql, const struct sl_table_name *name,
                        const struct sl_column *column, struct sl_statements *out,
                        struct sl_error *err) {
  return sl_dialect_retype_by_copy(sql, name, column, write_converted, out, err);
}

const struct sl_dialect sl_dialect_redshift = {
  .name = "redshift",
  .dlt_name = "redshift",
  .databases = "Redshift",
  .capabilities = { .dialect = "redshift",
                    .max_identifier_length = 127,
                    .max_column_identifier_length = 127,
                    .identifiers_in_bytes = true,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true,
                    .alter_add_multi_column = false,
                    .supports_truncate_command = true, /* commits, so it is not used in a load */
                    .supports_multiple_statements = true,
                    .max_query_length = INT64_C(16) << 20,
                    .max_text_data_type_length = 65535,
                    .merge_strategies = 1U << SL_MERGE_DELETE_INSERT | 1U << SL_MERGE_SCD2,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1,
                    .supported_staging_file_formats = "parquet" },
  .undefined_states = "42P01|42S02|3F000",
  .plain_names = true,
  .identifier_quote = '"',
  .fold = SL_FOLD_LOWER,
  .random_key = "LEFT(MD5(CAST(RANDOM() AS varchar(40)) || CAST(RANDOM() AS varchar(40))), 20)",
  .types = { [SL_TYPE_TEXT] = "varchar(65535)",
             [SL_TYPE_DOUBLE] = "double precision",
             [SL_TYPE_BOOL] = "boolean",
             [SL_TYPE_BINARY] = "varbyte(1024000)",
             [SL_TYPE_JSON] = "super",
             [SL_TYPE_DATE] = "date",
             [SL_TYPE_TIME] = "time without time zone" },
  .type = write_type,
  .table_options = table_options,
  .retype = retype,
  .target = SL_TARGET_NONE,
  .copy = &sl_dialect_copy_redshift,
  .comment_on = true,
  .text_literal = sl_dialect_quote_escaping, /* unlike PostgreSQL, in every literal */
  .bytes_prefix = "FROM_HEX('",
  .bytes_suffix = "')",
  .json_prefix = "JSON_PARSE(",
  .json_suffix = ")",
};
