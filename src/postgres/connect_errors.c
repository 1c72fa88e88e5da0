/* connect_errors.c - why no connection was made, and what to do about it; see conninfo.h. */
#include <stdio.h>
#include <string.h>

#include "postgres/conninfo.h"

/* One line: libpq and the server break theirs, and begin with "ERROR:  ". */
void pg_flatten(const char *text, char out[PG_MOST_TEXT]) {
  size_t n = 0;
  bool blank = true; /* no blank at the beginning, nor two in a row */
  for (const char *c = text; c != NULL && *c != '\0' && n + 1 < PG_MOST_TEXT; c++) {
    bool space = *c == '\n' || *c == '\t' || *c == ' ' || *c == '\r';
    if (!space || !blank) {
      out[n++] = space ? ' ' : *c;
    }
    blank = space;
  }
  while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '.')) {
    n--;
  }
  out[n] = '\0';
}

struct advice {
  const char *sign; /* a part of the message */
  sl_status code;
  bool retryable;
  const char *text;
};

static const struct advice by_message[] = {
  { "Connection refused", SL_ESOURCE, true,
    "is the server running there, is the port right, does listen_addresses allow it?" },
  { "could not translate host name", SL_ESOURCE, false, "is the host name right?" },
  { "No such file or directory", SL_ESOURCE, true,
    "no server listens on this socket: give the host in the URL, or the socket's folder as "
    "host=/folder" },
  { "password authentication failed", SL_ESOURCE, false,
    "check user and password (URL, PGPASSWORD, or the file ~/.pgpass)" },
  { "no password supplied", SL_ESOURCE, false,
    "give a password in the URL, in PGPASSWORD or in the file ~/.pgpass" },
  { "Peer authentication failed", SL_ESOURCE, false,
    "the socket lets only the system user of the same name in: connect to host=localhost with a "
    "password" },
  { "no pg_hba.conf entry", SL_ESOURCE, false,
    "the server does not let this user in from here, or only with TLS (sslmode=require)" },
  { "does not support SSL", SL_ESOURCE, false, "the server has no TLS: use sslmode=prefer" },
  { "certificate verify failed", SL_ESOURCE, false,
    "the server's certificate is not signed by a known authority: name its certificate with "
    "sslrootcert=FILE" },
  { "does not match host name", SL_ESOURCE, false,
    "connect by the name in the certificate, or use sslmode=verify-ca" },
  { "root certificate file", SL_ESOURCE, false,
    "name the authority's certificate with sslrootcert=FILE, or use sslmode=require" },
  { "SSL", SL_ESOURCE, false, "see sslmode, sslrootcert, sslcert and sslkey in the URL" },
  { "timeout expired", SL_ESOURCE, true,
    "the server did not answer in time: is a firewall between, is --connect-timeout too short?" },
  { "starting up", SL_ESOURCE, true, "the server is starting: try again in a moment" },
  { "shutting down", SL_ESOURCE, true, "the server is stopping" },
  { "too many", SL_ESOURCE, true,
    "all its connections are taken: load with a smaller --parallel, or later" },
  { "remaining connection slots", SL_ESOURCE, true,
    "all its connections are taken: load with a smaller --parallel, or later" },
  { "server closed the connection", SL_ESOURCE, true, "the server went away: see its log" },
  { "role \"", SL_ESOURCE, false, "check the user's name" },
  { NULL, SL_ESOURCE, true, "check host, port, user and database" },
};

static const struct advice *advice_for_message(const char *message) {
  const struct advice *a = by_message;
  while (a->sign != NULL && strstr(message, a->sign) == NULL) {
    a++;
  }
  return a;
}

void pg_set_vendor(struct sl_error *err, const char *state, bool retryable) {
  if (err != NULL) {
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
    err->retryable = retryable;
  }
}

sl_status pg_fail_connect(PGconn *conn, const char *nearest, struct sl_error *err) {
  char text[PG_MOST_TEXT];
  pg_flatten(PG(errorMessage)(conn), text);
  const struct advice *a = advice_for_message(text);
  sl_status rc =
      nearest != NULL
          ? sl_fail(err, SL_ENOTFOUND, "%s; %s%s%s", text,
                    nearest[0] == '\0' ? "check the name at the end of the URL" : "did you mean '",
                    nearest, nearest[0] == '\0' ? "" : "'?")
          : sl_fail(err, a->code, "%s; %s", text, a->text);
  pg_set_vendor(err, "08001", a->retryable && nearest == NULL);
  return rc;
}
