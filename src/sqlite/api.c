/* api.c - see api.h. */
#include "sqlite/api.h"

#include "base/library.h"

struct sl_sqlite_api sl_sqlite_api;
static sl_status ready(struct sl_error *err);
static const char *const files[] = { "libsqlite3.so.0", NULL };
/* clang-format off */
#define ENTRY(name) { "sqlite3_" #name, &sl_sqlite_api.name, false },
static const struct sl_library_function functions[] = {
  SL_SQLITE_FUNCTIONS(ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libsqlite3",
  .variable = "SLUICE_LIBSQLITE3",
  .files = files,
  .missing =
      "SQLite files are read and written through it; install it (Debian and Ubuntu: apt "
      "install libsqlite3-0)",
  .outdated = "version 3.37 is needed",
  .functions = functions,
  .ready = ready,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

enum { OLDEST = 3037000 }; /* PRAGMA table_list tells shadow tables from tables */

static sl_status ready(struct sl_error *err) {
  return SL_SQLITE(libversion_number)() >= OLDEST
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED, "this libsqlite3 is version %s: 3.37 is needed",
                       SL_SQLITE(libversion)());
}

sl_status sl_sqlite_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
