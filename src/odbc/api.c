/* api.c - see api.h. */
#include "odbc/api.h"

#include "base/library.h"

struct odbc_api odbc_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libodbc.so.2", NULL };
static struct sl_library library = {
  .name = "the ODBC driver manager",
  .variable = "SLUICE_LIBODBC", /* another driver manager, or a test without one */
  .files = files,
  .missing =
      "install unixODBC (Debian and Ubuntu: apt-get install libodbc2 odbcinst) and the "
      "driver of the database",
  .outdated = "unixODBC 2.3 or newer is needed (Debian and Ubuntu: apt-get install libodbc2)",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                             \
  if (rc == SL_OK) {                                                              \
    rc = sl_library_function(&library, "SQL" #name, (void *)&odbc_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  ODBC_FUNCTIONS(RESOLVE)
  return rc;
}

sl_status odbc_api_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
