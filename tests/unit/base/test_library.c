/* Libraries that are opened at first use, and what is said when they cannot be. */
#include "base/library.h"

#include <stdlib.h>

#include "unit/test.h"

static int (*absolute)(int);
static int (*nothing)(void);
static struct sl_library_function functions[] = {
  { "no_such_function", &nothing, true },
  { "abs", &absolute, false },
  { NULL, NULL, false },
};
static int readied;
static sl_status ready(struct sl_error *err) {
  (void)err;
  readied++;
  return SL_OK;
}
static const char *const files[] = { "libno-such.so.1", "@/libbeside.so", "libc.so.6", NULL };

static struct sl_library library = {
  .name = "libtest",
  .variable = "SLUICE_LIBTEST",
  .files = files,
  .missing = "install the package test",
  .outdated = "version 2 is needed",
  .functions = functions,
  .ready = ready,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};

TEST(missing_then_there) {
  struct sl_error err = { 0 };
  setenv("SLUICE_LIBTEST", "/no/libtest.so", 1);
  CHECK_INT("code", sl_library_load(&library, &err), SL_ENOTFOUND);
  CHECK_STR("message", err.message,
            "libtest cannot be opened (looked for /no/libtest.so): install the package "
            "test, or set SLUICE_LIBTEST to its path");
  unsetenv("SLUICE_LIBTEST");
  functions[0].if_any = false;
  CHECK_INT("code", sl_library_load(&library, &err), SL_EUNSUPPORTED);
  CHECK_STR("message", err.message, "this libtest has no no_such_function: version 2 is needed");
  CHECK(library.handle == NULL);
  functions[0].if_any = true;
  CHECK_OK(sl_library_load(&library, &err), &err);
  CHECK_OK(sl_library_load(&library, &err), &err);
  CHECK(absolute(-3) == 3 && nothing == NULL && readied == 1);
}
