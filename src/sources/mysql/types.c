/* types.c - what the server announces of a column, as a column of ours.
 *
 *   tinyint … int               s, i (sizes are kept only with --reflection full_with_precision)
 *   int unsigned, bigint        l
 *   bigint unsigned, bit(64)    d:20,0: above 2^63-1 too (--unsigned-bigint bigint: l)
 *   decimal(p,s)                d:p,s; of more than 38 digits: d:38,s, larger values are special
 *   date, time, datetime        tdD, ttu, tsu:   timestamp: tsu:UTC
 *   geometry                    u: hexadecimal EWKB
 *
 * Both tables and queries are described by preparing the SELECT that will read them. */
#include <stdio.h>

#include "sources/mysql/internal.h"

enum {
  BINARY_CHARSET = 63,
  MOST_DIGITS = 38,
  TYPE_JSON = 245,  /* MySQL's own */
  TYPE_VECTOR = 242 /* MySQL 9 */
};

struct described { /* what the field becomes */
  const char *name;
  char format[24];
  enum maria_decode decode;
  bool json, sized;
};

static bool is_unsigned(const MYSQL_FIELD *field) {
  return (field->flags & UNSIGNED_FLAG) != 0;
}

static bool is_binary(const MYSQL_FIELD *field) {
  return field->charsetnr == BINARY_CHARSET;
}

/* MariaDB names some types that travel as texts: json, uuid, inet6, point. */
static bool is_named(const MYSQL_FIELD *field, enum mariadb_field_attr_t attribute,
                     const char *name) {
  MARIADB_CONST_STRING value = { NULL, 0 };
  return SL_MARIADB(field_attr)(&value, field, attribute) == 0 && value.str != NULL &&
         (name == NULL
              ? value.length > 0
              : value.length == strlen(name) && memcmp(value.str, name, value.length) == 0);
}

static void set(struct described *d, const char *name, const char *format,
                enum maria_decode decode) {
  d->name = name;
  d->decode = decode;
  snprintf(d->format, sizeof d->format, "%s", format);
}

static void describe_longlong(const struct maria_session *s, const MYSQL_FIELD *field,
                              struct described *d) {
  const struct maria_settings *settings = s->config->own;
  if (!is_unsigned(field)) {
    set(d, "bigint", "l", MARIA_LONGLONG);
  } else if (strcmp(settings->unsigned_bigint, "bigint") == 0) {
    set(d, "bigint unsigned", "l", MARIA_UNSIGNED);
  } else {
    set(d, "bigint unsigned", "d:20,0", MARIA_UNSIGNED);
  }
}

static void describe_decimal(const MYSQL_FIELD *field, struct described *d) {
  unsigned scale = field->decimals > MOST_DIGITS ? MOST_DIGITS : field->decimals;
  unsigned long extra = (scale > 0 ? 1UL : 0UL) + (is_unsigned(field) ? 0UL : 1UL);
  unsigned long digits = field->length > extra ? field->length - extra : 1;
  digits = digits > MOST_DIGITS ? MOST_DIGITS : digits < scale ? scale : digits;
  set(d, "decimal", "", MARIA_DECIMAL);
  snprintf(d->format, sizeof d->format, "d:%lu,%u", digits == 0 ? 1 : digits, scale);
}

static void describe_bit(const MYSQL_FIELD *field, struct described *d) {
  set(d, "bit", field->length <= 1 ? "b" : field->length <= 63 ? "l" : "d:20,0", MARIA_BIT);
}

static void describe_text(const MYSQL_FIELD *field, struct described *d) {
  bool named = is_named(field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME, NULL);
  if (is_binary(field) && !named) {
    set(d, "binary", "z", MARIA_BINARY);
    return;
  }
  set(d, "text", "u", MARIA_TEXT);
  if (is_named(field, MARIADB_FIELD_ATTR_FORMAT_NAME, "json")) {
    d->name = "json";
    d->json = true;
  }
}

static void describe_number(const struct maria_session *s, const MYSQL_FIELD *field,
                            struct described *d) {
  const struct maria_settings *settings = s->config->own;
  switch (field->type) {
    case MYSQL_TYPE_TINY:
      if (settings->tinyint1_is_bool && field->length == 1) {
        set(d, "tinyint(1)", "b", MARIA_TINY_BOOL);
      } else {
        set(d, "tinyint", "s", MARIA_TINY);
      }
      break;
    case MYSQL_TYPE_SHORT: set(d, "smallint", is_unsigned(field) ? "i" : "s", MARIA_SHORT); break;
    case MYSQL_TYPE_YEAR: set(d, "year", "s", MARIA_SHORT); break;
    case MYSQL_TYPE_INT24: set(d, "mediumint", "i", MARIA_LONG); break;
    case MYSQL_TYPE_LONG: set(d, "int", is_unsigned(field) ? "l" : "i", MARIA_LONG); break;
    case MYSQL_TYPE_LONGLONG: describe_longlong(s, field, d); break;
    case MYSQL_TYPE_FLOAT: set(d, "float", "g", MARIA_FLOAT); break;
    case MYSQL_TYPE_DOUBLE: set(d, "double", "g", MARIA_DOUBLE); break;
    case MYSQL_TYPE_BIT: describe_bit(field, d); break;
    default: describe_decimal(field, d); break;
  }
}

static void describe(const struct maria_session *s, const MYSQL_FIELD *field, struct described *d) {
  switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_BIT:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: describe_number(s, field, d); break;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE: set(d, "date", "tdD", MARIA_DATE); break;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2: set(d, "time", "ttu", MARIA_TIME); break;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2: set(d, "datetime", "tsu:", MARIA_DATETIME); break;
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2: set(d, "timestamp", "tsu:UTC", MARIA_DATETIME); break;
    case MYSQL_TYPE_NULL: set(d, "null", "u", MARIA_NULL); break;
    case MYSQL_TYPE_GEOMETRY: set(d, "geometry", "u", MARIA_GEOMETRY); break;
    case TYPE_VECTOR: set(d, "vector", "z", MARIA_BINARY); break;
    case TYPE_JSON:
      set(d, "json", "u", MARIA_TEXT);
      d->json = true;
      break;
    default: describe_text(field, d); break;
  }
}

sl_status maria_add_column(const struct maria_session *s, struct sl_db_table *table,
                           const MYSQL_FIELD *field, const char *type_name, struct sl_error *err) {
  struct described d = { 0 };
  struct sl_db_column *column;
  describe(s, field, &d);
  sl_status rc =
      sl_db_table_add_column(table, field->name, type_name == NULL ? d.name : type_name, d.format,
                             (field->flags & NOT_NULL_FLAG) == 0, &column, err);
  if (rc == SL_OK) {
    column->json = d.json;
    column->type = (int64_t)d.decode;
    column->detail = MARIA_WIRE(field->type) | (is_unsigned(field) ? MARIA_UNSIGNED_FLAG : 0) |
                     (int64_t)(field->decimals & 0xFF);
  }
  return rc;
}
