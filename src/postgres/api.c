/* api.c - see api.h. */
#include "postgres/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct pg_api pg_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "the PostgreSQL client library on this machine has no %s: libpq of PostgreSQL "
                   "9.3 or newer is needed (Debian package libpq5)",
                   name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                            \
  if (rc == SL_OK) {                             \
    rc = resolve("PQ" #name, &pg_api.name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  PG_FUNCTIONS(RESOLVE)
  void *symbol = dlsym(library, "PQhostaddr");
  memcpy(&pg_api.hostaddr, &symbol, sizeof symbol);
  return rc;
}

sl_status pg_load(struct sl_error *err) {
  sl_status rc = SL_OK;
  pthread_mutex_lock(&load_lock);
  if (library == NULL) {
    library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    rc = library != NULL
             ? resolve_all(err)
             : sl_fail(err, SL_ENOTFOUND,
                       "the PostgreSQL client library libpq.so.5 cannot be opened; install it "
                       "(Debian and Ubuntu: apt install libpq5; Fedora: libpq; Alpine: libpq)");
    if (rc != SL_OK && library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
