/* dataset_lock.c - see dataset_lock.h. */
#include "pipeline/dataset_lock.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "pipeline/query.h"
#include "pipeline/retry.h"

/* Of both names; a NUL stands in no name. */
static uint64_t key_of(const struct sl_run *run) {
  struct sl_buffer name = { 0 };
  sl_buffer_printf(&name, "%s%c%s", run->dataset, '\0', run->pipeline == NULL ? "" : run->pipeline);
  uint64_t key = name.data == NULL ? 0 : sl_hash64(name.data, name.length);
  sl_buffer_release(&name);
  return key;
}

/* A server that only looks like one with locks must not keep anybody from loading. */
static sl_status go_without(struct sl_run *run, const struct sl_error *why) {
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&text,
                   "nothing keeps another machine from loading pipeline %s at the same time: %s",
                   run->pipeline, why->message);
  if (!text.failed) {
    sl_run_warn(run, text.data);
  }
  sl_buffer_release(&text);
  return SL_OK;
}

static sl_status try_once(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_buffer holder = { 0 };
  struct sl_error why = { 0 };
  char host[128] = "";
  char who[64]; /* as much as PostgreSQL keeps */
  bool found = false;
  gethostname(host, sizeof host - 1);
  snprintf(who, sizeof who, "sluice %ld@%.40s", (long)getpid(), host);
  if (!sl_sql_try_lock(&run->sql, key_of(run), who, &sql)) {
    return SL_OK;
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_query_text(run->destination, sql.data, &holder, &found, &why);
    if (rc == SL_EDEST && !why.retryable) {
      rc = go_without(run, &why);
    } else if (rc != SL_OK && err != NULL) {
      *err = why;
    }
  }
  if (rc == SL_OK && found && holder.length > 0) {
    rc = sl_fail(err, SL_EBUSY,
                 "pipeline %s is being loaded into dataset %s by another machine or process: %s. "
                 "Wait for it to end (--lock-wait), or give this load another --pipeline name",
                 run->pipeline, run->dataset, holder.data);
    if (err != NULL) {
      err->retryable = true;
    }
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&holder);
  return rc;
}

sl_status sl_dataset_lock_take(struct sl_run *run, struct sl_error *err) {
  return sl_run_wait_while_busy(run, try_once, err);
}
