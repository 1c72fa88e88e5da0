/* vectors.c - see vectors.h. The formats are those that the normalizer builds
 * (schema/arrow_format.h). */
#include "duckdb/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column/bits.h"
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

/* Copies validity bits; NULL when no row of the array is null, else the vector's bits. */
static const uint64_t *fill_validity(duckdb_vector vector, const struct ArrowArray *array,
                                     struct sl_duckdb_rows r) {
  if (array->buffers[0] == NULL || array->null_count == 0) {
    return NULL;
  }
  SL_DUCKDB(vector_ensure_validity_writable)(vector);
  uint64_t *mask = SL_DUCKDB(vector_get_validity)(vector);
  sl_bits_put(mask, r.at, array->buffers[0], array->offset + r.from, r.count);
  return mask;
}

void sl_duckdb_fill_nulls(duckdb_vector vector, int64_t at, int64_t count) {
  static const uint8_t zeros[256] = { 0 }; /* 2048 rows */
  SL_DUCKDB(vector_ensure_validity_writable)(vector);
  sl_bits_put(SL_DUCKDB(vector_get_validity)(vector), at, zeros, 0, count);
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
static void fill_text(duckdb_string_t *out, const struct ArrowArray *array, struct sl_duckdb_rows r,
                      const uint64_t *mask) {
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset + r.from;
  const char *bytes = array->buffers[2];
  int64_t part;
  for (int64_t i = 0; i < r.count; i += part) {
    int shift = (int)((r.at + i) & 63);
    part = r.count - i < 64 - shift ? r.count - i : 64 - shift;
    uint64_t valid = mask == NULL ? UINT64_MAX : mask[(r.at + i) >> 6] >> shift;
    for (valid &= UINT64_MAX >> (64 - part); valid != 0; valid &= valid - 1) {
      int64_t row = i + __builtin_ctzll(valid);
      out[row] = text_at(bytes + offsets[row], (uint32_t)(offsets[row + 1] - offsets[row]));
    }
  }
}

static void fill_bits(bool *out, const struct ArrowArray *array, struct sl_duckdb_rows r) {
  const uint8_t *bits = array->buffers[1];
  for (int64_t i = 0; i < r.count; i++) {
    int64_t at = array->offset + r.from + i;
    out[i] = (bits[at >> 3] >> (at & 7) & 1) != 0;
  }
}

/* Values of `width` bytes as they stand. */
static void fill_plain(duckdb_vector vector, const struct ArrowArray *array,
                       struct sl_duckdb_rows r, size_t width) {
  memcpy((char *)SL_DUCKDB(vector_get_data)(vector) + (size_t)r.at * width,
         (const char *)array->buffers[1] + (size_t)(array->offset + r.from) * width,
         (size_t)r.count * width);
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
                               struct sl_duckdb_rows r, const uint64_t *mask,
                               struct sl_error *err) {
  const struct integer_range *range = range_of(type);
  void *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < r.count; i++) {
    int64_t to = r.at + i;
    int64_t v = values[i];
    if ((v < range->least || v > range->most) && is_valid(mask, to)) {
      return out_of_range(err, range->name);
    }
    switch (type) {
      case DUCKDB_TYPE_TINYINT:
      case DUCKDB_TYPE_UTINYINT: ((uint8_t *)out)[to] = (uint8_t)v; break;
      case DUCKDB_TYPE_SMALLINT:
      case DUCKDB_TYPE_USMALLINT: ((uint16_t *)out)[to] = (uint16_t)v; break;
      case DUCKDB_TYPE_INTEGER:
      case DUCKDB_TYPE_UINTEGER: ((uint32_t *)out)[to] = (uint32_t)v; break;
      case DUCKDB_TYPE_UBIGINT: ((uint64_t *)out)[to] = (uint64_t)v; break;
      default: {
        __extension__ __int128 wide = v;
        memcpy((char *)out + to * 16, &wide, 16);
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
                               const char *values, bool wide, sl_int128 factor,
                               struct sl_duckdb_rows r, const uint64_t *mask,
                               struct sl_error *err) {
  void *out = SL_DUCKDB(vector_get_data)(vector);
  sl_int128 most = (power_of_ten(target->width) - 1) / factor;
  for (int64_t i = 0; i < r.count; i++) {
    int64_t to = r.at + i;
    sl_int128 v;
    if (wide) {
      memcpy(&v, values + i * 16, 16);
    } else {
      int64_t narrow;
      memcpy(&narrow, values + i * 8, 8);
      v = narrow;
    }
    if (v > most || v < -most) {
      if (is_valid(mask, to)) {
        char type[32];
        snprintf(type, sizeof type, "DECIMAL(%d,%d)", target->width, target->scale);
        return out_of_range(err, type);
      }
      v = 0;
    }
    v *= factor;
    switch (target->internal) {
      case DUCKDB_TYPE_SMALLINT: ((int16_t *)out)[to] = (int16_t)v; break;
      case DUCKDB_TYPE_INTEGER: ((int32_t *)out)[to] = (int32_t)v; break;
      case DUCKDB_TYPE_BIGINT: ((int64_t *)out)[to] = (int64_t)v; break;
      default: memcpy((char *)out + to * 16, &v, 16); break;
    }
  }
  return SL_OK;
}

/* Seconds and milliseconds cut off what the user's precision has no room for. */
static sl_status fill_timestamps(duckdb_vector vector, duckdb_type type, const int64_t *micros,
                                 struct sl_duckdb_rows r, const uint64_t *mask,
                                 struct sl_error *err) {
  int64_t *out = SL_DUCKDB(vector_get_data)(vector);
  for (int64_t i = 0; i < r.count; i++) {
    int64_t to = r.at + i;
    int64_t v = micros[i];
    bool fits = type != DUCKDB_TYPE_TIMESTAMP_NS || (v < INT64_MAX / 1000 && v > -INT64_MAX / 1000);
    if (!fits && is_valid(mask, to)) {
      return out_of_range(err, "TIMESTAMP_NS (the years 1678 to 2261)");
    }
    out[to] = type == DUCKDB_TYPE_TIMESTAMP_S    ? v / 1000000 - (v % 1000000 < 0)
              : type == DUCKDB_TYPE_TIMESTAMP_MS ? v / 1000 - (v % 1000 < 0)
              : fits                             ? v * 1000
                                                 : 0;
  }
  return SL_OK;
}

sl_status sl_duckdb_fill_vector(duckdb_vector vector, const struct sl_duckdb_target *target,
                                const char *format, const struct ArrowArray *array,
                                struct sl_duckdb_rows r, struct sl_error *err) {
  const uint64_t *mask = fill_validity(vector, array, r);
  const int64_t *integers = (const int64_t *)array->buffers[1] + array->offset + r.from;
  switch (target->type) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      fill_text((duckdb_string_t *)SL_DUCKDB(vector_get_data)(vector) + r.at, array, r, mask);
      break;
    case DUCKDB_TYPE_BOOLEAN:
      fill_bits((bool *)SL_DUCKDB(vector_get_data)(vector) + r.at, array, r);
      break;
    case DUCKDB_TYPE_DATE: fill_plain(vector, array, r, 4); break;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT: return fill_integers(vector, target->type, integers, r, mask, err);
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return fill_timestamps(vector, target->type, integers, r, mask, err);
    case DUCKDB_TYPE_DECIMAL:
      if (format[0] == 'd' && target->width == 38) { /* every coefficient has at most 38 digits */
        fill_plain(vector, array, r, 16);
        break;
      }
      return format[0] == 'l'
                 ? fill_decimals(vector, target, (const char *)integers, false,
                                 power_of_ten(target->scale), r, mask, err)
                 : fill_decimals(vector, target,
                                 (const char *)array->buffers[1] + (array->offset + r.from) * 16,
                                 true, 1, r, mask, err);
    default: fill_plain(vector, array, r, 8); break;
  }
  return SL_OK;
}
