/* value.c - one value, as the driver gave it, into the builder of its column. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "odbc/text.h"
#include "odbc_internal.h"
#include "temporal.h"

/* A column of the batch: the index of a cell is that of its column. */
static size_t index_of(const struct odbc_session *s, const struct odbc_cell *c) {
  return (size_t)(c - s->reader.cells);
}

static sl_status special(struct odbc_session *s, const struct odbc_cell *c, const char *text,
                         size_t length, struct sl_error *err) {
  return sl_db_batch_append_special(s->reader.batch, index_of(s, c), text, length, err);
}

static void warn_finer(struct odbc_session *s, struct odbc_cell *c) {
  char message[400];
  if (c->finer_warned || s->config->warn == NULL) {
    return;
  }
  c->finer_warned = true;
  snprintf(message, sizeof message,
           "table %s, column %s (%s): digits below a microsecond are cut; read it as text by "
           "--query with a CAST to keep them",
           s->reader.table->name, c->column->name, c->column->type_name);
  s->config->warn(s->config->warn_arg, message);
}

/* ---- texts into declared types ---- */

/* Up to 18 digits, the scale as declared: what nearly all decimals are. */
static bool small_decimal(const char *text, size_t length, int32_t scale, int64_t *out) {
  bool negative = length > 0 && text[0] == '-';
  size_t i = negative ? 1 : 0;
  int64_t value = 0;
  int32_t digits = 0;
  int32_t fraction = -1;
  if (length - i > 18 || i == length) {
    return false;
  }
  for (; i < length; i++) {
    unsigned digit = (unsigned)(text[i] - '0');
    if (digit <= 9) {
      value = value * 10 + (int64_t)digit;
      digits++;
      fraction += fraction >= 0;
    } else if (text[i] == '.' && fraction < 0) {
      fraction = 0;
    } else {
      return false;
    }
  }
  fraction = fraction < 0 ? 0 : fraction;
  if (digits == 0 || fraction > scale || digits + scale - fraction > 18) {
    return false;
  }
  for (; fraction < scale; fraction++) {
    value *= 10;
  }
  *out = negative ? -value : value;
  return true;
}

static sl_status put_decimal(struct odbc_session *s, struct odbc_cell *c, const char *text,
                             size_t length, struct sl_error *err) {
  struct sl_db_batch *batch = s->reader.batch;
  size_t column = index_of(s, c);
  int64_t value;
  if (!c->column->unbounded && !sl_db_batch_is_text(batch, column) &&
      small_decimal(text, length, c->scale, &value)) {
    return sl_builder_append_decimal(sl_db_batch_builder(batch, column), value, err);
  }
  return sl_db_batch_append_decimal_text(batch, column, text, length, err);
}

static bool parse_integer(const char *text, size_t length, int64_t *out) {
  struct sl_decimal d;
  return sl_decimal_parse((struct sl_text){ text, length }, &d) && d.scale == 0 &&
         sl_decimal_to_int64(d, out);
}

static bool parse_real(const char *text, size_t length, double *out) {
  char copy[64];
  const char *end;
  if (length == 0 || length >= sizeof copy) {
    return false;
  }
  memcpy(copy, text, length);
  copy[length] = '\0';
  *out = sl_real_parse(copy, &end);
  return *end == '\0';
}

static bool parse_bit(const char *text, size_t length, bool *out) {
  static const char *const yes[] = { "1", "t", "true", "TRUE", "True", "T" };
  static const char *const no[] = { "0", "f", "false", "FALSE", "False", "F" };
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    bool is_yes = strlen(yes[i]) == length && memcmp(text, yes[i], length) == 0;
    bool is_no = strlen(no[i]) == length && memcmp(text, no[i], length) == 0;
    if (is_yes || is_no) {
      *out = is_yes;
      return true;
    }
  }
  return false;
}

static sl_status put_timestamp(struct odbc_session *s, struct odbc_cell *c, const char *text,
                               size_t length, struct sl_builder *b, struct sl_error *err) {
  struct odbc_moment m;
  bool zoned = c->column->format[4] != '\0';
  if (!odbc_parse_timestamp(text, length, &m) || (zoned && !m.has_zone && !s->dialect->utc) ||
      (!zoned && m.has_zone)) {
    return special(s, c, text, length, err);
  }
  if (m.finer) {
    warn_finer(s, c);
  }
  return sl_builder_append_int64(b, m.micros, err);
}

static sl_status put_time(struct odbc_session *s, struct odbc_cell *c, const char *text,
                          size_t length, struct sl_builder *b, struct sl_error *err) {
  struct odbc_moment m;
  if (!odbc_parse_time(text, length, &m)) {
    return special(s, c, text, length, err);
  }
  if (m.finer) {
    warn_finer(s, c);
  }
  return sl_builder_append_int64(b, m.micros, err);
}

/* UTF-8 text into whatever the column is declared as. */
static sl_status put_text(struct odbc_session *s, struct odbc_cell *c, const char *text,
                          size_t length, struct sl_error *err) {
  size_t column = index_of(s, c);
  struct sl_builder *b = sl_db_batch_builder(s->reader.batch, column);
  int32_t days;
  int64_t integer;
  double real;
  bool bit;
  if (sl_db_batch_is_text(s->reader.batch, column)) {
    return special(s, c, text, length, err);
  }
  switch (c->column->format[0]) {
    case 'l':
    case 'i':
    case 's':
      return parse_integer(text, length, &integer) ? sl_builder_append_int64(b, integer, err)
                                                   : special(s, c, text, length, err);
    case 'g':
      return parse_real(text, length, &real) ? sl_builder_append_double(b, real, err)
                                             : special(s, c, text, length, err);
    case 'b':
      return parse_bit(text, length, &bit) ? sl_builder_append_bool(b, bit, err)
                                           : special(s, c, text, length, err);
    case 'd': return put_decimal(s, c, text, length, err);
    case 't':
      if (c->column->format[1] == 's') {
        return put_timestamp(s, c, text, length, b, err);
      }
      if (c->column->format[1] == 't') {
        return put_time(s, c, text, length, b, err);
      }
      return odbc_parse_date(text, length, &days) ? sl_builder_append_int32(b, days, err)
                                                  : special(s, c, text, length, err);
    default: return sl_builder_append_bytes(b, text, length, err);
  }
}

static sl_status bad_text(const struct odbc_session *s, const struct odbc_cell *c,
                          struct sl_error *err) {
  bool wide = c->c_type == SQL_C_WCHAR;
  return sl_fail(err, SL_EDATA,
                 "%s: table %s, column %s (%s): the driver gave a text that is not valid %s; %s",
                 s->link.place, s->reader.table->name, c->column->name, c->column->type_name,
                 wide ? "UTF-16" : "UTF-8",
                 wide ? "try --odbc-text utf8"
                      : "set its charset to UTF-8 (Charset=, ClientCharset=), or try --odbc-text "
                        "utf16");
}

static sl_status put_wide(struct odbc_session *s, struct odbc_cell *c, const char *value,
                          size_t length, struct sl_error *err) {
  struct sl_buffer *utf8 = &s->reader.utf8;
  size_t units = length / sizeof(SQLWCHAR);
  sl_buffer_reset(utf8);
  if (!sl_buffer_reserve(utf8, units * 3 + 1)) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a text of %zu characters", units);
  }
  size_t n = odbc_narrow((const SQLWCHAR *)(const void *)value, units, utf8->data);
  return n == ODBC_NOT_UTF16 ? bad_text(s, c, err) : put_text(s, c, utf8->data, n, err);
}

/* ---- values in binary ---- */

/* Of a column that became text in this block, or that the declared type cannot hold. */
static sl_status put_printed(struct odbc_session *s, struct odbc_cell *c, const char *value,
                             struct sl_error *err) {
  char text[64];
  SQL_TIMESTAMP_STRUCT t = { 0 };
  if (c->read == ODBC_DATE) {
    memcpy(&t, value, sizeof(SQL_DATE_STRUCT)); /* it begins as the longer one does */
    snprintf(text, sizeof text, "%04d-%02d-%02d", t.year, t.month, t.day);
  } else {
    memcpy(&t, value, sizeof t);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%09u", t.year, t.month, t.day,
             t.hour, t.minute, t.second, (unsigned)t.fraction);
  }
  return special(s, c, text, strlen(text), err);
}

static sl_status put_date(struct odbc_session *s, struct odbc_cell *c, const char *value,
                          struct sl_builder *b, struct sl_error *err) {
  SQL_DATE_STRUCT date;
  int32_t days;
  memcpy(&date, value, sizeof date);
  return odbc_date_days(&date, &days) && !sl_db_batch_is_text(s->reader.batch, index_of(s, c))
             ? sl_builder_append_int32(b, days, err)
             : put_printed(s, c, value, err);
}

static sl_status put_moment(struct odbc_session *s, struct odbc_cell *c, const char *value,
                            struct sl_builder *b, struct sl_error *err) {
  SQL_TIMESTAMP_STRUCT t;
  struct odbc_moment m;
  memcpy(&t, value, sizeof t);
  if (!odbc_timestamp_micros(&t, &m) || sl_db_batch_is_text(s->reader.batch, index_of(s, c))) {
    return put_printed(s, c, value, err);
  }
  if (m.finer) {
    warn_finer(s, c);
  }
  return sl_builder_append_int64(b, m.micros, err);
}

sl_status odbc_put(struct odbc_session *s, struct odbc_cell *c, const char *value, size_t length,
                   struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(s->reader.batch, index_of(s, c));
  int64_t integer;
  double real;
  float small;
  switch (c->read) {
    case ODBC_INTEGER:
      memcpy(&integer, value, sizeof integer);
      return sl_builder_append_int64(b, integer, err);
    case ODBC_REAL:
      memcpy(&real, value, sizeof real);
      return sl_builder_append_double(b, real, err);
    case ODBC_SMALL_REAL:
      memcpy(&small, value, sizeof small);
      return sl_builder_append_double(b, (double)small, err);
    case ODBC_BIT: return sl_builder_append_bool(b, value[0] != 0, err);
    case ODBC_DATE: return put_date(s, c, value, b, err);
    case ODBC_TIMESTAMP: return put_moment(s, c, value, b, err);
    case ODBC_BYTES: return sl_builder_append_bytes(b, value, length, err);
    case ODBC_WORD: return put_text(s, c, value, length, err);
    default:
      if (c->c_type == SQL_C_WCHAR) {
        return put_wide(s, c, value, length, err);
      }
      return sl_utf8_valid(value, length) ? put_text(s, c, value, length, err)
                                          : bad_text(s, c, err);
  }
}
