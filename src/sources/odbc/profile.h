/* profile.h - what is known of single drivers and databases, as tables: everything that ODBC leaves
 * open and that reading exactly depends on. Unknown ones get the cautious defaults. */
#ifndef SL_SOURCES_ODBC_PROFILE_H
#define SL_SOURCES_ODBC_PROFILE_H

#include "api.h"
#include "base/text.h"

struct odbc_driver_profile {
  const char *words; /* one of them is in the driver's name or library; "|" between them */
  /* Keywords that are added to the connection string where the user gave none: what makes the
   * driver stream a result and not hold it in memory, and what keeps values as they are. */
  const char *keywords;
  /* Type that the database is asked to CAST dates, times, floats and GUIDs to, because the driver's
   * own conversions lose values; NULL = no need. */
  const char *cast;
  const char *print; /* for drivers with all_text: the expression that prints all digits of @ */
  bool text_dates;   /* dates and times are read as texts: its structures lose values */
  int unsized_digits,
      unsized_scale;  /* how it describes a decimal without a size; 0 = it does not */
  bool all_text;      /* values need not be of their column's type: everything is read as text */
  bool block_getdata; /* SQLSetPos + SQLGetData work in a block of rows */
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
  bool utc;             /* they make the session UTC: times with zone that name none are UTC */
  SQLUINTEGER snapshot; /* isolation level that gives one snapshot and blocks nobody; 0 = none */
  enum odbc_literal literal;
  const char *zone; /* appended to timestamps with time zone in literals */
  bool backslash;   /* escapes in texts */
};

const struct odbc_driver_profile *odbc_driver_profile(const char *name, const char *library);
const struct odbc_dialect *odbc_dialect(const char *dbms_name);

#endif
