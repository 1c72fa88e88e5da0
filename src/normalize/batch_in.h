/* batch_in.h - Arrow batches into a table. Private to src/normalize/.
 *
 * Columns that need no change are lent to the result without a copy, so the block's array is moved
 * into a shared holder that lives until the last of them is released. */
#ifndef SL_NORMALIZE_BATCH_IN_H
#define SL_NORMALIZE_BATCH_IN_H

#include <stdatomic.h>

#include "normalize/walk.h"

struct nz_holder { /* owner of a block's array, counted */
  _Atomic int references;
  struct ArrowArray array;
};

/* Moves block->array into a holder with one reference (its pointers stay readable in the block). */
sl_status nz_holder_new(struct nz_holder **out, struct sl_block *block, struct sl_error *err);
void nz_holder_drop(struct nz_holder *holder); /* NULL is fine */

/* Rows of a batch that do not stay (batch_drop.c); init with the number of rows, free `rows`. */
struct nz_drops {
  bool *rows; /* NULL = none so far */
  int64_t n_rows, count;
};
sl_status nz_drop_row(struct nz_drops *drops, int64_t row, struct sl_error *err);
/* Takes the rows out of all slots of the table. */
sl_status nz_drops_apply(const struct nz_drops *drops, struct nz_table *table,
                         struct sl_error *err);

/* Puts the block's columns into the slots of the root table. */
sl_status nz_take_batch(struct nz_walk *walk, const struct sl_block *block,
                        struct nz_holder *holder, struct sl_error *err);

#endif
