/* worker.h - the worker's structure and the steps of a block. Private to src/normalize/. */
#ifndef SL_NORMALIZE_WORKER_H
#define SL_NORMALIZE_WORKER_H

#include "normalize/batch_in.h"
#include "normalize/walk.h"

struct sl_normalize_worker {
  struct nz_walk walk;
  yyjson_alc *allocator; /* keeps its memory between documents */
};

/* Fills the builders from the block; counts and rejects go to `out`. */
sl_status nz_normalize(struct sl_normalize_worker *worker, struct sl_block *block,
                       int64_t block_number, struct sl_normalized *out, struct sl_error *err);
/* Empties all builders: before a block is normalized again. */
void nz_reset(struct nz_plan *plan);
/* Moves the builders' contents into out->batches, in the order of the schema's columns. */
sl_status nz_build_batches(struct nz_plan *plan, struct sl_normalized *out, struct sl_error *err);

#endif
