/* statement.c - transactions of single calls, statements, and what Firebird says of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "firebird_internal.h"

/* ---- failures ---- */

static const char rights[] =
    "the user may not: GRANT the right to it, or load as the owner of the "
    "database";
static const struct {
  ISC_STATUS number; /* anywhere in what is said */
  sl_status code;
  bool retryable;
  const char *text;
} advices[] = {
  { isc_cancelled, SL_ECANCELLED, false, "it was stopped" },
  { isc_dsql_relation_err, SL_ENOTFOUND, false, "was the table dropped by hand?" },
  { isc_dsql_field_err, SL_ENOTFOUND, false, "was the column dropped by hand?" },
  { isc_unique_key_violation, SL_EDATA, false, "a unique index forbids two rows with one key" },
  { isc_no_dup, SL_EDATA, false, "a unique index forbids two rows with one key" },
  { isc_not_valid, SL_EDATA, false, "a column that must have a value got none" },
  { isc_not_valid_for_var, SL_EDATA, false, "a column that must have a value got none" },
  { isc_foreign_key, SL_EDATA, false, "a constraint of the table forbids the row" },
  { isc_check_constraint, SL_EDATA, false, "a constraint of the table forbids the row" },
  { isc_arith_except, SL_EDATA, false, "a value does not fit its column" },
  { isc_string_truncation, SL_EDATA, false, "a text is longer than its column allows" },
  { isc_convert_error, SL_EDATA, false, "a value is not of the column's type" },
  { isc_no_priv, SL_EDEST, false, rights },
  { isc_login, SL_EDEST, false, "wrong user name or password" },
  { isc_read_only_database, SL_EDEST, false, "the database is read-only (gfix -mode read_write)" },
  { isc_read_only_trans, SL_EDEST, false, "the destination was opened to read only" },
  { isc_deadlock, SL_EBUSY, true, "another session was faster: run the load again" },
  { isc_update_conflict, SL_EBUSY, true, "another session was faster: run the load again" },
  { isc_lock_timeout, SL_EBUSY, true, "another session has locked it: run the load again later" },
  { isc_lock_conflict, SL_EBUSY, true, "another session has locked it: run the load again later" },
  { isc_obj_in_use, SL_EBUSY, true, "another session uses the table: run the load again later" },
  { isc_network_error, SL_EDEST, true, "is the server running there, are host and port right?" },
  { isc_net_read_err, SL_EDEST, true, "the connection was lost: run the load again" },
  { isc_net_write_err, SL_EDEST, true, "the connection was lost: run the load again" },
  { isc_att_shutdown, SL_EDEST, true, "the connection was ended: run the load again" },
  { isc_shutdown, SL_EDEST, true, "the database is shut down: gfix -online brings it back" },
};

/* A status vector is a list of kinds and values; only a counted text has two. */
bool fb_has(const ISC_STATUS *status, ISC_STATUS kind, ISC_STATUS value) {
  const ISC_STATUS *end = status + ISC_STATUS_LENGTH;
  for (const ISC_STATUS *at = status; at < end && *at != isc_arg_end;) {
    if (at[0] == kind && at[1] == value) {
      return true;
    }
    at += *at == isc_arg_cstring ? 3 : 2;
  }
  return false;
}

static void write_message(const ISC_STATUS *status, struct sl_buffer *out) {
  char text[512];
  const ISC_STATUS *at = status;
  const char *separator = "";
  while (FB(interpret)(text, sizeof text, &at) != 0) {
    text[strcspn(text, "\n")] = '\0';
    sl_buffer_printf(out, "%s%s", separator, text);
    separator = "; ";
  }
}

sl_status fb_fail(const struct fb_destination *d, const ISC_STATUS *status, const char *doing,
                  struct sl_error *err) {
  sl_status code = SL_EDEST;
  bool retryable = false;
  const char *advice = NULL;
  char state[FB_SQLSTATE_SIZE] = "";
  struct sl_buffer message = { 0 };
  for (size_t i = sizeof advices / sizeof advices[0]; i-- > 0;) {
    if (fb_has(status, isc_arg_gds, advices[i].number)) {
      code = advices[i].code;
      retryable = advices[i].retryable;
      advice = advices[i].text;
    }
  }
  if (fb_has(status, isc_arg_unix, ENOSPC) || fb_has(status, isc_arg_unix, EDQUOT)) {
    code = SL_EIO;
    advice = "the disk of the database is full";
  }
  FB(sqlstate)(state, status);
  write_message(status, &message);
  sl_fail(err, code, "Firebird, %s in %s: %s%s%s", doing, d->where,
          message.data == NULL ? "" : message.data, advice == NULL ? "" : "; ",
          advice == NULL ? "" : advice);
  sl_buffer_release(&message);
  if (err != NULL) {
    err->retryable = retryable;
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
  }
  return code;
}

/* ---- transactions ---- */

/* A snapshot of what was committed before; conflicts are waited for, ten seconds at most. */
sl_status fb_start(struct fb_destination *d, isc_tr_handle *out, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  char how[] = { isc_tpb_version3,
                 isc_tpb_concurrency,
                 isc_tpb_wait,
                 isc_tpb_write,
                 isc_tpb_lock_timeout,
                 4,
                 10,
                 0,
                 0,
                 0 };
  size_t length = sizeof how;
  if (d->read_only) {
    how[3] = isc_tpb_read;
    length = 4; /* there is nothing to wait for */
  }
  *out = 0;
  return FB(start_transaction)(status, out, 1, &d->database, (unsigned short)length, how) == 0
             ? SL_OK
             : fb_fail(d, status, "beginning a transaction", err);
}

sl_status fb_enter(struct fb_destination *d, isc_tr_handle *out, struct sl_error *err) {
  if (d->in_transaction) {
    *out = d->transaction;
    return SL_OK;
  }
  return fb_start(d, out, err);
}

sl_status fb_leave(struct fb_destination *d, isc_tr_handle *transaction, sl_status rc,
                   struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  if (*transaction == 0 || (d->in_transaction && *transaction == d->transaction)) {
    return rc;
  }
  if (rc == SL_OK && FB(commit_transaction)(status, transaction) != 0) {
    rc = fb_fail(d, status, "committing", err);
  }
  if (rc != SL_OK && *transaction != 0) {
    (void)FB(rollback_transaction)(status, transaction); /* a lost one has rolled back */
  }
  return rc;
}

/* ---- statements ---- */

static XSQLDA *descriptors(int n) {
  XSQLDA *out = calloc(1, XSQLDA_LENGTH((size_t)(n < 1 ? 1 : n)));
  if (out != NULL) {
    out->version = SQLDA_VERSION1;
    out->sqln = (ISC_SHORT)(n < 1 ? 1 : n);
  }
  return out;
}

typedef ISC_STATUS (*describe_function)(ISC_STATUS *, isc_stmt_handle *, unsigned short, XSQLDA *);

/* What a statement takes or gives, in room for all of it. */
static sl_status describe(struct fb_destination *d, isc_stmt_handle *handle, describe_function ask,
                          const char *doing, XSQLDA **out, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  for (int n = 16;;) {
    *out = descriptors(n);
    if (*out == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a statement");
    }
    if (ask(status, handle, SQL_DIALECT_CURRENT, *out) != 0) {
      return fb_fail(d, status, doing, err);
    }
    if ((*out)->sqld <= (*out)->sqln) {
      return SL_OK;
    }
    n = (*out)->sqld;
    free(*out);
  }
}

/* Memory for the values of a row, each where its type may stand. */
static sl_status reserve_row(struct fb_statement *s, struct sl_error *err) {
  size_t bytes = 0;
  for (int pass = 0; pass < 2; pass++) {
    bytes = 0;
    for (int i = 0; i < s->row->sqld; i++) {
      XSQLVAR *v = &s->row->sqlvar[i];
      if (pass == 1) {
        v->sqldata = s->values + bytes;
        v->sqlind = &s->nulls[i];
        v->sqltype |= 1; /* may be NULL */
      }
      bytes += ((size_t)v->sqllen + sizeof(short) + 15) / 8 * 8;
    }
    if (pass == 0) {
      s->values = calloc(1, bytes + 1);
      s->nulls = calloc((size_t)s->row->sqld + 1, sizeof *s->nulls);
      if (s->values == NULL || s->nulls == NULL) {
        return sl_fail(err, SL_ENOMEM, "out of memory for a row");
      }
    }
  }
  return SL_OK;
}

sl_status fb_prepare(struct fb_destination *d, isc_tr_handle *transaction, const char *sql,
                     const char *doing, struct fb_statement *out, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  *out = (struct fb_statement){ 0 };
  if (FB(dsql_allocate_statement)(status, &d->database, &out->handle) != 0 ||
      FB(dsql_prepare)(status, transaction, &out->handle, 0, sql, SQL_DIALECT_CURRENT, NULL) != 0) {
    return fb_fail(d, status, doing, err);
  }
  sl_status rc = describe(d, &out->handle, FB(dsql_describe), doing, &out->row, err);
  if (rc == SL_OK) {
    rc = describe(d, &out->handle, FB(dsql_describe_bind), doing, &out->parameters, err);
  }
  return rc == SL_OK ? reserve_row(out, err) : rc;
}

void fb_statement_release(struct fb_statement *s) {
  ISC_STATUS_ARRAY status;
  if (s->handle != 0) {
    (void)FB(dsql_free_statement)(status, &s->handle, DSQL_drop);
  }
  free(s->row);
  free(s->parameters);
  free(s->nulls);
  free(s->values);
  *s = (struct fb_statement){ 0 };
}

static int64_t little_endian(const char *bytes, size_t n) {
  int64_t value = 0;
  for (size_t i = n; i-- > 0;) {
    value = value << 8 | (unsigned char)bytes[i];
  }
  return value;
}

/* Rows that a statement inserted, updated and deleted; -1 = not known. The answer is a list of
 * (item, length, value), of which the one that was asked for is such a list again. */
static int64_t affected_rows(isc_stmt_handle *handle) {
  static const char items[] = { isc_info_sql_records, isc_info_end };
  enum { HEAD = 3 };
  ISC_STATUS_ARRAY status;
  char answer[64];
  int64_t rows = 0;
  if (FB(dsql_sql_info)(status, handle, sizeof items, items, sizeof answer, answer) != 0 ||
      answer[0] != isc_info_sql_records) {
    return -1;
  }
  for (const char *at = answer + HEAD; at < answer + sizeof answer - HEAD && *at != isc_info_end;) {
    size_t length = (size_t)little_endian(at + 1, 2);
    if (length > 8 || at + HEAD + length > answer + sizeof answer) {
      return -1;
    }
    rows += *at == isc_info_req_select_count ? 0 : little_endian(at + HEAD, length);
    at += HEAD + length;
  }
  return rows;
}

sl_status fb_run(struct fb_destination *d, isc_tr_handle *transaction, const char *sql,
                 const char *doing, int64_t *affected, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  struct fb_statement s;
  sl_status rc = fb_prepare(d, transaction, sql, doing, &s, err);
  if (rc == SL_OK &&
      FB(dsql_execute)(status, transaction, &s.handle, SQL_DIALECT_CURRENT, NULL) != 0) {
    rc = fb_fail(d, status, doing, err);
  }
  if (rc == SL_OK && affected != NULL) {
    *affected = affected_rows(&s.handle);
  }
  fb_statement_release(&s);
  return rc;
}

/* ---- execute ---- */

static bool begins_with(const char *sql, const char *word) {
  return strncmp(sql, word, strlen(word)) == 0;
}

/* The connection for a statement that changes tables: `other`, a copy of d with that connection.
 * Firebird numbers new tables in one row, so of two who make one at the same time one fails, at its
 * commit; and its connection then makes a table of that name without its columns, for good
 * (RDB$FORMAT and RDB$FIELD_ID stay empty). So tables are made by a connection that has not failed.
 */
static sl_status maker_of(struct fb_destination *d, bool makes, struct fb_destination *other,
                          struct sl_error *err) {
  sl_status rc = SL_OK;
  if (makes && d->maker == 0) {
    rc = fb_connect_again(d, &d->maker, err);
  }
  *other = *d;
  other->in_transaction = false;
  if (makes) {
    other->database = d->maker;
  }
  return rc;
}

static sl_status change_once(struct fb_destination *d, bool makes, const char *sql,
                             const char *doing, struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  struct fb_destination other;
  isc_tr_handle own = 0;
  sl_status rc = maker_of(d, makes, &other, err);
  rc = rc == SL_OK ? fb_start(&other, &own, err) : rc;
  if (rc == SL_OK) {
    rc = fb_run(&other, &own, sql, doing, NULL, err);
  }
  rc = fb_leave(&other, &own, rc, err);
  if (rc != SL_OK && d->maker != 0) {
    (void)FB(detach_database)(status, &d->maker);
    d->maker = 0; /* also where the server is gone */
  }
  return rc;
}

/* In a transaction of its own: what it makes can be used when that is committed, and not before.
 * Others who change tables at the same moment are no reason to fail. */
static sl_status change_tables(struct fb_destination *d, const char *sql, const char *doing,
                               struct sl_error *err) {
  static const int64_t patience = INT64_C(30) * 1000000000;
  static const struct timespec pause = { 0, 20000000 };
  int64_t end = sl_monotonic_nanos() + patience;
  bool makes = begins_with(sql, "CREATE ");
  struct sl_error last = { 0 };
  sl_status rc = change_once(d, makes, sql, doing, &last);
  while (rc == SL_EBUSY && sl_monotonic_nanos() < end) {
    nanosleep(&pause, NULL);
    rc = change_once(d, makes, sql, doing, &last);
  }
  if (rc != SL_OK && err != NULL) {
    *err = last;
  }
  return rc;
}

/* CREATE, ALTER and DROP end the open transaction, and the next one begins; not those of temporary
 * tables. */
static sl_status change(struct fb_destination *d, const char *sql, const char *doing,
                        struct sl_error *err) {
  ISC_STATUS_ARRAY status;
  bool ends = d->in_transaction && !sl_sql_creates_temporary(&d->sql, sql);
  if (ends && FB(commit_transaction)(status, &d->transaction) != 0) {
    return fb_fail(d, status, "committing", err);
  }
  sl_status rc = change_tables(d, sql, doing, err);
  if (ends) {
    struct sl_error again = { 0 };
    sl_status began = fb_start(d, &d->transaction, rc == SL_OK ? err : &again);
    rc = rc == SL_OK ? began : rc;
  }
  return rc;
}

sl_status fb_dest_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                          struct sl_error *err) {
  struct fb_destination *d = (struct fb_destination *)base;
  isc_tr_handle transaction = 0;
  char doing[96]; /* the beginning says enough, and a long statement may hold the user's data */
  snprintf(doing, sizeof doing, "executing %.60s", sql);
  if (begins_with(sql, "CREATE ") || begins_with(sql, "ALTER ") || begins_with(sql, "DROP ") ||
      begins_with(sql, "EXECUTE BLOCK ") || begins_with(sql, "COMMENT ")) {
    if (affected != NULL) {
      *affected = -1;
    }
    return change(d, sql, doing, err);
  }
  sl_status rc = fb_enter(d, &transaction, err);
  if (rc == SL_OK) {
    rc = fb_run(d, &transaction, sql, doing, affected, err);
  }
  return fb_leave(d, &transaction, rc, err);
}
