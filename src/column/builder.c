/* builder.c - growing one Arrow column. */
#include <stdlib.h>

#include "column/batch.h"

static size_t value_bytes(enum sl_layout layout) {
  switch (layout) {
    case SL_LAYOUT_INT64:
    case SL_LAYOUT_DOUBLE: return 8;
    case SL_LAYOUT_INT32:
    case SL_LAYOUT_BYTES: return 4;
    case SL_LAYOUT_DECIMAL: return 16;
    case SL_LAYOUT_BOOL: return 0;
  }
  return 0;
}

/* Bytes for `rows` values; bits are rounded up to words so that whole words can be copied. */
static size_t values_size(enum sl_layout layout, int64_t rows) {
  if (layout == SL_LAYOUT_BOOL) {
    return ((size_t)rows + 63) / 64 * 8;
  }
  size_t extra = layout == SL_LAYOUT_BYTES;
  return ((size_t)rows + extra) * value_bytes(layout);
}

static size_t bitmap_size(int64_t rows) {
  return ((size_t)rows + 63) / 64 * 8;
}

sl_status sl_builder_reserve(struct sl_builder *b, int64_t rows, struct sl_error *err) {
  if (rows <= b->capacity) {
    return SL_OK;
  }
  int64_t wanted = b->capacity > 0 ? b->capacity * 2 : b->usual_rows;
  wanted = wanted < 128 ? 128 : wanted;
  while (wanted < rows) {
    wanted *= 2;
  }
  void *values = realloc(b->values, values_size(b->layout, wanted));
  if (values == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a column of %lld rows", (long long)wanted);
  }
  if (b->values == NULL && b->layout == SL_LAYOUT_BYTES) {
    memset(values, 0, sizeof(int32_t));
  }
  b->values = values;
  if (b->validity != NULL) {
    uint8_t *validity = realloc(b->validity, bitmap_size(wanted));
    if (validity == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a column of %lld rows", (long long)wanted);
    }
    b->validity = validity;
  }
  b->capacity = wanted;
  return SL_OK;
}

static void set_bits(uint8_t *bits, int64_t from, int64_t to, bool value) {
  if (from >= to) {
    return;
  }
  uint8_t *first = bits + (from >> 3);
  uint8_t *last = bits + ((to - 1) >> 3);
  uint8_t head = (uint8_t)(0xFFU << (from & 7));
  uint8_t tail = (uint8_t)(0xFFU >> (7 - ((to - 1) & 7)));
  if (first == last) {
    head &= tail;
  } else {
    *last = (uint8_t)(value ? *last | tail : *last & ~tail);
  }
  *first = (uint8_t)(value ? *first | head : *first & ~head);
  if (last - first > 1) {
    memset(first + 1, value ? 0xFF : 0, (size_t)(last - first - 1));
  }
}

/* Values of null rows are zero, so that equal columns have equal bytes. */
static void zero_values(struct sl_builder *b, int64_t from, int64_t to) {
  if (b->layout == SL_LAYOUT_BOOL) {
    set_bits(b->values, from, to, false);
  } else if (b->layout == SL_LAYOUT_BYTES) {
    int32_t *offsets = b->values;
    for (int64_t i = from; i < to; i++) {
      offsets[i + 1] = (int32_t)b->bytes_length;
    }
  } else {
    size_t width = value_bytes(b->layout);
    memset((char *)b->values + (size_t)from * width, 0, (size_t)(to - from) * width);
  }
}

/* Makes the bits that say which rows are null; so far none is. */
static sl_status need_validity(struct sl_builder *b, struct sl_error *err) {
  if (b->validity == NULL) {
    b->validity = malloc(bitmap_size(b->capacity));
    if (b->validity == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a column of %lld rows",
                     (long long)b->capacity);
    }
    set_bits(b->validity, 0, b->length, true);
  }
  return SL_OK;
}

sl_status sl_builder_pad(struct sl_builder *b, int64_t row, struct sl_error *err) {
  if (b->length >= row) {
    return SL_OK;
  }
  sl_status rc = sl_builder_reserve(b, row, err);
  if (rc == SL_OK) {
    rc = need_validity(b, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  set_bits(b->validity, b->length, row, false);
  zero_values(b, b->length, row);
  b->null_count += row - b->length;
  b->length = row;
  return SL_OK;
}

sl_status sl_builder_extend(struct sl_builder *b, int64_t rows, struct sl_error *err) {
  sl_status rc = sl_builder_reserve(b, b->length + rows, err);
  if (rc == SL_OK) {
    if (b->validity != NULL) {
      set_bits(b->validity, b->length, b->length + rows, true);
    }
    b->length += rows;
  }
  return rc;
}

sl_status sl_builder_set_null(struct sl_builder *b, int64_t row, struct sl_error *err) {
  sl_status rc = need_validity(b, err);
  if (rc == SL_OK) {
    set_bits(b->validity, row, row + 1, false);
    b->null_count++;
  }
  return rc;
}

bool sl_builder_is_null(const struct sl_builder *b, int64_t row) {
  return row >= b->length || (b->validity != NULL && (b->validity[row >> 3] >> (row & 7) & 1) == 0);
}

void sl_builder_pop(struct sl_builder *b) {
  sl_builder_truncate(b, b->length - 1);
}

void sl_builder_truncate(struct sl_builder *b, int64_t rows) {
  while (b->length > rows) {
    if (sl_builder_is_null(b, b->length - 1)) {
      b->null_count--;
    }
    b->length--;
  }
  if (b->layout == SL_LAYOUT_BYTES && b->values != NULL) {
    b->bytes_length = (size_t)((int32_t *)b->values)[b->length];
  }
}

/* Room for one more row, its validity bit set. */
static inline sl_status next_row(struct sl_builder *b, struct sl_error *err) {
  if (__builtin_expect(b->length == b->capacity, 0)) {
    sl_status rc = sl_builder_reserve(b, b->length + 1, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  if (b->validity != NULL) {
    if ((b->length & 7) == 0) {
      b->validity[b->length >> 3] = 0;
    }
    b->validity[b->length >> 3] |= (uint8_t)(1U << (b->length & 7));
  }
  return SL_OK;
}

sl_status sl_builder_reserve_bytes(struct sl_builder *b, size_t more, struct sl_error *err) {
  size_t need = b->bytes_length + more;
  if (need > INT32_MAX) {
    return sl_fail(err, SL_EDATA, "more than 2 GB of text in one block of one column");
  }
  if (need <= b->bytes_capacity) {
    return SL_OK;
  }
  size_t wanted = b->bytes_capacity > 0 ? b->bytes_capacity * 2 : b->usual_bytes;
  wanted = wanted < 256 ? 256 : wanted;
  while (wanted < need) {
    wanted *= 2;
  }
  char *grown = realloc(b->bytes, wanted);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu bytes of text", wanted);
  }
  b->bytes = grown;
  b->bytes_capacity = wanted;
  return SL_OK;
}

sl_status sl_builder_append_bytes(struct sl_builder *b, const char *data, size_t length,
                                  struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK && __builtin_expect(length > b->bytes_capacity - b->bytes_length, 0)) {
    rc = sl_builder_reserve_bytes(b, length, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  if (length > 0) {
    memcpy(b->bytes + b->bytes_length, data, length);
  }
  b->bytes_length += length;
  ((int32_t *)b->values)[++b->length] = (int32_t)b->bytes_length;
  return SL_OK;
}

sl_status sl_builder_append_int64(struct sl_builder *b, int64_t value, struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK) {
    ((int64_t *)b->values)[b->length++] = value;
  }
  return rc;
}

sl_status sl_builder_append_int32(struct sl_builder *b, int32_t value, struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK) {
    ((int32_t *)b->values)[b->length++] = value;
  }
  return rc;
}

sl_status sl_builder_append_double(struct sl_builder *b, double value, struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK) {
    ((double *)b->values)[b->length++] = value;
  }
  return rc;
}

sl_status sl_builder_append_bool(struct sl_builder *b, bool value, struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK) {
    uint8_t *byte = (uint8_t *)b->values + (b->length >> 3);
    unsigned at = b->length & 7;
    *byte = (uint8_t)(((at == 0 ? 0U : *byte) & ~(1U << at)) | (unsigned)value << at);
    b->length++;
  }
  return rc;
}

sl_status sl_builder_append_decimal(struct sl_builder *b, sl_int128 value, struct sl_error *err) {
  sl_status rc = next_row(b, err);
  if (rc == SL_OK) {
    memcpy((char *)b->values + b->length * 16, &value, 16);
    b->length++;
  }
  return rc;
}

size_t sl_builder_bytes(const struct sl_builder *b) {
  return values_size(b->layout, b->capacity) + b->bytes_capacity +
         (b->validity == NULL ? 0 : bitmap_size(b->capacity));
}

void sl_builder_release(struct sl_builder *b) {
  free(b->validity);
  free(b->values);
  free(b->bytes);
  *b = (struct sl_builder){ .layout = b->layout };
}

static void column_release(struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_buffers; i++) {
    free((void *)(uintptr_t)array->buffers[i]);
  }
  free(array->buffers);
  array->release = NULL;
}

/* A little more than the last batch had: the next one will be like it, unless it was huge. */
static int64_t with_reserve(int64_t used) {
  enum { MOST = 8 << 20 };
  return used > MOST ? MOST : (used + used / 8 + 63) / 64 * 64;
}

sl_status sl_builder_finish(struct sl_builder *b, int64_t rows, struct ArrowArray *out,
                            struct sl_error *err) {
  sl_status rc = sl_builder_pad(b, rows, err);
  if (rc == SL_OK && b->values == NULL) {
    rc = sl_builder_reserve(b, 1, err); /* an empty column still has its buffers */
  }
  if (rc == SL_OK && b->layout == SL_LAYOUT_BYTES && b->bytes == NULL) {
    rc = sl_builder_reserve_bytes(b, 1, err);
  }
  const void **buffers = rc == SL_OK ? calloc(3, sizeof *buffers) : NULL;
  if (rc == SL_OK && buffers == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a column");
  }
  if (rc != SL_OK) {
    return rc;
  }
  buffers[0] = b->validity;
  buffers[1] = b->values;
  buffers[2] = b->bytes;
  *out = (struct ArrowArray){
    .length = b->length,
    .null_count = b->null_count,
    .n_buffers = b->layout == SL_LAYOUT_BYTES ? 3 : 2,
    .buffers = buffers,
    .release = column_release,
  };
  *b = (struct sl_builder){ .layout = b->layout,
                            .usual_rows = with_reserve(b->length),
                            .usual_bytes = (size_t)with_reserve((int64_t)b->bytes_length) };
  return SL_OK;
}
