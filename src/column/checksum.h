/* checksum.h - checksums of columns and of rows that do not depend on the order of rows.
 *
 * A value is hashed by what it means, not by how it is held: 1, true and 1.00 are one number, a
 * date is the midnight that begins it, decimals have no zeros at their end. So a source and a
 * destination with other types for the same values agree. A checksum is the sum of the hashes of
 * all values, modulo 2^64; NULL adds nothing, but values are counted. May include base/. */
#ifndef SL_COLUMN_CHECKSUM_H
#define SL_COLUMN_CHECKSUM_H

#include <stdbool.h>

#include <sluice/arrow.h>

#include "base/text.h"

struct sl_checksum { /* all-zero is empty */
  int64_t values;    /* that are not NULL */
  uint64_t sum;
};

/* How the values of a column are to be understood, where its Arrow type does not say it. */
struct sl_checksum_reading {
  bool number; /* texts are numbers with all their digits */
  bool json;   /* texts are JSON */
};

/* Adds a column of a batch. rows: NULL, or a hash a row, to which the row's value in the column
 * called schema->name is added. */
void sl_checksum_add(struct sl_checksum *sum, const struct ArrowSchema *schema,
                     const struct ArrowArray *array, const struct sl_checksum_reading *reading,
                     uint64_t *rows);
/* The sum of finished row hashes: two batches with the same values in other rows differ in it. */
uint64_t sl_checksum_of_rows(const uint64_t *rows, int64_t n);
/* The same number has the same hash, whatever its type. */
uint64_t sl_checksum_number(struct sl_text digits);
/* The same JSON value has the same hash, whatever its spaces and the order of its members; of
 * members with one name the last counts. Text that is not JSON is hashed as it is. */
uint64_t sl_checksum_json(struct sl_text text);

#endif
