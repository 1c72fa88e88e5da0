/* builder.h - making Arrow batches: one builder a column, then a struct array over the columns.
 *
 * A builder grows one Arrow column; values are appended straight from a parser or a wire. Nulls are
 * not appended one by one: a builder that is behind the row number is filled up when the next value
 * comes (`sl_builder_pad`), so a sparse column costs only its values.
 *
 *   struct sl_builder b = { .layout = SL_LAYOUT_INT64 };
 *   sl_builder_pad(&b, row, err);           every row before `row` that has no value is NULL
 *   sl_builder_append_int64(&b, 42, err);   this is row `row`
 *   sl_builder_finish(&b, rows, &array, err);
 *
 * A builder belongs to one thread at a time. */
#ifndef SLUICE_BUILDER_H
#define SLUICE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef __int128 sl_int128;

enum sl_layout {                   /* physical layouts; in brackets the Arrow formats they serve */
                 SL_LAYOUT_INT64,  /* l, tsu:…, ttu */
                 SL_LAYOUT_INT32,  /* i, tdD */
                 SL_LAYOUT_DOUBLE, /* g */
                 SL_LAYOUT_BOOL,   /* b: one bit a value */
                 SL_LAYOUT_BYTES,  /* u, z: int32 offsets; a column of a batch stays below 2 GB */
                 SL_LAYOUT_DECIMAL /* d:P,S with P up to 38: 16 bytes */
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
  /* What the last batch needed: the first allocation of the next one. */
  int64_t usual_rows;
  size_t usual_bytes;
};

SL_API sl_status sl_builder_reserve(struct sl_builder *b, int64_t rows, struct sl_error *err);
/* Appends nulls until length == row. */
SL_API sl_status sl_builder_pad(struct sl_builder *b, int64_t row, struct sl_error *err);
/* One value each; bytes are copied. SL_EDATA: more than 2 GB of text in one column. */
SL_API sl_status sl_builder_append_bytes(struct sl_builder *b, const char *data, size_t length,
                                         struct sl_error *err);
SL_API sl_status sl_builder_append_int64(struct sl_builder *b, int64_t value, struct sl_error *err);
SL_API sl_status sl_builder_append_int32(struct sl_builder *b, int32_t value, struct sl_error *err);
SL_API sl_status sl_builder_append_double(struct sl_builder *b, double value, struct sl_error *err);
SL_API sl_status sl_builder_append_bool(struct sl_builder *b, bool value, struct sl_error *err);
SL_API sl_status sl_builder_append_decimal(struct sl_builder *b, sl_int128 value,
                                           struct sl_error *err);
/* Moves the contents into an Arrow array of `rows` rows (padded with nulls) and leaves the
 * builder empty with its layout. On failure the builder is as it was, and to be released. */
SL_API sl_status sl_builder_finish(struct sl_builder *b, int64_t rows, struct ArrowArray *out,
                                   struct sl_error *err);
SL_API void sl_builder_release(struct sl_builder *b);

struct sl_field { /* one column of a schema */
  const char *name, *format;
  bool nullable;
};
/* Builds a struct schema of n children; names and formats are copied. */
SL_API sl_status sl_schema_struct(struct ArrowSchema *out, const struct sl_field *fields, size_t n,
                                  struct sl_error *err);
/* Says that the texts of a column (format "u") are JSON values: Arrow's extension type arrow.json.
 * The column must have been made by sl_schema_struct. */
SL_API void sl_schema_mark_json(struct ArrowSchema *column);
SL_API bool sl_schema_is_json(const struct ArrowSchema *column); /* anybody's column */
/* A struct array over `children`, which are moved out of the caller's array on success. */
SL_API sl_status sl_array_struct(struct ArrowArray *out, struct ArrowArray *children, size_t n,
                                 int64_t rows, struct sl_error *err);

#ifdef __cplusplus
}
#endif
#endif
