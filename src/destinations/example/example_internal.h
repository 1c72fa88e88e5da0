/* example_internal.h - the example destination while it is open. Private to this folder. */
#ifndef SL_DESTINATIONS_EXAMPLE_INTERNAL_H
#define SL_DESTINATIONS_EXAMPLE_INTERNAL_H

#include <sluice/destination.h>

#include "duckdb/query.h"
#include "sql/sql.h"

struct example_settings { /* filled from the options of example_destination.c */
  int64_t insert_rows;
};

struct example_destination {
  struct sl_destination base; /* first: the engine holds a pointer to it */
  struct example_settings settings;
  duckdb_database database;
  duckdb_connection connection;
  char *path, *catalog;
  struct sl_sql_context sql; /* quoting and literals of our dialect */
  bool in_transaction;
};

/* Runs one statement; affected may be NULL. */
sl_status example_run(struct example_destination *d, const char *sql, int64_t *affected,
                      struct sl_error *err);

/* rows.c: the operations `append` and `describe`. */
sl_status example_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err);
sl_status example_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err);

#endif
