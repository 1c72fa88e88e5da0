/* default_name.c - what a load of these files is called when the user gives no name. */
#include <stdio.h>
#include <string.h>

#include "file_internal.h"

/* "data/events.jsonl.gz" -> "events"; "-" -> "stdin"; a glob or folder gives its last plain part.
 */
sl_status file_default_name(const char *location, char out[256], struct sl_error *err) {
  char path[4096];
  snprintf(path, sizeof path, "%s", location);
  if (strcmp(path, "-") == 0) {
    snprintf(out, 256, "stdin");
    return SL_OK;
  }
  for (;;) {
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/') {
      path[--n] = '\0';
    }
    char *slash = strrchr(path, '/');
    char *base = slash == NULL ? path : slash + 1;
    char *dot = strchr(base[0] == '.' ? base + 1 : base, '.');
    if (dot != NULL) {
      *dot = '\0';
    }
    if (base[0] != '\0' && strpbrk(base, "*?[{") == NULL && strcmp(base, "..") != 0 &&
        strcmp(base, ".") != 0) {
      snprintf(out, 256, "%s", base);
      return SL_OK;
    }
    if (slash == NULL) {
      break;
    }
    *slash = '\0';
  }
  return sl_fail(err, SL_EUSAGE, "cannot make a table name of '%s': give one with --as", location);
}
