/* writing.h - a destination opened as the engine opens it, tables of every type, rows with the
 * extremes of each, and what is stored compared with what was given. */
#ifndef SL_TESTS_CONTRACT_WRITING_H
#define SL_TESTS_CONTRACT_WRITING_H

#include "contract/places.h"
#include "sql/sql.h"

struct opened_destination {
  const struct destination_place *place;
  const struct sl_destination_ops *ops;
  struct sl_destination *d;
  void *settings;
  char *location;
  struct sl_sql_context sql; /* what the engine would speak to it with */
};
/* `folder` replaces {} in the location. On failure nothing is held. */
sl_status destination_open(struct opened_destination *out, const struct destination_place *place,
                           const char *location, const char *folder, bool read_only,
                           struct sl_error *err);
void destination_close(struct opened_destination *opened); /* fine when empty */

#define CONTRACT_DATASET "contract data"

/* The dataset, then the table, by the SQL of src/sql; inside or outside of a transaction. */
sl_status destination_create(struct opened_destination *o, const struct sl_table_name *name,
                             const struct sl_table *table, struct sl_error *err);

/* A schema with the table "every type", and "few" with id, name and amount. */
struct sl_schema *writing_schema(void);
struct sl_table_name writing_name(const struct sl_table *table);

struct written { /* rows for a table, one array a column, alive until released */
  const struct sl_table *table;
  struct ArrowSchema schema;
  struct ArrowArray *columns;
  int64_t rows;
};
/* Row i has id `first` + i; the other values go through the extremes of their types and NULL. */
void written_make(struct written *out, const struct opened_destination *o,
                  const struct sl_table *table, int64_t first, int64_t rows);
void written_release(struct written *w);
/* Appends rows [from, from + count) as one batch that borrows the columns, which must live until
 * the rows are flushed. Columns whose bit is set in `without` are left away; the others go in
 * reverse order if `reverse`. */
sl_status written_append(struct opened_destination *o, const struct written *w, int64_t from,
                         int64_t count, uint64_t without, bool reverse, struct sl_error *err);

struct answer { /* all batches of a query */
  struct ArrowSchema schema;
  struct ArrowArray *batches;
  size_t n_batches;
  int64_t rows;
};
sl_status destination_ask(struct opened_destination *o, const char *sql, struct answer *out,
                          struct sl_error *err);
void answer_release(struct answer *answer);
/* One number; -1 when there is no row, or no answer (told in err). */
int64_t destination_count(struct opened_destination *o, const struct sl_table_name *name,
                          struct sl_error *err);
/* SELECT of the columns of a table in order of id; malloc'ed. */
char *select_all(const struct opened_destination *o, const struct sl_table *table);
/* Rows of `got` from row `at` on against the rows of `want`; NULL when they are the same, else the
 * first difference (malloc'ed). Columns in `without` are expected to be NULL. zones: moments
 * with a time zone come back with one, and not as naive ones in UTC. */
char *answer_differs(const struct answer *got, int64_t at, const struct written *want,
                     uint64_t without, bool zones);

#endif
