/* connect.c - client, server and session; cutting a connection from another thread. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "sources/mongodb/internal.h"

/* ---- sockets ---- */

/* libmongoc tells nobody its sockets, but what their own end is called; the descriptor is the first
 * member of its structure, and is taken only when it has that name. */
static void remember_socket(struct mongo_session *s, mongoc_stream_t *stream) {
  mongoc_stream_t *base;
  struct sockaddr_storage told = { 0 };
  struct sockaddr_storage own = { 0 };
  mongoc_socklen_t told_length = sizeof told;
  socklen_t own_length = sizeof own;
  int descriptor = -1;
  while ((base = MONGO(mongoc_stream_get_base_stream)(stream)) != NULL && base != stream) {
    stream = base;
  }
  mongoc_socket_t *socket =
      MONGO(mongoc_stream_socket_get_socket)((mongoc_stream_socket_t *)stream);
  if (socket == NULL ||
      MONGO(mongoc_socket_getsockname)(socket, (struct sockaddr *)&told, &told_length) != 0) {
    return;
  }
  memcpy(&descriptor, socket, sizeof descriptor);
  bool same = descriptor > 2 &&
              getsockname(descriptor, (struct sockaddr *)&own, &own_length) == 0 &&
              own_length == told_length && memcmp(&own, &told, own_length) == 0;
  pthread_mutex_lock(&s->lock);
  s->socket = same ? descriptor : -1;
  s->address = own;
  s->address_length = own_length;
  pthread_mutex_unlock(&s->lock);
}

/* libmongoc says only that a connection failed. Asked again, the system says why, unless nothing
 * answers there: that took its time already. */
static void explain(const mongoc_host_list_t *host, int64_t nanos, bson_error_t *error) {
  enum { SOON = 500000000 }; /* nanoseconds */
  struct addrinfo hints = { .ai_family = host->family, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  char port[8];
  const char *reason = "timed out";
  snprintf(port, sizeof port, "%u", host->port);
  if (strstr(error->message, "Failed to connect") == NULL) {
    return;
  }
  if (nanos < SOON && getaddrinfo(host->host, port, &hints, &found) == 0) {
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool up = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    reason = up ? "closed at once" : errno == ECONNREFUSED ? "connection refused" : "not reachable";
    if (fd >= 0) {
      close(fd);
    }
    freeaddrinfo(found);
  }
  size_t used = strlen(error->message);
  snprintf(error->message + used, sizeof error->message - used, " (%s)", reason);
}

static mongoc_stream_t *initiate(const mongoc_uri_t *uri, const mongoc_host_list_t *host,
                                 void *user_data, bson_error_t *error) {
  struct mongo_session *s = user_data;
  if (mongo_is_cancelled(s)) {
    error->domain = MONGOC_ERROR_STREAM;
    error->code = MONGOC_ERROR_STREAM_CONNECT;
    snprintf(error->message, sizeof error->message, "stopped");
    return NULL;
  }
  int64_t began = sl_monotonic_nanos();
  mongoc_stream_t *stream = mongo_api.default_initiator(uri, host, s->client, error);
  if (stream != NULL) {
    remember_socket(s, stream);
  } else if (host->family != AF_UNIX) {
    explain(host, sl_monotonic_nanos() - began, error);
  }
  return stream;
}

bool mongo_is_cancelled(struct mongo_session *s) {
  pthread_mutex_lock(&s->lock);
  bool cancelled = s->cancelled;
  pthread_mutex_unlock(&s->lock);
  return cancelled;
}

void mongo_cancel(struct sl_db_session *base) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct sockaddr_storage now = { 0 };
  socklen_t length = sizeof now;
  pthread_mutex_lock(&s->lock);
  s->cancelled = true;
  /* The descriptor may have been closed, and given to somebody else, in the meantime. */
  if (s->socket >= 0 && getsockname(s->socket, (struct sockaddr *)&now, &length) == 0 &&
      length == s->address_length && memcmp(&now, &s->address, length) == 0) {
    shutdown(s->socket, SHUT_RDWR);
  }
  pthread_mutex_unlock(&s->lock);
}

/* ---- the server ---- */

static void describe_server(struct mongo_session *s, const mongoc_server_description_t *server) {
  const mongoc_host_list_t *host =
      MONGO(mongoc_server_description_host)((mongoc_server_description_t *)server);
  const bson_t *hello = MONGO(mongoc_server_description_hello_response)(server);
  bson_iter_t found;
  s->server = MONGO(mongoc_server_description_id)(server);
  snprintf(s->host, sizeof s->host, "%s", host->host_and_port);
  s->wire_version = MONGO(bson_iter_init_find)(&found, hello, "maxWireVersion")
                        ? (int)MONGO(bson_iter_as_int64)(&found)
                        : 0;
  s->replicated = MONGO(bson_iter_init_find)(&found, hello, "setName") ||
                  (MONGO(bson_iter_init_find)(&found, hello, "msg") &&
                   MONGO(bson_iter_type)(&found) == BSON_TYPE_UTF8 &&
                   strcmp(MONGO(bson_iter_utf8)(&found, NULL), "isdbgrid") == 0);
}

sl_status mongo_select(struct mongo_session *s, struct sl_error *err) {
  bson_error_t problem = { 0 };
  const mongoc_read_prefs_t *preference = MONGO(mongoc_uri_get_read_prefs_t)(s->uri);
  mongoc_server_description_t *server =
      MONGO(mongoc_client_select_server)(s->client, false, preference, &problem);
  if (server == NULL) {
    return mongo_fail_connect(s, &problem, err);
  }
  describe_server(s, server);
  MONGO(mongoc_server_description_destroy)(server);
  return SL_OK;
}

/* Servers end the cursors of a session with it; some have no sessions. */
static void start_session(struct mongo_session *s) {
  bson_error_t ignored;
  mongoc_session_opt_t *options = MONGO(mongoc_session_opts_new)();
  MONGO(mongoc_session_opts_set_causal_consistency)(options, false);
  s->session = MONGO(mongoc_client_start_session)(s->client, options, &ignored);
  MONGO(mongoc_session_opts_destroy)(options);
}

/* The first command logs in. */
static sl_status greet(struct mongo_session *s, struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  bson_t reply;
  MONGO(bson_append_int32)(&command, "ping", -1, 1);
  sl_status rc = mongo_command(s, "admin", &command, &reply, err);
  MONGO(bson_destroy)(&reply);
  MONGO(bson_destroy)(&command);
  return rc;
}

static sl_status open_client(struct mongo_session *s, struct sl_error *err) {
  bson_error_t problem = { 0 };
  struct sl_buffer log = { 0 };
  mongo_log_to(&log); /* a failed look-up of an SRV record is only logged */
  s->client = MONGO(mongoc_client_new_from_uri_with_error)(s->uri, &problem);
  mongo_log_to(NULL);
  if (s->client == NULL) {
    sl_status rc = mongo_fail_connect(s, &problem, err);
    sl_buffer_release(&log);
    return rc;
  }
  sl_buffer_release(&log);
  MONGO(mongoc_client_set_error_api)(s->client, MONGOC_ERROR_API_VERSION_2);
  MONGO(mongoc_client_set_appname)(s->client, "sluice");
  if (mongo_api.default_initiator != NULL) {
    MONGO(mongoc_client_set_stream_initiator)(s->client, initiate, s);
  }
  sl_status rc = mongo_select(s, err);
  if (rc == SL_OK) {
    rc = greet(s, err);
  }
  if (rc == SL_OK) {
    start_session(s);
  }
  return rc;
}

static void set_default(mongoc_uri_t *uri, const char *option, int64_t value) {
  if (MONGO(mongoc_uri_get_option_as_int32)(uri, option, -1) == -1) {
    MONGO(mongoc_uri_set_option_as_int32)(uri, option, (int32_t)value);
  }
}

static sl_status parse_url(struct mongo_session *s, struct sl_error *err) {
  struct sl_buffer log = { 0 };
  sl_status rc =
      mongo_parse_url(s->config->scheme, s->config->location, &s->uri, &s->uuid, &log, err);
  if (rc == SL_OK && log.length > 0 && s->leads && s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg, log.data); /* options that libmongoc does not know */
  }
  if (rc == SL_OK) {
    int64_t millis = s->settings->common.connect_timeout * 1000;
    set_default(s->uri, MONGOC_URI_CONNECTTIMEOUTMS, millis);
    set_default(s->uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, millis);
  }
  sl_buffer_release(&log);
  return rc;
}

static enum mongo_special special_of(const char *text) {
  return strcmp(text, "null") == 0    ? MONGO_SPECIAL_NULL
         : strcmp(text, "error") == 0 ? MONGO_SPECIAL_ERROR
                                      : MONGO_SPECIAL_VARIANT;
}

sl_status mongo_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                        struct sl_db_session **out, struct sl_error *err) {
  *out = NULL;
  sl_status rc = mongo_load(err);
  struct mongo_session *s = rc == SL_OK ? calloc(1, sizeof *s) : NULL;
  struct mongo_snapshot *snapshot = NULL;
  if (rc == SL_OK && s != NULL && leader == NULL) {
    snapshot = calloc(1, sizeof *snapshot);
  }
  if (rc != SL_OK || s == NULL || (leader == NULL && snapshot == NULL)) {
    free(s);
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a connection");
  }
  s->base.driver = &mongo_driver;
  s->config = config;
  s->settings = config->own;
  s->socket = -1;
  s->leads = leader == NULL;
  s->snapshot = s->leads ? snapshot : ((struct mongo_session *)leader)->snapshot;
  s->writer.special = special_of(config->settings->special_values);
  pthread_mutex_init(&s->lock, NULL);
  if (s->leads) {
    pthread_mutex_init(&s->snapshot->lock, NULL);
  }
  rc = parse_url(s, err);
  if (rc == SL_OK) {
    rc = open_client(s, err);
  }
  s->writer.uuid = s->uuid;
  if (rc != SL_OK) {
    mongo_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

void mongo_kill_cut_cursor(struct mongo_session *s) {
  bson_error_t ignored;
  bson_t command = BSON_INITIALIZER;
  bson_t list;
  bson_t reply;
  MONGO(mongoc_uri_set_option_as_int32)(s->uri, MONGOC_URI_CONNECTTIMEOUTMS, 1000);
  MONGO(mongoc_uri_set_option_as_int32)(s->uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 1000);
  MONGO(mongoc_uri_set_option_as_int32)(s->uri, MONGOC_URI_SOCKETTIMEOUTMS, 1000);
  mongoc_client_t *client = MONGO(mongoc_client_new_from_uri_with_error)(s->uri, &ignored);
  if (client != NULL) {
    MONGO(bson_append_utf8)(&command, "killCursors", -1, s->reader.collection, -1);
    MONGO(bson_append_array_begin)(&command, "cursors", -1, &list);
    MONGO(bson_append_int64)(&list, "0", -1, s->reader.cursor);
    MONGO(bson_append_array_end)(&command, &list);
    MONGO(mongoc_client_command_with_opts)
    (client, mongo_database(s, s->reader.table), &command,
     MONGO(mongoc_uri_get_read_prefs_t)(s->uri), NULL, &reply, &ignored);
    MONGO(bson_destroy)(&reply);
    MONGO(mongoc_client_destroy)(client);
  }
  MONGO(bson_destroy)(&command);
}

void mongo_close(struct sl_db_session *base) {
  struct mongo_session *s = (struct mongo_session *)base;
  mongo_finish(base);
  if (s->session != NULL) {
    MONGO(mongoc_client_session_destroy)(s->session);
  }
  if (s->client != NULL) {
    MONGO(mongoc_client_destroy)(s->client);
  }
  if (s->uri != NULL) {
    MONGO(mongoc_uri_destroy)(s->uri);
  }
  if (s->leads) {
    pthread_mutex_destroy(&s->snapshot->lock);
    free(s->snapshot);
  }
  sl_buffer_release(&s->writer.out);
  pthread_mutex_destroy(&s->lock);
  free(s);
}
