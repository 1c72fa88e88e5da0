/* profile.h - what is known of single drivers and databases, as tables: everything that ODBC leaves
 * open and that reading exactly depends on. Unknown ones get the cautious defaults. */
#ifndef SL_ODBC_PROFILE_H
#define SL_ODBC_PROFILE_H

#include "base/text.h"
#include "odbc/api.h"

enum odbc_rest { /* what a driver can do for a value that its array had no room for */
                 ODBC_REST_UNBOUND, /* nothing that is relied on: long columns are not bound */
                 ODBC_REST_ROW,     /* SQLGetData, when rows are fetched one by one */
                 ODBC_REST_BLOCK    /* SQLSetPos and SQLGetData, in a block of rows */
};

enum odbc_paging { /* how a chunk is cut where the driver holds whole results in memory */
                   ODBC_PAGES_NONE, /* it does not, or nothing is known */
                   ODBC_PAGES_BY_KEY,
                   ODBC_PAGES_BY_CURSOR
};

struct odbc_driver_profile {
  const char *words; /* one of them is in the driver's name or library; "|" between them */
  /* Keywords that are added to the connection string where the user gave none: what makes the
   * driver stream a result and not hold it in memory, and what keeps values as they are. */
  const char *keywords;
  /* Expressions in which @ is the column, where the driver's own conversions lose something:
   * dates, times, floats and GUIDs as text; floats alone; bit(n) as a number. NULL = no need. */
  const char *cast, *print, *print_bits;
  bool text_dates; /* dates and times are read as texts: its structures lose values */
  int unsized_digits,
      unsized_scale; /* how it describes a decimal without a size; 0 = it does not */
  bool all_text;     /* values need not be of their column's type: everything is read as text */
  bool utf8;         /* texts come as UTF-8 although it has W functions */
  enum odbc_paging paging;
  enum odbc_rest rest;
};

enum odbc_literal {                      /* how a date or time is written in a condition */
                    ODBC_LITERAL_ESCAPE, /* {ts '…'}, {d '…'}: the driver knows */
                    ODBC_LITERAL_ANSI,   /* TIMESTAMP '…', DATE '…' */
                    ODBC_LITERAL_TEXT,   /* '…' */
                    ODBC_LITERAL_CAST    /* CAST('…' AS type of the column) */
};

struct odbc_dialect {
  const char *words;          /* one of them is in SQL_DBMS_NAME */
  const char *current_schema; /* query for the schema that is read without --schema; NULL = all */
  const char *system_schemas; /* globs that are left out when all are read */
  /* Run after connecting, "|" between them: UTC, read-only, fixed number and date style. */
  const char *statements;
  /* Query for about how many rows a table has; @s, @t and @n are its schema, its name and both, as
   * literals. NULL = none is known. */
  const char *estimate;
  bool utc;             /* they make the session UTC: times with zone that name none are UTC */
  SQLUINTEGER snapshot; /* isolation level that gives one snapshot and blocks nobody; 0 = none */
  enum odbc_literal literal;
  const char *zone; /* appended to timestamps with time zone in literals */
  bool backslash;   /* escapes in texts */
};

const struct odbc_driver_profile *odbc_driver_profile(const char *name, const char *library);
const struct odbc_dialect *odbc_dialect(const char *dbms_name);

#endif
