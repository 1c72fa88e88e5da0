/* ddl.h - changes of tables on their way from the turnstile, where the schema grows, to the thread
 * that may ask the destination what is really there.
 *
 * A table that no stored schema knows may exist all the same, made by hand or by another program.
 * So whether a CREATE or an ALTER is needed is decided against the real table, when it is first
 * touched. A step keeps copies of the columns: the schema grows on meanwhile. May include sql/. */
#ifndef SL_PIPELINE_DDL_H
#define SL_PIPELINE_DDL_H

#include "base/map.h"
#include "sql/sql.h"

struct sl_ddl_step {
  const struct sl_table *table; /* NULL = `statement` runs as it is */
  bool staging;                 /* it is about a staging table */
  char *statement;              /* owned; with a table: its CREATE, NULL = columns are added */
  struct sl_column *columns;    /* owned; their texts are the schema's, which outlives the step */
  size_t n_columns;
};
struct sl_ddl { /* all-zero is empty */
  struct sl_ddl_step *steps;
  size_t count, capacity;
};
void sl_ddl_release(struct sl_ddl *ddl);
/* Statements that depend on nothing; moved, `from` is empty afterwards. */
sl_status sl_ddl_statements(struct sl_ddl *ddl, struct sl_statements *from, bool staging,
                            struct sl_error *err);
/* The table with its complete columns of now. */
sl_status sl_ddl_create(struct sl_ddl *ddl, const struct sl_sql_context *sql, const char *dataset,
                        const struct sl_table *table, struct sl_error *err);
sl_status sl_ddl_add(struct sl_ddl *ddl, const struct sl_table *table,
                     const struct sl_column *const *columns, size_t n, struct sl_error *err);

/* What a table of the dataset is like in the destination. */
struct sl_real_table {
  bool existed; /* before this load */
  bool exists;  /* or its CREATE was given out */
  int64_t added;
  const char *keyless;   /* the row key column that its old rows lack, NULL = none; of the schema */
  struct sl_map columns; /* names, in lower case where case does not count */
  struct ArrowSchema schema; /* as it was found; released when it was not there */
};
struct sl_real { /* of one load; used by the thread that has the destination */
  struct sl_destination *destination;
  const struct sl_sql_context *sql;
  const char *dataset;
  struct sl_real_table **tables;
  size_t n_tables, capacity;
  struct sl_map index;
};
void sl_real_release(struct sl_real *real);
/* The real table, looked at once. */
sl_status sl_real_table(struct sl_real *real, const char *table, struct sl_real_table **out,
                        struct sl_error *err);
/* What is known of it; NULL when nobody has asked yet. */
const struct sl_real_table *sl_real_known(const struct sl_real *real, const char *table);
/* The statements that the real tables need, nothing for what is there already, and those about
 * staging. Fails with SL_EDEST where a column is there whose type cannot hold what the schema's
 * column holds. */
sl_status sl_real_settle(struct sl_real *real, const struct sl_ddl *ddl, struct sl_statements *out,
                         struct sl_statements *staging, struct sl_error *err);
/* Adds the complete columns of `table` that the real one lacks, without a look at the types of the
 * others: they were made for this table. */
sl_status sl_real_update(struct sl_real *real, const struct sl_table *table,
                         struct sl_statements *out, struct sl_error *err);

#endif
