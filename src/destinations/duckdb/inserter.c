/* inserter.c - see inserter.h. */
#include "inserter.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "duckdb/query.h"

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

/* While it appends, DuckDB holds a block of 256 KB for the values and one for the nulls of each
 * column. */
static int64_t memory_for(size_t columns, int threads) {
  enum { COLUMN_BYTES = 512 << 10, BASE_BYTES = 48 << 20 };
  return (int64_t)columns * threads * COLUMN_BYTES + BASE_BYTES;
}

/* As many threads as the memory allows, and no more: the others would each hold buffers of their
 * own. */
static sl_status make_room(duckdb_connection connection, size_t columns, int *threads,
                           struct duck_limits *limits, struct sl_error *err) {
  char sql[64];
  sl_status rc = SL_OK;
  while (*threads > 1 && limits->memory > 0 && memory_for(columns, *threads) > limits->memory) {
    *threads -= 1;
  }
  if (limits->threads != *threads) {
    snprintf(sql, sizeof sql, "SET threads = %d", *threads);
    limits->threads = *threads;
    rc = sl_duckdb_run(connection, sql, NULL, err);
  }
  int64_t needed = memory_for(columns, *threads);
  if (rc != SL_OK || limits->memory <= 0 || needed <= limits->memory) {
    return rc;
  }
  snprintf(sql, sizeof sql, "SET memory_limit = '%" PRId64 "MiB'", needed >> 20);
  limits->memory = needed;
  return sl_duckdb_run(connection, sql, NULL, err);
}

sl_status duck_inserter_start(struct sl_duckdb_feed **out, duckdb_connection connection,
                              const char *qualified, int threads, struct duck_limits *limits,
                              struct sl_error *err) {
  struct sl_duckdb_feed *feed = NULL;
  struct sl_buffer before = { 0 };
  sl_buffer_printf(&before, "INSERT INTO %s ", qualified);
  sl_status rc = sl_buffer_check(&before, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_feed_new(&feed, connection, qualified, limits->under_way, err);
  }
  if (rc == SL_OK) {
    rc = read_columns(feed, connection, qualified, err);
  }
  if (rc == SL_OK) {
    rc = make_room(connection, sl_duckdb_feed_columns(feed), &threads, limits, err);
  }
  if (rc == SL_OK) {
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
