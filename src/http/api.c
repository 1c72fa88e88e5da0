/* api.c - see api.h. */
#include "http/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct curl_api curl_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "libcurl on this machine has no %s: version 7.62 or newer is needed (Debian "
                   "package libcurl4)",
                   name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                                 \
  if (rc == SL_OK) {                                  \
    rc = resolve("curl_" #name, &curl_api.name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  CURL_FUNCTIONS(RESOLVE)
  if (rc == SL_OK && CURL_CALL(global_init)(CURL_GLOBAL_ALL) != 0) {
    rc = sl_fail(err, SL_EINTERNAL, "libcurl cannot be initialised");
  }
  return rc;
}

sl_status sl_curl_load(struct sl_error *err) {
  static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
  sl_status rc = SL_OK;
  pthread_mutex_lock(&load_lock);
  if (library == NULL) {
    for (size_t i = 0; library == NULL && i < sizeof names / sizeof names[0]; i++) {
      library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    rc = library != NULL
             ? resolve_all(err)
             : sl_fail(err, SL_ENOTFOUND,
                       "the library libcurl.so.4 cannot be opened; install it (Debian and Ubuntu: "
                       "apt install libcurl4; Fedora: libcurl; Alpine: libcurl)");
    if (rc != SL_OK && library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
