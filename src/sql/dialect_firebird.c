/* dialect_firebird.c - Firebird 3.0 and later.
 *
 * Pages of firebirdsql.org, "Firebird 3.0 Language Reference": "Data Types and Subtypes", "Common
 * Language Elements", "CREATE TABLE" (global temporary tables), "ALTER TABLE", "MERGE", "SELECT"
 * (FETCH), "EXECUTE BLOCK".
 *
 * Names go in upper case, as Firebird takes unquoted ones; they have 31 bytes. There are no schemas
 * and no time zones, fractions of a second have four digits, decimals 18: longer ones are texts.
 * Texts are BLOBs, which are not compared by what they hold everywhere: keys are VARCHARs. */
#include "sql/dialect.h"

#define LONG_DECIMAL "VARCHAR(41)"
enum { MOST_DIGITS = 18, MOST_VARCHAR = 8000 };

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "SMALLINT", "SMALLINT", "INTEGER", "BIGINT", NULL };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT:
      if (c->precision > 64) {
        return false; /* and there is no other type for it */
      }
      sl_dialect_integer(c, integers, out);
      return true;
    case SL_TYPE_TEXT:
      if (c->precision > 0 && c->precision <= MOST_VARCHAR) {
        sl_buffer_printf(out, "VARCHAR(%d)", c->precision);
      } else {
        sl_buffer_text(out, sl_dialect_compares(c) ? "VARCHAR(500)" : "BLOB SUB_TYPE TEXT");
      }
      return true;
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      if (precision > MOST_DIGITS) {
        sl_buffer_text(out, LONG_DECIMAL);
      } else {
        sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      }
      return true;
    default: return false;
  }
}

/* Longer texts than a literal may have are put together in a BLOB. */
static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  static const struct sl_dialect_pieces pieces = { 8000, "(CAST('' AS BLOB SUB_TYPE TEXT) || ",
                                                   " || ", ")" };
  sl_dialect_quote_pieces(text, length, &pieces, out);
}

/* TIMESTAMP '2024-01-02 03:04:05.0000' */
static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  struct sl_buffer moment = { 0 };
  sl_dialect_moment(v, &moment);
  size_t length = moment.length;
  const char *point = moment.data == NULL ? NULL : memchr(moment.data, '.', length);
  if (point != NULL && length > (size_t)(point - moment.data) + 5) {
    length = (size_t)(point - moment.data) + 5;
  }
  sl_buffer_printf(out, "%s '%.*s'",
                   v->type == SL_TYPE_DATE   ? "DATE"
                   : v->type == SL_TYPE_TIME ? "TIME"
                                             : "TIMESTAMP",
                   (int)length, moment.data == NULL ? "" : moment.data);
  sl_buffer_release_part(&moment, out);
}

/* There is no IF EXISTS. */
static void drop_table(const struct sl_sql_context *sql, const char *quoted,
                       struct sl_buffer *out) {
  struct sl_buffer drop = { 0 };
  (void)sql;
  sl_buffer_printf(&drop, "DROP TABLE %s", quoted);
  sl_buffer_printf(out,
                   "EXECUTE BLOCK AS BEGIN IF (EXISTS (SELECT 1 FROM RDB$RELATIONS WHERE '\"' || "
                   "REPLACE(TRIM(RDB$RELATION_NAME), '\"', '\"\"') || '\"' = ");
  sl_dialect_quote(quoted, strlen(quoted), false, out);
  sl_buffer_text(out, ")) THEN EXECUTE STATEMENT ");
  sl_dialect_quote_statement(&drop, out);
  sl_buffer_text(out, "; END");
}

/* Decimals that are texts go by their first 15 digits. */
static void write_sort_key(const struct sl_sql_context *sql, const struct sl_column *c,
                           struct sl_buffer *out) {
  bool number = (c->type == SL_TYPE_DECIMAL || c->type == SL_TYPE_WEI) &&
                sl_sql_stored_as(sql, c) == SL_TYPE_TEXT;
  sl_buffer_text(out, number ? "CAST(" : "");
  sl_sql_identifier(sql, c->name, out);
  sl_buffer_text(out, number ? " AS DOUBLE PRECISION)" : "");
}

/* There is no CREATE TABLE AS; but the type of a column has a name, RDB$1, which a column of
 * another table may have as its type. */
static void create_like(const char *quoted, const char *like, struct sl_buffer *out) {
  struct sl_buffer create = { 0 };
  sl_buffer_printf(&create, "CREATE TABLE %s (", quoted);
  sl_buffer_text(out,
                 "EXECUTE BLOCK AS DECLARE c BLOB SUB_TYPE TEXT; BEGIN SELECT LIST(d, ', ') FROM "
                 "(SELECT '\"' || REPLACE(TRIM(RDB$FIELD_NAME), '\"', '\"\"') || '\" ' || "
                 "TRIM(RDB$FIELD_SOURCE) AS d FROM RDB$RELATION_FIELDS WHERE '\"' || "
                 "REPLACE(TRIM(RDB$RELATION_NAME), '\"', '\"\"') || '\"' = ");
  sl_dialect_quote(like, strlen(like), false, out);
  sl_buffer_text(out, " ORDER BY RDB$FIELD_POSITION) INTO c; EXECUTE STATEMENT ");
  sl_dialect_quote_statement(&create, out);
  sl_buffer_text(out, " || c || ')'; END");
}

const struct sl_dialect sl_dialect_firebird = {
  .name = "firebird",
  .identifier_quote = '"',
  .fold = SL_FOLD_UPPER,
  .plain_names = true,
  .dataset_in_name = true,
  .temporary_in_dataset = true,
  .create_temporary = "CREATE GLOBAL TEMPORARY TABLE ",
  .temporary_options = " ON COMMIT PRESERVE ROWS",
  .no_temporary_in_merge = true,
  .no_order = "NULL",
  .random_key = "LEFT(REPLACE(UUID_TO_CHAR(GEN_UUID()), '-', ''), 20)",
  .types = { [SL_TYPE_DOUBLE] = "DOUBLE PRECISION",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_BINARY] = "BLOB SUB_TYPE BINARY",
             [SL_TYPE_JSON] = "BLOB SUB_TYPE TEXT",
             [SL_TYPE_TIMESTAMP] = "TIMESTAMP",
             [SL_TYPE_WEI] = LONG_DECIMAL,
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "TIME" },
  .stored_as = { [SL_TYPE_JSON] = SL_TYPE_TEXT, [SL_TYPE_WEI] = SL_TYPE_TEXT },
  .most_digits = MOST_DIGITS,
  .type = write_type,
  .create_dataset = sl_dialect_no_dataset,
  .add_first = " ADD ",
  .add_next = ", ADD ",
  .sort_key = write_sort_key,
  .drop_table = drop_table,
  .create_like = create_like,
  .select_one = "",
  .limit_one = " FETCH FIRST 1 ROWS ONLY",
  .comment_on = true,
  .longest_comment = 8000, /* one literal */
  .text_literal = write_text,
  .bytes_prefix = "x'",
  .bytes_suffix = "'",
  .time_literal = write_time,
  .select_rows = " FROM RDB$DATABASE",
};
