/* location.c - which file a user means, and which file a dataset has. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sqlite_internal.h"

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the name of a SQLite file");
}

/* Parameters of SQLite's URIs and of SQLAlchemy's URLs that mean something here. */
static sl_status set_parameter(struct sqlite_target *out, const char *text, size_t length,
                               bool *memory, struct sl_error *err) {
  static const struct {
    const char *text;
    bool read_only, memory;
  } known[] = {
    { "mode=ro", true, false },
    { "mode=rw", false, false },
    { "mode=rwc", false, false },
    { "mode=memory", false, true },
    { "cache=shared", false, false },
    { "cache=private", false, false },
    { "uri=true", false, false },
    { "uri=1", false, false },
    { "check_same_thread=", false, false },
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t n = strlen(known[i].text);
    bool any_value = known[i].text[n - 1] == '=';
    if ((n == length || (any_value && n < length)) && strncmp(text, known[i].text, n) == 0) {
      out->read_only = out->read_only || known[i].read_only;
      *memory = *memory || known[i].memory;
      return SL_OK;
    }
  }
  size_t shown = strcspn(text, "="); /* the value may be a key that the file is encrypted with */
  return sl_fail(err, SL_EUSAGE,
                 "sqlite: '%.*s' after the file name means nothing to a destination; known are "
                 "mode=ro|rw|rwc|memory; how long to wait for other writers is an option, "
                 "--destination-busy-timeout",
                 (int)(shown < length && text[shown] == '=' ? shown : length), text);
}

static sl_status set_parameters(struct sqlite_target *out, const char *text, bool *memory,
                                struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && *text != '\0') {
    size_t length = strcspn(text, "&");
    rc = length == 0 ? SL_OK : set_parameter(out, text, length, memory, err);
    text += length + (text[length] == '&');
  }
  return rc;
}

sl_status sqlite_target_parse(const char *text, struct sqlite_target *out, struct sl_error *err) {
  *out = (struct sqlite_target){ 0 };
  /* As in SQLAlchemy: //relative is nobody's, ///relative, ////absolute; without slashes a path. */
  bool url = strncmp(text, "//", 2) == 0;
  const char *path = !url ? text : text[2] == '/' ? text + 3 : text + 2;
  path = strncmp(path, "file:", 5) == 0 ? path + 5 : path;
  bool literal = access(path, F_OK) == 0; /* a name that has a question mark itself */
  size_t length = literal ? strlen(path) : strcspn(path, "?");
  bool memory = (length == 8 && strncmp(path, ":memory:", 8) == 0) || (url && length == 0);
  sl_status rc = SL_OK;
  if (path[length] == '?') {
    rc = set_parameters(out, path + length + 1, &memory, err);
  }
  if (rc == SL_OK && length == 0 && !memory) {
    rc = sl_fail(err, SL_EUSAGE,
                 "sqlite: names no file; write sqlite:shop.db, sqlite:///path relative to the "
                 "working folder or sqlite:////path from the root");
  }
  if (rc == SL_OK && !memory && path[length - 1] == '/') {
    rc = sl_fail(err, SL_EUSAGE, "sqlite: %.*s is a folder; name a file in it", (int)length, path);
  }
  if (rc == SL_OK && !memory) {
    out->path = strndup(path, length);
    rc = out->path == NULL ? no_memory(err) : SL_OK;
  }
  return rc;
}

char *sqlite_dataset_path(const char *main_path, const char *dataset) {
  struct sl_buffer out = { 0 };
  const char *slash = strrchr(main_path, '/');
  const char *base = slash == NULL ? main_path : slash + 1;
  const char *dot = strrchr(base, '.');
  if (dot == NULL || dot == base || dot[1] == '\0') { /* as Python's Path.stem and .suffix */
    dot = base + strlen(base);
  }
  sl_buffer_append(&out, main_path, (size_t)(dot - main_path));
  sl_buffer_printf(&out, "__%s%s", dataset, dot);
  return sl_buffer_take(&out);
}
