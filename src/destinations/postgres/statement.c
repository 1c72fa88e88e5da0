/* statement.c - statements, and what the server says of them. */
#include <stdio.h>

#include "postgres/conninfo.h"
#include "postgres_internal.h"

struct advice { /* by the beginning of the SQLSTATE */
  const char *state;
  sl_status code;
  bool retryable;
  const char *text;
};

static const struct advice advices[] = {
  { "42501", SL_EDEST, false,
    "the user may not: GRANT CREATE ON DATABASE (for the dataset's schema) and rights on its "
    "tables" },
  { "42P01", SL_ENOTFOUND, false, "was the table dropped by hand?" },
  { "3F000", SL_ENOTFOUND, false, "was the dataset's schema dropped by hand?" },
  { "42703", SL_ENOTFOUND, false, "was the column dropped by hand?" },
  { "23502", SL_EDATA, false, "a column that must have a value got none" },
  { "23505", SL_EDATA, false, "a unique index of the table forbids two rows with one key" },
  { "23", SL_EDATA, false, "a constraint of the table forbids the row" },
  { "22", SL_EDATA, false, "a value does not fit its column" },
  { "25006", SL_EDEST, false, "the database is read-only (a standby?): load into the primary" },
  { "40", SL_EBUSY, true, "another session was faster: run the load again" },
  { "53100", SL_EIO, false, "the server's disk is full" },
  { "53", SL_EDEST, true, "the server is short of something: try again later" },
  { "55P03", SL_EBUSY, true, "another session has locked the table" },
  { "57014", SL_ECANCELLED, false, "the statement was stopped" },
  { "57P", SL_EDEST, true, "the server ended the connection; run the load again when it is up" },
  { "08", SL_EDEST, true, "the connection was lost; run the load again" },
};

/* The engine looks first whether a table, a column or a schema is there; IF NOT EXISTS of a schema
 * looks, too, and then fails in the catalog's own index. */
static const struct advice raced = {
  "", SL_EBUSY, true,
  "another session made it at the same moment: run the load again (or something else has its name)"
};

static bool is_race(const char *state, const char *text, const char *schema) {
  static const char *const states[] = { "42P06", "42P07", "42701", "42710" };
  for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
    if (strcmp(state, states[i]) == 0) {
      return true;
    }
  }
  return (strcmp(state, "23505") == 0 && strcmp(schema, "pg_catalog") == 0) ||
         strcmp(text, "tuple concurrently updated") == 0;
}

static sl_status fail_lost(struct pg_destination *d, const char *doing, struct sl_error *err) {
  char text[PG_MOST_TEXT];
  pg_flatten(PG(errorMessage)(d->conn), text);
  sl_status rc = sl_fail(err, SL_EDEST,
                         "%s: the connection to %s was lost: %s; the transaction was rolled back, "
                         "run the load again",
                         doing, d->where, text[0] == '\0' ? "the server went away" : text);
  pg_set_vendor(err, "08006", true);
  return rc;
}

sl_status pg_dest_fail(struct pg_destination *d, PGresult *result, const char *doing,
                       struct sl_error *err) {
  char state[8] = "";
  char text[PG_MOST_TEXT] = "";
  char detail[PG_MOST_TEXT] = "";
  char schema[64] = "";
  const struct advice *a = NULL;
  const char *given = result == NULL ? NULL : PG(resultErrorField)(result, PG_DIAG_SQLSTATE);
  snprintf(state, sizeof state, "%s", given == NULL ? "" : given);
  if (state[0] != '\0') {
    pg_flatten(PG(resultErrorField)(result, PG_DIAG_MESSAGE_PRIMARY), text);
    pg_flatten(PG(resultErrorField)(result, PG_DIAG_MESSAGE_DETAIL), detail);
    const char *of = PG(resultErrorField)(result, PG_DIAG_SCHEMA_NAME);
    snprintf(schema, sizeof schema, "%s", of == NULL ? "" : of);
  }
  if (result != NULL) {
    PG(clear)(result);
  }
  if (atomic_load(&d->cancelled)) {
    return sl_fail(err, SL_ECANCELLED, "%s was stopped", doing);
  }
  if (state[0] == '\0') {
    return fail_lost(d, doing, err);
  }
  a = is_race(state, text, schema) ? &raced : NULL;
  for (size_t i = 0; a == NULL && i < sizeof advices / sizeof advices[0]; i++) {
    a = strncmp(state, advices[i].state, strlen(advices[i].state)) == 0 ? &advices[i] : NULL;
  }
  sl_status rc = sl_fail(err, a == NULL ? SL_EDEST : a->code, "PostgreSQL, %s: %s%s%s%s%s%s", doing,
                         text, detail[0] == '\0' ? "" : " (", detail, detail[0] == '\0' ? "" : ")",
                         a == NULL ? "" : "; ", a == NULL ? "" : a->text);
  pg_set_vendor(err, state, a != NULL && a->retryable);
  return rc;
}

sl_status pg_dest_run(struct pg_destination *d, const char *sql, const char *doing, PGresult **out,
                      struct sl_error *err) {
  sl_status rc = pg_copy_end(d, NULL, err);
  if (rc != SL_OK) {
    return rc;
  }
  PGresult *result = PG(exec)(d->conn, sql);
  ExecStatusType status = PG(resultStatus)(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    return pg_dest_fail(d, result, doing, err);
  }
  if (out != NULL) {
    *out = result;
  } else {
    PG(clear)(result);
  }
  return SL_OK;
}
