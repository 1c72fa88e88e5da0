/* connect_errors.c - why no connection was made, and what to do about it; see dial.h. */
#include <stdio.h>
#include <string.h>

#include "mysql/dial.h"

bool maria_is_lost(unsigned number) {
  return number == 2006 || number == 2013 || number == 2026 || number == 2055 || number == 1927 ||
         number == 1053;
}

/* "db.example.com:3306", or the path of the socket. */
void maria_place_of(const struct maria_location *l, char out[MARIA_MOST_PLACE]) {
  if (l->socket != NULL || l->host == NULL) {
    snprintf(out, MARIA_MOST_PLACE, "%s", l->socket != NULL ? l->socket : "the default socket");
  } else {
    snprintf(out, MARIA_MOST_PLACE, "%s:%u", l->host, l->port == 0 ? 3306 : l->port);
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
    case 2026:
      return strstr(message, "unexpected eof") != NULL
                 ? "the server closed the connection; is it up?"
                 : "see ssl-mode and ssl-ca in docs/sources/mysql.md";
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

sl_status maria_fail_connect(struct sl_error *err, sl_status code, const struct maria_location *l,
                             MYSQL *mysql) {
  char place[MARIA_MOST_PLACE];
  unsigned number = SL_MYSQL(errno)(mysql);
  const char *message = SL_MYSQL(error)(mysql);
  maria_place_of(l, place);
  code = sl_fail(err, number == 1049 ? SL_ENOTFOUND : code, "connecting to %s: %s (%u); %s", place,
                 message, number, connect_advice(number, message));
  if (err != NULL) {
    err->retryable = number == 2002 || number == 2003 || number == 2013 || number == 1040 ||
                     number == 1203 || number == 1226;
    snprintf(err->vendor, sizeof err->vendor, "%s", SL_MYSQL(sqlstate)(mysql));
  }
  return code;
}
