/* value.c - see value.h. The common case (type of the value = type of the column) is decided by one
 * switch in nz_append; everything else takes the road over sl_value, coercion and variants. */
#include "normalize/value.h"

#include <math.h>
#include <stdlib.h>

#include "base/real.h"
#include "base/time.h"

/* [-]digits within 18 digits: no overflow possible. */
static inline bool fast_integer(const char *text, size_t length, int64_t *out) {
  bool negative = text[0] == '-';
  size_t i = negative;
  if (length - i > 18) {
    return false;
  }
  int64_t value = 0;
  for (; i < length; i++) {
    unsigned digit = (unsigned char)text[i] - '0';
    if (digit > 9) {
      return false;
    }
    value = value * 10 + (int64_t)digit;
  }
  *out = negative ? -value : value;
  return true;
}

static bool is_integer_text(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '.' || text[i] == 'e' || text[i] == 'E') {
      return false;
    }
  }
  return true;
}

/* Significant digits of a number's mantissa, without leading and trailing zeros. */
static int significant_digits(const char *text, size_t length) {
  int count = 0;
  int zeros = 0;
  for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
    if (text[i] >= '1' && text[i] <= '9') {
      count += 1 + (count > 0 ? zeros : 0);
      zeros = 0;
    } else if (text[i] == '0') {
      zeros++;
    }
  }
  return count;
}

/* A double prints back as a number of the same value: nothing is lost by storing it as one. */
static bool double_is_exact(struct sl_text text, double value) {
  struct sl_decimal written;
  struct sl_decimal read;
  struct sl_buffer shortest = { 0 };
  sl_print_double(value, &shortest);
  bool same = !shortest.failed && sl_decimal_parse(text, &written) &&
              sl_decimal_parse((struct sl_text){ shortest.data, shortest.length }, &read) &&
              sl_decimal_rescale(&written, 38 < written.scale ? 38 : written.scale);
  if (same) {
    int32_t scale = written.scale > read.scale ? written.scale : read.scale;
    same = sl_decimal_rescale(&written, scale) && sl_decimal_rescale(&read, scale) &&
           written.coefficient == read.coefficient;
  }
  sl_buffer_release(&shortest);
  return same;
}

/* A number that is not a plain small integer: bigint, wei, double, decimal, or text as the last
 * resort. */
static void classify_number(const char *text, size_t length, struct sl_value *out) {
  struct sl_text all = { text, length };
  struct sl_decimal d;
  if (is_integer_text(text, length)) {
    if (sl_decimal_parse(all, &d) && d.coefficient <= INT64_MAX && d.coefficient >= INT64_MIN) {
      out->type = SL_TYPE_BIGINT;
      out->as.integer = (int64_t)d.coefficient;
    } else if (sl_decimal_parse(all, &d)) {
      out->type = SL_TYPE_WEI;
      out->as.decimal = d;
    } else {
      out->type = SL_TYPE_TEXT;
      out->as.text = all;
    }
    return;
  }
  double value = sl_real_parse(text, NULL); /* yyjson ends raw numbers with NUL */
  int digits = significant_digits(text, length);
  if (isfinite(value) && (digits <= 15 || (digits == 17 && double_is_exact(all, value)) ||
                          (digits == 16 && double_is_exact(all, value)))) {
    out->type = SL_TYPE_DOUBLE;
    out->as.real = value;
  } else if (isfinite(value) && sl_decimal_parse(all, &d) && d.scale < 38) {
    out->type = SL_TYPE_DECIMAL;
    out->as.decimal = d;
  } else if (isfinite(value) && digits <= 17) {
    out->type = SL_TYPE_DOUBLE; /* 1.2345678901234567e300: a decimal cannot hold it */
    out->as.real = value;
  } else {
    out->type = SL_TYPE_TEXT;
    out->as.text = all;
  }
}

/* The value as sl_value; objects and lists become their JSON text in scratch->text. */
static sl_status read_value(yyjson_val *value, struct nz_scratch *scratch, struct sl_value *out,
                            struct sl_error *err) {
  *out = (struct sl_value){ 0 };
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_STR:
      out->type = SL_TYPE_TEXT;
      out->as.text = (struct sl_text){ yyjson_get_str(value), yyjson_get_len(value) };
      return SL_OK;
    case YYJSON_TYPE_BOOL:
      out->type = SL_TYPE_BOOL;
      out->as.boolean = yyjson_get_bool(value);
      return SL_OK;
    case YYJSON_TYPE_RAW: {
      const char *text = yyjson_get_raw(value);
      size_t length = yyjson_get_len(value);
      if (fast_integer(text, length, &out->as.integer)) {
        out->type = SL_TYPE_BIGINT;
      } else {
        classify_number(text, length, out);
      }
      return SL_OK;
    }
    default: break;
  }
  size_t length = 0;
  char *json = yyjson_val_write(value, 0, &length);
  sl_buffer_reset(&scratch->text);
  if (json != NULL) {
    sl_buffer_append(&scratch->text, json, length);
    free(json);
  }
  out->type = SL_TYPE_JSON;
  out->as.text = (struct sl_text){ scratch->text.data, scratch->text.length };
  return json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a JSON value")
                      : sl_buffer_check(&scratch->text, err);
}

/* Gives an unknown column its type: preferred, detected, or the value's own. */
static void infer(struct nz_plan *plan, struct nz_slot *slot, const struct sl_value *value) {
  struct sl_normalizer *n = plan->normalizer;
  enum sl_type preferred = slot->variant ? SL_TYPE_NONE : sl_name_rules_type(n->rules, slot->name);
  slot->type = preferred != SL_TYPE_NONE ? preferred : sl_detect(n->schema->detections, value);
  slot->precision = slot->type == SL_TYPE_WEI ? 38 : n->options.decimal_precision;
  slot->scale = slot->type == SL_TYPE_WEI ? 0 : n->options.decimal_scale;
  slot->states_precision = false;
  if (slot->type == SL_TYPE_DECIMAL && value->type == SL_TYPE_DECIMAL) {
    struct sl_decimal d = value->as.decimal;
    if (d.scale > slot->scale || !sl_decimal_rescale(&d, slot->scale)) {
      slot->precision = 38;
      slot->scale = value->as.decimal.scale > slot->scale ? value->as.decimal.scale : slot->scale;
      slot->states_precision = true;
      d = value->as.decimal;
      if (!sl_decimal_rescale(&d, slot->scale)) {
        slot->scale = value->as.decimal.scale;
      }
    }
  }
  nz_slot_layout(slot);
  slot->order = plan->next_order++;
}

/* Numbers must not lose digits by becoming doubles (dlt lets them). */
static bool loses_digits(const struct sl_value *in, enum sl_type to) {
  if (to != SL_TYPE_DOUBLE) {
    return false;
  }
  return in->type == SL_TYPE_DECIMAL || in->type == SL_TYPE_WEI ||
         (in->type == SL_TYPE_BIGINT && (fabs((double)in->as.integer) >= 9223372036854775808.0 ||
                                         (int64_t)(double)in->as.integer != in->as.integer));
}

static sl_status store(struct nz_slot *slot, const struct sl_value *v, struct sl_error *err) {
  struct sl_builder *b = &slot->builder;
  sl_status rc = sl_builder_pad(b, slot->table->rows, err);
  if (rc != SL_OK) {
    return rc;
  }
  switch (slot->type) {
    case SL_TYPE_BIGINT:
    case SL_TYPE_TIMESTAMP:
    case SL_TYPE_TIME: return sl_builder_append_int64(b, v->as.integer, err);
    case SL_TYPE_DATE: return sl_builder_append_int32(b, (int32_t)v->as.integer, err);
    case SL_TYPE_DOUBLE: return sl_builder_append_double(b, v->as.real, err);
    case SL_TYPE_BOOL: return sl_builder_append_bool(b, v->as.boolean, err);
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: return sl_builder_append_decimal(b, v->as.decimal.coefficient, err);
    default: return sl_builder_append_bytes(b, v->as.text.data, v->as.text.length, err);
  }
}

/* Converts to the slot's type; false when that is not possible without loss. */
static bool fits(const struct nz_slot *slot, const struct sl_value *in, struct sl_value *out,
                 struct sl_buffer *text) {
  if (loses_digits(in, slot->type) || !sl_coerce(in, slot->type, out, text)) {
    return false;
  }
  if (slot->type == SL_TYPE_DECIMAL || slot->type == SL_TYPE_WEI) {
    return sl_decimal_rescale(&out->as.decimal, slot->scale) &&
           sl_decimal_digits(out->as.decimal.coefficient) <= slot->precision;
  }
  return true;
}

/* A bigint column that meets a fraction may widen instead of getting a variant. */
static bool widens(const struct nz_plan *plan, const struct nz_slot *slot,
                   const struct sl_value *value) {
  return plan->normalizer->options.on_type_change == SL_TYPE_CHANGE_WIDEN &&
         slot->type == SL_TYPE_BIGINT && !slot->variant &&
         (value->type == SL_TYPE_DOUBLE || value->type == SL_TYPE_DECIMAL ||
          value->type == SL_TYPE_WEI);
}

/* Makes the integers so far decimals of the wide type (38 digits, 18 of them fraction): exact for
 * every 64-bit integer and for the fractions that people write. */
static sl_status widen(struct nz_slot *slot, struct sl_error *err) {
  struct sl_builder old = slot->builder;
  struct sl_builder wide = { .layout = SL_LAYOUT_DECIMAL };
  sl_int128 factor = INT64_C(1000000000000000000);
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < old.length; row++) {
    if (!sl_builder_is_null(&old, row)) {
      rc = sl_builder_pad(&wide, row, err);
      if (rc == SL_OK) {
        rc = sl_builder_append_decimal(&wide, ((int64_t *)old.values)[row] * factor, err);
      }
    }
  }
  if (rc != SL_OK) {
    sl_builder_release(&wide);
    return rc;
  }
  sl_builder_release(&old);
  slot->builder = wide;
  slot->type = SL_TYPE_DECIMAL;
  slot->precision = 38;
  slot->scale = 18;
  slot->states_precision = true;
  return SL_OK;
}

static bool discarded(struct nz_scratch *scratch, const struct nz_slot *slot,
                      enum nz_outcome *outcome) {
  if (slot->discard == NZ_KEEP || slot->column != NULL) {
    return false;
  }
  if (slot->discard == NZ_DISCARD_ROW) {
    *outcome = NZ_ROW_DISCARDED;
  } else {
    scratch->discarded_values++;
  }
  return true;
}

static sl_status append_slow(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                             const struct sl_value *value, int depth, enum nz_outcome *outcome,
                             struct sl_error *err) {
  enum { MOST_VARIANTS = 4 };
  struct sl_buffer text = { 0 };
  struct sl_value fitted;
  sl_status rc = SL_OK;
  if (discarded(scratch, slot, outcome)) {
    return SL_OK;
  }
  if (slot->type == SL_TYPE_NONE) {
    infer(plan, slot, value);
  }
  bool ok = fits(slot, value, &fitted, &text);
  if (!ok && widens(plan, slot, value)) {
    rc = widen(slot, err);
    ok = rc == SL_OK && fits(slot, value, &fitted, &text);
  }
  if (rc == SL_OK && ok) {
    rc = store(slot, &fitted, err);
  } else if (rc == SL_OK && depth == MOST_VARIANTS) {
    rc = sl_fail(err, SL_EDATA, "column %s: a value fits none of its variants", slot->name);
  } else if (rc == SL_OK) {
    struct nz_slot *variant;
    rc = nz_variant_get(plan, slot, value->type, &variant, err);
    if (rc == SL_OK) {
      rc = append_slow(plan, scratch, variant, value, depth + 1, outcome, err);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status nz_append_value(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                          const struct sl_value *value, enum nz_outcome *outcome,
                          struct sl_error *err) {
  return append_slow(plan, scratch, slot, value, 0, outcome, err);
}

/* The fast road; *done = false when the value is of another type. */
static sl_status append_fast(struct nz_slot *slot, yyjson_val *value, bool *done,
                             struct sl_error *err) {
  struct sl_builder *b = &slot->builder;
  int64_t row = slot->table->rows;
  sl_status rc = SL_OK;
  int64_t integer;
  struct sl_iso iso;
  *done = true;
  switch (slot->type) {
    case SL_TYPE_TEXT:
      if (yyjson_is_str(value)) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK
                   ? sl_builder_append_bytes(b, yyjson_get_str(value), yyjson_get_len(value), err)
                   : rc;
      }
      break;
    case SL_TYPE_BIGINT:
      if (yyjson_is_raw(value) &&
          fast_integer(yyjson_get_raw(value), yyjson_get_len(value), &integer)) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK ? sl_builder_append_int64(b, integer, err) : rc;
      }
      break;
    case SL_TYPE_BOOL:
      if (yyjson_is_bool(value)) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK ? sl_builder_append_bool(b, yyjson_get_bool(value), err) : rc;
      }
      break;
    case SL_TYPE_TIMESTAMP:
      if (yyjson_is_str(value) &&
          sl_iso_parse((struct sl_text){ yyjson_get_str(value), yyjson_get_len(value) }, &iso) &&
          iso.kind == SL_ISO_TIMESTAMP) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK ? sl_builder_append_int64(b, iso.micros, err) : rc;
      }
      break;
    default: break;
  }
  *done = false;
  return SL_OK;
}

sl_status nz_append(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                    yyjson_val *value, enum nz_outcome *outcome, struct sl_error *err) {
  bool done = false;
  sl_status rc = append_fast(slot, value, &done, err);
  if (rc != SL_OK || done) {
    return rc;
  }
  struct sl_value v;
  rc = read_value(value, scratch, &v, err);
  return rc == SL_OK ? append_slow(plan, scratch, slot, &v, 0, outcome, err) : rc;
}

void nz_slot_read(const struct nz_slot *slot, int64_t row, struct sl_value *out) {
  const struct sl_builder *b = &slot->builder;
  *out = (struct sl_value){ 0 };
  if (sl_builder_is_null(b, row)) {
    return;
  }
  out->type = slot->type;
  switch (b->layout) {
    case SL_LAYOUT_INT64: out->as.integer = ((const int64_t *)b->values)[row]; break;
    case SL_LAYOUT_INT32: out->as.integer = ((const int32_t *)b->values)[row]; break;
    case SL_LAYOUT_DOUBLE: out->as.real = ((const double *)b->values)[row]; break;
    case SL_LAYOUT_BOOL:
      out->as.boolean = (((const uint8_t *)b->values)[row >> 3] >> (row & 7) & 1) != 0;
      break;
    case SL_LAYOUT_DECIMAL:
      memcpy(&out->as.decimal.coefficient, (const char *)b->values + row * 16, 16);
      out->as.decimal.scale = slot->scale;
      break;
    case SL_LAYOUT_BYTES: {
      const int32_t *offsets = b->values;
      out->as.text =
          (struct sl_text){ b->bytes + offsets[row], (size_t)(offsets[row + 1] - offsets[row]) };
      break;
    }
  }
}
