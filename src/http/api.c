/* api.c - see api.h. */
#include "http/api.h"

#include "base/library.h"

struct curl_api curl_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4", NULL };
static struct sl_library library = {
  .name = "libcurl",
  .variable = "SLUICE_LIBCURL",
  .files = files,
  .missing =
      "install it (Debian and Ubuntu: apt install libcurl4; Fedora: libcurl; Alpine: "
      "libcurl)",
  .outdated = "version 7.62 or newer is needed (Debian and Ubuntu: apt install libcurl4)",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                       \
  if (rc == SL_OK) {                                                        \
    rc = sl_library_function(&library, "curl_" #name, &curl_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  CURL_FUNCTIONS(RESOLVE)
  if (rc == SL_OK && CURL_CALL(global_init)(CURL_GLOBAL_ALL) != 0) {
    rc = sl_fail(err, SL_EINTERNAL, "libcurl cannot be initialised");
  }
  return rc;
}

sl_status sl_curl_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
