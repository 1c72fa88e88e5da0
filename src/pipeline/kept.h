/* kept.h - the generations that a dataset holds: rows of _sluice_generations, read and dropped.
 * Private to src/pipeline/. */
#ifndef SL_PIPELINE_KEPT_H
#define SL_PIPELINE_KEPT_H

#include "base/memory.h"
#include "pipeline/own_table.h"
#include "pipeline/store.h"

#define SL_GENERATIONS_TABLE "_sluice_generations"
enum sl_kept_column {
  SL_KEPT_LOAD,   /* that put the rows away */
  SL_KEPT_ROOT,   /* the table that it replaced */
  SL_KEPT_TABLE,  /* itself or a child table */
  SL_KEPT_AS,     /* the table that has the rows; NULL: there was nothing before */
  SL_KEPT_ROWS,   /* how many */
  SL_KEPT_SCHEMA, /* name of the schema */
  SL_KEPT_COLUMNS
};
extern const struct sl_own_column sl_kept_columns[SL_KEPT_COLUMNS];

struct sl_kept {
  const char *values[SL_KEPT_COLUMNS]; /* of the list; NULL = NULL */
};
struct sl_kept_list { /* all-zero is empty */
  struct sl_kept *items;
  size_t n, capacity;
  struct sl_arena arena;
};
void sl_kept_release(struct sl_kept_list *list);
/* The rows where a column has a value, the newest load first; none when there is no such table. */
sl_status sl_kept_read(struct sl_kept_list *out, const struct sl_store_place *place,
                       enum sl_kept_column column, const char *value, struct sl_error *err);
/* The rows of a schema, also of destinations without SQL, which must have begun. */
sl_status sl_kept_of_schema(struct sl_kept_list *out, const struct sl_store_place *place,
                            const char *schema, struct sl_error *err);
/* Appends the statements that drop one generation of a table and what is noted of it: its items
 * from *at on, which moves behind them. */
sl_status sl_kept_drop(const struct sl_kept_list *list, size_t *at,
                       const struct sl_store_place *place, struct sl_statements *out,
                       struct sl_error *err);

#endif
