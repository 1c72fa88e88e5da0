/* json.c - see json.h. */
#include "web/json.h"

#include <inttypes.h>

#include "schema/json_text.h"

static void put_name(struct sl_buffer *out, bool first, const char *name) {
  sl_buffer_text(out, first ? "" : ", ");
  sl_json_string(out, name, strlen(name));
  sl_buffer_text(out, ": ");
}

void web_put_text(struct sl_buffer *out, bool first, const char *name, const char *text) {
  put_name(out, first, name);
  if (text == NULL) {
    sl_buffer_text(out, "null");
  } else {
    sl_json_string(out, text, strlen(text));
  }
}

void web_put_int(struct sl_buffer *out, bool first, const char *name, int64_t value) {
  put_name(out, first, name);
  if (value < 0) {
    sl_buffer_text(out, "null");
  } else {
    sl_buffer_printf(out, "%" PRId64, value);
  }
}

void web_put_real(struct sl_buffer *out, bool first, const char *name, double value) {
  put_name(out, first, name);
  sl_json_double(out, value);
}

void web_put_bool(struct sl_buffer *out, bool first, const char *name, bool value) {
  web_put_json(out, first, name, value ? "true" : "false");
}

void web_put_json(struct sl_buffer *out, bool first, const char *name, const char *json) {
  put_name(out, first, name);
  sl_buffer_text(out, json == NULL ? "null" : json);
}

sl_status web_read_body(const struct web_request *request, yyjson_doc **out, struct sl_error *err) {
  yyjson_read_err problem;
  *out = yyjson_read_opts((char *)request->body, request->length, 0, NULL, &problem);
  if (*out == NULL) {
    return sl_fail(err, SL_EUSAGE, "the body is no JSON: %s at byte %zu", problem.msg, problem.pos);
  }
  if (!yyjson_is_obj(yyjson_doc_get_root(*out))) {
    yyjson_doc_free(*out);
    *out = NULL;
    return sl_fail(err, SL_EUSAGE, "the body must be a JSON object");
  }
  return SL_OK;
}

sl_status web_get_text(yyjson_val *object, const char *name, const char **out,
                       struct sl_error *err) {
  yyjson_val *value = yyjson_obj_get(object, name);
  *out = NULL;
  if (value == NULL || yyjson_is_null(value)) {
    return SL_OK;
  }
  if (!yyjson_is_str(value)) {
    return sl_fail(err, SL_EUSAGE, "'%s' must be a text", name);
  }
  *out = yyjson_get_str(value)[0] == '\0' ? NULL : yyjson_get_str(value);
  return SL_OK;
}

bool web_get_bool(yyjson_val *object, const char *name) {
  return yyjson_is_true(yyjson_obj_get(object, name));
}
