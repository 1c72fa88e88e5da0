/* print.c - values of Arrow arrays as text and as JSON, nested ones included. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/real.h"
#include "base/time.h"
#include "column/batch.h"
#include "column/read.h"

static void print_double(double value, struct sl_buffer *out) {
  char text[SL_REAL_CHARS];
  sl_real_print(text, value);
  sl_buffer_text(out, text);
  if (isfinite(value) && strpbrk(text, ".e") == NULL) {
    sl_buffer_text(out, ".0");
  }
}

static void print_base64(struct sl_text bytes, struct sl_buffer *out) {
  if (sl_buffer_reserve(out, (bytes.length + 2) / 3 * 4 + 1)) {
    out->length +=
        sl_base64_encode(out->data + out->length, (const uint8_t *)bytes.data, bytes.length, 1);
  }
}

static void print_plain(const struct sl_read_value *v, struct sl_buffer *out) {
  char text[64];
  switch (v->kind) {
    case SL_READ_BOOL: sl_buffer_text(out, v->as.boolean ? "true" : "false"); break;
    case SL_READ_INT64: sl_buffer_printf(out, "%" PRId64, v->as.integer); break;
    case SL_READ_UINT64: sl_buffer_printf(out, "%" PRIu64, v->as.natural); break;
    case SL_READ_DOUBLE: print_double(v->as.real, out); break;
    case SL_READ_TEXT: sl_buffer_append(out, v->as.text.data, v->as.text.length); break;
    case SL_READ_BINARY: print_base64(v->as.text, out); break;
    case SL_READ_DECIMAL: sl_buffer_append(out, text, sl_decimal_print(text, v->as.decimal)); break;
    case SL_READ_DATE:
      sl_buffer_append(out, text, sl_date_print(text, (int32_t)v->as.integer));
      break;
    case SL_READ_TIME: sl_buffer_append(out, text, sl_time_print(text, v->as.integer)); break;
    case SL_READ_TIMESTAMP:
      sl_buffer_append(out, text, sl_timestamp_print(text, v->as.integer, v->zoned));
      break;
    default: break;
  }
}

static void json_string(struct sl_text text, struct sl_buffer *out) {
  sl_buffer_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\') {
      sl_buffer_char(out, '\\');
      sl_buffer_char(out, (char)c);
    } else if (c < 0x20) {
      sl_buffer_printf(out, "\\u%04x", c);
    } else {
      sl_buffer_char(out, (char)c);
    }
  }
  sl_buffer_char(out, '"');
}

/* The elements [from, to) of the only child of a list. */
static void json_list(const struct ArrowSchema *schema, const struct ArrowArray *array,
                      int64_t from, int64_t to, struct sl_buffer *out) {
  sl_buffer_char(out, '[');
  for (int64_t i = from; i < to; i++) {
    sl_buffer_text(out, i == from ? "" : ",");
    sl_array_print_json(schema->children[0], array->children[0], i, out);
  }
  sl_buffer_char(out, ']');
}

static void json_struct(const struct ArrowSchema *schema, const struct ArrowArray *array,
                        int64_t row, struct sl_buffer *out) {
  sl_buffer_char(out, '{');
  for (int64_t i = 0; i < schema->n_children; i++) {
    sl_buffer_text(out, i == 0 ? "" : ",");
    json_string(sl_text_of(schema->children[i]->name), out);
    sl_buffer_char(out, ':');
    sl_array_print_json(schema->children[i], array->children[i], row + array->offset, out);
  }
  sl_buffer_char(out, '}');
}

static void json_map(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t from,
                     int64_t to, struct sl_buffer *out) {
  const struct ArrowSchema *pair = schema->children[0];
  const struct ArrowArray *pairs = array->children[0];
  sl_buffer_char(out, '{');
  for (int64_t i = from; i < to; i++) {
    struct sl_buffer key = { 0 };
    sl_buffer_text(out, i == from ? "" : ",");
    sl_array_print(pair->children[0], pairs->children[0], i + pairs->offset, &key);
    json_string((struct sl_text){ key.data, key.length }, out);
    sl_buffer_release(&key);
    sl_buffer_char(out, ':');
    sl_array_print_json(pair->children[1], pairs->children[1], i + pairs->offset, out);
  }
  sl_buffer_char(out, '}');
}

static void json_nested(const struct ArrowSchema *schema, const struct ArrowArray *array,
                        int64_t row, struct sl_buffer *out) {
  const char *format = schema->format;
  int64_t at = row + array->offset;
  if (strcmp(format, "+s") == 0) {
    json_struct(schema, array, row, out);
  } else if (strcmp(format, "+l") == 0 || strcmp(format, "+m") == 0) {
    const int32_t *offsets = array->buffers[1];
    (format[1] == 'l' ? json_list : json_map)(schema, array, offsets[at], offsets[at + 1], out);
  } else if (strcmp(format, "+L") == 0) {
    const int64_t *offsets = array->buffers[1];
    json_list(schema, array, offsets[at], offsets[at + 1], out);
  } else if (strncmp(format, "+w:", 3) == 0) {
    int64_t width = strtoll(format + 3, NULL, 10);
    json_list(schema, array, at * width, (at + 1) * width, out);
  } else if (strncmp(format, "+u", 2) == 0) {
    int64_t child_row;
    int64_t child = sl_array_union_child(schema, array, row, &child_row);
    sl_array_print_json(schema->children[child], array->children[child], child_row, out);
  } else {
    sl_buffer_text(out, "null"); /* what sl_read_check refuses: DuckDB's tables do not yield it */
  }
}

void sl_array_print_json(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         int64_t row, struct sl_buffer *out) {
  sl_array_decode(&schema, &array, &row);
  struct sl_read_value v = sl_array_read(schema, array, row);
  if (v.kind == SL_READ_NULL || (v.kind == SL_READ_DOUBLE && !isfinite(v.as.real))) {
    sl_buffer_text(out, "null");
  } else if (v.kind == SL_READ_NESTED) {
    json_nested(schema, array, row, out);
  } else if (v.kind == SL_READ_TEXT) {
    json_string(v.as.text, out);
  } else {
    bool bare = v.kind == SL_READ_BOOL || v.kind == SL_READ_INT64 || v.kind == SL_READ_UINT64 ||
                v.kind == SL_READ_DOUBLE || v.kind == SL_READ_DECIMAL;
    sl_buffer_text(out, bare ? "" : "\"");
    print_plain(&v, out);
    sl_buffer_text(out, bare ? "" : "\"");
  }
}

bool sl_array_print(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                    struct sl_buffer *out) {
  sl_array_decode(&schema, &array, &row);
  struct sl_read_value v = sl_array_read(schema, array, row);
  if (v.kind == SL_READ_NESTED) {
    json_nested(schema, array, row, out);
  } else {
    print_plain(&v, out);
  }
  return v.kind != SL_READ_NULL;
}
