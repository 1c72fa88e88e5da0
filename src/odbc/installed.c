/* installed.c - see installed.h. */
#include "installed.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { NAME_BYTES = 512, ATTRIBUTE_BYTES = 8192 };

/* "Driver=libx.so" among NUL-separated texts that end with an empty one. */
static const char *driver_attribute(const char *attributes, size_t length) {
  for (const char *at = attributes; at < attributes + length && *at != '\0'; at += strlen(at) + 1) {
    if (strncasecmp(at, "Driver=", 7) == 0) {
      return at + 7;
    }
  }
  return "";
}

sl_status odbc_list_drivers(SQLHENV env, struct odbc_installed_list *out, struct sl_error *err) {
  char name[NAME_BYTES];
  char *attributes = calloc(1, ATTRIBUTE_BYTES + 2);
  sl_status rc =
      attributes == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the list of drivers") : SL_OK;
  SQLSMALLINT n, used;
  SQLUSMALLINT direction = SQL_FETCH_FIRST;
  while (rc == SL_OK &&
         SQL_SUCCEEDED(ODBC(Drivers)(env, direction, (SQLCHAR *)name, sizeof name, &n,
                                     (SQLCHAR *)attributes, ATTRIBUTE_BYTES, &used))) {
    size_t length = used < 0 ? 0 : used > ATTRIBUTE_BYTES ? ATTRIBUTE_BYTES : (size_t)used;
    attributes[length] = '\0';
    attributes[length + 1] = '\0';
    rc = odbc_installed_add(out, name, driver_attribute(attributes, length), err);
    direction = SQL_FETCH_NEXT;
  }
  free(attributes);
  return rc;
}

/* The driver that odbc.ini names for a data source; malloc'ed, NULL = no such data source. */
static char *driver_of_source(SQLHENV env, const char *source) {
  char name[NAME_BYTES], driver[NAME_BYTES];
  SQLSMALLINT n, used;
  SQLUSMALLINT direction = SQL_FETCH_FIRST;
  while (SQL_SUCCEEDED(ODBC(DataSources)(env, direction, (SQLCHAR *)name, sizeof name, &n,
                                         (SQLCHAR *)driver, sizeof driver, &used))) {
    if (strcasecmp(name, source) == 0) {
      return strdup(driver);
    }
    direction = SQL_FETCH_NEXT;
  }
  return NULL;
}

sl_status odbc_find_driver(SQLHENV env, const char *string,
                           const struct odbc_installed_list *drivers, char **name, char **library,
                           struct sl_error *err) {
  char *found = odbc_string_get(string, "Driver");
  char *source = found == NULL ? odbc_string_get(string, "DSN") : NULL;
  if (source != NULL) {
    found = driver_of_source(env, source);
    free(source);
  }
  *name = found == NULL ? strdup("") : found;
  *library = NULL;
  for (size_t i = 0; *name != NULL && *library == NULL && i < drivers->count; i++) {
    if (strcasecmp(drivers->items[i].name, *name) == 0) {
      *library = strdup(drivers->items[i].library);
    }
  }
  if (*library == NULL && *name != NULL) { /* a path, or not installed */
    *library = strdup(*name);
  }
  return *name == NULL || *library == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name")
                                           : SL_OK;
}

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

struct search {
  const char *library;
  char path[4096]; /* as it was loaded; "" = not found */
};

static int look(struct dl_phdr_info *info, size_t size, void *arg) {
  struct search *s = arg;
  (void)size;
  if (info->dlpi_name == NULL || strcmp(base_of(info->dlpi_name), base_of(s->library)) != 0) {
    return 0;
  }
  snprintf(s->path, sizeof s->path, "%s", info->dlpi_name);
  return 1;
}

bool odbc_is_wide(const char *library) {
  struct search s = { .library = library };
  Dl_info where;
  dl_iterate_phdr(look, &s);
  void *handle = s.path[0] == '\0' ? NULL : dlopen(s.path, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == NULL) {
    return true;
  }
  /* The function must be the driver's own, not that of a library it is linked with. */
  void *symbol = dlsym(handle, "SQLDriverConnectW");
  bool wide = symbol != NULL && dladdr(symbol, &where) != 0 && where.dli_fname != NULL &&
              strcmp(base_of(where.dli_fname), base_of(s.library)) == 0;
  dlclose(handle);
  return wide;
}
