/* bytes.c - how many bytes rows take in Arrow's layout: what was written, as far as we can tell. */
#include <stdlib.h>

#include "column/batch.h"

int64_t sl_value_bits(const char *format) {
  static const struct {
    const char *formats;
    int64_t bits;
  } plain[] = { { "b", 1 }, { "cC", 8 }, { "sSe", 16 }, { "iIf", 32 }, { "lLg", 64 } };
  for (size_t i = 0; format[1] == '\0' && i < sizeof plain / sizeof plain[0]; i++) {
    if (strchr(plain[i].formats, format[0]) != NULL) {
      return plain[i].bits;
    }
  }
  switch (format[0]) {
    case 'd': {
      const char *width = strrchr(format, ',');
      return width == strchr(format, ',') ? 128 : strtoll(width + 1, NULL, 10);
    }
    case 'w': return 8 * strtoll(format + 2, NULL, 10);
    case 't':
      return strcmp(format, "tin") == 0   ? 128
             : strcmp(format, "tdD") == 0 ? 32
             : format[1] == 't'           ? (strchr("sm", format[2]) != NULL ? 32 : 64)
             : strcmp(format, "tiM") == 0 ? 32
                                          : 64;
    default: return 0;
  }
}

/* Offsets, and for texts the bytes that they span. */
static int64_t offset_bytes(const struct ArrowArray *array, bool large, bool text) {
  int64_t spanned = 0;
  if (array->length > 0 && array->buffers[1] != NULL && text) {
    spanned = large ? ((const int64_t *)array->buffers[1])[array->offset + array->length] -
                          ((const int64_t *)array->buffers[1])[array->offset]
                    : ((const int32_t *)array->buffers[1])[array->offset + array->length] -
                          ((const int32_t *)array->buffers[1])[array->offset];
  }
  return (array->length + 1) * (large ? 8 : 4) + spanned;
}

int64_t sl_array_bytes(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  const char *format = schema->format;
  int64_t bytes = array->n_buffers > 0 && array->buffers[0] != NULL ? (array->length + 7) / 8 : 0;
  if (strchr("uz", format[0]) != NULL) {
    bytes += offset_bytes(array, false, true);
  } else if (strchr("UZ", format[0]) != NULL) {
    bytes += offset_bytes(array, true, true);
  } else if (format[0] ==
             'v') { /* views of 16 bytes; the last buffer has the sizes of the others */
    bytes += array->length * 16;
    for (int64_t i = 2; i + 1 < array->n_buffers; i++) {
      bytes += ((const int64_t *)array->buffers[array->n_buffers - 1])[i - 2];
    }
  } else if (strcmp(format, "+l") == 0 || strcmp(format, "+m") == 0) {
    bytes += offset_bytes(array, false, false);
  } else if (strcmp(format, "+L") == 0) {
    bytes += offset_bytes(array, true, false);
  } else {
    bytes += (array->length * sl_value_bits(format) + 7) / 8;
  }
  for (int64_t i = 0; i < array->n_children; i++) {
    bytes += sl_array_bytes(schema->children[i], array->children[i]);
  }
  if (array->dictionary != NULL && schema->dictionary != NULL) {
    bytes += sl_array_bytes(schema->dictionary, array->dictionary);
  }
  return bytes;
}
