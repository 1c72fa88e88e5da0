/* registry.c - the one list that names every built-in connector. */
#include <sluice/registry.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "destinations/duckdb/duckdb_destination.h"
#include "sources/example/example_source.h"
#include "sources/file/file_source.h"

const struct sl_source_ops *const sl_sources[] = { &sl_file_source, &sl_example_source, NULL };
const struct sl_destination_ops *const sl_destinations[] = { &sl_duckdb_destination, NULL };

/* Length of "scheme" in "scheme:rest" or 0; one letter is a drive, not a scheme. */
static size_t scheme_length(const char *location) {
  size_t n = strspn(location, "abcdefghijklmnopqrstuvwxyz0123456789+-");
  return n > 1 && location[n] == ':' ? n : 0;
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

sl_status sl_source_find(const char *location, const struct sl_source_ops **out, const char **rest,
                         struct sl_error *err) {
  size_t scheme = scheme_length(location);
  char known[256] = "";
  for (size_t i = 0; sl_sources[i] != NULL; i++) {
    if (has_scheme(sl_sources[i]->schemes, location, scheme)) {
      *out = sl_sources[i];
      *rest = scheme == 0 ? location : location + scheme + 1;
      return SL_OK;
    }
    list_names(known, sizeof known, sl_sources[i]->schemes, ":");
  }
  return sl_fail(err, SL_EUSAGE,
                 "no source can read '%s': this build knows files, globs, folders, '-' (stdin)%s%s",
                 location, known[0] == '\0' ? "" : " and ", known);
}

sl_status sl_destination_find(const char *location, const struct sl_destination_ops **out,
                              const char **rest, struct sl_error *err) {
  size_t scheme = scheme_length(location);
  char known[256] = "";
  for (size_t i = 0; sl_destinations[i] != NULL; i++) {
    const struct sl_destination_ops *ops = sl_destinations[i];
    if (scheme > 0 && has_scheme(ops->schemes, location, scheme)) {
      *out = ops;
      *rest = location + scheme + 1;
      return SL_OK;
    }
    if (scheme == 0 && has_extension(ops->extensions, location)) {
      *out = ops;
      *rest = location;
      return SL_OK;
    }
    list_names(known, sizeof known, ops->schemes, ":");
    list_names(known, sizeof known, ops->extensions, "");
  }
  return sl_fail(err, SL_EUSAGE,
                 "no destination can write '%s': use a location with one of %s, "
                 "for example duckdb:warehouse.duckdb",
                 location, known);
}
