/* source_check.h - --verify-source: the checksums that the source makes of its own table by SQL,
 * compared with those of the rows as they stand in the destination. Private to src/pipeline/.
 *
 * The checksums of --verify begin where rows come from the source's connection; what goes wrong
 * before (a driver, a decoder, memory) is in them too. These do not pass through there. */
#ifndef SL_PIPELINE_SOURCE_CHECK_H
#define SL_PIPELINE_SOURCE_CHECK_H

#include "pipeline/run.h"

struct sl_source_check { /* of one root table */
  char *table;           /* in the destination */
  struct sl_source_sums sums;
  char **names; /* of sums.columns, in the destination; NULL = has none there */
};
void sl_source_checks_release(struct sl_run *run);

/* SL_EUSAGE, before any row moves, where the source makes no checksums. */
sl_status sl_source_check_possible(const struct sl_run *run, struct sl_error *err);
/* When run->root is read to its end, with --verify-source: asks the source. */
sl_status sl_source_check_make(struct sl_run *run, struct sl_error *err);
/* NULL = there is none: without the option, of a child table, of a resumed table. */
const struct sl_source_check *sl_source_check_of(const struct sl_run *run, const char *table);

struct sl_source_found { /* of one column of the source, in the destination */
  struct sl_checksum sum;
  bool unlike; /* the values are of another kind there */
};
/* Adds rows of the destination, whose columns are those of `sent`, to found[check->sums.n]. */
void sl_source_check_add(const struct sl_source_check *check, const struct sl_tally *sent,
                         const struct ArrowSchema *schema, const struct ArrowArray *array,
                         struct sl_source_found *found);
/* SL_EDATA when a column differs. Appends the JSON member "source" of a table in the certificate.
 */
sl_status sl_source_check_compare(struct sl_run *run, const struct sl_source_check *check,
                                  const struct sl_tally *sent, const struct sl_source_found *found,
                                  struct sl_buffer *out, struct sl_error *err);

#endif
