/* batch_rejects.c - rows of a batch that are set aside: noted while the batch is filled, taken out
 * of the block when it is finished; see rejects.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "column/read.h"
#include "database/batch_internal.h"
#include "database/window.h"

sl_status sl_db_batch_reject(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                             const char *bytes, size_t length, const char *reason,
                             struct sl_error *err) {
  for (size_t i = 0; i < b->rejects.n; i++) {
    if (b->rejects.items[i].row == b->rows) {
      return SL_OK; /* for another of its values */
    }
  }
  const struct sl_source_reject bad = {
    .origin = b->table->name,
    .column = c->declared->name,
    .raw = (char *)(uintptr_t)bytes,
    .raw_length = length,
    .reason = (char *)(uintptr_t)reason,
    .row = b->rows,
    .byte_offset = -1,
  };
  return sl_db_rejects_add(&b->rejects, &bad, err);
}

static int by_row(const void *a, const void *b) {
  int64_t x = ((const struct sl_source_reject *)a)->row;
  int64_t y = ((const struct sl_source_reject *)b)->row;
  return (x > y) - (x < y);
}

/* "items (id=17)": the table and the row's primary key, where it has one. */
static char *place_of(const struct sl_db_table *table, const struct sl_block *block, int64_t row) {
  struct sl_buffer out = { 0 };
  struct sl_buffer value = { 0 };
  sl_buffer_text(&out, table->name);
  for (size_t k = 0; k < table->n_primary_key; k++) {
    for (size_t i = 0; i < table->n_columns; i++) {
      if (strcmp(table->columns[i].name, table->primary_key[k]) == 0) {
        sl_buffer_reset(&value);
        sl_array_print(block->schema.children[i], block->array.children[i], row, &value);
        sl_buffer_printf(&out, "%s%s=%.200s", k == 0 ? " (" : ", ", table->primary_key[k],
                         value.data == NULL ? "" : value.data);
      }
    }
  }
  sl_buffer_text(&out, strchr(out.data == NULL ? "" : out.data, '(') != NULL ? ")" : "");
  sl_buffer_release(&value);
  return sl_buffer_take(&out);
}

sl_status sl_db_batch_part(struct sl_db_batch *b, struct sl_block *block, struct sl_error *err) {
  if (b->rejects.n == 0) {
    return SL_OK;
  }
  bool *keep = sl_calloc_array((size_t)b->rows, sizeof *keep);
  sl_status rc = keep == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for rejected rows") : SL_OK;
  qsort(b->rejects.items, b->rejects.n, sizeof *b->rejects.items, by_row);
  for (int64_t row = 0; rc == SL_OK && row < b->rows; row++) {
    keep[row] = true;
  }
  for (size_t i = 0; rc == SL_OK && i < b->rejects.n; i++) {
    struct sl_source_reject *r = &b->rejects.items[i];
    char *origin = place_of(b->table, block, r->row);
    keep[r->row] = false;
    if (origin == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for rejected rows");
      break;
    }
    free(r->origin);
    r->origin = origin;
    r->line = r->row + 1;
    r->row -= (int64_t)i;
  }
  rc = rc == SL_OK ? sl_db_block_keep(block, keep, err) : rc;
  if (rc == SL_OK) {
    sl_db_rejects_move(&b->rejects, block);
  }
  free(keep);
  return rc;
}
