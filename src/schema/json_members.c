/* json_members.c - members of JSON objects that are written piece by piece, see json_text.h. */
#include <inttypes.h>

#include "schema/json_text.h"

void sl_json_text(struct sl_buffer *out, const char *text) {
  if (text == NULL) {
    sl_buffer_text(out, "null");
  } else {
    sl_json_string(out, text, strlen(text));
  }
}

void sl_json_member(struct sl_buffer *out, bool first, const char *name) {
  sl_buffer_text(out, first ? "" : ", ");
  sl_json_text(out, name);
  sl_buffer_text(out, ": ");
}

void sl_json_member_text(struct sl_buffer *out, bool first, const char *name, const char *text) {
  sl_json_member(out, first, name);
  sl_json_text(out, text);
}

void sl_json_member_count(struct sl_buffer *out, bool first, const char *name, int64_t count) {
  sl_json_member(out, first, name);
  if (count < 0) {
    sl_buffer_text(out, "null");
  } else {
    sl_buffer_printf(out, "%" PRId64, count);
  }
}

void sl_json_member_real(struct sl_buffer *out, bool first, const char *name, double value) {
  sl_json_member(out, first, name);
  sl_json_double(out, value);
}

void sl_json_member_bool(struct sl_buffer *out, bool first, const char *name, bool value) {
  sl_json_member_json(out, first, name, value ? "true" : "false");
}

void sl_json_member_json(struct sl_buffer *out, bool first, const char *name, const char *json) {
  sl_json_member(out, first, name);
  sl_buffer_text(out, json == NULL ? "null" : json);
}
