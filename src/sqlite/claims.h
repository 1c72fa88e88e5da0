/* claims.h - which files this process reads and which it writes.
 *
 * A source that reads a file keeps a lock on it until the load is over, and the destination's
 * commit would wait for that lock, for nothing: unless the file is in WAL mode, where readers and a
 * writer do not meet. Any thread. May include base/. */
#ifndef SL_SQLITE_CLAIMS_H
#define SL_SQLITE_CLAIMS_H

#include <stdbool.h>

#include <sluice/error.h>

enum sqlite_claim { SQLITE_READS, SQLITE_WRITES };
/* SL_EUSAGE: the other kind of claim is on the file. Files that cannot be found are not claimed. */
sl_status sqlite_claim(const char *path, enum sqlite_claim kind, bool wal, struct sl_error *err);
void sqlite_unclaim(const char *path, enum sqlite_claim kind); /* fine without a claim */

#endif
