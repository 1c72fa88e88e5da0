/* api.c - see api.h. */
#include "odbc/api.h"

#include "base/library.h"

struct odbc_api odbc_api;
static const char *const files[] = { "libodbc.so.2", NULL };
/* clang-format off */
#define ENTRY(name) { "SQL" #name, &odbc_api.name, false },
static const struct sl_library_function functions[] = {
  ODBC_FUNCTIONS(ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "the ODBC driver manager",
  .variable = "SLUICE_LIBODBC", /* another driver manager, or a test without one */
  .files = files,
  .missing =
      "install unixODBC (Debian and Ubuntu: apt-get install libodbc2 odbcinst) and the "
      "driver of the database",
  .outdated = "unixODBC 2.3 or newer is needed (Debian and Ubuntu: apt-get install libodbc2)",
  .functions = functions,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

sl_status odbc_api_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
