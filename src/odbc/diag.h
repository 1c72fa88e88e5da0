/* diag.h - what the driver says about a failure, as one of our errors.
 *
 * SQLSTATE first, then words of the text, because many drivers give 08001 or HY000 for everything.
 */
#ifndef SL_ODBC_DIAG_H
#define SL_ODBC_DIAG_H

#include "odbc/link.h"
#include "odbc/location.h"

struct odbc_verdict {
  sl_status code;
  bool retryable;
  bool no_driver;     /* the driver manager could not find or open it */
  const char *advice; /* what to do next; NULL = nothing is known */
};
/* connecting: the connection is just being made, so "lost" means refused. writes: of a destination.
 */
struct odbc_verdict odbc_judge(const char *sqlstate, const char *text, bool connecting,
                               bool writes);

/* All diagnostic records of a handle: texts joined by "; ", without the "[vendor][driver]" before
 * them; sqlstate of the first that says something. */
void odbc_records(SQLSMALLINT type, SQLHANDLE handle, bool wide, struct sl_buffer *out,
                  char sqlstate[6]);

/* Fails with "<what>: <texts>; <advice>". handle: the one whose call failed. Secrets are hidden. */
sl_status odbc_fail(const struct odbc_link *link, SQLSMALLINT type, SQLHANDLE handle,
                    struct sl_error *err, const char *format, ...) SL_PRINTF(5, 6);

/* The same for SQLDriverConnect, with the drivers to choose from where the driver is missing. */
sl_status odbc_fail_connect(const struct odbc_link *link, const char *driver,
                            const struct odbc_installed_list *drivers, struct sl_error *err);

#endif
