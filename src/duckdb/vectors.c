/* vectors.c - see vectors.h. The formats are those that the normalizer builds
 * (schema/arrow_format.h). */
#include "duckdb/vectors.h"

#include <stdio.h>
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

bool sl_duckdb_accepts(const struct sl_duckdb_target *target, const char *format) {
  switch (target->type) {
    case DUCKDB_TYPE_VARCHAR: return format[0] == 'u';
    case DUCKDB_TYPE_BLOB: return format[0] == 'z';
    case DUCKDB_TYPE_BIGINT: return strcmp(format, "l") == 0;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT: return strcmp(format, "l") == 0;
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
      return (format[0] == 'd' && sl_decimal_format_scale(format) == target->scale) ||
             strcmp(format, "l") == 0;
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

static inline duckdb_string_t text_at(const char *text, uint32_t length) {
  duckdb_string_t s = { 0 };
  s.value.inlined.length = length;
  if (length <= 12) {
    memcpy(s.value.inlined.inlined, text, length);
  } else {
    memcpy(s.value.pointer.prefix, text, 4);
    s.value.pointer.ptr = (char *)(uintptr_t)text;
  }
  return s;
}

/* DuckDB never looks at the value of a null; most columns of wide tables are null in most rows. */
static void fill_text(duckdb_vector vector, const struct ArrowArray *array, int64_t from,
                      int64_t count, const uint64_t *mask) {
  duckdb_string_t *out = SL_DUCKDB(vector_get_data)(vector);
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset + from;
  const char *bytes = array->buffers[2];
  for (int64_t first = 0; first < count; first += 64) {
    int64_t end = count - first < 64 ? count : first + 64;
    uint64_t valid = mask == NULL ? UINT64_MAX : mask[first >> 6];
    for (int64_t i = first; valid != 0 && i < end; i++, valid >>= 1) {
      if ((valid & 1) != 0) {
        out[i] = text_at(bytes + offsets[i], (uint32_t)(offsets[i + 1] - offsets[i]));
      }
    }
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

static sl_status out_of_range(struct sl_error *err, const char *type) {
  return sl_fail(err, SL_EDATA, "a value is out of the range of %s", type);
}

/* An integer type of the database that our 64-bit values may not fit. */
struct integer_range {
  duckdb_type type;
  const char *name;
  int64_t least, most;
};

static const struct integer_range *range_of(duckdb_type type) {
  static const struct integer_range ranges[] = {
    { DUCKDB_TYPE_TINYINT, "TINYINT", INT8_MIN, INT8_MAX },
    { DUCKDB_TYPE_SMALLINT, "SMALLINT", INT16_MIN, INT16_MAX },
    { DUCKDB_TYPE_INTEGER, "INTEGER", INT32_MIN, INT32_MAX },
    { DUCKDB_TYPE_UTINYINT, "UTINYINT", 0, UINT8_MAX },
    { DUCKDB_TYPE_USMALLINT, "USMALLINT", 0, UINT16_MAX },
    { DUCKDB_TYPE_UINTEGER, "UINTEGER", 0, UINT32_MAX },
    { DUCKDB_TYPE_UBIGINT, "UBIGINT", 0, INT64_MAX },
    { DUCKDB_TYPE_HUGEINT, "HUGEINT", INT64_MIN, INT64_MAX },
  };
  size_t i = 0;
  while (ranges[i].type != type) {
    i++;
  }
  return &ranges[i];
}

/* 64-bit values into another integer; the type of the column was declared by the user, or found in
 * a table that was there. */
static sl_status fill_integers(duckdb_vector vector, duckdb_type type, const int64_t *values,
                               int64_t count, const uint64_t *mask, struct sl_error *err) {
  const struct integer_range *range = range_of(type);
  void *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < count; i++) {
    int64_t v = values[i];
    if ((v < range->least || v > range->most) && is_valid(mask, i)) {
      return out_of_range(err, range->name);
    }
    switch (type) {
      case DUCKDB_TYPE_TINYINT:
      case DUCKDB_TYPE_UTINYINT: ((uint8_t *)out)[i] = (uint8_t)v; break;
      case DUCKDB_TYPE_SMALLINT:
      case DUCKDB_TYPE_USMALLINT: ((uint16_t *)out)[i] = (uint16_t)v; break;
      case DUCKDB_TYPE_INTEGER:
      case DUCKDB_TYPE_UINTEGER: ((uint32_t *)out)[i] = (uint32_t)v; break;
      case DUCKDB_TYPE_UBIGINT: ((uint64_t *)out)[i] = (uint64_t)v; break;
      default: {
        __extension__ __int128 wide = v;
        memcpy((char *)out + i * 16, &wide, 16);
        break;
      }
    }
  }
  return SL_OK;
}

static sl_int128 power_of_ten(int digits) {
  sl_int128 power = 1;
  for (int i = 0; i < digits; i++) {
    power *= 10;
  }
  return power;
}

/* Values times `factor` into the storage of the decimal's width: coefficients of 128 bits, or (wide
 * = false) integers of 64 bits of a column that was widened after they came. */
static sl_status fill_decimals(duckdb_vector vector, const struct sl_duckdb_target *target,
                               const char *values, bool wide, sl_int128 factor, int64_t count,
                               const uint64_t *mask, struct sl_error *err) {
  void *out = SL_DUCKDB(vector_get_data)(vector);
  sl_int128 most = (power_of_ten(target->width) - 1) / factor;
  for (int64_t i = 0; i < count; i++) {
    sl_int128 v;
    if (wide) {
      memcpy(&v, values + i * 16, 16);
    } else {
      int64_t narrow;
      memcpy(&narrow, values + i * 8, 8);
      v = narrow;
    }
    if (v > most || v < -most) {
      if (is_valid(mask, i)) {
        char type[32];
        snprintf(type, sizeof type, "DECIMAL(%d,%d)", target->width, target->scale);
        return out_of_range(err, type);
      }
      v = 0;
    }
    v *= factor;
    switch (target->internal) {
      case DUCKDB_TYPE_SMALLINT: ((int16_t *)out)[i] = (int16_t)v; break;
      case DUCKDB_TYPE_INTEGER: ((int32_t *)out)[i] = (int32_t)v; break;
      case DUCKDB_TYPE_BIGINT: ((int64_t *)out)[i] = (int64_t)v; break;
      default: memcpy((char *)out + i * 16, &v, 16); break;
    }
  }
  return SL_OK;
}

/* Seconds and milliseconds cut off what the user's precision has no room for. */
static sl_status fill_timestamps(duckdb_vector vector, duckdb_type type, const int64_t *micros,
                                 int64_t count, const uint64_t *mask, struct sl_error *err) {
  int64_t *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < count; i++) {
    int64_t v = micros[i];
    bool fits = type != DUCKDB_TYPE_TIMESTAMP_NS || (v < INT64_MAX / 1000 && v > -INT64_MAX / 1000);
    if (!fits && is_valid(mask, i)) {
      return out_of_range(err, "TIMESTAMP_NS (the years 1678 to 2261)");
    }
    out[i] = type == DUCKDB_TYPE_TIMESTAMP_S    ? v / 1000000 - (v % 1000000 < 0)
             : type == DUCKDB_TYPE_TIMESTAMP_MS ? v / 1000 - (v % 1000 < 0)
             : fits                             ? v * 1000
                                                : 0;
  }
  return SL_OK;
}

sl_status sl_duckdb_fill_vector(duckdb_vector vector, const struct sl_duckdb_target *target,
                                const char *format, const struct ArrowArray *array, int64_t from,
                                int64_t count, struct sl_error *err) {
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
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
      return fill_integers(vector, target->type, integers, count, mask, err);
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return fill_timestamps(vector, target->type, integers, count, mask, err);
    case DUCKDB_TYPE_DECIMAL:
      if (format[0] == 'd' && target->width == 38) { /* every coefficient has at most 38 digits */
        fill_plain(vector, array, from, count, 16);
        break;
      }
      return format[0] == 'l'
                 ? fill_decimals(vector, target, (const char *)integers, false,
                                 power_of_ten(target->scale), count, mask, err)
                 : fill_decimals(vector, target,
                                 (const char *)array->buffers[1] + (array->offset + from) * 16,
                                 true, 1, count, mask, err);
    default: fill_plain(vector, array, from, count, 8); break;
  }
  return SL_OK;
}
