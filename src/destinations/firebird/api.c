/* api.c - see api.h. */
#include "api.h"

#include "base/library.h"

struct fb_api fb_api;
static const char *const files[] = { "libfbclient.so.2", NULL };
/* clang-format off */
#define ENTRY(name) { "isc_" #name, &fb_api.name, false },
static const struct sl_library_function functions[] = {
  FB_FUNCTIONS(ENTRY)
  { "fb_cancel_operation", &fb_api.cancel_operation, false },
  { "fb_interpret", &fb_api.interpret, false },
  { "fb_sqlstate", &fb_api.sqlstate, false },
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libfbclient",
  .variable = "SLUICE_LIBFBCLIENT",
  .files = files,
  .missing =
      "Firebird databases are written through it; install it (Debian and Ubuntu: apt "
      "install libfbclient2, and firebird3.0-server-core for files without a server)",
  .outdated = "Firebird 3.0 is needed",
  .functions = functions,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

sl_status fb_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
