/* json.h - the JSON that handlers are given; what they answer is written with schema/json_text.h.
 */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include <yyjson.h>

#include "web/server.h"

/* The body as an object; freed with yyjson_doc_free. SL_EUSAGE: it is none. */
sl_status web_read_body(const struct web_request *request, yyjson_doc **out, struct sl_error *err);
/* A member's text, NULL = absent or null. SL_EUSAGE: it is something else. */
sl_status web_get_text(yyjson_val *object, const char *name, const char **out,
                       struct sl_error *err);
/* A member that is true; false when absent. */
bool web_get_bool(yyjson_val *object, const char *name);

#endif
