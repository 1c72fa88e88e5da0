/* location.c - see location.h; the URL forms are in recipes.c. */
#include "location.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "base/url.h"
#include "database/database.h"
#include "odbc/recipes.h"

void odbc_installed_release(struct odbc_installed_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->items[i].name);
    free(list->items[i].library);
  }
  free(list->items);
  *list = (struct odbc_installed_list){ 0 };
}

sl_status odbc_installed_add(struct odbc_installed_list *list, const char *name,
                             const char *library, struct sl_error *err) {
  sl_status rc = sl_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct odbc_installed item = { strdup(name), strdup(library) };
  if (item.name == NULL || item.library == NULL) {
    free(item.name);
    free(item.library);
    return sl_fail(err, SL_ENOMEM, "out of memory for the list of ODBC drivers");
  }
  list->items[list->count++] = item;
  return SL_OK;
}

void odbc_list_installed(const struct odbc_installed_list *drivers, struct sl_buffer *out) {
  sl_buffer_text(out, drivers->count == 0 ? "no ODBC driver is installed" : "installed drivers: ");
  for (size_t i = 0; i < drivers->count; i++) {
    sl_buffer_printf(out, "%s%s", i == 0 ? "" : ", ", drivers->items[i].name);
  }
}

/* ---- connection strings ---- */

/* A keyword and its value at *at, which moves behind them. False at the end. */
static bool next_pair(const char **at, struct sl_text *keyword, struct sl_text *value) {
  *at += strspn(*at, "; \t");
  if (**at == '\0') {
    return false;
  }
  size_t n = strcspn(*at, "=;");
  *keyword = (struct sl_text){ *at, n };
  while (keyword->length > 0 && isspace((unsigned char)keyword->data[keyword->length - 1])) {
    keyword->length--;
  }
  *at += n;
  if (**at != '=') {
    *value = (struct sl_text){ *at, 0 };
    return true;
  }
  (*at)++;
  *at += strspn(*at, " \t");
  const char *start = *at;
  if (*start == '{') {
    const char *end = start + 1;
    while (*end != '\0' && (*end != '}' || end[1] == '}')) {
      end += *end == '}' ? 2 : 1;
    }
    *value = (struct sl_text){ start + 1, (size_t)(end - start - 1) };
    *at = *end == '\0' ? end : end + 1;
    *at += strcspn(*at, ";");
  } else {
    *value = (struct sl_text){ start, strcspn(start, ";") };
    *at += value->length;
  }
  return true;
}

char *odbc_string_get(const char *string, const char *keyword) {
  struct sl_text k, v;
  while (next_pair(&string, &k, &v)) {
    if (k.length != strlen(keyword) || strncasecmp(k.data, keyword, k.length) != 0) {
      continue;
    }
    char *out = malloc(v.length + 1);
    size_t n = 0;
    bool braced = v.data[-1] == '{';
    for (size_t i = 0; out != NULL && i < v.length; i++) {
      out[n++] = v.data[i];
      i += braced && v.data[i] == '}'; /* doubled */
    }
    if (out != NULL) {
      out[n] = '\0';
    }
    return out;
  }
  return NULL;
}

void odbc_string_add(struct sl_buffer *string, const char *keyword, const char *value) {
  size_t n = strlen(value);
  bool braces =
      strpbrk(value, ";{}") != NULL ||
      (n > 0 && (isspace((unsigned char)value[0]) || isspace((unsigned char)value[n - 1])));
  bool first = string->length == 0 || string->data[string->length - 1] == ';';
  sl_buffer_printf(string, "%s%s=%s", first ? "" : ";", keyword, braces ? "{" : "");
  for (const char *c = value; *c != '\0'; c++) {
    sl_buffer_text(string, braces && *c == '}' ? "}" : "");
    sl_buffer_char(string, *c);
  }
  sl_buffer_text(string, braces ? "}" : "");
}

/* ---- what the user wrote ---- */

static bool is_url(const char *location) {
  return strncmp(location, "//", 2) == 0;
}

/* "shop" or "shop?Timeout=5": the name of a data source. */
static sl_status data_source(const char *location, struct sl_buffer *out, struct sl_error *err) {
  size_t n = strcspn(location, "?");
  if (n == 0) {
    return sl_fail(err, SL_EUSAGE,
                   "odbc: needs the name of a data source (odbc:shop) or a connection string "
                   "(odbc:Driver={PostgreSQL Unicode};Server=host;Database=shop;UID=user;PWD=…)");
  }
  char *name = sl_url_decode(location, n);
  if (name != NULL) {
    odbc_string_add(out, "DSN", name);
    odbc_add_parameters(location + n, out);
  }
  free(name);
  return name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a location") : SL_OK;
}

sl_status odbc_connection_string(const char *scheme, const char *location,
                                 const struct odbc_installed_list *drivers, struct sl_buffer *out,
                                 struct sl_error *err) {
  sl_status rc;
  if (is_url(location)) {
    rc = odbc_from_url(scheme, location, drivers, out, err);
  } else if (strcmp(scheme, "odbc") != 0) {
    rc = sl_fail(err, SL_EUSAGE, "%s: needs a URL: %s://user:password@host/database", scheme,
                 scheme);
  } else if (strchr(location, '=') != NULL && strcspn(location, "?") > strcspn(location, "=")) {
    sl_buffer_text(out, location);
    rc = SL_OK;
  } else {
    rc = data_source(location, out, err);
  }
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

/* "shop" of "/data/shop.db". */
static const char *base_name(char *path) {
  char *slash = strrchr(path, '/');
  char *name = slash == NULL ? path : slash + 1;
  char *dot = strrchr(name, '.');
  if (slash != NULL && dot != NULL && dot > name) {
    *dot = '\0';
  }
  return name;
}

sl_status odbc_default_name(const char *location, char out[256], struct sl_error *err) {
  if (is_url(location)) {
    return sl_db_default_name(location, out, err);
  }
  if (strchr(location, '=') == NULL || strcspn(location, "?") < strcspn(location, "=")) {
    snprintf(out, 256, "%.*s", (int)strcspn(location, "?"), location);
    return SL_OK;
  }
  static const char *const keywords[] = { "Database", "Initial Catalog", "DSN", "Catalog",
                                          "Server" };
  char *value = NULL;
  for (size_t i = 0; value == NULL && i < sizeof keywords / sizeof keywords[0]; i++) {
    value = odbc_string_get(location, keywords[i]);
    if (value != NULL && value[0] == '\0') {
      free(value);
      value = NULL;
    }
  }
  snprintf(out, 256, "%s", value == NULL ? "database" : base_name(value));
  free(value);
  return SL_OK;
}
