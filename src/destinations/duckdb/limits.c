/* limits.c - see limits.h. */
#include "limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "duckdb/query.h"

enum { VECTOR_ROWS = 2048, ROW_GROUP_ROWS = 122880, SAMPLE_ROWS = 1024, MEGABYTE = 1 << 20 };

static sl_status set_memory(struct duck_limits *l, duckdb_connection connection, int64_t bytes,
                            struct sl_error *err) {
  char sql[64];
  if (l->most_memory <= 0 || bytes == l->memory || (l->shared && bytes < l->memory)) {
    return SL_OK;
  }
  l->memory = bytes;
  snprintf(sql, sizeof sql, "SET memory_limit = '%" PRId64 "MiB'", bytes / MEGABYTE);
  return sl_duckdb_run(connection, sql, NULL, err);
}

static sl_status set_threads(struct duck_limits *l, duckdb_connection connection, int threads,
                             struct sl_error *err) {
  char sql[48];
  if (threads < 1 || l->threads == threads || l->shared) {
    return SL_OK;
  }
  l->threads = threads;
  snprintf(sql, sizeof sql, "SET threads = %d", threads);
  return sl_duckdb_run(connection, sql, NULL, err);
}

static sl_status set_without(struct duck_limits *l, duckdb_connection connection, unsigned without,
                             struct sl_error *err) {
  static const char *const statements[] = {
    "SET disabled_compression_methods = ''",
    "SET disabled_compression_methods = 'dictionary,dict_fsst'",
    "SET disabled_compression_methods = 'fsst'",
    "SET disabled_compression_methods = 'dictionary,dict_fsst,fsst'",
  };
  without |= l->shared ? l->without : 0;
  if (l->without == without) {
    return SL_OK;
  }
  l->without = without;
  return sl_duckdb_run(connection, statements[without], NULL, err);
}

/* ---- texts ---- */

struct texts { /* bytes for each row of the column with the longest ones */
  int64_t all, different;
};

/* Bytes of the different texts among the first rows, for each row. */
static int64_t different_bytes(const struct ArrowArray *array, int64_t rows) {
  enum { SLOTS = 4 * SAMPLE_ROWS };
  uint64_t seen[SLOTS] = { 0 };
  const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset;
  const char *bytes = array->buffers[2];
  int64_t sum = 0;
  for (int64_t i = 0; i < rows; i++) {
    size_t length = (size_t)(offsets[i + 1] - offsets[i]);
    uint64_t hash = sl_hash64(bytes + offsets[i], length) | 1;
    size_t at = hash % SLOTS;
    while (seen[at] != 0 && seen[at] != hash) {
      at = (at + 1) % SLOTS;
    }
    sum += seen[at] == 0 ? (int64_t)length : 0;
    seen[at] = hash;
  }
  return sum / rows;
}

static void measure_texts(const struct sl_duckdb_batch *batch, struct texts *t) {
  int64_t rows = batch->array.length;
  for (int64_t i = 0; rows > 0 && i < batch->schema.n_children; i++) {
    const struct ArrowArray *array = batch->array.children[i];
    char format = batch->schema.children[i]->format[0];
    if (format != 'u' && format != 'z') {
      continue;
    }
    const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset;
    int64_t all = (offsets[rows] - offsets[0]) / rows;
    if (all > t->all || all > t->different) {
      int64_t different = different_bytes(array, rows < SAMPLE_ROWS ? rows : SAMPLE_ROWS);
      t->all = all > t->all ? all : t->all;
      t->different = different > t->different ? different : t->different;
    }
  }
}

/* The fewest that have to be left out for the memory; takes threads away before FSST. Where the
 * texts are long and few different ones, the dictionary stays and FSST goes. */
static unsigned choose_without(const struct duck_limits *l, const struct texts *t, int *threads) {
  int64_t room = l->most_memory / 3;
  if (room <= 0) {
    return 0;
  }
  while (*threads > 1 && t->all * ROW_GROUP_ROWS / 4 * *threads > room) {
    --*threads;
  }
  return (t->different * ROW_GROUP_ROWS * *threads > room ? DUCK_WITHOUT_DICTIONARY : 0) |
         (t->all * ROW_GROUP_ROWS / 4 * *threads > room ? DUCK_WITHOUT_FSST : 0);
}

/* ---- an INSERT ---- */

/* While it appends, DuckDB holds a block of 256 KB for the values and one for the nulls of each
 * column. */
static int64_t memory_for(int64_t n_columns, int threads) {
  enum { COLUMN_BYTES = 512 << 10, BASE_BYTES = 32 << 20 };
  return n_columns * threads * COLUMN_BYTES + BASE_BYTES;
}

/* Where several threads insert, rows of one that has less than a row group are appended once more,
 * to those of the transaction: DuckDB holds the blocks that they were written to, are read from and
 * written to. In a relay one thread has such rows, and the others have ended. */
static int64_t memory_at_end(int64_t n_columns, int threads) {
  return memory_for(n_columns, threads + (threads > DUCK_MOST_IN_RELAY ? 2 : 1));
}

sl_status duck_limits_for_insert(struct duck_limits *l, duckdb_connection connection,
                                 const struct sl_duckdb_batch *waiting, int64_t n_columns,
                                 int *threads, struct sl_error *err) {
  struct texts texts = { 0 };
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const struct sl_duckdb_batch *b = waiting; b != NULL; b = b->next) {
    measure_texts(b, &texts);
    rows += b->array.length;
    bytes += b->bytes;
  }
  while (*threads > 1 && l->most_memory > 0 &&
         memory_at_end(n_columns, *threads) > l->most_memory) {
    --*threads;
  }
  unsigned without = choose_without(l, &texts, threads);
  l->longest |= without;
  l->inserting = *threads;
  l->fixed = memory_for(n_columns, *threads);
  l->at_end = *threads > 1 ? memory_at_end(n_columns, *threads) : 0;
  l->rows = 0;
  memset(l->parts, 0, sizeof l->parts);
  /* Row groups that are not full wait in buffers; those without room are written to a file. */
  int64_t useful = l->fixed + (rows == 0 ? 0 : bytes / rows * ROW_GROUP_ROWS * *threads);
  int64_t allowed = l->most_memory * 3 / 5;
  int64_t memory = useful < allowed ? useful : l->fixed > allowed ? l->fixed : allowed;
  sl_status rc = set_threads(l, connection, *threads, err);
  if (rc == SL_OK) {
    rc = set_without(l, connection, without, err);
  }
  return rc == SL_OK ? set_memory(l, connection, memory, err) : rc;
}

sl_status duck_limits_for_batch(struct duck_limits *l, const struct sl_duckdb_batch *batch,
                                struct sl_error *err) {
  enum { PART_ROWS = VECTOR_ROWS / (DUCK_PARTS - 1) };
  int64_t rows = batch->array.length;
  if (l->rows + rows > PART_ROWS) {
    int parts = rows >= VECTOR_ROWS ? DUCK_PARTS : (int)(rows / PART_ROWS) + 1;
    for (int i = 0; i < parts; i++) {
      l->part = (l->part + 1) % DUCK_PARTS;
      l->parts[l->part] = rows > PART_ROWS ? batch->bytes * PART_ROWS / rows : batch->bytes;
    }
    l->rows = rows < PART_ROWS ? rows : PART_ROWS;
  } else {
    l->rows += rows;
    l->parts[l->part] += batch->bytes;
  }
  int64_t at_once = 0;
  for (int i = 0; i < DUCK_PARTS; i++) {
    at_once += l->parts[i];
  }
  int64_t needed = l->fixed + at_once * l->inserting * 5 / 4;
  return needed > l->memory ? set_memory(l, l->outside, needed, err) : SL_OK;
}

sl_status duck_limits_for_end(struct duck_limits *l, struct sl_error *err) {
  return l->at_end > l->memory ? set_memory(l, l->outside, l->at_end, err) : SL_OK;
}

/* One thread more than usual, because the one that waits for a statement works on it only now and
 * then. */
sl_status duck_limits_for_queries(struct duck_limits *l, duckdb_connection connection,
                                  struct sl_error *err) {
  sl_status rc = l->usual > 0 ? set_threads(l, connection, l->usual + 1, err) : SL_OK;
  if (rc == SL_OK) {
    rc = set_without(l, connection, l->longest, err);
  }
  return rc == SL_OK && l->memory < l->most_memory ? set_memory(l, connection, l->most_memory, err)
                                                   : rc;
}

/* The tasks on the other connection: where the setting is not known, the transaction must not
 * notice. */
sl_status duck_limits_for_commit(struct duck_limits *l, duckdb_connection connection, bool removes,
                                 bool spreads, struct sl_error *err) {
  if (!l->shared && l->outside != NULL) {
    bool merges = removes || !spreads;
    (void)sl_duckdb_run(l->outside, merges ? "RESET max_vacuum_tasks" : "SET max_vacuum_tasks = 0",
                        NULL, NULL);
  }
  return l->usual > 0 && !removes ? set_threads(l, connection, 1, err) : SL_OK;
}
