/* conninfo.h - locations as connection strings of libpq, and why a connection was not made. For the
 * source and the destination. May include base/. */
#ifndef SL_POSTGRES_CONNINFO_H
#define SL_POSTGRES_CONNINFO_H

#include "postgres/api.h"

/* The string for libpq of what follows "postgres:" in a location; malloc'ed, NULL = no memory. */
char *pg_conninfo(const char *location);
/* SL_EUSAGE when libpq cannot read the string; never with a part of it that may be a password.
 * *out is freed with PQconninfoFree. */
sl_status pg_conninfo_parse(const char *conninfo, PQconninfoOption **out, struct sl_error *err);

enum { PG_MOST_TEXT = 600 };
/* The server's text as one line. */
void pg_flatten(const char *text, char out[PG_MOST_TEXT]);
void pg_set_vendor(struct sl_error *err, const char *state, bool retryable);
/* Of a connection that was not made. nearest: the database does not exist, but this one does ("" =
 * none like it); NULL = it is something else. */
sl_status pg_fail_connect(PGconn *conn, const char *nearest, struct sl_error *err);

#endif
