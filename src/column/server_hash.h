/* server_hash.h - the checksums that sources make by their own SQL, of the same values as they were
 * written: see struct sl_source_sum.
 *
 * The hashes of each server are made again here, so that what left a table and what arrived are
 * compared without trusting what lies between: reading, decoding, normalizing, writing. May include
 * base/. */
#ifndef SL_COLUMN_SERVER_HASH_H
#define SL_COLUMN_SERVER_HASH_H

#include <sluice/arrow.h>
#include <sluice/source.h>

#include "column/checksum.h"

/* Adds a column of a batch. False: it holds values of another kind than the source's column, so
 * that their hashes cannot be the same; the sum is of no use then. */
bool sl_server_hash_add(struct sl_checksum *sum, enum sl_sum_hash hash,
                        const struct sl_source_sum *how, const struct ArrowSchema *schema,
                        const struct ArrowArray *array);
/* PostgreSQL's hash_bytes_extended with seed 0. */
uint64_t sl_postgres_hash(const void *data, size_t length);

#endif
