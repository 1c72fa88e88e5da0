/* batch_internal.h - a batch being filled, for batch.c and batch_mixed.c. Private to
 * src/database/. */
#ifndef SL_DATABASE_BATCH_INTERNAL_H
#define SL_DATABASE_BATCH_INTERNAL_H

#include "column/batch.h"
#include "database/database.h"
#include "database/rejects.h"

enum { SL_DB_OTHER_TYPES = 4 }; /* of struct sl_db_other */

struct sl_db_batch_column {
  const struct sl_db_column *declared;
  struct sl_builder builder;
  struct sl_builder *others; /* [SL_DB_OTHER_TYPES], values of other types; NULL = never any */
  bool text;                 /* this block's values travel as text */
  int32_t scale;             /* of the values so far, when unbounded */
  bool told;                 /* a warning of bytes that are no text */
};

struct sl_db_batch {
  const struct sl_db_table *table;
  const char *special_values;
  struct sl_db_batch_column *columns;
  int64_t rows;
  void (*warn)(void *arg, const char *message); /* may be NULL */
  void *warn_arg;
  bool keep_rejects; /* a bad row is set aside */
  struct sl_db_rejects
      rejects; /* of the rows under way, in their order; `row` is the row's number */
};

/* --special-values error: the failure, or the row under way is set aside. */
sl_status sl_db_batch_refuse(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                             const char *text, size_t length, struct sl_error *err);
/* Sets the row b->rows aside; once, however many of its values are bad. */
sl_status sl_db_batch_reject(struct sl_db_batch *b, const struct sl_db_batch_column *c,
                             const char *bytes, size_t length, const char *reason,
                             struct sl_error *err);
/* Takes the rows that were set aside out of a finished block, which gets them as rejects. */
sl_status sl_db_batch_part(struct sl_db_batch *b, struct sl_block *block, struct sl_error *err);
/* Takes values that are no UTF-8 out of the text columns. */
sl_status sl_db_batch_check_texts(struct sl_db_batch *b, struct sl_error *err);
/* Columns with values of other types become unions; the builders of those are empty then. */
sl_status sl_db_batch_mix(struct sl_db_batch *b, struct ArrowSchema *schema,
                          struct ArrowArray *arrays, struct sl_error *err);

#endif
