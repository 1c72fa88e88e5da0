/* api.c - see api.h. */
#include "http/api.h"

#include "base/library.h"

struct curl_api curl_api;
static sl_status ready(struct sl_error *err);
static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4", NULL };
/* clang-format off */
#define ENTRY(name) { "curl_" #name, &curl_api.name, false },
static const struct sl_library_function functions[] = {
  CURL_FUNCTIONS(ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libcurl",
  .variable = "SLUICE_LIBCURL",
  .files = files,
  .missing =
      "install it (Debian and Ubuntu: apt install libcurl4; Fedora: libcurl; Alpine: "
      "libcurl)",
  .outdated = "version 7.62 or newer is needed (Debian and Ubuntu: apt install libcurl4)",
  .functions = functions,
  .ready = ready,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

static sl_status ready(struct sl_error *err) {
  return CURL_CALL(global_init)(CURL_GLOBAL_ALL) == 0
             ? SL_OK
             : sl_fail(err, SL_EINTERNAL, "libcurl cannot be initialised");
}

sl_status sl_curl_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
