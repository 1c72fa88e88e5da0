/* normalize.h - documents and foreign batches into batches of parent and child tables.
 *
 * dlt's relational algorithm (dlt.md 2.2-2.9), streaming and columnar. Several workers normalize
 * blocks at once; `commit` is called in block order, one at a time, and decides what the schema
 * becomes, so that the result is that of one sequential run. May include schema/, column/. */
#ifndef SL_NORMALIZE_NORMALIZE_H
#define SL_NORMALIZE_NORMALIZE_H

#include <sluice/source.h>

#include "column/batch.h"
#include "schema/naming.h"
#include "schema/schema.h"

enum sl_type_change { SL_TYPE_CHANGE_VARIANT, SL_TYPE_CHANGE_WIDEN };

struct sl_normalize_options {
  const char *root_table; /* already normalised name; exists in the schema with its hints */
  const char *load_id;
  struct sl_naming naming;
  int32_t max_nesting; /* -1 = 1000 or what the schema says */
  enum sl_type_change on_type_change;
  const struct sl_contract *contract; /* run override; NULL = none */
  bool keep_rejects;                  /* false: the first bad row fails the load; true: set aside */
  bool add_dlt_id, add_dlt_load_id;
  bool number_roots;                        /* see SL_ROOT_ROW; where keys demand it, always */
  uint8_t decimal_precision, decimal_scale; /* the destination's default: 38, 9 */
  uint64_t id_seed; /* random row ids are made from it and the block and row number */
};

/* Where row keys are made of the primary key (upsert, insert-only, cdc), rows of one key that come
 * twice cannot be told apart, nor their children. So batches of such a root table and of its nested
 * tables carry this column as well, which the schema does not have: the number of the root row,
 * growing in source order. No name of a source becomes this one. */
#define SL_ROOT_ROW "\001root_row"
/* Whether the root table is one of those. (Destinations that do not know which of their rows came
 * last number the roots of other merges too.) */
bool sl_normalize_numbers_roots(const struct sl_schema *schema, const struct sl_table *root);

struct sl_normalizer; /* shared by all workers of one root table; guards the schema */
sl_status sl_normalizer_new(struct sl_normalizer **out, struct sl_schema *schema,
                            const struct sl_normalize_options *options, struct sl_error *err);
void sl_normalizer_free(struct sl_normalizer *);

struct sl_schema_change { /* to be made in the destination before the batches are appended */
  struct sl_table *table;
  struct sl_column *column; /* a new column (of a table that may be new too) */
  bool retyped;             /* the column is there already and gets another type (widened) */
};

struct sl_reject { /* one row that was set aside */
  char *table;     /* NULL = the line could not be read at all */
  char *column;    /* NULL = the whole row */
  char *origin;
  int64_t line, byte_offset; /* line 1-based; 0 = not known */
  char *raw;                 /* the bytes as they were, at most 64 KB */
  size_t raw_length;
  char *reason;
};

struct sl_normalized {      /* the outcome of one block; release with sl_normalized_release */
  struct sl_batch *batches; /* parent tables before their children */
  size_t n_batches;
  struct sl_schema_change *changes; /* filled by commit */
  size_t n_changes;
  struct sl_reject *rejects;
  size_t n_rejects;
  int64_t documents; /* root rows read, rejected ones included */
  int64_t rows;      /* rows of all tables */
  int64_t lines;     /* newlines in the block: to number the lines of the next one */
  int64_t discarded_rows, discarded_values; /* by contract */
  void *private_data;
};
void sl_normalized_release(struct sl_normalized *);

struct sl_normalize_worker; /* one per thread; keeps plans and builders between blocks */
sl_status sl_normalize_worker_new(struct sl_normalize_worker **out, struct sl_normalizer *,
                                  struct sl_error *err);
void sl_normalize_worker_free(struct sl_normalize_worker *);

/* Normalizes a block against the schema as known now. Any worker, in parallel. `block` must stay
 * alive until commit. block_number: 0, 1, … in source order (seeds the row ids). Documents are
 * parsed from a copy or without damage, since commit may have to read the block again. */
sl_status sl_normalize_block(struct sl_normalize_worker *, struct sl_block *block,
                             int64_t block_number, struct sl_normalized *out, struct sl_error *err);

/* Called in block order, never two at once per normalizer. Merges what the block found into the
 * schema; when an earlier block decided otherwise, normalizes the block again. first_line: 1-based
 * number of the block's first line in its origin, for messages. */
sl_status sl_normalize_commit(struct sl_normalize_worker *, struct sl_block *block,
                              int64_t block_number, int64_t first_line, struct sl_normalized *inout,
                              struct sl_error *err);

/* Columns that were only ever null: names as "table.column", newline-separated, for the warning. */
sl_status sl_normalizer_null_columns(struct sl_normalizer *, struct sl_buffer *out,
                                     struct sl_error *err);

#endif
