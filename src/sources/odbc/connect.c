/* connect.c - from a location to a session: connected, read-only, in UTC, in one snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "odbc/diag.h"
#include "odbc/installed.h"
#include "odbc/text.h"
#include "odbc_internal.h"

/* ---- what the other side is ---- */

static void learn(struct odbc_session *s) {
  char text[256];
  SQLUSMALLINT usage = 0;
  SQLSMALLINT length;
  odbc_info_text(&s->link, SQL_DBMS_NAME, text, sizeof text);
  s->dialect = odbc_dialect(text);
  odbc_info_text(&s->link, SQL_IDENTIFIER_QUOTE_CHAR, text, sizeof text);
  s->own.quote = text[0] == ' ' ? '\0' : text[0];
  if (!SQL_SUCCEEDED(ODBC(GetInfo)(s->link.dbc, SQL_GETDATA_EXTENSIONS, &s->getdata,
                                   sizeof s->getdata, &length))) {
    s->getdata = 0;
  }
  SQLUINTEGER schemas = 0;
  ODBC(GetInfo)(s->link.dbc, SQL_SCHEMA_USAGE, &schemas, sizeof schemas, &length);
  odbc_info_text(&s->link, SQL_CATALOG_NAME, text, sizeof text);
  bool catalogs = text[0] == 'Y';
  ODBC(GetInfo)(s->link.dbc, SQL_CATALOG_LOCATION, &usage, sizeof usage, &length);
  s->catalog_schemas = schemas == 0 && catalogs && usage == SQL_CL_START;
  if (s->settings->catalog != NULL && !s->catalog_schemas) {
    snprintf(s->catalog, sizeof s->catalog, "%s", s->settings->catalog);
  }
}

/* ---- one snapshot, read-only, UTC ---- */

/* A statement that only sets the session; what a database does not let its user do is said. */
static void set_session(struct odbc_session *s, const char *sql) {
  struct sl_error why;
  char message[1300];
  if (odbc_execute(&s->link, sql, "setting up the session", &why) != SL_OK &&
      s->config->warn != NULL) {
    snprintf(message, sizeof message, "%s: %s", sql, why.message);
    s->config->warn(s->config->warn_arg, message);
  }
  odbc_end(&s->link);
}

static void set_session_all(struct odbc_session *s) {
  char sql[256];
  for (const char *at = s->dialect->statements; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, "|");
    snprintf(sql, sizeof sql, "%.*s", (int)n, at);
    set_session(s, sql);
    at += n + (at[n] == '|');
  }
}

static SQLUINTEGER wanted_isolation(const struct odbc_session *s) {
  const char *name = s->settings->isolation;
  return strcmp(name, "auto") == 0              ? s->dialect->snapshot
         : strcmp(name, "read-committed") == 0  ? SQL_TXN_READ_COMMITTED
         : strcmp(name, "repeatable-read") == 0 ? SQL_TXN_REPEATABLE_READ
         : strcmp(name, "serializable") == 0    ? SQL_TXN_SERIALIZABLE
                                                : 0;
}

static const char is_snapshot_on[] =
    "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()";

/* One transaction for all that is read, so that tables fit together. */
static sl_status begin_transaction(struct odbc_session *s, struct sl_error *err) {
  bool chosen = strcmp(s->settings->isolation, "auto") != 0;
  bool snapshot = strcmp(s->settings->isolation, "snapshot") == 0;
  SQLUINTEGER level = wanted_isolation(s);
  if (!chosen && odbc_has_word("SQL Server", s->dialect->words)) {
    char *state = NULL; /* without a snapshot, locks would block the writers: none are taken then */
    struct sl_error ignored;
    snapshot = odbc_query_text(&s->link, is_snapshot_on, "asking for snapshots", &state,
                               &ignored) == SL_OK &&
               state != NULL && strcmp(state, "1") == 0;
    free(state);
  }
  if (snapshot) {
    set_session(s, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT");
  } else if (level == 0) {
    bool cursors = s->link.profile->paging == ODBC_PAGES_BY_CURSOR; /* they live in a transaction */
    if (cursors) {
      (void)odbc_link_set(&s->link, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
    }
    return SL_OK;
  } else if (!SQL_SUCCEEDED(ODBC(SetConnectAttr)(s->link.dbc, SQL_ATTR_TXN_ISOLATION,
                                                 (SQLPOINTER)(SQLULEN)level, SQL_IS_UINTEGER)) &&
             chosen) {
    return odbc_fail(&s->link, SQL_HANDLE_DBC, s->link.dbc, err, "setting isolation %s on %s",
                     s->settings->isolation, s->link.place);
  }
  (void)odbc_link_set(&s->link, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  return SL_OK;
}

/* ---- open and close ---- */

static sl_status make_statement(struct odbc_session *s, struct sl_error *err) {
  sl_status rc = odbc_link_statement(&s->link, err);
  if (rc != SL_OK) {
    return rc;
  }
  int64_t timeout = s->settings->common.statement_timeout;
  if (timeout > 0 &&
      ODBC(SetStmtAttr)(s->link.stmt, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)(SQLULEN)timeout, 0) !=
          SQL_SUCCESS &&
      s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg,
                    "this ODBC driver has no statement timeout: --statement-timeout does nothing");
  }
  return SL_OK;
}

sl_status odbc_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                       struct sl_db_session **out, struct sl_error *err) {
  *out = NULL;
  (void)leader; /* ODBC has no way to share a snapshot */
  struct odbc_session *s = NULL;
  sl_status rc = odbc_api_load(err);
  if (rc == SL_OK && (s = calloc(1, sizeof *s)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  if (rc != SL_OK) {
    return rc;
  }
  s->config = config;
  s->settings = config->own;
  s->own = odbc_driver;
  s->base.driver = &s->own;
  s->base.most_readers = s->settings->split_by_key ? 0 : 1;
  rc = odbc_link_open(&s->link, config->scheme, config->location,
                      s->settings->common.connect_timeout, true, err);
  if (rc == SL_OK) {
    learn(s);
    rc = make_statement(s, err);
  }
  if (rc == SL_OK) {
    set_session_all(s);
    rc = begin_transaction(s, err);
  }
  if (rc != SL_OK) {
    odbc_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

void odbc_cancel(struct sl_db_session *base) {
  struct odbc_session *s = odbc_session_of(base);
  (void)ODBC(Cancel)(s->link.stmt);
}

void odbc_close(struct sl_db_session *base) {
  struct odbc_session *s = odbc_session_of(base);
  odbc_reader_release(&s->reader);
  odbc_link_close(&s->link);
  free(s);
}
