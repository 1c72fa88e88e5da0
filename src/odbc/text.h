/* text.h - UTF-8 on our side, UTF-16 at the W functions of the driver manager. */
#ifndef SL_ODBC_TEXT_H
#define SL_ODBC_TEXT_H

#include "base/text.h"
#include "odbc/api.h"

/* The text as NUL-terminated UTF-16; malloc'ed. text NULL gives NULL. Bytes that are no UTF-8 are
 * refused with SL_EUSAGE. */
sl_status odbc_widen(const char *text, SQLWCHAR **out, struct sl_error *err);

#define ODBC_NOT_UTF16 SIZE_MAX
/* Writes `count` units as UTF-8 to `out`, which has room for 3 * count bytes. Returns the bytes
 * written, or ODBC_NOT_UTF16 when a surrogate stands alone. */
size_t odbc_narrow(const SQLWCHAR *units, size_t count, char *out);

/* True when one of the words ("|" between them) is in `text`, whatever the case; the empty word is
 * in every text. */
bool odbc_has_word(const char *words, const char *text);

#endif
