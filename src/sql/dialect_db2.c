/* dialect_db2.c - IBM Db2 for Linux, UNIX and Windows, 11.1 and later.
 *
 * Pages of www.ibm.com/docs/en/db2/11.5: "SQL identifiers", "Data types", "Constants", "CREATE
 * TABLE", "ALTER TABLE", "DECLARE GLOBAL TEMPORARY TABLE", "MERGE", "SQL and XML limits".
 *
 * Names go in upper case, as Db2 takes unquoted ones. Decimals have at most 31 digits. There are no
 * time zones: timestamps are UTC. TIME has whole seconds only: such columns are texts. */
#include "sql/dialect.h"

static void write_text_type(const struct sl_column *c, struct sl_buffer *out) {
  if (c->precision > 0 && c->precision <= 8168) { /* 32,672 bytes */
    sl_buffer_printf(out, "VARCHAR(%d CODEUNITS32)", c->precision);
  } else { /* CLOBs are not compared */
    sl_buffer_text(out, sl_dialect_compares(c) ? "VARCHAR(2000)" : "CLOB(1G)");
  }
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "SMALLINT", "SMALLINT", "INTEGER", "BIGINT",
                                          "DECIMAL(31,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT: write_text_type(c, out); return true;
    case SL_TYPE_BINARY:
      if (c->precision > 0 && c->precision <= 32672) {
        sl_buffer_printf(out, "VARBINARY(%d)", c->precision);
        return true;
      }
      return false;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "TIMESTAMP(%d)", sl_dialect_fraction(c, 12));
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      if (precision > 31) {
        return false;
      }
      sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      return true;
    default: return false;
  }
}

/* A literal has at most 32,672 bytes, which quotes may double. */
static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  static const struct sl_dialect_pieces pieces = { 16000, "(CLOB(", ") || CLOB(", "))" };
  sl_dialect_quote_pieces(text, length, &pieces, out);
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  sl_dialect_typed_moment(v, "TIMESTAMP", NULL, "", out);
}

/* A statement that may fail with one SQLSTATE: not every version knows IF EXISTS, none IF NOT
 * EXISTS for schemas. Releases it. */
static void write_tolerant(const char *state, struct sl_buffer *statement, struct sl_buffer *out) {
  sl_buffer_printf(
      out, "BEGIN DECLARE CONTINUE HANDLER FOR SQLSTATE '%s' BEGIN END; EXECUTE IMMEDIATE ", state);
  sl_dialect_quote_statement(statement, out);
  sl_buffer_text(out, "; END");
}

static void create_dataset(const struct sl_sql_context *sql, const char *dataset,
                           struct sl_buffer *out) {
  struct sl_buffer create = { 0 };
  sl_buffer_text(&create, "CREATE SCHEMA ");
  sl_sql_identifier(sql, dataset, &create);
  write_tolerant("42710", &create, out); /* it is there */
}

static void drop_table(const struct sl_sql_context *sql, const char *quoted,
                       struct sl_buffer *out) {
  struct sl_buffer drop = { 0 };
  (void)sql;
  sl_buffer_printf(&drop, "DROP TABLE %s", quoted);
  write_tolerant("42704", &drop, out); /* it is not there */
}

static void create_like(const char *quoted, const char *like, struct sl_buffer *out) {
  sl_buffer_printf(out, "CREATE TABLE %s AS (SELECT * FROM %s) WITH NO DATA", quoted, like);
}

const struct sl_dialect sl_dialect_db2 = {
  .name = "db2",
  .databases = "DB2",
  .capabilities = { .dialect = "db2",
                    .max_identifier_length = 128,
                    .max_column_identifier_length = 128,
                    .identifiers_in_bytes = true,
                    .decimal_precision = 31,
                    .decimal_scale = 9,
                    .wei_precision = 31,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 12,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = INT64_C(2) << 20,
                    .max_text_data_type_length = INT64_C(1) << 20,
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42S02|42704",
  .undefined_words = "SQL0204N",
  .plain_names = true,
  .identifier_quote = '"',
  .fold = SL_FOLD_UPPER,
  .temporary_schema = "SESSION",
  .create_temporary = "DECLARE GLOBAL TEMPORARY TABLE ",
  .temporary_options = " ON COMMIT PRESERVE ROWS NOT LOGGED",
  .no_temporary_in_merge = true,
  .random_key = "HEX(GENERATE_UNIQUE())",
  .types = { [SL_TYPE_DOUBLE] = "DOUBLE",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_BINARY] = "BLOB(1G)",
             [SL_TYPE_JSON] = "CLOB(1G)",
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "VARCHAR(15)" },
  .stored_as = { [SL_TYPE_TIME] = SL_TYPE_TEXT },
  .create_like = create_like,
  .type = write_type,
  .create_dataset = create_dataset,
  .drop_table = drop_table,
  .add_next = " ADD COLUMN ",
  .alter_type = " SET DATA TYPE ",
  .select_one = "",
  .limit_one = " FETCH FIRST 1 ROWS ONLY",
  .comment_on = true,
  .longest_comment = 254,
  .text_literal = write_text,
  .bytes_prefix = "BLOB(X'",
  .bytes_suffix = "')",
  .time_literal = write_time,
};
