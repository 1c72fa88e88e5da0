/* api.c - see api.h. */
#include "sources/mongodb/api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct mongo_api mongo_api;
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;
static _Thread_local struct sl_buffer *log_sink;

void mongo_log_to(struct sl_buffer *sink) {
  log_sink = sink;
}

/* The library never prints: what libmongoc says is in its errors too, or goes to the sink. */
static void take_log(mongoc_log_level_t level, const char *domain, const char *message,
                     void *user_data) {
  (void)domain;
  (void)user_data;
  if (log_sink != NULL && level <= MONGOC_LOG_LEVEL_WARNING) {
    sl_buffer_printf(log_sink, "%s%s", log_sink->length > 0 ? "; " : "", message);
  }
}

static sl_status resolve(const char *name, void *target, struct sl_error *err) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "this libmongoc has no %s: version 1.21 or later of 1.x is needed (Debian and "
                   "Ubuntu: apt-get install libmongoc-1.0-0)",
                   name);
  }
  memcpy(target, &symbol, sizeof symbol);
  return SL_OK;
}

#define RESOLVE(name)                          \
  if (rc == SL_OK) {                           \
    rc = resolve(#name, &mongo_api.name, err); \
  }

static sl_status resolve_all(struct sl_error *err) {
  sl_status rc = SL_OK;
  MONGO_FUNCTIONS(RESOLVE)
  void *symbol = dlsym(library, "mongoc_client_default_stream_initiator");
  memcpy(&mongo_api.default_initiator, &symbol, sizeof symbol);
  return rc;
}

static sl_status open_library(struct sl_error *err) {
  const char *chosen = getenv("SLUICE_LIBMONGOC");
  const char *file = chosen != NULL && chosen[0] != '\0' ? chosen : "libmongoc-1.0.so.0";
  library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return library != NULL
             ? SL_OK
             : sl_fail(
                   err, SL_ENOTFOUND,
                   "%s cannot be opened, and MongoDB is read through it; install it (Debian and "
                   "Ubuntu: apt-get install libmongoc-1.0-0, Fedora: dnf install "
                   "mongo-c-driver-libs), or set SLUICE_LIBMONGOC to its path",
                   file);
}

sl_status mongo_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  sl_status rc = SL_OK;
  if (library == NULL) {
    rc = open_library(err);
    if (rc == SL_OK) {
      rc = resolve_all(err);
    }
    if (rc == SL_OK) {
      MONGO(mongoc_init)();
      MONGO(mongoc_log_set_handler)(take_log, NULL);
    } else if (library != NULL) {
      dlclose(library);
      library = NULL;
    }
  }
  pthread_mutex_unlock(&load_lock);
  return rc;
}
