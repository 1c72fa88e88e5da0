/* errors.c - what PostgreSQL says, made into errors with advice. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "postgres/conninfo.h"
#include "sources/postgres/session.h"

struct advice {
  const char *sign; /* the beginning of a SQLSTATE */
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

static const struct advice *advice_for_state(const char *state) {
  const struct advice *a = by_state;
  while (a->sign != NULL && strncmp(state, a->sign, strlen(a->sign)) != 0) {
    a++;
  }
  return a;
}

static const char *field(const PGresult *result, int code) {
  const char *text = result == NULL ? NULL : PG(resultErrorField)(result, code);
  return text == NULL ? "" : text;
}

/* Without a SQLSTATE nobody answered: the connection is gone. */
static sl_status fail_lost(struct pg_session *s, const char *doing, struct sl_error *err) {
  char text[PG_MOST_TEXT];
  pg_flatten(PG(errorMessage)(s->conn), text);
  sl_status rc = sl_fail(err, SL_ESOURCE,
                         "%s: the connection to %s was lost: %s; nothing was changed in the "
                         "destination, run the load again",
                         doing, s->where, text[0] == '\0' ? "the server went away" : text);
  pg_set_vendor(err, "08006", true);
  return rc;
}

sl_status pg_fail(struct pg_session *s, PGresult *result, const char *doing, struct sl_error *err) {
  char state[16], primary[PG_MOST_TEXT], detail[PG_MOST_TEXT];
  snprintf(state, sizeof state, "%s", field(result, PG_DIAG_SQLSTATE));
  pg_flatten(field(result, PG_DIAG_MESSAGE_PRIMARY), primary);
  pg_flatten(field(result, PG_DIAG_MESSAGE_DETAIL), detail);
  if (detail[0] == '\0') {
    pg_flatten(field(result, PG_DIAG_MESSAGE_HINT), detail);
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
  pg_set_vendor(err, state, a->retryable);
  return rc;
}
