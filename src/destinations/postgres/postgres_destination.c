/* postgres_destination.c - PostgreSQL's table of functions: connection and transactions. */
#include "postgres_destination.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/socket.h"
#include "postgres/conninfo.h"
#include "postgres_internal.h"
#include "sql/capabilities.h"

static void drop_notice(void *arg, const char *message) {
  (void)arg;
  (void)message;
}

static void pg_dest_close(struct sl_destination *base) {
  struct pg_destination *d = (struct pg_destination *)base;
  pg_targets_forget(d);
  free(d->targets);
  sl_buffer_release(&d->rows);
  free(d->copy);
  if (d->cancel != NULL) {
    PG(freeCancel)(d->cancel);
  }
  if (d->conn != NULL) {
    PG(finish)(d->conn); /* the server rolls back what is open */
  }
  free(d);
}

/* Results are the same whatever the server, the database or the user have set. */
static const char session_settings[] =
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET standard_conforming_strings = on; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET client_min_messages = 'warning'; "
    "SET search_path = ''";

static sl_status fail_connecting(PGconn *conn, struct sl_error *err) {
  const char *message = PG(errorMessage)(conn);
  bool missing =
      strstr(message, "database \"") != NULL && strstr(message, "does not exist") != NULL;
  return pg_fail_connect(conn, missing ? "" : NULL, err);
}

static sl_status connect_to(struct pg_destination *d, const struct sl_destination_config *config,
                            struct sl_error *err) {
  const struct pg_settings *settings = config->settings;
  char timeout[24];
  PQconninfoOption *parsed = NULL;
  char *conninfo = pg_conninfo(config->location);
  sl_status rc = conninfo == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a connection string")
                                  : pg_conninfo_parse(conninfo, &parsed, err);
  PG(conninfoFree)(parsed);
  if (rc == SL_OK) {
    int64_t seconds = settings == NULL ? 10 : settings->connect_timeout;
    snprintf(timeout, sizeof timeout, "%lld", (long long)(seconds > 0 ? seconds : 10));
    const char *const keywords[] = { "fallback_application_name", "connect_timeout", "dbname",
                                     "client_encoding", NULL };
    const char *const values[] = { "sluice", timeout, conninfo, "UTF8", NULL };
    d->conn = PG(connectdbParams)(keywords, values, 1);
    rc = PG(status)(d->conn) == CONNECTION_OK ? SL_OK : fail_connecting(d->conn, err);
  }
  free(conninfo);
  if (rc == SL_OK) {
    const char *host = PG(host)(d->conn);
    snprintf(d->where, sizeof d->where, "%s:%s/%s", host == NULL ? "" : host, PG(port)(d->conn),
             PG(db)(d->conn));
    PG(setNoticeProcessor)(d->conn, drop_notice, NULL);
    d->cancel = PG(getCancel)(d->conn);
    sl_socket_keep(PG(socket)(d->conn));
    rc = pg_dest_run(d, session_settings, "setting up the session", NULL, err);
  }
  if (rc == SL_OK && config->read_only) {
    rc = pg_dest_run(d, "SET default_transaction_read_only = on", "setting up the session", NULL,
                     err);
  }
  return rc;
}

static sl_status pg_dest_open(struct sl_destination **out,
                              const struct sl_destination_config *config, struct sl_error *err) {
  *out = NULL;
  sl_status rc = pg_load(err);
  struct pg_destination *d = rc == SL_OK ? calloc(1, sizeof *d) : NULL;
  if (d == NULL) {
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a destination");
  }
  d->base.ops = &sl_postgres_destination;
  rc = connect_to(d, config, err);
  if (rc != SL_OK) {
    pg_dest_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

static sl_status pg_dest_begin(struct sl_destination *base, struct sl_error *err) {
  struct pg_destination *d = (struct pg_destination *)base;
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "a transaction has begun already and is not over");
  }
  sl_status rc = pg_dest_run(d, "BEGIN", "beginning a transaction", NULL, err);
  d->in_transaction = rc == SL_OK;
  return rc;
}

static sl_status pg_dest_commit(struct sl_destination *base, struct sl_error *err) {
  struct pg_destination *d = (struct pg_destination *)base;
  PGresult *result = NULL;
  if (!d->in_transaction) {
    return sl_fail(err, SL_EDEST, "there is no transaction to commit");
  }
  sl_status rc = pg_dest_run(d, "COMMIT", "committing", &result, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool rolled_back = strcmp(PG(cmdStatus)(result), "COMMIT") != 0;
  PG(clear)(result);
  d->in_transaction = false;
  pg_targets_forget(d);
  return rolled_back ? sl_fail(err, SL_EDEST,
                               "PostgreSQL rolled the transaction back at its end, "
                               "because a statement in it had failed")
                     : SL_OK;
}

static void pg_dest_rollback(struct sl_destination *base) {
  struct pg_destination *d = (struct pg_destination *)base;
  struct sl_error ignored; /* a lost connection has rolled back already */
  if (d->in_transaction) {
    (void)!pg_copy_end(d, "rolled back", &ignored);
    (void)!pg_dest_run(d, "ROLLBACK", "rolling back", NULL, &ignored);
    d->in_transaction = false;
  }
  pg_targets_forget(d);
}

static sl_status pg_dest_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                                 struct sl_error *err) {
  struct pg_destination *d = (struct pg_destination *)base;
  PGresult *result = NULL;
  char doing[160];
  snprintf(doing, sizeof doing, "executing %.120s%s", sql, strlen(sql) > 120 ? "…" : "");
  sl_status rc = pg_dest_run(d, sql, doing, &result, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (affected != NULL) {
    const char *count = PG(cmdTuples)(result);
    *affected = count[0] == '\0' ? -1 : strtoll(count, NULL, 10);
  }
  PG(clear)(result);
  if (strncmp(sql, "CREATE ", 7) == 0 || strncmp(sql, "ALTER ", 6) == 0 ||
      strncmp(sql, "DROP ", 5) == 0) {
    pg_targets_forget(d);
  }
  return SL_OK;
}

static sl_status pg_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                                const struct ArrowSchema *schema, struct ArrowArray *array,
                                struct sl_error *err) {
  struct pg_destination *d = (struct pg_destination *)base;
  struct pg_target *target = NULL;
  sl_status rc = pg_target_get(d, name, &target, err);
  if (rc == SL_OK && array->length > 0) {
    rc = pg_copy_in(d, target, schema, array, err);
  }
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}

static sl_status pg_dest_flush(struct sl_destination *base, struct sl_error *err) {
  return pg_copy_end((struct pg_destination *)base, NULL, err);
}

static void pg_dest_cancel(struct sl_destination *base) {
  struct pg_destination *d = (struct pg_destination *)base;
  char ignored[256];
  atomic_store(&d->cancelled, true);
  if (sl_socket_asked_in_vain(&d->asked)) {
    sl_socket_break(PG(socket)(d->conn));
  } else if (d->cancel != NULL) {
    PG(cancel)(d->cancel, ignored, sizeof ignored);
  }
}

static const char *const schemes[] = { "postgres", "postgresql", NULL };
static const char *const extensions[] = { NULL };
static const struct sl_option options[] = {
  { .name = "destination-connect-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "10",
    .minimum = 1,
    .maximum = 3600,
    .group = "PostgreSQL (destination)",
    .help = "How long the connection to the destination may take to be made.",
    .offset = offsetof(struct pg_settings, connect_timeout) },
  { .name = NULL },
};

const struct sl_destination_ops sl_postgres_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "postgres",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct pg_settings),
  .capabilities = { SL_POSTGRES_CAPABILITIES },
  .help = "A PostgreSQL database: postgres://user:password@host:5432/database.",
  .open = pg_dest_open,
  .begin = pg_dest_begin,
  .commit = pg_dest_commit,
  .rollback = pg_dest_rollback,
  .execute = pg_dest_execute,
  .query = pg_dest_query,
  .describe = pg_dest_describe,
  .append = pg_dest_append,
  .flush = pg_dest_flush,
  .cancel = pg_dest_cancel,
  .close = pg_dest_close,
};
