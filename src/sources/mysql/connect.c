/* connect.c - connections: made, prepared for reading, cancelled, closed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sources/mysql/internal.h"

enum { UNKNOWN_DATABASE = 1049, UNKNOWN_VARIABLE = 1193 };

static void set_text(MYSQL *mysql, enum mysql_option option, const char *text) {
  if (text != NULL) {
    SL_MYSQL(optionsv)(mysql, option, text);
  }
}

static void set_tls(MYSQL *mysql, const struct maria_location *l) {
  bool by_socket = l->host == NULL || l->socket != NULL;
  my_bool wanted = l->tls != MARIA_TLS_DISABLED && !(l->tls == MARIA_TLS_PREFERRED && by_socket);
  my_bool verify = l->tls == MARIA_TLS_VERIFY_IDENTITY;
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_SSL_ENFORCE, &wanted);
  if (!wanted) {
    return;
  }
  set_text(mysql, MYSQL_OPT_SSL_CA, l->ca);
  set_text(mysql, MYSQL_OPT_SSL_CAPATH, l->capath);
  set_text(mysql, MYSQL_OPT_SSL_CERT, l->cert);
  set_text(mysql, MYSQL_OPT_SSL_KEY, l->key);
  set_text(mysql, MYSQL_OPT_SSL_CIPHER, l->cipher);
  set_text(mysql, MYSQL_OPT_SSL_CRL, l->crl);
  set_text(mysql, MARIADB_OPT_TLS_VERSION, l->tls_version);
}

static void set_options(MYSQL *mysql, const struct sl_db_config *config,
                        const struct maria_location *l) {
  unsigned seconds = (unsigned)config->settings->connect_timeout;
  unsigned long largest = 1UL << 30; /* a row may have 1 GB, as the server allows it */
  unsigned protocol =
      l->host == NULL || l->socket != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  SL_MYSQL(optionsv)(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest);
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "sluice");
  if (l->option_file != NULL) { /* the user's own; what the URL says comes after it */
    SL_MYSQL(optionsv)(mysql, MYSQL_READ_DEFAULT_FILE, l->option_file);
    SL_MYSQL(optionsv)
    (mysql, MYSQL_READ_DEFAULT_GROUP, l->option_group == NULL ? "client" : l->option_group);
  } else {
    SL_MYSQL(optionsv)(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  }
  if (l->compress) {
    SL_MYSQL(optionsv)(mysql, MYSQL_OPT_COMPRESS, NULL);
  }
  set_tls(mysql, l);
}

/* The nearest name among the databases that this user sees. */
static void suggest_database(const struct sl_db_config *config, const struct maria_location *l,
                             struct sl_error *err) {
  MYSQL *mysql = SL_MYSQL(init)(NULL);
  if (mysql == NULL) {
    return;
  }
  set_options(mysql, config, l);
  char nearest[256] = "";
  size_t best = strlen(l->database) / 3 + 2;
  if (SL_MYSQL(real_connect)(mysql, l->host, l->user, l->password, NULL, l->port, l->socket, 0) !=
          NULL &&
      SL_MYSQL(real_query)(mysql, "SHOW DATABASES", strlen("SHOW DATABASES")) == 0) {
    MYSQL_RES *result = SL_MYSQL(store_result)(mysql);
    MYSQL_ROW row;
    while (result != NULL && (row = SL_MYSQL(fetch_row)(result)) != NULL) {
      size_t distance = sl_text_distance(l->database, row[0], best);
      if (distance < best) {
        best = distance;
        snprintf(nearest, sizeof nearest, "%s", row[0]);
      }
    }
    if (result != NULL) {
      SL_MYSQL(free_result)(result);
    }
  }
  SL_MYSQL(close)(mysql);
  (void)sl_fail(err, SL_ENOTFOUND, "the server has no database '%s'%s%s%s", l->database,
                nearest[0] == '\0' ? " that this user may see" : " (did you mean '", nearest,
                nearest[0] == '\0' ? "" : "'?)");
}

static sl_status dial(const struct sl_db_config *config, const struct maria_location *l,
                      MYSQL **out, struct sl_error *err) {
  MYSQL *mysql = SL_MYSQL(init)(NULL);
  if (mysql == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  set_options(mysql, config, l);
  sl_status rc = SL_OK;
  if (SL_MYSQL(real_connect)(mysql, l->host, l->user, l->password, l->database, l->port, l->socket,
                             0) == NULL) {
    rc = maria_fail_connect(err, l, mysql);
    if (SL_MYSQL(errno)(mysql) == UNKNOWN_DATABASE) {
      suggest_database(config, l, err);
    }
  } else if (l->tls >= MARIA_TLS_REQUIRED && SL_MYSQL(get_ssl_cipher)(mysql) == NULL) {
    rc = sl_fail(err, SL_ESOURCE,
                 "connecting to %s: the server offers no TLS, but the URL asks for it (ssl-mode)",
                 l->host == NULL ? "the socket" : l->host);
  }
  if (rc != SL_OK) {
    SL_MYSQL(close)(mysql);
    return rc;
  }
  *out = mysql;
  return SL_OK;
}

sl_status maria_dial(const struct sl_db_config *config, char database[256], MYSQL **out,
                     struct sl_error *err) {
  struct maria_location l;
  *out = NULL;
  sl_status rc = sl_mysql_load(err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = maria_location_parse(&l, config->location, err);
  if (rc == SL_OK) {
    rc = dial(config, &l, out, err);
  }
  if (rc == SL_OK && database != NULL) {
    snprintf(database, 256, "%s", l.database == NULL ? "" : l.database);
  }
  maria_location_release(&l);
  return rc;
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
  if (rc == SL_OK && s->mariadb) {
    rc = execute_if_known(s, "SET SESSION idle_transaction_timeout = 0", err);
  }
  if (rc == SL_OK && s->mariadb) {
    rc = execute_if_known(s, "SET SESSION idle_readonly_transaction_timeout = 0", err);
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
  sl_status rc = maria_dial(config, s->database, &s->mysql, err);
  if (rc == SL_OK) {
    s->mariadb = SL_MARIADB(connection)(s->mysql) != 0;
    rc = prepare_session(s, err);
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

static bool kill_query(struct maria_session *s) {
  struct sl_error ignored;
  MYSQL *second;
  if (maria_dial(s->config, NULL, &second, &ignored) != SL_OK) {
    return false;
  }
  char sql[64];
  int n = snprintf(sql, sizeof sql, "KILL QUERY %lu", SL_MYSQL(thread_id)(s->mysql));
  bool done = SL_MYSQL(real_query)(second, sql, (unsigned long)n) == 0;
  SL_MYSQL(close)(second);
  return done;
}

void maria_cancel(struct sl_db_session *base) {
  struct maria_session *s = (struct maria_session *)base;
  if (!kill_query(s)) { /* nobody to tell: the query ends with its connection */
    (void)shutdown(SL_MYSQL(get_socket)(s->mysql), SHUT_RDWR);
  }
}
