/* dial.c - see dial.h. */
#include "mysql/dial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/socket.h"
#include "base/text.h"

enum { UNKNOWN_DATABASE = 1049 };

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

static void set_options(MYSQL *mysql, const struct maria_dial *how,
                        const struct maria_location *l) {
  unsigned seconds = (unsigned)how->timeout;
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
  unsigned local = how->sends_local_files;
  SL_MYSQL(optionsv)(mysql, MYSQL_OPT_LOCAL_INFILE, &local);
  if (l->compress) {
    SL_MYSQL(optionsv)(mysql, MYSQL_OPT_COMPRESS, NULL);
  }
  set_tls(mysql, l);
}

/* The nearest name among the databases that this user sees. */
static void suggest_database(const struct maria_dial *how, const struct maria_location *l,
                             struct sl_error *err) {
  MYSQL *mysql = SL_MYSQL(init)(NULL);
  if (mysql == NULL) {
    return;
  }
  set_options(mysql, how, l);
  char nearest[256] = "";
  size_t best = strlen(l->database) / 3 + 2;
  if (SL_MYSQL(real_connect)(mysql, l->host, l->user, l->password, NULL, l->port, l->socket, 0) !=
          NULL &&
      maria_query_within(mysql, "SHOW DATABASES", strlen("SHOW DATABASES"), how->timeout) == 0) {
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

static sl_status dial(const struct maria_dial *how, const struct maria_location *l, MYSQL **out,
                      struct sl_error *err) {
  MYSQL *mysql = SL_MYSQL(init)(NULL);
  if (mysql == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  set_options(mysql, how, l);
  sl_status rc = SL_OK;
  if (SL_MYSQL(real_connect)(mysql, l->host, l->user, l->password, l->database, l->port, l->socket,
                             how->flags) == NULL) {
    rc = maria_fail_connect(err, how->code, l, mysql);
    if (SL_MYSQL(errno)(mysql) == UNKNOWN_DATABASE) {
      suggest_database(how, l, err);
    }
  } else if (l->tls >= MARIA_TLS_REQUIRED && SL_MYSQL(get_ssl_cipher)(mysql) == NULL) {
    rc = sl_fail(err, how->code,
                 "connecting to %s: the server offers no TLS, but the URL asks for it (ssl-mode)",
                 l->host == NULL ? "the socket" : l->host);
  }
  if (rc != SL_OK) {
    SL_MYSQL(close)(mysql);
    return rc;
  }
  sl_socket_keep((int)SL_MYSQL(get_socket)(mysql));
  *out = mysql;
  return SL_OK;
}

sl_status maria_dial(const struct maria_dial *how, char database[256], char place[MARIA_MOST_PLACE],
                     MYSQL **out, struct sl_error *err) {
  struct maria_location l;
  *out = NULL;
  sl_status rc = sl_mysql_load(err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = maria_location_parse(&l, how->location, err);
  if (rc == SL_OK) {
    rc = dial(how, &l, out, err);
  }
  if (rc == SL_OK && database != NULL) {
    snprintf(database, 256, "%s", l.database == NULL ? "" : l.database);
  }
  if (rc == SL_OK && place != NULL) {
    maria_place_of(&l, place);
  }
  maria_location_release(&l);
  return rc;
}

int maria_query_within(MYSQL *mysql, const char *sql, size_t length, int64_t seconds) {
  if (seconds == 0) {
    return SL_MYSQL(real_query)(mysql, sql, length);
  }
  if (SL_MYSQL(send_query)(mysql, sql, length) != 0) {
    return 1;
  }
  struct pollfd answer = { .fd = (int)SL_MYSQL(get_socket)(mysql), .events = POLLIN };
  int ready;
  do {
    ready = poll(&answer, 1, (int)(seconds * 1000));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    sl_socket_break(answer.fd);
  }
  return SL_MYSQL(read_query_result)(mysql);
}

bool maria_kill_query(const struct maria_dial *how, MYSQL *mysql) {
  struct sl_error ignored;
  MYSQL *second;
  if (maria_dial(how, NULL, NULL, &second, &ignored) != SL_OK) {
    return false;
  }
  char sql[64];
  int n = snprintf(sql, sizeof sql, "KILL QUERY %lu", SL_MYSQL(thread_id)(mysql));
  bool done = maria_query_within(second, sql, (size_t)n, how->timeout) == 0;
  SL_MYSQL(close)(second);
  return done;
}
