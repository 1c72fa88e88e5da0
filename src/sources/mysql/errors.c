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

/* The connection is gone: by itself, as TLS says it, or by the server. */
bool maria_is_lost(unsigned number) {
  return number == 2006 || number == 2013 || number == 2026 || number == 2055 || number == 1927 ||
         number == 1053;
}

sl_status maria_fail_session(struct maria_session *s, struct sl_error *err) {
  unsigned number = SL_MYSQL(errno)(s->mysql);
  s->lost = s->lost || maria_is_lost(number);
  return maria_fail(err, number, SL_MYSQL(sqlstate)(s->mysql), SL_MYSQL(error)(s->mysql));
}

/* "db.example.com:3306", or the path of the socket. */
static void place_of(const struct maria_location *l, char *out, size_t size) {
  if (l->socket != NULL || l->host == NULL) {
    snprintf(out, size, "%s", l->socket != NULL ? l->socket : "the default socket");
  } else {
    snprintf(out, size, "%s:%u", l->host, l->port == 0 ? 3306 : l->port);
  }
}

static const char *connect_advice(unsigned number, const char *message) {
  switch (number) {
    case 2002:
    case 2003:
      return strstr(message, "110") != NULL || strstr(message, "timed out") != NULL
                 ? "nothing answered in time: check host and port, firewalls, --connect-timeout"
                 : "is the server running there, are host and port (or socket) right, does a "
                   "firewall let them through?";
    case 2005: return "no such host: check its name, and the network";
    case 2013:
      return "the server closed the connection at once: it may be starting, full, or "
             "blocking this host";
    case 1044: return "this user may not use that database: GRANT SELECT on it, or name another";
    case 1045:
    case 1698:
      return "wrong user name or password, or this user may not log in from here; special "
             "characters are written with percent signs in a URL";
    case 1130: return "the server lets nobody in from this host: CREATE USER with it, or '%'";
    case 1129: return "too many failed attempts: FLUSH HOSTS on the server";
    case 1040:
    case 1203:
    case 1226: return "all its connections are in use: try later, or with a lower --parallel";
    case 2026: return "see ssl-mode and ssl-ca in docs/sources/mysql.md";
    case 3159:
    case 1862: return "log in with the mysql client and set a new password";
    case 2059:
      return "libmariadb has no such plugin: on Debian they are in libmariadb3, or let the "
             "user be identified by mysql_native_password or caching_sha2_password";
    case 2061:
      return "let the connection use TLS (ssl-mode=required), or the user "
             "mysql_native_password";
    default: return "check the URL";
  }
}

sl_status maria_fail_connect(struct sl_error *err, const struct maria_location *l, MYSQL *mysql) {
  char place[300];
  unsigned number = SL_MYSQL(errno)(mysql);
  const char *message = SL_MYSQL(error)(mysql);
  place_of(l, place, sizeof place);
  sl_status code =
      sl_fail(err, number == 1049 ? SL_ENOTFOUND : SL_ESOURCE, "connecting to %s: %s (%u); %s",
              place, message, number, connect_advice(number, message));
  if (err != NULL) {
    err->retryable = number == 2002 || number == 2003 || number == 2013 || number == 1040 ||
                     number == 1203 || number == 1226;
    snprintf(err->vendor, sizeof err->vendor, "%s", SL_MYSQL(sqlstate)(mysql));
  }
  return code;
}
