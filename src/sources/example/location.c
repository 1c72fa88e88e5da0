/* location.c - what stands behind "example:". */
#include <stdlib.h>
#include <string.h>

#include "example_internal.h"

/* "%20" and the like, in place. */
static sl_status decode(char *text, struct sl_error *err) {
  char *out = text;
  for (const char *at = text; *at != '\0'; at++) {
    if (*at != '%') {
      *out++ = *at;
      continue;
    }
    char digits[3] = { at[1], at[1] == '\0' ? '\0' : at[2], '\0' };
    char *end = NULL;
    long byte = strtol(digits, &end, 16);
    if (end != digits + 2 || byte == 0) {
      return sl_fail(err, SL_EUSAGE, "example: a %% is not followed by two hexadecimal digits");
    }
    *out++ = (char)byte;
    at += 2;
  }
  *out = '\0';
  return SL_OK;
}

sl_status example_read_location(const struct sl_option *options, char *location,
                                struct example_settings *settings, const char **table,
                                struct sl_error *err) {
  char *rest = strchr(location, '?');
  *table = location;
  if (rest == NULL) {
    return SL_OK;
  }
  *rest++ = '\0';
  sl_status rc = SL_OK;
  while (rc == SL_OK && rest != NULL && *rest != '\0') {
    char *name = rest;
    rest = strchr(rest, '&');
    if (rest != NULL) {
      *rest++ = '\0';
    }
    char *equals = strchr(name, '=');
    char *value = equals == NULL ? name + strlen(name) : equals + 1;
    if (equals != NULL) {
      *equals = '\0';
    }
    rc = decode(value, err);
    if (rc == SL_OK) { /* the option table says what is allowed; a flag may stand alone */
      rc = sl_options_set(options, settings, name, equals == NULL ? "yes" : value, err);
    }
  }
  return rc;
}
