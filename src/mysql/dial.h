/* dial.h - connections to MySQL and MariaDB, and why one was not made. For the source and the
 * destination. */
#ifndef SL_MYSQL_DIAL_H
#define SL_MYSQL_DIAL_H

#include "mysql/api.h"
#include "mysql/location.h"

struct maria_dial {       /* all borrowed */
  const char *location;   /* what follows "mysql:" */
  int64_t timeout;        /* seconds for a connection to be made */
  sl_status code;         /* of what fails: SL_ESOURCE or SL_EDEST */
  unsigned long flags;    /* CLIENT_… */
  bool sends_local_files; /* LOAD DATA LOCAL is allowed; its handler is set by the caller */
};

enum { MARIA_MOST_PLACE = 300 };

/* A connection without any settings. database, place (may be NULL): what the URL names ("" =
 * none); host and port, or the socket, for messages. */
sl_status maria_dial(const struct maria_dial *how, char database[256], char place[MARIA_MOST_PLACE],
                     MYSQL **out, struct sl_error *err);
/* mysql_real_query. A server that says nothing for `seconds` (0 = it may take its time) is lost:
 * the connection is broken, which is what the library then reports. */
int maria_query_within(MYSQL *mysql, const char *sql, size_t length, int64_t seconds);
/* KILL QUERY of what `mysql` runs, over a second connection. False: that could not be made. Any
 * thread. */
bool maria_kill_query(const struct maria_dial *how, MYSQL *mysql);

/* The connection is gone: by itself, as TLS says it, or by the server. */
bool maria_is_lost(unsigned number);
void maria_place_of(const struct maria_location *l, char out[MARIA_MOST_PLACE]);
/* What a connection attempt to `l` answered. */
sl_status maria_fail_connect(struct sl_error *err, sl_status code, const struct maria_location *l,
                             MYSQL *mysql);

#endif
