/* api.c - see api.h. */
#include "duckdb/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#ifndef SLUICE_BUILD_LIBDUCKDB
#define SLUICE_BUILD_LIBDUCKDB "" /* the path in the build's .deps, set by CMake */
#endif

struct sl_duckdb_api sl_duckdb_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;

/* The folder of the running program, with a final slash; "" when unknown. */
static void program_folder(char out[4096]) {
  ssize_t n = readlink("/proc/self/exe", out, 4095);
  out[n < 0 ? 0 : n] = '\0';
  char *slash = strrchr(out, '/');
  if (slash != NULL) {
    slash[1] = '\0';
  }
}

static void *open_at(struct sl_buffer *looked, const char *folder, const char *file) {
  char path[8192];
  snprintf(path, sizeof path, "%s%s", folder, file);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    sl_buffer_printf(looked, "%s%s", looked->length > 0 ? ", " : "", path);
  }
  return handle;
}

static sl_status open_library(struct sl_error *err) {
  char folder[4096];
  struct sl_buffer looked = { 0 };
  const char *chosen = getenv("SLUICE_LIBDUCKDB");
  program_folder(folder);
  if (chosen != NULL && chosen[0] != '\0') {
    library = open_at(&looked, "", chosen);
  } else {
    static const char *const beside[] = { "../lib/sluice/libduckdb.so", "../lib/libduckdb.so",
                                          "libduckdb.so", "../.deps/lib/libduckdb.so" };
    for (size_t i = 0; library == NULL && i < sizeof beside / sizeof beside[0]; i++) {
      library = open_at(&looked, folder, beside[i]);
    }
    if (library == NULL && SLUICE_BUILD_LIBDUCKDB[0] != '\0') {
      library = open_at(&looked, "", SLUICE_BUILD_LIBDUCKDB);
    }
    if (library == NULL) {
      library = open_at(&looked, "", "libduckdb.so");
    }
  }
  sl_status rc = SL_OK;
  if (library == NULL) {
    rc = sl_fail(err, SL_ENOTFOUND,
                 "libduckdb.so cannot be opened; looked at %s. Run tools/bootstrap, or set "
                 "SLUICE_LIBDUCKDB to its path",
                 looked.data == NULL ? "nothing" : looked.data);
  }
  sl_buffer_release(&looked);
  return rc;
}

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(
        err, SL_EUNSUPPORTED,
        "this libduckdb has no %s: version 1.5.5 is needed (tools/bootstrap installs it)", name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                                        \
  if (rc == SL_OK) {                                         \
    rc = resolve("duckdb_" #name, &sl_duckdb_api.name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  SL_DUCKDB_FUNCTIONS(RESOLVE)
  return rc;
}

sl_status sl_duckdb_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  sl_status rc = SL_OK;
  if (library == NULL) {
    rc = open_library(err);
    if (rc == SL_OK) {
      rc = resolve_all(err);
    }
    if (rc != SL_OK && library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
