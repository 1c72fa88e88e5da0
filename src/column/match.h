/* match.h - the columns of a batch against those of the table that it goes to. */
#ifndef SL_COLUMN_MATCH_H
#define SL_COLUMN_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

struct sl_column_match {
  const char *table;   /* for messages */
  const void *columns; /* of the table: structs whose first member is the name, a char * */
  size_t count, size;  /* how many, bytes of each */
  /* Takes note that child i of the batch goes to the column; false: its values do not fit. */
  bool (*take)(void *arg, int64_t i, const struct ArrowSchema *child, const void *column);
  void *arg;
};
/* SL_EDEST: the table lacks a column, or has one of another type. */
sl_status sl_column_match(const struct sl_column_match *match, const struct ArrowSchema *batch,
                          struct sl_error *err);

/* The two failures, for those that look columns up in another way. */
sl_status sl_column_missing(const char *table, const char *column, struct sl_error *err);
sl_status sl_column_unfit(const char *table, const struct ArrowSchema *column,
                          struct sl_error *err);

#endif
