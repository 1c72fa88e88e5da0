/* api.c - see api.h. */
#include "duckdb/api.h"

#include "base/library.h"

struct sl_duckdb_api sl_duckdb_api;
static sl_status resolve(struct sl_error *err);
static const char *const files[] = {
  "@/../lib/sluice/libduckdb.so", "@/../lib/libduckdb.so", "@/libduckdb.so",
  "@/../.deps/lib/libduckdb.so",  "libduckdb.so",          NULL
};
static struct sl_library library = {
  .name = "libduckdb",
  .variable = "SLUICE_LIBDUCKDB",
  .files = files,
  .missing = "run tools/bootstrap",
  .outdated = "version 1.5.5 is needed (tools/bootstrap installs it)",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

#define RESOLVE(name)                                                              \
  if (rc == SL_OK) {                                                               \
    rc = sl_library_function(&library, "duckdb_" #name, &sl_duckdb_api.name, err); \
  }

static sl_status resolve(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_DUCKDB_FUNCTIONS(RESOLVE)
  return rc;
}

sl_status sl_duckdb_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
