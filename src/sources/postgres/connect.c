/* connect.c - connections: made, set up inside one read-only transaction, cancelled, closed.
 *
 * All of a session happens in one REPEATABLE READ READ ONLY transaction, and its settings are SET
 * LOCAL, so that it works behind a pooler that keeps a server connection for one transaction only.
 * The leader exports its snapshot and the other sessions import it: all tables and all parts of
 * them are seen as they were at one moment. */
#include <stdio.h>
#include <stdlib.h>

#include "base/socket.h"
#include "postgres/conninfo.h"
#include "sources/postgres/types.h"

static const char *option_value(const PQconninfoOption *options, const char *keyword) {
  for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
    if (strcmp(o->keyword, keyword) == 0) {
      return o->val;
    }
  }
  return NULL;
}

/* *options is freed with PQconninfoFree; NULL on failure. */
static sl_status parse_location(const char *location, PQconninfoOption **options,
                                struct sl_error *err) {
  char *conninfo = pg_conninfo(location);
  *options = NULL;
  sl_status rc = pg_load(err);
  if (rc == SL_OK) {
    rc = conninfo == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a connection string")
                          : pg_conninfo_parse(conninfo, options, err);
  }
  free(conninfo);
  return rc;
}

sl_status pg_check_location(const char *location, struct sl_error *err) {
  PQconninfoOption *options;
  sl_status rc = parse_location(location, &options, err);
  if (rc == SL_OK) {
    PG(conninfoFree)(options);
  }
  return rc;
}

sl_status pg_default_name(const char *location, char out[256], struct sl_error *err) {
  static const char *const keywords[] = { "dbname", "service", "user" };
  PQconninfoOption *options;
  const char *name = NULL;
  sl_status rc = parse_location(location, &options, err);
  if (rc != SL_OK) {
    return rc;
  }
  for (size_t i = 0; name == NULL && i < 3; i++) {
    name = option_value(options, keywords[i]);
    name = name != NULL && name[0] == '\0' ? NULL : name;
  }
  snprintf(out, 256, "%s", name == NULL ? "postgres" : name);
  PG(conninfoFree)(options);
  return SL_OK;
}

/* ---- connecting ---- */

enum { MOST_PARAMETERS = 16, LEADER_LOCK_SECONDS = 60, READER_LOCK_SECONDS = 5 };

struct parameters {
  const char *keywords[MOST_PARAMETERS + 1], *values[MOST_PARAMETERS + 1];
  int count;
};

static void add(struct parameters *p, const char *keyword, const char *value) {
  p->keywords[p->count] = keyword;
  p->values[p->count++] = value;
}

/* What comes before the user's own string yields to it, what comes after does not. A reader goes to
 * the very server that its leader reached, whichever of several hosts that was. */
static PGconn *connect_to(const struct sl_db_config *config, const char *conninfo,
                          const PGconn *leader, const char *database) {
  struct parameters p = { .count = 0 };
  char timeout[24];
  const char *address = leader != NULL && pg_api.hostaddr != NULL ? PG(hostaddr)(leader) : NULL;
  snprintf(timeout, sizeof timeout, "%lld", (long long)config->settings->connect_timeout);
  add(&p, "fallback_application_name", "sluice");
  add(&p, "connect_timeout", timeout);
  add(&p, "dbname", conninfo);
  add(&p, "client_encoding", "UTF8");
  if (leader != NULL && PG(host)(leader) != NULL) {
    add(&p, "host", PG(host)(leader));
    add(&p, "hostaddr", address == NULL ? "" : address);
    add(&p, "port", PG(port)(leader));
  }
  if (database != NULL) {
    add(&p, "dbname", database);
  }
  return PG(connectdbParams)(p.keywords, p.values, 1);
}

static void drop_notice(void *arg, const char *message) {
  (void)arg;
  (void)message;
}

static void describe_place(struct pg_session *s) {
  const char *host = PG(host)(s->conn);
  const char *database = PG(db)(s->conn);
  snprintf(s->where, sizeof s->where, "%s:%s/%s", host == NULL ? "" : host, PG(port)(s->conn),
           database == NULL ? "" : database);
}

/* The database that is called most like a missing one, found through another that always exists. */
static void find_nearest(const struct sl_db_config *config, const char *conninfo,
                         const char *missing, char out[128]) {
  PGconn *conn = connect_to(config, conninfo, NULL, "postgres");
  PGresult *result = PG(exec)(conn, "SELECT datname FROM pg_database WHERE datallowconn");
  size_t best = strlen(missing) / 3 + 2;
  out[0] = '\0';
  for (int row = 0; row < PG(ntuples)(result); row++) {
    const char *name = PG(getvalue)(result, row, 0);
    size_t distance = sl_text_distance(missing, name, best);
    if (distance < best) {
      best = distance;
      snprintf(out, 128, "%s", name);
    }
  }
  PG(clear)(result);
  PG(finish)(conn);
}

static sl_status fail_connecting(PGconn *conn, const struct sl_db_config *config,
                                 const char *conninfo, struct sl_error *err) {
  char nearest[128];
  const char *message = PG(errorMessage)(conn);
  const char *database = PG(db)(conn);
  bool missing =
      strstr(message, "database \"") != NULL && strstr(message, "does not exist") != NULL;
  if (missing && database != NULL) {
    find_nearest(config, conninfo, database, nearest);
  }
  return pg_fail_connect(conn, missing && database != NULL ? nearest : NULL, err);
}

/* ---- the transaction ---- */

/* Results are the same whatever the server, the database or the user have set: UTC, ISO dates,
 * exact floats, rows in an order that comes again when the same is asked again. */
static void append_settings(const struct pg_session *s, struct sl_buffer *out) {
  static const struct {
    const char *name, *value;
    int since;
  } settings[] = {
    { "TimeZone", "UTC", 0 },
    { "DateStyle", "ISO, YMD", 0 },
    { "IntervalStyle", "postgres", 0 },
    { "bytea_output", "hex", 0 },
    { "extra_float_digits", "3", 0 },
    { "standard_conforming_strings", "on", 0 },
    { "synchronize_seqscans", "off", 0 },
    { "idle_in_transaction_session_timeout", "0", 90600 },
    { "max_parallel_workers_per_gather", "0", 90600 },
    { "jit", "off", 110000 },
    { "transaction_timeout", "0", 170000 },
  };
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
    if (s->version >= settings[i].since) {
      sl_buffer_printf(out, "SET LOCAL %s = '%s';", settings[i].name, settings[i].value);
    }
  }
  /* Such a server knows no encoding and would refuse bytes that are no UTF-8: it sends them as they
   * are then, and sl_db_batch_finish looks at them. */
  const char *encoding = PG(parameterStatus)(s->conn, "server_encoding");
  if (encoding != NULL && strcmp(encoding, "SQL_ASCII") == 0) {
    sl_buffer_text(out, "SET LOCAL client_encoding = 'SQL_ASCII';");
  }
  sl_buffer_printf(out, "SET LOCAL statement_timeout = '%llds';",
                   (long long)s->config->settings->statement_timeout);
  /* An ALTER TABLE that waits for the leader's lock is waited for by a reader: it must give up. */
  if (s->version >= 90300) {
    sl_buffer_printf(out, "SET LOCAL lock_timeout = '%ds';",
                     s->leads ? LEADER_LOCK_SECONDS : READER_LOCK_SECONDS);
  }
}

static sl_status begin(struct pg_session *s, const struct pg_session *leader,
                       struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
  if (leader != NULL && leader->snapshot[0] != '\0') {
    sl_buffer_text(&sql, "SET TRANSACTION SNAPSHOT ");
    sl_db_quote_text(leader->snapshot, &sql);
    sl_buffer_char(&sql, ';');
  }
  append_settings(s, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "beginning a read-only transaction", NULL, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* Servers that cannot do it (a standby before version 10, relatives of PostgreSQL) are read over
 * one connection. */
static sl_status export_snapshot(struct pg_session *s, struct sl_error *err) {
  PGresult *result = NULL;
  s->snapshot[0] = '\0';
  if (s->config->threads < 2 || s->cannot_share) {
    return SL_OK;
  }
  if (pg_run(s, "SELECT pg_export_snapshot()", "sharing the snapshot", &result, err) == SL_OK) {
    snprintf(s->snapshot, sizeof s->snapshot, "%s", pg_value(result, 0, 0));
    PG(clear)(result);
    return SL_OK;
  }
  s->cannot_share = true;
  s->base.most_readers = 1;
  return SL_ESOURCE;
}

static sl_status begin_leading(struct pg_session *s, const char *locks, struct sl_error *err) {
  sl_status rc = begin(s, NULL, err);
  if (rc == SL_OK && locks != NULL) {
    rc = pg_run(s, locks, "locking the tables against changes of their form", NULL, err);
  }
  return rc == SL_OK ? export_snapshot(s, err) : rc;
}

sl_status pg_restart(struct pg_session *s, const char *locks, struct sl_error *err) {
  bool could_share = !s->cannot_share;
  sl_status rc = pg_run(s, "ROLLBACK", "ending a transaction", NULL, err);
  if (rc == SL_OK) {
    rc = begin_leading(s, locks, err);
  }
  if (rc != SL_OK && could_share && s->cannot_share) {
    return pg_restart(s, locks, err);
  }
  return rc;
}

sl_status pg_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                     struct sl_db_session **out, struct sl_error *err) {
  struct pg_session *s = calloc(1, sizeof *s);
  struct pg_session *first = (struct pg_session *)leader;
  char *conninfo = pg_conninfo(config->location); /* pg_check_location found it well written */
  *out = NULL;
  if (s == NULL || conninfo == NULL) {
    free(conninfo);
    free(s);
    return sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  sl_status rc = SL_OK;
  s->base.driver = &pg_driver;
  s->config = config;
  s->leads = leader == NULL;
  s->conn = connect_to(config, conninfo, first == NULL ? NULL : first->conn, NULL);
  if (s->conn == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  } else if (PG(status)(s->conn) != CONNECTION_OK) {
    rc = fail_connecting(s->conn, config, conninfo, err);
  }
  free(conninfo);
  if (rc == SL_OK) {
    describe_place(s);
    PG(setNoticeProcessor)(s->conn, drop_notice, NULL);
    s->version = PG(serverVersion)(s->conn);
    s->cancel = PG(getCancel)(s->conn);
    sl_socket_keep(PG(socket)(s->conn));
    rc = begin(s, first, err);
  }
  if (rc != SL_OK) {
    pg_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

void pg_cancel(struct sl_db_session *base) {
  struct pg_session *s = (struct pg_session *)base;
  char message[256];
  atomic_store(&s->stopped, true);
  if (sl_socket_asked_in_vain(&s->asked)) {
    sl_socket_break(PG(socket)(s->conn));
  } else if (s->cancel != NULL) {
    (void)PG(cancel)(s->cancel, message, sizeof message); /* the reader stops without it too */
  }
}

void pg_close(struct sl_db_session *base) {
  struct pg_session *s = (struct pg_session *)base;
  pg_finish(base);
  sl_db_batch_free(s->batch);
  free(s->fields);
  free(s->row);
  if (s->types != NULL) {
    free(s->types->items);
  }
  free(s->types);
  if (s->cancel != NULL) {
    PG(freeCancel)(s->cancel);
  }
  if (s->conn != NULL) {
    PG(finish)(s->conn); /* the server ends the transaction */
  }
  free(s);
}
