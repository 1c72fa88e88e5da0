/* tally.h - checksums of the rows that a load hands to its destination, by table and column.
 *
 * Workers sum up the batches of a block (sl_sums_make), in parallel; the loader thread adds the
 * sums to the tallies of the tables. Private to src/pipeline/. */
#ifndef SL_PIPELINE_TALLY_H
#define SL_PIPELINE_TALLY_H

#include "column/checksum.h"
#include "normalize/normalize.h"

struct sl_tally_column {
  char *name; /* owned by the tally */
  struct sl_checksum sum;
};
struct sl_tally { /* one table; all-zero is empty */
  char *table;
  struct sl_tally_column *columns;
  size_t n_columns, capacity;
  int64_t rows;
  uint64_t row_sum; /* sl_checksum_of_rows */
  bool counted;     /* the source was asked how many root rows it has: source_rows */
  int64_t source_rows;
};
struct sl_tallies { /* of all tables of a load; used by one thread at a time; all-zero is empty */
  struct sl_tally *items;
  size_t n, capacity;
};
void sl_tally_release(struct sl_tally *tally);
void sl_tallies_release(struct sl_tallies *tallies);
/* Adds what the source says of a table; one that no row was sent to gets a tally too. */
sl_status sl_tallies_count(struct sl_tallies *tallies, const char *table, int64_t source_rows,
                           struct sl_error *err);
/* The tally of a table, added when missing. */
sl_status sl_tallies_entry(struct sl_tallies *tallies, const char *table, struct sl_tally **out,
                           struct sl_error *err);
const struct sl_tally *sl_tallies_find(const struct sl_tallies *tallies, const char *table);
struct sl_tally_column *sl_tally_column(const struct sl_tally *tally, const char *name);

struct sl_batch_sums; /* of one batch */
struct sl_sums {      /* of the batches of one block; all-zero is empty */
  struct sl_batch_sums *batches;
  size_t n_batches;
};
sl_status sl_sums_make(struct sl_sums *out, const struct sl_normalized *normalized,
                       struct sl_error *err);
void sl_sums_release(struct sl_sums *sums);

/* Adds the sums of a block to the tallies of its tables. */
sl_status sl_tallies_add(struct sl_tallies *tallies, const struct sl_sums *sums,
                         const struct sl_normalized *normalized, struct sl_error *err);
/* Those of a table that begins again go. */
void sl_tallies_forget(struct sl_tallies *tallies, const char *table);
/* Adds one column of rows that were read back. */
sl_status sl_tally_add_column(struct sl_tally *tally, const char *name,
                              const struct sl_checksum *sum, struct sl_error *err);

/* tally_json.c: an array, as it stands in a checkpoint's ledger; `list` is what was parsed of it.
 * SL_EDEST: it is damaged. */
void sl_tallies_print(const struct sl_tallies *tallies, struct sl_buffer *out);
struct yyjson_val;
sl_status sl_tallies_read(struct sl_tallies *tallies, struct yyjson_val *list,
                          struct sl_error *err);

#endif
