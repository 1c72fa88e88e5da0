/* store.h - the one seam between a load and its kind of destination: SQL, or none.
 *
 * store_sql.c makes SQL for the destination's dialect; store_plain.c calls the functions that a
 * destination without SQL gives (struct sl_store_ops). The rest of the pipeline does not ask which
 * of the two it has. Private to src/pipeline/. */
#ifndef SL_PIPELINE_STORE_H
#define SL_PIPELINE_STORE_H

#include "pipeline/run.h"

/* Where system rows are read: what a run and `pipeline sync` have in common. */
struct sl_store_place {
  struct sl_destination *destination;
  const struct sl_sql_context *sql; /* its dialect NULL = no SQL */
  const char *dataset;
};

struct sl_store {
  sl_status (*begin)(struct sl_run *run, struct sl_error *err);
  /* See sl_store_read. */
  sl_status (*read)(const struct sl_store_place *place, enum sl_store_kind kind, const char *name,
                    const char *key, struct sl_buffer *out, bool *found, struct sl_error *err);
  /* A system row of this load; VERSION: of run->schema. */
  sl_status (*put)(struct sl_run *run, enum sl_store_kind kind, const struct sl_store_row *row,
                   struct sl_error *err);
  /* Dataset and system tables. */
  sl_status (*prepare)(struct sl_run *run, struct sl_error *err);

  /* The write disposition of run->root, before any row moves; sets run->merging. */
  sl_status (*check)(struct sl_run *run, struct sl_error *err);
  /* The stored tables of the chain of run->root get what the schema has and they lack. */
  sl_status (*update_chain)(struct sl_run *run, struct sl_error *err);
  /* run->root is made though no row came. */
  sl_status (*create_empty)(struct sl_run *run, struct sl_error *err);
  /* The rows of earlier loads go: called before the new rows and after them, acts once. */
  sl_status (*replace)(struct sl_run *run, bool rows_are_in, struct sl_error *err);

  /* In the turnstile: steps for a new table, for its new columns, for a widened one. */
  sl_status (*create)(struct sl_run *run, const struct sl_table *table, struct sl_ddl *out,
                      struct sl_error *err);
  sl_status (*alter)(struct sl_run *run, const struct sl_run_table *entry,
                     const struct sl_column *const *columns, size_t n, struct sl_ddl *out,
                     struct sl_error *err);
  sl_status (*retype)(struct sl_run *run, const struct sl_run_table *entry,
                      const struct sl_column *column, struct sl_ddl *out, struct sl_error *err);
  /* On the thread that has the destination: executes steps. planned: they are only told, in SQL. */
  sl_status (*settle)(struct sl_run *run, const struct sl_ddl *ddl, struct sl_statements *planned,
                      struct sl_error *err);
};

/* The store for a destination. */
const struct sl_store *sl_store_of(const struct sl_destination_ops *ops);
extern const struct sl_store sl_store_sql, sl_store_plain;

/* False: the destination has no memory of its own, the working folder has all there is. */
bool sl_store_remembers(const struct sl_destination_ops *ops);
/* Text of a system row, as sl_store_ops.get says; *found = false: no such row. */
sl_status sl_store_read(const struct sl_store_place *place, enum sl_store_kind kind,
                        const char *name, const char *key, struct sl_buffer *out, bool *found,
                        struct sl_error *err);
/* The newest stored schema of the name; *out is left as it is when there is none. */
sl_status sl_store_schema(const struct sl_store_place *place, const char *name,
                          struct sl_schema **out, struct sl_error *err);
struct sl_store_place sl_store_place_of(const struct sl_run *run);

#endif
