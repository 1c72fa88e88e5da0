/* firebird_destination.c - the table of functions and the transactions of Firebird. */
#include "firebird_destination.h"

#include <stdlib.h>

#include "firebird_internal.h"
#include "sql/capabilities.h"

static void fb_dest_close(struct sl_destination *base);

static sl_status fb_dest_open(struct sl_destination **out,
                              const struct sl_destination_config *config, struct sl_error *err) {
  *out = NULL;
  struct fb_destination *d = calloc(1, sizeof *d);
  if (d == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a destination");
  }
  d->base.ops = &sl_firebird_destination;
  d->read_only = config->read_only;
  d->warn = config->warn;
  d->warn_arg = config->warn_arg;
  d->sql = (struct sl_sql_context){
    .dialect = sl_dialect_find(sl_firebird_destination.capabilities.dialect),
    .capabilities = &sl_firebird_destination.capabilities,
    .session = d->session,
  };
  sl_status rc = fb_connect(d, config, err);
  if (rc != SL_OK) {
    fb_dest_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

static sl_status fb_dest_begin(struct sl_destination *base, struct sl_error *err) {
  struct fb_destination *d = (struct fb_destination *)base;
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "a transaction has begun already and is not over");
  }
  sl_status rc = fb_start(d, &d->transaction, err);
  d->in_transaction = rc == SL_OK;
  return rc;
}

static sl_status fb_dest_commit(struct sl_destination *base, struct sl_error *err) {
  struct fb_destination *d = (struct fb_destination *)base;
  ISC_STATUS_ARRAY status;
  if (!d->in_transaction) {
    return sl_fail(err, SL_EDEST, "there is no transaction to commit");
  }
  if (FB(commit_transaction)(status, &d->transaction) != 0) {
    return fb_fail(d, status, "committing", err);
  }
  d->in_transaction = false;
  return SL_OK;
}

static void fb_dest_rollback(struct sl_destination *base) { /* also after a failed commit */
  struct fb_destination *d = (struct fb_destination *)base;
  ISC_STATUS_ARRAY status;
  if (d->transaction != 0) {
    (void)FB(rollback_transaction)(status, &d->transaction); /* a lost one has rolled back */
  }
  d->transaction = 0;
  d->in_transaction = false;
}

static void fb_dest_close(struct sl_destination *base) { /* at any stage, also half opened */
  struct fb_destination *d = (struct fb_destination *)base;
  ISC_STATUS_ARRAY status;
  if (d->database != 0) {
    fb_dest_rollback(base);
    if (!d->read_only) {
      fb_drop_staging(d);
    }
    if (d->maker != 0) {
      (void)FB(detach_database)(status, &d->maker);
    }
    (void)FB(detach_database)(status, &d->database);
  }
  free(d->where);
  free(d->how);
  free(d);
}

/* Rows are written by append at once. */
static sl_status fb_dest_flush(struct sl_destination *base, struct sl_error *err) {
  (void)base, (void)err;
  return SL_OK;
}

static void fb_dest_cancel(struct sl_destination *base) {
  struct fb_destination *d = (struct fb_destination *)base;
  ISC_STATUS_ARRAY status;
  (void)FB(cancel_operation)(status, &d->database, fb_cancel_raise);
}

static const char *session_of(const struct sl_destination *base) {
  return ((const struct fb_destination *)base)->session;
}

static const struct sl_option options[] = {
  { .name = "destination-connect-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "10",
    .minimum = 1,
    .maximum = 3600,
    .group = "Firebird (destination)",
    .help = "How long the connection to the destination may take to be made.",
    .offset = offsetof(struct fb_settings, connect_timeout) },
  { .name = NULL },
};

static const char *const schemes[] = { "firebird", NULL };
static const char *const extensions[] = { ".fdb", NULL };

const struct sl_destination_ops sl_firebird_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "firebird",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct fb_settings),
  .capabilities = { SL_FIREBIRD_CAPABILITIES },
  .help = "A Firebird database: a file (firebird:shop.fdb), or firebird://user:password@host/name.",
  .open = fb_dest_open,
  .begin = fb_dest_begin,
  .commit = fb_dest_commit,
  .rollback = fb_dest_rollback,
  .execute = fb_dest_execute,
  .query = fb_dest_query,
  .describe = fb_dest_describe,
  .append = fb_dest_append,
  .flush = fb_dest_flush,
  .cancel = fb_dest_cancel,
  .close = fb_dest_close,
  .session_of = session_of,
};
