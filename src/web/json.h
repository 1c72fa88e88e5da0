/* json.h - small helpers for the JSON that handlers take and give. */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include <yyjson.h>

#include "web/server.h"

/* Members of an object that is being written; `first` of a new one is true. */
void web_put_text(struct sl_buffer *out, bool first, const char *name, const char *text);
void web_put_int(struct sl_buffer *out, bool first, const char *name,
                 int64_t value); /* -1 = null */
void web_put_real(struct sl_buffer *out, bool first, const char *name, double value);
void web_put_bool(struct sl_buffer *out, bool first, const char *name, bool value);
void web_put_json(struct sl_buffer *out, bool first, const char *name, const char *json);

/* The body as an object; freed with yyjson_doc_free. SL_EUSAGE: it is none. */
sl_status web_read_body(const struct web_request *request, yyjson_doc **out, struct sl_error *err);
/* A member's text, NULL = absent or null. SL_EUSAGE: it is something else. */
sl_status web_get_text(yyjson_val *object, const char *name, const char **out,
                       struct sl_error *err);
/* A member that is true; false when absent. */
bool web_get_bool(yyjson_val *object, const char *name);

#endif
