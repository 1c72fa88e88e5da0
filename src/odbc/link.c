/* link.c - from a location to a connection. */
#include "odbc/link.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "odbc/diag.h"
#include "odbc/installed.h"
#include "odbc/text.h"

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

bool odbc_link_set(struct odbc_link *s, SQLINTEGER attribute, SQLULEN value) {
  return SQL_SUCCEEDED(ODBC(SetConnectAttr)(s->dbc, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER));
}

/* The string goes as UTF-16; a driver without W functions gets it again as UTF-8 if the driver
 * manager's conversion to its own charset would spoil it. */
static SQLRETURN call_connect(struct odbc_link *s, char *string, struct sl_error *err) {
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

static sl_status make_connection(struct odbc_link *s, char *string, const char *driver,
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
  return s->connected ? SL_OK : odbc_fail_connect(s, driver, drivers, err);
}

static sl_status connect_by(struct odbc_link *s, const char *scheme, const char *location,
                            struct sl_error *err) {
  struct odbc_installed_list drivers = { 0 };
  struct sl_buffer string = { 0 };
  char *name = NULL;
  char *library = NULL;
  sl_status rc = odbc_list_drivers(s->env, &drivers, err);
  if (rc == SL_OK) {
    rc = odbc_connection_string(scheme, location, &drivers, &string, err);
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
    rc = make_connection(s, string.data, name, library, &drivers, err);
  }
  free(name);
  free(library);
  sl_buffer_release(&string);
  odbc_installed_release(&drivers);
  return rc;
}

static sl_status allocate(struct odbc_link *s, struct sl_error *err) {
  if (!SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &s->env)) ||
      !SQL_SUCCEEDED(
          ODBC(SetEnvAttr)(s->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(SQLULEN)SQL_OV_ODBC3, 0)) ||
      !SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_DBC, s->env, &s->dbc))) {
    return sl_fail(err, SL_ENOMEM, "the ODBC driver manager gives no connection handle");
  }
  return SL_OK;
}

static void describe_place(struct odbc_link *s, const char *scheme, const char *location) {
  struct sl_buffer url = { 0 };
  struct sl_buffer safe = { 0 };
  sl_buffer_printf(&url, "%s:%s", scheme, location);
  sl_redact_location(&safe, url.data == NULL ? "" : url.data);
  snprintf(s->place, sizeof s->place, "%s", safe.data == NULL ? scheme : safe.data);
  sl_buffer_release(&url);
  sl_buffer_release(&safe);
}

sl_status odbc_link_open(struct odbc_link *s, const char *scheme, const char *location,
                         int64_t timeout, bool read_only, struct sl_error *err) {
  sl_status rc = odbc_api_load(err);
  describe_place(s, scheme, location);
  if (rc == SL_OK) {
    rc = allocate(s, err);
  }
  if (rc == SL_OK) { /* drivers may know less than the standard has */
    (void)odbc_link_set(s, SQL_ATTR_LOGIN_TIMEOUT, (SQLULEN)timeout);
    if (read_only) {
      (void)odbc_link_set(s, SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
    }
    rc = connect_by(s, scheme, location, err);
  }
  return rc;
}

sl_status odbc_link_statement(struct odbc_link *s, struct sl_error *err) {
  return SQL_SUCCEEDED(ODBC(AllocHandle)(SQL_HANDLE_STMT, s->dbc, &s->stmt))
             ? SL_OK
             : odbc_fail(s, SQL_HANDLE_DBC, s->dbc, err, "%s: making a statement", s->place);
}

void odbc_link_close(struct odbc_link *s) {
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
  *s = (struct odbc_link){ 0 };
}
