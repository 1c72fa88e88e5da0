/* orders.c - rows of the outside system into Arrow columns: one of every type that a batch hands
 * through without a conversion, and an int32, which is converted.
 *
 * A source whose library already gives columns (DuckDB, ADBC, ODBC in blocks) does not append value
 * by value: it fills the builders' memory directly, or hands the foreign array on as it is. */
#include <string.h>

#include <sluice/builder.h>

#include "example_internal.h"

static const struct {
  struct sl_field field; /* name, Arrow format, may be NULL */
  enum sl_layout layout;
} columns[CLIENT_COLUMNS] = {
  [CLIENT_ID] = { { "id", "l", false }, SL_LAYOUT_INT64 },
  [CLIENT_CUSTOMER] = { { "customer", "u", true }, SL_LAYOUT_BYTES },
  [CLIENT_PAID] = { { "paid", "b", true }, SL_LAYOUT_BOOL },
  [CLIENT_LINES] = { { "lines", "i", true }, SL_LAYOUT_INT32 },
  [CLIENT_POINTS] = { { "points", "l", true }, SL_LAYOUT_INT64 },
  [CLIENT_WEIGHT] = { { "weight", "g", true }, SL_LAYOUT_DOUBLE },
  [CLIENT_AMOUNT] = { { "amount", "d:18,4", true }, SL_LAYOUT_DECIMAL },
  [CLIENT_TOKENS] = { { "tokens", "d:38,0", true }, SL_LAYOUT_DECIMAL },
  [CLIENT_NOTE] = { { "note", "u", true }, SL_LAYOUT_BYTES },
  [CLIENT_RECEIPT] = { { "receipt", "z", true }, SL_LAYOUT_BYTES },
  [CLIENT_ORDERED_ON] = { { "ordered_on", "tdD", true }, SL_LAYOUT_INT32 },
  [CLIENT_ORDERED_TIME] = { { "ordered_time", "ttu", true }, SL_LAYOUT_INT64 },
  [CLIENT_LOCAL_AT] = { { "local_at", "tsu:", true }, SL_LAYOUT_INT64 },
  [CLIENT_PLACED_AT] = { { "placed_at", "tsu:UTC", true }, SL_LAYOUT_INT64 },
  [CLIENT_ATTRIBUTES] = { { "attributes", "u", true }, SL_LAYOUT_BYTES }, /* and json, see below */
};

sl_status example_orders_schema(struct ArrowSchema *out, struct sl_error *err) {
  struct sl_field fields[CLIENT_COLUMNS];
  for (int c = 0; c < CLIENT_COLUMNS; c++) {
    fields[c] = columns[c].field;
  }
  sl_status rc = sl_schema_struct(out, fields, CLIENT_COLUMNS, err);
  if (rc == SL_OK) {
    sl_schema_mark_json(out->children[CLIENT_ATTRIBUTES]);
  }
  return rc;
}

/* A value that is not NULL, as the next one of its column. */
static sl_status append(struct sl_builder *b, enum client_column column,
                        const struct client_order *o, struct sl_error *err) {
  switch (column) {
    case CLIENT_ID: return sl_builder_append_int64(b, o->id, err);
    case CLIENT_CUSTOMER: return sl_builder_append_bytes(b, o->customer, strlen(o->customer), err);
    case CLIENT_PAID: return sl_builder_append_bool(b, o->paid, err);
    case CLIENT_LINES: return sl_builder_append_int32(b, o->lines, err);
    case CLIENT_POINTS: return sl_builder_append_int64(b, o->points, err);
    case CLIENT_WEIGHT: return sl_builder_append_double(b, o->weight, err);
    case CLIENT_AMOUNT: return sl_builder_append_decimal(b, o->amount, err);
    case CLIENT_TOKENS: return sl_builder_append_decimal(b, o->tokens, err);
    case CLIENT_NOTE: return sl_builder_append_bytes(b, o->note, strlen(o->note), err);
    case CLIENT_RECEIPT:
      return sl_builder_append_bytes(b, (const char *)o->receipt, o->receipt_bytes, err);
    case CLIENT_ORDERED_ON: return sl_builder_append_int32(b, o->ordered_on, err);
    case CLIENT_ORDERED_TIME: return sl_builder_append_int64(b, o->ordered_time, err);
    case CLIENT_LOCAL_AT: return sl_builder_append_int64(b, o->local_at, err);
    case CLIENT_PLACED_AT: return sl_builder_append_int64(b, o->placed_at, err);
    case CLIENT_ATTRIBUTES:
      return sl_builder_append_bytes(b, o->attributes, strlen(o->attributes), err);
    case CLIENT_COLUMNS: break;
  }
  return sl_fail(err, SL_EINTERNAL, "example: column %d is not one of orders", (int)column);
}

static sl_status append_order(struct sl_builder *builders, int64_t row,
                              const struct client_order *o, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int c = 0; rc == SL_OK && c < CLIENT_COLUMNS; c++) {
    if ((o->nulls >> c & 1) != 0) {
      continue; /* a NULL is not appended: the next pad, or finish, fills the gap */
    }
    rc = sl_builder_pad(&builders[c], row, err);
    if (rc == SL_OK) {
      rc = append(&builders[c], (enum client_column)c, o, err);
    }
  }
  return rc;
}

sl_status example_orders_array(const struct client_order *orders, size_t count,
                               struct ArrowArray *out, struct sl_error *err) {
  struct sl_builder builders[CLIENT_COLUMNS] = { 0 };
  struct ArrowArray children[CLIENT_COLUMNS] = { 0 };
  sl_status rc = SL_OK;
  for (int c = 0; c < CLIENT_COLUMNS; c++) {
    builders[c].layout = columns[c].layout;
  }
  for (size_t row = 0; rc == SL_OK && row < count; row++) {
    rc = append_order(builders, (int64_t)row, &orders[row], err);
  }
  for (int c = 0; rc == SL_OK && c < CLIENT_COLUMNS; c++) {
    rc = sl_builder_finish(&builders[c], (int64_t)count, &children[c], err);
  }
  if (rc == SL_OK) {
    rc = sl_array_struct(out, children, CLIENT_COLUMNS, (int64_t)count, err);
  }
  for (int c = 0; c < CLIENT_COLUMNS; c++) { /* what was moved on is empty by now */
    sl_builder_release(&builders[c]);
    if (children[c].release != NULL) {
      children[c].release(&children[c]);
    }
  }
  return rc;
}
