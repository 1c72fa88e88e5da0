/* api.c - see api.h. */
#include "api.h"

#include "base/library.h"

struct fb_api fb_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libfbclient.so.2", NULL };
static struct sl_library library = {
  .name = "libfbclient",
  .variable = "SLUICE_LIBFBCLIENT",
  .files = files,
  .missing =
      "Firebird databases are written through it; install it (Debian and Ubuntu: apt "
      "install libfbclient2, and firebird3.0-server-core for files without a server)",
  .outdated = "Firebird 3.0 is needed",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                    \
  if (rc == SL_OK) {                                                     \
    rc = sl_library_function(&library, "isc_" #name, &fb_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc =
      sl_library_function(&library, "fb_cancel_operation", &fb_api.cancel_operation, err);
  if (rc == SL_OK) {
    rc = sl_library_function(&library, "fb_interpret", &fb_api.interpret, err);
  }
  if (rc == SL_OK) {
    rc = sl_library_function(&library, "fb_sqlstate", &fb_api.sqlstate, err);
  }
  FB_FUNCTIONS(RESOLVE)
  return rc;
}

sl_status fb_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
