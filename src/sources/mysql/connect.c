/* connect.c - connections: made, prepared for reading, cancelled, closed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/socket.h"
#include "sources/mysql/internal.h"

enum { UNKNOWN_VARIABLE = 1193 };

static struct maria_dial maria_how(const struct sl_db_config *config) {
  return (struct maria_dial){ .location = config->location,
                              .timeout = config->settings->connect_timeout,
                              .code = SL_ESOURCE };
}

/* A statement that only some servers know. */
static sl_status execute_if_known(struct maria_session *s, const char *sql, struct sl_error *err) {
  struct sl_error ignored;
  sl_status rc = maria_execute(s, sql, &ignored);
  if (rc != SL_OK && SL_MYSQL(errno)(s->mysql) != UNKNOWN_VARIABLE) {
    *err = ignored;
    return rc;
  }
  return SL_OK;
}

/* Reading only, in UTC, and patient while the destination is slow. */
static sl_status prepare_session(struct maria_session *s, struct sl_error *err) {
  static const char *const statements[] = {
    "SET SESSION time_zone = '+00:00', sql_auto_is_null = 0, sql_select_limit = DEFAULT, "
    "net_write_timeout = 86400, wait_timeout = 2147483, "
    "sql_mode = REPLACE(@@sql_mode, 'PAD_CHAR_TO_FULL_LENGTH', '')",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
  };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof statements / sizeof statements[0]; i++) {
    rc = maria_execute(s, statements[i], err);
  }
  static const char *const known_to_some[] = {
    "SET SESSION idle_transaction_timeout = 0", "SET SESSION idle_readonly_transaction_timeout = 0",
    "SET SESSION information_schema_stats_expiry = 0", /* sizes as they are, not of yesterday */
  };
  for (size_t i = 0; rc == SL_OK && i < sizeof known_to_some / sizeof known_to_some[0]; i++) {
    rc = execute_if_known(s, known_to_some[i], err);
  }
  long long seconds = s->config->settings->statement_timeout;
  if (rc == SL_OK && seconds > 0) {
    char sql[100];
    snprintf(sql, sizeof sql, "SET SESSION %s = %lld",
             s->mariadb ? "max_statement_time" : "max_execution_time",
             s->mariadb ? seconds : seconds * 1000);
    rc = maria_execute(s, sql, err);
  }
  return rc;
}

sl_status maria_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                        struct sl_db_session **out, struct sl_error *err) {
  (void)leader; /* snapshots are shared in maria_open_team */
  *out = NULL;
  struct maria_session *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  s->base.driver = &maria_driver;
  s->config = config;
  struct maria_dial how = maria_how(config);
  sl_status rc = maria_dial(&how, s->database, NULL, &s->mysql, err);
  if (rc == SL_OK) {
    s->mariadb = SL_MARIADB(connection)(s->mysql) != 0;
    s->patience = how.timeout; /* nobody can cancel what is not open yet */
    rc = prepare_session(s, err);
    s->patience = 0;
    if (rc != SL_OK) {
      sl_error_add_context(err, "preparing the connection");
    }
  }
  if (rc != SL_OK) {
    maria_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

void maria_close(struct sl_db_session *base) {
  struct maria_session *s = (struct maria_session *)base;
  maria_finish(base);
  if (s->mysql != NULL) {
    SL_MYSQL(close)(s->mysql);
  }
  free(s);
}

void maria_cancel(struct sl_db_session *base) {
  struct maria_session *s = (struct maria_session *)base;
  struct maria_dial how = maria_how(s->config);
  if (sl_socket_asked_in_vain(&s->asked) || !maria_kill_query(&how, s->mysql)) {
    sl_socket_break((int)SL_MYSQL(get_socket)(s->mysql)); /* the query ends with its connection */
  }
}
