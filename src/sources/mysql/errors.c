/* errors.c - what servers answer, as texts that say what to do next. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sources/mysql/internal.h"

static const struct {
  unsigned number;
  sl_status code;
  bool retryable;
  const char *advice;
} known[] = {
  { 2006, SL_ESOURCE, true, "the connection was lost; is the server up? Run the load again" },
  { 2013, SL_ESOURCE, true, "the connection was lost; is the server up? Run the load again" },
  { 2026, SL_ESOURCE, true, "the connection was lost; is the server up? Run the load again" },
  { 2055, SL_ESOURCE, true, "the connection was lost; is the server up? Run the load again" },
  { 1053, SL_ESOURCE, true, "the server is being shut down; run the load again when it is up" },
  { 1927, SL_ESOURCE, true, "somebody ended the connection on the server; run the load again" },
  { 1317, SL_ESOURCE, false, "somebody ended the query on the server (KILL); run the load again" },
  { 1969, SL_ESOURCE, false, "raise --statement-timeout or the server's max_statement_time" },
  { 3024, SL_ESOURCE, false, "raise --statement-timeout or the server's max_execution_time" },
  { 1412, SL_ESOURCE, true, "the table was altered while it was read; run the load again" },
  { 1205, SL_ESOURCE, true, "another session locks the table; run the load again later" },
  { 1142, SL_ESOURCE, false,
    "GRANT SELECT on it to this user, or leave it out (--exclude-tables)" },
  { 1143, SL_ESOURCE, false,
    "GRANT SELECT on it to this user, or leave it out "
    "(--exclude-columns)" },
  { 1044, SL_ESOURCE, false, "GRANT this user rights on the database, or name another one" },
  { 1370, SL_ESOURCE, false, "GRANT EXECUTE on it to this user" },
  { 1146, SL_ENOTFOUND, false, "`sluice inspect` lists the tables" },
  { 1054, SL_EUSAGE, false, "check --where and --query; `sluice inspect` lists the columns" },
  { 1060, SL_EUSAGE, false, "give each column of the query a name of its own (AS)" },
  { 1064, SL_EUSAGE, false, "check --where and --query" },
  { 1356, SL_ESOURCE, false, "repair the view, or leave it out (--exclude-tables)" },
  { 1449, SL_ESOURCE, false, "repair the view, or leave it out (--exclude-tables)" },
  { 1792, SL_EUSAGE, false, "Sluice only reads: a query must not change anything" },
};

sl_status maria_fail(struct sl_error *err, unsigned number, const char *state,
                     const char *message) {
  sl_status code = SL_ESOURCE;
  bool retryable = false;
  const char *advice = NULL;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (known[i].number == number) {
      code = known[i].code;
      retryable = known[i].retryable;
      advice = known[i].advice;
    }
  }
  if (number == 2008 || number == 1037 || number == 1038) {
    code = SL_ENOMEM;
  }
  code = sl_fail(err, code, "%s (%u)%s%s", message, number, advice == NULL ? "" : "; ",
                 advice == NULL ? "" : advice);
  if (err != NULL) {
    err->retryable = retryable;
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
  }
  return code;
}

sl_status maria_fail_session(struct maria_session *s, struct sl_error *err) {
  unsigned number = SL_MYSQL(errno)(s->mysql);
  s->lost = s->lost || maria_is_lost(number);
  return maria_fail(err, number, SL_MYSQL(sqlstate)(s->mysql), SL_MYSQL(error)(s->mysql));
}
