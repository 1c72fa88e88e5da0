/* statement.c - SQL statements of a session, and what goes wrong with them in words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "sources/sqlite/sqlite_internal.h"

void sqlite_start_clock(struct sqlite_session *s) {
  int64_t seconds = s->config->settings->statement_timeout;
  s->deadline = seconds == 0 ? 0 : sl_monotonic_nanos() + seconds * INT64_C(1000000000);
}

/* What the first bytes of a file that is no database tell. */
static const char *guess_format(const char *path) {
  static const struct {
    size_t at;
    const char *bytes, *what;
  } known[] = {
    { 8, "DUCK", "it is a DuckDB file: read it with sluice query, or attach it there" },
    { 4, "Standard ", "it is a Microsoft Access file: export its tables" },
    { 0, "PK\x03\x04", "it is a zip archive: unpack it" },
    { 0, "\x1f\x8b", "it is compressed (gzip): unpack it" },
    { 0, "\x28\xb5\x2f\xfd", "it is compressed (zstd): unpack it" },
    { 0, "PAR1", "it is a Parquet file: load it by its path, without sqlite:" },
    { 0, "** This file contains an SQLite 2",
      "it is of SQLite 2: dump it with the sqlite program" },
  };
  char head[64] = "";
  FILE *file = fopen(path, "rb");
  size_t size = file == NULL ? 0 : fread(head, 1, sizeof head, file);
  if (file != NULL) {
    fclose(file);
  }
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t length = strlen(known[i].bytes);
    if (known[i].at + length <= size && memcmp(head + known[i].at, known[i].bytes, length) == 0) {
      return known[i].what;
    }
  }
  size_t printable = 0;
  for (size_t i = 0; i < size; i++) {
    printable +=
        (head[i] >= ' ' && head[i] <= '~') || head[i] == '\n' || head[i] == '\r' || head[i] == '\t';
  }
  if (size > 0 && printable == size) {
    return "it is a text file: load it by its path, without sqlite:";
  }
  return "it may be encrypted (SQLCipher, SEE): decrypt it into a plain file first";
}

static sl_status fail_not_a_database(const struct sqlite_session *s, struct sl_error *err) {
  for (size_t i = 0; i < s->group->n_files; i++) {
    const char *path = s->group->files[i].location.path;
    FILE *file = fopen(path, "rb");
    char head[16] = "";
    bool ours =
        file != NULL && fread(head, 1, 16, file) == 16 && memcmp(head, "SQLite format 3", 16) == 0;
    if (file != NULL) {
      fclose(file);
    }
    if (!ours) {
      return sl_fail(err, SL_EDATA, "sqlite: %s is no SQLite database; %s", path,
                     guess_format(path));
    }
  }
  return sl_fail(
      err, SL_EDATA,
      "sqlite: %s begins like a SQLite database, but its header is damaged or of a newer "
      "format",
      s->group->files[0].location.path);
}

static sl_status fail_cannot_open(const struct sqlite_session *s, const char *doing,
                                  struct sl_error *err) {
  for (size_t i = 0; i < s->group->n_files; i++) {
    const char *path = s->group->files[i].location.path;
    if (access(path, R_OK) != 0) {
      return sl_fail_errno(err, errno, "sqlite: %s may not be read", path);
    }
  }
  return sl_fail(
      err, SL_EIO,
      "%s: SQLite cannot open %s or a file beside it (-wal, -shm, -journal); may they be "
      "read, and is there memory and a free file handle? (%s)",
      doing, s->group->files[0].location.path,
      s->db == NULL ? "no handle" : SL_SQLITE(errmsg)(s->db));
}

static sl_status fail_interrupted(struct sqlite_session *s, const char *doing,
                                  struct sl_error *err) {
  if (s->timed_out) {
    s->timed_out = false;
    return sl_fail(err, SL_ESOURCE,
                   "%s: took longer than --statement-timeout %lld seconds; give it more time or "
                   "read less",
                   doing, (long long)s->config->settings->statement_timeout);
  }
  return sl_fail(err, SL_ECANCELLED, "%s: stopped", doing);
}

sl_status sqlite_fail(struct sqlite_session *s, int code, struct sl_error *err, const char *doing) {
  const char *path = s->group->files[0].location.path;
  int extended = s->db == NULL ? code : SL_SQLITE(extended_errcode)(s->db);
  const char *text = s->db == NULL ? "out of memory" : SL_SQLITE(errmsg)(s->db);
  sl_status rc;
  switch (code & 0xff) {
    case SQLITE_NOTADB: return fail_not_a_database(s, err);
    case SQLITE_CANTOPEN: return fail_cannot_open(s, doing, err);
    case SQLITE_INTERRUPT: return fail_interrupted(s, doing, err);
    case SQLITE_NOMEM: return sl_fail(err, SL_ENOMEM, "%s: out of memory", doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      rc = sl_fail(err, SL_EBUSY,
                   "%s: %s is being written by another program, and was so for %lld seconds; try "
                   "again later or wait longer with --busy-timeout",
                   doing, path, (long long)sqlite_settings_of(s->config)->busy_timeout);
      if (err != NULL) {
        err->retryable = true;
      }
      return rc;
    case SQLITE_READONLY:
      return sl_fail(err, SL_ESOURCE,
                     "%s: %s was left in the middle of a change by a program that crashed, and "
                     "reading may not repair that; open it once with a program that may write, for "
                     "example: sqlite3 '%s' 'select 1' (%s)",
                     doing, path, path, text);
    case SQLITE_CORRUPT:
      return sl_fail(
          err, SL_EDATA,
          "%s: %s is damaged (%s); check it with PRAGMA integrity_check, save what can be "
          "saved with the sqlite3 program's .recover",
          doing, path, text);
    case SQLITE_IOERR:
    case SQLITE_FULL: return sl_fail(err, SL_EIO, "%s: %s (error %d)", doing, text, extended);
    default: return sl_fail(err, SL_ESOURCE, "%s: %s", doing, text);
  }
}

sl_status sqlite_prepare(struct sqlite_session *s, const char *sql, const char *doing,
                         sqlite3_stmt **out, struct sl_error *err) {
  *out = NULL;
  if (sql == NULL) {
    return sl_fail(err, SL_ENOMEM, "%s: out of memory", doing);
  }
  const char *rest = NULL;
  int code = SL_SQLITE(prepare_v2)(s->db, sql, -1, out, &rest);
  if (code != SQLITE_OK) {
    return sqlite_fail(s, code, err, doing);
  }
  if (*out == NULL) {
    return sl_fail(err, SL_EUSAGE, "%s: the SQL is empty", doing);
  }
  return SL_OK;
}

sl_status sqlite_step(struct sqlite_session *s, sqlite3_stmt *statement, const char *doing,
                      bool *row, struct sl_error *err) {
  int code = SL_SQLITE(step)(statement);
  *row = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE ? SL_OK : sqlite_fail(s, code, err, doing);
}

sl_status sqlite_run(struct sqlite_session *s, const char *sql, const char *doing, char **out,
                     struct sl_error *err) {
  sqlite3_stmt *statement;
  bool row = true;
  sl_status rc = sqlite_prepare(s, sql, doing, &statement, err);
  if (out != NULL) {
    *out = NULL;
  }
  for (bool first = true; rc == SL_OK && row; first = false) {
    rc = sqlite_step(s, statement, doing, &row, err);
    if (rc == SL_OK && row && first && out != NULL &&
        SL_SQLITE(column_type)(statement, 0) != SQLITE_NULL) {
      *out = strdup((const char *)SL_SQLITE(column_text)(statement, 0));
      rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "%s: out of memory", doing) : SL_OK;
    }
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

sl_status sqlite_run_integer(struct sqlite_session *s, const char *sql, const char *doing,
                             int64_t *out, bool *is_null, struct sl_error *err) {
  sqlite3_stmt *statement;
  bool row = false;
  *is_null = true;
  *out = 0;
  sl_status rc = sqlite_prepare(s, sql, doing, &statement, err);
  if (rc == SL_OK) {
    rc = sqlite_step(s, statement, doing, &row, err);
  }
  if (rc == SL_OK && row && SL_SQLITE(column_type)(statement, 0) == SQLITE_INTEGER) {
    *is_null = false;
    *out = SL_SQLITE(column_int64)(statement, 0);
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

const char *sqlite_text_at(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)SL_SQLITE(column_text)(statement, column);
  return text == NULL ? "" : text;
}
