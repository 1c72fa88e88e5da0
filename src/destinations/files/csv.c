/* csv.c - rows as dlt writes them to CSV: texts in quotes, nulls as "", True and False. */
#include <stdio.h>

#include <sluice/builder.h>

#include "column/batch.h"
#include "column/json_text.h"
#include "writer.h"

static void quoted(const char *text, size_t length, struct sl_buffer *out) {
  sl_buffer_char(out, '"');
  while (length > 0) {
    const char *quote = memchr(text, '"', length);
    size_t n = quote == NULL ? length : (size_t)(quote - text) + 1;
    sl_buffer_append(out, text, n);
    if (quote != NULL) {
      sl_buffer_char(out, '"');
    }
    text += n;
    length -= n;
  }
  sl_buffer_char(out, '"');
}

void files_csv_header(const struct ArrowSchema *columns, struct sl_buffer *out) {
  for (int64_t i = 0; i < columns->n_children; i++) {
    if (i > 0) {
      sl_buffer_char(out, ',');
    }
    quoted(columns->children[i]->name, strlen(columns->children[i]->name), out);
  }
  sl_buffer_char(out, '\n');
}

static bool is_null(const struct ArrowArray *array, int64_t row) {
  const uint8_t *bits = array->n_buffers > 0 ? array->buffers[0] : NULL;
  int64_t at = array->offset + row;
  return array->null_count != 0 && bits != NULL && (bits[at / 8] >> (at % 8) & 1) == 0;
}

/* Dates, times and binary: as text in quotes; a timestamp has a space in it, as Python prints it.
 */
static void printed(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                    struct sl_buffer *out) {
  bool bare = schema->format[0] == 'd' || schema->format[0] == 'g';
  if (!bare) {
    sl_buffer_char(out, '"');
  }
  size_t begin = out->length;
  bool value = sl_array_print(schema, array, row, out);
  if (value && strncmp(schema->format, "ts", 2) == 0 && out->length > begin + 10) {
    out->data[begin + 10] = ' ';
  }
  if (!bare) {
    sl_buffer_char(out, '"');
  }
}

static void one_value(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                      struct sl_buffer *out) {
  char digits[SL_INT64_CHARS];
  int64_t at = array->offset + row;
  switch (schema->format[0]) {
    case 'u': {
      const int32_t *offsets = (const int32_t *)array->buffers[1] + at;
      const char *bytes = array->buffers[2];
      quoted(bytes == NULL ? "" : bytes + offsets[0], (size_t)(offsets[1] - offsets[0]), out);
      break;
    }
    case 'l':
      sl_buffer_append(out, digits, sl_put_int64(digits, ((const int64_t *)array->buffers[1])[at]));
      break;
    case 'b': {
      const uint8_t *bits = array->buffers[1];
      sl_buffer_text(out, (bits[at / 8] >> (at % 8) & 1) != 0 ? "True" : "False");
      break;
    }
    default: printed(schema, array, row, out); break;
  }
}

void files_csv_rows(const struct ArrowSchema *schema, const struct ArrowArray *array,
                    const int32_t *sources, int64_t n_columns, int64_t from, int64_t to,
                    struct sl_buffer *out) {
  for (int64_t row = from; row < to; row++) {
    for (int64_t c = 0; c < n_columns; c++) {
      if (c > 0) {
        sl_buffer_char(out, ',');
      }
      const struct ArrowArray *child = sources[c] < 0 ? NULL : array->children[sources[c]];
      if (child == NULL || is_null(child, row)) {
        sl_buffer_text(out, "\"\"");
      } else {
        one_value(schema->children[sources[c]], child, row, out);
      }
    }
    sl_buffer_char(out, '\n');
  }
}
