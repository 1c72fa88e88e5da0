/* error.c - filling and extending the one error structure. */
#include <sluice/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
  sl_status code;
  const char *name;
} status_names[] = {
  { SL_OK, "ok" },
  { SL_EUSAGE, "usage" },
  { SL_EDATA, "data" },
  { SL_ECONTRACT, "contract" },
  { SL_ENOTFOUND, "not-found" },
  { SL_EIO, "io" },
  { SL_EBUSY, "busy" },
  { SL_ESOURCE, "source" },
  { SL_EDEST, "destination" },
  { SL_EUNSUPPORTED, "unsupported" },
  { SL_ECANCELLED, "cancelled" },
  { SL_ENOMEM, "no-memory" },
  { SL_EINTERNAL, "internal" },
};

const char *sl_status_name(sl_status code) {
  for (size_t i = 0; i < sizeof status_names / sizeof status_names[0]; i++) {
    if (status_names[i].code == code) {
      return status_names[i].name;
    }
  }
  return "unknown";
}

sl_status sl_fail(struct sl_error *err, sl_status code, const char *format, ...) {
  if (err == NULL) {
    return code;
  }
  err->code = code;
  err->retryable = false;
  err->vendor[0] = '\0';
  va_list args;
  va_start(args, format);
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  return code;
}

sl_status sl_fail_errno(struct sl_error *err, int errno_value, const char *format, ...) {
  sl_status code = SL_EIO;
  if (errno_value == ENOMEM) {
    code = SL_ENOMEM;
  } else if (errno_value == ENOENT) {
    code = SL_ENOTFOUND;
  }
  if (err == NULL) {
    return code;
  }
  err->code = code;
  err->retryable = errno_value == EINTR || errno_value == EAGAIN;
  const char *name = strerrorname_np(errno_value);
  snprintf(err->vendor, sizeof err->vendor, "%s", name == NULL ? "" : name);
  va_list args;
  va_start(args, format);
  int used = vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  if (used >= 0 && (size_t)used < sizeof err->message) {
    char text[128];
    snprintf(err->message + used, sizeof err->message - (size_t)used, ": %s",
             strerror_r(errno_value, text, sizeof text));
  }
  return code;
}

sl_status sl_error_add_context(struct sl_error *err, const char *format, ...) {
  if (err == NULL) {
    return SL_EINTERNAL;
  }
  char old[sizeof err->message];
  memcpy(old, err->message, sizeof old);
  va_list args;
  va_start(args, format);
  int used = vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  if (used >= 0 && (size_t)used < sizeof err->message) {
    size_t room = sizeof err->message - (size_t)used;
    int cut = room > 0 ? (int)room : 0;
    snprintf(err->message + used, room, ": %.*s", cut, old);
  }
  return err->code;
}
