/* csv_parse.c - see csv_parse.h. For each type there is a loop without calls that could fail; what
 * it cannot read at a glance takes the long way: blanks, escapes, rare forms, other types. */
#include "csv_parse.h"

#include <math.h>
#include <stdlib.h>

#include "schema/detect.h"

enum { OTHER_SCALE = 18 }; /* of decimals that are others: as wide as --on-type-change widens */

enum sl_layout csv_layout_of(enum csv_type type) {
  switch (type) {
    case CSV_BOOL: return SL_LAYOUT_BOOL;
    case CSV_BIGINT:
    case CSV_TIME:
    case CSV_TIMESTAMP:
    case CSV_TIMESTAMPTZ: return SL_LAYOUT_INT64;
    case CSV_DOUBLE: return SL_LAYOUT_DOUBLE;
    case CSV_DECIMAL: return SL_LAYOUT_DECIMAL;
    case CSV_DATE: return SL_LAYOUT_INT32;
    default: return SL_LAYOUT_BYTES;
  }
}

struct csv_kind csv_other_kind(enum csv_type type) {
  return (struct csv_kind){ .type = type, .precision = 38, .scale = OTHER_SCALE };
}

void csv_built_release(struct csv_built *built) {
  sl_builder_release(&built->main);
  for (size_t i = 0; built->others != NULL && i < CSV_TYPES; i++) {
    sl_builder_release(&built->others[i]);
  }
  free(built->others);
  built->others = NULL;
}

void csv_built_truncate(struct csv_built *built, int64_t rows) {
  sl_builder_truncate(&built->main, rows);
  for (size_t i = 0; built->others != NULL && i < CSV_TYPES; i++) {
    if (built->others[i].length > rows) {
      sl_builder_truncate(&built->others[i], rows);
    }
  }
}

/* ---- the long way ---- */

/* The field's text without escapes. */
static struct sl_text field_text(struct csv_chunk *c, struct csv_field f) {
  if ((f.end & CSV_ESCAPED) == 0) {
    return (struct sl_text){ c->data + csv_start(f), csv_length(f) };
  }
  sl_buffer_reset(&c->text);
  csv_unescape(c->dialect, c->data, f, &c->text);
  return (struct sl_text){ c->text.data, c->text.length };
}

static struct sl_text without_blanks(struct sl_text text) {
  while (text.length > 0 && text.data[0] == ' ') {
    text.data++;
    text.length--;
  }
  while (text.length > 0 && text.data[text.length - 1] == ' ') {
    text.length--;
  }
  return text;
}

/* What a value is to a builder of `kind`; false: it is of another type. */
static bool fit(struct csv_kind kind, struct sl_text text, const struct csv_value *v,
                struct csv_value *out) {
  *out = *v;
  if (kind.type == CSV_DOUBLE && v->type == CSV_BIGINT) {
    double real = (double)v->as.integer;
    out->as.real = real;
    return real < 0x1p63 && (int64_t)real == v->as.integer;
  }
  if (kind.type == CSV_DECIMAL &&
      (v->type == CSV_BIGINT || v->type == CSV_DOUBLE || v->type == CSV_DECIMAL)) {
    struct sl_text number = without_blanks(text);
    out->as.decimal.scale = kind.scale;
    return csv_parse_decimal(number.data, number.length, kind.precision, kind.scale,
                             &out->as.decimal.coefficient);
  }
  return kind.type == v->type;
}

/* A declared type takes what dlt's conversion from text takes, as long as no digit is lost. */
static bool fit_declared(struct csv_chunk *c, struct csv_kind kind, struct sl_text text,
                         struct csv_value *out) {
  static const enum sl_type types[CSV_TYPES] = {
    [CSV_BOOL] = SL_TYPE_BOOL,           [CSV_BIGINT] = SL_TYPE_BIGINT,
    [CSV_DOUBLE] = SL_TYPE_DOUBLE,       [CSV_DECIMAL] = SL_TYPE_DECIMAL,
    [CSV_DATE] = SL_TYPE_DATE,           [CSV_TIME] = SL_TYPE_TIME,
    [CSV_TIMESTAMP] = SL_TYPE_TIMESTAMP,
  };
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = text };
  struct sl_value v;
  sl_buffer_reset(&c->scratch);
  if (types[kind.type] == SL_TYPE_NONE || !sl_coerce(&in, types[kind.type], &v, &c->scratch)) {
    return false;
  }
  switch (kind.type) {
    case CSV_BOOL: out->as.boolean = v.as.boolean; return true;
    case CSV_DOUBLE: /* rounding is what the user asked for, an overflow is not */
      out->as.real = v.as.real;
      return isfinite(v.as.real);
    case CSV_DECIMAL:
      out->as.decimal = v.as.decimal;
      return sl_decimal_rescale(&out->as.decimal, kind.scale) &&
             sl_decimal_digits(out->as.decimal.coefficient) <= kind.precision;
    default: out->as.integer = v.as.integer; return true;
  }
}

static inline void set_bit(uint8_t *bits, int64_t row, bool value) {
  uint8_t bit = (uint8_t)(1U << (row & 7));
  bits[row >> 3] = (uint8_t)(value ? bits[row >> 3] | bit : bits[row >> 3] & ~bit);
}

static inline sl_status put_null(struct sl_builder *b, int64_t row, struct sl_error *err) {
  if (b->validity == NULL) {
    return sl_builder_set_null(b, row, err);
  }
  set_bit(b->validity, row, false);
  b->null_count++;
  return SL_OK;
}

/* Writes a value of the column's own type; NULL writes zeros. */
static void put(struct csv_built *out, int64_t row, const struct csv_value *v) {
  static const struct csv_value zero = { 0 };
  void *values = out->main.values;
  v = v == NULL ? &zero : v;
  switch (csv_layout_of(out->kind.type)) {
    case SL_LAYOUT_BOOL: set_bit(values, row, v->as.boolean); break;
    case SL_LAYOUT_INT32: ((int32_t *)values)[row] = (int32_t)v->as.integer; break;
    case SL_LAYOUT_DOUBLE: ((double *)values)[row] = v->as.real; break;
    case SL_LAYOUT_DECIMAL:
      memcpy((char *)values + row * 16, &v->as.decimal.coefficient, 16);
      break;
    default: ((int64_t *)values)[row] = v->as.integer; break;
  }
}

static sl_status append(struct sl_builder *b, const struct csv_value *v, struct sl_text text,
                        struct sl_error *err) {
  switch (b->layout) {
    case SL_LAYOUT_BOOL: return sl_builder_append_bool(b, v->as.boolean, err);
    case SL_LAYOUT_INT64: return sl_builder_append_int64(b, v->as.integer, err);
    case SL_LAYOUT_INT32: return sl_builder_append_int32(b, (int32_t)v->as.integer, err);
    case SL_LAYOUT_DOUBLE: return sl_builder_append_double(b, v->as.real, err);
    case SL_LAYOUT_DECIMAL: return sl_builder_append_decimal(b, v->as.decimal.coefficient, err);
    default: return sl_builder_append_bytes(b, text.data, text.length, err);
  }
}

/* The type that a value which does not fit its column travels as, and *fitted. A timestamp that
 * differs from the column's in having or lacking a zone stays text, since there is one type of
 * timestamps; beside decimals all numbers are decimals, for which the column may grow. */
static enum csv_type other_type(const struct csv_built *out, struct sl_text text,
                                const struct csv_value *v, struct csv_value *fitted) {
  bool stamps = v->type == CSV_TIMESTAMP || v->type == CSV_TIMESTAMPTZ;
  bool stamped = out->kind.type == CSV_TIMESTAMP || out->kind.type == CSV_TIMESTAMPTZ;
  if (out->kind.type == CSV_DECIMAL && fit(csv_other_kind(CSV_DECIMAL), text, v, fitted)) {
    return CSV_DECIMAL;
  }
  return !(stamps && stamped) && fit(csv_other_kind(v->type), text, v, fitted) ? v->type : CSV_TEXT;
}

static sl_status add_other(struct csv_built *out, int64_t row, struct sl_text text,
                           const struct csv_value *v, struct sl_error *err) {
  struct csv_value fitted = *v;
  enum csv_type type = other_type(out, text, v, &fitted);
  if (out->others == NULL) {
    out->others = sl_calloc_array(CSV_TYPES, sizeof *out->others);
    if (out->others == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for a column");
    }
    for (size_t i = 0; i < CSV_TYPES; i++) {
      out->others[i].layout = csv_layout_of((enum csv_type)i);
    }
  }
  struct sl_builder *b = &out->others[type];
  sl_status rc = sl_builder_pad(b, row, err);
  return rc == SL_OK ? append(b, &fitted, text, err) : rc;
}

/* Field `f` of row `r` of the chunk, which is row `row` of the column. */
static sl_status long_way(struct csv_chunk *c, size_t column, struct csv_built *out, size_t r,
                          int64_t row, struct csv_field f, struct sl_error *err) {
  struct sl_text text = field_text(c, f);
  struct csv_value v;
  struct csv_value fitted;
  if (c->text.failed) {
    return sl_buffer_check(&c->text, err);
  }
  if (text.length > 0) {
    csv_value_read(text, &v);
    if (fit(out->kind, text, &v, &fitted) ||
        (out->kind.declared && fit_declared(c, out->kind, text, &fitted))) {
      put(out, row, &fitted);
      return SL_OK;
    }
    if (out->kind.declared && c->scratch.failed) { /* not known to fit, which is no bad row */
      return sl_buffer_check(&c->scratch, err);
    }
  }
  put(out, row, NULL);
  sl_status rc = put_null(&out->main, row, err);
  if (rc != SL_OK || text.length == 0) {
    return rc;
  }
  if (!out->kind.declared) {
    return add_other(out, row, text, &v, err);
  }
  if (c->bad[r] == 0) {
    c->bad[r] = 1;
    c->bad_columns[r] = column;
    c->n_bad++;
  }
  return SL_OK;
}

/* ---- one loop for each type ---- */

static inline bool read_bigint(const char *text, size_t n, struct csv_kind kind, void *value) {
  (void)kind;
  return csv_parse_bigint(text, n, value);
}
static inline bool read_double(const char *text, size_t n, struct csv_kind kind, void *value) {
  (void)kind;
  return csv_parse_double(text, n, value);
}
static inline bool read_decimal(const char *text, size_t n, struct csv_kind kind, void *value) {
  sl_int128 coefficient;
  bool good = csv_parse_decimal(text, n, kind.precision, kind.scale, &coefficient);
  memcpy(value, &coefficient, sizeof coefficient);
  return good;
}
static inline bool read_date(const char *text, size_t n, struct csv_kind kind, void *value) {
  (void)kind;
  return csv_parse_date(text, n, value);
}
static inline bool read_time(const char *text, size_t n, struct csv_kind kind, void *value) {
  (void)kind;
  return csv_parse_time(text, n, value);
}
static inline bool read_timestamp(const char *text, size_t n, struct csv_kind kind, void *value) {
  return csv_parse_timestamp(text, n, kind.type == CSV_TIMESTAMPTZ, value);
}

typedef bool read_value(const char *text, size_t n, struct csv_kind kind, void *value);

/* Inlined once for each reader. */
static inline __attribute__((always_inline)) sl_status each_value(
    struct csv_chunk *c, size_t column, struct csv_built *out, int64_t base, read_value *read,
    size_t width, struct sl_error *err) {
  const struct csv_index *index = c->index;
  const struct csv_field *f = index->fields + column;
  char *values = (char *)out->main.values + (size_t)base * width;
  struct csv_kind kind = out->kind;
  sl_status rc = SL_OK;
  for (size_t r = 0; rc == SL_OK && r < index->rows; r++, f += index->columns) {
    void *value = values + r * width;
    size_t start = csv_start(*f);
    if (f->start == f->end) {
      memset(value, 0, width);
      rc = put_null(&out->main, base + (int64_t)r, err);
    } else if (!read(c->data + start, (f->end & ~CSV_ESCAPED) - start, kind, value)) {
      rc = long_way(c, column, out, r, base + (int64_t)r, *f, err);
    }
  }
  return rc;
}

static sl_status each_bool(struct csv_chunk *c, size_t column, struct csv_built *out, int64_t base,
                           struct sl_error *err) {
  const struct csv_field *f = c->index->fields + column;
  sl_status rc = SL_OK;
  for (size_t r = 0; rc == SL_OK && r < c->index->rows; r++, f += c->index->columns) {
    bool value;
    if (csv_parse_bool(c->data + csv_start(*f), csv_length(*f), &value)) {
      set_bit(out->main.values, base + (int64_t)r, value);
    } else {
      rc = long_way(c, column, out, r, base + (int64_t)r, *f, err);
    }
  }
  return rc;
}

static sl_status each_text(struct csv_chunk *c, size_t column, struct csv_built *out, int64_t base,
                           struct sl_error *err) {
  enum { SHORT = 16 }; /* copied at once, whatever the length */
  const struct csv_index *index = c->index;
  struct sl_builder *b = &out->main;
  const struct csv_field *f = index->fields + column;
  size_t total = SHORT;
  for (size_t r = 0; r < index->rows; r++) {
    total += csv_length(f[r * index->columns]);
  }
  sl_status rc = sl_builder_reserve_bytes(b, total, err);
  if (rc != SL_OK) {
    return rc;
  }
  int32_t *offsets = (int32_t *)b->values + base;
  char *to = b->bytes + b->bytes_length;
  for (size_t r = 0; rc == SL_OK && r < index->rows; r++, f += index->columns) {
    const char *from = c->data + csv_start(*f);
    size_t n = csv_length(*f);
    if (__builtin_expect(f->start == f->end || (n == 0 && out->kind.empty_is_null), 0)) {
      rc = put_null(b, base + (int64_t)r, err);
    } else if (__builtin_expect((f->end & CSV_ESCAPED) != 0, 0)) {
      struct sl_text text = field_text(c, *f);
      rc = sl_buffer_check(&c->text, err);
      if (rc == SL_OK) {
        memcpy(to, text.data, text.length);
        n = text.length;
      }
    } else if (n <= SHORT) {
      memcpy(to, from, SHORT);
    } else {
      memcpy(to, from, n);
    }
    to += n;
    offsets[r + 1] = (int32_t)(to - b->bytes);
  }
  b->bytes_length = rc == SL_OK ? (size_t)(to - b->bytes) : b->bytes_length;
  return rc;
}

void csv_apply_nulls(struct csv_chunk *c, struct sl_text nulls) {
  struct csv_field *f = c->index->fields;
  struct csv_field *end = f + c->index->rows * c->index->columns;
  for (; f < end; f++) {
    if (sl_text_equal(field_text(c, *f), nulls)) {
      *f = (struct csv_field){ 0, 0 };
    } else if (f->start == f->end) {
      f->start |= CSV_QUOTED;
    }
  }
}

sl_status csv_parse_column(struct csv_chunk *c, size_t column, struct csv_built *out,
                           struct sl_error *err) {
  int64_t base = out->main.length;
  sl_status rc = sl_builder_extend(&out->main, (int64_t)c->index->rows, err);
  if (rc != SL_OK || c->index->rows == 0) {
    return rc;
  }
  switch (out->kind.type) {
    case CSV_BOOL: return each_bool(c, column, out, base, err);
    case CSV_BIGINT: return each_value(c, column, out, base, read_bigint, 8, err);
    case CSV_DOUBLE: return each_value(c, column, out, base, read_double, 8, err);
    case CSV_DECIMAL: return each_value(c, column, out, base, read_decimal, 16, err);
    case CSV_DATE: return each_value(c, column, out, base, read_date, 4, err);
    case CSV_TIME: return each_value(c, column, out, base, read_time, 8, err);
    case CSV_TIMESTAMP:
    case CSV_TIMESTAMPTZ: return each_value(c, column, out, base, read_timestamp, 8, err);
    default: return each_text(c, column, out, base, err);
  }
}
