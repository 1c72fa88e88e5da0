/* batch.h - rows of one destination table in columns, and what only the engine does with the
 * builders of <sluice/builder.h>. May include base/. */
#ifndef SL_COLUMN_BATCH_H
#define SL_COLUMN_BATCH_H

#include <string.h>

#include <sluice/builder.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/text.h"

/* Removes the last row (it must exist): for duplicate keys, where the last value wins. */
void sl_builder_pop(struct sl_builder *b);
/* Cuts to `rows` rows: for a rejected row. */
void sl_builder_truncate(struct sl_builder *b, int64_t rows);
bool sl_builder_is_null(const struct sl_builder *b, int64_t row);
/* Bytes of memory held. */
size_t sl_builder_bytes(const struct sl_builder *b);

/* Rows of one table. schema: struct ("+s"), one child a column, in the table's column order as far
 * as the batch has them; array likewise. Both owned; release when released. */
struct sl_batch {
  char *table; /* destination table name, owned */
  struct ArrowSchema schema;
  struct ArrowArray array;
};
void sl_batch_release(struct sl_batch *batch);

/* A stream over already made arrays (moved); for tests and results. */
sl_status sl_stream_of(struct ArrowArrayStream *out, struct ArrowSchema *schema,
                       struct ArrowArray *arrays, size_t n, struct sl_error *err);

/* Text of one value as a user reads it (tables, CSV); returns false for null. Appends to out. */
bool sl_array_print(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
                    struct sl_buffer *out);
/* The same as a JSON value (numbers bare, text quoted, null as null). */
void sl_array_print_json(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         int64_t row, struct sl_buffer *out);

#endif
