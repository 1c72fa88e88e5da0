/* api.c - see api.h. */
#include "mysql/api.h"

#include "base/library.h"

struct sl_mysql_api sl_mysql_api;
static sl_status ready(struct sl_error *err);
static const char *const files[] = { "libmariadb.so.3", NULL };
/* clang-format off */
#define MYSQL_ENTRY(name) { "mysql_" #name, &sl_mysql_api.mysql_##name, false },
#define MARIADB_ENTRY(name) { "mariadb_" #name, &sl_mysql_api.mariadb_##name, false },
static const struct sl_library_function functions[] = {
  SL_MYSQL_FUNCTIONS(MYSQL_ENTRY)
  SL_MARIADB_FUNCTIONS(MARIADB_ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libmariadb",
  .variable = "SLUICE_LIBMARIADB",
  .files = files,
  .missing =
      "MySQL and MariaDB are spoken to through it; install it (Debian and Ubuntu: apt-get "
      "install libmariadb3, Fedora: dnf install mariadb-connector-c)",
  .outdated = "version 3.1 or later is needed (Debian and Ubuntu: apt-get install libmariadb3)",
  .functions = functions,
  .ready = ready,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

static sl_status ready(struct sl_error *err) {
  return SL_MYSQL(server_init)(0, NULL, NULL) == 0
             ? SL_OK
             : sl_fail(err, SL_ESOURCE, "libmariadb could not be initialised");
}

sl_status sl_mysql_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
