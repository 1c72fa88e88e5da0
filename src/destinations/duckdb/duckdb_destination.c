/* duckdb_destination.c - DuckDB files: one connection, one transaction.
 *
 * All rows of a load are inserted inside one explicit transaction, so a failed or killed load
 * leaves the file as it was. Only one INSERT can run at a time: the first table with much data
 * streams into it, batches of the other tables wait in memory and are inserted, table by table,
 * when they are many or somebody wants to see them. */
#include "duckdb_destination.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "column/read.h"
#include "describe.h"
#include "duckdb/open.h"
#include "duckdb/query.h"
#include "duckdb/scan.h"
#include "duckdb/shared.h"
#include "inserter.h"
#include "lake.h"
#include "leftovers.h"
#include "limits.h"
#include "settings.h"
#include "sql/capabilities.h"
#include "sql/dialect.h"

struct duck_destination {
  struct sl_destination base;
  duckdb_database database;
  duckdb_connection connection;
  char *catalog, *path;
  struct duck_waiting *waiting; /* one entry for each table that got rows */
  size_t n_waiting, waiting_capacity;
  int64_t waiting_bytes, waiting_limit;
  int threads; /* DuckDB may use; 0 = its own default */
  struct duck_limits limits;
  struct sl_duckdb_feed *running; /* the INSERT under way; NULL = none */
  size_t running_table;           /* its index in waiting */
  bool in_transaction, is_lake;
  bool removes; /* the transaction deletes or changes some of the rows that were there */
  bool spreads; /* one of its INSERTs has several threads */
  bool first;   /* nobody else had the instance open */
};

struct duck_waiting { /* batches of one table, in order */
  char *qualified;
  bool temporary;
  struct sl_duckdb_batch *first, *last;
  int64_t bytes;
};

/* A table starts to stream when this much of it has come. */
enum { STREAM_BYTES = 12 << 20 };

static sl_status run(struct duck_destination *d, const char *sql, int64_t *affected,
                     struct sl_error *err) {
  duckdb_result result;
  sl_status rc = sl_duckdb_run(d->connection, sql, &result, err);
  if (rc == SL_OK && affected != NULL) {
    *affected = (int64_t)SL_DUCKDB(rows_changed)(&result);
  }
  if (rc == SL_OK) {
    SL_DUCKDB(destroy_result)(&result);
  }
  return rc;
}

static sl_status open_database(struct duck_destination *d, const struct sl_destination_config *c,
                               struct sl_error *err) {
  duckdb_config config = NULL;
  if (SL_DUCKDB(create_config)(&config) == DuckDBError) {
    return sl_fail(err, SL_ENOMEM, "out of memory opening %s", d->path);
  }
  const struct duck_settings *settings = c->settings;
  bool lake = d->is_lake = duck_is_scheme(c, "ducklake");
  sl_status rc = duck_configure(config, c, err);
  if (rc == SL_OK) {
    rc = d->limits.shared ? sl_duckdb_shared_open(d->path, config, &d->database, &d->first, err)
                          : sl_duckdb_open(lake ? ":memory:" : d->path, c->read_only && !lake,
                                           config, &d->database, err);
  }
  SL_DUCKDB(destroy_config)(&config);
  if (rc == SL_OK && (SL_DUCKDB(connect)(d->database, &d->connection) == DuckDBError ||
                      SL_DUCKDB(connect)(d->database, &d->limits.outside) == DuckDBError)) {
    rc = sl_fail(err, SL_EDEST, "DuckDB refuses a connection to %s", d->path);
  }
  if (rc == SL_OK && !d->limits.shared) {
    /* before any streamed query, whose transaction would take it along when it ends */
    rc = sl_duckdb_feed_register(d->connection, err);
  }
  if (rc == SL_OK && !d->limits.shared) {
    rc = sl_duckdb_scan_register(d->connection, err);
  }
  if (rc == SL_OK && lake) {
    rc = duck_lake_attach(d->connection, d->path,
                          settings == NULL ? NULL : settings->lake_data_path, c->read_only, err);
  }
  return rc;
}

/* DuckDB knows MotherDuck's databases by their scheme. */
static char *path_of(const struct sl_destination_config *c) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s%s", duck_is_scheme(c, "md") ? "md:" : "", c->location);
  return sl_buffer_take(&path);
}

/* The first column of the first row, as a copy. */
static sl_status query_text(struct duck_destination *d, const char *sql, char **out,
                            struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  sl_status rc = sl_duckdb_query(d->connection, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (stream.get_schema(&stream, &schema) != 0 || stream.get_next(&stream, &array) != 0) {
    rc = sl_fail(err, SL_EDEST, "DuckDB: %s", stream.get_last_error(&stream));
  } else if (array.release != NULL && array.length > 0) {
    struct sl_text text = sl_array_read(schema.children[0], array.children[0], 0).as.text;
    struct sl_buffer copy = { 0 };
    sl_buffer_append(&copy, text.data, text.length);
    *out = sl_buffer_take(&copy);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  return rc;
}

static void duck_close(struct sl_destination *base);

static sl_status duck_open(struct sl_destination **out, const struct sl_destination_config *config,
                           struct sl_error *err) {
  const struct duck_settings *settings = config->settings;
  *out = NULL;
  sl_status rc = sl_duckdb_load(err);
  struct duck_destination *d = rc == SL_OK ? calloc(1, sizeof *d) : NULL;
  if (rc != SL_OK) {
    return rc;
  }
  if (d == NULL || (d->path = path_of(config)) == NULL) {
    free(d);
    return sl_fail(err, SL_ENOMEM, "out of memory opening %s", config->location);
  }
  d->base.ops = &sl_duckdb_destination;
  d->limits.shared = config->shared && !config->read_only && strcmp(d->path, ":memory:") != 0 &&
                     !duck_is_scheme(config, "ducklake") && !duck_is_scheme(config, "md");
  d->first = true;
  rc = open_database(d, config, err);
  if (rc == SL_OK && !config->read_only && d->first) {
    duck_delete_leftovers(d->path);
  }
  if (rc == SL_OK) {
    rc = query_text(d, "SELECT current_database()", &d->catalog, err);
  }
  if (rc == SL_OK && settings != NULL && settings->compression != NULL &&
      strcmp(settings->compression, "uncompressed") == 0) {
    rc = run(d, "SET force_compression = 'uncompressed'", NULL, err);
  }
  if (rc != SL_OK) {
    duck_close(&d->base);
    return rc;
  }
  d->limits.memory = d->limits.most_memory = duck_share(config->memory_bytes);
  d->limits.threads = d->limits.usual = config->threads;
  d->threads = config->threads;
  d->waiting_limit = config->memory_bytes > 0 ? config->memory_bytes / 5 : INT64_C(128) << 20;
  d->base.catalog = d->catalog;
  *out = &d->base;
  return SL_OK;
}

/* Ends the INSERT under way, if any; afterwards the connection is free. */
static sl_status finish_running(struct duck_destination *d, struct sl_error *err) {
  struct sl_duckdb_feed *running = d->running;
  d->running = NULL;
  sl_status limits = running == NULL ? SL_OK : duck_limits_for_end(&d->limits, err);
  sl_status rc = running == NULL ? SL_OK
                                 : sl_duckdb_feed_finish(running, limits != SL_OK,
                                                         limits == SL_OK ? err : NULL);
  rc = limits == SL_OK ? rc : limits;
  if (rc != SL_OK) {
    sl_error_add_context(err, "writing %s", d->waiting[d->running_table].qualified);
  }
  return rc;
}

/* Hands a batch to the INSERT under way. On failure it is freed. */
static sl_status push(struct duck_destination *d, struct sl_duckdb_batch *batch,
                      struct sl_error *err) {
  sl_status rc = duck_limits_for_batch(&d->limits, batch, err);
  if (rc != SL_OK) {
    sl_duckdb_batch_free(batch);
    return rc;
  }
  return sl_duckdb_feed_push(d->running, batch, err);
}

/* Hands the waiting batches of a table to the INSERT under way. */
static sl_status feed(struct duck_destination *d, struct duck_waiting *w, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && w->first != NULL) {
    struct sl_duckdb_batch *batch = w->first;
    w->first = batch->next;
    w->bytes -= batch->bytes;
    d->waiting_bytes -= batch->bytes;
    rc = push(d, batch, err);
  }
  return rc;
}

static sl_status start_running(struct duck_destination *d, size_t table, struct sl_error *err) {
  const struct duck_waiting *w = &d->waiting[table];
  /* Rows of a staging table keep their order (the last of equal keys wins), and so do few rows. */
  bool ordered = w->temporary || w->bytes < STREAM_BYTES;
  int threads = ordered || d->threads < 1 ? 1 : d->threads;
  sl_status rc = duck_inserter_start(&d->running, d->connection, w->qualified, threads, w->first,
                                     &d->limits, err);
  d->spreads = d->spreads || threads > 1;
  d->running_table = table;
  return rc == SL_OK ? feed(d, &d->waiting[table], err) : rc;
}

/* Inserts everything that waits. */
static sl_status drain(struct duck_destination *d, struct sl_error *err) {
  sl_status rc = finish_running(d, err);
  for (size_t i = 0; rc == SL_OK && i < d->n_waiting; i++) {
    if (d->waiting[i].first != NULL) {
      rc = start_running(d, i, err);
      sl_status ended = finish_running(d, rc == SL_OK ? err : NULL);
      rc = rc == SL_OK ? ended : rc;
    }
  }
  return rc;
}

/* Gives up what was not inserted. */
static void drop_waiting(struct duck_destination *d) {
  if (d->running != NULL) {
    sl_status rc = sl_duckdb_feed_finish(d->running, true, NULL);
    (void)rc; /* the transaction is given up anyway */
    d->running = NULL;
  }
  for (size_t i = 0; i < d->n_waiting; i++) {
    while (d->waiting[i].first != NULL) {
      struct sl_duckdb_batch *next = d->waiting[i].first->next;
      sl_duckdb_batch_free(d->waiting[i].first);
      d->waiting[i].first = next;
    }
    free(d->waiting[i].qualified);
  }
  d->n_waiting = 0;
  d->waiting_bytes = 0;
}

static sl_status duck_flush(struct sl_destination *base, struct sl_error *err) {
  return drain((struct duck_destination *)base, err);
}

static sl_status duck_begin(struct sl_destination *base, struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  if (d->in_transaction) {
    return sl_fail(err, SL_EDEST, "%s is in a transaction already", d->path);
  }
  sl_status rc = run(d, "BEGIN TRANSACTION", NULL, err);
  d->removes = d->spreads = false;
  d->in_transaction = rc == SL_OK;
  return rc;
}

static void duck_rollback(struct sl_destination *base) {
  struct duck_destination *d = (struct duck_destination *)base;
  drop_waiting(d);
  if (d->in_transaction) {
    sl_status rc = run(d, "ROLLBACK", NULL, NULL);
    (void)rc; /* closing the file rolls back as well */
    d->in_transaction = false;
  }
}

static sl_status duck_commit(struct sl_destination *base, struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  sl_status rc = drain(d, err);
  if (rc == SL_OK) {
    rc = duck_limits_for_queries(&d->limits, d->connection, err);
  }
  if (rc == SL_OK) {
    rc = duck_limits_for_commit(&d->limits, d->connection, d->removes, d->spreads, err);
  }
  if (rc == SL_OK) {
    rc = run(d, "COMMIT", NULL, err);
  }
  if (rc == SL_OK) {
    d->in_transaction = false;
    sl_status limits = duck_limits_for_queries(&d->limits, d->connection, NULL);
    (void)limits; /* it is committed */
  }
  return rc;
}

/* True for statements after which row groups have fewer rows than before, but not none. */
static bool removes_some(const char *sql) {
  bool all = strstr(sql, " WHERE ") == NULL ||
             strstr(sql, sl_dialect_duckdb.committed_rows) != NULL; /* a replace */
  return strncmp(sql, "UPDATE ", 7) == 0 || strncmp(sql, "MERGE ", 6) == 0 ||
         (strncmp(sql, "DELETE ", 7) == 0 && !all);
}

static sl_status duck_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                              struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  /* Waiting batches know their columns by name, so a new table or column does not concern them. */
  bool shape = strncmp(sql, "CREATE TABLE ", 13) == 0 || strncmp(sql, "ALTER TABLE ", 12) == 0 ||
               strncmp(sql, "CREATE TEMPORARY TABLE ", 23) == 0 ||
               strncmp(sql, "COMMENT ON ", 11) == 0;
  sl_status rc = shape && strstr(sql, ") AS ") == NULL && strstr(sql, " AS SELECT ") == NULL
                     ? finish_running(d, err)
                     : drain(d, err);
  if (rc == SL_OK && !shape) {
    rc = duck_limits_for_queries(&d->limits, d->connection, err);
  }
  d->removes = d->removes || removes_some(sql);
  if (rc == SL_OK && run(d, sql, affected, err) != SL_OK) {
    rc = sl_error_add_context(err, "executing %.120s%s", sql, strlen(sql) > 120 ? "…" : "");
  }
  return rc;
}

static sl_status duck_query(struct sl_destination *base, const char *sql,
                            struct ArrowArrayStream *out, struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  sl_status rc = drain(d, err);
  return rc == SL_OK ? sl_duckdb_query(d->connection, sql, out, err) : rc;
}

static sl_status duck_scan(struct sl_destination *base, const char *sql, sl_take_rows take,
                           void *arg, struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  sl_status rc = drain(d, err);
  return rc == SL_OK ? sl_duckdb_scan(d->connection, sql, take, arg, err) : rc;
}

static sl_status duck_describe(struct sl_destination *base, const struct sl_table_name *name,
                               struct ArrowSchema *out, struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  sl_status rc = finish_running(d, err);
  *out = (struct ArrowSchema){ 0 };
  return rc == SL_OK ? duck_describe_table(d->connection, d->catalog, name, out, err) : rc;
}

/* The entry of a table, made when missing. */
static sl_status get_waiting(struct duck_destination *d, const struct sl_table_name *name,
                             size_t *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  duck_qualified(d->catalog, name, &text);
  sl_status rc = sl_buffer_check(&text, err);
  size_t i = 0;
  while (rc == SL_OK && i < d->n_waiting && strcmp(d->waiting[i].qualified, text.data) != 0) {
    i++;
  }
  if (rc == SL_OK && i == d->n_waiting) {
    rc = sl_grow(&d->waiting, &d->waiting_capacity, i + 1, sizeof *d->waiting, err);
    if (rc == SL_OK) {
      d->waiting[i] =
          (struct duck_waiting){ .qualified = sl_buffer_take(&text), .temporary = name->temporary };
      d->n_waiting++;
    }
  }
  sl_buffer_release(&text);
  *out = i;
  return rc;
}

static void wait_in_line(struct duck_destination *d, struct duck_waiting *w,
                         struct sl_duckdb_batch *batch) {
  batch->next = NULL;
  if (w->first == NULL) {
    w->first = batch;
  } else {
    w->last->next = batch;
  }
  w->last = batch;
  w->bytes += batch->bytes;
  d->waiting_bytes += batch->bytes;
}

static sl_status duck_append(struct sl_destination *base, const struct sl_table_name *name,
                             const struct ArrowSchema *schema, struct ArrowArray *array,
                             struct sl_error *err) {
  struct duck_destination *d = (struct duck_destination *)base;
  struct sl_duckdb_batch *batch = NULL;
  size_t table = 0;
  sl_status rc = get_waiting(d, name, &table, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_batch_new(&batch, schema, array, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  if (d->running != NULL && d->running_table == table) {
    return push(d, batch, err);
  }
  wait_in_line(d, &d->waiting[table], batch);
  if (d->running == NULL && d->waiting[table].bytes > STREAM_BYTES) {
    return start_running(d, table, err);
  }
  return d->waiting_bytes > d->waiting_limit ? drain(d, err) : SL_OK;
}

static void duck_cancel(struct sl_destination *base) {
  SL_DUCKDB(interrupt)(((struct duck_destination *)base)->connection);
}

static void duck_close(struct sl_destination *base) {
  struct duck_destination *d = (struct duck_destination *)base;
  drop_waiting(d);
  free(d->waiting);
  if (d->connection != NULL) {
    SL_DUCKDB(disconnect)(&d->connection);
  }
  if (d->limits.outside != NULL) {
    SL_DUCKDB(disconnect)(&d->limits.outside);
  }
  if (d->database != NULL && !sl_duckdb_shared_close(d->database)) {
    SL_DUCKDB(close)(&d->database);
  }
  free(d->catalog);
  free(d->path);
  free(d);
}

static const char *const schemes[] = { "duckdb", "ducklake", "md", NULL };
static const char *const extensions[] = { ".duckdb", ".db", ".ddb", NULL };
#define CAPABILITIES                                                                               \
  .max_identifier_length = 65536, .max_column_identifier_length = 65536, .decimal_precision = 38,  \
  .decimal_scale = 9, .wei_precision = 38, .wei_scale = 0, .timestamp_precision = 6,               \
  .max_timestamp_precision = 9, .supports_tz_aware_datetime = true, .supports_transactions = true, \
  .supports_ddl_transactions = true, .supports_multiple_statements = true,                         \
  .max_query_length = INT64_C(32) << 20, .max_text_data_type_length = INT64_C(1) << 30,            \
  .merge_strategies = SL_DIALECT_ALL_MERGES, .replace_strategies = SL_DIALECT_ALL_REPLACES,        \
  .max_parallel_load_jobs = 1, .supported_staging_file_formats = "parquet"

static const struct sl_capabilities *duck_capabilities_of(const struct sl_destination *base) {
  static const struct sl_capabilities lake = { .dialect = "ducklake", CAPABILITIES };
  const struct duck_destination *d = (const struct duck_destination *)base;
  return d->is_lake ? &lake : &base->ops->capabilities;
}

const struct sl_destination_ops sl_duckdb_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "duckdb",
  .schemes = schemes,
  .extensions = extensions,
  .options = duck_options,
  .settings_bytes = sizeof(struct duck_settings),
  .capabilities = { .dialect = "duckdb", .supports_guarded_queries = true, CAPABILITIES },
  .help = "A DuckDB database file, created when missing; a DuckLake (ducklake:CATALOG).",
  .open = duck_open,
  .begin = duck_begin,
  .commit = duck_commit,
  .rollback = duck_rollback,
  .execute = duck_execute,
  .query = duck_query,
  .scan = duck_scan,
  .describe = duck_describe,
  .append = duck_append,
  .flush = duck_flush,
  .cancel = duck_cancel,
  .close = duck_close,
  .capabilities_of = duck_capabilities_of,
};
