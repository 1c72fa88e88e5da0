/* inserter.c - see inserter.h. */
#include "inserter.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "column/batch.h"
#include "duckdb/query.h"

enum { VECTOR_ROWS = 2048 };

struct duck_inserter {
  duckdb_connection connection;
  struct sl_buffer sql;
  char *table; /* for messages */
  idx_t n_columns;
  duckdb_logical_type *types;
  struct sl_duckdb_target *targets;
  char **names;
  struct sl_map index; /* lower-case name -> column */
  int threads;         /* DuckDB threads that take batches at once */

  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct duck_batch *first, *last;
  int64_t bytes, limit;
  bool closed, abandoned, ended;
  sl_status status;
  struct sl_error error;
};

struct feed { /* one DuckDB thread's part of the statement */
  struct duck_inserter *inserter;
  struct duck_batch *current;
  int64_t row;      /* next one of the current batch */
  int32_t *sources; /* which child of the current batch feeds a column; -1 = none */
};

/* ---- batches ---- */

static int64_t array_bytes(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  int64_t bytes = 256;
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowArray *child = array->children[i];
    char format = schema->children[i]->format[0];
    bytes += 64 + array->length * 8;
    if (format == 'u' || format == 'z') {
      const int32_t *offsets = (const int32_t *)child->buffers[1] + child->offset;
      bytes += offsets[array->length] - offsets[0];
    }
  }
  return bytes;
}

sl_status duck_batch_new(struct duck_batch **out, const struct ArrowSchema *schema,
                         struct ArrowArray *array, struct sl_error *err) {
  size_t n = (size_t)schema->n_children;
  struct duck_batch *batch = calloc(1, sizeof *batch);
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
  batch->bytes = array_bytes(&batch->schema, &batch->array);
  *out = batch;
  return SL_OK;
}

void duck_batch_free(struct duck_batch *batch) {
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
static sl_status match_columns(struct feed *f, const struct ArrowSchema *schema,
                               struct sl_error *err) {
  struct duck_inserter *in = f->inserter;
  for (idx_t i = 0; i < in->n_columns; i++) {
    f->sources[i] = -1;
  }
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    char *name = lower_copy(child->name);
    int32_t at = name == NULL ? -1 : sl_map_get(&in->index, name, strlen(name));
    free(name);
    if (at < 0) {
      return sl_fail(err, SL_EDEST, "table %s has no column %s; was it dropped by hand?", in->table,
                     child->name);
    }
    if (!sl_duckdb_accepts(&in->targets[at], child->format)) {
      return sl_fail(
          err, SL_EDEST,
          "column %s of table %s has a type in the database that values of the kind '%s' "
          "do not fit; was it altered by hand?",
          child->name, in->table, child->format);
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
static struct duck_batch *next_batch(struct duck_inserter *in) {
  pthread_mutex_lock(&in->lock);
  while (in->first == NULL && !in->closed && !in->abandoned) {
    pthread_cond_wait(&in->changed, &in->lock);
  }
  struct duck_batch *batch = in->abandoned ? NULL : in->first;
  if (batch != NULL) {
    in->first = batch->next;
    in->bytes -= batch->bytes;
    pthread_cond_broadcast(&in->changed);
  }
  pthread_mutex_unlock(&in->lock);
  return batch;
}

static sl_status fill_chunk(struct feed *f, duckdb_data_chunk output, struct sl_error *err) {
  const struct duck_inserter *in = f->inserter;
  const struct duck_batch *b = f->current;
  int64_t left = b->array.length - f->row;
  int64_t count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
  for (idx_t i = 0; i < in->n_columns; i++) {
    duckdb_vector vector = SL_DUCKDB(data_chunk_get_vector)(output, i);
    if (f->sources[i] < 0) {
      SL_DUCKDB(vector_ensure_validity_writable)(vector);
      memset(SL_DUCKDB(vector_get_validity)(vector), 0, VECTOR_ROWS / 8);
    } else {
      sl_status rc =
          sl_duckdb_fill_vector(vector, &in->targets[i], b->schema.children[f->sources[i]]->format,
                                b->array.children[f->sources[i]], f->row, count, err);
      if (rc != SL_OK) {
        return sl_error_add_context(err, "column %s", in->names[i]);
      }
    }
  }
  SL_DUCKDB(data_chunk_set_size)(output, (idx_t)count);
  f->row += count;
  return SL_OK;
}

/* Called by DuckDB for the next rows. Text points into the current batch, so it is freed one call
 * later. */
static void produce(duckdb_function_info info, duckdb_data_chunk output) {
  struct feed *f = SL_DUCKDB(function_get_local_init_data)(info);
  struct sl_error err;
  while (f->current == NULL || f->row >= f->current->array.length) {
    duck_batch_free(f->current);
    f->current = next_batch(f->inserter);
    f->row = 0;
    if (f->current == NULL) {
      SL_DUCKDB(data_chunk_set_size)(output, 0);
      return;
    }
    if (match_columns(f, &f->current->schema, &err) != SL_OK) {
      SL_DUCKDB(function_set_error)(info, err.message);
      return;
    }
  }
  if (fill_chunk(f, output, &err) != SL_OK) {
    SL_DUCKDB(function_set_error)(info, err.message);
  }
}

static void ignore_free(void *data) {
  (void)data; /* the inserter outlives its statement */
}

static void bind(duckdb_bind_info info) {
  duckdb_value value = SL_DUCKDB(bind_get_parameter)(info, 0);
  struct duck_inserter *in = (struct duck_inserter *)(uintptr_t)SL_DUCKDB(get_uint64)(value);
  SL_DUCKDB(destroy_value)(&value);
  for (idx_t i = 0; i < in->n_columns; i++) {
    SL_DUCKDB(bind_add_result_column)(info, in->names[i], in->types[i]);
  }
  SL_DUCKDB(bind_set_bind_data)(info, in, ignore_free);
}

static void init(duckdb_init_info info) {
  const struct duck_inserter *in = SL_DUCKDB(init_get_bind_data)(info);
  SL_DUCKDB(init_set_max_threads)(info, (idx_t)in->threads);
}

static void free_feed(void *data) {
  struct feed *f = data;
  if (f != NULL) {
    duck_batch_free(f->current);
    free(f->sources);
    free(f);
  }
}

static void init_feed(duckdb_init_info info) {
  struct duck_inserter *in = SL_DUCKDB(init_get_bind_data)(info);
  struct feed *f = calloc(1, sizeof *f);
  if (f != NULL) {
    f->inserter = in;
    f->sources = sl_calloc_array(in->n_columns, sizeof *f->sources);
  }
  if (f == NULL || f->sources == NULL) {
    free_feed(f);
    SL_DUCKDB(init_set_error)(info, "out of memory");
    return;
  }
  SL_DUCKDB(init_set_init_data)(info, f, free_feed);
}

sl_status duck_inserter_register(duckdb_connection connection, struct sl_error *err) {
  duckdb_table_function f = SL_DUCKDB(create_table_function)();
  duckdb_logical_type type = SL_DUCKDB(create_logical_type)(DUCKDB_TYPE_UBIGINT);
  SL_DUCKDB(table_function_set_name)(f, "sluice_rows");
  SL_DUCKDB(table_function_add_parameter)(f, type);
  SL_DUCKDB(table_function_set_bind)(f, bind);
  SL_DUCKDB(table_function_set_init)(f, init);
  SL_DUCKDB(table_function_set_local_init)(f, init_feed);
  SL_DUCKDB(table_function_set_function)(f, produce);
  duckdb_state state = SL_DUCKDB(register_table_function)(connection, f);
  SL_DUCKDB(destroy_logical_type)(&type);
  SL_DUCKDB(destroy_table_function)(&f);
  return state == DuckDBError ? sl_fail(err, SL_EINTERNAL, "DuckDB refuses our table function")
                              : SL_OK;
}

/* ---- the statement ---- */

static void free_inserter(struct duck_inserter *in) {
  while (in->first != NULL) {
    struct duck_batch *next = in->first->next;
    duck_batch_free(in->first);
    in->first = next;
  }
  for (idx_t i = 0; i < in->n_columns; i++) {
    if (in->types != NULL) {
      SL_DUCKDB(destroy_logical_type)(&in->types[i]);
    }
    free(in->names == NULL ? NULL : in->names[i]);
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

static void *insert_main(void *arg) {
  struct duck_inserter *in = arg;
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

/* Names and types of the table's columns. */
static sl_status read_columns(struct duck_inserter *in, const char *qualified,
                              struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  duckdb_result result;
  sl_buffer_printf(&sql, "SELECT * FROM %s LIMIT 0", qualified);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = sl_duckdb_run(in->connection, sql.data, &result, err);
  idx_t n = rc == SL_OK ? SL_DUCKDB(column_count)(&result) : 0;
  in->types = sl_calloc_array(n, sizeof *in->types);
  in->targets = sl_calloc_array(n, sizeof *in->targets);
  in->names = sl_calloc_array(n, sizeof *in->names);
  if (rc == SL_OK && (in->types == NULL || in->targets == NULL || in->names == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %s", qualified);
  }
  for (idx_t i = 0; rc == SL_OK && i < n; i++) {
    const char *name = SL_DUCKDB(column_name)(&result, i);
    char *lower = lower_copy(name);
    in->types[i] = SL_DUCKDB(column_logical_type)(&result, i);
    in->targets[i] = sl_duckdb_target_of(in->types[i]);
    in->names[i] = strdup(name);
    in->n_columns = i + 1;
    rc = lower == NULL || in->names[i] == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for %s", qualified)
             : sl_map_set(&in->index, lower, strlen(lower), (int32_t)i, err);
    free(lower);
  }
  if (n > 0) {
    SL_DUCKDB(destroy_result)(&result);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* While it appends, DuckDB holds a block of 256 KB for the values and one for the nulls of each
 * column. */
static int64_t memory_for(const struct duck_inserter *in, int threads) {
  enum { COLUMN_BYTES = 512 << 10, BASE_BYTES = 48 << 20 };
  return (int64_t)in->n_columns * threads * COLUMN_BYTES + BASE_BYTES;
}

/* As many threads as the memory allows, and no more: the others would each hold buffers of their
 * own. */
static sl_status make_room(struct duck_inserter *in, struct duck_limits *limits,
                           struct sl_error *err) {
  char sql[64];
  sl_status rc = SL_OK;
  while (in->threads > 1 && limits->memory > 0 && memory_for(in, in->threads) > limits->memory) {
    in->threads--;
  }
  if (limits->threads != in->threads) {
    snprintf(sql, sizeof sql, "SET threads = %d", in->threads);
    limits->threads = in->threads;
    rc = sl_duckdb_run(in->connection, sql, NULL, err);
  }
  int64_t needed = memory_for(in, in->threads);
  if (rc != SL_OK || limits->memory <= 0 || needed <= limits->memory) {
    return rc;
  }
  snprintf(sql, sizeof sql, "SET memory_limit = '%" PRId64 "MiB'", needed >> 20);
  limits->memory = needed;
  return sl_duckdb_run(in->connection, sql, NULL, err);
}

sl_status duck_inserter_start(struct duck_inserter **out, duckdb_connection connection,
                              const char *qualified, int threads, struct duck_limits *limits,
                              struct sl_error *err) {
  struct duck_inserter *in = calloc(1, sizeof *in);
  if (in == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", qualified);
  }
  pthread_mutex_init(&in->lock, NULL);
  pthread_cond_init(&in->changed, NULL);
  in->connection = connection;
  in->limit = limits->under_way;
  in->threads = threads;
  in->table = strdup(qualified);
  sl_status rc = in->table == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", qualified)
                                   : read_columns(in, qualified, err);
  if (rc == SL_OK) {
    rc = make_room(in, limits, err);
  }
  if (rc == SL_OK) {
    sl_buffer_printf(&in->sql, "INSERT INTO %s SELECT * FROM sluice_rows(%" PRIuPTR "::UBIGINT)",
                     qualified, (uintptr_t)in);
    rc = sl_buffer_check(&in->sql, err);
  }
  if (rc == SL_OK) {
    int problem = pthread_create(&in->thread, NULL, insert_main, in);
    rc = problem != 0 ? sl_fail_errno(err, problem, "starting a thread") : SL_OK;
  }
  if (rc != SL_OK) {
    free_inserter(in);
    return rc;
  }
  *out = in;
  return SL_OK;
}

sl_status duck_inserter_push(struct duck_inserter *in, struct duck_batch *batch,
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
    duck_batch_free(batch);
  }
  return rc;
}

sl_status duck_inserter_finish(struct duck_inserter *in, bool abandon, struct sl_error *err) {
  pthread_mutex_lock(&in->lock);
  in->closed = true;
  in->abandoned = abandon;
  pthread_cond_broadcast(&in->changed);
  pthread_mutex_unlock(&in->lock);
  if (abandon) {
    SL_DUCKDB(interrupt)(in->connection);
  }
  pthread_join(in->thread, NULL);
  sl_status rc = in->status;
  if (rc != SL_OK && err != NULL) {
    *err = in->error;
  }
  free_inserter(in);
  return rc;
}
