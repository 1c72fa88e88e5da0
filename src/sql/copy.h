/* copy.h - statements by which a database loads a Parquet file from a folder or a store itself.
 *
 * Pages, of what cannot be started in the tests: Redshift "COPY", "COPY from columnar data
 * formats", "Authorization parameters"; Snowflake "COPY INTO <table>"; ClickHouse "s3 Table
 * Function"; StarRocks "FILES". May include sql/sql.h. */
#ifndef SL_SQL_COPY_H
#define SL_SQL_COPY_H

#include "sql/sql.h"

struct sl_copy_store {           /* where files are; borrowed; NULL = it has none */
  const char *scheme;            /* "file", "s3", "gs" or "az" */
  const char *endpoint, *region; /* endpoint: "https://…", NULL = the service's own */
  const char *key_id, *secret, *token;
  const char *role; /* Redshift: ARN of the role that reads; Snowflake: a storage integration */
};

struct sl_copy_file {
  const struct sl_table_name *table;
  const struct sl_sql_target *columns; /* of the file, in its order */
  size_t n_columns;
  const char *url;  /* "s3://bucket/key", or an absolute path */
  const char *http; /* the same as the store answers it; NULL for a path */
};

/* Before any row moves: SL_EUNSUPPORTED, with what to do, if files from there cannot be loaded. */
sl_status sl_copy_check(const struct sl_sql_context *, const struct sl_copy_store *,
                        struct sl_error *err);
/* What the session must be told once. */
sl_status sl_copy_prepare(const struct sl_sql_context *, const struct sl_copy_store *,
                          struct sl_statements *out, struct sl_error *err);
/* One statement for one file. SL_EUNSUPPORTED: not with these columns. */
sl_status sl_copy_write(const struct sl_sql_context *, const struct sl_copy_store *,
                        const struct sl_copy_file *, struct sl_statements *out,
                        struct sl_error *err);

#endif
