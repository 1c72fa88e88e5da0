/* params.c - one column of a chunk of rows, as ODBC takes it: an array of values of one width and
 * an array of lengths.
 *
 * 64-bit integers and doubles are bound where Arrow has them. Decimals and times go as texts, since
 * ODBC's structures for them lose digits. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "column/batch.h"
#include "column/read.h"
#include "odbc/text.h"
#include "odbc_writing.h"

enum { DECIMAL_WIDTH = 48, MOMENT_WIDTH = 40, PIECEMEAL_BYTES = 1 << 20 };

static bool is_text(char kind) {
  return kind == 'u' || kind == 'z';
}

/* Timestamps and dates as texts where the driver loses something of its own structures. */
static bool as_text_moment(const struct odbc_destination *d) {
  return d->link.profile->text_dates;
}

static void plan_moment(struct odbc_destination *d, struct odbc_param *p, const char *format) {
  bool time = strcmp(format, "ttu") == 0;
  bool date = strcmp(format, "tdD") == 0;
  if (time || as_text_moment(d)) {
    p->c_type = SQL_C_CHAR;
    p->sql_type = SQL_VARCHAR;
    p->width = MOMENT_WIDTH;
  } else {
    p->c_type = date ? SQL_C_TYPE_DATE : SQL_C_TYPE_TIMESTAMP;
    p->sql_type = date ? SQL_TYPE_DATE : SQL_TYPE_TIMESTAMP;
    p->width = date ? sizeof(SQL_DATE_STRUCT) : sizeof(SQL_TIMESTAMP_STRUCT);
  }
}

sl_status odbc_param_plan(struct odbc_destination *d, struct odbc_param *p,
                          const struct ArrowSchema *schema, const struct ArrowArray *array,
                          struct sl_error *err) {
  const char *format = schema->format;
  p->schema = schema;
  p->array = array;
  switch (format[0]) {
    case 'l': p->c_type = SQL_C_SBIGINT, p->sql_type = SQL_BIGINT, p->width = 8; break;
    case 'g': p->c_type = SQL_C_DOUBLE, p->sql_type = SQL_DOUBLE, p->width = 8; break;
    case 'b': p->c_type = SQL_C_BIT, p->sql_type = SQL_BIT, p->width = 1; break;
    case 'd':
      p->c_type = SQL_C_CHAR, p->sql_type = SQL_DECIMAL, p->width = DECIMAL_WIDTH;
      p->scale = sl_decimal_format_scale(format);
      break;
    case 't': plan_moment(d, p, format); break;
    case 'z': p->c_type = SQL_C_BINARY, p->sql_type = SQL_LONGVARBINARY; break;
    case 'u':
      p->c_type = d->utf8 ? SQL_C_CHAR : SQL_C_WCHAR;
      p->sql_type = d->utf8 ? SQL_LONGVARCHAR : SQL_WLONGVARCHAR;
      break;
    default:
      return sl_fail(err, SL_EUNSUPPORTED,
                     "column %s: values of the Arrow format '%s' cannot be "
                     "written",
                     schema->name, format);
  }
  return SL_OK;
}

static struct sl_text text_at(const struct ArrowArray *array, int64_t row) {
  const int32_t *offsets = array->buffers[1];
  const char *bytes = array->buffers[2];
  int64_t at = row + array->offset;
  return (struct sl_text){ bytes == NULL ? "" : bytes + offsets[at],
                           (size_t)(offsets[at + 1] - offsets[at]) };
}

size_t odbc_param_width(const struct odbc_destination *d, const struct odbc_param *p, int64_t row) {
  char kind = p->schema->format[0];
  if (!is_text(kind)) {
    return p->width;
  }
  size_t length = sl_array_is_null(p->array, row) ? 0 : text_at(p->array, row).length;
  bool wide = kind == 'u' && !d->utf8;
  return wide ? (length + 1) * sizeof(SQLWCHAR) : length + 1;
}

/* ---- values ---- */

static size_t put_moment(const struct odbc_param *p, int64_t row, char *out) {
  struct sl_read_value v = sl_array_read(p->schema, p->array, row);
  if (v.kind == SL_READ_DATE) {
    return sl_date_print(out, (int32_t)v.as.integer);
  }
  if (v.kind == SL_READ_TIME) {
    return sl_time_print(out, v.as.integer);
  }
  size_t n = sl_timestamp_print(out, v.as.integer, false);
  out[10] = ' ';
  return n;
}

static void put_struct(const struct odbc_param *p, int64_t row, char *out) {
  struct sl_read_value v = sl_array_read(p->schema, p->array, row);
  int64_t days = v.as.integer;
  int64_t micros = 0;
  int64_t year;
  unsigned month, day;
  if (v.kind == SL_READ_TIMESTAMP) {
    days = v.as.integer / SL_MICROS_PER_DAY;
    micros = v.as.integer % SL_MICROS_PER_DAY;
    days -= micros < 0;
    micros += micros < 0 ? SL_MICROS_PER_DAY : 0;
  }
  sl_civil_from_days(days, &year, &month, &day);
  if (v.kind == SL_READ_DATE) {
    SQL_DATE_STRUCT date = { (SQLSMALLINT)year, (SQLUSMALLINT)month, (SQLUSMALLINT)day };
    memcpy(out, &date, sizeof date);
    return;
  }
  int64_t seconds = micros / SL_MICROS_PER_SECOND;
  SQL_TIMESTAMP_STRUCT moment = { .year = (SQLSMALLINT)year,
                                  .month = (SQLUSMALLINT)month,
                                  .day = (SQLUSMALLINT)day,
                                  .hour = (SQLUSMALLINT)(seconds / 3600),
                                  .minute = (SQLUSMALLINT)(seconds / 60 % 60),
                                  .second = (SQLUSMALLINT)(seconds % 60),
                                  .fraction = (SQLUINTEGER)(micros % SL_MICROS_PER_SECOND * 1000) };
  memcpy(out, &moment, sizeof moment);
}

/* UTF-8 to UTF-16; the engine's texts are valid. Returns bytes. */
static size_t put_wide(struct sl_text text, char *out) {
  SQLWCHAR *units = (SQLWCHAR *)(void *)out;
  size_t n = 0;
  for (const char *at = text.data; at < text.data + text.length;) {
    int32_t code = sl_utf8_next(&at, text.data + text.length);
    if (code >= 0x10000) {
      units[n++] = (SQLWCHAR)(0xD800 + ((code - 0x10000) >> 10));
      units[n++] = (SQLWCHAR)(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      units[n++] = (SQLWCHAR)(code < 0 ? 0xFFFD : code);
    }
  }
  return n * sizeof(SQLWCHAR);
}

/* One value; returns its length in bytes. */
static size_t put(struct odbc_param *p, int64_t row, char *out) {
  switch (p->c_type) {
    case SQL_C_BIT:
      *out = (char)(((const uint8_t *)p->array->buffers[1])[(row + p->array->offset) / 8] >>
                        ((row + p->array->offset) % 8) &
                    1);
      return 1;
    case SQL_C_WCHAR: return put_wide(text_at(p->array, row), out);
    case SQL_C_TYPE_DATE:
    case SQL_C_TYPE_TIMESTAMP: put_struct(p, row, out); return p->width;
    default: break;
  }
  if (is_text(p->schema->format[0])) {
    struct sl_text text = text_at(p->array, row);
    memcpy(out, text.data, text.length);
    return text.length;
  }
  if (p->schema->format[0] == 'd') {
    struct sl_decimal value = { .scale = p->scale };
    memcpy(&value.coefficient, (const char *)p->array->buffers[1] + (row + p->array->offset) * 16,
           16);
    return sl_decimal_print(out, value);
  }
  return put_moment(p, row, out);
}

/* ---- a chunk ---- */

sl_status odbc_out_check_nul(const struct ArrowSchema *column, struct sl_text text,
                             struct sl_error *err) {
  return text.length == 0 || memchr(text.data, '\0', text.length) == NULL
             ? SL_OK
             : sl_fail(
                   err, SL_EDATA,
                   "column %s: a text holds a NUL character, which would be lost; load the column "
                   "as binary (--columns %s:binary)",
                   column->name, column->name);
}

static sl_status reserve(struct odbc_param *p, size_t bytes, int64_t count, struct sl_error *err) {
  if (p->memory_bytes < bytes) {
    char *memory = realloc(p->memory, bytes);
    if (memory == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for %zu bytes of rows", bytes);
    }
    p->memory = memory;
    p->memory_bytes = bytes;
  }
  return sl_grow(&p->lengths, &p->n_lengths, (size_t)count, sizeof *p->lengths, err);
}

static bool in_place(const struct odbc_param *p) {
  return p->c_type == SQL_C_SBIGINT || p->c_type == SQL_C_DOUBLE;
}

/* A long value alone in its chunk goes in pieces, when SQLExecute asks for it. */
static bool goes_piecemeal(const struct odbc_param *p, int64_t from, int64_t count) {
  return count == 1 && is_text(p->schema->format[0]) && p->width > PIECEMEAL_BYTES &&
         !sl_array_is_null(p->array, from);
}

/* Most databases or their drivers cut a text at a NUL, and say nothing. */
static sl_status check_texts(const struct odbc_destination *d, const struct odbc_param *p,
                             int64_t from, int64_t count, struct sl_error *err) {
  bool needed = p->schema->format[0] == 'u' && !d->keeps_nul;
  sl_status rc = SL_OK;
  for (int64_t row = from; needed && rc == SL_OK && row < from + count; row++) {
    if (!sl_array_is_null(p->array, row)) {
      rc = odbc_out_check_nul(p->schema, text_at(p->array, row), err);
    }
  }
  return rc;
}

static void fill(struct odbc_param *p, int64_t from, int64_t count, bool piecemeal) {
  for (int64_t i = 0; i < count; i++) {
    if (sl_array_is_null(p->array, from + i)) {
      p->lengths[i] = SQL_NULL_DATA;
    } else if (in_place(p)) {
      p->lengths[i] = 8;
    } else {
      p->lengths[i] = (SQLLEN)put(p, from + i, p->memory + (size_t)i * p->width);
    }
  }
  p->piecemeal = (struct sl_text){ 0 };
  if (piecemeal) {
    p->piecemeal = (struct sl_text){ p->memory, (size_t)p->lengths[0] };
    p->lengths[0] = SQL_LEN_DATA_AT_EXEC(p->lengths[0]);
  }
}

/* Characters, digits or bytes that the parameter has at most. */
static SQLULEN column_size(const struct odbc_param *p) {
  size_t units = p->c_type == SQL_C_WCHAR ? p->width / sizeof(SQLWCHAR) : p->width;
  return p->sql_type == SQL_DECIMAL            ? 38
         : p->sql_type == SQL_TYPE_TIMESTAMP   ? 26
         : p->sql_type == SQL_TYPE_DATE        ? 10
         : p->sql_type == SQL_BIGINT           ? 19
         : p->sql_type == SQL_DOUBLE           ? 15
         : p->sql_type == SQL_BIT || units < 1 ? 1
                                               : units;
}

sl_status odbc_param_bind(struct odbc_destination *d, struct odbc_param *p, SQLHSTMT stmt,
                          SQLUSMALLINT number, int64_t from, int64_t count, struct sl_error *err) {
  bool piecemeal = goes_piecemeal(p, from, count);
  sl_status rc = check_texts(d, p, from, count, err);
  if (rc == SL_OK) {
    rc = reserve(p, in_place(p) ? 1 : p->width * (size_t)count, count, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  fill(p, from, count, piecemeal);
  const void *values = p->memory;
  if (in_place(p)) {
    values = (const char *)p->array->buffers[1] + (from + p->array->offset) * 8;
  } else if (piecemeal) {
    values = p; /* what SQLParamData gives back */
  }
  SQLSMALLINT digits = p->sql_type == SQL_DECIMAL          ? (SQLSMALLINT)p->scale
                       : p->sql_type == SQL_TYPE_TIMESTAMP ? 6
                                                           : 0;
  /* The function takes no const, but only reads. */
  void *pointer;
  memcpy(&pointer, &values, sizeof pointer);
  SQLRETURN code =
      ODBC(BindParameter)(stmt, number, SQL_PARAM_INPUT, p->c_type, p->sql_type, column_size(p),
                          digits, pointer, (SQLLEN)p->width, p->lengths);
  return SQL_SUCCEEDED(code) ? SL_OK : odbc_out_fail(d, stmt, "binding a parameter", err);
}
