/* errors.c - what PostgreSQL says, made into errors with advice. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sources/postgres/session.h"

enum { MOST_TEXT = 600 };

/* One line: libpq and the server break theirs, and begin with "ERROR:  ". */
static void flatten(const char *text, char out[MOST_TEXT]) {
  size_t n = 0;
  bool blank = true; /* no blank at the beginning, nor two in a row */
  for (const char *c = text; c != NULL && *c != '\0' && n + 1 < MOST_TEXT; c++) {
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
  const char *sign; /* of a SQLSTATE, its beginning; of a connection's message, a part */
  sl_status code;
  bool retryable;
  const char *text;
};

static const struct advice by_state[] = {
  { "42501", SL_ESOURCE, false,
    "an owner of the table can GRANT SELECT ON it to the user, or leave it out with "
    "--exclude-tables or --exclude-columns" },
  { "42P01", SL_ENOTFOUND, false,
    "it was dropped or renamed, or the search path does not reach it: write schema.table" },
  { "42703", SL_ENOTFOUND, false,
    "if the table was altered while it was being loaded, run the load again" },
  { "0A000", SL_ESOURCE, false,
    "if the table was altered while it was being loaded, run the load again" },
  { "42", SL_EUSAGE, false, "see --query and --where: they are SQL of PostgreSQL" },
  { "22021", SL_EDATA, false,
    "the database holds bytes that are no text in its encoding; find the rows and mend them, or "
    "leave the column out with --exclude-columns" },
  { "22P05", SL_EDATA, false,
    "a character has no equal in UTF-8; leave the column out with --exclude-columns" },
  { "22", SL_EDATA, false,
    "a value given for the cursor or in --where or --query does not suit its column" },
  { "25006", SL_EUSAGE, false, "Sluice only reads: a query may not change anything" },
  { "25P03", SL_ESOURCE, true, "the server ended the session because it waited too long" },
  { "40001", SL_ESOURCE, false,
    "a standby withdrew rows that were being read: set hot_standby_feedback = on or a longer "
    "max_standby_streaming_delay there, or load from the primary" },
  { "53100", SL_ESOURCE, false, "the server's disk is full" },
  { "53", SL_ESOURCE, true, "the server is short of something; load with a smaller --parallel" },
  { "55P03", SL_EBUSY, true, "another session has locked the table (ALTER, VACUUM FULL, …)" },
  { "57014", SL_ESOURCE, false,
    "if it was the time limit, allow more with --statement-timeout (seconds) or read less with "
    "--where" },
  { "57P", SL_ESOURCE, true, "the server ended the connection; run the load again when it is up" },
  { "08", SL_ESOURCE, true, "the connection was lost; run the load again" },
  { "58", SL_ESOURCE, false, "the server cannot read its own files: see its log" },
  { "XX", SL_ESOURCE, false, "the server found an error inside itself: see its log" },
  { NULL, SL_ESOURCE, false, NULL },
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

static const struct advice *advice_for_state(const char *state) {
  const struct advice *a = by_state;
  while (a->sign != NULL && strncmp(state, a->sign, strlen(a->sign)) != 0) {
    a++;
  }
  return a;
}

static const struct advice *advice_for_message(const char *message) {
  const struct advice *a = by_message;
  while (a->sign != NULL && strstr(message, a->sign) == NULL) {
    a++;
  }
  return a;
}

static const char *field(const PGresult *result, int code) {
  const char *text = result == NULL ? NULL : PG(resultErrorField)(result, code);
  return text == NULL ? "" : text;
}

static void set_vendor(struct sl_error *err, const char *state, bool retryable) {
  if (err != NULL) {
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
    err->retryable = retryable;
  }
}

/* Without a SQLSTATE nobody answered: the connection is gone. */
static sl_status fail_lost(struct pg_session *s, const char *doing, struct sl_error *err) {
  char text[MOST_TEXT];
  flatten(PG(errorMessage)(s->conn), text);
  sl_status rc = sl_fail(err, SL_ESOURCE,
                         "%s: the connection to %s was lost: %s; nothing was changed in the "
                         "destination, run the load again",
                         doing, s->where, text[0] == '\0' ? "the server went away" : text);
  set_vendor(err, "08006", true);
  return rc;
}

sl_status pg_fail(struct pg_session *s, PGresult *result, const char *doing, struct sl_error *err) {
  char state[16], primary[MOST_TEXT], detail[MOST_TEXT];
  snprintf(state, sizeof state, "%s", field(result, PG_DIAG_SQLSTATE));
  flatten(field(result, PG_DIAG_MESSAGE_PRIMARY), primary);
  flatten(field(result, PG_DIAG_MESSAGE_DETAIL), detail);
  if (detail[0] == '\0') {
    flatten(field(result, PG_DIAG_MESSAGE_HINT), detail);
  }
  PG(clear)(result);
  if (atomic_load(&s->stopped)) {
    return sl_fail(err, SL_ECANCELLED, "%s was stopped", doing);
  }
  if (state[0] == '\0') {
    return fail_lost(s, doing, err);
  }
  const struct advice *a = advice_for_state(state);
  sl_status rc = sl_fail(err, a->code, "%s: %s%s%s%s%s%s", doing, primary,
                         detail[0] == '\0' ? "" : " (", detail, detail[0] == '\0' ? "" : ")",
                         a->text == NULL ? "" : "; ", a->text == NULL ? "" : a->text);
  set_vendor(err, state, a->retryable);
  return rc;
}

sl_status pg_fail_connect(PGconn *conn, const char *nearest, struct sl_error *err) {
  char text[MOST_TEXT];
  flatten(PG(errorMessage)(conn), text);
  const struct advice *a = advice_for_message(text);
  sl_status rc =
      nearest != NULL
          ? sl_fail(err, SL_ENOTFOUND, "%s; %s%s%s", text,
                    nearest[0] == '\0' ? "check the name at the end of the URL" : "did you mean '",
                    nearest, nearest[0] == '\0' ? "" : "'?")
          : sl_fail(err, a->code, "%s; %s", text, a->text);
  set_vendor(err, "08001", a->retryable && nearest == NULL);
  return rc;
}
