/* json.c - see json.h. */
#include "web/json.h"

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
