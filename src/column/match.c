/* match.c - see match.h. */
#include "column/match.h"

#include <string.h>

sl_status sl_column_missing(const char *table, const char *column, struct sl_error *err) {
  return sl_fail(err, SL_EDEST, "table %s has no column %s; was it dropped by hand?", table,
                 column);
}

sl_status sl_column_unfit(const char *table, const struct ArrowSchema *column,
                          struct sl_error *err) {
  return sl_fail(err, SL_EDEST,
                 "column %s of table %s has a type in the database that values of the kind '%s' "
                 "do not fit; was it altered by hand?",
                 column->name, table, column->format);
}

static const void *find(const struct sl_column_match *match, const char *name) {
  for (size_t i = 0; i < match->count; i++) {
    const void *column = (const char *)match->columns + i * match->size;
    if (strcmp(*(char *const *)column, name) == 0) {
      return column;
    }
  }
  return NULL;
}

sl_status sl_column_match(const struct sl_column_match *match, const struct ArrowSchema *batch,
                          struct sl_error *err) {
  for (int64_t i = 0; i < batch->n_children; i++) {
    const struct ArrowSchema *child = batch->children[i];
    const void *column = find(match, child->name);
    if (column == NULL) {
      return sl_column_missing(match->table, child->name, err);
    }
    if (!match->take(match->arg, i, child, column)) {
      return sl_column_unfit(match->table, child, err);
    }
  }
  return SL_OK;
}
