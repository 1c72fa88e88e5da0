/* diag.c - see diag.h. */
#include "diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "odbc/text.h"

/* ---- sorting ---- */

enum { RETRY = 1, NO_DRIVER = 2 };

struct rule {
  const char *state; /* beginning of the SQLSTATE; "" = any */
  const char *text;  /* words of which one is in the text; "" = any text */
  sl_status code;
  unsigned flags;
  const char *advice;
};

static const char check_password[] = "check user and password (UID and PWD)";
static const char check_network[] =
    "is the server running, are host and port right, does a firewall let it through?";
static const char check_rights[] = "ask for the right to SELECT from it";
static const char list_tables[] = "`sluice inspect` lists tables and columns";

/* While a connection is being made. Texts, because many drivers say 08001 for everything. */
static const struct rule connect_rules[] = {
  { "", "Can't open lib", SL_ENOTFOUND, NO_DRIVER, NULL },
  { "IM002", "", SL_EUSAGE, NO_DRIVER, NULL },
  { "IM003", "", SL_ENOTFOUND, NO_DRIVER, NULL },
  { "IM00", "", SL_ESOURCE, 0, "the driver cannot start: is it made for this machine?" },
  { "",
    "password authentication failed|no password supplied|Access denied for user|Login failed|"
    "ORA-01017|Incorrect username or password|authentication failed|SQL30082N",
    SL_ESOURCE, 0, check_password },
  { "28", "", SL_ESOURCE, 0, check_password },
  { "",
    "could not translate host name|Unknown MySQL server host|Unknown server host|"
    "Unknown host machine name|Name or service not known|Temporary failure in name resolution|"
    "ORA-12154",
    SL_ESOURCE, RETRY, "check the host name" },
  { "", "Connection refused|Adaptive Server is unavailable|Can't connect to", SL_ESOURCE, RETRY,
    check_network },
  { "", "connect failed", SL_ESOURCE, 0, "check the path of the file, and who may read it" },
  { "", "does not exist|Unknown database|Cannot open database", SL_ENOTFOUND, 0,
    "check the name; upper and lower case may count" },
  { "", "SSL|TLS|certificate", SL_ESOURCE, 0,
    "check the driver's TLS settings (Encrypt, SSLmode, certificates)" },
  { "HYT0", "", SL_ESOURCE, RETRY, check_network },
  { "08", "", SL_ESOURCE, RETRY, check_network },
};

/* The first rule that fits. */
static const struct rule rules[] = {
  { "HY008", "", SL_ECANCELLED, 0, NULL },
  { "57014", "", SL_ESOURCE, 0, "the statement was stopped; see --statement-timeout" },
  { "HYT0", "", SL_ESOURCE, RETRY, "raise --statement-timeout, or read less with --where" },
  { "", "permission denied|command denied|ORA-01031|Insufficient privileges|not authorized",
    SL_ESOURCE, 0, check_rights },
  { "42501", "", SL_ESOURCE, 0, check_rights },
  { "", "max_statement_time exceeded|statement timeout", SL_ESOURCE, 0,
    "raise --statement-timeout, or read less with --where" },
  { "42S02", "", SL_ENOTFOUND, 0, list_tables },
  { "42P01", "", SL_ENOTFOUND, 0, list_tables },
  { "42S22", "", SL_ENOTFOUND, 0, list_tables },
  { "42703", "", SL_ENOTFOUND, 0, list_tables },
  { "", "no such table|no such column", SL_ENOTFOUND, 0, list_tables },
  { "42", "", SL_EUSAGE, 0, NULL },
  { "37", "", SL_EUSAGE, 0, NULL },
  { "22021", "", SL_EDATA, 0,
    "the database holds bytes that are no text in its encoding: mend the rows, or leave the column "
    "out with --exclude-columns" },
  { "22", "", SL_EDATA, 0, NULL },
  { "40", "", SL_ESOURCE, RETRY, "run the load again" },
  { "HY001", "", SL_ENOMEM, 0, NULL },
  { "HYC00", "", SL_EUNSUPPORTED, 0, NULL },
  { "IM001", "", SL_EUNSUPPORTED, 0, NULL },
};

static const char raced[] =
    "another session made it at the same moment: run the load again (or something else has its "
    "name)";
static const char check_write_rights[] =
    "the user needs the right to write there (GRANT), and to create tables and schemas";

/* The same for statements that write. SL_ESOURCE stands for the other side, which is SL_EDEST. What
 * means "no such table" is the dialect's to say. */
static const struct rule write_rules[] = {
  { "HY008", "", SL_ECANCELLED, 0, NULL },
  { "57014", "", SL_ECANCELLED, 0, NULL },
  { "70100", "", SL_ECANCELLED, 0, NULL },
  { "",
    "query_canceled|canceling statement due to user request|Query execution was "
    "interrupted|interrupted|ORA-01013",
    SL_ECANCELLED, 0, NULL },
  { "HYT0", "", SL_ESOURCE, RETRY, NULL },
  { "",
    "permission denied|command denied|Access denied|ORA-01031|Insufficient privileges|not "
    "authorized|"
    "SQL0551N|SQL0552N",
    SL_ESOURCE, 0, check_write_rights },
  { "42501", "", SL_ESOURCE, 0, check_write_rights },
  { "25006", "", SL_ESOURCE, 0, "the connection is read-only" },
  { "", "disk full|No space left|No more room|ORA-01653|ORA-30036", SL_ESOURCE, 0,
    "make room where the database keeps its data" },
  { "40", "", SL_ESOURCE, RETRY, "run the load again" },
  { "42S01", "", SL_EBUSY, RETRY, raced },
  { "42S21", "", SL_EBUSY, RETRY, raced },
  { "42P06", "", SL_EBUSY, RETRY, raced },
  { "42P07", "", SL_EBUSY, RETRY, raced },
  { "42701", "", SL_EBUSY, RETRY, raced },
  { "42710", "", SL_EBUSY, RETRY, raced },
  { "",
    "pg_namespace_nspname_index|pg_type_typname_nsp_index|pg_class_relname_nsp_index|"
    "tuple concurrently updated|ORA-00955|ORA-01430|SQL0601N|SQL0612N",
    SL_EBUSY, RETRY, raced },
  { "55P03", "", SL_EBUSY, RETRY, "somebody else holds a lock on it" },
  { "", "Lock wait timeout|deadlock|ORA-00054|ORA-00060|database is locked", SL_EBUSY, RETRY,
    "somebody else holds a lock on it: run the load again" },
  { "23", "", SL_EDATA, 0, NULL },
  { "22", "", SL_EDATA, 0, NULL },
  { "HY001", "", SL_ENOMEM, 0, NULL },
};

/* A connection that was there and is gone, whatever SQLSTATE the driver has for it. */
static const char lost[] =
    "terminating connection|server closed the connection|connection to the server was lost|"
    "Lost connection|server has gone away|Communication link failure|Connection reset|Broken pipe|"
    "no connection to the server|the connection has been lost|connection was killed|"
    "Connection is dead|Could not send|could not receive data|Server is not responding";

static const struct rule *find_rule(const struct rule *list, size_t count, const char *sqlstate,
                                    const char *text) {
  for (size_t i = 0; i < count; i++) {
    if (strncmp(sqlstate, list[i].state, strlen(list[i].state)) == 0 &&
        odbc_has_word(list[i].text, text)) {
      return &list[i];
    }
  }
  return NULL;
}

struct odbc_verdict odbc_judge(const char *sqlstate, const char *text, bool connecting,
                               bool writes) {
  static const char advice_lost[] = "the connection was lost: did the server stop or restart?";
  sl_status other = writes ? SL_EDEST : SL_ESOURCE;
  const struct rule *r = NULL;
  if (connecting) {
    r = find_rule(connect_rules, sizeof connect_rules / sizeof connect_rules[0], sqlstate, text);
  } else if (strncmp(sqlstate, "08", 2) == 0 || strncmp(sqlstate, "57P0", 4) == 0 ||
             odbc_has_word(lost, text)) {
    return (struct odbc_verdict){ other, true, false, advice_lost };
  }
  if (r == NULL && writes) {
    r = find_rule(write_rules, sizeof write_rules / sizeof write_rules[0], sqlstate, text);
  } else if (r == NULL) {
    r = find_rule(rules, sizeof rules / sizeof rules[0], sqlstate, text);
  }
  if (r == NULL) {
    return (struct odbc_verdict){ other, false, false, NULL };
  }
  return (struct odbc_verdict){ r->code == SL_ESOURCE ? other : r->code, (r->flags & RETRY) != 0,
                                (r->flags & NO_DRIVER) != 0, r->advice };
}

/* ---- records ---- */

/* Length of a text without what psqlODBC adds to every error. */
static size_t useful_length(const char *text) {
  static const char noise[] = "Error while executing the query";
  const char *end = strstr(text, noise);
  size_t length = end == NULL || end == text ? strlen(text) : (size_t)(end - text);
  while (length > 0 && strchr("; \n\r\t", text[length - 1]) != NULL) {
    length--;
  }
  return length;
}

/* Text without "[unixODBC][FreeTDS][SQL Server]" before it; line ends become spaces. */
static void add_text(struct sl_buffer *out, const char *text) {
  while (text[0] == '[' && strchr(text, ']') != NULL) {
    text = strchr(text, ']') + 1;
  }
  text += strspn(text, " ");
  if (out->length > 0 && out->data != NULL && strstr(out->data, text) != NULL) {
    return; /* said already */
  }
  sl_buffer_text(out, out->length > 0 ? "; " : "");
  size_t length = useful_length(text);
  for (size_t i = 0; i < length; i++) {
    bool blank = strchr("\n\r\t ", text[i]) != NULL;
    if (text[i] == ';' && out->length > 0 && out->data[out->length - 1] == ' ') {
      out->length--;
    }
    if (!blank || i + 1 == length || strchr("\n\r\t ", text[i + 1]) == NULL) {
      sl_buffer_char(out, blank ? ' ' : text[i]);
    }
  }
}

enum { TEXT_UNITS = 1024 };

static bool get_record(SQLSMALLINT type, SQLHANDLE handle, bool wide, SQLSMALLINT number,
                       char state[6], char text[3 * TEXT_UNITS + 1]) {
  SQLINTEGER native;
  SQLSMALLINT length = 0;
  if (!wide) {
    return SQL_SUCCEEDED(ODBC(GetDiagRec)(type, handle, number, (SQLCHAR *)state, &native,
                                          (SQLCHAR *)text, 3 * TEXT_UNITS, &length));
  }
  SQLWCHAR wide_state[6] = { 0 };
  SQLWCHAR units[TEXT_UNITS];
  if (!SQL_SUCCEEDED(ODBC(GetDiagRecW)(type, handle, number, wide_state, &native, units, TEXT_UNITS,
                                       &length))) {
    return false;
  }
  size_t count = length < 0 ? 0 : length >= TEXT_UNITS ? TEXT_UNITS - 1 : (size_t)length;
  size_t n = odbc_narrow(units, count, text);
  text[n == ODBC_NOT_UTF16 ? 0 : n] = '\0';
  for (int i = 0; i < 5; i++) {
    state[i] = (char)wide_state[i];
  }
  state[5] = '\0';
  return true;
}

void odbc_records(SQLSMALLINT type, SQLHANDLE handle, bool wide, struct sl_buffer *out,
                  char sqlstate[6]) {
  enum { MOST_RECORDS = 8 };
  char text[3 * TEXT_UNITS + 1];
  char state[6] = "";
  sqlstate[0] = '\0';
  for (int i = 1; i <= MOST_RECORDS; i++) {
    if (!get_record(type, handle, wide, (SQLSMALLINT)i, state, text)) {
      break;
    }
    bool says_little = strncmp(state, "01", 2) == 0 || strcmp(state, "HY000") == 0;
    if (sqlstate[0] == '\0' || (!says_little && strncmp(sqlstate, "01", 2) == 0)) {
      memcpy(sqlstate, state, 6);
    }
    add_text(out, text);
  }
}

/* ---- failing ---- */

static sl_status fail_with(const struct odbc_verdict *v, const char *state, const char *what,
                           const char *texts, const char *advice, struct sl_error *err) {
  struct sl_buffer safe = { 0 };
  sl_redact(&safe, texts);
  sl_fail(err, v->code, "%s: %s%s%s%s%s%s", what,
          safe.length == 0 ? "the driver gives no reason" : safe.data,
          state[0] == '\0' ? "" : " (SQLSTATE ", state, state[0] == '\0' ? "" : ")",
          advice == NULL ? "" : "; ", advice == NULL ? "" : advice);
  if (err != NULL) {
    err->retryable = v->retryable;
    snprintf(err->vendor, sizeof err->vendor, "%s", state);
  }
  sl_buffer_release(&safe);
  return v->code;
}

sl_status odbc_fail(const struct odbc_link *link, SQLSMALLINT type, SQLHANDLE handle,
                    struct sl_error *err, const char *format, ...) {
  struct sl_buffer texts = { 0 };
  char state[6];
  char what[512];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  odbc_records(type, handle, link->wide, &texts, state);
  const char *text = texts.data == NULL ? "" : texts.data;
  struct odbc_verdict v = odbc_judge(state, text, false, link->writes);
  sl_status rc = fail_with(&v, state, what, text, v.advice, err);
  sl_buffer_release(&texts);
  return rc;
}

sl_status odbc_fail_connect(const struct odbc_link *link, const char *driver,
                            const struct odbc_installed_list *drivers, struct sl_error *err) {
  struct sl_buffer texts = { 0 };
  struct sl_buffer advice = { 0 };
  char state[6];
  char what[256];
  odbc_records(SQL_HANDLE_DBC, link->dbc, true, &texts, state);
  const char *text = texts.data == NULL ? "" : texts.data;
  struct odbc_verdict v = odbc_judge(state, text, true, link->writes);
  const char *package = driver == NULL ? NULL : odbc_package_for(driver);
  snprintf(what, sizeof what, "connecting to %s", link->place);
  if (v.no_driver) {
    odbc_list_installed(drivers, &advice);
    sl_buffer_printf(&advice, "%s%s; `odbcinst -q -d` lists drivers, `odbcinst -q -s` data sources",
                     package == NULL ? "" : "; the package is ", package == NULL ? "" : package);
  }
  sl_status rc = fail_with(&v, state, what, text, v.no_driver ? advice.data : v.advice, err);
  sl_buffer_release(&texts);
  sl_buffer_release(&advice);
  return rc;
}
