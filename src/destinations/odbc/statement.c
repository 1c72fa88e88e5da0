/* statement.c - statements, and what their failures mean. */
#include <stdio.h>

#include "odbc/diag.h"
#include "odbc_writing.h"

void odbc_out_begin_call(struct odbc_destination *d, SQLHSTMT stmt) {
  atomic_store(&d->running, stmt);
}

void odbc_out_end_call(struct odbc_destination *d) {
  atomic_store(&d->running, (SQLHSTMT)NULL);
}

sl_status odbc_out_sort(struct odbc_destination *d, struct sl_error *err) {
  if (err == NULL) {
    return SL_EDEST;
  }
  if (atomic_load(&d->cancelled)) {
    err->code = SL_ECANCELLED;
  } else if (err->code != SL_ECANCELLED &&
             sl_dialect_undefined(d->sql.dialect, err->vendor, err->message)) {
    err->code = SL_ENOTFOUND;
  }
  return err->code;
}

sl_status odbc_out_fail(struct odbc_destination *d, SQLHSTMT stmt, const char *doing,
                        struct sl_error *err) {
  sl_status rc = odbc_fail(&d->link, SQL_HANDLE_STMT, stmt, err, "%s", doing);
  return err == NULL ? rc : odbc_out_sort(d, err);
}

sl_status odbc_out_run(struct odbc_destination *d, const char *sql, const char *doing,
                       struct sl_error *err) {
  struct sl_error ignored;
  struct sl_error *why = err != NULL ? err : &ignored;
  odbc_out_begin_call(d, d->link.stmt);
  sl_status rc = odbc_execute(&d->link, sql, doing, why);
  odbc_out_end_call(d);
  return rc == SL_OK ? rc : odbc_out_sort(d, why);
}
