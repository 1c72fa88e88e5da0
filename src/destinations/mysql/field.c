/* field.c - values as texts that the server reads back exactly, in LOAD DATA and in INSERT. */
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "base/time.h"
#include "mysql_internal.h"
#include "schema/detect.h"

struct sl_text my_bytes_at(const struct ArrowArray *array, int64_t row) {
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset;
  return (struct sl_text){ (const char *)array->buffers[2] + offsets[row],
                           (size_t)(offsets[row + 1] - offsets[row]) };
}

static int64_t integer_at(const struct ArrowArray *array, int64_t row) {
  return ((const int64_t *)array->buffers[1])[row + array->offset];
}

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "6869707172737475767778798081828384858687888990919293949596979899";

static char *put2(char *at, unsigned value) {
  memcpy(at, pairs + value * 2, 2);
  return at + 2;
}

static sl_status write_integer(const struct my_column *column, const struct ArrowArray *array,
                               int64_t row, int32_t scale, struct sl_buffer *out,
                               struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  char text[24];
  char *at = text + sizeof text;
  int64_t value = integer_at(array, row);
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  for (; rest >= 100; rest /= 100) {
    at -= 2;
    memcpy(at, pairs + rest % 100 * 2, 2);
  }
  if (rest >= 10) {
    at -= 2;
    memcpy(at, pairs + rest * 2, 2);
  } else {
    *--at = (char)('0' + rest);
  }
  if (value < 0) {
    *--at = '-';
  }
  sl_buffer_append(out, at, (size_t)(text + sizeof text - at));
  return SL_OK;
}

static sl_status write_real(const struct my_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)scale;
  double value = ((const double *)array->buffers[1])[row + array->offset];
  if (!isfinite(value)) {
    return sl_fail(err, SL_EDATA,
                   "column %s: a value is %s, which MySQL and MariaDB cannot store; load the "
                   "column as text (--columns %s:text)",
                   column->name, isnan(value) ? "not a number" : "infinite", column->name);
  }
  size_t from = out->length;
  sl_print_double(value, out);
  if (out->data != NULL && memchr(out->data + from, 'e', out->length - from) == NULL) {
    sl_buffer_append(out, "e0", 2); /* without it, it would be read as a decimal */
  }
  return SL_OK;
}

static sl_status write_bool(const struct my_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  int64_t at = row + array->offset;
  sl_buffer_char(out,
                 (char)('0' + (((const uint8_t *)array->buffers[1])[at >> 3] >> (at & 7) & 1)));
  return SL_OK;
}

static sl_status write_decimal(const struct my_column *column, const struct ArrowArray *array,
                               int64_t row, int32_t scale, struct sl_buffer *out,
                               struct sl_error *err) {
  (void)column, (void)err;
  struct sl_decimal value = { .scale = scale };
  char text[48];
  memcpy(&value.coefficient, (const char *)array->buffers[1] + (row + array->offset) * 16, 16);
  sl_buffer_append(out, text, sl_decimal_print(text, value));
  return SL_OK;
}

static char *put_date(char *at, int64_t days) {
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  at = put2(at, (unsigned)year / 100 % 100);
  at = put2(at, (unsigned)year % 100);
  *at++ = '-';
  at = put2(at, month);
  *at++ = '-';
  return put2(at, day);
}

static char *put_time(char *at, int64_t micros) {
  unsigned seconds = (unsigned)(micros / SL_MICROS_PER_SECOND);
  unsigned fraction = (unsigned)(micros % SL_MICROS_PER_SECOND);
  at = put2(at, seconds / 3600);
  *at++ = ':';
  at = put2(at, seconds / 60 % 60);
  *at++ = ':';
  at = put2(at, seconds % 60);
  if (fraction > 0) {
    *at++ = '.';
    at = put2(at, fraction / 10000);
    at = put2(at, fraction / 100 % 100);
    at = put2(at, fraction % 100);
  }
  return at;
}

static sl_status out_of_calendar(const struct my_column *column, struct sl_error *err) {
  return sl_fail(
      err, SL_EDATA,
      "column %s: a date or time lies outside of what MySQL and MariaDB can store (years "
      "0 to 9999); load the column as text (--columns %s:text)",
      column->name, column->name);
}

enum { FIRST_DAY = -719528, LAST_DAY = 2932896 }; /* 0000-01-01, 9999-12-31 */

static sl_status write_date(const struct my_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)scale;
  char text[16];
  int32_t days = ((const int32_t *)array->buffers[1])[row + array->offset];
  if (days < FIRST_DAY || days > LAST_DAY) {
    return out_of_calendar(column, err);
  }
  sl_buffer_append(out, text, (size_t)(put_date(text, days) - text));
  return SL_OK;
}

static sl_status write_time(const struct my_column *column, const struct ArrowArray *array,
                            int64_t row, int32_t scale, struct sl_buffer *out,
                            struct sl_error *err) {
  (void)scale;
  char text[24];
  int64_t micros = integer_at(array, row);
  if (micros < 0 || micros >= SL_MICROS_PER_DAY) {
    return out_of_calendar(column, err);
  }
  sl_buffer_append(out, text, (size_t)(put_time(text, micros) - text));
  return SL_OK;
}

static sl_status write_datetime(const struct my_column *column, const struct ArrowArray *array,
                                int64_t row, int32_t scale, struct sl_buffer *out,
                                struct sl_error *err) {
  (void)scale;
  char text[40];
  int64_t micros = integer_at(array, row);
  int64_t days = micros / SL_MICROS_PER_DAY - (micros % SL_MICROS_PER_DAY < 0);
  if (days < FIRST_DAY || days > LAST_DAY) {
    return out_of_calendar(column, err);
  }
  char *at = put_date(text, days);
  *at++ = ' ';
  at = put_time(at, micros - days * SL_MICROS_PER_DAY);
  sl_buffer_append(out, text, (size_t)(at - text));
  return SL_OK;
}

static sl_status write_bytes(const struct my_column *column, const struct ArrowArray *array,
                             int64_t row, int32_t scale, struct sl_buffer *out,
                             struct sl_error *err) {
  (void)column, (void)scale, (void)err;
  struct sl_text value = my_bytes_at(array, row);
  sl_buffer_append(out, value.data, value.length);
  return SL_OK;
}

my_write my_field_writer(enum my_kind kind, const char *format) {
  static const struct {
    enum my_kind kind;
    const char *format; /* its beginning */
    my_write write;
  } writers[] = {
    { MY_INTEGER, "l", write_integer }, { MY_DECIMAL, "l", write_integer },
    { MY_DECIMAL, "d", write_decimal }, { MY_REAL, "g", write_real },
    { MY_INTEGER, "b", write_bool },    { MY_TEXT, "u", write_bytes },
    { MY_BINARY, "z", write_bytes },    { MY_DATE, "tdD", write_date },
    { MY_TIME, "ttu", write_time },     { MY_DATETIME, "tsu:", write_datetime },
  };
  for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
    if (writers[i].kind == kind &&
        strncmp(format, writers[i].format, strlen(writers[i].format)) == 0) {
      return writers[i].write;
    }
  }
  return NULL;
}
