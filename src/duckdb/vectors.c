/* vectors.c - see vectors.h. The formats are those that the normalizer builds
 * (schema/arrow_format.h). */
#include "duckdb/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "column/read.h"

struct sl_duckdb_target sl_duckdb_target_of(duckdb_logical_type type) {
  struct sl_duckdb_target t = { .type = SL_DUCKDB(get_type_id)(type) };
  if (t.type == DUCKDB_TYPE_DECIMAL) {
    t.internal = SL_DUCKDB(decimal_internal_type)(type);
    t.width = SL_DUCKDB(decimal_width)(type);
    t.scale = SL_DUCKDB(decimal_scale)(type);
  }
  return t;
}

static int32_t format_scale(const char *format) {
  const char *comma = strchr(format, ',');
  return comma == NULL ? 0 : (int32_t)strtol(comma + 1, NULL, 10);
}

bool sl_duckdb_accepts(const struct sl_duckdb_target *target, const char *format) {
  switch (target->type) {
    case DUCKDB_TYPE_VARCHAR: return format[0] == 'u';
    case DUCKDB_TYPE_BLOB: return format[0] == 'z';
    case DUCKDB_TYPE_BIGINT: return strcmp(format, "l") == 0;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_HUGEINT: return strcmp(format, "l") == 0;
    case DUCKDB_TYPE_DOUBLE: return strcmp(format, "g") == 0;
    case DUCKDB_TYPE_BOOLEAN: return strcmp(format, "b") == 0;
    case DUCKDB_TYPE_DATE: return strcmp(format, "tdD") == 0;
    case DUCKDB_TYPE_TIME: return strcmp(format, "ttu") == 0;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return strncmp(format, "tsu:", 4) == 0;
    case DUCKDB_TYPE_DECIMAL: /* integers: rows of a column that was widened after they came */
      return (format[0] == 'd' && format_scale(format) == target->scale) ||
             (strcmp(format, "l") == 0 && target->internal == DUCKDB_TYPE_HUGEINT);
    default: return false;
  }
}

/* Copies validity bits; false when no row of the range is null. */
static bool fill_validity(duckdb_vector vector, const struct ArrowArray *array, int64_t from,
                          int64_t count) {
  const uint8_t *bits = array->buffers[0];
  if (bits == NULL || array->null_count == 0) {
    return false;
  }
  SL_DUCKDB(vector_ensure_validity_writable)(vector);
  uint64_t *mask = SL_DUCKDB(vector_get_validity)(vector);
  int64_t at = array->offset + from;
  if ((at & 7) == 0) {
    memcpy(mask, bits + (at >> 3), (size_t)(count + 7) >> 3);
    return true;
  }
  memset(mask, 0, (size_t)(count + 63) / 64 * 8);
  for (int64_t i = 0; i < count; i++) {
    mask[i >> 6] |= (uint64_t)(bits[(at + i) >> 3] >> ((at + i) & 7) & 1) << (i & 63);
  }
  return true;
}

static inline bool is_valid(const uint64_t *mask, int64_t i) {
  return mask == NULL || (mask[i >> 6] >> (i & 63) & 1) != 0;
}

static void fill_text(duckdb_vector vector, const struct ArrowArray *array, int64_t from,
                      int64_t count, const uint64_t *mask) {
  duckdb_string_t *out = SL_DUCKDB(vector_get_data)(vector);
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset + from;
  const char *bytes = array->buffers[2];
  for (int64_t i = 0; i < count; i++) {
    uint32_t length = (uint32_t)(offsets[i + 1] - offsets[i]);
    const char *text = bytes + offsets[i];
    duckdb_string_t s = { 0 };
    s.value.inlined.length = length;
    if (length <= 12) {
      memcpy(s.value.inlined.inlined, text, length);
    } else if (is_valid(mask, i)) {
      memcpy(s.value.pointer.prefix, text, 4);
      s.value.pointer.ptr = (char *)(uintptr_t)text;
    }
    out[i] = s;
  }
}

static void fill_bits(duckdb_vector vector, const struct ArrowArray *array, int64_t from,
                      int64_t count) {
  bool *out = SL_DUCKDB(vector_get_data)(vector);
  const uint8_t *bits = array->buffers[1];
  for (int64_t i = 0; i < count; i++) {
    int64_t at = array->offset + from + i;
    out[i] = (bits[at >> 3] >> (at & 7) & 1) != 0;
  }
}

/* Values of `width` bytes as they stand. */
static void fill_plain(duckdb_vector vector, const struct ArrowArray *array, int64_t from,
                       int64_t count, size_t width) {
  memcpy(SL_DUCKDB(vector_get_data)(vector),
         (const char *)array->buffers[1] + (size_t)(array->offset + from) * width,
         (size_t)count * width);
}

/* 64-bit values into a narrower or wider integer; the type of the column was declared by the user.
 */
static void fill_integers(duckdb_vector vector, duckdb_type type, const int64_t *values,
                          int64_t count) {
  void *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < count; i++) {
    switch (type) {
      case DUCKDB_TYPE_TINYINT: ((int8_t *)out)[i] = (int8_t)values[i]; break;
      case DUCKDB_TYPE_SMALLINT: ((int16_t *)out)[i] = (int16_t)values[i]; break;
      case DUCKDB_TYPE_INTEGER: ((int32_t *)out)[i] = (int32_t)values[i]; break;
      default: {
        __extension__ __int128 wide = values[i];
        memcpy((char *)out + i * 16, &wide, 16);
        break;
      }
    }
  }
}

/* 128-bit coefficients into the storage of the decimal's width. */
static void fill_decimals(duckdb_vector vector, duckdb_type internal, const char *values,
                          int64_t count) {
  void *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < count; i++) {
    __extension__ __int128 v;
    memcpy(&v, values + i * 16, 16);
    switch (internal) {
      case DUCKDB_TYPE_SMALLINT: ((int16_t *)out)[i] = (int16_t)v; break;
      case DUCKDB_TYPE_INTEGER: ((int32_t *)out)[i] = (int32_t)v; break;
      case DUCKDB_TYPE_BIGINT: ((int64_t *)out)[i] = (int64_t)v; break;
      default: memcpy((char *)out + i * 16, &v, 16); break;
    }
  }
}

static void fill_widened(duckdb_vector vector, const int64_t *values, int64_t count,
                         uint8_t scale) {
  char *out = SL_DUCKDB(vector_get_data)(vector);
  __extension__ __int128 factor = 1;
  for (uint8_t i = 0; i < scale; i++) {
    factor *= 10;
  }
  for (int64_t i = 0; i < count; i++) {
    __extension__ __int128 v = values[i] * factor;
    memcpy(out + i * 16, &v, 16);
  }
}

static void fill_timestamps(duckdb_vector vector, duckdb_type type, const int64_t *micros,
                            int64_t count) {
  int64_t *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < count; i++) {
    int64_t v = micros[i];
    out[i] = type == DUCKDB_TYPE_TIMESTAMP_S    ? v / 1000000 - (v % 1000000 < 0)
             : type == DUCKDB_TYPE_TIMESTAMP_MS ? v / 1000 - (v % 1000 < 0)
                                                : v * 1000;
  }
}

void sl_duckdb_fill_vector(duckdb_vector vector, const struct sl_duckdb_target *target,
                           const char *format, const struct ArrowArray *array, int64_t from,
                           int64_t count) {
  bool nulls = fill_validity(vector, array, from, count);
  const uint64_t *mask = nulls ? SL_DUCKDB(vector_get_validity)(vector) : NULL;
  const int64_t *integers = (const int64_t *)array->buffers[1] + array->offset + from;
  switch (target->type) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB: fill_text(vector, array, from, count, mask); break;
    case DUCKDB_TYPE_BOOLEAN: fill_bits(vector, array, from, count); break;
    case DUCKDB_TYPE_DATE: fill_plain(vector, array, from, count, 4); break;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_HUGEINT: fill_integers(vector, target->type, integers, count); break;
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS: fill_timestamps(vector, target->type, integers, count); break;
    case DUCKDB_TYPE_DECIMAL:
      if (format[0] == 'l') {
        fill_widened(vector, integers, count, target->scale);
        break;
      }
      fill_decimals(vector, target->internal,
                    (const char *)array->buffers[1] + (array->offset + from) * 16, count);
      break;
    default: fill_plain(vector, array, from, count, 8); break;
  }
}
