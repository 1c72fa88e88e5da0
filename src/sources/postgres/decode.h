/* decode.h - a row of COPY's binary format into columns. */
#ifndef SL_SOURCES_POSTGRES_DECODE_H
#define SL_SOURCES_POSTGRES_DECODE_H

#include <sluice/builder.h>

#include "sources/postgres/types.h"

struct pg_field { /* one column of the rows */
  enum pg_kind kind;
  enum sl_layout layout; /* while the block's values are in the declared type */
  int32_t scale;
  bool unbounded;
  struct sl_builder *builder;
};

/* One entry for each column of s->table, for s->batch. malloc'ed; NULL = no memory. */
struct pg_field *pg_fields_new(const struct sl_db_table *table, struct sl_db_batch *batch);

/* Appends the fields of a row (after the number of fields) to s->batch. */
sl_status pg_decode_row(struct pg_session *s, const unsigned char *at, const unsigned char *end,
                        struct sl_error *err);

#endif
