/* inserter.c - see inserter.h. */
#include "inserter.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "duckdb/query.h"
#include "limits.h"

/* Of batches that were handed over and not inserted. */
enum { RUNNING_BYTES = 8 << 20 };

enum { ROW_GROUP = 122880 }; /* rows; DuckDB's, unless a file was attached with another size */

/* Names and types of the table's columns. */
static sl_status read_columns(struct sl_duckdb_feed *feed, duckdb_connection connection,
                              const char *qualified, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  duckdb_result result;
  sl_buffer_printf(&sql, "SELECT * FROM %s LIMIT 0", qualified);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_run(connection, sql.data, &result, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK) {
    return rc;
  }
  idx_t n = SL_DUCKDB(column_count)(&result);
  for (idx_t i = 0; rc == SL_OK && i < n; i++) {
    rc = sl_duckdb_feed_column(feed, SL_DUCKDB(column_name)(&result, i),
                               SL_DUCKDB(column_logical_type)(&result, i), err);
  }
  SL_DUCKDB(destroy_result)(&result);
  return rc;
}

sl_status duck_inserter_start(struct sl_duckdb_feed **out, duckdb_connection connection,
                              const char *qualified, int threads,
                              const struct sl_duckdb_batch *waiting, struct duck_limits *limits,
                              struct sl_error *err) {
  struct sl_duckdb_feed *feed = NULL;
  struct sl_buffer before = { 0 };
  sl_buffer_printf(&before, "INSERT INTO %s ", qualified);
  sl_status rc = sl_buffer_check(&before, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_feed_new(&feed, connection, qualified, RUNNING_BYTES, err);
  }
  if (rc == SL_OK) {
    rc = read_columns(feed, connection, qualified, err);
  }
  if (rc == SL_OK) {
    rc = duck_limits_for_insert(limits, connection, waiting, (int64_t)sl_duckdb_feed_columns(feed),
                                &threads, err);
  }
  if (rc == SL_OK) {
    sl_duckdb_feed_relay(feed, threads > 1 && threads <= DUCK_MOST_IN_RELAY ? ROW_GROUP : 0);
    rc = sl_duckdb_feed_start(feed, threads, before.data, "", err);
  }
  sl_buffer_release(&before);
  if (rc != SL_OK && feed != NULL) {
    sl_status ended = sl_duckdb_feed_finish(feed, true, NULL); /* never started: frees it */
    (void)ended;
    feed = NULL;
  }
  *out = feed;
  return rc;
}
