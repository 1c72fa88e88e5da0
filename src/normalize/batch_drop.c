/* batch_drop.c - rows of a batch that a contract discards.
 *
 * Columns are taken one after the other, so a row is only marked when one of its values may not be;
 * when all columns are there, the marked rows are taken out of each. */
#include <stdlib.h>

#include "normalize/batch_in.h"

sl_status nz_drop_row(struct nz_drops *drops, int64_t row, struct sl_error *err) {
  if (drops->rows == NULL) {
    drops->rows = sl_calloc_array((size_t)drops->n_rows, sizeof *drops->rows);
    if (drops->rows == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for %lld rows", (long long)drops->n_rows);
    }
  }
  drops->count += !drops->rows[row];
  drops->rows[row] = true;
  return SL_OK;
}

static sl_status append(struct sl_builder *b, const struct ArrowArray *from, int64_t row,
                        struct sl_error *err) {
  const void *values = from->buffers[1];
  switch (b->layout) {
    case SL_LAYOUT_INT64: return sl_builder_append_int64(b, ((const int64_t *)values)[row], err);
    case SL_LAYOUT_INT32: return sl_builder_append_int32(b, ((const int32_t *)values)[row], err);
    case SL_LAYOUT_DOUBLE: return sl_builder_append_double(b, ((const double *)values)[row], err);
    case SL_LAYOUT_BOOL:
      return sl_builder_append_bool(b, (((const uint8_t *)values)[row >> 3] >> (row & 7) & 1) != 0,
                                    err);
    case SL_LAYOUT_DECIMAL: {
      sl_int128 value;
      memcpy(&value, (const char *)values + row * 16, 16);
      return sl_builder_append_decimal(b, value, err);
    }
    default: {
      const int32_t *offsets = values;
      return sl_builder_append_bytes(b, (const char *)from->buffers[2] + offsets[row],
                                     (size_t)(offsets[row + 1] - offsets[row]), err);
    }
  }
}

static bool is_null(const struct ArrowArray *array, int64_t row) {
  const uint8_t *valid = array->buffers[0];
  return array->null_count != 0 && valid != NULL && (valid[row >> 3] >> (row & 7) & 1) == 0;
}

static sl_status keep_rest(const struct nz_drops *drops, struct nz_slot *slot,
                           struct sl_error *err) {
  struct ArrowArray all = slot->passed;
  sl_status rc = SL_OK;
  slot->passed.release = NULL;
  if (all.release == NULL) {
    rc = sl_builder_finish(&slot->builder, drops->n_rows, &all, err);
  }
  int64_t kept = 0;
  for (int64_t row = 0; rc == SL_OK && row < drops->n_rows; row++) {
    if (drops->rows[row]) {
      continue;
    }
    if (!is_null(&all, row)) {
      rc = sl_builder_pad(&slot->builder, kept, err);
      if (rc == SL_OK) {
        rc = append(&slot->builder, &all, row, err);
      }
    }
    kept++;
  }
  if (all.release != NULL) {
    all.release(&all);
  }
  return rc;
}

sl_status nz_drops_apply(const struct nz_drops *drops, struct nz_table *table,
                         struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && drops->count > 0 && i < table->n_slots; i++) {
    struct nz_slot *slot = table->slots[i];
    if (slot->passed.release != NULL || slot->builder.length > 0) {
      rc = keep_rest(drops, slot, err);
    }
    if (slot->column == NULL && slot->builder.length == slot->builder.null_count) {
      slot->type = SL_TYPE_NONE; /* only discarded rows gave it its type */
    }
  }
  return rc;
}
