/* api.c - see api.h. */
#include "postgres/api.h"

#include "base/library.h"

struct pg_api pg_api;
static const char *const files[] = { "libpq.so.5", NULL };
/* clang-format off */
#define ENTRY(name) { "PQ" #name, &pg_api.name, false },
static const struct sl_library_function functions[] = {
  PG_FUNCTIONS(ENTRY)
  { "PQhostaddr", &pg_api.hostaddr, true },
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "the PostgreSQL client library libpq",
  .variable = "SLUICE_LIBPQ",
  .files = files,
  .missing = "install it (Debian and Ubuntu: apt install libpq5; Fedora: libpq; Alpine: libpq)",
  .outdated = "libpq of PostgreSQL 9.3 or newer is needed (Debian and Ubuntu: apt install libpq5)",
  .functions = functions,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

sl_status pg_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
