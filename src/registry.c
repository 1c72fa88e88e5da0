/* registry.c - the one list that names every built-in connector. */
#include <sluice/registry.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/redact.h"
#include "destinations/callback/callback_destination.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/example/example_destination.h"
#include "destinations/exec/exec_destination.h"
#include "destinations/files/files_destination.h"
#include "destinations/firebird/firebird_destination.h"
#include "destinations/http/http_destination.h"
#include "destinations/mysql/mysql_destination.h"
#include "destinations/odbc/odbc_destination.h"
#include "destinations/postgres/postgres_destination.h"
#include "destinations/sqlite/sqlite_destination.h"
#include "plugins.h"
#include "sources/example/example_source.h"
#include "sources/file/file_source.h"
#include "sources/mongodb/mongodb_source.h"
#include "sources/mysql/mysql_source.h"
#include "sources/odbc/odbc_source.h"
#include "sources/postgres/postgres_source.h"
#include "sources/python/python_source.h"
#include "sources/sqlite/sqlite_source.h"

static const struct sl_source_ops *const sl_sources[] = {
  &sl_file_source, &sl_example_source,  &sl_mongodb_source, &sl_mysql_source,
  &sl_odbc_source, &sl_postgres_source, &sl_python_source,  &sl_sqlite_source,
};
static const struct sl_destination_ops *const sl_destinations[] = {
  &sl_duckdb_destination,   &sl_postgres_destination, &sl_mysql_destination,
  &sl_sqlite_destination,   &sl_files_destination,    &sl_example_destination,
  &sl_callback_destination, &sl_exec_destination,     &sl_http_destination,
  &sl_https_destination,    &sl_odbc_destination,     &sl_firebird_destination,
};
enum {
  N_SOURCES = sizeof sl_sources / sizeof sl_sources[0],
  N_DESTINATIONS = sizeof sl_destinations / sizeof sl_destinations[0]
};

const struct sl_source_ops *sl_source_at(size_t i) {
  if (i < N_SOURCES) {
    return sl_sources[i];
  }
  sl_status rc = sl_plugins_load(NULL);
  return rc == SL_OK ? sl_plugin_source_at(i - N_SOURCES) : NULL;
}

const struct sl_destination_ops *sl_destination_at(size_t i) {
  if (i < N_DESTINATIONS) {
    return sl_destinations[i];
  }
  sl_status rc = sl_plugins_load(NULL);
  return rc == SL_OK ? sl_plugin_destination_at(i - N_DESTINATIONS) : NULL;
}

/* Length of "scheme" in "scheme:rest" or 0; one letter is a drive, not a scheme. */
static size_t scheme_length(const char *location) {
  size_t n = strspn(location, "abcdefghijklmnopqrstuvwxyz0123456789+-");
  return n > 1 && location[n] == ':' ? n : 0;
}

void sl_location_scheme(const char *location, const char *rest, char out[32]) {
  ptrdiff_t length = rest - location;
  snprintf(out, 32, "%.*s", length > 0 ? (int)length - 1 : 0, location);
}

static bool has_scheme(const char *const *schemes, const char *location, size_t length) {
  for (size_t i = 0; schemes != NULL && schemes[i] != NULL; i++) {
    if (strlen(schemes[i]) == length && strncmp(schemes[i], location, length) == 0) {
      return true;
    }
  }
  return false;
}

static bool has_extension(const char *const *extensions, const char *path) {
  size_t n = strlen(path);
  for (size_t i = 0; extensions != NULL && extensions[i] != NULL; i++) {
    size_t m = strlen(extensions[i]);
    if (n > m && strcasecmp(path + n - m, extensions[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* Adds the names of a NULL-terminated list to a message. */
static void list_names(char *out, size_t size, const char *const *names, const char *suffix) {
  for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
    size_t used = strlen(out);
    if (names[i][0] != '\0') {
      snprintf(out + used, size - used, "%s%s%s", used > 0 ? ", " : "", names[i], suffix);
    }
  }
}

bool sl_source_scheme_taken(const char *scheme) {
  bool taken = false;
  for (size_t i = 0; i < N_SOURCES; i++) {
    taken = taken || has_scheme(sl_sources[i]->schemes, scheme, strlen(scheme));
  }
  return taken;
}

bool sl_destination_scheme_taken(const char *scheme_or_ending) {
  size_t n = strlen(scheme_or_ending);
  bool taken = false;
  for (size_t i = 0; i < N_DESTINATIONS; i++) {
    taken = taken || has_scheme(sl_destinations[i]->schemes, scheme_or_ending, n) ||
            has_scheme(sl_destinations[i]->extensions, scheme_or_ending, n);
  }
  return taken;
}

/* `ops` fits the location: *rest is what its open gets. */
static bool source_fits(const struct sl_source_ops *ops, const char *location, const char **rest) {
  size_t scheme = scheme_length(location);
  *rest = scheme == 0 ? location : location + scheme + 1;
  return has_scheme(ops->schemes, location, scheme);
}

sl_status sl_source_find(const char *location, const struct sl_source_ops **out, const char **rest,
                         struct sl_error *err) {
  char known[512] = "";
  for (size_t i = 0; i < N_SOURCES; i++) { /* first, so that plug-ins cost only who uses them */
    if (source_fits(sl_sources[i], location, rest)) {
      *out = sl_sources[i];
      return SL_OK;
    }
    list_names(known, sizeof known, sl_sources[i]->schemes, ":");
  }
  sl_status rc = sl_plugins_load(err);
  for (size_t i = 0; rc == SL_OK && sl_plugin_source_at(i) != NULL; i++) {
    *out = sl_plugin_source_at(i);
    if (source_fits(*out, location, rest)) {
      return SL_OK;
    }
    list_names(known, sizeof known, (*out)->schemes, ":");
  }
  if (rc == SL_OK) {
    struct sl_buffer safe = { 0 }; /* a mistyped URL may hold a password */
    sl_redact_location(&safe, location);
    rc = sl_fail(err, SL_EUSAGE,
                 "no source can read '%s': this build knows files, globs, folders, '-' (stdin)%s%s",
                 safe.data == NULL ? "" : safe.data, known[0] == '\0' ? "" : " and ", known);
    sl_buffer_release(&safe);
  }
  return rc;
}

static bool destination_fits(const struct sl_destination_ops *ops, const char *location,
                             const char **rest) {
  size_t scheme = scheme_length(location);
  *rest = scheme == 0 ? location : location + scheme + 1;
  return scheme > 0 ? has_scheme(ops->schemes, location, scheme)
                    : has_extension(ops->extensions, location);
}

sl_status sl_destination_find(const char *location, const struct sl_destination_ops **out,
                              const char **rest, struct sl_error *err) {
  char known[512] = "";
  for (size_t i = 0; i < N_DESTINATIONS; i++) {
    if (destination_fits(sl_destinations[i], location, rest)) {
      *out = sl_destinations[i];
      return SL_OK;
    }
    list_names(known, sizeof known, sl_destinations[i]->schemes, ":");
    list_names(known, sizeof known, sl_destinations[i]->extensions, "");
  }
  sl_status rc = sl_plugins_load(err);
  for (size_t i = 0; rc == SL_OK && sl_plugin_destination_at(i) != NULL; i++) {
    *out = sl_plugin_destination_at(i);
    if (destination_fits(*out, location, rest)) {
      return SL_OK;
    }
    list_names(known, sizeof known, (*out)->schemes, ":");
    list_names(known, sizeof known, (*out)->extensions, "");
  }
  if (rc == SL_OK) {
    struct sl_buffer safe = { 0 };
    sl_redact_location(&safe, location);
    rc = sl_fail(err, SL_EUSAGE,
                 "no destination can write '%s': use a location with one of %s, for example "
                 "duckdb:warehouse.duckdb",
                 safe.data == NULL ? "" : safe.data, known);
    sl_buffer_release(&safe);
  }
  return rc;
}
