/* api.c - see api.h. */
#include "sqlite/api.h"

#include "base/library.h"

struct sl_sqlite_api sl_sqlite_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libsqlite3.so.0", NULL };
static struct sl_library library = {
  .name = "libsqlite3",
  .variable = "SLUICE_LIBSQLITE3",
  .files = files,
  .missing =
      "SQLite files are read and written through it; install it (Debian and Ubuntu: apt "
      "install libsqlite3-0)",
  .outdated = "version 3.37 is needed",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

enum { OLDEST = 3037000 }; /* PRAGMA table_list tells shadow tables from tables */

#define RESOLVE(name)                                                               \
  if (rc == SL_OK) {                                                                \
    rc = sl_library_function(&library, "sqlite3_" #name, &sl_sqlite_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_SQLITE_FUNCTIONS(RESOLVE)
  if (rc == SL_OK && SL_SQLITE(libversion_number)() < OLDEST) {
    rc = sl_fail(err, SL_EUNSUPPORTED, "this libsqlite3 is version %s: 3.37 is needed",
                 SL_SQLITE(libversion)());
  }
  return rc;
}

sl_status sl_sqlite_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
