/* csv_parse.h - one column of a few hundred rows from text to values. Private to this folder. */
#ifndef SL_SOURCES_CSV_PARSE_H
#define SL_SOURCES_CSV_PARSE_H

#include "column/batch.h"
#include "csv_split.h"
#include "csv_value.h"

struct csv_chunk { /* rows that are parsed together */
  const char *data;
  const struct csv_dialect *dialect;
  const struct csv_index *index;
  /* A row with a value that is not of its column's declared type; set by csv_parse_column. */
  uint8_t *bad;                   /* of each row of the index */
  size_t n_bad;                   /* rows marked in `bad` */
  size_t *bad_columns;            /* of each bad row: the first such column */
  struct sl_buffer text, scratch; /* reused */
};

/* A column under construction: values of its type, and values of other types, which did not fit. A
 * row has a value in at most one of the builders. */
struct csv_built {
  struct csv_kind kind;
  struct sl_builder main;
  struct sl_builder *others; /* [CSV_TYPES], or NULL while there are none */
};

/* The kind of others[type]. */
struct csv_kind csv_other_kind(enum csv_type type);
enum sl_layout csv_layout_of(enum csv_type type);
void csv_built_release(struct csv_built *built);
/* Takes back all rows from `rows` on. */
void csv_built_truncate(struct csv_built *built, int64_t rows);
/* Makes the fields whose text is `nulls` NULL, and empty ones texts. Once for a chunk. */
void csv_apply_nulls(struct csv_chunk *chunk, struct sl_text nulls);
/* Adds column number `column` of all rows of the chunk. */
sl_status csv_parse_column(struct csv_chunk *chunk, size_t column, struct csv_built *out,
                           struct sl_error *err);

#endif
