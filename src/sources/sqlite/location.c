/* location.c - see location.h. */
#include "sources/sqlite/location.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/url.h"
#include "database/database.h"

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the name of a SQLite file");
}

static bool is_true(const char *value) {
  static const char *const yes[] = { "1", "true", "yes", "on" };
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    if (strcmp(value, yes[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* Parameters of SQLite's own URIs; those of Python's driver that say nothing about reading are
 * passed over, so that a connection string may be copied from a dlt project. */
static sl_status set_parameter(struct sqlite_location *out, const char *name, const char *value,
                               struct sl_error *err) {
  static const char *const ignored[] = {
    "cache", "psow", "uri", "detect_types", "timeout", "isolation_level", "check_same_thread"
  };
  if (strcmp(name, "mode") == 0) {
    bool known = strcmp(value, "ro") == 0 || strcmp(value, "rw") == 0 || strcmp(value, "rwc") == 0;
    return known
               ? SL_OK
               : sl_fail(err, SL_EUSAGE,
                         "sqlite: mode=%s cannot be read; the file is opened with mode=ro", value);
  }
  if (strcmp(name, "immutable") == 0) {
    out->immutable = is_true(value);
    return SL_OK;
  }
  if (strcmp(name, "nolock") == 0) {
    out->nolock = is_true(value);
    return SL_OK;
  }
  if (strcmp(name, "vfs") == 0) {
    free(out->vfs);
    out->vfs = strdup(value);
    return out->vfs == NULL ? no_memory(err) : SL_OK;
  }
  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
    if (strcmp(name, ignored[i]) == 0) {
      return SL_OK;
    }
  }
  return sl_fail(err, SL_EUSAGE,
                 "sqlite: unknown parameter '%s' after the file name; known are mode, immutable, "
                 "nolock and vfs",
                 name);
}

static sl_status set_parameters(struct sqlite_location *out, const char *text,
                                struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && *text != '\0') {
    size_t length = strcspn(text, "&");
    size_t equals = strcspn(text, "=");
    char *name = sl_url_decode(text, equals < length ? equals : length);
    char *value =
        equals < length ? sl_url_decode(text + equals + 1, length - equals - 1) : strdup("");
    if (name == NULL || value == NULL) {
      rc = no_memory(err);
    } else if (name[0] != '\0') {
      rc = set_parameter(out, name, value, err);
    }
    free(name);
    free(value);
    text += length + (text[length] == '&');
  }
  return rc;
}

static bool exists(const char *path) {
  struct stat status;
  return path != NULL && path[0] != '\0' && stat(path, &status) == 0;
}

/* Takes the path (malloc'ed, NULL = no memory) if it is there. *query: what follows it. */
static bool take(struct sqlite_location *out, char *path) {
  if (!exists(path)) {
    free(path);
    return false;
  }
  out->path = path;
  return true;
}

/* One way to read the text; true when there is such a file. */
static bool try_path(struct sqlite_location *out, const char *text, const char **parameters) {
  const char *mark = strchr(text, '?');
  size_t length = mark == NULL ? strlen(text) : (size_t)(mark - text);
  *parameters = "";
  if (take(out, strdup(text))) {
    return true;
  }
  *parameters = mark == NULL ? "" : mark + 1;
  return take(out, strndup(text, length)) || take(out, sl_url_decode(text, length));
}

static sl_status not_there(const char *text, struct sl_error *err) {
  char *path = sl_url_decode(text, strcspn(text, "?"));
  sl_status rc = sl_fail(err, SL_ENOTFOUND,
                         "sqlite: there is no file '%s' (%s); write sqlite:path, sqlite:///path "
                         "relative to the working folder or sqlite:////path from the root",
                         path == NULL ? text : path, strerror(errno == 0 ? ENOENT : errno));
  free(path);
  return rc;
}

static sl_status check_kind(const struct sqlite_location *l, struct sl_error *err) {
  struct stat status;
  if (stat(l->path, &status) == 0 && S_ISDIR(status.st_mode)) {
    return sl_fail(err, SL_EUSAGE, "sqlite: %s is a folder; name the database file in it", l->path);
  }
  return SL_OK;
}

sl_status sqlite_location_find(const char *text, struct sqlite_location *out,
                               struct sl_error *err) {
  const char *parameters = "";
  *out = (struct sqlite_location){ 0 };
  const char *path = strncmp(text, "file:", 5) == 0 ? text + 5 : text;
  bool url = strncmp(path, "//", 2) == 0;
  const char *after = url ? path + 2 : path;
  if (path[0] == '\0' || (url && after[0] == '\0') || strstr(text, ":memory:") != NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "sqlite: name a database file, as in sqlite:shop.db; an "
                   "in-memory database has nothing to load");
  }
  bool found = url && after[0] == '/' && after[1] != '\0' && try_path(out, after + 1, &parameters);
  if (!found) {
    found = try_path(out, after, &parameters);
  }
  if (!found) {
    return not_there(url && after[0] == '/' && after[1] != '\0' ? after + 1 : after, err);
  }
  sl_status rc = set_parameters(out, parameters, err);
  return rc == SL_OK ? check_kind(out, err) : rc;
}

void sqlite_location_release(struct sqlite_location *l) {
  free(l->path);
  free(l->vfs);
  *l = (struct sqlite_location){ 0 };
}

static void append_encoded(const char *text, struct sl_buffer *out) {
  for (const char *c = text; *c != '\0'; c++) {
    bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                 strchr("/._-", *c) != NULL;
    if (plain) {
      sl_buffer_char(out, *c);
    } else {
      sl_buffer_printf(out, "%%%02X", (unsigned char)*c);
    }
  }
}

void sqlite_location_uri(const struct sqlite_location *l, bool unlocked, struct sl_buffer *out) {
  sl_buffer_text(out, "file:");
  if (strncmp(l->path, "//", 2) == 0) {
    sl_buffer_text(out, "//"); /* else the first part would be taken for a host */
  }
  append_encoded(l->path, out);
  sl_buffer_text(out, "?mode=ro");
  sl_buffer_text(out, l->immutable ? "&immutable=1" : "");
  sl_buffer_text(out, l->nolock ? "&nolock=1" : "");
  if (unlocked) { /* not nolock=1: with that SQLite reads no -wal */
    sl_buffer_text(out, "&vfs=unix-none");
  } else if (l->vfs != NULL) {
    sl_buffer_text(out, "&vfs=");
    append_encoded(l->vfs, out);
  }
}
