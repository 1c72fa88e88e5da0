/* Libraries that are opened at first use, and what is said when they cannot be. */
#include "base/library.h"

#include <stdlib.h>

#include "unit/test.h"

static int (*absolute)(int);
static int (*nothing)(void);
static const char *wanted = "abs";
static sl_status resolve(struct sl_error *err);
static const char *const files[] = { "libno-such.so.1", "@/libbeside.so", "libc.so.6", NULL };

static struct sl_library library = {
  .name = "libtest",
  .variable = "SLUICE_LIBTEST",
  .files = files,
  .missing = "install the package test",
  .outdated = "version 2 is needed",
  .resolve = resolve,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

static sl_status resolve(struct sl_error *err) {
  sl_library_function_if_any(&library, "no_such_function", &nothing);
  return sl_library_function(&library, wanted, &absolute, err);
}

TEST(missing_then_there) {
  struct sl_error err = { 0 };
  setenv("SLUICE_LIBTEST", "/no/libtest.so", 1);
  CHECK_INT("code", sl_library_load(&library, &err), SL_ENOTFOUND);
  CHECK_STR("message", err.message,
            "libtest cannot be opened (looked for /no/libtest.so): install the package "
            "test, or set SLUICE_LIBTEST to its path");
  unsetenv("SLUICE_LIBTEST");
  wanted = "no_such_function";
  CHECK_INT("code", sl_library_load(&library, &err), SL_EUNSUPPORTED);
  CHECK_STR("message", err.message, "this libtest has no no_such_function: version 2 is needed");
  CHECK(library.handle == NULL);
  wanted = "abs";
  CHECK_OK(sl_library_load(&library, &err), &err);
  CHECK_OK(sl_library_load(&library, &err), &err);
  CHECK(absolute(-3) == 3 && nothing == NULL);
}
