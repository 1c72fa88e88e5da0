/* dialect_sqlite.c - SQLite's types and literals. Types are declared as dlt declares them through
 * SQLAlchemy (dlt.md 5.3), except where SQLite would change a value: its numbers keep 15 digits of
 * a decimal, so decimals that may have more are texts, in a type whose name SQLite takes for one of
 * texts. src/sqlite/types.c reads what is declared here. */
#include "base/time.h"
#include "sql/dialect.h"

enum { EXACT_DIGITS = 15, UNIQUE_LENGTH = 128 /* dlt's; SQLite enforces no lengths */ };

static void write_decimal(int precision, int scale, struct sl_buffer *out) {
  sl_buffer_printf(out, precision <= EXACT_DIGITS ? "NUMERIC(%d, %d)" : "DECIMAL_TEXT(%d, %d)",
                   precision, scale);
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  int precision;
  int scale;
  switch (c->type) {
    case SL_TYPE_BIGINT:
      sl_buffer_text(out, c->precision < 0     ? "BIGINT"
                          : c->precision <= 16 ? "SMALLINT"
                          : c->precision <= 32 ? "INTEGER"
                                               : "BIGINT");
      return true;
    case SL_TYPE_TEXT:
      if (c->precision <= 0 && (c->hints & SL_HINT_UNIQUE) == 0) {
        return false;
      }
      sl_buffer_printf(out, "VARCHAR(%d)", c->precision > 0 ? c->precision : UNIQUE_LENGTH);
      return true;
    case SL_TYPE_TIMESTAMP: /* instants say +00:00 in each value, which most readers understand */
      sl_buffer_text(out, c->timezone == 0 ? "DATETIME" : "TIMESTAMP");
      return true;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      sl_dialect_decimal(sql, c, &precision, &scale);
      write_decimal(precision, scale, out);
      return true;
    default: return false;
  }
}

static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  sl_dialect_quote_nul(text, length, " || char(0) || ", out);
}

static void write_time(const struct sl_value *v, struct sl_buffer *out) {
  char text[40];
  if (v->type == SL_TYPE_TIMESTAMP) {
    sl_timestamp_print_sorted(text, v->as.integer, true);
  } else if (v->type == SL_TYPE_DATE) {
    sl_date_print(text, (int32_t)v->as.integer);
  } else {
    sl_time_print_sorted(text, v->as.integer);
  }
  sl_buffer_printf(out, "'%s'", text);
}

/* The destination registers the collation with its connection; no table is declared with it. */
static void write_sort_key(const struct sl_sql_context *sql, const struct sl_column *c,
                           struct sl_buffer *out) {
  sl_sql_identifier(sql, c->name, out);
  if (c->type == SL_TYPE_DECIMAL || c->type == SL_TYPE_WEI) {
    sl_buffer_text(out, " COLLATE sluice_decimal");
  }
}

/* A stored value (an integer, a number of at most 15 digits, or a text of a smaller scale) as the
 * text of a decimal: exact, for printf gives a double's 16 digits and then zeros. */
static sl_status write_converted(const struct sl_sql_context *sql, const struct sl_column *c,
                                 struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer name = { 0 };
  int precision;
  int scale;
  sl_sql_identifier(sql, c->name, &name);
  const char *v = name.failed ? "" : name.data;
  sl_dialect_decimal(sql, c, &precision, &scale);
  bool decimal = (c->type == SL_TYPE_DECIMAL || c->type == SL_TYPE_WEI) && precision > EXACT_DIGITS;
  if (!decimal) {
    sl_buffer_text(out, v);
  } else {
    char zeros[64];
    memset(zeros, '0', sizeof zeros);
    zeros[scale] = '\0';
    const char *point = scale > 0 ? "." : "";
    sl_buffer_printf(out,
                     "CASE typeof(%s) WHEN 'integer' THEN %s || '%s%s' "
                     "WHEN 'real' THEN printf('%%.%df', %s) "
                     "WHEN 'text' THEN CASE instr(%s, '.') WHEN 0 THEN %s || '%s%s' "
                     "ELSE %s || substr('%s', 1, %d - length(%s) + instr(%s, '.')) END ELSE %s END",
                     v, v, point, zeros, scale, v, v, v, point, zeros, v, zeros, scale, v, v, v);
  }
  sl_buffer_release_part(&name, out);
  return sl_buffer_check(out, err);
}

/* SQLite cannot alter a type. */
static sl_status retype(const struct sl_sql_context *sql, const struct sl_table_name *name,
                        const struct sl_column *column, struct sl_statements *out,
                        struct sl_error *err) {
  return sl_dialect_retype_by_copy(sql, name, column, write_converted, out, err);
}

const struct sl_dialect sl_dialect_sqlite = {
  .name = "sqlite",
  .identifier_quote = '"',
  .temporary_schema = "\"temp\"",
  .row_order = "_rowid_",
  .random_key = "lower(hex(randomblob(10)))",
  .types = { [SL_TYPE_TEXT] = "TEXT",
             [SL_TYPE_DOUBLE] = "DOUBLE",
             [SL_TYPE_BOOL] = "BOOLEAN",
             [SL_TYPE_BINARY] = "BLOB",
             [SL_TYPE_JSON] = "JSON",
             [SL_TYPE_DATE] = "DATE",
             [SL_TYPE_TIME] = "TIME" },
  .type = write_type,
  .text_literal = write_text,
  .bytes_prefix = "x'",
  .bytes_suffix = "'",
  .no_merge = true,
  .keys_by_in = true,
  .time_literal = write_time,
  .sort_key = write_sort_key,
  .retype = retype,
};
