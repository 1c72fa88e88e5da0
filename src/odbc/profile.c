/* profile.c - see profile.h. */
#include "profile.h"

#include "odbc/text.h"

static const struct odbc_driver_profile drivers[] = {
  { .words = "psqlodbc|postgres",
    .keywords = "Protocol=7.4-0;UseDeclareFetch=0;BoolsAsChar=0;LFConversion=0;TrueIsMinus1=0",
    .paging = ODBC_PAGES_BY_CURSOR,
    .cast = "CAST(@ AS text)",
    .text_dates = true,
    .unsized_digits = 28,
    .unsized_scale = 6,
    .rest = ODBC_REST_BLOCK },
  /* Its UTF-16 ends at a NUL inside a text, and fails where a text does not fit. */
  { .words = "maodbc|mariadb",
    .keywords = "CHARSET=utf8mb4",
    .print_bits = "CAST(@ AS UNSIGNED)",
    .text_dates = true,
    .utf8 = true,
    .paging = ODBC_PAGES_BY_KEY,
    .rest = ODBC_REST_ROW },
  { .words = "myodbc|mysql",
    .keywords = "NO_CACHE=1;FORWARD_CURSOR=1",
    .print_bits = "CAST(@ AS UNSIGNED)",
    .text_dates = true },
  { .words = "sqlite",
    .keywords = "StepAPI=1",
    .print = "CASE typeof(@) WHEN 'real' THEN printf('%!.17g', @) ELSE @ END",
    .all_text = true,
    .rest = ODBC_REST_ROW },
  { .words = "" },
};

#define ALWAYS_SYSTEM "information_schema,INFORMATION_SCHEMA,sys,SYS"

static const struct odbc_dialect dialects[] = {
  { .words = "PostgreSQL|Redshift|Greenplum",
    .current_schema = "SELECT current_schema()",
    .system_schemas = ALWAYS_SYSTEM ",pg_*",
    .statements = "SET TIME ZONE 'UTC'|SET DateStyle TO 'ISO'|SET application_name TO 'sluice'|"
                  "SET cursor_tuple_fraction TO 1|"
                  "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    .utc = true,
    .snapshot = SQL_TXN_REPEATABLE_READ,
    .estimate = "SELECT CAST(reltuples AS bigint) FROM pg_class WHERE oid = CAST(@n AS regclass)",
    .literal = ODBC_LITERAL_ANSI },
  { .words = "MariaDB|MySQL",
    .system_schemas = ALWAYS_SYSTEM ",mysql,performance_schema",
    .statements = "SET time_zone = '+00:00'|SET SESSION TRANSACTION READ ONLY",
    .utc = true,
    .snapshot = SQL_TXN_REPEATABLE_READ,
    .estimate = "SELECT table_rows FROM information_schema.tables WHERE table_schema = @s AND "
                "table_name = @t",
    .literal = ODBC_LITERAL_TEXT,
    .backslash = true },
  { .words = "SQLite", .system_schemas = ALWAYS_SYSTEM, .literal = ODBC_LITERAL_TEXT },
  { .words = "Microsoft SQL Server|SQL Server",
    .current_schema = "SELECT SCHEMA_NAME()",
    .system_schemas = ALWAYS_SYSTEM ",guest,db_*",
    .estimate =
        "SELECT SUM(rows) FROM sys.partitions WHERE object_id = OBJECT_ID(@n) AND index_id IN "
        "(0, 1)",
    .literal = ODBC_LITERAL_CAST },
  { .words = "Oracle",
    .current_schema = "SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM DUAL",
    .system_schemas = ALWAYS_SYSTEM ",SYSTEM,XDB,CTXSYS,MDSYS,ORDSYS,WMSYS,OUTLN",
    .statements = "ALTER SESSION SET TIME_ZONE = '+00:00'|"
                  "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
    .utc = true,
    .snapshot = SQL_TXN_SERIALIZABLE,
    .estimate = "SELECT num_rows FROM all_tables WHERE owner = @s AND table_name = @t",
    .literal = ODBC_LITERAL_ANSI,
    .zone = " +00:00" },
  { .words = "Snowflake",
    .current_schema = "SELECT CURRENT_SCHEMA()",
    .system_schemas = ALWAYS_SYSTEM,
    .statements = "ALTER SESSION SET TIMEZONE = 'UTC'",
    .utc = true,
    .estimate = "SELECT row_count FROM information_schema.tables WHERE table_schema = @s AND "
                "table_name = @t",
    .literal = ODBC_LITERAL_ANSI,
    .backslash = true },
  { .words = "BigQuery",
    .system_schemas = ALWAYS_SYSTEM,
    .utc = true,
    .literal = ODBC_LITERAL_CAST,
    .zone = "+00",
    .backslash = true },
  { .words = "Trino|Presto|Starburst",
    .current_schema = "SELECT current_schema",
    .system_schemas = ALWAYS_SYSTEM,
    .literal = ODBC_LITERAL_ANSI,
    .zone = " UTC" },
  { .words = "ClickHouse",
    .current_schema = "SELECT currentDatabase()",
    .system_schemas = ALWAYS_SYSTEM ",system",
    .estimate = "SELECT total_rows FROM system.tables WHERE database = @s AND name = @t",
    .literal = ODBC_LITERAL_TEXT,
    .backslash = true },
  { .words = "DB2",
    .current_schema = "SELECT CURRENT SCHEMA FROM SYSIBM.SYSDUMMY1",
    .system_schemas = ALWAYS_SYSTEM ",SYS*",
    .estimate = "SELECT card FROM syscat.tables WHERE tabschema = @s AND tabname = @t",
    .literal = ODBC_LITERAL_ESCAPE },
  { .words = "", .system_schemas = ALWAYS_SYSTEM, .literal = ODBC_LITERAL_ESCAPE },
};

const struct odbc_driver_profile *odbc_driver_profile(const char *name, const char *library) {
  const struct odbc_driver_profile *p = drivers;
  while (!odbc_has_word(p->words, name) && !odbc_has_word(p->words, library)) {
    p++; /* the last one fits all */
  }
  return p;
}

const struct odbc_dialect *odbc_dialect(const char *dbms_name) {
  const struct odbc_dialect *d = dialects;
  while (!odbc_has_word(d->words, dbms_name)) {
    d++;
  }
  return d;
}
