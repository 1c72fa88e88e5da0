/* decode.h - what decode.c and decode_time.c share. Private to src/sources/mysql/. */
#ifndef SL_SOURCES_MYSQL_DECODE_H
#define SL_SOURCES_MYSQL_DECODE_H

#include <sluice/builder.h>

#include "sources/mysql/internal.h"

struct maria_column {
  enum maria_decode decode;
  char layout; /* first character of the declared format */
  bool is_unsigned;
  bool text; /* this block's column travels as text: something special was met */
  int scale, decimals;
};

struct maria_decoder {
  const struct sl_db_table *table;
  struct sl_db_batch *batch;
  struct maria_column *columns;
  size_t n_columns;
  int64_t fixed_bytes,
      wire_bytes; /* of a row in memory beside its texts; of this block's packets */
};

/* Rows before this one that had no value are NULL. */
static inline sl_status maria_pad(struct maria_decoder *d, struct sl_builder *b,
                                  struct sl_error *err) {
  int64_t row = sl_db_batch_rows(d->batch);
  return b->length < row ? sl_builder_pad(b, row, err) : SL_OK;
}

/* A text for a column of texts, or one that has become one. */
static inline sl_status maria_put_text(struct maria_decoder *d, size_t i, const char *text,
                                       size_t length, struct sl_error *err) {
  struct sl_builder *b = sl_db_batch_builder(d->batch, i);
  sl_status rc = maria_pad(d, b, err);
  return rc == SL_OK ? sl_builder_append_bytes(b, text, length, err) : rc;
}

/* A value that the declared type cannot hold, or any value after such a one. */
static inline sl_status maria_put_special(struct maria_decoder *d, size_t i, const char *text,
                                          size_t length, struct sl_error *err) {
  sl_status rc = sl_db_batch_append_special(d->batch, i, text, length, err);
  d->columns[i].text = sl_db_batch_is_text(d->batch, i);
  return rc;
}

/* A date, datetime or time as the protocol packs it. */
sl_status maria_put_time(struct maria_decoder *d, size_t i, struct sl_text bytes,
                         struct sl_error *err);

#endif
