/* batch.h - rows of one destination table in columns, and the builders that make them.
 *
 * A builder grows one Arrow column; values are appended straight from a parser. Nulls are not
 * appended one by one: a builder that is behind the row number is filled up when the next value
 * comes (`sl_builder_pad`), so a sparse column costs only its values. May include base/. */
#ifndef SL_COLUMN_BATCH_H
#define SL_COLUMN_BATCH_H

#include <string.h>

#include <sluice/arrow.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "base/text.h"

enum sl_layout {                   /* physical layouts that we build; Arrow format in brackets */
                 SL_LAYOUT_INT64,  /* l, tsu:…, ttu */
                 SL_LAYOUT_INT32,  /* tdD */
                 SL_LAYOUT_DOUBLE, /* g */
                 SL_LAYOUT_BOOL,   /* b: one bit a value */
                 SL_LAYOUT_BYTES,  /* u, z: int32 offsets; a column of a batch stays below 2 GB */
                 SL_LAYOUT_DECIMAL /* d:38,S: 16 bytes */
};

struct sl_builder { /* all-zero with a layout is empty */
  enum sl_layout layout;
  int64_t length; /* rows so far, nulls included */
  int64_t null_count;
  int64_t capacity;  /* rows that fit */
  uint8_t *validity; /* bit = 1: a value; NULL while there are no nulls */
  void *values;      /* fixed-width values, bits, or int32 offsets [length + 1] */
  char *bytes;       /* BYTES: the text itself */
  size_t bytes_length, bytes_capacity;
};

sl_status sl_builder_reserve(struct sl_builder *b, int64_t rows, struct sl_error *err);
/* Appends nulls until length == row. */
sl_status sl_builder_pad(struct sl_builder *b, int64_t row, struct sl_error *err);
/* Removes the last row (it must exist): for duplicate keys, where the last value wins. */
void sl_builder_pop(struct sl_builder *b);
/* Cuts to `rows` rows: for a rejected row. */
void sl_builder_truncate(struct sl_builder *b, int64_t rows);
sl_status sl_builder_append_bytes(struct sl_builder *b, const char *data, size_t length,
                                  struct sl_error *err);
sl_status sl_builder_append_int64(struct sl_builder *b, int64_t value, struct sl_error *err);
sl_status sl_builder_append_int32(struct sl_builder *b, int32_t value, struct sl_error *err);
sl_status sl_builder_append_double(struct sl_builder *b, double value, struct sl_error *err);
sl_status sl_builder_append_bool(struct sl_builder *b, bool value, struct sl_error *err);
sl_status sl_builder_append_decimal(struct sl_builder *b, sl_int128 value, struct sl_error *err);
bool sl_builder_is_null(const struct sl_builder *b, int64_t row);
/* Bytes of memory held. */
size_t sl_builder_bytes(const struct sl_builder *b);
/* Moves the contents into an Arrow array of `rows` rows (padded with nulls) and leaves the
 * builder empty with its layout. */
sl_status sl_builder_finish(struct sl_builder *b, int64_t rows, struct ArrowArray *out,
                            struct sl_error *err);
void sl_builder_release(struct sl_builder *b);

/* Rows of one table. schema: struct ("+s"), one child a column, in the table's column order as far
 * as the batch has them; array likewise. Both owned; release when released. */
struct sl_batch {
  char *table; /* destination table name, owned */
  struct ArrowSchema schema;
  struct ArrowArray array;
};
void sl_batch_release(struct sl_batch *batch);

/* Builds a struct schema of n children; names and formats are copied. */
struct sl_field {
  const char *name, *format;
  bool nullable;
};
sl_status sl_schema_struct(struct ArrowSchema *out, const struct sl_field *fields, size_t n,
                           struct sl_error *err);
/* A struct array over `children` (moved out of the caller's array). */
sl_status sl_array_struct(struct ArrowArray *out, struct ArrowArray *children, size_t n,
                          int64_t rows, struct sl_error *err);

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
