/* parquet.c - Parquet by DuckDB: COPY … TO over our batches; see writer.h.
 *
 * A file begins with batches in memory. When they are more than a row group takes, a COPY starts
 * that reads batch by batch; what stays small is written by one short COPY at the end. So many
 * small tables take no threads, and a large one takes bounded memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "duckdb/feed.h"
#include "duckdb/query.h"
#include "writer.h"

enum { STREAM_BYTES = 16 << 20, WAITING_BYTES = 32 << 20 };

struct files_duckdb {
  duckdb_database database;
  int64_t waiting; /* bytes of batches in all files that have no COPY yet */
};

struct files_parquet {
  struct files_kind *kind;
  char *path, *table;
  duckdb_connection connection; /* once a COPY runs */
  struct sl_duckdb_feed *feed;
  const struct ArrowSchema *columns;
  struct sl_duckdb_batch *first, *last;
  int64_t waiting, taken;
};

static sl_status open_duckdb(struct files_kind *kind, struct sl_error *err) {
  struct files_duckdb *d = NULL;
  duckdb_config config = NULL;
  duckdb_connection connection = NULL;
  char text[32];
  sl_status rc = sl_duckdb_load(err);
  if (rc != SL_OK) {
    return rc;
  }
  d = calloc(1, sizeof *d);
  if (d == NULL || SL_DUCKDB(create_config)(&config) == DuckDBError) {
    free(d);
    return sl_fail(err, SL_ENOMEM, "out of memory for DuckDB");
  }
  snprintf(text, sizeof text, "%d", kind->threads);
  SL_DUCKDB(set_config)(config, "threads", text);
  snprintf(text, sizeof text, "%" PRId64 "MiB", (kind->memory * 3 / 2 >> 20) + 64);
  SL_DUCKDB(set_config)(config, "memory_limit", text);
  SL_DUCKDB(set_config)(config, "preserve_insertion_order", "false");
  SL_DUCKDB(set_config)(config, "autoinstall_known_extensions", "false");
  char *message = NULL;
  if (SL_DUCKDB(open_ext)(":memory:", &d->database, config, &message) == DuckDBError ||
      SL_DUCKDB(connect)(d->database, &connection) == DuckDBError) {
    rc = sl_fail(err, SL_EDEST, "DuckDB, which writes Parquet, does not start: %s",
                 message == NULL ? "" : message);
  }
  if (message != NULL) {
    SL_DUCKDB(free)(message);
  }
  SL_DUCKDB(destroy_config)(&config);
  if (rc == SL_OK) {
    rc = sl_duckdb_feed_register(connection, err);
  }
  if (connection != NULL) {
    SL_DUCKDB(disconnect)(&connection);
  }
  if (rc != SL_OK) {
    files_duckdb_close(d);
    return rc;
  }
  kind->duckdb = d;
  return SL_OK;
}

void files_duckdb_close(struct files_duckdb *d) {
  if (d != NULL) {
    if (d->database != NULL) {
      SL_DUCKDB(close)(&d->database);
    }
    free(d);
  }
}

sl_status files_parquet_open(struct files_parquet **out, struct files_kind *kind, const char *path,
                             const struct ArrowSchema *columns, const char *table,
                             struct sl_error *err) {
  sl_status rc = kind->duckdb == NULL ? open_duckdb(kind, err) : SL_OK;
  struct files_parquet *p = rc == SL_OK ? calloc(1, sizeof *p) : NULL;
  if (rc != SL_OK) {
    return rc;
  }
  if (p != NULL) {
    *p = (struct files_parquet){
      .kind = kind, .path = strdup(path), .table = strdup(table), .columns = columns
    };
  }
  if (p == NULL || p->path == NULL || p->table == NULL) {
    files_parquet_abandon(p);
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", path);
  }
  *out = p;
  return SL_OK;
}

/* ---- the statement ---- */

static duckdb_logical_type type_of(const char *format) {
  int precision = 0;
  int scale = 0;
  if (sscanf(format, "d:%9d,%9d", &precision, &scale) == 2) {
    return SL_DUCKDB(create_decimal_type)((uint8_t)precision, (uint8_t)scale);
  }
  return SL_DUCKDB(create_logical_type)(
      strncmp(format, "tsu:", 4) == 0
          ? (format[4] == '\0' ? DUCKDB_TYPE_TIMESTAMP : DUCKDB_TYPE_TIMESTAMP_TZ)
      : format[0] == 'u'           ? DUCKDB_TYPE_VARCHAR
      : format[0] == 'z'           ? DUCKDB_TYPE_BLOB
      : format[0] == 'g'           ? DUCKDB_TYPE_DOUBLE
      : format[0] == 'b'           ? DUCKDB_TYPE_BOOLEAN
      : strcmp(format, "tdD") == 0 ? DUCKDB_TYPE_DATE
      : strcmp(format, "ttu") == 0 ? DUCKDB_TYPE_TIME
                                   : DUCKDB_TYPE_BIGINT);
}

/* DuckDB keeps the rows of a row group in memory until it is full, one for each thread: those of
 * wide tables are ended at a number of bytes. */
static void copy_options(const struct files_parquet *p, int threads, struct sl_buffer *out) {
  static const char *const codecs[] = { [FILES_PLAIN] = "uncompressed",
                                        [FILES_GZIP] = "gzip",
                                        [FILES_ZSTD] = "zstd",
                                        [FILES_SNAPPY] = "snappy" };
  sl_buffer_text(out, ") TO '");
  for (const char *c = p->path; *c != '\0'; c++) {
    sl_buffer_append(out, c, 1);
    if (*c == '\'') {
      sl_buffer_char(out, '\'');
    }
  }
  sl_buffer_printf(out, "' (FORMAT parquet, COMPRESSION %s", codecs[p->kind->packing]);
  if (p->kind->row_group_rows > 0) {
    sl_buffer_printf(out, ", ROW_GROUP_SIZE %" PRId64, p->kind->row_group_rows);
  }
  sl_buffer_printf(out, ", ROW_GROUP_SIZE_BYTES %" PRId64 ")", p->kind->memory / 8 / threads);
}

/* Hands a batch over to the COPY; it is gone after a failure too. */
static sl_status push(struct files_parquet *p, struct sl_duckdb_batch *batch,
                      struct sl_error *err) {
  sl_status rc = sl_duckdb_feed_push(p->feed, batch, err);
  return rc == SL_OK ? rc : sl_error_add_context(err, "writing Parquet");
}

static sl_status start_copy(struct files_parquet *p, int threads, struct sl_error *err) {
  struct sl_buffer after = { 0 };
  sl_status rc = SL_OK;
  copy_options(p, threads, &after);
  rc = sl_buffer_check(&after, err);
  if (rc == SL_OK && SL_DUCKDB(connect)(p->kind->duckdb->database, &p->connection) == DuckDBError) {
    rc = sl_fail(err, SL_EDEST, "DuckDB, which writes Parquet, takes no connection");
  }
  if (rc == SL_OK) {
    rc = sl_duckdb_feed_new(&p->feed, p->connection, p->table, WAITING_BYTES, err);
  }
  for (int64_t i = 0; rc == SL_OK && i < p->columns->n_children; i++) {
    const struct ArrowSchema *c = p->columns->children[i];
    rc = sl_duckdb_feed_column(p->feed, c->name, type_of(c->format), err);
  }
  if (rc == SL_OK) {
    rc = sl_duckdb_feed_start(p->feed, threads, "COPY (", after.data, err);
  }
  sl_buffer_release(&after);
  p->kind->duckdb->waiting -= p->waiting;
  p->waiting = 0;
  while (rc == SL_OK && p->first != NULL) {
    struct sl_duckdb_batch *batch = p->first;
    p->first = batch->next;
    rc = push(p, batch, err);
  }
  return rc;
}

sl_status files_parquet_write(struct files_parquet *p, const struct ArrowSchema *schema,
                              struct ArrowArray *array, struct sl_error *err) {
  struct sl_duckdb_batch *batch = NULL;
  sl_status rc = sl_duckdb_batch_new(&batch, schema, array, err);
  if (rc != SL_OK) {
    return rc;
  }
  int64_t bytes = batch->bytes;
  p->taken += bytes;
  if (p->feed != NULL) {
    return push(p, batch, err);
  }
  if (p->first == NULL) {
    p->first = batch;
  } else {
    p->last->next = batch;
  }
  p->last = batch;
  p->waiting += bytes;
  p->kind->duckdb->waiting += bytes;
  if (p->waiting >= STREAM_BYTES || p->kind->duckdb->waiting > p->kind->memory / 2) {
    rc = start_copy(p, p->kind->threads, err);
  }
  return rc;
}

/* What is in the file already, or what it may become: batches shrink to about a fourth. */
int64_t files_parquet_bytes(const struct files_parquet *p) {
  return p->taken / 4;
}

static void free_parquet(struct files_parquet *p) {
  while (p->first != NULL) {
    struct sl_duckdb_batch *batch = p->first;
    p->first = batch->next;
    sl_duckdb_batch_free(batch);
  }
  if (p->connection != NULL) {
    SL_DUCKDB(disconnect)(&p->connection);
  }
  free(p->path);
  free(p->table);
  free(p);
}

sl_status files_parquet_close(struct files_parquet *p, struct sl_error *err) {
  sl_status rc = p->feed == NULL ? start_copy(p, 1, err) : SL_OK;
  if (p->feed != NULL) {
    sl_status ended = sl_duckdb_feed_finish(p->feed, rc != SL_OK, rc == SL_OK ? err : NULL);
    rc = rc == SL_OK ? ended : rc;
  }
  free_parquet(p);
  return rc;
}

void files_parquet_abandon(struct files_parquet *p) {
  if (p == NULL) {
    return;
  }
  p->kind->duckdb->waiting -= p->waiting;
  if (p->feed != NULL) {
    sl_status rc = sl_duckdb_feed_finish(p->feed, true, NULL); /* nobody wants the file */
    (void)rc;
  }
  free_parquet(p);
}
