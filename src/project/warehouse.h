/* warehouse.h - questions to the project's destination, in SQL.
 *
 * One handle is used by one thread at a time. */
#ifndef SL_PROJECT_WAREHOUSE_H
#define SL_PROJECT_WAREHOUSE_H

#include <sluice/destination.h>

#include "project/project.h"

struct sl_warehouse {
  struct sl_destination *destination; /* NULL = not open */
  void *settings;
};
enum sl_warehouse_use {
  SL_WAREHOUSE_READ,  /* SL_ENOTFOUND when there is no such database */
  SL_WAREHOUSE_SHARED /* for writing, with the loads of this process; made when missing */
};
/* memory_bytes: what the database may use for all that share it; 0 = its default. */
sl_status sl_warehouse_open(const struct sl_project *project, enum sl_warehouse_use use,
                            int64_t memory_bytes, struct sl_warehouse *out, struct sl_error *err);
void sl_warehouse_close(struct sl_warehouse *warehouse); /* may be called twice */

/* Every row of the answer, columns as texts (NULL for null); stops at the first failure. */
typedef sl_status (*sl_warehouse_row_fn)(void *arg, const char *const *texts, size_t n,
                                         struct sl_error *err);
sl_status sl_warehouse_query(struct sl_warehouse *warehouse, const char *sql,
                             sl_warehouse_row_fn row, void *arg, struct sl_error *err);
/* count(*) of a table; -1 when it cannot be counted. */
int64_t sl_warehouse_count(struct sl_warehouse *warehouse, const char *dataset, const char *table);
/* Names of a dataset's tables but dlt's own, sorted; free with sl_names_free. */
sl_status sl_warehouse_tables(struct sl_warehouse *warehouse, const char *dataset, char ***names,
                              size_t *n, struct sl_error *err);
/* Rows of all of them; -1 when they cannot be counted. */
int64_t sl_warehouse_count_all(struct sl_warehouse *warehouse, const char *dataset);

#endif
