/* test_diag.c - what drivers say, sorted. The texts are those of real drivers. */
#include "odbc/diag.h"

#include "unit/test.h"

static const struct {
  const char *state, *text;
  bool connecting;
  sl_status code;
  bool retryable, no_driver;
  const char *advice; /* a part of it; NULL = none */
} cases[] = {
  { "IM002", "Data source name not found and no default driver specified", true, SL_EUSAGE, false,
    true, NULL },
  { "01000", "Can't open lib '/x.so' : file not found", true, SL_ENOTFOUND, false, true, NULL },
  { "IM004", "Driver's SQLAllocHandle on SQL_HANDLE_HENV failed", true, SL_ESOURCE, false, false,
    "made for this machine" },
  { "08001", "FATAL:  password authentication failed for user \"joe\"", true, SL_ESOURCE, false,
    false, "check user and password" },
  { "28000", "Access denied for user 'u'@'localhost' (using password: YES)", true, SL_ESOURCE,
    false, false, "check user and password" },
  { "28000", "Login failed for user 'sa'.", true, SL_ESOURCE, false, false,
    "check user and password" },
  { "08001", "could not translate host name \"nohost\" to address: Name or service not known", true,
    SL_ESOURCE, true, false, "check the host name" },
  { "08001", "FATAL:  database \"nodb\" does not exist", true, SL_ENOTFOUND, false, false,
    "check the name" },
  { "42000", "Unknown database 'nodb'", true, SL_ENOTFOUND, false, false, "check the name" },
  { "08001", "connection to server at \"127.0.0.1\", port 1 failed: Connection refused", true,
    SL_ESOURCE, true, false, "is the server running" },
  { "08001", "server does not support SSL, but SSL was required", true, SL_ESOURCE, false, false,
    "TLS settings" },
  { "08S01", "Unable to connect: Adaptive Server is unavailable or does not exist", true,
    SL_ESOURCE, true, false, "is the server running" },
  { "08001", "Unknown host machine name.", true, SL_ESOURCE, true, false, "check the host name" },
  { "HYT00", "Login timeout expired", true, SL_ESOURCE, true, false, "is the server running" },
  { "HYT00", "Query timeout expired", false, SL_ESOURCE, true, false, "--statement-timeout" },
  { "57014", "ERROR: canceling statement due to statement timeout", false, SL_ESOURCE, false, false,
    "--statement-timeout" },
  { "HY000", "could not receive data from server: Connection reset by peer", false, SL_ESOURCE,
    true, false, "connection was lost" },
  { "08S01", "Communication link failure", false, SL_ESOURCE, true, false, "connection was lost" },
  { "57P01", "terminating connection due to administrator command", false, SL_ESOURCE, true, false,
    "connection was lost" },
  { "HY000", "Lost connection to MySQL server during query", false, SL_ESOURCE, true, false,
    "connection was lost" },
  { "42501", "ERROR: permission denied for table secret", false, SL_ESOURCE, false, false,
    "right to SELECT" },
  { "42000", "SELECT command denied to user 'u'@'localhost' for table 'secret'", false, SL_ESOURCE,
    false, false, "right to SELECT" },
  { "42S02", "Invalid object name 'x'.", false, SL_ENOTFOUND, false, false, "sluice inspect" },
  { "HY000", "no such table: x (1)", false, SL_ENOTFOUND, false, false, "sluice inspect" },
  { "42000", "syntax error", false, SL_EUSAGE, false, false, NULL },
  { "22003", "Numeric value out of range", false, SL_EDATA, false, false, NULL },
  { "40001", "could not serialize access", false, SL_ESOURCE, true, false, "again" },
  { "HY008", "Operation canceled", false, SL_ECANCELLED, false, false, NULL },
  { "HYC00", "Optional feature not implemented", false, SL_EUNSUPPORTED, false, false, NULL },
  { "HY000", "something else", false, SL_ESOURCE, false, false, NULL },
};

TEST(texts_are_sorted) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct odbc_verdict v = odbc_judge(cases[i].state, cases[i].text, cases[i].connecting, false);
    CHECK_INT(cases[i].text, v.code, cases[i].code);
    CHECK_INT(cases[i].text, v.retryable, cases[i].retryable);
    CHECK_INT(cases[i].text, v.no_driver, cases[i].no_driver);
    CHECK_CASE(cases[i].text, cases[i].advice == NULL
                                  ? v.advice == NULL
                                  : v.advice != NULL && strstr(v.advice, cases[i].advice) != NULL);
  }
}

TEST(packages) {
  CHECK_STR("label", odbc_package_for("PostgreSQL Unicode"), "odbc-postgresql (Debian)");
  CHECK_STR("library", odbc_package_for("/usr/lib/libmaodbc.so"), "odbc-mariadb (Debian)");
  CHECK_STR("unknown", odbc_package_for("Excel"), NULL);
}
