/* mhd.c - see mhd.h. */
#include "web/mhd.h"

#include "base/library.h"

struct web_mhd_api web_mhd_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libmicrohttpd.so.12", NULL };
static struct sl_library library = {
  .name = "libmicrohttpd",
  .variable = "SLUICE_LIBMICROHTTPD",
  .files = files,
  .missing =
      "the web page is served by it; install it (Debian and Ubuntu: apt install "
      "libmicrohttpd12)",
  .outdated = "version 0.9.71 is needed",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                         \
  if (rc == SL_OK) {                                                          \
    rc = sl_library_function(&library, "MHD_" #name, &web_mhd_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  WEB_MHD_FUNCTIONS(RESOLVE)
  return rc;
}

sl_status web_mhd_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
