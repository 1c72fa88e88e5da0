/* mysql_destination.c - the table of functions and the transactions of MySQL and MariaDB. */
#include "mysql_destination.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/socket.h"
#include "mysql_internal.h"
#include "sql/capabilities.h"

static void my_dest_close(struct sl_destination *base) {
  struct my_destination *d = (struct my_destination *)base;
  my_targets_forget(d);
  free(d->targets);
  sl_buffer_release(&d->rows);
  if (d->mysql != NULL) {
    SL_MYSQL(close)(d->mysql); /* the server rolls back what is open */
  }
  free(d->location);
  free(d);
}

static sl_status my_dest_open(struct sl_destination **out,
                              const struct sl_destination_config *config, struct sl_error *err) {
  *out = NULL;
  struct my_destination *d = calloc(1, sizeof *d);
  if (d == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a destination");
  }
  d->base.ops = &sl_mysql_destination;
  sl_status rc = my_connect(d, config, err);
  if (rc != SL_OK) {
    my_dest_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

/* Not START TRANSACTION: after a statement that ends a transaction, the next one begins another. */
static sl_status my_dest_begin(struct sl_destination *base, struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "a transaction has begun already and is not over");
  }
  sl_status rc = my_dest_flush(base, err);
  if (rc == SL_OK) {
    rc = my_run_text(d, "SET SESSION autocommit = 0", "beginning a transaction", err);
  }
  d->in_transaction = rc == SL_OK;
  return rc;
}

static sl_status my_dest_commit(struct sl_destination *base, struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  if (!d->in_transaction) {
    return sl_fail(err, SL_EDEST, "there is no transaction to commit");
  }
  sl_status rc = my_dest_flush(base, err);
  if (rc == SL_OK) {
    rc = my_run_text(d, "COMMIT", "committing", err);
  }
  if (rc == SL_OK) {
    struct sl_error
        ignored; /* what was committed stays so; a lost connection shows at its next use */
    d->in_transaction = false;
    (void)!my_run_text(d, "SET SESSION autocommit = 1", "", &ignored);
  }
  return rc;
}

static void my_dest_rollback(struct sl_destination *base) {
  struct my_destination *d = (struct my_destination *)base;
  struct sl_error ignored; /* a lost connection has rolled back already */
  my_targets_forget(d);
  if (d->in_transaction) {
    if (my_run_text(d, "ROLLBACK", "rolling back", &ignored) == SL_OK) {
      (void)my_run_text(d, "SET SESSION autocommit = 1", "rolling back", &ignored);
    }
    d->in_transaction = false;
  }
}

static sl_status my_dest_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                                 struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  char doing[160];
  snprintf(doing, sizeof doing, "executing %.120s%s", sql, strlen(sql) > 120 ? "…" : "");
  sl_status rc = my_dest_flush(base, err);
  if (rc == SL_OK) {
    rc = my_run(d, sql, strlen(sql), doing, affected, err);
  }
  if (strncmp(sql, "CREATE ", 7) == 0 || strncmp(sql, "ALTER ", 6) == 0 ||
      strncmp(sql, "DROP ", 5) == 0) {
    my_targets_forget(d);
  }
  return rc;
}

static void my_dest_cancel(struct sl_destination *base) {
  struct my_destination *d = (struct my_destination *)base;
  atomic_store(&d->cancelled, true);
  if (sl_socket_asked_in_vain(&d->asked)) {
    sl_socket_break((int)SL_MYSQL(get_socket)(d->mysql));
  } else if (atomic_load(&d->busy)) {
    (void)maria_kill_query(&d->how, d->mysql);
  }
}

static const char *const schemes[] = { "mysql", "mariadb", NULL };
static const char *const extensions[] = { NULL };
static const struct sl_option options[] = {
  { .name = "destination-connect-timeout",
    .kind = SL_OPTION_INTEGER,
    .value_name = "SECONDS",
    .default_text = "10",
    .minimum = 1,
    .maximum = 3600,
    .group = "MySQL and MariaDB (destination)",
    .help = "How long the connection to the destination may take to be made.",
    .offset = offsetof(struct my_settings, connect_timeout) },
  { .name = "mysql-bulk",
    .kind = SL_OPTION_CHOICE,
    .value_name = "HOW",
    .choices = "auto|load-data|insert",
    .default_text = "auto",
    .group = "MySQL and MariaDB (destination)",
    .help =
        "How rows go in: LOAD DATA LOCAL, or INSERT with many rows; auto: what the server takes.",
    .offset = offsetof(struct my_settings, bulk) },
  { .name = NULL },
};

const struct sl_destination_ops sl_mysql_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "mysql",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct my_settings),
  .capabilities = { SL_MYSQL_CAPABILITIES, .max_query_length = INT64_C(16) << 20 },
  .help = "A MySQL or MariaDB server: mysql://user:password@host:3306.",
  .open = my_dest_open,
  .begin = my_dest_begin,
  .commit = my_dest_commit,
  .rollback = my_dest_rollback,
  .execute = my_dest_execute,
  .query = my_dest_query,
  .describe = my_dest_describe,
  .append = my_dest_append,
  .flush = my_dest_flush,
  .cancel = my_dest_cancel,
  .close = my_dest_close,
};
