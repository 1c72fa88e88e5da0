/* decode.c - see decode.h. One switch for each value; what does not fit its type is printed. */
#include "sources/postgres/decode.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/real.h"
#include "base/time.h"
#include "sources/postgres/numeric.h"
#include "sources/postgres/print.h"
#include "sources/postgres/wire.h"

/* PostgreSQL counts from 2000-01-01. */
#define EPOCH_DAYS   10957
#define EPOCH_MICROS (EPOCH_DAYS * SL_MICROS_PER_DAY)
/* 0001-01-01 and 9999-12-31, in days since 1970: what all destinations and Python can hold. */
#define FIRST_DAY INT64_C(-719162)
#define LAST_DAY  INT64_C(2932896)

struct pg_field *pg_fields_new(const struct sl_db_table *table, struct sl_db_batch *batch) {
  struct pg_field *fields = sl_calloc_array(table->n_columns, sizeof *fields);
  for (size_t i = 0; fields != NULL && i < table->n_columns; i++) {
    const struct sl_db_column *c = &table->columns[i];
    struct sl_builder *b = sl_db_batch_builder(batch, i);
    fields[i] = (struct pg_field){ .kind = (enum pg_kind)c->type,
                                   .layout = b->layout,
                                   .scale = (int32_t)c->detail,
                                   .unbounded = c->unbounded,
                                   .builder = b };
  }
  return fields;
}

struct value { /* one field of one row */
  struct pg_session *s;
  size_t column;
  const struct pg_field *field;
  const unsigned char *data;
  size_t length;
};

static sl_status fail_form(const struct value *v, struct sl_error *err) {
  const struct sl_db_column *c = &v->s->table->columns[v->column];
  return sl_fail(err, SL_ESOURCE,
                 "table %s, column %s (%s): the server sent %zu bytes that are no value of the "
                 "type; if the table was altered while it was being loaded, run the load again",
                 v->s->table->name, c->name, c->type_name, v->length);
}

static inline sl_status append_int64(struct sl_builder *b, int64_t value, struct sl_error *err) {
  if (__builtin_expect(b->length < b->capacity && b->validity == NULL, 1)) {
    ((int64_t *)b->values)[b->length++] = value;
    return SL_OK;
  }
  return sl_builder_append_int64(b, value, err);
}

static inline sl_status append_int32(struct sl_builder *b, int32_t value, struct sl_error *err) {
  if (__builtin_expect(b->length < b->capacity && b->validity == NULL, 1)) {
    ((int32_t *)b->values)[b->length++] = value;
    return SL_OK;
  }
  return sl_builder_append_int32(b, value, err);
}

static sl_status append_special(const struct value *v, struct sl_buffer *text,
                                struct sl_error *err) {
  sl_status rc = sl_buffer_check(text, err);
  if (rc == SL_OK) {
    rc = sl_db_batch_append_special(v->s->batch, v->column, text->data, text->length, err);
  }
  sl_buffer_release(text);
  return rc;
}

static inline bool is_typed(const struct value *v) {
  return v->field->builder->layout == v->field->layout;
}

/* ---- numbers ---- */

static sl_status append_decimal_text(const struct value *v, bool special, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  pg_numeric_print(v->data, &text);
  if (special || !v->field->unbounded) {
    return append_special(v, &text, err);
  }
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = sl_db_batch_append_decimal_text(v->s->batch, v->column, text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status append_numeric(const struct value *v, struct sl_error *err) {
  sl_int128 coefficient;
  enum pg_numeric outcome = pg_numeric_decode(v->data, v->length, v->field->scale, &coefficient);
  if (outcome == PG_NUMERIC_FITS && is_typed(v) &&
      (!v->field->unbounded || sl_db_batch_scale(v->s->batch, v->column) == v->field->scale)) {
    return sl_builder_append_decimal(v->field->builder, coefficient, err);
  }
  return outcome == PG_NUMERIC_BROKEN ? fail_form(v, err)
                                      : append_decimal_text(v, outcome == PG_NUMERIC_SPECIAL, err);
}

/* The double that is written like the float: 0.1 stays 0.1 and does not become
 * 0.10000000149011612. Six digits always read back as they were, nine always suffice. */
static double widen(float value) {
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  double exact = (double)value;
  double size = fabs(exact);
  if (size == 0 || !isfinite(exact)) {
    return exact;
  }
  if (size >= 1e-13 && size < 1e28) {
    int exponent = (int)floor(log10(size)); /* one off at a power of ten does no harm */
    for (int digits = 6; digits <= 9; digits++) {
      int shift = digits - 1 - exponent; /* within -22 and 22: both operations round once */
      double whole = nearbyint(shift >= 0 ? exact * powers[shift] : exact / powers[-shift]);
      double decimal = shift >= 0 ? whole / powers[shift] : whole * powers[-shift];
      if ((float)decimal == value) {
        return decimal;
      }
    }
  }
  for (int digits = 1; digits <= 9; digits++) { /* very large and very small ones */
    char text[SL_REAL_CHARS];
    pg_print_float(text, value, digits);
    double decimal = sl_real_parse(text, NULL);
    if ((float)decimal == value) {
      return decimal;
    }
  }
  return exact;
}

static float bits_to_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* ---- dates and times ---- */

static sl_status append_date(const struct value *v, struct sl_error *err) {
  int32_t raw = (int32_t)pg_be32(v->data);
  int64_t days = (int64_t)raw + EPOCH_DAYS;
  if (days >= FIRST_DAY && days <= LAST_DAY && is_typed(v)) {
    return append_int32(v->field->builder, (int32_t)days, err);
  }
  struct sl_buffer text = { 0 };
  if (raw == INT32_MAX || raw == INT32_MIN) {
    sl_buffer_text(&text, raw == INT32_MAX ? "infinity" : "-infinity");
  } else {
    pg_print_date(&text, days);
  }
  return append_special(v, &text, err);
}

static sl_status append_timestamp(const struct value *v, struct sl_error *err) {
  int64_t raw = (int64_t)pg_be64(v->data);
  bool zone = v->s->table->columns[v->column].format[4] != '\0';
  if (raw >= FIRST_DAY * SL_MICROS_PER_DAY - EPOCH_MICROS &&
      raw < (LAST_DAY + 1) * SL_MICROS_PER_DAY - EPOCH_MICROS && is_typed(v)) {
    return append_int64(v->field->builder, raw + EPOCH_MICROS, err);
  }
  struct sl_buffer text = { 0 };
  if (raw == INT64_MAX || raw == INT64_MIN) {
    sl_buffer_text(&text, raw == INT64_MAX ? "infinity" : "-infinity");
  } else {
    pg_print_timestamp(&text, raw, EPOCH_DAYS, zone);
  }
  return append_special(v, &text, err);
}

/* 24:00:00 is a time in PostgreSQL, but in few other places. */
static sl_status append_time(const struct value *v, struct sl_error *err) {
  int64_t micros = (int64_t)pg_be64(v->data);
  if (micros < 0 || micros > SL_MICROS_PER_DAY) {
    return fail_form(v, err);
  }
  if (micros < SL_MICROS_PER_DAY && is_typed(v)) {
    return append_int64(v->field->builder, micros, err);
  }
  struct sl_buffer text = { 0 };
  pg_print_time(&text, micros);
  return append_special(v, &text, err);
}

/* ---- the rest ---- */

static sl_status append_uuid(const struct value *v, struct sl_error *err) {
  static const char hex[] = "0123456789abcdef";
  char text[36];
  char *to = text;
  for (size_t i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *to++ = '-';
    }
    *to++ = hex[v->data[i] >> 4];
    *to++ = hex[v->data[i] & 15];
  }
  return sl_builder_append_bytes(v->field->builder, text, sizeof text, err);
}

static sl_status append_inet(const struct value *v, struct sl_error *err) {
  char text[PG_INET_CHARS];
  size_t length = pg_print_inet(text, v->data, v->length);
  return length == 0 ? fail_form(v, err)
                     : sl_builder_append_bytes(v->field->builder, text, length, err);
}

static size_t fixed_length(enum pg_kind kind) {
  switch (kind) {
    case PG_BOOL: return 1;
    case PG_INT2: return 2;
    case PG_INT4:
    case PG_UINT4:
    case PG_FLOAT4:
    case PG_DATE: return 4;
    case PG_INT8:
    case PG_FLOAT8:
    case PG_TIME:
    case PG_TIMESTAMP: return 8;
    case PG_UUID: return 16;
    default: return 0;
  }
}

static inline sl_status append_value(const struct value *v, struct sl_error *err) {
  struct sl_builder *b = v->field->builder;
  const unsigned char *p = v->data;
  size_t fixed = fixed_length(v->field->kind);
  if (__builtin_expect(fixed != 0 && fixed != v->length, 0)) {
    return fail_form(v, err);
  }
  switch (v->field->kind) {
    case PG_BYTES: return sl_builder_append_bytes(b, (const char *)p, v->length, err);
    case PG_JSONB:
      return v->length < 1 || p[0] != 1
                 ? fail_form(v, err)
                 : sl_builder_append_bytes(b, (const char *)p + 1, v->length - 1, err);
    case PG_BOOL: return sl_builder_append_bool(b, p[0] != 0, err);
    case PG_INT2: return append_int64(b, (int16_t)pg_be16(p), err);
    case PG_INT4: return append_int64(b, (int32_t)pg_be32(p), err);
    case PG_INT8: return append_int64(b, (int64_t)pg_be64(p), err);
    case PG_UINT4: return append_int64(b, (int64_t)pg_be32(p), err);
    case PG_FLOAT4: return sl_builder_append_double(b, widen(bits_to_float(pg_be32(p))), err);
    case PG_FLOAT8: return append_int64(b, (int64_t)pg_be64(p), err); /* the bits as they are */
    case PG_NUMERIC: return append_numeric(v, err);
    case PG_UUID: return append_uuid(v, err);
    case PG_INET: return append_inet(v, err);
    case PG_DATE: return append_date(v, err);
    case PG_TIME: return append_time(v, err);
    case PG_TIMESTAMP: return append_timestamp(v, err);
  }
  return fail_form(v, err);
}

sl_status pg_decode_row(struct pg_session *s, const unsigned char *at, const unsigned char *end,
                        struct sl_error *err) {
  struct value v = { .s = s };
  for (v.column = 0; v.column < s->table->n_columns; v.column++) {
    if (end - at < 4) {
      return sl_fail(err, SL_ESOURCE, "table %s: the server sent a row that is cut off",
                     s->table->name);
    }
    int32_t length = (int32_t)pg_be32(at);
    at += 4;
    if (length < 0) {
      continue; /* NULL: the end of the row makes it so */
    }
    if (length > end - at) {
      return sl_fail(err, SL_ESOURCE, "table %s: the server sent a row that is cut off",
                     s->table->name);
    }
    v.field = &s->fields[v.column];
    v.data = at;
    v.length = (size_t)length;
    at += length;
    sl_status rc = append_value(&v, err);
    if (__builtin_expect(rc != SL_OK, 0)) {
      return rc;
    }
  }
  return sl_db_batch_end_row(s->batch, err);
}
