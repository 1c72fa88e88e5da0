/* read.c - see read.h. */
#include "column/read.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "column/batch.h"

/* Of 128 bits at most, and with as many digits behind the point as those have: Arrow's scale may be
 * any number. */
static bool is_readable_decimal(const char *format) {
  const char *width = strrchr(format, ',');
  bool too_wide = width != strchr(format, ',') && strcmp(width, ",256") == 0;
  int32_t scale = sl_decimal_format_scale(format);
  return !too_wide && scale >= 0 && scale <= SL_DECIMAL_MOST_DIGITS;
}

enum sl_read_kind sl_read_kind_of(const char *format) {
  switch (format[0]) {
    case 'n': return SL_READ_NULL;
    case 'b': return SL_READ_BOOL;
    case 'c':
    case 's':
    case 'i':
    case 'l':
    case 'C':
    case 'S':
    case 'I': return SL_READ_INT64;
    case 'L': return SL_READ_UINT64;
    case 'e':
    case 'f':
    case 'g': return SL_READ_DOUBLE;
    case 'u':
    case 'U': return SL_READ_TEXT;
    case 'z':
    case 'Z':
    case 'w': return SL_READ_BINARY;
    case 'd': return is_readable_decimal(format) ? SL_READ_DECIMAL : SL_READ_NESTED;
    case 't':
      return format[1] == 'd'   ? SL_READ_DATE
             : format[1] == 't' ? SL_READ_TIME
             : format[1] == 's' ? SL_READ_TIMESTAMP
                                : SL_READ_NESTED;
    case 'v': return format[1] == 'u' ? SL_READ_TEXT : SL_READ_BINARY;
    default: return SL_READ_NESTED;
  }
}

bool sl_read_is_number(const char *format) {
  enum sl_read_kind kind = sl_read_kind_of(format);
  return kind == SL_READ_INT64 || kind == SL_READ_UINT64 || kind == SL_READ_DOUBLE ||
         kind == SL_READ_DECIMAL;
}

/* The format whose values cannot be read; NULL = all can. */
static const char *refused_format(const struct ArrowSchema *schema) {
  if (schema->dictionary != NULL) {
    return refused_format(schema->dictionary);
  }
  const char *format = schema->format;
  bool nested = format[0] == '+' && format[1] != '\0' && strchr("slLmwu", format[1]) != NULL;
  const char *refused = !nested && sl_read_kind_of(format) == SL_READ_NESTED ? format : NULL;
  for (int64_t i = 0; refused == NULL && i < schema->n_children; i++) {
    refused = refused_format(schema->children[i]);
  }
  return refused;
}

sl_status sl_read_check(const struct ArrowSchema *column, struct sl_error *err) {
  const char *refused = refused_format(column);
  return refused == NULL
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED,
                       "column %s has values of Arrow type '%s', which cannot be loaded: cast it "
                       "before",
                       column->name, refused);
}

bool sl_array_is_null(const struct ArrowArray *array, int64_t row) {
  const uint8_t *validity = array->n_buffers > 0 ? array->buffers[0] : NULL;
  int64_t at = row + array->offset;
  return validity != NULL && (validity[at >> 3] >> (at & 7) & 1) == 0;
}

static int64_t read_integer(char kind, const void *values, int64_t at) {
  switch (kind) {
    case 'c': return ((const int8_t *)values)[at];
    case 'C': return ((const uint8_t *)values)[at];
    case 's': return ((const int16_t *)values)[at];
    case 'S': return ((const uint16_t *)values)[at];
    case 'i': return ((const int32_t *)values)[at];
    case 'I': return ((const uint32_t *)values)[at];
    default: return ((const int64_t *)values)[at];
  }
}

/* A view of 16 bytes: up to 12 bytes inline, else prefix, buffer number and offset. */
static struct sl_text read_view(const struct ArrowArray *array, int64_t at) {
  const char *view = (const char *)array->buffers[1] + at * 16;
  int32_t length;
  memcpy(&length, view, 4);
  if (length <= 12) {
    return (struct sl_text){ view + 4, (size_t)length };
  }
  int32_t place[2];
  memcpy(place, view + 8, 8);
  return (struct sl_text){ (const char *)array->buffers[2 + place[0]] + place[1], (size_t)length };
}

static struct sl_text read_bytes(const char *format, const struct ArrowArray *array, int64_t at) {
  if (format[0] == 'v') {
    return read_view(array, at);
  }
  if (format[0] == 'w') {
    long width = strtol(format + 2, NULL, 10);
    return (struct sl_text){ (const char *)array->buffers[1] + at * width, (size_t)width };
  }
  const char *bytes = array->buffers[2];
  if (format[0] == 'U' || format[0] == 'Z') {
    const int64_t *offsets = array->buffers[1];
    return (struct sl_text){ bytes + offsets[at], (size_t)(offsets[at + 1] - offsets[at]) };
  }
  const int32_t *offsets = array->buffers[1];
  return (struct sl_text){ bytes + offsets[at], (size_t)(offsets[at + 1] - offsets[at]) };
}

/* What lies behind the year 294247 is for ever. */
static int64_t scaled(int64_t value, int64_t by) {
  int64_t micros;
  return !__builtin_mul_overflow(value, by, &micros) ? micros : value < 0 ? -INT64_MAX : INT64_MAX;
}

/* Units of time in microseconds: s, m, u, n. */
static int64_t to_micros(char unit, int64_t value) {
  switch (unit) {
    case 's': return scaled(value, SL_MICROS_PER_SECOND);
    case 'm': return scaled(value, 1000);
    case 'n': return value / 1000 - (value % 1000 < 0);
    default: return value;
  }
}

static int64_t read_time(const char *format, const void *values, int64_t at) {
  bool narrow = format[1] == 't' && (format[2] == 's' || format[2] == 'm');
  int64_t value = narrow ? ((const int32_t *)values)[at] : ((const int64_t *)values)[at];
  return to_micros(format[2], value);
}

static struct sl_decimal read_decimal(const char *format, const void *values, int64_t at) {
  struct sl_decimal d = { 0, sl_decimal_format_scale(format) };
  const char *width = strrchr(format, ',');
  if (strcmp(width, ",32") == 0) {
    d.coefficient = ((const int32_t *)values)[at];
  } else if (strcmp(width, ",64") == 0) {
    d.coefficient = ((const int64_t *)values)[at];
  } else {
    memcpy(&d.coefficient, (const char *)values + at * 16, 16);
  }
  return d;
}

/* IEEE's half precision: 1 bit of sign, 5 of exponent, 10 of fraction. */
static double read_half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double fraction = bits & 1023;
  double value = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                 : exponent == 0 ? ldexp(fraction, -24)
                                 : ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

static double read_real(char format, const void *values, int64_t at) {
  switch (format) {
    case 'e': return read_half(((const uint16_t *)values)[at]);
    case 'f': return (double)((const float *)values)[at];
    default: return ((const double *)values)[at];
  }
}

/* The position of a type id in "+us:4,7,…"; -1 = not there. */
static int64_t union_position(const char *format, int8_t id) {
  const char *at = format + 4;
  for (int64_t i = 0; *at != '\0'; i++) {
    char *end;
    if (strtol(at, &end, 10) == id && end != at) {
      return i;
    }
    at = *end == ',' ? end + 1 : "";
  }
  return -1;
}

int64_t sl_array_union_child(const struct ArrowSchema *schema, const struct ArrowArray *array,
                             int64_t row, int64_t *child_row) {
  const char *format = schema->format;
  if (format[0] != '+' || format[1] != 'u') {
    return -1;
  }
  int64_t at = row + array->offset;
  const int8_t *ids = array->buffers[0];
  *child_row = format[2] == 'd' ? ((const int32_t *)array->buffers[1])[at] : at;
  return union_position(format, ids[at]);
}

void sl_array_decode(const struct ArrowSchema **schema, const struct ArrowArray **array,
                     int64_t *row) {
  while ((*array)->dictionary != NULL && !sl_array_is_null(*array, *row)) {
    *row = read_integer((*schema)->format[0], (*array)->buffers[1], *row + (*array)->offset);
    *array = (*array)->dictionary;
    *schema = (*schema)->dictionary;
  }
}

struct sl_read_value sl_array_read(const struct ArrowSchema *schema, const struct ArrowArray *array,
                                   int64_t row) {
  sl_array_decode(&schema, &array, &row);
  struct sl_read_value v = { .kind = sl_read_kind_of(schema->format) };
  const char *format = schema->format;
  int64_t child_row;
  int64_t child = sl_array_union_child(schema, array, row, &child_row);
  if (child >= 0) {
    return sl_array_read(schema->children[child], array->children[child], child_row);
  }
  if (strncmp(format, "+u", 2) == 0) { /* an id that its schema does not list */
    v.kind = SL_READ_NULL;
    return v;
  }
  int64_t at = row + array->offset;
  if (v.kind == SL_READ_NULL || v.kind == SL_READ_NESTED || sl_array_is_null(array, row)) {
    v.kind =
        v.kind == SL_READ_NESTED && !sl_array_is_null(array, row) ? SL_READ_NESTED : SL_READ_NULL;
    return v;
  }
  const void *values = array->buffers[1];
  switch (v.kind) {
    case SL_READ_BOOL:
      v.as.boolean = (((const uint8_t *)values)[at >> 3] >> (at & 7) & 1) != 0;
      break;
    case SL_READ_INT64: v.as.integer = read_integer(format[0], values, at); break;
    case SL_READ_UINT64: v.as.natural = ((const uint64_t *)values)[at]; break;
    case SL_READ_DOUBLE: v.as.real = read_real(format[0], values, at); break;
    case SL_READ_TEXT:
    case SL_READ_BINARY: v.as.text = read_bytes(format, array, at); break;
    case SL_READ_DECIMAL: v.as.decimal = read_decimal(format, values, at); break;
    case SL_READ_DATE:
      v.as.integer = format[2] == 'm' ? ((const int64_t *)values)[at] / 86400000
                                      : ((const int32_t *)values)[at];
      break;
    case SL_READ_TIME: v.as.integer = read_time(format, values, at); break;
    case SL_READ_TIMESTAMP:
      v.as.integer = read_time(format, values, at);
      v.zoned = format[3] == ':' && format[4] != '\0';
      break;
    default: break;
  }
  return v;
}
