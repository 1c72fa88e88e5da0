/* test_location.c - what users write, as connection strings. */
#include "odbc/location.h"

#include <stdlib.h>

#include "unit/test.h"

static struct odbc_installed_list installed(void) {
  static const char *const names[][2] = {
    { "ODBC Driver 17 for SQL Server", "/opt/microsoft/msodbcsql17/lib64/libmsodbcsql-17.10.so" },
    { "FreeTDS", "libtdsodbc.so" },
    { "ODBC Driver 18 for SQL Server", "/opt/microsoft/msodbcsql18/lib64/libmsodbcsql-18.3.so" },
    { "MyOracle", "/usr/lib/oracle/21/client64/lib/libsqora.so.21.1" },
    { "SnowflakeDSIIDriver", "/usr/lib64/snowflake/odbc/lib/libSnowflake.so" },
    { "Simba ODBC Driver for Google BigQuery", "libgooglebigqueryodbc_sb64.so" },
    { "Starburst ODBC Driver", "libtrinoodbc_sb64.so" },
    { "ClickHouse ODBC Driver (Unicode)", "libclickhouseodbcw.so" },
    { "IBM DB2 ODBC DRIVER", "libdb2o.so" },
  };
  struct odbc_installed_list list = { 0 };
  for (size_t i = 0; i < COUNT(names); i++) {
    struct sl_error err;
    CHECK_OK(odbc_installed_add(&list, names[i][0], names[i][1], &err), &err);
  }
  return list;
}

static const struct {
  const char *scheme, *location, *want;
} cases[] = {
  { "odbc", "shop", "DSN=shop" },
  { "odbc", "my%20shop?Timeout=5", "DSN=my shop;Timeout=5" },
  { "odbc", "Driver={X};Server=h;PWD={a;b}", "Driver={X};Server=h;PWD={a;b}" },
  { "odbc", "DSN=shop", "DSN=shop" },
  { "odbc", "//joe:s%3Bc@shop/db?Timeout=5", "DSN=shop;Database=db;UID=joe;PWD={s;c};Timeout=5" },
  { "odbc", "//shop?driver=FreeTDS", "DSN=shop" },
  { "mssql", "//sa:p@h/db",
    "Driver={ODBC Driver 18 for SQL Server};Server=h;Database=db;UID=sa;PWD=p;APP=sluice" },
  { "mssql", "//sa:p@h:1444/db?Encrypt=yes&app=mine",
    "Driver={ODBC Driver 18 for SQL Server};Server=h,1444;Database=db;UID=sa;PWD=p;Encrypt=yes;"
    "app=mine" },
  { "mssql", "//sa:p@h/db?driver=FreeTDS",
    "Driver={FreeTDS};Server=h;Port=1433;Database=db;UID=sa;PWD=p;TDS_Version=7.4;"
    "ClientCharset=UTF-8;APP=sluice" },
  { "mssql", "//sa@h:1/db?driver=/opt/libtdsodbc.so&TDS_Version=7.1",
    "Driver={/opt/libtdsodbc.so};Server=h;Port=1;Database=db;UID=sa;ClientCharset=UTF-8;APP=sluice;"
    "TDS_Version=7.1" },
  { "mssql", "//[::1]:1433/db?driver=FreeTDS",
    "Driver={FreeTDS};Server=::1;Port=1433;Database=db;TDS_Version=7.4;ClientCharset=UTF-8;"
    "APP=sluice" },
  { "oracle", "//scott:t@h/XEPDB1", "Driver={MyOracle};DBQ=//h:1521/XEPDB1;UID=scott;PWD=t" },
  { "oracle", "//scott:t@h:1/XE", "Driver={MyOracle};DBQ=//h:1/XE;UID=scott;PWD=t" },
  { "oracle", "//scott:t@tnsname", "Driver={MyOracle};DBQ=tnsname;UID=scott;PWD=t" },
  { "snowflake", "//u:p@xy123.eu-west-1/DB/S?Warehouse=W",
    "Driver={SnowflakeDSIIDriver};Server=xy123.eu-west-1.snowflakecomputing.com;Database=DB;Schema="
    "S;"
    "UID=u;PWD=p;application=sluice;Warehouse=W" },
  { "snowflake", "//u:p@a.snowflakecomputing.cn:8443/DB",
    "Driver={SnowflakeDSIIDriver};Server=a.snowflakecomputing.cn;Port=8443;Database=DB;UID=u;PWD=p;"
    "application=sluice" },
  { "bigquery", "//project/set?OAuthMechanism=0&KeyFilePath=/k.json",
    "Driver={Simba ODBC Driver for Google BigQuery};Catalog=project;DefaultDataset=set;"
    "OAuthMechanism=0;KeyFilePath=/k.json" },
  { "trino", "//u@h:8443/hive/web?SSL=1",
    "Driver={Starburst ODBC Driver};Host=h;Port=8443;Catalog=hive;Schema=web;UID=u;SSL=1" },
  { "clickhouse", "//u:p@h/db",
    "Driver={ClickHouse ODBC Driver (Unicode)};Server=h;Database=db;UID=u;PWD=p" },
  { "db2", "//u:p@h/SAMPLE",
    "Driver={IBM DB2 ODBC "
    "DRIVER};Hostname=h;Port=50000;Database=SAMPLE;Protocol=TCPIP;UID=u;PWD=p" },
  { "mssql", "//sa:p%40ss@w@h/d", /* the last @ ends the password */
    "Driver={ODBC Driver 18 for SQL Server};Server=h;Database=d;UID=sa;PWD=p@ss@w;APP=sluice" },
};

TEST(locations_become_connection_strings) {
  struct odbc_installed_list list = installed();
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_buffer out = { 0 };
    struct sl_error err;
    CHECK_OK(odbc_connection_string(cases[i].scheme, cases[i].location, &list, &out, &err), &err);
    CHECK_STR(cases[i].location, out.data, cases[i].want);
    sl_buffer_release(&out);
  }
  odbc_installed_release(&list);
}

static const struct {
  const char *scheme, *location;
  sl_status code;
  const char *part;
} bad_cases[] = {
  { "odbc", "", SL_EUSAGE, "needs the name of a data source" },
  { "odbc", "?a=b", SL_EUSAGE, "needs the name of a data source" },
  { "odbc", "///db", SL_EUSAGE, "a host is missing" },
  { "mssql", "host", SL_EUSAGE, "mssql://user:password@host/database" },
  { "oracle", "//h/x", SL_ENOTFOUND, "no ODBC driver for oracle:// is installed" },
  { "oracle", "//h/x", SL_ENOTFOUND, "installed drivers: FreeTDS" },
  { "oracle", "//h/x", SL_ENOTFOUND, "oracle-instantclient-odbc" },
};

TEST(bad_locations_say_what_to_write) {
  struct odbc_installed_list list = { 0 };
  struct sl_error err;
  CHECK_OK(odbc_installed_add(&list, "FreeTDS", "libtdsodbc.so", &err), &err);
  for (size_t i = 0; i < COUNT(bad_cases); i++) {
    struct sl_buffer out = { 0 };
    CHECK_FAILS(
        odbc_connection_string(bad_cases[i].scheme, bad_cases[i].location, &list, &out, &err),
        bad_cases[i].code, &err);
    if (!CHECK_CASE(bad_cases[i].part, strstr(err.message, bad_cases[i].part) != NULL)) {
      printf("  %s\n", err.message);
    }
    sl_buffer_release(&out);
  }
  odbc_installed_release(&list);
}

static const struct {
  const char *string, *keyword, *want;
} value_cases[] = {
  { "DSN=shop;UID=joe", "uid", "joe" },
  { " dsn = shop ;", "DSN", "shop " },
  { "PWD={a;b}}c};UID=x", "PWD", "a;b}c" },
  { "PWD={a;b}}c};UID=x", "UID", "x" },
  { "PWD={open", "PWD", "open" },
  { "Driver={X Y};Server=a=b", "Server", "a=b" },
  { "UIDX=1;UID=2", "UID", "2" },
  { "UID=", "UID", "" },
  { "UID", "UID", "" },
  { "Server=a", "UID", NULL },
  { "", "UID", NULL },
};

TEST(keywords_are_found) {
  for (size_t i = 0; i < COUNT(value_cases); i++) {
    char *got = odbc_string_get(value_cases[i].string, value_cases[i].keyword);
    CHECK_STR(value_cases[i].string, got, value_cases[i].want);
    free(got);
  }
}

TEST(values_come_back_as_they_were_added) {
  static const char *const values[] = { "plain", "a;b", "a}b", "{a}", " a", "a ", "a=b", "", "}}" };
  for (size_t i = 0; i < COUNT(values); i++) {
    struct sl_buffer string = { 0 };
    odbc_string_add(&string, "A", "1");
    odbc_string_add(&string, "PWD", values[i]);
    odbc_string_add(&string, "Z", "2");
    char *got = odbc_string_get(string.data, "PWD");
    char *after = odbc_string_get(string.data, "Z");
    CHECK_STR(string.data, got, values[i]);
    CHECK_STR(string.data, after, "2");
    free(got);
    free(after);
    sl_buffer_release(&string);
  }
}

TEST(default_names) {
  static const struct {
    const char *location, *want;
  } names[] = {
    { "shop", "shop" },
    { "shop?Timeout=1", "shop" },
    { "Driver=X;Database=crm;Server=h", "crm" },
    { "Driver=SQLite3;Database=/data/shop.v2.db", "shop.v2" },
    { "DSN=shop;UID=u", "shop" },
    { "Driver=X", "database" },
    { "//joe:secret@host/crm?Encrypt=yes", "crm" },
  };
  for (size_t i = 0; i < COUNT(names); i++) {
    char out[256];
    struct sl_error err;
    CHECK_OK(odbc_default_name(names[i].location, out, &err), &err);
    CHECK_STR(names[i].location, out, names[i].want);
  }
}
