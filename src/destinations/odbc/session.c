/* session.c - results and literals mean the same whatever the server or the user have set. */
#include <stdio.h>

#include "odbc_writing.h"

static const struct {
  const char *dialect;
  const char *statements; /* "|" between them */
  const char *read_only;  /* NULL = kept by this program alone */
  /* Around a statement that may fail, where a failure ends the transaction. */
  const char *savepoint, *back;
} sessions[] = {
  { "postgres",
    "SET TIME ZONE 'UTC'|SET DateStyle TO 'ISO'|SET standard_conforming_strings TO on|"
    "SET extra_float_digits TO 1|SET client_min_messages TO warning",
    "SET default_transaction_read_only TO on", "SAVEPOINT sluice_look",
    "ROLLBACK TO SAVEPOINT sluice_look" },
  { "redshift", "SET timezone TO 'UTC'|SET datestyle TO 'ISO'", NULL, NULL, NULL },
  { "mysql",
    "SET time_zone = '+00:00'|SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,"
    "NO_ENGINE_SUBSTITUTION'|SET innodb_strict_mode = OFF",
    "SET SESSION TRANSACTION READ ONLY", NULL, NULL },
  { "oracle",
    "ALTER SESSION SET TIME_ZONE = '+00:00'|ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'", NULL,
    NULL, NULL },
  { "snowflake", "ALTER SESSION SET TIMEZONE = 'UTC'", NULL, NULL, NULL },
};

static sl_status run_all(struct odbc_destination *d, const char *statements, struct sl_error *err) {
  char sql[256];
  sl_status rc = SL_OK;
  for (const char *at = statements; rc == SL_OK && *at != '\0';) {
    size_t n = strcspn(at, "|");
    snprintf(sql, sizeof sql, "%.*s", (int)n, at);
    rc = odbc_out_run(d, sql, "setting up the session", err);
    odbc_end(&d->link);
    at += n + (at[n] == '|');
  }
  return rc;
}

enum { SESSIONS = sizeof sessions / sizeof sessions[0] };

/* SESSIONS = nothing is known. */
static size_t find_session(const struct odbc_destination *d) {
  size_t i = 0;
  while (i < SESSIONS && strcmp(sessions[i].dialect, sl_dialect_family(d->sql.dialect)) != 0) {
    i++;
  }
  return i;
}

sl_status odbc_out_set_session(struct odbc_destination *d, struct sl_error *err) {
  size_t i = find_session(d);
  sl_status rc = i < SESSIONS ? run_all(d, sessions[i].statements, err) : SL_OK;
  if (rc == SL_OK && i < SESSIONS && d->read_only && sessions[i].read_only != NULL) {
    rc = run_all(d, sessions[i].read_only, err);
  }
  return rc;
}

sl_status odbc_out_guard(struct odbc_destination *d, bool back, struct sl_error *err) {
  size_t i = find_session(d);
  bool needed = i < SESSIONS && d->in_transaction && sessions[i].savepoint != NULL;
  return needed ? run_all(d, back ? sessions[i].back : sessions[i].savepoint, err) : SL_OK;
}
