/* recipes.c - see recipes.h. A recipe is one row of a table: which drivers serve a scheme, in order
 * of preference, and how the parts of the URL are called there. */
#include "recipes.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/url.h"
#include "database/database.h"
#include "odbc/text.h"

struct recipe {
  const char *scheme;
  const char *driver; /* words of which one is in the driver's name or library; "|" between them */
  /* Keywords with the parts of the URL: %u user, %w password, %h host, %p port, %d first and %e
   * second part of the path, %a a Snowflake account's host. A keyword with a part that the URL does
   * not have is left out; after "|" stands what is taken instead. */
  const char *keywords;
};

static const struct recipe recipes[] = {
  { "odbc", "", "DSN=%h;Database=%d;UID=%u;PWD=%w" },
  { "mssql", "for SQL Server|msodbcsql",
    "Server=%h,%p|Server=%h;Database=%d;UID=%u;PWD=%w;APP=sluice" },
  { "mssql", "FreeTDS|tdsodbc",
    "Server=%h;Port=%p|Port=1433;Database=%d;UID=%u;PWD=%w;TDS_Version=7.4;ClientCharset=UTF-8;"
    "APP=sluice" },
  { "oracle", "Oracle|sqora", "DBQ=//%h:%p/%d|DBQ=//%h:1521/%d|DBQ=%h;UID=%u;PWD=%w" },
  { "snowflake", "Snowflake",
    "Server=%a;Port=%p;Database=%d;Schema=%e;UID=%u;PWD=%w;application=sluice" },
  { "bigquery", "BigQuery", "Catalog=%h;DefaultDataset=%d" },
  { "trino", "Trino|Starburst|Presto", "Host=%h;Port=%p;Catalog=%d;Schema=%e;UID=%u;PWD=%w" },
  { "clickhouse", "ClickHouse", "Server=%h;Port=%p;Database=%d;UID=%u;PWD=%w" },
  { "db2", "DB2", "Hostname=%h;Port=%p|Port=50000;Database=%d;Protocol=TCPIP;UID=%u;PWD=%w" },
};
enum { RECIPES = sizeof recipes / sizeof recipes[0] };

static const struct {
  const char *driver, *package;
} packages[] = {
  { "postgres|psqlodbc", "odbc-postgresql (Debian)" },
  { "maria|maodbc|mysql|myodbc", "odbc-mariadb (Debian)" },
  { "sqlite", "libsqliteodbc (Debian)" },
  { "freetds|tdsodbc", "tdsodbc (Debian)" },
  { "sql server|msodbcsql|mssql",
    "msodbcsql18 (Microsoft's package repository) or tdsodbc (Debian)" },
  { "oracle|sqora", "oracle-instantclient-odbc (Oracle)" },
  { "snowflake", "snowflake-odbc (Snowflake)" },
  { "bigquery", "the Simba ODBC driver for BigQuery (Google)" },
  { "trino|starburst|presto", "the Trino ODBC driver (Starburst or Simba)" },
  { "clickhouse", "clickhouse-odbc (ClickHouse)" },
  { "db2", "the Db2 CLI driver, clidriver (IBM)" },
};

const char *odbc_package_for(const char *driver) {
  for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++) {
    if (odbc_has_word(packages[i].driver, driver)) {
      return packages[i].package;
    }
  }
  return NULL;
}

/* ---- the parts of a URL ---- */

enum part { USER, PASSWORD, HOST, PORT, FIRST, SECOND, ACCOUNT, PARTS };
struct url {
  char *parts[PARTS];     /* decoded; NULL = not there */
  const char *parameters; /* "?a=b&c=d" or "" */
};

static void url_release(struct url *url) {
  for (int i = 0; i < PARTS; i++) {
    free(url->parts[i]);
  }
}

static bool set_part(struct url *url, enum part part, const char *text, size_t length) {
  if (length > 0) {
    url->parts[part] = sl_url_decode(text, length);
  }
  return length == 0 || url->parts[part] != NULL;
}

/* Last '@' before the end of the authority: a password may hold one. */
static const char *find_at(const char *text, const char *end) {
  const char *at = NULL;
  for (const char *c = text; c < end; c++) {
    at = *c == '@' ? c : at;
  }
  return at;
}

static bool set_authority(struct url *url, const char *at, const char *end) {
  bool good = true;
  const char *credentials = find_at(at, end);
  if (credentials != NULL) {
    size_t n = (size_t)(credentials - at);
    const char *colon = memchr(at, ':', n);
    good = set_part(url, USER, at, colon == NULL ? n : (size_t)(colon - at));
    if (colon != NULL) {
      good = good && set_part(url, PASSWORD, colon + 1, (size_t)(credentials - colon - 1));
    }
    at = credentials + 1;
  }
  size_t host = (size_t)(end - at);
  const char *bracket = *at == '[' ? memchr(at, ']', host) : NULL; /* [::1]:1433 */
  const char *colon = bracket != NULL ? bracket + 1 : memchr(at, ':', host);
  if (bracket != NULL) {
    good = good && set_part(url, HOST, at + 1, (size_t)(bracket - at - 1));
  } else {
    good = good && set_part(url, HOST, at, colon == NULL ? host : (size_t)(colon - at));
  }
  if (colon != NULL && colon < end && *colon == ':') {
    good = good && set_part(url, PORT, colon + 1, (size_t)(end - colon - 1));
  }
  return good;
}

/* Snowflake's host is the account's name and a domain, which users leave out. */
static bool set_account(struct url *url) {
  const char *host = url->parts[HOST];
  struct sl_buffer text = { 0 };
  if (host == NULL) {
    return true;
  }
  sl_buffer_printf(
      &text, "%s%s", host,
      strcasestr(host, "snowflakecomputing.") != NULL ? "" : ".snowflakecomputing.com");
  url->parts[ACCOUNT] = sl_buffer_take(&text);
  return url->parts[ACCOUNT] != NULL;
}

static sl_status url_parse(const char *location, struct url *out, struct sl_error *err) {
  const char *at = location + 2;
  const char *end = at + strcspn(at, "/?#");
  *out = (struct url){ .parameters = "" };
  bool good = set_authority(out, at, end) && set_account(out);
  if (*end == '/') {
    const char *path = end + 1;
    size_t first = strcspn(path, "/?#");
    good = good && set_part(out, FIRST, path, first);
    end = path + first;
    if (*end == '/') {
      size_t second = strcspn(end + 1, "/?#");
      good = good && set_part(out, SECOND, end + 1, second);
      end += 1 + second;
    }
  }
  const char *question = strchr(end, '?');
  out->parameters = question == NULL ? "" : question;
  return good ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for a URL");
}

/* The next "name=value" of a query, decoded and malloc'ed. False at the end. */
static bool next_parameter(const char **at, char **name, char **value) {
  *at += strspn(*at, "?&");
  size_t n = strcspn(*at, "&#");
  if (n == 0) {
    return false;
  }
  const char *equal = memchr(*at, '=', n);
  size_t key = equal == NULL ? n : (size_t)(equal - *at);
  *name = sl_url_decode(*at, key);
  *value = equal == NULL ? strdup("") : sl_url_decode(equal + 1, n - key - 1);
  *at += n;
  return true;
}

void odbc_add_parameters(const char *question_mark, struct sl_buffer *out) {
  char *name, *value;
  for (const char *at = question_mark; next_parameter(&at, &name, &value);) {
    if (name == NULL || value == NULL) {
      out->failed = true;
    } else if (strcasecmp(name, "driver") != 0) {
      odbc_string_add(out, name, value);
    }
    free(name);
    free(value);
  }
}

/* The value of a parameter, malloc'ed; NULL = not there. */
static char *find_parameter(const char *parameters, const char *wanted) {
  char *name, *value;
  char *found = NULL;
  for (const char *at = parameters; next_parameter(&at, &name, &value);) {
    if (found == NULL && name != NULL && value != NULL && strcasecmp(name, wanted) == 0) {
      found = value;
    } else {
      free(value);
    }
    free(name);
  }
  return found;
}

/* ---- the driver ---- */

static bool serves(const struct recipe *r, const char *driver) {
  return odbc_has_word(r->driver, driver);
}

/* The installed driver that a recipe is for; of several versions the highest. */
static const char *choose_installed(const struct recipe *r,
                                    const struct odbc_installed_list *drivers) {
  const char *best = NULL;
  for (size_t i = 0; i < drivers->count; i++) {
    const struct odbc_installed *d = &drivers->items[i];
    if ((serves(r, d->name) || serves(r, d->library)) &&
        (best == NULL || strverscmp(d->name, best) > 0)) {
      best = d->name;
    }
  }
  return best;
}

static sl_status no_driver(const char *scheme, const struct odbc_installed_list *drivers,
                           struct sl_error *err) {
  struct sl_buffer installed = { 0 };
  const char *package = odbc_package_for(scheme);
  odbc_list_installed(drivers, &installed);
  sl_fail(err, SL_ENOTFOUND,
          "no ODBC driver for %s:// is installed (%s); install %s, or name one of odbcinst.ini "
          "with ?driver=NAME",
          scheme, installed.data == NULL ? "" : installed.data, package == NULL ? "one" : package);
  sl_buffer_release(&installed);
  return SL_ENOTFOUND;
}

/* *driver: the name to write, malloc'ed; NULL when the data source brings its own. */
static sl_status choose_recipe(const char *scheme, const struct url *url,
                               const struct odbc_installed_list *drivers, const struct recipe **out,
                               char **driver, struct sl_error *err) {
  *driver = find_parameter(url->parameters, "driver");
  *out = NULL;
  for (size_t i = 0; i < RECIPES; i++) {
    const struct recipe *r = &recipes[i];
    if (strcmp(r->scheme, scheme) != 0) {
      continue;
    }
    if (r->driver[0] == '\0') {
      free(*driver);
      *driver = NULL;
      *out = r;
      return SL_OK;
    }
    if (*driver != NULL) { /* a name that says nothing gets the first recipe */
      *out = *out == NULL || serves(r, *driver) ? r : *out;
      continue;
    }
    const char *installed = choose_installed(r, drivers);
    if (installed != NULL) {
      *out = r;
      *driver = strdup(installed);
      return *driver == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a URL") : SL_OK;
    }
  }
  return *driver == NULL ? no_driver(scheme, drivers, err) : SL_OK;
}

/* ---- keywords ---- */

static enum part part_of(char letter) {
  static const char letters[] = "uwhpdea";
  return (enum part)(strchr(letters, letter) - letters);
}

/* "Server=%h,%p" with the parts put in; false when one is missing. What the user gives as a
 * parameter stands for itself. */
static bool expand(const char *keyword, size_t length, const struct url *url,
                   struct sl_buffer *out) {
  size_t equal = strcspn(keyword, "=");
  char name[64];
  struct sl_buffer value = { 0 };
  bool whole = true;
  snprintf(name, sizeof name, "%.*s", (int)equal, keyword);
  char *given = find_parameter(url->parameters, name);
  if (given != NULL) {
    free(given);
    return true;
  }
  for (size_t i = equal + 1; whole && i < length; i++) {
    if (keyword[i] != '%') {
      sl_buffer_char(&value, keyword[i]);
      continue;
    }
    const char *part = url->parts[part_of(keyword[++i])];
    whole = part != NULL;
    sl_buffer_text(&value, whole ? part : "");
  }
  if (whole) {
    odbc_string_add(out, name, value.data == NULL ? "" : value.data);
  }
  sl_buffer_release_part(&value, out);
  return whole;
}

static void add_keywords(const struct recipe *r, const struct url *url, struct sl_buffer *out) {
  for (const char *at = r->keywords; *at != '\0';) {
    size_t group = strcspn(at, ";"); /* alternatives, of which the first that is whole counts */
    bool done = false;
    for (size_t i = 0; i < group;) {
      size_t n = strcspn(at + i, "|;");
      done = done || expand(at + i, n, url, out);
      i += n + 1;
    }
    at += group + (at[group] == ';');
  }
}

sl_status odbc_from_url(const char *scheme, const char *location,
                        const struct odbc_installed_list *drivers, struct sl_buffer *out,
                        struct sl_error *err) {
  struct url url;
  const struct recipe *recipe = NULL;
  char *driver = NULL;
  sl_status rc = url_parse(location, &url, err);
  if (rc == SL_OK && url.parts[HOST] == NULL) {
    rc = sl_fail(err, SL_EUSAGE, "%s://: a host is missing, as in %s://user:password@host/database",
                 scheme, scheme);
  }
  if (rc == SL_OK) {
    rc = choose_recipe(scheme, &url, drivers, &recipe, &driver, err);
  }
  if (rc == SL_OK) {
    if (driver != NULL) {
      sl_buffer_printf(out, "Driver={%s}", driver);
    }
    add_keywords(recipe, &url, out);
    odbc_add_parameters(url.parameters, out);
    rc = sl_buffer_check(out, err);
  }
  free(driver);
  url_release(&url);
  return rc;
}
