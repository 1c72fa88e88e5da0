/* call.c - statements, catalog functions and single values, with texts in UTF-8 whatever the
 * driver speaks. */
#include <stdio.h>
#include <stdlib.h>

#include "odbc/diag.h"
#include "odbc/link.h"
#include "odbc/text.h"

/* ---- statements ---- */

sl_status odbc_execute(struct odbc_link *s, const char *sql, const char *what,
                       struct sl_error *err) {
  SQLRETURN rc;
  if (s->wide) {
    SQLWCHAR *units;
    sl_status status = odbc_widen(sql, &units, err);
    if (status != SL_OK) {
      return status;
    }
    rc = ODBC(ExecDirectW)(s->stmt, units, SQL_NTS);
    free(units);
  } else {
    struct sl_buffer copy = { 0 }; /* the function takes no const */
    sl_buffer_text(&copy, sql);
    sl_status status = sl_buffer_check(&copy, err);
    if (status != SL_OK) {
      return status;
    }
    rc = ODBC(ExecDirect)(s->stmt, (SQLCHAR *)copy.data, SQL_NTS);
    sl_buffer_release(&copy);
  }
  return SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA
             ? SL_OK
             : odbc_fail(s, SQL_HANDLE_STMT, s->stmt, err, "%s: %s", s->place, what);
}

void odbc_end(struct odbc_link *s) {
  ODBC(FreeStmt)(s->stmt, SQL_CLOSE);
}

/* ---- catalog functions ---- */

static SQLRETURN call_wide(struct odbc_link *s, enum odbc_catalog_call call, SQLWCHAR *c,
                           SQLWCHAR *schema, SQLWCHAR *table) {
  SQLSMALLINT cn = c == NULL ? 0 : SQL_NTS;
  SQLSMALLINT sn = schema == NULL ? 0 : SQL_NTS;
  SQLSMALLINT tn = table == NULL ? 0 : SQL_NTS;
  switch (call) {
    case ODBC_TABLES: return ODBC(TablesW)(s->stmt, c, cn, schema, sn, table, tn, NULL, 0);
    case ODBC_COLUMNS: return ODBC(ColumnsW)(s->stmt, c, cn, schema, sn, table, tn, NULL, 0);
    case ODBC_PRIMARY_KEYS: return ODBC(PrimaryKeysW)(s->stmt, c, cn, schema, sn, table, tn);
    default:
      return ODBC(StatisticsW)(s->stmt, c, cn, schema, sn, table, tn, SQL_INDEX_ALL, SQL_QUICK);
  }
}

static SQLRETURN call_narrow(struct odbc_link *s, enum odbc_catalog_call call, SQLCHAR *c,
                             SQLCHAR *schema, SQLCHAR *table) {
  SQLSMALLINT cn = c == NULL ? 0 : SQL_NTS;
  SQLSMALLINT sn = schema == NULL ? 0 : SQL_NTS;
  SQLSMALLINT tn = table == NULL ? 0 : SQL_NTS;
  switch (call) {
    case ODBC_TABLES: return ODBC(Tables)(s->stmt, c, cn, schema, sn, table, tn, NULL, 0);
    case ODBC_COLUMNS: return ODBC(Columns)(s->stmt, c, cn, schema, sn, table, tn, NULL, 0);
    case ODBC_PRIMARY_KEYS: return ODBC(PrimaryKeys)(s->stmt, c, cn, schema, sn, table, tn);
    default:
      return ODBC(Statistics)(s->stmt, c, cn, schema, sn, table, tn, SQL_INDEX_ALL, SQL_QUICK);
  }
}

sl_status odbc_catalog(struct odbc_link *s, enum odbc_catalog_call call, const char *catalog,
                       const char *schema, const char *table, struct sl_error *err) {
  static const char *const names[] = { "listing tables", "listing columns", "listing keys",
                                       "listing indexes" };
  const char *texts[] = { catalog, schema, table };
  SQLWCHAR *wide[3] = { NULL, NULL, NULL };
  char *narrow[3] = { NULL, NULL, NULL };
  sl_status status = SL_OK;
  for (int i = 0; status == SL_OK && i < 3; i++) {
    if (s->wide) {
      status = odbc_widen(texts[i], &wide[i], err);
    } else if (texts[i] != NULL && (narrow[i] = strdup(texts[i])) == NULL) {
      status = sl_fail(err, SL_ENOMEM, "out of memory for a name");
    }
  }
  SQLRETURN rc = SQL_SUCCESS;
  if (status == SL_OK) {
    rc = s->wide ? call_wide(s, call, wide[0], wide[1], wide[2])
                 : call_narrow(s, call, (SQLCHAR *)narrow[0], (SQLCHAR *)narrow[1],
                               (SQLCHAR *)narrow[2]);
  }
  for (int i = 0; i < 3; i++) {
    free(wide[i]);
    free(narrow[i]);
  }
  return status != SL_OK || SQL_SUCCEEDED(rc)
             ? status
             : odbc_fail(s, SQL_HANDLE_STMT, s->stmt, err, "%s: %s", s->place, names[call]);
}

/* ---- rows and values ---- */

sl_status odbc_fetch_row(struct odbc_link *s, bool *end, struct sl_error *err) {
  SQLRETURN rc = ODBC(Fetch)(s->stmt);
  *end = rc == SQL_NO_DATA;
  return *end || SQL_SUCCEEDED(rc)
             ? SL_OK
             : odbc_fail(s, SQL_HANDLE_STMT, s->stmt, err, "%s: reading a row", s->place);
}

sl_status odbc_get_data(struct odbc_link *s, SQLUSMALLINT column, SQLSMALLINT c_type,
                        struct sl_buffer *out, bool *null, struct sl_error *err) {
  enum { PIECE = 8192 };
  size_t terminator = c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : c_type == SQL_C_CHAR ? 1 : 0;
  size_t want = PIECE;
  *null = false;
  for (bool first = true;; first = false) {
    SQLLEN length = SQL_NULL_DATA;
    if (!sl_buffer_reserve(out, want)) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a value of %zu bytes", out->length);
    }
    char *at = out->data + out->length;
    size_t room = out->capacity - out->length - 1;
    room -= terminator > 0 ? room % terminator : 0;
    SQLRETURN rc = ODBC(GetData)(s->stmt, column, c_type, at, (SQLLEN)room, &length);
    if (rc == SQL_NO_DATA && !first) {
      return SL_OK; /* the piece before was the last */
    }
    if (rc == SQL_NO_DATA) {
      return sl_fail(err, SL_ESOURCE,
                     "%s: the driver does not give column %d a second time; use --odbc-fetch row",
                     s->place, (int)column);
    }
    if (!SQL_SUCCEEDED(rc)) {
      return odbc_fail(s, SQL_HANDLE_STMT, s->stmt, err, "%s: reading a value", s->place);
    }
    if (length == SQL_NULL_DATA) {
      *null = true;
      return SL_OK;
    }
    bool whole = length >= 0 && (size_t)length <= room - terminator;
    out->length += whole ? (size_t)length : room - terminator;
    out->data[out->length] = '\0';
    if (whole) {
      return SL_OK;
    }
    want = length == SQL_NO_TOTAL ? room * 2 : (size_t)length - (room - terminator) + PIECE;
  }
}

/* UTF-16 as it came, to UTF-8. */
static sl_status append_narrow(const struct sl_buffer *value, struct sl_buffer *out,
                               struct sl_error *err) {
  size_t units = value->length / sizeof(SQLWCHAR);
  if (!sl_buffer_reserve(out, units * 3 + 1)) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a text");
  }
  size_t n =
      odbc_narrow((const SQLWCHAR *)(const void *)value->data, units, out->data + out->length);
  if (n == ODBC_NOT_UTF16) {
    return sl_fail(err, SL_EDATA, "the driver gave a text that is no UTF-16");
  }
  out->length += n;
  out->data[out->length] = '\0';
  return SL_OK;
}

sl_status odbc_get_text(struct odbc_link *s, int column, struct sl_buffer *out, bool *null,
                        struct sl_error *err) {
  sl_buffer_reset(out);
  if (!s->wide) {
    return odbc_get_data(s, (SQLUSMALLINT)column, SQL_C_CHAR, out, null, err);
  }
  struct sl_buffer value = { 0 };
  sl_status rc = odbc_get_data(s, (SQLUSMALLINT)column, SQL_C_WCHAR, &value, null, err);
  if (rc == SL_OK && value.length > 0) {
    rc = append_narrow(&value, out, err);
  }
  sl_buffer_release(&value);
  return rc;
}

sl_status odbc_get_integer(struct odbc_link *s, int column, int64_t *out, bool *null,
                           struct sl_error *err) {
  SQLINTEGER value = 0;
  SQLLEN length = SQL_NULL_DATA;
  if (!SQL_SUCCEEDED(ODBC(GetData)(s->stmt, (SQLUSMALLINT)column, SQL_C_SLONG, &value, sizeof value,
                                   &length))) {
    return odbc_fail(s, SQL_HANDLE_STMT, s->stmt, err, "%s: reading a number", s->place);
  }
  *null = length == SQL_NULL_DATA;
  *out = value;
  return SL_OK;
}

sl_status odbc_query_text(struct odbc_link *s, const char *sql, const char *what, char **out,
                          struct sl_error *err) {
  struct sl_buffer text = { 0 };
  bool end = false;
  bool null = true;
  *out = NULL;
  sl_status rc = odbc_execute(s, sql, what, err);
  if (rc == SL_OK) {
    rc = odbc_fetch_row(s, &end, err);
  }
  if (rc == SL_OK && !end) {
    rc = odbc_get_text(s, 1, &text, &null, err);
  }
  if (rc == SL_OK && !null) {
    *out = text.data == NULL ? strdup("") : sl_buffer_take(&text);
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a value") : SL_OK;
  }
  sl_buffer_release(&text);
  odbc_end(s);
  return rc;
}

void odbc_info_text(const struct odbc_link *s, SQLUSMALLINT what, char *out, size_t size) {
  enum { UNITS = 256 };
  SQLSMALLINT length = 0;
  out[0] = '\0';
  if (s->wide) {
    SQLWCHAR units[UNITS] = { 0 };
    char text[3 * UNITS];
    if (SQL_SUCCEEDED(ODBC(GetInfoW)(s->dbc, what, units, sizeof units, &length))) {
      size_t count = 0;
      while (count < UNITS - 1 && units[count] != 0) {
        count++;
      }
      size_t n = odbc_narrow(units, count, text);
      snprintf(out, size, "%.*s", n == ODBC_NOT_UTF16 ? 0 : (int)n, text);
    }
  } else if (!SQL_SUCCEEDED(ODBC(GetInfo)(s->dbc, what, out, (SQLSMALLINT)size, &length))) {
    out[0] = '\0';
  }
}
