/* api.c - see api.h. */
#include "sqlite/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct sl_sqlite_api sl_sqlite_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

enum { OLDEST = 3037000 }; /* PRAGMA table_list tells shadow tables from tables */

static sl_status open_library(struct sl_error *err) {
  const char *chosen = getenv("SLUICE_LIBSQLITE3");
  const char *name = chosen == NULL || chosen[0] == '\0' ? "libsqlite3.so.0" : chosen;
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    return sl_fail(err, SL_ENOTFOUND,
                   "%s cannot be opened (%s), so SQLite files cannot be opened; install it (Debian "
                   "and Ubuntu: apt install libsqlite3-0) or set SLUICE_LIBSQLITE3 to its path",
                   name, dlerror());
  }
  return SL_OK;
}

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED, "this libsqlite3 has no %s: version 3.37 is needed", name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                                         \
  if (rc == SL_OK) {                                          \
    rc = resolve("sqlite3_" #name, &sl_sqlite_api.name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_SQLITE_FUNCTIONS(RESOLVE)
  if (rc == SL_OK && SL_SQLITE(libversion_number)() < OLDEST) {
    rc = sl_fail(err, SL_EUNSUPPORTED, "this libsqlite3 is version %s: 3.37 is needed",
                 SL_SQLITE(libversion)());
  }
  return rc;
}

sl_status sl_sqlite_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  sl_status rc = SL_OK;
  if (library == NULL) {
    rc = open_library(err);
    if (rc == SL_OK) {
      rc = resolve_all(err);
    }
    if (rc != SL_OK && library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
