/* types.c - see types.h. The names that SQLAlchemy's SQLite dialect (and so dlt) knows, some
 * that other databases' dumps bring, and SQLite's own affinity rules for the rest. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/types.h"

static const struct {
  const char *name;
  enum sqlite_kind kind;
  const char *format; /* NULL = the kind's own */
} names[] = {
  { "BOOL", SQLITE_KIND_BOOL, NULL },
  { "BOOLEAN", SQLITE_KIND_BOOL, NULL },
  { "DATE", SQLITE_KIND_DATE, NULL },
  { "DATE_CHAR", SQLITE_KIND_DATE, NULL },
  { "TIME", SQLITE_KIND_TIME, NULL },
  { "TIME_CHAR", SQLITE_KIND_TIME, NULL },
  { "TIME WITHOUT TIME ZONE", SQLITE_KIND_TIME, NULL },
  { "DATETIME", SQLITE_KIND_TIMESTAMP, NULL },
  { "DATETIME_CHAR", SQLITE_KIND_TIMESTAMP, NULL },
  { "DATETIME2", SQLITE_KIND_TIMESTAMP, NULL },
  { "SMALLDATETIME", SQLITE_KIND_TIMESTAMP, NULL },
  { "TIMESTAMP", SQLITE_KIND_TIMESTAMP, NULL },
  { "TIMESTAMP WITHOUT TIME ZONE", SQLITE_KIND_TIMESTAMP, NULL },
  { "TIMESTAMP WITH TIME ZONE", SQLITE_KIND_TIMESTAMP, "tsu:UTC" },
  { "TIMESTAMPTZ", SQLITE_KIND_TIMESTAMP, "tsu:UTC" },
  { "DATETIMEOFFSET", SQLITE_KIND_TIMESTAMP, "tsu:UTC" },
  { "DECIMAL", SQLITE_KIND_DECIMAL, NULL },
  { "DEC", SQLITE_KIND_DECIMAL, NULL },
  { "NUMERIC", SQLITE_KIND_DECIMAL, NULL },
  { "_NUMERIC", SQLITE_KIND_DECIMAL, NULL },
  { "DECIMAL_TEXT", SQLITE_KIND_DECIMAL, NULL }, /* ours: all digits, as text */
  { "NUMBER", SQLITE_KIND_DECIMAL, NULL },
  { "MONEY", SQLITE_KIND_DECIMAL, NULL },
  { "SMALLMONEY", SQLITE_KIND_DECIMAL, NULL },
  { "CURRENCY", SQLITE_KIND_DECIMAL, NULL },
  { "JSON", SQLITE_KIND_JSON, NULL },
  { "JSONB", SQLITE_KIND_JSON, NULL },
  { "UUID", SQLITE_KIND_TEXT, NULL },
  { "GUID", SQLITE_KIND_TEXT, NULL },
  { "UNIQUEIDENTIFIER", SQLITE_KIND_TEXT, NULL },
  { "STRING", SQLITE_KIND_TEXT, NULL },
  { "ENUM", SQLITE_KIND_TEXT, NULL },
  { "XML", SQLITE_KIND_TEXT, NULL },
  { "BINARY", SQLITE_KIND_BLOB, NULL },
  { "VARBINARY", SQLITE_KIND_BLOB, NULL },
  { "BYTEA", SQLITE_KIND_BLOB, NULL },
};

void sqlite_kind_format(enum sqlite_kind kind, char format[24]) {
  static const char *const formats[] = {
    [SQLITE_KIND_NONE] = "n",         [SQLITE_KIND_INT] = "l",          [SQLITE_KIND_REAL] = "g",
    [SQLITE_KIND_DECIMAL] = "d:38,9", [SQLITE_KIND_BOOL] = "b",         [SQLITE_KIND_DATE] = "tdD",
    [SQLITE_KIND_TIME] = "ttu",       [SQLITE_KIND_TIMESTAMP] = "tsu:", [SQLITE_KIND_TEXT] = "u",
    [SQLITE_KIND_JSON] = "u",         [SQLITE_KIND_BLOB] = "z",
  };
  snprintf(format, 24, "%s", formats[kind]);
}

/* "Decimal (12, 2) unsigned" -> "DECIMAL", 12, 2; single spaces; arguments -1 = not given. */
static void parse_name(const char *declared, char name[128], int arguments[2]) {
  size_t n = 0;
  arguments[0] = arguments[1] = -1;
  for (const char *c = declared; *c != '\0' && n < 127; c++) {
    if (*c == '(') {
      char *end;
      arguments[0] = (int)strtol(c + 1, &end, 10);
      end += strspn(end, " ");
      arguments[1] = *end == ',' ? (int)strtol(end + 1, NULL, 10) : -1;
      c += strcspn(c, ")");
      if (*c == '\0') {
        break;
      }
    } else if (!isspace((unsigned char)*c)) {
      name[n++] = (char)toupper((unsigned char)*c);
    } else if (n > 0 && name[n - 1] != ' ') {
      name[n++] = ' ';
    }
  }
  while (n > 0 && name[n - 1] == ' ') {
    n--;
  }
  name[n] = '\0';
}

/* DECIMAL(p,s) with values that fit 128 bits; anything else takes the default precision. */
static void decimal_format(const int arguments[2], char format[24]) {
  int precision = arguments[0];
  int scale = arguments[1] < 0 ? 0 : arguments[1];
  if (precision > 38 && scale <= 19) {
    precision = 38; /* what Arrow holds; numbers that SQLite stores have fewer digits */
  }
  if (precision >= 1 && precision <= 38 && scale <= precision) {
    snprintf(format, 24, "d:%d,%d", precision, scale);
  }
}

/* The first part that a type contains, in the order of SQLite's rules. */
static const struct {
  const char *part;
  enum sqlite_affinity affinity;
} parts[] = {
  { "INT", SQLITE_AFFINITY_INTEGER }, { "CHAR", SQLITE_AFFINITY_TEXT },
  { "CLOB", SQLITE_AFFINITY_TEXT },   { "TEXT", SQLITE_AFFINITY_TEXT },
  { "BLOB", SQLITE_AFFINITY_BLOB },   { "REAL", SQLITE_AFFINITY_REAL },
  { "FLOA", SQLITE_AFFINITY_REAL },   { "DOUB", SQLITE_AFFINITY_REAL },
};

enum sqlite_affinity sqlite_affinity_of(const char *declared) {
  if (declared == NULL || declared[0] == '\0') {
    return SQLITE_AFFINITY_BLOB;
  }
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (strcasestr(declared, parts[i].part) != NULL) {
      return parts[i].affinity;
    }
  }
  return SQLITE_AFFINITY_NUMERIC;
}

/* No type, or one that nobody knows: values have to be looked at (`sampled`). */
static enum sqlite_kind kind_of(const char *name, bool *sampled) {
  static const enum sqlite_kind kinds[] = {
    [SQLITE_AFFINITY_INTEGER] = SQLITE_KIND_INT,  [SQLITE_AFFINITY_TEXT] = SQLITE_KIND_TEXT,
    [SQLITE_AFFINITY_BLOB] = SQLITE_KIND_BLOB,    [SQLITE_AFFINITY_REAL] = SQLITE_KIND_REAL,
    [SQLITE_AFFINITY_NUMERIC] = SQLITE_KIND_NONE,
  };
  enum sqlite_kind kind = name[0] == '\0' ? SQLITE_KIND_NONE : kinds[sqlite_affinity_of(name)];
  *sampled = kind == SQLITE_KIND_NONE;
  return kind;
}

void sqlite_type_of(const char *declared, enum sqlite_kind *kind, char format[24], bool *sampled) {
  char name[128];
  int arguments[2];
  *sampled = false;
  parse_name(declared == NULL ? "" : declared, name, arguments);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(name, names[i].name) == 0) {
      *kind = names[i].kind;
      sqlite_kind_format(*kind, format);
      if (names[i].format != NULL) {
        snprintf(format, 24, "%s", names[i].format);
      } else if (*kind == SQLITE_KIND_DECIMAL && arguments[0] >= 0) {
        decimal_format(arguments, format);
      }
      return;
    }
  }
  *kind = kind_of(name, sampled);
  sqlite_kind_format(*kind, format);
}
