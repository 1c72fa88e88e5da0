/* conninfo.c - see conninfo.h. */
#include "postgres/conninfo.h"

#include <string.h>

#include "base/text.h"

char *pg_conninfo(const char *location) {
  struct sl_buffer text = { 0 };
  if (strncmp(location, "//", 2) == 0) {
    sl_buffer_text(&text, "postgresql:");
  }
  sl_buffer_text(&text, location);
  return sl_buffer_take(&text);
}

/* libpq takes a part of a password for a parameter when it has an unescaped question mark in a URL,
 * or an unescaped space between keywords. */
static bool may_hide_a_password(const char *conninfo) {
  const char *options = strchr(conninfo, '?');
  return strstr(conninfo, "://") != NULL ? options != NULL && strchr(options, '@') != NULL
                                         : strcasestr(conninfo, "pass") != NULL;
}

/* libpq repeats parts of what it could not parse, which may be a password: only its words about
 * names of parameters are passed on. */
static sl_status fail_conninfo(const char *conninfo, const char *why, struct sl_error *err) {
  static const char *const harmless[] = { "invalid connection option",
                                          "invalid URI query parameter", "definition of service",
                                          "service file" };
  bool known = false;
  why = may_hide_a_password(conninfo) ? NULL : why;
  for (size_t i = 0; why != NULL && i < sizeof harmless / sizeof harmless[0]; i++) {
    known = known || strncmp(why, harmless[i], strlen(harmless[i])) == 0;
  }
  return sl_fail(err, SL_EUSAGE,
                 "the location is no connection string of PostgreSQL%s%.*s; write "
                 "postgres://user:password@host:5432/database?sslmode=require (with %%40 for @, "
                 "%%2F for /, %%25 for %% inside user and password) or postgres:host=… dbname=…",
                 known ? ": " : "", known ? (int)strcspn(why, "\n") : 0, known ? why : "");
}

sl_status pg_conninfo_parse(const char *conninfo, PQconninfoOption **out, struct sl_error *err) {
  char *why = NULL;
  *out = PG(conninfoParse)(conninfo, &why);
  sl_status rc = *out == NULL ? fail_conninfo(conninfo, why, err) : SL_OK;
  PG(freemem)(why);
  return rc;
}
