/* api.c - see api.h. */
#include "duckdb/api.h"

#include "base/library.h"

struct sl_duckdb_api sl_duckdb_api;
static const char *const files[] = {
  "@/../lib/sluice/libduckdb.so", "@/../lib/libduckdb.so", "@/libduckdb.so",
  "@/../.deps/lib/libduckdb.so",  "libduckdb.so",          NULL
};
/* clang-format off */
#define ENTRY(name) { "duckdb_" #name, &sl_duckdb_api.name, false },
static const struct sl_library_function functions[] = {
  SL_DUCKDB_FUNCTIONS(ENTRY)
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libduckdb",
  .variable = "SLUICE_LIBDUCKDB",
  .files = files,
  .missing = "run tools/bootstrap",
  .outdated = "version 1.5.5 is needed (tools/bootstrap installs it)",
  .functions = functions,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

sl_status sl_duckdb_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
