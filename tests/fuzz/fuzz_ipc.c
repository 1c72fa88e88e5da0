/* fuzz_ipc.c - any bytes as an Arrow stream: they are refused, or an array whose values can all be
 * read without leaving the bytes. */
#include <stdlib.h>

#include "column/batch.h"
#include "column/ipc_read.h"
#include "column/read.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rows of an only child that belong to a row of a list. */
static void range_of(const char *format, const struct ArrowArray *array, int64_t row, int64_t *from,
                     int64_t *to) {
  if (format[1] == 'w') {
    int64_t width = strtoll(format + 3, NULL, 10);
    *from = row * width;
    *to = *from + width;
  } else if (format[1] == 'L') {
    *from = ((const int64_t *)array->buffers[1])[row];
    *to = ((const int64_t *)array->buffers[1])[row + 1];
  } else {
    *from = ((const int32_t *)array->buffers[1])[row];
    *to = ((const int32_t *)array->buffers[1])[row + 1];
  }
}

/* Reads a value with all that is in it, but not more than *budget values: a few bytes may stand for
 * lists of lists of the same values. */
static void touch(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                  int64_t *budget) {
  int64_t child_row = row;
  if (--*budget < 0) {
    return;
  }
  sl_array_decode(&schema, &array, &row);
  int64_t child = sl_array_union_child(schema, array, row, &child_row);
  if (child >= 0) {
    touch(schema->children[child], array->children[child], child_row, budget);
    return;
  }
  struct sl_read_value v = sl_array_read(schema, array, row);
  if (v.kind == SL_READ_TEXT || v.kind == SL_READ_BINARY) {
    size_t sum = 0; /* reads every byte */
    for (size_t i = 0; i < v.as.text.length; i++) {
      sum += (unsigned char)v.as.text.data[i];
    }
    REQUIRE(sum <= 255 * v.as.text.length);
  } else if (v.kind == SL_READ_NESTED && schema->format[1] == 's') {
    for (int64_t i = 0; i < schema->n_children; i++) {
      touch(schema->children[i], array->children[i], row, budget);
    }
  } else if (v.kind == SL_READ_NESTED) {
    int64_t to;
    range_of(schema->format, array, row, &child_row, &to);
    for (; child_row<to && * budget> 0; child_row++) {
      touch(schema->children[0], array->children[0], child_row, budget);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct sl_error err;
  char *bytes = malloc(size + 1);
  REQUIRE(bytes != NULL);
  memcpy(bytes, data, size);
  sl_status rc = sl_ipc_read(bytes, size, &schema, &array, &err);
  REQUIRE(rc == SL_OK || rc == SL_EDATA || rc == SL_EUNSUPPORTED);
  if (rc == SL_OK) {
    int64_t budget = 20000;
    REQUIRE(schema.n_children == array.n_children && array.length >= 0);
    REQUIRE(sl_array_bytes(&schema, &array) >= 0);
    for (int64_t i = 0; i < array.n_children; i++) {
      REQUIRE(array.children[i]->length >= array.length);
      for (int64_t row = 0; row < array.length && budget > 0; row++) {
        touch(schema.children[i], array.children[i], row, &budget);
      }
    }
    schema.release(&schema);
    array.release(&array);
  }
  return 0;
}
