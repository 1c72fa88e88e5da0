/* api.c - see api.h. */
#include "mysql/api.h"

#include "base/library.h"

struct sl_mysql_api sl_mysql_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libmariadb.so.3", NULL };
static struct sl_library library = {
  .name = "libmariadb",
  .variable = "SLUICE_LIBMARIADB",
  .files = files,
  .missing =
      "MySQL and MariaDB are spoken to through it; install it (Debian and Ubuntu: apt-get "
      "install libmariadb3, Fedora: dnf install mariadb-connector-c)",
  .outdated = "version 3.1 or later is needed (Debian and Ubuntu: apt-get install libmariadb3)",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE_MYSQL(name)                                                              \
  if (rc == SL_OK) {                                                                     \
    rc = sl_library_function(&library, "mysql_" #name, &sl_mysql_api.mysql_##name, err); \
  }
#define RESOLVE_MARIADB(name)                                                                \
  if (rc == SL_OK) {                                                                         \
    rc = sl_library_function(&library, "mariadb_" #name, &sl_mysql_api.mariadb_##name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_MYSQL_FUNCTIONS(RESOLVE_MYSQL)
  SL_MARIADB_FUNCTIONS(RESOLVE_MARIADB)
  if (rc == SL_OK && SL_MYSQL(server_init)(0, NULL, NULL) != 0) {
    rc = sl_fail(err, SL_ESOURCE, "libmariadb could not be initialised");
  }
  return rc;
}

sl_status sl_mysql_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
