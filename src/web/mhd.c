/* mhd.c - see mhd.h. */
#include "web/mhd.h"

#include "base/library.h"

struct web_mhd_api web_mhd_api;
static const char *const files[] = { "libmicrohttpd.so.12", NULL };
/* clang-format off */
#define ENTRY(name) { "MHD_" #name, &web_mhd_api.name, false },
static const struct sl_library_function functions[] = {
  WEB_MHD_FUNCTIONS(ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libmicrohttpd",
  .variable = "SLUICE_LIBMICROHTTPD",
  .files = files,
  .missing =
      "the web page is served by it; install it (Debian and Ubuntu: apt install "
      "libmicrohttpd12)",
  .outdated = "version 0.9.71 is needed",
  .functions = functions,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

sl_status web_mhd_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
