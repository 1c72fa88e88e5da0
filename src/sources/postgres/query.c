/* query.c - small queries, whose rows come as text. */
#include <stdlib.h>

#include "sources/postgres/session.h"

sl_status pg_run(struct pg_session *s, const char *sql, const char *doing, PGresult **out,
                 struct sl_error *err) {
  PGresult *result = PG(exec)(s->conn, sql);
  ExecStatusType status = PG(resultStatus)(result); /* of NULL: a fatal error */
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    return pg_fail(s, result, doing, err);
  }
  if (out != NULL) {
    *out = result;
  } else {
    PG(clear)(result);
  }
  return SL_OK;
}

const char *pg_value(const PGresult *result, int row, int column) {
  return PG(getvalue)(result, row, column);
}

bool pg_is_true(const PGresult *result, int row, int column) {
  return pg_value(result, row, column)[0] == 't';
}

int64_t pg_integer(const PGresult *result, int row, int column) {
  return strtoll(pg_value(result, row, column), NULL, 10);
}
