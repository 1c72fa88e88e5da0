/* checksum.c - see checksum.h. One loop a layout; values of foreign types one by one. */
#include "column/checksum.h"

#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "column/read.h"

static const int64_t DAY = INT64_C(86400) * 1000000; /* microseconds */

enum { OF_REAL = 1, OF_MOMENT, OF_TIME }; /* so that 1.0, 1 and the first microsecond differ */

static inline uint64_t mix(uint64_t v) { /* the finalizer of MurmurHash3 */
  v ^= v >> 33;
  v *= UINT64_C(0xff51afd7ed558ccd);
  v ^= v >> 33;
  v *= UINT64_C(0xc4ceb9fe1a85ec53);
  return v ^ v >> 33;
}

static inline uint64_t hash_integer(uint64_t v, uint64_t kind) {
  return mix(v + (kind + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

static uint64_t hash_decimal(struct sl_decimal d) {
  sl_decimal_trim(&d);
  if (d.scale == 0 && d.coefficient == (int64_t)d.coefficient) {
    return hash_integer((uint64_t)d.coefficient, 0);
  }
  sl_uint128 bits = (sl_uint128)d.coefficient;
  return mix((uint64_t)bits ^ mix((uint64_t)(bits >> 64) + (uint64_t)d.scale + 1));
}

static uint64_t hash_real(double v) {
  uint64_t bits;
  v = isnan(v) ? (double)NAN : v;
  memcpy(&bits, &v, sizeof bits);
  return hash_integer(bits, OF_REAL);
}

static uint64_t hash_natural(uint64_t v) {
  return v <= INT64_MAX ? hash_integer(v, 0)
                        : hash_decimal((struct sl_decimal){ .coefficient = (sl_int128)v });
}

static uint64_t hash_text(struct sl_text text, const struct sl_checksum_reading *reading) {
  if (reading->json) {
    return sl_checksum_json(text);
  }
  return reading->number ? sl_checksum_number(text) : sl_hash64(text.data, text.length);
}

uint64_t sl_checksum_number(struct sl_text digits) {
  struct sl_decimal d;
  return sl_decimal_parse(digits, &d) ? hash_decimal(d) : sl_hash64(digits.data, digits.length);
}

static uint64_t hash_value(const struct sl_read_value *v, const struct sl_checksum_reading *how) {
  switch (v->kind) {
    case SL_READ_BOOL: return hash_integer(v->as.boolean, 0);
    case SL_READ_INT64: return hash_integer((uint64_t)v->as.integer, 0);
    case SL_READ_UINT64: return hash_natural(v->as.natural);
    case SL_READ_DOUBLE: return hash_real(v->as.real);
    case SL_READ_TEXT: return hash_text(v->as.text, how);
    case SL_READ_BINARY: return sl_hash64(v->as.text.data, v->as.text.length);
    case SL_READ_DECIMAL: return hash_decimal(v->as.decimal);
    case SL_READ_DATE: return hash_integer((uint64_t)(v->as.integer * DAY), OF_MOMENT);
    case SL_READ_TIME: return hash_integer((uint64_t)v->as.integer, OF_TIME);
    case SL_READ_TIMESTAMP: return hash_integer((uint64_t)v->as.integer, OF_MOMENT);
    default: return 0; /* NULL, and nested values, which no destination table has */
  }
}

struct column { /* one array while it is added */
  const struct ArrowArray *array;
  const uint8_t *validity; /* NULL = no nulls */
  struct sl_checksum *sum;
  uint64_t *rows;
  uint64_t name; /* hash of the column's name, odd: hashes of values are mixed already */
};

/* Runs `expression`, which may use `at`, for each value, and adds it up. */
#define EACH_VALUE(c, expression)                                                 \
  for (int64_t row = 0; row < (c)->array->length; row++) {                        \
    int64_t at = row + (c)->array->offset;                                        \
    if ((c)->validity == NULL || ((c)->validity[at >> 3] >> (at & 7) & 1) != 0) { \
      uint64_t hash = (expression);                                               \
      (c)->sum->values++;                                                         \
      (c)->sum->sum += hash;                                                      \
      if ((c)->rows != NULL) {                                                    \
        (c)->rows[row] += hash * (c)->name;                                       \
      }                                                                           \
    }                                                                             \
  }

/* The same as hash_decimal, with divisions of 64 bits where they do. */
static inline uint64_t hash_coefficient(const char *bytes, int32_t scale) {
  struct sl_decimal d = { .scale = scale };
  memcpy(&d.coefficient, bytes, sizeof d.coefficient);
  int64_t v = (int64_t)d.coefficient;
  if (d.coefficient != v || scale < 0) {
    return hash_decimal(d);
  }
  while (scale > 0 && v % 10 == 0) {
    v = v / 10;
    scale = v == 0 ? 0 : scale - 1;
  }
  return scale == 0 ? hash_integer((uint64_t)v, 0)
                    : mix((uint64_t)v ^ mix((v < 0 ? UINT64_MAX : 0) + (uint64_t)scale + 1));
}

static void add_decimals(const struct column *c, int32_t scale) {
  const char *values = c->array->buffers[1];
  EACH_VALUE(c, hash_coefficient(values + at * 16, scale))
}

static void add_texts(const struct column *c, const struct sl_checksum_reading *how) {
  const int32_t *offsets = c->array->buffers[1];
  const char *bytes = c->array->buffers[2] == NULL ? "" : c->array->buffers[2];
  EACH_VALUE(
      c, hash_text((struct sl_text){ bytes + offsets[at], (size_t)(offsets[at + 1] - offsets[at]) },
                   how))
}

static void add_integers(const struct column *c, uint64_t kind) {
  const int64_t *values = c->array->buffers[1];
  EACH_VALUE(c, hash_integer((uint64_t)values[at], kind))
}

static void add_any(const struct column *c, const struct ArrowSchema *schema,
                    const struct sl_checksum_reading *how) {
  for (int64_t row = 0; row < c->array->length; row++) {
    struct sl_read_value v = sl_array_read(schema, c->array, row);
    if (v.kind != SL_READ_NULL) {
      uint64_t hash = hash_value(&v, how);
      c->sum->values++;
      c->sum->sum += hash;
      if (c->rows != NULL) {
        c->rows[row] += hash * c->name;
      }
    }
  }
}

void sl_checksum_add(struct sl_checksum *sum, const struct ArrowSchema *schema,
                     const struct ArrowArray *array, const struct sl_checksum_reading *reading,
                     uint64_t *rows) {
  const struct column c = {
    .array = array,
    .validity = array->null_count == 0 || array->n_buffers < 1 ? NULL : array->buffers[0],
    .sum = sum,
    .rows = rows,
    .name = sl_hash64(schema->name, strlen(schema->name)) | 1,
  };
  const char *format = schema->format;
  const char *comma = strchr(format, ',');
  const char *width = comma == NULL ? NULL : strchr(comma + 1, ',');
  if (strcmp(format, "l") == 0) {
    add_integers(&c, 0);
  } else if (strcmp(format, "g") == 0) {
    const double *values = array->buffers[1];
    EACH_VALUE(&c, hash_real(values[at]))
  } else if (strcmp(format, "u") == 0) {
    add_texts(&c, reading);
  } else if (strncmp(format, "tsu:", 4) == 0) {
    add_integers(&c, OF_MOMENT);
  } else if (strcmp(format, "tdD") == 0) {
    const int32_t *values = array->buffers[1];
    EACH_VALUE(&c, hash_integer((uint64_t)(values[at] * DAY), OF_MOMENT))
  } else if (format[0] == 'd' && (width == NULL || strcmp(width, ",128") == 0)) {
    add_decimals(&c, sl_decimal_format_scale(format));
  } else {
    add_any(&c, schema, reading);
  }
}

uint64_t sl_checksum_of_rows(const uint64_t *rows, int64_t n) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += mix(rows[i]);
  }
  return sum;
}
