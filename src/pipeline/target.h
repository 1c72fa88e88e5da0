/* target.h - an open destination outside of a load: what `pipeline sync`, `pipeline drop` and
 * `undo` talk to. Private to src/pipeline/. */
#ifndef SL_PIPELINE_TARGET_H
#define SL_PIPELINE_TARGET_H

#include "pipeline/store.h"

struct sl_target { /* all-zero is closed */
  const struct sl_destination_ops *ops;
  struct sl_destination *destination;
  void *settings;
  struct sl_sql_context sql;
  const char *dataset, *schema, *pipeline; /* borrowed, set by the caller */
};

/* location: as the user wrote it. read_only: SL_ENOTFOUND when it is not there. */
sl_status sl_target_open(struct sl_target *t, const char *location, bool read_only,
                         struct sl_error *err);
void sl_target_close(struct sl_target *t); /* rolls back; may be called twice */
/* Begins a transaction, or a load of a destination without SQL. */
sl_status sl_target_begin(struct sl_target *t, struct sl_error *err);
/* The newest schema called t->schema; *out NULL = none. */
sl_status sl_target_schema(struct sl_target *t, struct sl_schema **out, struct sl_error *err);
struct sl_store_place sl_target_place(const struct sl_target *t);
sl_status sl_target_execute(struct sl_target *t, const struct sl_statements *statements,
                            struct sl_error *err);

#endif
