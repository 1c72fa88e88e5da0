/* statement.c - statements, and what the server says of them. */
#include <stdio.h>
#include <stdlib.h>

#include "mysql_internal.h"

static const char rights[] =
    "the user may not: GRANT ALL ON the dataset's database to it (and "
    "create that database, if it is not there)";
static const char full[] =
    "the server's disk, or the one of its temporary tables (tmpdir), is full";

static const struct {
  unsigned number;
  sl_status code;
  bool retryable;
  const char *text;
} advices[] = {
  { 1044, SL_EDEST, false, rights },
  { 1045, SL_EDEST, false, rights },
  { 1142, SL_EDEST, false, rights },
  { 1143, SL_EDEST, false, rights },
  { 1227, SL_EDEST, false, rights },
  { 1049, SL_ENOTFOUND, false, "was the dataset's database dropped by hand?" },
  { 1146, SL_ENOTFOUND, false, "was the table dropped by hand?" },
  { 1054, SL_ENOTFOUND, false, "was the column dropped by hand?" },
  { 1048, SL_EDATA, false, "a column that must have a value got none" },
  { 1364, SL_EDATA, false, "a column that must have a value got none" },
  { 1062, SL_EDATA, false, "a unique index of the table forbids two rows with one key" },
  { 1264, SL_EDATA, false, "a value does not fit its column" },
  { 1265, SL_EDATA, false, "a value does not fit its column" },
  { 1292, SL_EDATA, false, "a value does not fit its column" },
  { 1366, SL_EDATA, false, "a value does not fit its column" },
  { 1367, SL_EDATA, false, "a value does not fit its column" },
  { 1406, SL_EDATA, false, "a value does not fit its column: make it longer (MODIFY COLUMN)" },
  { 3140, SL_EDATA, false, "a text in a JSON column is no JSON" },
  { 1216, SL_EDATA, false, "a constraint of the table forbids the row" },
  { 1451, SL_EDATA, false, "a constraint of the table forbids the row" },
  { 1452, SL_EDATA, false, "a constraint of the table forbids the row" },
  { 1644, SL_EDATA, false, "a trigger of the table forbids the row" },
  { 3819, SL_EDATA, false, "a constraint of the table forbids the row" },
  { 4025, SL_EDATA, false, "a constraint of the table forbids the row" },
  { 1301, SL_EDATA, false, "raise max_allowed_packet on the server" },
  { 1153, SL_EDATA, false, "raise max_allowed_packet on the server" },
  { 2020, SL_EDATA, false, "raise max_allowed_packet on the server" },
  { 1118, SL_EDEST, false,
    "the table has more columns than a row of InnoDB has room for: load fewer of them (--columns, "
    "--exclude-columns), or into several tables" },
  { 1117, SL_EDEST, false, "load fewer columns, or into several tables" },
  { 1020, SL_EBUSY, true, "another session was faster: run the load again" },
  { 1050, SL_EBUSY, true, "another session made the table at the same moment: run the load again" },
  { 1060, SL_EBUSY, true,
    "another session made the column at the same moment: run the load again" },
  { 1205, SL_EBUSY, true, "another session has locked the rows: run the load again later" },
  { 1213, SL_EBUSY, true, "another session was faster: run the load again" },
  { 3572, SL_EBUSY, true, "another session has locked the rows: run the load again later" },
  { 1290, SL_EDEST, false, "the server is read-only (a replica?): load into the primary" },
  { 1792, SL_EDEST, false, "the connection is read-only" },
  { 1836, SL_EDEST, false, "the server is read-only (a replica?): load into the primary" },
  { 1021, SL_EIO, false, full },
  { 1026, SL_EIO, false, full },
  { 1114, SL_EIO, false, full },
  { 3675, SL_EIO, false, full },
  { 1197, SL_EDEST, false, "raise max_binlog_cache_size on the server" },
  { 3750, SL_EDEST, false,
    "the server demands primary keys (sql_require_primary_key), which loaded tables have not: let "
    "this user set that to OFF for its session (SESSION_VARIABLES_ADMIN)" },
  { 1317, SL_ECANCELLED, false, "somebody ended the statement on the server (KILL)" },
  { 1969, SL_EDEST, true, "raise the server's max_statement_time" },
  { 3024, SL_EDEST, true, "raise the server's max_execution_time" },
};

static sl_status fail_lost(struct my_destination *d, const char *message, const char *doing,
                           struct sl_error *err) {
  sl_status rc =
      sl_fail(err, SL_EDEST, "%s: the connection to %s was lost: %s%s", doing, d->where, message,
              strcmp(doing, "committing") == 0 ? "" : "; nothing was changed, run the load again");
  if (err != NULL) {
    err->retryable = true;
    snprintf(err->vendor, sizeof err->vendor, "08S01");
  }
  return rc;
}

/* A full disk has a hundred numbers: error 1030 wraps what the engine says. */
static bool is_full(unsigned number, const char *message) {
  return number == 1030 &&
         (strstr(message, " 28 ") != NULL || strstr(message, "No space left") != NULL);
}

sl_status my_fail_number(struct my_destination *d, unsigned number, const char *state,
                         const char *message, const char *doing, struct sl_error *err) {
  if (atomic_load(&d->cancelled)) {
    return sl_fail(err, SL_ECANCELLED, "%s was stopped", doing);
  }
  if (maria_is_lost(number)) {
    return fail_lost(d, message, doing, err);
  }
  sl_status code = is_full(number, message) ? SL_EIO : SL_EDEST;
  const char *advice = code == SL_EIO ? full : NULL;
  bool retryable = false;
  for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
    if (advices[i].number == number) {
      code = advices[i].code;
      retryable = advices[i].retryable;
      advice = advices[i].text;
    }
  }
  code = sl_fail(err, code, "MySQL, %s: %s (%u)%s%s", doing, message, number,
                 advice == NULL ? "" : "; ", advice == NULL ? "" : advice);
  if (err != NULL) {
    err->retryable = retryable;
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
  }
  return code;
}

sl_status my_fail(struct my_destination *d, const char *doing, struct sl_error *err) {
  return my_fail_number(d, SL_MYSQL(errno)(d->mysql), SL_MYSQL(sqlstate)(d->mysql),
                        SL_MYSQL(error)(d->mysql), doing, err);
}

sl_status my_run(struct my_destination *d, const char *sql, size_t length, const char *doing,
                 int64_t *affected, struct sl_error *err) {
  sl_status rc = SL_OK;
  atomic_store(&d->busy, true);
  if (maria_query_within(d->mysql, sql, length, d->patience) != 0) {
    rc = my_fail(d, doing, err);
  } else {
    MYSQL_RES *result = SL_MYSQL(store_result)(d->mysql);
    if (result == NULL && SL_MYSQL(errno)(d->mysql) != 0) {
      rc = my_fail(d, doing, err);
    } else if (affected != NULL) {
      *affected = result != NULL ? -1 : (int64_t)SL_MYSQL(affected_rows)(d->mysql);
    }
    if (result != NULL) {
      SL_MYSQL(free_result)(result);
    }
  }
  atomic_store(&d->busy, false);
  return rc;
}

sl_status my_run_text(struct my_destination *d, const char *sql, const char *doing,
                      struct sl_error *err) {
  return my_run(d, sql, strlen(sql), doing, NULL, err);
}

sl_status my_ask(struct my_destination *d, const char *sql, char **out, unsigned n,
                 struct sl_error *err) {
  memset(out, 0, n * sizeof *out);
  if (maria_query_within(d->mysql, sql, strlen(sql), d->patience) != 0) {
    return my_fail(d, "asking the server", err);
  }
  MYSQL_RES *result = SL_MYSQL(store_result)(d->mysql);
  if (result == NULL) {
    return my_fail(d, "asking the server", err);
  }
  sl_status rc = SL_OK;
  MYSQL_ROW row = SL_MYSQL(fetch_row)(result);
  for (unsigned i = 0; rc == SL_OK && row != NULL && i < n; i++) {
    out[i] = row[i] == NULL ? NULL : strdup(row[i]);
    if (row[i] != NULL && out[i] == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for an answer");
    }
  }
  SL_MYSQL(free_result)(result);
  return rc;
}
