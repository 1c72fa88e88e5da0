/* connect.c - a session in which everything means the same on each server. */
#include <stdio.h>
#include <stdlib.h>

#include "mysql_internal.h"

enum { OLDEST_MARIADB = 100207, OLDEST_MYSQL = 80017 };

/* UTC; values that do not fit are errors; a backslash stands for itself. */
static const char session_settings[] =
    "SET SESSION time_zone = '+00:00', autocommit = 1, sql_auto_is_null = 0, "
    "sql_select_limit = DEFAULT, sql_safe_updates = 0, sql_big_selects = 1, max_error_count = 64, "
    "wait_timeout = 2147483, net_read_timeout = 86400, net_write_timeout = 86400, "
    "sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO,"
    "NO_ENGINE_SUBSTITUTION'";

/* What only some servers know, or allow: without it a load may fail where it need not, no more. */
static const char *const wishes[] = {
  "SET SESSION innodb_strict_mode = OFF", /* tables of 200 texts */
  "SET SESSION sql_require_primary_key = OFF",
  "SET SESSION sql_generate_invisible_primary_key = OFF",
  "SET SESSION max_statement_time = 0",
  "SET SESSION idle_transaction_timeout = 0",
};

static sl_status check_version(struct my_destination *d, struct sl_error *err) {
  bool mariadb = SL_MARIADB(connection)(d->mysql) != 0;
  unsigned long version = SL_MYSQL(get_server_version)(d->mysql);
  if (version >= (mariadb ? OLDEST_MARIADB : OLDEST_MYSQL)) {
    return SL_OK;
  }
  return sl_fail(
      err, SL_EUNSUPPORTED,
      "%s is %s %lu.%lu.%lu: loads into it need MySQL 8.0.17 or MariaDB 10.2.7, or later", d->where,
      mariadb ? "MariaDB" : "MySQL", version / 10000, version / 100 % 100, version % 100);
}

/* What a load would find out only at its end: temporary tables can be written on any server. */
static sl_status check_writable(struct my_destination *d, struct sl_error *err) {
  sl_status rc = my_run_text(d, "START TRANSACTION READ WRITE", "opening the destination", err);
  return rc == SL_OK ? my_run_text(d, "ROLLBACK", "opening the destination", err) : rc;
}

static sl_status choose_bulk(struct my_destination *d, const struct my_settings *settings,
                             struct sl_error *err) {
  char *values[2];
  sl_status rc = my_ask(d, "SELECT @@max_allowed_packet, @@local_infile", values, 2, err);
  if (rc == SL_OK) {
    d->max_packet = values[0] == NULL ? 1 << 20 : strtoull(values[0], NULL, 10);
    d->load_data = values[1] != NULL && values[1][0] == '1';
  }
  free(values[0]);
  free(values[1]);
  if (rc == SL_OK && settings != NULL && strcmp(settings->bulk, "insert") == 0) {
    d->load_data = false;
  } else if (rc == SL_OK && settings != NULL && strcmp(settings->bulk, "load-data") == 0 &&
             !d->load_data) {
    rc = sl_fail(err, SL_EDEST,
                 "%s does not take LOAD DATA LOCAL: SET GLOBAL local_infile = ON there, or leave "
                 "out --mysql-bulk load-data",
                 d->where);
  }
  return rc;
}

static sl_status prepare_session(struct my_destination *d,
                                 const struct sl_destination_config *config, struct sl_error *err) {
  sl_status rc = check_version(d, err);
  if (rc == SL_OK) {
    rc = my_run_text(d, session_settings, "setting up the session", err);
  }
  if (rc == SL_OK) { /* what a merge has read is not changed by others before its end */
    rc = my_run_text(d, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                     "setting up the session", err);
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof wishes / sizeof wishes[0]; i++) {
    (void)maria_query_within(d->mysql, wishes[i], strlen(wishes[i]), d->patience);
  }
  if (rc == SL_OK) {
    rc = config->read_only
             ? my_run_text(d, "SET SESSION TRANSACTION READ ONLY", "setting up the session", err)
             : check_writable(d, err);
  }
  return rc == SL_OK ? choose_bulk(d, config->settings, err) : rc;
}

sl_status my_connect(struct my_destination *d, const struct sl_destination_config *config,
                     struct sl_error *err) {
  const struct my_settings *settings = config->settings;
  d->location = strdup(config->location);
  if (d->location == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a URL");
  }
  d->how = (struct maria_dial){ .location = d->location,
                                .timeout = settings == NULL ? 10 : settings->connect_timeout,
                                .code = SL_EDEST,
                                .flags = CLIENT_FOUND_ROWS,
                                .sends_local_files = true };
  sl_status rc = maria_dial(&d->how, NULL, d->where, &d->mysql, err);
  d->patience = d->how.timeout; /* nobody can cancel what is not open yet */
  rc = rc == SL_OK ? prepare_session(d, config, err) : rc;
  d->patience = 0;
  return rc;
}
