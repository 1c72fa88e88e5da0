/* location.h - which file a user means. Private to src/sources/sqlite/. */
#ifndef SL_SOURCES_SQLITE_LOCATION_H
#define SL_SOURCES_SQLITE_LOCATION_H

#include "base/text.h"

struct sqlite_location {
  char *path;             /* of a file that exists */
  bool immutable, nolock; /* the user promises that nobody writes */
  char *vfs;              /* NULL = the usual one */
};

/* text: what follows "sqlite:". A name that exists as it is written is taken literally, whatever
 * characters it has; else "?name=value&…" is cut off and %XX decoded. ///x is relative, as in
 * SQLAlchemy and dlt, and absolute where only that exists. SL_ENOTFOUND, SL_EUSAGE. */
sl_status sqlite_location_find(const char *text, struct sqlite_location *out, struct sl_error *err);
void sqlite_location_release(struct sqlite_location *location);
/* "file:/a%3Fb?mode=ro" for sqlite3_open_v2 and ATTACH. unlocked: no lock is taken. */
void sqlite_location_uri(const struct sqlite_location *location, bool unlocked,
                         struct sl_buffer *out);

#endif
