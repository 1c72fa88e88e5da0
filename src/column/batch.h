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
/* For parsers that write values themselves: `rows` more rows, none of them null; their values (for
 * BYTES the offsets behind them) are the caller's to set. */
sl_status sl_builder_extend(struct sl_builder *b, int64_t rows, struct sl_error *err);
/* Makes a row null whose value (offset) the caller has set to zero (to the one before). */
sl_status sl_builder_set_null(struct sl_builder *b, int64_t row, struct sl_error *err);
sl_status sl_builder_reserve_bytes(struct sl_builder *b, size_t more, struct sl_error *err);
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
/* Bits that a value of the format takes in the second buffer; 0 = another layout. */
int64_t sl_value_bits(const char *format);
/* Bytes that the rows of an array take: validity, values, offsets, texts, children. */
int64_t sl_array_bytes(const struct ArrowSchema *schema, const struct ArrowArray *array);

/* A sparse union ("+us:0,1,…"): each row has its value in one of n children, all of the same
 * length. A column whose values are of several types, as SQLite's may be; the first child is what
 * the column is declared as. ids: one a row, malloc'ed, moved like the children. */
sl_status sl_schema_union(struct ArrowSchema *out, const char *name, const struct sl_field *fields,
                          size_t n, struct sl_error *err);
sl_status sl_array_union(struct ArrowArray *out, struct ArrowArray *children, size_t n, int8_t *ids,
                         int64_t rows, struct sl_error *err);

/* The layout in which values of one of our formats are built; small integers (s, i) as INT64. */
enum sl_layout sl_layout_of(const char *format);

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
