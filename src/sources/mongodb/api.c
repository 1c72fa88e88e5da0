/* api.c - see api.h. */
#include "sources/mongodb/api.h"

#include "base/library.h"
#include "base/text.h"

struct mongo_api mongo_api;
static sl_status ready(struct sl_error *err);
static const char *const files[] = { "libmongoc-1.0.so.0", NULL };
/* clang-format off */
#define ENTRY(name) { "" #name, &mongo_api.name, false },
static const struct sl_library_function functions[] = {
  MONGO_FUNCTIONS(ENTRY)
  { "mongoc_client_default_stream_initiator", &mongo_api.default_initiator, true },
  { NULL, NULL, false }
};
/* clang-format on */
static struct sl_library library = {
  .name = "libmongoc",
  .variable = "SLUICE_LIBMONGOC",
  .files = files,
  .missing =
      "MongoDB is read through it; install it (Debian and Ubuntu: apt-get install "
      "libmongoc-1.0-0, Fedora: dnf install mongo-c-driver-libs)",
  .outdated =
      "version 1.21 or later of 1.x is needed (Debian and Ubuntu: apt-get install "
      "libmongoc-1.0-0)",
  .functions = functions,
  .ready = ready,
  .lock = PTHREAD_MUTEX_INITIALIZER,
};
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

static sl_status ready(struct sl_error *err) {
  (void)err;
  MONGO(mongoc_init)();
  MONGO(mongoc_log_set_handler)(take_log, NULL);
  return SL_OK;
}

sl_status mongo_load(struct sl_error *err) {
  return sl_library_load(&library, err);
}
