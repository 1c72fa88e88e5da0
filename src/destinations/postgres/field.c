/* field.c - values in the binary form that PostgreSQL's types receive (src/backend/utils/adt,
 * *_recv).
 *
 * Each writer appends the length and the bytes of one value that is not null. */
#include <endian.h>

#include "base/decimal.h"
#include "postgres_internal.h"
#include "types.h"

void pg_put16(struct sl_buffer *out, int16_t value) {
  uint16_t wire = htobe16((uint16_t)value);
  sl_buffer_append(out, &wire, sizeof wire);
}
static void put32(struct sl_buffer *out, int32_t value) {
  uint32_t wire = htobe32((uint32_t)value);
  sl_buffer_append(out, &wire, sizeof wire);
}
/* The length and a value of 4 or 8 bytes. */
static void put_field32(struct sl_buffer *out, int32_t value) {
  uint32_t wire[2] = { htobe32(4), htobe32((uint32_t)value) };
  sl_buffer_append(out, wire, sizeof wire);
}
static void put_field64(struct sl_buffer *out, int64_t value) {
  char wire[12] = { 0, 0, 0, 8 };
  uint64_t swapped = htobe64((uint64_t)value);
  memcpy(wire + 4, &swapped, sizeof swapped);
  sl_buffer_append(out, wire, sizeof wire);
}

static int64_t integer_at(const struct ArrowArray *array, int64_t row) {
  return ((const int64_t *)array->buffers[1])[row + array->offset];
}

static struct sl_text text_at(const struct ArrowArray *array, int64_t row) {
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset;
  return (struct sl_text){ (const char *)array->buffers[2] + offsets[row],
                           (size_t)(offsets[row + 1] - offsets[row]) };
}

static sl_status out_of_range(const struct pg_column *column, int64_t value, struct sl_error *err) {
  return sl_fail(err, SL_EDEST, "column %s: %lld does not fit its type in the database",
                 column->name, (long long)value);
}

static sl_status write_int8(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  put_field64(out, integer_at(array, row));
  return SL_OK;
}

static sl_status write_int4(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  int64_t value = integer_at(array, row);
  (void)scale;
  if (value < INT32_MIN || value > INT32_MAX) {
    return out_of_range(column, value, err);
  }
  put_field32(out, (int32_t)value);
  return SL_OK;
}

static sl_status write_int2(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  int64_t value = integer_at(array, row);
  (void)scale;
  if (value < INT16_MIN || value > INT16_MAX) {
    return out_of_range(column, value, err);
  }
  put32(out, 2);
  pg_put16(out, (int16_t)value);
  return SL_OK;
}

static sl_status write_float8(const struct pg_column *column, const struct ArrowArray *array,
                              int64_t row, int32_t scale, struct sl_buffer *out,
                              struct sl_error *err) {
  int64_t bits;
  (void)column, (void)scale, (void)err;
  memcpy(&bits, (const double *)array->buffers[1] + row + array->offset, sizeof bits);
  put_field64(out, bits);
  return SL_OK;
}

static sl_status write_bool(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  int64_t at = row + array->offset;
  (void)column, (void)scale, (void)err;
  put32(out, 1);
  sl_buffer_char(out, (char)(((const uint8_t *)array->buffers[1])[at >> 3] >> (at & 7) & 1));
  return SL_OK;
}

static sl_status write_bytes(const struct pg_column *column, const struct ArrowArray *array,
                             int64_t row, int32_t scale, struct sl_buffer *out,
                             struct sl_error *err) {
  struct sl_text value = text_at(array, row);
  (void)column, (void)scale, (void)err;
  put32(out, (int32_t)value.length);
  sl_buffer_append(out, value.data, value.length);
  return SL_OK;
}

/* PostgreSQL's texts cannot hold NUL, whatever one does. */
static sl_status check_nul(const struct pg_column *column, struct sl_text value,
                           struct sl_error *err) {
  return memchr(value.data, '\0', value.length) == NULL
             ? SL_OK
             : sl_fail(err, SL_EDEST,
                       "column %s: a text holds a NUL character, which PostgreSQL cannot store; "
                       "load the column as binary (--columns %s:binary)",
                       column->name, column->name);
}

static sl_status write_text(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  struct sl_text value = text_at(array, row);
  sl_status rc = value.length == 0 ? SL_OK : check_nul(column, value, err);
  return rc == SL_OK ? write_bytes(column, array, row, scale, out, err) : rc;
}

/* jsonb_recv takes a version number and then the text. */
static sl_status write_jsonb(const struct pg_column *column, const struct ArrowArray *array,
                             int64_t row, int32_t scale, struct sl_buffer *out,
                             struct sl_error *err) {
  struct sl_text value = text_at(array, row);
  (void)scale;
  put32(out, (int32_t)value.length + 1);
  sl_buffer_char(out, 1);
  sl_buffer_append(out, value.data, value.length);
  return value.length == 0 ? SL_OK : check_nul(column, value, err);
}

static sl_status write_date(const struct pg_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  put_field32(out, ((const int32_t *)array->buffers[1])[row + array->offset] - PG_EPOCH_DAYS);
  return SL_OK;
}

static sl_status write_timestamp(const struct pg_column *column, const struct ArrowArray *array,
                                 int64_t row, int32_t scale, struct sl_buffer *out,
                                 struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  put_field64(out, integer_at(array, row) - PG_EPOCH_MICROS);
  return SL_OK;
}

/* numeric_recv: digits of base 10,000, the weight of the first one, sign, and decimal places. */
static void write_numeric(sl_int128 coefficient, int32_t scale, struct sl_buffer *out) {
  enum { MOST_DIGITS = 20 };
  int16_t digits[MOST_DIGITS];
  int n = 0;
  bool negative = coefficient < 0;
  sl_uint128 rest = negative ? -(sl_uint128)coefficient : (sl_uint128)coefficient;
  int32_t places = (scale + 3) / 4; /* groups after the point */
  int32_t shift = places * 4 - scale;
  uint32_t low = 1; /* the lowest group is filled up with zeros: take fewer digits of it first */
  for (int32_t i = 0; i < 4 - shift && scale % 4 != 0; i++) {
    low *= 10;
  }
  if (scale % 4 != 0) {
    uint32_t fill = 10000 / low;
    digits[n++] =
        (int16_t)((uint32_t)(rest <= UINT64_MAX ? (uint64_t)rest % low : rest % low) * fill);
    rest = rest <= UINT64_MAX ? (uint64_t)rest / low : rest / low;
  }
  while (rest > UINT64_MAX) {
    digits[n++] = (int16_t)(rest % 10000);
    rest /= 10000;
  }
  for (uint64_t narrow = (uint64_t)rest; narrow > 0;
       narrow /= 10000) { /* far faster than 128 bits */
    digits[n++] = (int16_t)(narrow % 10000);
  }
  int skip = 0; /* zeros at the end, which are the lowest groups */
  while (skip < n && digits[skip] == 0) {
    skip++;
  }
  int used = n - skip;
  int16_t weight = (int16_t)(used == 0 ? 0 : n - 1 - places);
  uint16_t wire[6 + MOST_DIGITS] = { 0,
                                     htobe16((uint16_t)(8 + used * 2)),
                                     htobe16((uint16_t)used),
                                     htobe16((uint16_t)weight),
                                     htobe16(negative && used > 0 ? 0x4000 : 0),
                                     htobe16((uint16_t)scale) };
  for (int i = 0; i < used; i++) {
    wire[6 + i] = htobe16((uint16_t)digits[n - 1 - i]);
  }
  sl_buffer_append(out, wire, (size_t)(6 + used) * sizeof *wire);
}

static sl_status write_decimal(const struct pg_column *column, const struct ArrowArray *array,
                               int64_t row, int32_t scale, struct sl_buffer *out,
                               struct sl_error *err) {
  sl_int128 value;
  (void)column, (void)err;
  memcpy(&value, (const char *)array->buffers[1] + (row + array->offset) * 16, sizeof value);
  write_numeric(value, scale, out);
  return SL_OK;
}

static sl_status write_integer_numeric(const struct pg_column *column,
                                       const struct ArrowArray *array, int64_t row, int32_t scale,
                                       struct sl_buffer *out, struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  write_numeric(integer_at(array, row), 0, out);
  return SL_OK;
}

pg_write_field pg_field_writer(Oid type, const char *format) {
  static const struct {
    Oid type;
    const char *format; /* its beginning */
    pg_write_field write;
  } writers[] = {
    { PG_INT8, "l", write_int8 },
    { PG_INT4, "l", write_int4 },
    { PG_INT2, "l", write_int2 },
    { PG_NUMERIC, "l", write_integer_numeric },
    { PG_NUMERIC, "d", write_decimal },
    { PG_FLOAT8, "g", write_float8 },
    { PG_BOOL, "b", write_bool },
    { PG_TEXT, "u", write_text },
    { PG_VARCHAR, "u", write_text },
    { PG_BPCHAR, "u", write_text },
    { PG_JSON, "u", write_text },
    { PG_JSONB, "u", write_jsonb },
    { PG_BYTEA, "z", write_bytes },
    { PG_DATE, "tdD", write_date },
    { PG_TIME, "ttu", write_int8 },
    { PG_TIMESTAMP, "tsu:", write_timestamp },
    { PG_TIMESTAMPTZ, "tsu:", write_timestamp },
  };
  for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
    if (writers[i].type == type &&
        strncmp(format, writers[i].format, strlen(writers[i].format)) == 0) {
      return writers[i].write;
    }
  }
  return NULL;
}
