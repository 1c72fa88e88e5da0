/* bind.c - one value of a batch as a parameter of an INSERT, unchanged: what SQLite would alter on
 * the way into a column (a text that looks like a number, a NaN) is given in a form that it leaves
 * alone, or refused. src/sources/sqlite/read.c takes all of them back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "column/read.h"
#include "sqlite_internal.h"

/* 10^15 and powers of ten up to 10^22 are exact doubles, so the quotient is the nearest double, and
 * 15 digits of it are the decimal again. */
enum { EXACT_DIGITS = 15, EXACT_POWER = 22 };

static int64_t integer_at(const struct sqlite_writer *w, int64_t row) {
  return ((const int64_t *)w->array->buffers[1])[row + w->array->offset];
}

static struct sl_text text_at(const struct sqlite_writer *w, int64_t row) {
  const int32_t *offsets = (const int32_t *)w->array->buffers[1] + w->array->offset;
  const char *bytes = w->array->buffers[2];
  size_t length = (size_t)(offsets[row + 1] - offsets[row]);
  return (struct sl_text){ length == 0 ? "" : bytes + offsets[row], length };
}

static struct sl_decimal decimal_at(const struct sqlite_writer *w, int64_t row) {
  struct sl_decimal value = { .scale = w->scale };
  memcpy(&value.coefficient, (const char *)w->array->buffers[1] + (row + w->array->offset) * 16,
         sizeof value.coefficient);
  return value;
}

static int bind_own_text(struct sqlite_writer *w, sqlite3_stmt *s, size_t length) {
  return SL_SQLITE(bind_text)(s, w->parameter, w->text, (int)length, SQLITE_STATIC);
}

static int bind_integer(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  return SL_SQLITE(bind_int64)(s, w->parameter, integer_at(w, row));
}

static int bind_bool(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  int64_t at = row + w->array->offset;
  int value = ((const uint8_t *)w->array->buffers[1])[at >> 3] >> (at & 7) & 1;
  return SL_SQLITE(bind_int64)(s, w->parameter, value);
}

/* SQLite makes NULL of NaN; as a text in a column of reals it stays. */
static int bind_real(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  double value = ((const double *)w->array->buffers[1])[row + w->array->offset];
  return isnan(value) ? SL_SQLITE(bind_text)(s, w->parameter, "NaN", 3, SQLITE_STATIC)
                      : SL_SQLITE(bind_double)(s, w->parameter, value);
}

static int bind_text(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  struct sl_text value = text_at(w, row);
  return SL_SQLITE(bind_text)(s, w->parameter, value.data, (int)value.length, SQLITE_STATIC);
}

static int bind_blob(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  struct sl_text value = text_at(w, row);
  return SL_SQLITE(bind_blob)(s, w->parameter, value.data, (int)value.length, SQLITE_STATIC);
}

/* A bare number that would be printed otherwise once NUMERIC affinity has made a number of it: more
 * digits than a double keeps, an exponent, zeros at the end. */
static bool is_altered_number(struct sl_text value) {
  char text[SL_REAL_CHARS + 1] = "";
  struct sl_decimal d;
  int64_t whole;
  size_t blanks = 0;
  while (blanks < value.length && strchr(" \t\r\n", value.data[blanks]) != NULL) {
    blanks++;
  }
  if (blanks == value.length || strchr("-0123456789", value.data[blanks]) == NULL) {
    return false;
  }
  if (value.length >= SL_REAL_CHARS || !sl_decimal_parse(value, &d)) {
    return true;
  }
  if (sl_decimal_to_int64(d, &whole)) {
    snprintf(text, sizeof text, "%lld", (long long)whole);
  } else if (sl_decimal_digits(d.coefficient) <= EXACT_DIGITS) {
    sl_real_print(text, sl_decimal_to_double(d));
  }
  return !sl_text_equal(sl_text_of(text), value);
}

/* A document stays text; such a number goes as a blob of its text. */
static int bind_json(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  return is_altered_number(text_at(w, row)) ? bind_blob(w, s, row) : bind_text(w, s, row);
}

static int bind_date(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  int32_t days = ((const int32_t *)w->array->buffers[1])[row + w->array->offset];
  char text[16];
  size_t length = sl_date_print(text, days);
  memcpy(w->text, text, length);
  return bind_own_text(w, s, length);
}

static int bind_time(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  return bind_own_text(w, s, sl_time_print_sorted(w->text, integer_at(w, row)));
}

static int bind_timestamp(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  return bind_own_text(w, s, sl_timestamp_print_sorted(w->text, integer_at(w, row), w->zoned));
}

static int bind_decimal_text(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  struct sl_decimal value = decimal_at(w, row);
  return sl_decimal_rescale(&value, w->to_scale)
             ? bind_own_text(w, s, sl_decimal_print(w->text, value))
             : SQLITE_WRITER_REFUSES;
}

static int bind_integer_text(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  struct sl_decimal value = { .coefficient = integer_at(w, row) };
  return sl_decimal_rescale(&value, w->to_scale)
             ? bind_own_text(w, s, sl_decimal_print(w->text, value))
             : SQLITE_WRITER_REFUSES;
}

/* Into a column of NUMERIC affinity: as a number, if it has no more digits than one keeps. */
static int bind_decimal_number(struct sqlite_writer *w, sqlite3_stmt *s, int64_t row) {
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  struct sl_decimal value = decimal_at(w, row);
  int64_t whole;
  if (!sl_decimal_rescale(&value, w->to_scale)) {
    return SQLITE_WRITER_REFUSES;
  }
  sl_decimal_trim(&value);
  if (value.scale == 0 && sl_decimal_to_int64(value, &whole)) {
    return SL_SQLITE(bind_int64)(s, w->parameter, whole);
  }
  if (sl_decimal_digits(value.coefficient) > EXACT_DIGITS || value.scale > EXACT_POWER) {
    return SQLITE_WRITER_REFUSES;
  }
  return SL_SQLITE(bind_double)(s, w->parameter,
                                (double)(int64_t)value.coefficient / powers[value.scale]);
}

bool sqlite_writer_init(struct sqlite_writer *w, const char *declared, const char *format) {
  static const struct {
    enum sqlite_kind kind;
    const char *format; /* its beginning */
    int (*bind)(struct sqlite_writer *w, sqlite3_stmt *statement, int64_t row);
  } writers[] = {
    { SQLITE_KIND_INT, "l", bind_integer },
    { SQLITE_KIND_REAL, "g", bind_real },
    { SQLITE_KIND_BOOL, "b", bind_bool },
    { SQLITE_KIND_DECIMAL, "d", bind_decimal_number },
    { SQLITE_KIND_DECIMAL, "l", bind_integer },
    { SQLITE_KIND_TEXT, "u", bind_text },
    { SQLITE_KIND_JSON, "u", bind_json },
    { SQLITE_KIND_BLOB, "z", bind_blob },
    { SQLITE_KIND_DATE, "tdD", bind_date },
    { SQLITE_KIND_TIME, "ttu", bind_time },
    { SQLITE_KIND_TIMESTAMP, "tsu:", bind_timestamp },
  };
  enum sqlite_affinity affinity = sqlite_affinity_of(declared);
  enum sqlite_kind kind;
  char stored[24];
  sqlite_dest_type(declared, &kind, stored);
  if (kind == SQLITE_KIND_TEXT && affinity != SQLITE_AFFINITY_TEXT) {
    return false; /* UUID, STRING: SQLite would make a number of '007' */
  }
  w->scale = sl_decimal_format_scale(format);
  w->to_scale = sl_decimal_format_scale(stored);
  w->zoned = strcmp(stored, "tsu:UTC") == 0;
  for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
    if (writers[i].kind == kind &&
        strncmp(format, writers[i].format, strlen(writers[i].format)) == 0) {
      w->bind = writers[i].bind;
    }
  }
  if (kind == SQLITE_KIND_DECIMAL && affinity == SQLITE_AFFINITY_TEXT && w->bind != NULL) {
    w->bind = format[0] == 'l' ? bind_integer_text : bind_decimal_text;
  }
  return w->bind != NULL;
}

sl_status sqlite_writer_refuse(const struct sqlite_writer *w, int64_t row, const char *table,
                               struct sl_error *err) {
  char text[48];
  sl_decimal_print(text, decimal_at(w, row));
  return sl_fail(err, SL_EDATA,
                 "table %s, column %s: its type keeps %d digits of a decimal in SQLite, and %s has "
                 "more; load into a new table, whose column will be DECIMAL_TEXT",
                 table, w->name, EXACT_DIGITS, text);
}
