/* dialect_oracle.c - Oracle Database 18c and later.
 *
 * Pages of "Oracle Database SQL Language Reference" (docs.oracle.com/en/database/oracle/
 * oracle-database/19/sqlrf/): "Data Types", "Literals", "Database Object Names and Qualifiers",
 * "CREATE TABLE" (private temporary tables), "ALTER TABLE", "MERGE", "SELECT"
 * (row_limiting_clause).
 *
 * Names go in upper case, as Oracle takes unquoted ones, so that nobody has to quote them. DDL
 * commits. The empty text is NULL. There is no TIME: such columns are texts. */
#include "sql/dialect.h"

static void write_text_type(const struct sl_column *c, struct sl_buffer *out) {
  if (c->precision > 0 && c->precision <= 1000) { /* whose longest form has 4000 bytes */
    sl_buffer_printf(out, "VARCHAR2(%d CHAR)", c->precision);
  } else { /* CLOBs are not compared */
    sl_buffer_text(out, sl_dialect_compares(c) ? "VARCHAR2(4000 BYTE)" : "CLOB");
  }
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "NUMBER(3)", "NUMBER(5)", "NUMBER(10)", "NUMBER(19)",
                                          "NUMBER(38)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT: write_text_type(c, out); return true;
    case SL_TYPE_BINARY:
      if (c->precision > 0 && c->precision <= 2000) {
        sl_buffer_printf(out, "RAW(%d)", c->precision);
        return true;
      }
      return false;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "TIMESTAMP(%d)%s", sl_dialect_fraction(c, 9),
                       c->timezone == 0 ? "" : " WITH TIME ZONE");
      return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "NUMBER(%d,%d)", precision, scale);
      return precision <= 38;
    default: return false;
  }
}

/* A literal has at most 4000 bytes, which quotes may double. */
static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  static const struct sl_dialect_pieces pieces = { 2000, "(TO_CLOB(", ") || TO_CLOB(", "))" };
  sl_dialect_quote_pieces(text, length, &pieces, out);
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  sl_dialect_typed_moment(v, "TIMESTAMP", NULL, " +00:00", out);
}

static void drop_table(const struct sl_sql_context *sql, const char *quoted,
                       struct sl_buffer *out) {
  struct sl_buffer drop = { 0 };
  (void)sql;
  sl_buffer_printf(&drop, "DROP TABLE %s", quoted);
  sl_buffer_text(out, "BEGIN EXECUTE IMMEDIATE ");
  sl_dialect_quote_statement(&drop, out);
  sl_buffer_text(out, "; EXCEPTION WHEN OTHERS THEN IF SQLCODE != -942 THEN RAISE; END IF; END;");
}

const struct sl_dialect sl_dialect_oracle = {
  .name = "oracle",
  .databases = "Oracle",
  .capabilities = { .dialect = "oracle",
                    .max_identifier_length = 118, /* 128, and ORA$PTT_ before staged ones */
                    .max_column_identifier_length = 128,
                    .identifiers_in_bytes = true,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 9,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = false,
                    .alter_add_multi_column = true,
                    .supports_truncate_command = true,
                    .supports_multiple_statements = false,
                    .max_query_length = INT64_C(1) << 20,
                    .max_text_data_type_length = INT64_C(512) << 10,
                    .merge_strategies = SL_DIALECT_ALL_MERGES,
                    .replace_strategies = SL_DIALECT_ALL_REPLACES,
                    .max_parallel_load_jobs = 1 },
  .undefined_states = "42S02",
  .undefined_words = "ORA-00942|ORA-01918|ORA-04043",
  .plain_names = true,
  .identifier_quote = '"',
  .fold = SL_FOLD_UPPER,
  .temporary_prefix = "ORA$PTT_",
  .create_temporary = "CREATE PRIVATE TEMPORARY TABLE ",
  .temporary_options = " ON COMMIT PRESERVE DEFINITION",
  .no_temporary_in_merge = true,
  .no_order = "NULL",
  .random_key = "RAWTOHEX(SYS_GUID())",
  .types = { [SL_TYPE_DOUBLE] = "BINARY_DOUBLE",
             [SL_TYPE_BOOL] = "NUMBER(1)",
             [SL_TYPE_BINARY] = "BLOB",
             [SL_TYPE_JSON] = "CLOB",
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "VARCHAR2(15 CHAR)" },
  .stored_as = { [SL_TYPE_BOOL] = SL_TYPE_BIGINT,
                 [SL_TYPE_DATE] = SL_TYPE_TIMESTAMP,
                 [SL_TYPE_TIME] = SL_TYPE_TEXT },
  .type = write_type,
  .create_dataset = sl_dialect_no_dataset, /* a schema is a user, whom an administrator makes */
  .add_first = " ADD (",
  .add_next = ", ",
  .add_last = ")",
  .alter_column = " MODIFY (",
  .alter_type = " ",
  .alter_last = ")",
  .drop_table = drop_table,
  .target = SL_TARGET_PLAIN,
  .true_literal = "1",
  .false_literal = "0",
  .merge_where = true,
  .select_one = "",
  .limit_one = " FETCH FIRST 1 ROWS ONLY",
  .comment_on = true,
  .longest_comment = 4000,
  .text_literal = write_text,
  .bytes_prefix = "HEXTORAW('",
  .bytes_suffix = "')",
  .time_literal = write_time,
  .select_rows = " FROM DUAL",
};
