/* types.c - SQL types of drivers into declared columns, and how their values are read.
 *
 * Integers and floats come in binary. Decimals come as digits, never through a double; times and
 * timestamps with zone come as text, because ODBC's structures have no fraction and no zone. */
#include <stdio.h>

#include "odbc/text.h"
#include "odbc_internal.h"

/* Types that single vendors added. */
enum {
  SS_VARIANT = -150,
  SS_UDT = -151,
  SS_XML = -152,
  SS_TIME = -154,
  SS_TIMESTAMP_OFFSET = -155,
  DB2_BLOB = -98,
  DB2_DECFLOAT = -360,
  TIMESTAMP_WITH_ZONE = 95, /* ODBC 4, Db2 */
  SNOWFLAKE_LTZ = 2000,
  SNOWFLAKE_TZ = 2001,
  SNOWFLAKE_NTZ = 2002
};

static struct odbc_type plain(const char *format, enum odbc_read read) {
  struct odbc_type t = { .read = read };
  snprintf(t.format, sizeof t.format, "%s", format);
  return t;
}

static struct odbc_type decimal(const struct odbc_session *s, int64_t size, int64_t digits) {
  struct odbc_type t = { .read = ODBC_WORD };
  bool unsized =
      size == s->link.profile->unsized_digits && digits == s->link.profile->unsized_scale;
  if (unsized || size < 1 || digits < 0 || digits > 38 || digits > size) {
    t.unbounded = true;
    snprintf(t.format, sizeof t.format, "d:38,9"); /* grows with the values */
  } else { /* of more than 38 digits, those that fit; the others become texts */
    snprintf(t.format, sizeof t.format, "d:%d,%d", size > 38 ? 38 : (int)size, (int)digits);
  }
  return t;
}

static struct odbc_type text(const char *type_name) {
  struct odbc_type t = plain("u", ODBC_TEXT);
  static const char *const kinds[] = { "json", "jsonb", "variant", "object" };
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    t.json = t.json || strcasecmp(type_name, kinds[i]) == 0;
  }
  return t;
}

static bool has_zone(const struct odbc_session *s, const char *type_name) {
  /* MySQL's TIMESTAMP is an instant; BigQuery's too, whose DATETIME is not. */
  bool instant =
      odbc_has_word("MySQL", s->dialect->words) || odbc_has_word("BigQuery", s->dialect->words);
  return odbc_has_word(
             "timestamptz|with time zone|with local time zone|timestamp_tz|timestamp_ltz|"
             "datetimeoffset",
             type_name) ||
         (instant && strcasecmp(type_name, "timestamp") == 0);
}

static struct odbc_type timestamp(const struct odbc_session *s, const char *type_name) {
  bool word = s->link.profile->text_dates || s->link.profile->all_text;
  return has_zone(s, type_name) ? plain("tsu:UTC", ODBC_WORD)
                                : plain("tsu:", word ? ODBC_WORD : ODBC_TIMESTAMP);
}

static struct odbc_type by_type(const struct odbc_session *s, SQLSMALLINT sql_type,
                                const char *type_name, int64_t size, int64_t digits,
                                bool is_unsigned) {
  switch (sql_type) {
    case SQL_BIT: return plain("b", ODBC_BIT);
    case SQL_TINYINT: return plain("s", ODBC_INTEGER);
    case SQL_SMALLINT: return plain(is_unsigned ? "i" : "s", ODBC_INTEGER);
    case SQL_INTEGER: return plain(is_unsigned ? "l" : "i", ODBC_INTEGER);
    case SQL_BIGINT: return is_unsigned ? plain("d:20,0", ODBC_WORD) : plain("l", ODBC_INTEGER);
    case SQL_REAL: return plain("g", ODBC_SMALL_REAL);
    case SQL_FLOAT:
    case SQL_DOUBLE: /* Oracle's NUMBER without a size is no float, whatever its driver says */
      return strcasecmp(type_name, "NUMBER") == 0 ? decimal(s, 0, 0) : plain("g", ODBC_REAL);
    case SQL_DECIMAL:
    case SQL_NUMERIC: return decimal(s, size, digits);
    case DB2_DECFLOAT: return decimal(s, 0, 0);
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
    case DB2_BLOB:
    case SS_UDT: return plain("z", ODBC_BYTES);
    case SQL_TYPE_DATE:
    case SQL_DATE:
      return plain(
          "tdD", s->link.profile->text_dates || s->link.profile->all_text ? ODBC_WORD : ODBC_DATE);
    case SQL_TYPE_TIME:
    case SQL_TIME:
    case SS_TIME: return plain("ttu", ODBC_WORD);
    case SQL_TYPE_TIMESTAMP:
    case SQL_TIMESTAMP:
    case SNOWFLAKE_NTZ: return timestamp(s, type_name);
    case SS_TIMESTAMP_OFFSET:
    case TIMESTAMP_WITH_ZONE:
    case SNOWFLAKE_LTZ:
    case SNOWFLAKE_TZ: return plain("tsu:UTC", ODBC_WORD);
    case SQL_GUID: return plain("u", ODBC_WORD);
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_LONGVARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR:
    case SQL_WLONGVARCHAR:
    case SS_VARIANT:
    case SS_XML:
    default: return text(type_name);
  }
}

/* SQLite's driver: any value in any column, and decimals said to be texts. */
static struct odbc_type dynamic(const struct odbc_session *s, struct odbc_type t,
                                const char *type_name) {
  int digits, scale;
  bool sized = sscanf(type_name, "%*[decimalDECIMAL](%d,%d)", &digits, &scale) == 2 ||
               sscanf(type_name, "%*[numericNUMERIC](%d,%d)", &digits, &scale) == 2;
  if (sized && strchr("ug", t.format[0]) != NULL) {
    t = decimal(s, digits, scale);
  }
  t.read = ODBC_TEXT;
  return t;
}

struct odbc_type odbc_type_of(const struct odbc_session *s, SQLSMALLINT sql_type,
                              const char *type_name, int64_t size, int64_t digits,
                              bool is_unsigned) {
  struct odbc_type t = by_type(s, sql_type, type_name, size, digits, is_unsigned);
  bool time_with_zone =
      t.format[0] == 't' && odbc_has_word("timetz|time with time zone", type_name);
  if (time_with_zone) { /* a time of day with an offset is no time of day elsewhere: text */
    t = plain("u", ODBC_WORD);
  }
  if (s->link.profile->all_text && t.read != ODBC_BYTES) {
    t = dynamic(s, t, type_name);
  }
  return t;
}
