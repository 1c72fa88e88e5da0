/* example_destination.c - a small and complete destination, to be copied: connection, transactions,
 * statements, queries, errors, cancel.
 *
 * It stores in a DuckDB file, because DuckDB is there wherever Sluice is: everything works, and the
 * contract tests hold this template to what it shows. But it uses DuckDB as a client library of any
 * SQL database is used, by plain statements, so a copy becomes a destination for that database by
 * changing the calls one after the other. What it does not show is how to be fast: rows go as
 * INSERT statements with literals (rows.c), which every database understands and which is the
 * slowest way into each of them. src/destinations/duckdb/ is the fast one. */
#include "example_destination.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "duckdb/open.h"
#include "example_internal.h"
#include "schema/schema.h"

/* ---- statements ---- */

/* The client's errors become ours in one place: SL_ENOTFOUND for unknown tables and datasets,
 * SL_EDATA for values that the table refuses, SL_EBUSY and `retryable` for what may work later,
 * SL_ECANCELLED after a cancel, SL_EDEST for the rest. For DuckDB, src/duckdb/query.c does it. */
sl_status example_run(struct example_destination *d, const char *sql, int64_t *affected,
                      struct sl_error *err) {
  duckdb_result result;
  sl_status rc = sl_duckdb_run(d->connection, sql, &result, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (affected != NULL) {
    *affected = (int64_t)SL_DUCKDB(rows_changed)(&result);
  }
  SL_DUCKDB(destroy_result)(&result);
  return SL_OK;
}

static sl_status example_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                                 struct sl_error *err) {
  struct example_destination *d = (struct example_destination *)base;
  sl_status rc = example_run(d, sql, affected, err);
  /* The beginning says enough, and a long statement may hold the user's data. */
  return rc == SL_OK ? rc : sl_error_add_context(err, "executing %.60s", sql);
}

/* Batches come while they are read, so a large answer takes no memory. */
static sl_status example_query(struct sl_destination *base, const char *sql,
                               struct ArrowArrayStream *out, struct sl_error *err) {
  return sl_duckdb_query(((struct example_destination *)base)->connection, sql, out, err);
}

/* Rows are written by append at once; who buffers them, writes them here, and before execute,
 * query, describe and commit. */
static sl_status example_flush(struct sl_destination *base, struct sl_error *err) {
  (void)base, (void)err;
  return SL_OK;
}

/* ---- transactions ---- */

static sl_status example_begin(struct sl_destination *base, struct sl_error *err) {
  struct example_destination *d = (struct example_destination *)base;
  if (d->in_transaction) { /* the database's own error might break the open one */
    return sl_fail(err, SL_EDEST, "%s is in a transaction already", d->path);
  }
  sl_status rc = example_run(d, "BEGIN TRANSACTION", NULL, err);
  d->in_transaction = rc == SL_OK;
  return rc;
}

static sl_status example_commit(struct sl_destination *base, struct sl_error *err) {
  struct example_destination *d = (struct example_destination *)base;
  sl_status rc = example_run(d, "COMMIT", NULL, err);
  if (rc == SL_OK) {
    d->in_transaction = false;
  }
  return rc;
}

static void example_rollback(struct sl_destination *base) { /* also after a failed commit */
  struct example_destination *d = (struct example_destination *)base;
  if (d->in_transaction) {
    d->in_transaction = false;
    sl_status rc = example_run(d, "ROLLBACK", NULL, NULL);
    (void)rc; /* a connection that is gone has rolled back */
  }
}

/* ---- open and close ---- */

static void example_close(struct sl_destination *base) { /* at any stage, also half opened */
  struct example_destination *d = (struct example_destination *)base;
  if (d->connection != NULL) {
    example_rollback(base);
    SL_DUCKDB(disconnect)(&d->connection);
  }
  if (d->database != NULL) {
    SL_DUCKDB(close)(&d->database);
  }
  free(d->catalog);
  free(d->path);
  free(d);
}

/* A file "data/shop.db" is the catalog "shop". The name qualifies datasets in every statement that
 * src/sql writes; a database without catalogs leaves it NULL. */
static char *catalog_of(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  size_t length = strcspn(name, ".");
  return strcmp(path, ":memory:") == 0 ? strdup("memory") : strndup(name, length);
}

static sl_status connect_to(struct example_destination *d, const struct sl_destination_config *c,
                            struct sl_error *err) {
  duckdb_config config = NULL;
  sl_status rc = sl_duckdb_load(err);
  if (rc != SL_OK) {
    return rc;
  }
  if (SL_DUCKDB(create_config)(&config) == DuckDBError) {
    return sl_fail(err, SL_ENOMEM, "out of memory opening %s", d->path);
  }
  char memory[32];
  snprintf(memory, sizeof memory, "%" PRId64 "MiB", c->memory_bytes >> 20);
  /* read_only is asked of the database, which then refuses all that writes. */
  if ((c->read_only && SL_DUCKDB(set_config)(config, "access_mode", "READ_ONLY") == DuckDBError) ||
      (c->memory_bytes > 0 &&
       SL_DUCKDB(set_config)(config, "memory_limit", memory) == DuckDBError)) {
    rc = sl_fail(err, SL_EINTERNAL, "DuckDB does not take a setting");
  }
  if (rc == SL_OK) {
    rc = sl_duckdb_open(d->path, c->read_only, config, &d->database, err);
  }
  SL_DUCKDB(destroy_config)(&config);
  if (rc == SL_OK && SL_DUCKDB(connect)(d->database, &d->connection) == DuckDBError) {
    rc = sl_fail(err, SL_EDEST, "%s refuses a connection", d->path);
  }
  return rc;
}

static sl_status example_open(struct sl_destination **out,
                              const struct sl_destination_config *config, struct sl_error *err) {
  *out = NULL;
  struct example_destination *d = calloc(1, sizeof *d);
  if (d == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory opening %s", config->location);
  }
  d->base.ops = &sl_example_destination;
  d->settings = *(const struct example_settings *)config->settings;
  d->path = strdup(config->location);
  d->catalog = catalog_of(config->location);
  sl_status rc = SL_OK;
  if (d->path == NULL || d->catalog == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory opening %s", config->location);
  } else if (d->catalog[0] == '\0') {
    rc = sl_fail(err, SL_EUSAGE, "example:%s names no file; write for example example:shop.db",
                 config->location);
  } else {
    rc = connect_to(d, config, err);
  }
  if (rc != SL_OK) { /* a destination that failed to open is not handed out, so it is closed here */
    example_close(&d->base);
    return rc;
  }
  d->base.catalog = d->catalog;
  d->sql = (struct sl_sql_context){
    .dialect = sl_dialect_find(sl_example_destination.capabilities.dialect),
    .capabilities = &sl_example_destination.capabilities,
    .catalog = d->catalog,
  };
  *out = &d->base;
  return SL_OK;
}

/* From any thread, while a statement runs in another one. */
static void example_cancel(struct sl_destination *base) {
  SL_DUCKDB(interrupt)(((struct example_destination *)base)->connection);
}

/* ---- options and the table of functions ---- */

static const struct sl_option options[] = {
  { .name = "insert-rows",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .default_text = "500",
    .minimum = 1,
    .maximum = 10000,
    .group = "Example",
    .help = "example: rows of one INSERT statement.",
    .offset = offsetof(struct example_settings, insert_rows) },
  { .name = NULL },
};

static const char *const schemes[] = { "example", NULL };
static const char *const extensions[] = { NULL }; /* path endings that mean us without a scheme */

const struct sl_destination_ops sl_example_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "example",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct example_settings),
  /* Promises, and the contract tests take each at its word: promise what the database does, not
   * what one would like. The engine works around what is missing, or refuses in words. */
  .capabilities = { .dialect = "duckdb", /* its quoting, types and merges: src/sql/dialect_*.c */
                    .max_identifier_length = 65536,
                    .max_column_identifier_length = 65536,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 9,
                    .supports_tz_aware_datetime = true,
                    .supports_transactions = true,
                    .supports_ddl_transactions = true, /* a rollback takes tables back, too */
                    .supports_multiple_statements = true,
                    .max_query_length = INT64_C(8) << 20,
                    .max_text_data_type_length = INT64_C(1) << 30,
                    .merge_strategies = 1U << SL_MERGE_DELETE_INSERT | 1U << SL_MERGE_UPSERT,
                    .replace_strategies = 1U << SL_REPLACE_TRUNCATE,
                    .max_parallel_load_jobs = 1 },
  .help = "A DuckDB file, written by plain SQL; the template for new destinations.",
  .open = example_open,
  .begin = example_begin,
  .commit = example_commit,
  .rollback = example_rollback,
  .execute = example_execute,
  .query = example_query,
  .describe = example_describe,
  .append = example_append,
  .flush = example_flush,
  .cancel = example_cancel,
  .close = example_close,
};
