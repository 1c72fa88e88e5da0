/* feed.c - see feed.h. */
#include "duckdb/feed.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include <sluice/builder.h>

#include "base/map.h"
#include "column/batch.h"
#include "column/match.h"
#include "duckdb/query.h"
#include "duckdb/vectors.h"

enum { VECTOR_ROWS = 2048, CHUNK_BYTES = 4 << 20 /* of batches that share a chunk */ };

struct sl_duckdb_feed {
  duckdb_connection connection;
  struct sl_buffer sql;
  char *table; /* for messages */
  size_t n_columns, capacity, types_capacity, targets_capacity;
  duckdb_logical_type *types;
  struct sl_duckdb_target *targets;
  char **names;
  struct sl_map index; /* lower-case name -> column */
  int threads;         /* DuckDB threads that take batches at once */

  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int parts;                  /* of the statement that have begun and not ended */
  int64_t group_rows;         /* after so many a thread makes room for another one; 0 = never */
  const struct part *filling; /* with group_rows: takes the batches now; NULL = nobody does */
  struct sl_duckdb_batch *first, *last;
  int64_t bytes, limit;
  bool started, closed, abandoned, ended;
  sl_status status;
  struct sl_error error;
};

struct part { /* one DuckDB thread's part of the statement */
  struct sl_duckdb_feed *feed;
  struct sl_duckdb_batch *current;
  struct sl_duckdb_batch *done; /* batches that the last chunk's texts point into */
  int64_t done_bytes;
  int64_t row;      /* next one of the current batch */
  int64_t rows;     /* handed over so far */
  int32_t *sources; /* which child of the current batch feeds a column; -1 = none */
};

/* ---- batches ---- */

sl_status sl_duckdb_batch_new(struct sl_duckdb_batch **out, const struct ArrowSchema *schema,
                              struct ArrowArray *array, struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  struct sl_duckdb_batch *batch = calloc(1, sizeof *batch);
  struct sl_field *fields = sl_calloc_array(n, sizeof *fields);
  sl_status rc = batch == NULL || fields == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a batch")
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    fields[i] = (struct sl_field){ .name = schema->children[i]->name,
                                   .format = schema->children[i]->format,
                                   .nullable = true };
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(&batch->schema, fields, n, err);
  }
  free(fields);
  if (rc != SL_OK) {
    free(batch);
    return rc;
  }
  batch->array = *array;
  array->release = NULL;
  batch->bytes = 256 + sl_array_bytes(&batch->schema, &batch->array);
  *out = batch;
  return SL_OK;
}

void sl_duckdb_batch_free(struct sl_duckdb_batch *batch) {
  if (batch != NULL) {
    batch->schema.release(&batch->schema);
    batch->array.release(&batch->array);
    free(batch);
  }
}

/* ---- the table function ---- */

/* DuckDB takes names that differ by case only as the same. */
static char *lower_copy(const char *name) {
  char *copy = strdup(name);
  for (char *c = copy; c != NULL && *c != '\0'; c++) {
    *c = (char)tolower((unsigned char)*c);
  }
  return copy;
}

/* Which child of the batch feeds which column. */
static sl_status match_columns(struct part *f, const struct ArrowSchema *schema,
                               struct sl_error *err) {
  struct sl_duckdb_feed *in = f->feed;
  for (idx_t i = 0; i < in->n_columns; i++) {
    f->sources[i] = -1;
  }
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    char *name = lower_copy(child->name);
    int32_t at = name == NULL ? -1 : sl_map_get(&in->index, name, strlen(name));
    free(name);
    if (at < 0) {
      return sl_column_missing(in->table, child->name, err);
    }
    if (!sl_duckdb_accepts(&in->targets[at], child->format)) {
      return sl_column_unfit(in->table, child, err);
    }
    if (f->sources[at] >= 0) {
      return sl_fail(err, SL_EDEST,
                     "table %s: column %s comes twice, since the database does not tell cases "
                     "apart; rename one",
                     in->table, child->name);
    }
    f->sources[at] = (int32_t)i;
  }
  return SL_OK;
}

/* The next batch with rows; NULL at the end. */
static struct sl_duckdb_batch *next_batch(struct sl_duckdb_feed *in) {
  pthread_mutex_lock(&in->lock);
  while (in->first == NULL && !in->closed && !in->abandoned) {
    pthread_cond_wait(&in->changed, &in->lock);
  }
  struct sl_duckdb_batch *batch = in->abandoned ? NULL : in->first;
  if (batch != NULL) {
    in->first = batch->next;
    in->bytes -= batch->bytes;
    pthread_cond_broadcast(&in->changed);
  }
  pthread_mutex_unlock(&in->lock);
  return batch;
}

static void wait_to_fill(const struct part *f) {
  struct sl_duckdb_feed *in = f->feed;
  if (in->group_rows == 0) {
    return;
  }
  pthread_mutex_lock(&in->lock);
  while (in->filling != NULL && in->filling != f && !in->abandoned) {
    pthread_cond_wait(&in->changed, &in->lock);
  }
  if (in->filling == NULL) {
    in->filling = f;
  }
  pthread_mutex_unlock(&in->lock);
}

static void stop_filling(const struct part *f) {
  struct sl_duckdb_feed *in = f->feed;
  pthread_mutex_lock(&in->lock);
  if (in->filling == f) {
    in->filling = NULL;
    pthread_cond_broadcast(&in->changed);
  }
  pthread_mutex_unlock(&in->lock);
}

/* At the end DuckDB appends the rows of a thread that has less than a group once more, and holds
 * blocks for both copies; so what the other threads hold goes first. */
static void wait_for_others(const struct part *f) {
  struct sl_duckdb_feed *in = f->feed;
  if (f->rows == 0 || f->rows >= in->group_rows) {
    return;
  }
  pthread_mutex_lock(&in->lock);
  while (in->parts > 1 && !in->abandoned) {
    pthread_cond_wait(&in->changed, &in->lock);
  }
  pthread_mutex_unlock(&in->lock);
}

static void count_parts(struct sl_duckdb_feed *in, int more) {
  pthread_mutex_lock(&in->lock);
  in->parts += more;
  pthread_cond_broadcast(&in->changed);
  pthread_mutex_unlock(&in->lock);
}

/* `more` rows begin a new group: the last one is full, and DuckDB is about to compress it. */
static bool begins_group(const struct part *f, int64_t more) {
  int64_t size = f->feed->group_rows;
  return size > 0 && f->rows > 0 && (f->rows + more - 1) / size > (f->rows - 1) / size;
}

/* Rows of the current batch, as far as the chunk has room; *filled: rows of the chunk. */
static sl_status fill_chunk(struct part *f, duckdb_data_chunk output, int64_t *filled,
                            struct sl_error *err) {
  const struct sl_duckdb_feed *in = f->feed;
  const struct sl_duckdb_batch *b = f->current;
  int64_t left = b->array.length - f->row;
  int64_t room = VECTOR_ROWS - *filled;
  struct sl_duckdb_rows rows = { .from = f->row,
                                 .count = left < room ? left : room,
                                 .at = *filled };
  for (idx_t i = 0; i < in->n_columns; i++) {
    duckdb_vector vector = SL_DUCKDB(data_chunk_get_vector)(output, i);
    int32_t source = f->sources[i];
    if (source < 0) {
      sl_duckdb_fill_nulls(vector, rows.at, rows.count);
    } else {
      sl_status rc =
          sl_duckdb_fill_vector(vector, &in->targets[i], b->schema.children[source]->format,
                                b->array.children[source], rows, err);
      if (rc != SL_OK) {
        return sl_error_add_context(err, "column %s", in->names[i]);
      }
    }
  }
  f->row += rows.count;
  *filled += rows.count;
  return SL_OK;
}

static void free_done(struct part *f) {
  while (f->done != NULL) {
    struct sl_duckdb_batch *next = f->done->next;
    sl_duckdb_batch_free(f->done);
    f->done = next;
  }
  f->done_bytes = 0;
}

/* Makes a batch with rows the current one; false at the end. */
static bool take_batch(struct part *f, struct sl_error *err, sl_status *rc) {
  *rc = SL_OK;
  while (*rc == SL_OK && (f->current == NULL || f->row >= f->current->array.length)) {
    if (f->current != NULL) {
      f->done_bytes += f->current->bytes;
      f->current->next = f->done;
      f->done = f->current;
    }
    f->current = next_batch(f->feed);
    f->row = 0;
    if (f->current == NULL) {
      return false;
    }
    *rc = match_columns(f, &f->current->schema, err);
  }
  return *rc == SL_OK;
}

/* Called by DuckDB for the next rows. Each call costs it some work for every column, so that small
 * batches share a chunk. Texts point into the batches, which are freed one call later. */
static void produce(duckdb_function_info info, duckdb_data_chunk output) {
  struct part *f = SL_DUCKDB(function_get_local_init_data)(info);
  struct sl_error err;
  sl_status rc = SL_OK;
  int64_t filled = 0;
  wait_to_fill(f);
  free_done(f);
  while (filled < VECTOR_ROWS && f->done_bytes < CHUNK_BYTES && take_batch(f, &err, &rc)) {
    rc = fill_chunk(f, output, &filled, &err);
    if (rc != SL_OK) {
      break;
    }
  }
  if (rc != SL_OK) {
    SL_DUCKDB(function_set_error)(info, err.message);
    return;
  }
  SL_DUCKDB(data_chunk_set_size)(output, (idx_t)filled);
  if (filled == 0) {
    stop_filling(f);
    wait_for_others(f);
  } else if (begins_group(f, filled)) {
    stop_filling(f);
  }
  f->rows += filled;
}

static void ignore_free(void *data) {
  (void)data; /* the feed outlives its statement */
}

static void bind(duckdb_bind_info info) {
  duckdb_value value = SL_DUCKDB(bind_get_parameter)(info, 0);
  struct sl_duckdb_feed *in = (struct sl_duckdb_feed *)(uintptr_t)SL_DUCKDB(get_uint64)(value);
  SL_DUCKDB(destroy_value)(&value);
  for (idx_t i = 0; i < in->n_columns; i++) {
    SL_DUCKDB(bind_add_result_column)(info, in->names[i], in->types[i]);
  }
  SL_DUCKDB(bind_set_bind_data)(info, in, ignore_free);
}

static void init(duckdb_init_info info) {
  const struct sl_duckdb_feed *in = SL_DUCKDB(init_get_bind_data)(info);
  SL_DUCKDB(init_set_max_threads)(info, (idx_t)in->threads);
}

static void free_part(void *data) {
  struct part *f = data;
  if (f != NULL) {
    stop_filling(f); /* when an error ended it */
    count_parts(f->feed, -1);
    free_done(f);
    sl_duckdb_batch_free(f->current);
    free(f->sources);
    free(f);
  }
}

static void init_part(duckdb_init_info info) {
  struct sl_duckdb_feed *in = SL_DUCKDB(init_get_bind_data)(info);
  struct part *f = calloc(1, sizeof *f);
  if (f != NULL) {
    f->feed = in;
    f->sources = sl_calloc_array(in->n_columns, sizeof *f->sources);
    count_parts(in, 1);
  }
  if (f == NULL || f->sources == NULL) {
    free_part(f);
    SL_DUCKDB(init_set_error)(info, "out of memory");
    return;
  }
  SL_DUCKDB(init_set_init_data)(info, f, free_part);
}

sl_status sl_duckdb_feed_register(duckdb_connection connection, struct sl_error *err) {
  duckdb_table_function f = SL_DUCKDB(create_table_function)();
  duckdb_logical_type type = SL_DUCKDB(create_logical_type)(DUCKDB_TYPE_UBIGINT);
  SL_DUCKDB(table_function_set_name)(f, "sluice_rows");
  SL_DUCKDB(table_function_add_parameter)(f, type);
  SL_DUCKDB(table_function_set_bind)(f, bind);
  SL_DUCKDB(table_function_set_init)(f, init);
  SL_DUCKDB(table_function_set_local_init)(f, init_part);
  SL_DUCKDB(table_function_set_function)(f, produce);
  duckdb_state state = SL_DUCKDB(register_table_function)(connection, f);
  SL_DUCKDB(destroy_logical_type)(&type);
  SL_DUCKDB(destroy_table_function)(&f);
  return state == DuckDBError ? sl_fail(err, SL_EINTERNAL, "DuckDB refuses our table function")
                              : SL_OK;
}

/* ---- the statement ---- */

sl_status sl_duckdb_feed_new(struct sl_duckdb_feed **out, duckdb_connection connection,
                             const char *table, int64_t under_way, struct sl_error *err) {
  struct sl_duckdb_feed *in = calloc(1, sizeof *in);
  char *name = strdup(table);
  if (in == NULL || name == NULL) {
    free(in);
    free(name);
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", table);
  }
  pthread_mutex_init(&in->lock, NULL);
  pthread_cond_init(&in->changed, NULL);
  in->connection = connection;
  in->table = name;
  in->limit = under_way;
  in->threads = 1;
  *out = in;
  return SL_OK;
}

sl_status sl_duckdb_feed_column(struct sl_duckdb_feed *in, const char *name,
                                duckdb_logical_type type, struct sl_error *err) {
  size_t n = in->n_columns;
  sl_status rc = sl_grow(&in->types, &in->types_capacity, n + 1, sizeof *in->types, err);
  if (rc == SL_OK) {
    rc = sl_grow(&in->targets, &in->targets_capacity, n + 1, sizeof *in->targets, err);
  }
  if (rc == SL_OK) {
    rc = sl_grow(&in->names, &in->capacity, n + 1, sizeof *in->names, err);
  }
  char *copy = rc == SL_OK ? strdup(name) : NULL;
  char *lower = rc == SL_OK ? lower_copy(name) : NULL;
  if (rc == SL_OK && (copy == NULL || lower == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", in->table);
  } else if (rc == SL_OK) {
    rc = sl_map_set(&in->index, lower, strlen(lower), (int32_t)n, err);
  }
  free(lower);
  if (rc != SL_OK) {
    free(copy);
    SL_DUCKDB(destroy_logical_type)(&type);
    return rc;
  }
  in->types[n] = type;
  in->targets[n] = sl_duckdb_target_of(type);
  in->names[n] = copy;
  in->n_columns++;
  return SL_OK;
}

size_t sl_duckdb_feed_columns(const struct sl_duckdb_feed *in) {
  return in->n_columns;
}

static void free_feed(struct sl_duckdb_feed *in) {
  while (in->first != NULL) {
    struct sl_duckdb_batch *next = in->first->next;
    sl_duckdb_batch_free(in->first);
    in->first = next;
  }
  for (size_t i = 0; i < in->n_columns; i++) {
    SL_DUCKDB(destroy_logical_type)(&in->types[i]);
    free(in->names[i]);
  }
  free(in->types);
  free(in->targets);
  free(in->names);
  free(in->table);
  sl_map_release(&in->index);
  sl_buffer_release(&in->sql);
  pthread_cond_destroy(&in->changed);
  pthread_mutex_destroy(&in->lock);
  free(in);
}

static void *run_main(void *arg) {
  struct sl_duckdb_feed *in = arg;
  struct sl_error err = { 0 };
  sl_status rc = sl_duckdb_run(in->connection, in->sql.data, NULL, &err);
  pthread_mutex_lock(&in->lock);
  in->ended = true;
  in->status = rc;
  in->error = err;
  pthread_cond_broadcast(&in->changed);
  pthread_mutex_unlock(&in->lock);
  return NULL;
}

void sl_duckdb_feed_relay(struct sl_duckdb_feed *feed, int64_t rows) {
  feed->group_rows = rows;
}

sl_status sl_duckdb_feed_start(struct sl_duckdb_feed *in, int threads, const char *before,
                               const char *after, struct sl_error *err) {
  in->threads = threads;
  sl_buffer_printf(&in->sql, "%sSELECT * FROM sluice_rows(%" PRIuPTR "::UBIGINT)%s", before,
                   (uintptr_t)in, after);
  sl_status rc = sl_buffer_check(&in->sql, err);
  if (rc == SL_OK) {
    int problem = pthread_create(&in->thread, NULL, run_main, in);
    rc = problem != 0 ? sl_fail_errno(err, problem, "starting a thread") : SL_OK;
  }
  in->started = rc == SL_OK;
  return rc;
}

sl_status sl_duckdb_feed_push(struct sl_duckdb_feed *in, struct sl_duckdb_batch *batch,
                              struct sl_error *err) {
  pthread_mutex_lock(&in->lock);
  while (!in->ended && in->first != NULL && in->bytes + batch->bytes > in->limit) {
    pthread_cond_wait(&in->changed, &in->lock);
  }
  bool taken = !in->ended;
  if (taken) {
    batch->next = NULL;
    if (in->first == NULL) {
      in->first = batch;
    } else {
      in->last->next = batch;
    }
    in->last = batch;
    in->bytes += batch->bytes;
    pthread_cond_broadcast(&in->changed);
  } else if (err != NULL) {
    *err = in->error;
  }
  sl_status rc = taken ? SL_OK : in->status == SL_OK ? SL_EINTERNAL : in->status;
  pthread_mutex_unlock(&in->lock);
  if (!taken) {
    sl_duckdb_batch_free(batch);
  }
  return rc;
}

sl_status sl_duckdb_feed_finish(struct sl_duckdb_feed *in, bool abandon, struct sl_error *err) {
  pthread_mutex_lock(&in->lock);
  in->closed = true;
  in->abandoned = abandon;
  pthread_cond_broadcast(&in->changed);
  pthread_mutex_unlock(&in->lock);
  if (!in->started) {
    free_feed(in);
    return SL_OK;
  }
  if (abandon) {
    SL_DUCKDB(interrupt)(in->connection);
  }
  pthread_join(in->thread, NULL);
  sl_status rc = in->status;
  if (rc != SL_OK && err != NULL) {
    *err = in->error;
  }
  free_feed(in);
  return rc;
}
