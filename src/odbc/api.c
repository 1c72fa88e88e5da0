/* api.c - see api.h. */
#include "api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct odbc_api odbc_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

static sl_status resolve(void *handle, const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(handle, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "libodbc.so.2 has no %s: unixODBC 2.3 or newer is needed (Debian: libodbc2)",
                   name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                                               \
  if (rc == SL_OK) {                                                \
    rc = resolve(handle, "SQL" #name, (void *)&odbc_api.name, err); \
  }

static sl_status open_library(struct sl_error *err) {
  const char *path = getenv("SLUICE_LIBODBC"); /* another driver manager, or a test without one */
  void *handle =
      dlopen(path != NULL && path[0] != '\0' ? path : "libodbc.so.2", RTLD_NOW | RTLD_LOCAL);
  sl_status rc = SL_OK;
  if (handle == NULL) {
    return sl_fail(err, SL_ENOTFOUND,
                   "the ODBC driver manager cannot be opened (%s); install unixODBC (Debian: "
                   "apt-get install libodbc2 odbcinst) and the driver of the database",
                   dlerror());
  }
  ODBC_FUNCTIONS(RESOLVE)
  if (rc != SL_OK) {
    dlclose(handle);
    return rc;
  }
  library = handle;
  return SL_OK;
}

sl_status odbc_api_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  sl_status rc = library == NULL ? open_library(err) : SL_OK;
  pthread_mutex_unlock(&load_lock);
  return rc;
}
