/* reading.h - a source read as the engine reads it, into rows that can be compared.
 *
 * Every block that passes is checked for what source.h promises of blocks; what is wrong is told
 * in words, for the test to print. */
#ifndef SL_TESTS_CONTRACT_READING_H
#define SL_TESTS_CONTRACT_READING_H

#include "contract/places.h"

struct opened_source { /* a source with what it borrows */
  const struct sl_source_ops *ops;
  struct sl_source *source;
  void *settings;
  char *location;
  struct sl_catalog catalog; /* after source_start */
};
struct open_options {
  struct place_options more; /* beside those of the place */
  int threads;               /* 0 = 1 */
  int64_t memory_bytes;      /* 0 = CONTRACT_MEMORY */
};
/* `location` is one of the place's, with {}; `options` may be NULL. On failure nothing is held. */
sl_status source_open(struct opened_source *out, const struct source_place *place,
                      const char *location, const struct open_options *options,
                      struct sl_error *err);
void source_close(struct opened_source *opened); /* fine when empty */

/* Discovers, if that was not done, and starts the table with that number. */
sl_status source_start(struct opened_source *opened, size_t table, const char *state_json,
                       struct sl_error *err);

struct rows { /* one text (JSON) for each row, in block order */
  char **items;
  size_t count;
  size_t blocks, rejects;
  int64_t largest_block; /* bytes, about */
  char *columns;         /* "name format" lines of the batches; NULL = none came */
  char *problem;         /* a broken promise, the first one; NULL = none */
};
void rows_release(struct rows *rows);
/* Reads what `start` has started, with that many threads. Rows are the caller's on failure too. */
sl_status source_read(const struct opened_source *opened, int threads, bool keep_rows,
                      struct rows *out, struct sl_error *err);
/* NULL when equal; else what differs, in words (malloc'ed). */
char *rows_differ(const struct rows *got, const struct rows *want, bool in_order);
/* "name format" lines of a struct schema; malloc'ed. */
char *schema_lines(const struct ArrowSchema *schema);

#endif
