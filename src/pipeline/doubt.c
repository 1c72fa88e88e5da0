/* doubt.c - a connection that was lost while it committed: were the rows committed?
 *
 * A second connection is asked for the load's row in _dlt_loads, which came with the rows. Without
 * that, whoever runs such a load again might have its rows twice. */
#include <stdio.h>
#include <time.h>

#include "pipeline/store.h"

enum { ATTEMPTS = 5, WAIT_NANOS = 300000000 };

static sl_status connect_again(struct sl_run *run, struct sl_destination **out,
                               struct sl_error *err) {
  const struct sl_load_settings *s = run->settings;
  const struct sl_destination_ops *ops;
  const char *location = NULL;
  char scheme[32];
  sl_status rc = sl_destination_find(s->destination, &ops, &location, err);
  if (rc == SL_OK) {
    sl_location_scheme(s->destination, location, scheme);
    struct sl_destination_config config = { .location = location,
                                            .scheme = scheme,
                                            .settings = run->destination_settings,
                                            .memory_bytes = s->memory / 2,
                                            .threads = 1,
                                            .read_only = true };
    rc = ops->open(out, &config, err);
  }
  return rc;
}

static sl_status look(struct sl_run *run, bool *committed, struct sl_error *err) {
  struct sl_destination *again = NULL;
  struct sl_sql_context sql;
  struct sl_buffer text = { 0 };
  sl_status rc = connect_again(run, &again, err);
  if (rc == SL_OK) {
    rc = sl_sql_context_of(&sql, again, err);
  }
  if (rc == SL_OK) {
    struct sl_store_place place = { .destination = again, .sql = &sql, .dataset = run->dataset };
    rc =
        sl_store_read(&place, SL_STORE_LOAD, run->schema_name, run->load_id, &text, committed, err);
  }
  sl_buffer_release(&text);
  if (again != NULL) {
    again->ops->close(again);
  }
  return rc;
}

/* What is found out takes the place of `err` or is added to it. */
sl_status sl_run_settle_doubt(struct sl_run *run, struct sl_error *err) {
  static const struct timespec soon = { 0, WAIT_NANOS };
  bool committed = false;
  bool known = false;
  for (int i = 0; i < ATTEMPTS && !committed; i++) { /* a commit may still be on its way */
    struct sl_error ignored;
    known = look(run, &committed, &ignored) == SL_OK;
    if (!committed && i + 1 < ATTEMPTS) {
      nanosleep(&soon, NULL);
    }
  }
  if (committed) {
    return SL_OK;
  }
  size_t used = strlen(err->message);
  run->committing = !known;
  if (known) {
    snprintf(err->message + used, sizeof err->message - used,
             "; nothing was committed: run the load again");
  } else {
    snprintf(err->message + used, sizeof err->message - used,
             "; whether it was committed is not known: if _dlt_loads has the load %s, it was",
             run->load_id);
  }
  return err->code;
}
