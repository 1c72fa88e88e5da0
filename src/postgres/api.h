/* api.h - the one door to libpq, opened on first use.
 *
 * Nothing links against libpq: pg_load opens libpq.so.5 with dlopen and fills one table of function
 * pointers, so that a program that reads no PostgreSQL neither needs nor loads it. Calls are
 * written PG(exec)(…), which is PQexec. May include base/. */
#ifndef SL_POSTGRES_API_H
#define SL_POSTGRES_API_H

#include <libpq-fe.h>

#include <sluice/error.h>

/* Every function that is called; each is in libpq since PostgreSQL 9.3. */
/* clang-format off */
#define PG_FUNCTIONS(X)                                                                            \
  X(conninfoParse) X(conninfoFree) X(freemem) X(connectdbParams) X(status) X(finish)               \
  X(errorMessage) X(serverVersion) X(host) X(port) X(user) X(db) X(socket) X(parameterStatus)      \
  X(setNoticeProcessor) X(exec) X(execParams) X(prepare) X(describePrepared) X(sendQuery)          \
  X(getResult) X(getCopyData) X(getlineAsync) X(consumeInput) X(putCopyData) X(putCopyEnd) X(setSingleRowMode) X(getlength) X(cmdTuples) X(cmdStatus) X(unescapeBytea) X(getCancel) X(freeCancel) X(cancel)                 \
  X(resultStatus) X(resultErrorField) X(resultErrorMessage) X(clear) X(ntuples) X(nfields)         \
  X(fname) X(ftype) X(fmod) X(getvalue) X(getisnull)
/* clang-format on */

#define PG_MEMBER(name) __typeof__(&PQ##name) name;
struct pg_api {
  PG_FUNCTIONS(PG_MEMBER)
  char *(*hostaddr)(const PGconn *conn); /* PQhostaddr came with version 12; else NULL */
};
extern struct pg_api pg_api;
#define PG(name) pg_api.name

/* Any thread, any number of times. SL_ENOTFOUND: no libpq, with the package that has it. */
sl_status pg_load(struct sl_error *err);

#endif
