/* api.c - see api.h. */
#include "postgres/api.h"

#include "base/library.h"

struct pg_api pg_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libpq.so.5", NULL };
static struct sl_library library = {
  .name = "the PostgreSQL client library libpq",
  .variable = "SLUICE_LIBPQ",
  .files = files,
  .missing = "install it (Debian and Ubuntu: apt install libpq5; Fedora: libpq; Alpine: libpq)",
  .outdated = "libpq of PostgreSQL 9.3 or newer is needed (Debian and Ubuntu: apt install libpq5)",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                  \
  if (rc == SL_OK) {                                                   \
    rc = sl_library_function(&library, "PQ" #name, &pg_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  PG_FUNCTIONS(RESOLVE)
  sl_library_function_if_any(&library, "PQhostaddr", &pg_api.hostaddr);
  return rc;
}

sl_status pg_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
