/* lock.h - one writer for each pipeline: the lock of its working folder.
 *
 * An flock on <folder>/sluice.lock: the kernel gives it up when the process ends, however it ends,
 * so a lock is never stale. The file tells who holds it (pid, host, start). May include
 * pipeline/workdir.h. */
#ifndef SL_PIPELINE_LOCK_H
#define SL_PIPELINE_LOCK_H

#include "pipeline/workdir.h"

#define SL_LOCK_FILE "sluice.lock"

struct sl_lock { /* init with SL_LOCK_NONE */
  int fd;
};
#define SL_LOCK_NONE ((struct sl_lock){ -1 })

/* Takes the lock, waiting up to wait_ms (0 = not at all). The folder is made when missing. SL_EBUSY
 * (retryable) says who holds it and since when. */
sl_status sl_lock_take(struct sl_lock *lock, const struct sl_workdir *dir, int64_t wait_ms,
                       struct sl_error *err);
void sl_lock_release(struct sl_lock *lock); /* may be called twice */

#endif
