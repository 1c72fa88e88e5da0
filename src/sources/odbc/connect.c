/* connect.c - from a location to a session: connected, read-only, in UTC, in one snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "diag.h"
#include "installed.h"
#include "odbc_internal.h"
#include "text.h"

/* ---- making the connection ---- */

/* What the driver needs so that results stream and values stay as they are; the user's own
 * keywords stand. */
static void add_profile_keywords(const struct odbc_driver_profile *profile,
                                 struct sl_buffer *string) {
  char keyword[64], value[256];
  for (const char *at = profile->keywords; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, ";");
    size_t equal = strcspn(at, "=");
    snprintf(keyword, sizeof keyword, "%.*s", (int)equal, at);
    snprintf(value, sizeof value, "%.*s", (int)(n - equal - 1), at + equal + 1);
    char *given = string->data == NULL ? NULL : odbc_string_get(string->data, keyword);
    if (given == NULL) {
      odbc_string_add(string, keyword, value);
    }
    free(given);
    at += n + (at[n] == ';');
  }
}

static void set_attribute(struct odbc_session *s, SQLINTEGER attribute, SQLULEN value) {
  /* Drivers may know less than the standard has: none of these is needed for right rows. */
  (void)ODBC(SetConnectAttr)(s->dbc, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}

/* The string goes as UTF-16; a driver without W functions gets it again as UTF-8 if the driver
 * manager's conversion to its own charset would spoil it. */
static SQLRETURN call_connect(struct odbc_session *s, char *string, struct sl_error *err) {
  SQLWCHAR *units;
  SQLSMALLINT length;
  if (odbc_widen(string, &units, err) != SL_OK) {
    return SQL_INVALID_HANDLE;
  }
  SQLRETURN rc =
      ODBC(DriverConnectW)(s->dbc, NULL, units, SQL_NTS, NULL, 0, &length, SQL_DRIVER_NOPROMPT);
  free(units);
  return rc;
}

static bool is_ascii(const char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text >= 0x80) {
      return false;
    }
  }
  return true;
}

static sl_status make_connection(struct odbc_session *s, char *string, const char *driver,
                                 const char *library, const struct odbc_installed_list *drivers,
                                 struct sl_error *err) {
  sl_fail(err, SL_OK, "%s", "");
  SQLRETURN rc = call_connect(s, string, err);
  if (rc == SQL_INVALID_HANDLE) {
    return err->code == SL_OK ? sl_fail(err, SL_EINTERNAL, "an ODBC handle is not valid")
                              : err->code;
  }
  s->wide = odbc_is_wide(library);
  if (!s->wide && !is_ascii(string)) {
    SQLSMALLINT length;
    if (SQL_SUCCEEDED(rc)) {
      ODBC(Disconnect)(s->dbc);
    }
    rc = ODBC(DriverConnect)(s->dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, &length,
                             SQL_DRIVER_NOPROMPT);
  }
  s->connected = SQL_SUCCEEDED(rc);
  return s->connected ? SL_OK : odbc_fail_connect(s->dbc, s->place, driver, drivers, err);
}

static sl_status connect_by(struct odbc_session *s, struct sl_error *err) {
  struct odbc_installed_list drivers = { 0 };
  struct sl_buffer string = { 0 };
  char *name = NULL;
  char *library = NULL;
  sl_status rc = odbc_list_drivers(s->env, &drivers, err);
  if (rc == SL_OK) {
    rc = odbc_connection_string(s->config->scheme, s->config->location, &drivers, &string, err);
  }
  if (rc == SL_OK) {
    rc = odbc_find_driver(s->env, string.data, &drivers, &name, &library, err);
  }
  if (rc == SL_OK) {
    s->profile = odbc_driver_profile(name, library);
    add_profile_keywords(s->profile, &string);
    rc = sl_buffer_check(&string, err);
  }
  if (rc == SL_OK) {
    set_attribute(s, SQL_ATTR_LOGIN_TIMEOUT, (SQLULEN)s->settings->common.connect_timeout);
    set_attribute(s, SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
    rc = make_connection(s, string.data, name, library, &drivers, err);
  }
  free(name);
  free(library);
  sl_buffer_release(&string);
  odbc_installed_release(&drivers);
  return rc;
}

/* ---- what the other side is ---- */

static void learn(struct odbc_session *s) {
  char text[256];
  SQLUSMALLINT usage = 0;
  SQLSMALLINT length;
  odbc_info_text(s, SQL_DBMS_NAME, text, sizeof text);
  s->dialect = odbc_dialect(text);
  odbc_info_text(s, SQL_IDENTIFIER_QUOTE_CHAR, text, sizeof text);
  s->own.quote = text[0] == ' ' ? '\0' : text[0];
  if (!SQL_SUCCEEDED(
          ODBC(GetInfo)(s->dbc, SQL_GETDATA_EXTENSIONS, &s->getdata, sizeof s->getdata, &length))) {
    s->getdata = 0;
  }
  SQLUINTEGER schemas = 0;
  ODBC(GetInfo)(s->dbc, SQL_SCHEMA_USAGE, &schemas, sizeof schemas, &length);
  odbc_info_text(s, SQL_CATALOG_NAME, text, sizeof text);
  bool catalogs = text[0] == 'Y';
  ODBC(GetInfo)(s->dbc, SQL_CATALOG_LOCATION, &usage, sizeof usage, &length);
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
  if (odbc_execute(s, sql, "setting up the session", &why) != SL_OK && s->config->warn != NULL) {
    snprintf(message, sizeof message, "%s: %s", sql, why.message);
    s->config->warn(s->config->warn_arg, message);
  }
  odbc_end(s);
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
    snapshot =
        odbc_query_text(s, is_snapshot_on, "asking for snapshots", &state, &ignored) == SL_OK &&
        state != NULL && strcmp(state, "1") == 0;
    free(state);
  }
  if (snapshot) {
    set_session(s, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT");
  } else if (level == 0) {
    bool cursors = s->profile->paging == ODBC_PAGES_BY_CURSOR; /* they live in a transaction */
    if (cursors) {
      set_attribute(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
    }
    return SL_OK;
  } else if (!SQL_SUCCEEDED(ODBC(SetConnectAttr)(s->dbc, SQL_ATTR_TXN_ISOLATION,
                                                 (SQLPOINTER)(SQLULEN)level, SQL_IS_UINTEGER)) &&
             chosen) {
    return odbc_fail(SQL_HANDLE_DBC, s->dbc, s->wide, err, "setting isolation %s on %s",
                     s->settings->isolation, s->place);
  }
  set_attribute(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  return SL_OK;
}

/* ---- open and close ---- */

static sl_status allocate(struct odbc_session *s, struct sl_error *err) {
  if (!SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &s->env)) ||
      !SQL_SUCCEEDED(
          ODBC(SetEnvAttr)(s->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(SQLULEN)SQL_OV_ODBC3, 0)) ||
      !SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_DBC, s->env, &s->dbc))) {
    return sl_fail(err, SL_ENOMEM, "the ODBC driver manager gives no connection handle");
  }
  return SL_OK;
}

static sl_status make_statement(struct odbc_session *s, struct sl_error *err) {
  if (!SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_STMT, s->dbc, &s->stmt))) {
    return odbc_fail(SQL_HANDLE_DBC, s->dbc, s->wide, err, "%s: making a statement", s->place);
  }
  int64_t timeout = s->settings->common.statement_timeout;
  if (timeout > 0 &&
      ODBC(SetStmtAttr)(s->stmt, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)(SQLULEN)timeout, 0) !=
          SQL_SUCCESS &&
      s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg,
                    "this ODBC driver has no statement timeout: --statement-timeout does nothing");
  }
  return SL_OK;
}

static void describe_place(struct odbc_session *s) {
  struct sl_buffer url = { 0 };
  struct sl_buffer safe = { 0 };
  sl_buffer_printf(&url, "%s:%s", s->config->scheme, s->config->location);
  sl_redact(&safe, url.data == NULL ? "" : url.data);
  snprintf(s->place, sizeof s->place, "%s", safe.data == NULL ? s->config->scheme : safe.data);
  sl_buffer_release(&url);
  sl_buffer_release(&safe);
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
  describe_place(s);
  rc = allocate(s, err);
  if (rc == SL_OK) {
    rc = connect_by(s, err);
  }
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
  (void)ODBC(Cancel)(s->stmt);
}

void odbc_close(struct sl_db_session *base) {
  struct odbc_session *s = odbc_session_of(base);
  odbc_reader_release(&s->reader);
  if (s->stmt != NULL) {
    ODBC(FreeHandle)(SQL_HANDLE_STMT, s->stmt);
  }
  if (s->connected) { /* a transaction left open would keep the connection from being closed */
    ODBC(EndTran)(SQL_HANDLE_DBC, s->dbc, SQL_ROLLBACK);
    ODBC(Disconnect)(s->dbc);
  }
  if (s->dbc != NULL) {
    ODBC(FreeHandle)(SQL_HANDLE_DBC, s->dbc);
  }
  if (s->env != NULL) {
    ODBC(FreeHandle)(SQL_HANDLE_ENV, s->env);
  }
  free(s);
}
