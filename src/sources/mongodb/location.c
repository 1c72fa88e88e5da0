/* location.c - the URL, and what can be said of the settings before anybody is asked. */
#include <stdlib.h>
#include <strings.h>

#include "sources/mongodb/internal.h"

/* uuidRepresentation is an option of other drivers' URLs that libmongoc does not know: it is taken
 * out of the text. */
static sl_status take_uuid_option(char *url, enum mongo_uuid *out, struct sl_error *err) {
  static const struct {
    const char *name;
    enum mongo_uuid uuid;
  } known[] = { { "unspecified", MONGO_UUID_BYTES },
                { "standard", MONGO_UUID_BYTES },
                { "pythonLegacy", MONGO_UUID_PYTHON },
                { "javaLegacy", MONGO_UUID_JAVA },
                { "csharpLegacy", MONGO_UUID_CSHARP } };
  static const char name[] = "uuidRepresentation=";
  char *at = strchr(url, '?');
  *out = MONGO_UUID_BYTES;
  while (at != NULL && strncasecmp(at + 1, name, sizeof name - 1) != 0) {
    at = strchr(at + 1, '&');
  }
  if (at == NULL) {
    return SL_OK;
  }
  char *value = at + sizeof name;
  size_t length = strcspn(value, "&");
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strlen(known[i].name) == length && strncasecmp(known[i].name, value, length) == 0) {
      *out = known[i].uuid;
      size_t skip = value[length] == '&' ? 1 : 0; /* "?a&b" becomes "?b", "?a" becomes "?" */
      memmove(skip > 0 ? at + 1 : at + (*at == '?'), value + length + skip,
              strlen(value + length + skip) + 1);
      return SL_OK;
    }
  }
  return sl_fail(err, SL_EUSAGE,
                 "uuidRepresentation=%.*s: choose standard, pythonLegacy, javaLegacy or "
                 "csharpLegacy",
                 (int)length, value);
}

sl_status mongo_parse_url(const char *scheme, const char *location, mongoc_uri_t **out,
                          enum mongo_uuid *uuid, struct sl_buffer *log, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  bson_error_t problem = { 0 };
  *out = NULL;
  sl_buffer_printf(&text, "%s:%s", scheme, location);
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = take_uuid_option(text.data, uuid, err);
  }
  if (rc == SL_OK) {
    mongo_log_to(log);
    *out = MONGO(mongoc_uri_new_with_error)(text.data, &problem);
    mongo_log_to(NULL);
  }
  if (rc == SL_OK && *out == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "the URL cannot be read: %s; it looks like %s://user:password@host%s/database, "
                 "with special characters in percent signs",
                 log->length > 0 ? log->data : problem.message, scheme,
                 strcmp(scheme, "mongodb") == 0 ? ":27017" : "");
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status mongo_check(const char *scheme, const char *location,
                      const struct sl_db_settings *settings, struct sl_error *err) {
  struct sl_buffer log = { 0 };
  mongoc_uri_t *uri = NULL;
  enum mongo_uuid uuid;
  bson_t *parsed = NULL;
  sl_status rc = mongo_load(err);
  if (rc == SL_OK) {
    rc = mongo_parse_url(scheme, location, &uri, &uuid, &log, err);
  }
  if (rc == SL_OK && settings->schema == NULL && MONGO(mongoc_uri_get_database)(uri) == NULL) {
    rc = sl_fail(err, SL_EUSAGE,
                 "the URL names no database: write %s://…/DATABASE, or choose databases with "
                 "--schema",
                 scheme);
  }
  if (rc == SL_OK && settings->where != NULL) {
    rc = mongo_parse(settings->where, "--where (a filter)", &parsed, err);
  }
  if (rc == SL_OK && settings->query != NULL) {
    rc = mongo_check_query(settings->query, err);
  }
  if (parsed != NULL) {
    MONGO(bson_destroy)(parsed);
  }
  if (uri != NULL) {
    MONGO(mongoc_uri_destroy)(uri);
  }
  sl_buffer_release(&log);
  return rc;
}
