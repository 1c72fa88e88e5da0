/* value.h - one JSON value into the column it belongs to. Private to src/normalize/. */
#ifndef SL_NORMALIZE_VALUE_H
#define SL_NORMALIZE_VALUE_H

#include <yyjson.h>

#include "normalize/plan.h"

/* What became of a value or a row. */
enum nz_outcome { NZ_STORED, NZ_ROW_DISCARDED };

struct nz_scratch {      /* per worker */
  struct sl_buffer text; /* results of coercion */
  struct sl_buffer json; /* canonical JSON for keys */
  bool typed;            /* the block under way has typed JSON (sl_block.typed) */
  int64_t discarded_values;
};

/* Appends `value` (not null) to `slot` at row slot->table->rows: into the slot itself, a variant of
 * it, or nowhere when the contract says so. */
sl_status nz_append(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                    yyjson_val *value, enum nz_outcome *outcome, struct sl_error *err);
/* The same for a value that is no JSON (from another column). */
sl_status nz_append_value(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                          const struct sl_value *value, enum nz_outcome *outcome,
                          struct sl_error *err);
/* The same for a value of which the source says that it is of another type than its column: it is
 * not converted, but goes into the variant of its own type. */
sl_status nz_append_other(struct nz_plan *plan, struct nz_scratch *scratch, struct nz_slot *slot,
                          const struct sl_value *value, enum nz_outcome *outcome,
                          struct sl_error *err);
/* Reads back the value of a row of a slot; text borrows from the builder. */
void nz_slot_read(const struct nz_slot *slot, int64_t row, struct sl_value *out);

#endif
