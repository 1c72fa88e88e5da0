/* api.c - see api.h. */
#include "mysql/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct sl_mysql_api sl_mysql_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "this libmariadb has no %s: version 3.1 or later is needed (Debian and Ubuntu: "
                   "apt-get install libmariadb3)",
                   name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE_MYSQL(name)                                        \
  if (rc == SL_OK) {                                               \
    rc = resolve("mysql_" #name, &sl_mysql_api.mysql_##name, err); \
  }
#define RESOLVE_MARIADB(name)                                          \
  if (rc == SL_OK) {                                                   \
    rc = resolve("mariadb_" #name, &sl_mysql_api.mariadb_##name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_MYSQL_FUNCTIONS(RESOLVE_MYSQL)
  SL_MARIADB_FUNCTIONS(RESOLVE_MARIADB)
  return rc;
}

static sl_status open_library(struct sl_error *err) {
  const char *chosen = getenv("SLUICE_LIBMARIADB");
  const char *file = chosen != NULL && chosen[0] != '\0' ? chosen : "libmariadb.so.3";
  library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return library != NULL
             ? SL_OK
             : sl_fail(err, SL_ENOTFOUND,
                       "%s cannot be opened, and MySQL and MariaDB are spoken to through it; "
                       "install it "
                       "(Debian and Ubuntu: apt-get install libmariadb3, Fedora: dnf install "
                       "mariadb-connector-c), or set SLUICE_LIBMARIADB to its path",
                       file);
}

sl_status sl_mysql_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  sl_status rc = SL_OK;
  if (library == NULL) {
    rc = open_library(err);
    if (rc == SL_OK) {
      rc = resolve_all(err);
    }
    if (rc == SL_OK && SL_MYSQL(server_init)(0, NULL, NULL) != 0) {
      rc = sl_fail(err, SL_ESOURCE, "libmariadb could not be initialised");
    }
    if (rc != SL_OK && library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
