/* api.h - the one door to libmongoc and libbson, opened on first use.
 *
 * Nothing links against them: mongo_load opens libmongoc (which brings libbson along) with dlopen
 * and fills one table of function pointers. Calls are written as MONGO(bson_new_from_json)(…).
 * $SLUICE_LIBMONGOC names the library instead. */
#ifndef SL_SOURCES_MONGODB_API_H
#define SL_SOURCES_MONGODB_API_H

#include <mongoc/mongoc.h>

#include <sluice/error.h>

/* Every function that Sluice calls. */
/* clang-format off */
#define MONGO_FUNCTIONS(X)                                                                         \
  X(bson_append_array) X(bson_append_array_begin) X(bson_append_array_end) X(bson_append_bool)     \
  X(bson_append_document) X(bson_append_document_begin) X(bson_append_document_end)                \
  X(bson_append_double) X(bson_append_int32) X(bson_append_int64) X(bson_append_timestamp)         \
  X(bson_append_utf8) X(bson_append_value) X(bson_as_canonical_extended_json) X(bson_concat)       \
  X(bson_copy_to) X(bson_count_keys) X(bson_destroy) X(bson_free) X(bson_get_data) X(bson_has_field) \
  X(bson_init) X(bson_init_static) X(bson_iter_array) X(bson_iter_as_int64) X(bson_iter_bool)      \
  X(bson_iter_document) X(bson_iter_find_descendant) X(bson_iter_init) X(bson_iter_init_find)      \
  X(bson_iter_key) X(bson_iter_next) X(bson_iter_recurse) X(bson_iter_timestamp) X(bson_iter_type) \
  X(bson_iter_utf8) X(bson_iter_value) X(bson_new_from_json)                                       \
  X(mongoc_client_command_with_opts) X(mongoc_client_destroy)                                      \
  X(mongoc_client_new_from_uri_with_error) X(mongoc_client_read_command_with_opts)                 \
  X(mongoc_client_select_server) X(mongoc_client_session_append) X(mongoc_client_session_destroy)  \
  X(mongoc_client_session_get_lsid) X(mongoc_client_set_appname) X(mongoc_client_set_error_api)    \
  X(mongoc_client_set_stream_initiator) X(mongoc_client_start_session) X(mongoc_init)              \
  X(mongoc_log_set_handler) X(mongoc_server_description_destroy)                                   \
  X(mongoc_server_description_hello_response) X(mongoc_server_description_host)                    \
  X(mongoc_server_description_id) X(mongoc_session_opts_destroy) X(mongoc_session_opts_new)        \
  X(mongoc_session_opts_set_causal_consistency) X(mongoc_socket_getsockname)                       \
  X(mongoc_stream_get_base_stream) X(mongoc_stream_socket_get_socket) X(mongoc_uri_destroy)        \
  X(mongoc_uri_get_database) X(mongoc_uri_get_option_as_int32) X(mongoc_uri_get_read_prefs_t)      \
  X(mongoc_uri_new_with_error) X(mongoc_uri_set_option_as_int32) X(mongoc_uri_set_option_as_utf8)
/* clang-format on */

/* Makes the connections of a client. Exported by the library, but in no public header; without it
 * a read that waits for the server can be stopped only by the server. */
typedef mongoc_stream_t *mongo_initiator(const mongoc_uri_t *uri, const mongoc_host_list_t *host,
                                         void *user_data, bson_error_t *error);

#define MONGO_MEMBER(name) __typeof__(&(name)) name;
struct mongo_api {
  MONGO_FUNCTIONS(MONGO_MEMBER)
  mongo_initiator *default_initiator; /* NULL: this library does not export it */
};
extern struct mongo_api mongo_api;
#define MONGO(name) mongo_api.name

/* Any thread, any number of times. SL_ENOTFOUND: there is no such library; SL_EUNSUPPORTED: it is
 * too old. Both say which package has it. */
sl_status mongo_load(struct sl_error *err);

/* What libmongoc logs on this thread goes to `sink` from now on; NULL = nowhere. */
struct sl_buffer;
void mongo_log_to(struct sl_buffer *sink);

#endif
