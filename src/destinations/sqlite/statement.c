/* statement.c - statements, and what goes wrong with them in words. */
#include <errno.h>
#include <stdio.h>

#include "sqlite_internal.h"

struct advice {
  int code;
  const char *name;
  sl_status status;
  bool retryable;
  const char *text;
};

static const struct advice advices[] = {
  { SQLITE_BUSY, "SQLITE_BUSY", SL_EBUSY, true,
    "another program writes the file or holds it open in a transaction; run the load again, or "
    "wait longer with --destination-busy-timeout" },
  { SQLITE_LOCKED, "SQLITE_LOCKED", SL_EBUSY, true, "the table is in use; run the load again" },
  { SQLITE_READONLY, "SQLITE_READONLY", SL_EDEST, false,
    "the file or its folder may not be written: look at their permissions, or whether the database "
    "was opened to be read only" },
  { SQLITE_FULL, "SQLITE_FULL", SL_EIO, false,
    "the disk is full, or PRAGMA max_page_count is reached: make room and run the load again" },
  { SQLITE_CANTOPEN, "SQLITE_CANTOPEN", SL_EIO, false,
    "the file, its folder or the journal beside it cannot be opened" },
  { SQLITE_NOTADB, "SQLITE_NOTADB", SL_EDEST, false,
    "the file is no SQLite database, or it is encrypted: choose another name" },
  { SQLITE_CORRUPT, "SQLITE_CORRUPT", SL_EDEST, false,
    "the file is damaged: PRAGMA integrity_check tells where, the sqlite3 program's .recover saves "
    "what can be saved" },
  { SQLITE_CONSTRAINT, "SQLITE_CONSTRAIN", SL_EDATA, false,
    "a constraint of the table forbids the row" },
  { SQLITE_MISMATCH, "SQLITE_MISMATCH", SL_EDATA, false, "a value does not fit its column" },
  { SQLITE_TOOBIG, "SQLITE_TOOBIG", SL_EDATA, false,
    "a value or a row is larger than SQLite stores (1 GB)" },
  { SQLITE_IOERR, "SQLITE_IOERR", SL_EIO, false, "reading or writing the file failed" },
};

static sl_status fail_sorted(const struct sqlite_destination *d, const struct advice *a,
                             const char *doing, const char *text, struct sl_error *err) {
  int system = d->db == NULL ? 0 : SL_SQLITE(system_errno)(d->db);
  bool tell = system != 0 && (a->status == SL_EIO || a->code == SQLITE_READONLY);
  sl_status rc =
      sl_fail(err, a->status, "SQLite, %s: %s%s%s; %s (%s)", doing, text, tell ? ": " : "",
              tell ? strerror(system) : "", a->text, d->path == NULL ? "in memory" : d->path);
  if (err != NULL) {
    err->retryable = a->retryable;
    snprintf(err->vendor, sizeof err->vendor, "%.15s", a->name);
  }
  return rc;
}

static bool begins(const char *text, const char *beginning) {
  return strncmp(text, beginning, strlen(beginning)) == 0;
}

sl_status sqlite_dest_fail(struct sqlite_destination *d, int code, const char *doing,
                           struct sl_error *err) {
  const char *text = d->db == NULL ? "out of memory" : SL_SQLITE(errmsg)(d->db);
  int primary = code & 0xff;
  for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
    if (advices[i].code == primary) {
      return fail_sorted(d, &advices[i], doing, text, err);
    }
  }
  switch (primary) {
    case SQLITE_INTERRUPT: return sl_fail(err, SL_ECANCELLED, "%s was stopped", doing);
    case SQLITE_NOMEM: return sl_fail(err, SL_ENOMEM, "SQLite, %s: out of memory", doing);
    default: break;
  }
  bool missing = begins(text, "no such table") || begins(text, "no such column") ||
                 begins(text, "unknown database") || strstr(text, "has no column named") != NULL;
  return missing
             ? sl_fail(err, SL_ENOTFOUND, "SQLite, %s: %s; was it dropped by hand?", doing, text)
             : sl_fail(err, SL_EDEST, "SQLite, %s: %s", doing, text);
}

/* After some errors (a full disk) SQLite rolls back by itself; what came next would be committed
 * row by row. */
static sl_status check_transaction(const struct sqlite_destination *d, const char *doing,
                                   struct sl_error *err) {
  bool lost = d->in_transaction && SL_SQLITE(get_autocommit)(d->db) != 0;
  return lost ? sl_fail(err, SL_EDEST,
                        "SQLite, %s: the transaction is over already, SQLite rolled it back after "
                        "an error",
                        doing)
              : SL_OK;
}

sl_status sqlite_dest_prepare(struct sqlite_destination *d, const char *sql, const char *doing,
                              sqlite3_stmt **out, struct sl_error *err) {
  const char *rest = NULL;
  bool again = true;
  *out = NULL;
  sl_status rc = check_transaction(d, doing, err);
  while (rc == SL_OK && again) {
    int code = SL_SQLITE(prepare_v2)(d->db, sql, -1, out, &rest);
    if (code == SQLITE_OK) {
      break;
    }
    char message[600];
    snprintf(message, sizeof message, "%s", SL_SQLITE(errmsg)(d->db));
    rc = sqlite_dest_fail(d, code, doing, err);
    again = false;
    if (rc == SL_ENOTFOUND) { /* of a dataset that is there, and that nobody has named yet? */
      struct sl_error attaching;
      sl_status tried = sqlite_dataset_of_message(d, message, &again, &attaching);
      rc = tried == SL_OK && again ? SL_OK : rc;
      if (tried != SL_OK) {
        rc = tried;
        if (err != NULL) {
          *err = attaching;
        }
      }
    }
  }
  if (rc == SL_OK && *out == NULL) {
    rc = sl_fail(err, SL_EUSAGE, "%s: the SQL is empty", doing);
  }
  if (rc == SL_OK && rest != NULL && rest[strspn(rest, " \t\r\n;")] != '\0') {
    SL_SQLITE(finalize)(*out);
    *out = NULL;
    rc = sl_fail(err, SL_EUSAGE, "%s: more than one statement: '%.60s…'", doing, rest);
  }
  return rc;
}

/* Runs a statement to its end; its first value as a number, and whether it is a text. */
static sl_status run(struct sqlite_destination *d, const char *sql, const char *doing,
                     int64_t *number, const char *text, bool *is, struct sl_error *err) {
  sqlite3_stmt *statement;
  int code = SQLITE_ROW;
  *number = 0;
  *is = false;
  sl_status rc = sqlite_dest_prepare(d, sql, doing, &statement, err);
  for (bool first = true; rc == SL_OK && code == SQLITE_ROW; first = false) {
    code = SL_SQLITE(step)(statement);
    if (code == SQLITE_ROW && first) {
      const char *value = (const char *)SL_SQLITE(column_text)(statement, 0);
      *number = SL_SQLITE(column_int64)(statement, 0);
      *is = value != NULL && strcmp(value, text) == 0;
    }
  }
  if (rc == SL_OK && code != SQLITE_DONE) {
    rc = sqlite_dest_fail(d, code, doing, err);
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

sl_status sqlite_dest_is(struct sqlite_destination *d, const char *sql, const char *doing,
                         const char *text, bool *is, struct sl_error *err) {
  int64_t ignored;
  return run(d, sql, doing, &ignored, text, is, err);
}

sl_status sqlite_dest_number(struct sqlite_destination *d, const char *sql, const char *doing,
                             int64_t *out, struct sl_error *err) {
  bool ignored;
  return run(d, sql, doing, out, "", &ignored, err);
}

sl_status sqlite_dest_run(struct sqlite_destination *d, const char *sql, const char *doing,
                          struct sl_error *err) {
  int64_t ignored;
  return sqlite_dest_number(d, sql, doing, &ignored, err);
}
