/* typed.c - see typed.h. */
#include "normalize/typed.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "schema/coerce.h"

bool nz_read_timestamp(struct sl_text text, int64_t *micros, bool *zoned) {
  struct sl_iso iso;
  struct sl_decimal count;
  if (text.length > 1 && text.data[0] == '@') {
    *zoned = true;
    return sl_decimal_parse((struct sl_text){ text.data + 1, text.length - 1 }, &count) &&
           sl_decimal_to_int64(count, micros);
  }
  if (!sl_iso_parse(text, &iso) || iso.kind != SL_ISO_TIMESTAMP) {
    return false;
  }
  *micros = iso.micros;
  *zoned = iso.has_zone;
  return true;
}

static bool read_date(struct sl_text text, struct sl_value *out) {
  struct sl_iso iso;
  bool ok = sl_iso_parse(text, &iso) && iso.kind == SL_ISO_DATE;
  out->as.integer = ok ? iso.days : 0;
  return ok;
}

static bool read_time(struct sl_text text, struct sl_value *out) {
  struct sl_iso iso;
  bool ok = sl_iso_parse(text, &iso) && iso.kind == SL_ISO_TIME;
  out->as.integer = ok ? iso.micros : 0;
  return ok;
}

/* "0x0a" and "0a" alike: what sl_coerce reads as bytes begins with 0x. */
static bool read_hex(struct sl_text text, struct sl_buffer *scratch, struct sl_value *out) {
  struct sl_buffer prefixed = { 0 };
  bool has_prefix = text.length >= 2 && text.data[0] == '0' && text.data[1] == 'x';
  sl_buffer_text(&prefixed, has_prefix ? "" : "0x");
  sl_buffer_append(&prefixed, text.data, text.length);
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = { prefixed.data, prefixed.length } };
  bool ok = !prefixed.failed && sl_coerce(&in, SL_TYPE_BINARY, out, scratch);
  sl_buffer_release(&prefixed);
  return ok;
}

static bool read_as(struct sl_text text, enum sl_type type, bool hex, struct sl_buffer *scratch,
                    struct sl_value *out) {
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = text };
  out->type = type;
  switch (type) {
    case SL_TYPE_DECIMAL: return sl_decimal_parse(text, &out->as.decimal);
    case SL_TYPE_WEI: return sl_decimal_parse(text, &out->as.decimal) && out->as.decimal.scale == 0;
    case SL_TYPE_TIMESTAMP: return nz_read_timestamp(text, &out->as.integer, &out->zoned);
    case SL_TYPE_DATE: return read_date(text, out);
    case SL_TYPE_TIME: return read_time(text, out);
    case SL_TYPE_BINARY:
      return hex ? read_hex(text, scratch, out) : sl_coerce(&in, type, out, scratch);
    default: out->as.text = text; return true;
  }
}

bool nz_read_marked(struct sl_text marked, struct sl_buffer *scratch, struct sl_value *out,
                    enum sl_type *meant) {
  static const enum sl_type types[] = { SL_TYPE_DECIMAL, SL_TYPE_TIMESTAMP, SL_TYPE_DATE,
                                        SL_TYPE_TEXT,    SL_TYPE_BINARY,    SL_TYPE_BINARY,
                                        SL_TYPE_WEI,     SL_TYPE_TIME,      SL_TYPE_TEXT };
  unsigned mark = (unsigned char)marked.data[2];
  struct sl_text text = { marked.data + NZ_MARK_BYTES, marked.length - NZ_MARK_BYTES };
  *out = (struct sl_value){ 0 };
  *meant = SL_TYPE_NONE;
  sl_buffer_reset(scratch);
  enum sl_type type = types[mark - NZ_MARK_DECIMAL];
  if (!read_as(text, type, mark == NZ_MARK_HEX, scratch, out)) {
    *meant = type;
    *out = (struct sl_value){ .type = SL_TYPE_TEXT, .as.text = text };
  }
  out->hex = mark == NZ_MARK_HEX && out->as.text.length > 0; /* MongoDB's empty bytes are so, too */
  return !scratch->failed;
}

/* ---- plain JSON ---- */

/* What was changed for writing, to be put back: hashes of rows are made of the values as they came.
 */
struct change {
  yyjson_val *value, before;
};

/* All values inside a container follow it in memory. */
static size_t hide_marks(yyjson_val *value, struct change **changes, size_t *capacity, bool *ok) {
  size_t n = 0;
  const yyjson_val *end = unsafe_yyjson_get_next(value);
  for (yyjson_val *v = value; *ok && v < end; v++) {
    const char *text = v->uni.str;
    bool marked = yyjson_is_str(v) && nz_is_marked(text, yyjson_get_len(v));
    bool named = yyjson_is_raw(v) && strchr("NnIi", text[text[0] == '-']) != NULL;
    if (!marked && !named) {
      continue;
    }
    if (sl_grow(changes, capacity, n + 1, sizeof **changes, NULL) != SL_OK) {
      *ok = false;
      break;
    }
    (*changes)[n++] = (struct change){ v, *v };
    size_t skip = marked ? NZ_MARK_BYTES : 0;
    unsafe_yyjson_set_strn(v, text + skip, yyjson_get_len(v) - skip);
  }
  return n;
}

bool nz_write_json(yyjson_val *value, bool typed, struct sl_buffer *out) {
  struct change *changes = NULL;
  size_t capacity = 0;
  size_t length = 0;
  bool ok = true;
  size_t n = typed ? hide_marks(value, &changes, &capacity, &ok) : 0;
  char *json = ok ? yyjson_val_write(value, 0, &length) : NULL;
  for (size_t i = 0; i < n; i++) {
    *changes[i].value = changes[i].before;
  }
  if (json != NULL) {
    sl_buffer_append(out, json, length);
  }
  free(json);
  free(changes);
  return json != NULL && !out->failed;
}
