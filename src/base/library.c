/* library.c - see library.h. */
#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* The folder of the running program, with a final slash; "" when unknown. */
static void program_folder(char out[4096]) {
  ssize_t n = readlink("/proc/self/exe", out, 4095);
  out[n < 0 ? 0 : n] = '\0';
  char *slash = strrchr(out, '/');
  if (slash != NULL) {
    slash[1] = '\0';
  }
}

static void *open_file(const char *file, struct sl_buffer *looked) {
  char folder[4096] = "";
  char path[8192];
  bool beside = file[0] == '@';
  if (beside) {
    program_folder(folder);
  }
  snprintf(path, sizeof path, "%s%s", folder, beside ? file + 2 : file);
  /* Lazy: libduckdb has calls between its own functions by the ten thousand, whose names would all
   * be looked up first. What we call of it is looked up by name anyway, and missed at once. */
  void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (handle == NULL) {
    sl_buffer_printf(looked, "%s%s", looked->length > 0 ? ", " : "", path);
  }
  return handle;
}

static sl_status open_library(struct sl_library *library, struct sl_error *err) {
  const char *chosen = getenv(library->variable);
  struct sl_buffer looked = { 0 };
  if (chosen != NULL && chosen[0] != '\0') {
    library->handle = open_file(chosen, &looked);
  } else {
    for (size_t i = 0; library->handle == NULL && library->files[i] != NULL; i++) {
      library->handle = open_file(library->files[i], &looked);
    }
  }
  sl_status rc = library->handle != NULL
                     ? SL_OK
                     : sl_fail(err, SL_ENOTFOUND,
                               "%s cannot be opened (looked for %s): %s, or set %s to its path",
                               library->name, looked.data == NULL ? "nothing" : looked.data,
                               library->missing, library->variable);
  sl_buffer_release(&looked);
  return rc;
}

static sl_status find_functions(const struct sl_library *library, struct sl_error *err) {
  for (const struct sl_library_function *f = library->functions; f->name != NULL; f++) {
    void *symbol = dlsym(library->handle, f->name);
    if (symbol == NULL && !f->if_any) {
      return sl_fail(err, SL_EUNSUPPORTED, "this %s has no %s: %s", library->name, f->name,
                     library->outdated);
    }
    memcpy(f->target, &symbol, sizeof symbol); /* an object pointer into one to a function */
  }
  return SL_OK;
}

sl_status sl_library_load(struct sl_library *library, struct sl_error *err) {
  sl_status rc = SL_OK;
  pthread_mutex_lock(&library->lock);
  if (library->handle == NULL) {
    rc = open_library(library, err);
    if (rc == SL_OK) {
      rc = find_functions(library, err);
    }
    if (rc == SL_OK && library->ready != NULL) {
      rc = library->ready(err);
    }
    if (rc != SL_OK && library->handle != NULL) {
      dlclose(library->handle);
      library->handle = NULL;
    }
  }
  pthread_mutex_unlock(&library->lock);
  return rc;
}
