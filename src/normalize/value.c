/* value.c - see value.h. The common case (type of the value = type of the column) is decided by one
 * switch in nz_append; everything else takes the road over sl_value, coercion and variants. */
#include "normalize/value.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "normalize/number.h"
#include "normalize/typed.h"
#include "schema/contract.h"

/* Objects and lists become their JSON text in scratch->text. */
static sl_status read_container(yyjson_val *value, struct nz_scratch *scratch, struct sl_value *out,
                                struct sl_error *err) {
  sl_buffer_reset(&scratch->text);
  bool ok = nz_write_json(value, scratch->typed, &scratch->text);
  out->type = SL_TYPE_JSON;
  out->as.text = (struct sl_text){ scratch->text.data, scratch->text.length };
  return ok ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for a JSON value");
}

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
    case YYJSON_TYPE_RAW:
      nz_read_number(yyjson_get_raw(value), yyjson_get_len(value), scratch->typed, out);
      return SL_OK;
    default: break;
  }
  return read_container(value, scratch, out, err);
}

/* Gives an unknown column a type, a decimal one room for the value. */
static void infer_as(struct nz_plan *plan, struct nz_slot *slot, const struct sl_value *value,
                     enum sl_type type) {
  const struct sl_normalizer *n = plan->normalizer;
  slot->type = type;
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

/* The type is the preferred, the detected, or the value's own. */
static void infer(struct nz_plan *plan, struct nz_slot *slot, const struct sl_value *value) {
  const struct sl_normalizer *n = plan->normalizer;
  enum sl_type preferred = slot->variant ? SL_TYPE_NONE : sl_name_rules_type(n->rules, slot->name);
  infer_as(plan, slot, value,
           preferred != SL_TYPE_NONE ? preferred : sl_detect(n->schema->detections, value));
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

/* The contract lets a column change its type. */
static bool may_change(const struct nz_plan *plan, const struct nz_slot *slot) {
  struct sl_normalizer *n = plan->normalizer;
  const struct sl_table *table = slot->table->in_schema;
  pthread_mutex_lock(&n->lock);
  struct sl_contract contract =
      sl_contract_of(n->schema, table == NULL ? n->root : table, &n->override);
  pthread_mutex_unlock(&n->lock);
  return contract.data_type == SL_EVOLVE;
}

/* A decimal column gets more digits when a value needs them and all values have room. A column that
 * may be in the destination already keeps room for 20 digits before the point, because nobody knows
 * what it holds. */
static bool grow_decimal(const struct nz_plan *plan, struct nz_slot *slot,
                         const struct sl_value *value) {
  enum { MOST_DIGITS = 38, KEPT_WHOLE = 20 };
  struct sl_decimal d = value->as.decimal;
  if (slot->type != SL_TYPE_DECIMAL || value->type != SL_TYPE_DECIMAL) {
    return false;
  }
  sl_decimal_trim(&d);
  int32_t whole = slot->precision - slot->scale;
  int32_t needed = sl_decimal_digits(d.coefficient) - d.scale;
  int32_t scale = d.scale > slot->scale ? d.scale : slot->scale;
  int32_t wanted = scale + (needed > whole ? needed : whole);
  int32_t precision = wanted < MOST_DIGITS ? wanted : MOST_DIGITS;
  int32_t kept = slot->column == NULL ? 0 : whole < KEPT_WHOLE ? whole : KEPT_WHOLE;
  if (needed > precision - scale || precision - scale < kept || !may_change(plan, slot)) {
    return false;
  }
  sl_int128 *values = slot->builder.values;
  for (int64_t row = 0; row < slot->builder.length; row++) {
    struct sl_decimal old = { values[row], slot->scale };
    if (!sl_decimal_rescale(&old, scale) || sl_decimal_digits(old.coefficient) > precision) {
      return false;
    }
  }
  for (int64_t row = 0; row < slot->builder.length; row++) {
    struct sl_decimal old = { values[row], slot->scale };
    values[row] = sl_decimal_rescale(&old, scale) ? old.coefficient : 0;
  }
  slot->precision = precision;
  slot->scale = scale;
  slot->states_precision = true;
  return true;
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

static sl_status append_variant(struct nz_plan *plan, struct nz_scratch *scratch,
                                struct nz_slot *slot, const struct sl_value *value, int depth,
                                enum nz_outcome *outcome, struct sl_error *err);

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
  ok = ok || (rc == SL_OK && grow_decimal(plan, slot, value) && fits(slot, value, &fitted, &text));
  if (rc == SL_OK && !ok && text.failed) { /* not known to fit, which must not make a variant */
    rc = sl_fail(err, SL_ENOMEM, "out of memory converting a value of column %s", slot->name);
  } else if (rc == SL_OK && ok) {
    rc = store(slot, &fitted, err);
  } else if (rc == SL_OK && depth == MOST_VARIANTS) {
    rc = sl_fail(err, SL_EDATA, "column %s: a value fits none of its variants", slot->name);
  } else if (rc == SL_OK && slot->variant_of != NULL && slot->type == value->type) {
    /* A decimal that even the variant for decimals has no room for; texts always fit. */
    struct sl_value printed;
    rc = sl_coerce(value, SL_TYPE_TEXT, &printed, &text)
             ? append_variant(plan, scratch, slot->variant_of, &printed, depth, outcome, err)
             : sl_fail(err, SL_ENOMEM, "out of memory for a decimal");
  } else if (rc == SL_OK) {
    rc = append_variant(plan, scratch, slot, value, depth, outcome, err);
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status append_variant(struct nz_plan *plan, struct nz_scratch *scratch,
                                struct nz_slot *slot, const struct sl_value *value, int depth,
                                enum nz_outcome *outcome, struct sl_error *err) {
  struct nz_slot *variant;
  sl_status rc = nz_variant_get(plan, slot, value->type, &variant, err);
  return rc == SL_OK ? append_slow(plan, scratch, variant, value, depth + 1, outcome, err) : rc;
}

/* A text that is no value of the type its mark names: the column has that type all the same. */
static sl_status append_misfit(struct nz_plan *plan, struct nz_scratch *scratch,
                               struct nz_slot *slot, const struct sl_value *text,
                               enum sl_type meant, enum nz_outcome *outcome, struct sl_error *err) {
  struct sl_value any = { .type = meant };
  struct sl_value as_double;
  if (discarded(scratch, slot, outcome)) {
    return SL_OK;
  }
  if (slot->type == SL_TYPE_NONE) {
    infer(plan, slot, &any);
  }
  bool nameless =
      slot->type == SL_TYPE_DOUBLE && sl_coerce(text, SL_TYPE_DOUBLE, &as_double, NULL) &&
      (isnan(as_double.as.real) || memchr(text->as.text.data, 'I', text->as.text.length));
  return slot->type == SL_TYPE_TEXT || nameless
             ? append_slow(plan, scratch, slot, text, 0, outcome, err)
             : append_variant(plan, scratch, slot, text, 0, outcome, err);
}

static sl_status append_marked(struct nz_plan *plan, struct nz_scratch *scratch,
                               struct nz_slot *slot, struct sl_text marked,
                               enum nz_outcome *outcome, struct sl_error *err) {
  struct sl_value v;
  enum sl_type meant;
  if (!nz_read_marked(marked, &scratch->text, &v, &meant)) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a value");
  }
  if (v.type == SL_TYPE_TIMESTAMP && slot->type == SL_TYPE_TIMESTAMP) {
    return store(slot, &v, err);
  }
  return meant != SL_TYPE_NONE ? append_misfit(plan, scratch, slot, &v, meant, outcome, err)
                               : append_slow(plan, scratch, slot, &v, 0, outcome, err);
}

sl_status nz_append_value(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                          const struct sl_value *value, enum nz_outcome *outcome,
                          struct sl_error *err) {
  return append_slow(plan, scratch, slot, value, 0, outcome, err);
}

sl_status nz_append_other(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                          const struct sl_value *value, enum nz_outcome *outcome,
                          struct sl_error *err) {
  struct nz_slot *variant;
  if (slot->type == SL_TYPE_NONE || slot->type == value->type || widens(plan, slot, value)) {
    return nz_append_value(plan, scratch, slot, value, outcome, err);
  }
  if (discarded(scratch, slot, outcome)) {
    return SL_OK;
  }
  sl_status rc = nz_variant_get(plan, slot, value->type, &variant, err);
  if (rc == SL_OK && variant->type == SL_TYPE_NONE) {
    infer_as(plan, variant, value, value->type); /* as it is: no detection in texts */
    variant->naive = value->type == SL_TYPE_TIMESTAMP && !value->zoned;
  }
  return rc == SL_OK ? nz_append_value(plan, scratch, variant, value, outcome, err) : rc;
}

/* The fast road; *done = false when the value is of another type. */
static sl_status append_fast(struct nz_slot *slot, yyjson_val *value, bool typed, bool *done,
                             struct sl_error *err) {
  struct sl_builder *b = &slot->builder;
  int64_t row = slot->table->rows;
  sl_status rc = SL_OK;
  int64_t integer;
  double real;
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
          nz_small_integer(yyjson_get_raw(value), yyjson_get_len(value), &integer)) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK ? sl_builder_append_int64(b, integer, err) : rc;
      }
      break;
    case SL_TYPE_DOUBLE:
      if (yyjson_is_raw(value) &&
          nz_is_double(yyjson_get_raw(value), yyjson_get_len(value), typed, &real)) {
        rc = b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
        return rc == SL_OK ? sl_builder_append_double(b, real, err) : rc;
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
  if (scratch->typed && yyjson_is_str(value) &&
      nz_is_marked(yyjson_get_str(value), yyjson_get_len(value))) {
    struct sl_text marked = { yyjson_get_str(value), yyjson_get_len(value) };
    return append_marked(plan, scratch, slot, marked, outcome, err);
  }
  sl_status rc = append_fast(slot, value, scratch->typed, &done, err);
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
      const int32_t *offsets = b->values; /* no bytes at all when every text so far is empty */
      out->as.text = (struct sl_text){ b->bytes == NULL ? "" : b->bytes + offsets[row],
                                       (size_t)(offsets[row + 1] - offsets[row]) };
      break;
    }
  }
}
