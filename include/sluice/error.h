/* error.h - status codes and the one error structure of Sluice.
 *
 * A code tells the program what it can do about a failure, the message tells a
 * person: what failed, on what, what to do next. The structure has a fixed size,
 * so running out of memory can be reported as well. May include the C library only. */
#ifndef SLUICE_ERROR_H
#define SLUICE_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SL_API __attribute__((visibility("default")))
#define SL_PRINTF(format_index, first_argument) \
  __attribute__((format(printf, format_index, first_argument)))
#define SL_MUST_USE __attribute__((warn_unused_result))

enum sl_status_code {
  SL_OK = 0,
  SL_EUSAGE,       /* wrong arguments or configuration: exit code 2 */
  SL_EDATA,        /* the input is not what it should be (malformed, out of range) */
  SL_ECONTRACT,    /* the schema contract forbids a change */
  SL_ENOTFOUND,    /* file, table, column, pipeline does not exist */
  SL_EIO,          /* reading or writing failed: disk full, permission, broken pipe */
  SL_EBUSY,        /* somebody else holds it: a lock, a file open elsewhere */
  SL_ESOURCE,      /* the source answered with an error */
  SL_EDEST,        /* the destination answered with an error */
  SL_EUNSUPPORTED, /* a promise that this connector does not make */
  SL_ECANCELLED,   /* the user or the caller stopped the run */
  SL_ENOMEM,
  SL_EINTERNAL /* a bug in Sluice */
};
typedef enum sl_status_code sl_status;

struct sl_error {
  sl_status code;
  bool retryable;  /* the same call may succeed later, unchanged */
  char vendor[16]; /* SQLSTATE, HTTP status or errno name; "" = none */
  char message[1024];
};

/* Writes `err` (NULL is fine) and returns `code`, so that a failure is one line. */
SL_API sl_status sl_fail(struct sl_error *err, sl_status code, const char *format, ...)
    SL_PRINTF(3, 4);

/* Like sl_fail, with ": <text of errno_value>" at the end and the errno's name as vendor code.
 * ENOMEM becomes SL_ENOMEM, ENOENT SL_ENOTFOUND, everything else SL_EIO. */
SL_API sl_status sl_fail_errno(struct sl_error *err, int errno_value, const char *format, ...)
    SL_PRINTF(3, 4);

/* Puts "<text>: " before the message; returns the code that is in `err`. */
SL_API sl_status sl_error_add_context(struct sl_error *err, const char *format, ...)
    SL_PRINTF(2, 3);

SL_API const char *sl_status_name(sl_status code); /* "ok", "usage", "data", ... never NULL */

#ifdef __cplusplus
}
#endif
#endif
