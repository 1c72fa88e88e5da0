/* scan.c - see scan.h. A scalar function is called with the rows of the query, as chunks of
 * vectors; its first argument is the address of the scan. */
#include "duckdb/scan.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "duckdb/query.h"

struct scan {
  sl_take_rows take;
  void *arg;
  duckdb_arrow_options options;
  pthread_mutex_t lock;      /* of what follows */
  struct ArrowSchema schema; /* the address first; made from the first chunk, stays then */
  sl_status status;
  struct sl_error error;
};

static sl_status arrow_failure(duckdb_error_data data, struct sl_error *err) {
  sl_status rc = SL_OK;
  if (data != NULL && SL_DUCKDB(error_data_has_error)(data)) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(error_data_message)(data), DUCKDB_ERROR_INVALID);
  }
  if (data != NULL) {
    SL_DUCKDB(destroy_error_data)(&data);
  }
  return rc;
}

static sl_status make_schema(struct scan *s, duckdb_data_chunk chunk, struct sl_error *err) {
  idx_t n = SL_DUCKDB(data_chunk_get_column_count)(chunk);
  duckdb_logical_type *types = sl_calloc_array(n, sizeof *types);
  const char **names = sl_calloc_array(n, sizeof *names);
  sl_status rc =
      types == NULL || names == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a scan") : SL_OK;
  for (idx_t i = 0; rc == SL_OK && i < n; i++) {
    types[i] = SL_DUCKDB(vector_get_column_type)(SL_DUCKDB(data_chunk_get_vector)(chunk, i));
    names[i] = "";
  }
  if (rc == SL_OK) {
    rc = arrow_failure(SL_DUCKDB(to_arrow_schema)(s->options, types, names, n, &s->schema), err);
  }
  for (idx_t i = 0; types != NULL && i < n; i++) {
    if (types[i] != NULL) {
      SL_DUCKDB(destroy_logical_type)(&types[i]);
    }
  }
  free(types);
  free(names);
  return rc;
}

static sl_status take_chunk(struct scan *s, duckdb_data_chunk chunk, struct sl_error *err) {
  struct ArrowArray array = { 0 };
  pthread_mutex_lock(&s->lock);
  sl_status rc = s->status;
  if (rc == SL_OK && s->schema.release == NULL) {
    rc = make_schema(s, chunk, err);
  }
  pthread_mutex_unlock(&s->lock);
  if (rc == SL_OK) {
    rc = arrow_failure(SL_DUCKDB(data_chunk_to_arrow)(s->options, chunk, &array), err);
  }
  if (rc == SL_OK) { /* without the address */
    struct ArrowSchema schema = s->schema;
    struct ArrowArray rows = array;
    schema.children++;
    schema.n_children--;
    rows.children++;
    rows.n_children--;
    rc = s->take(s->arg, &schema, &rows, err);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  return rc;
}

static void called(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector out) {
  idx_t rows = SL_DUCKDB(data_chunk_get_size)(chunk);
  struct sl_error err = { 0 };
  if (rows == 0) {
    return;
  }
  const uint64_t *address = SL_DUCKDB(vector_get_data)(SL_DUCKDB(data_chunk_get_vector)(chunk, 0));
  struct scan *s = (struct scan *)(uintptr_t)address[0];
  sl_status rc = take_chunk(s, chunk, &err);
  if (rc != SL_OK) {
    pthread_mutex_lock(&s->lock);
    if (s->status == SL_OK) {
      s->status = rc;
      s->error = err;
    }
    pthread_mutex_unlock(&s->lock);
    SL_DUCKDB(scalar_function_set_error)(info, "stopped");
  }
  memset(SL_DUCKDB(vector_get_data)(out), 0, rows * sizeof(uint64_t));
}

sl_status sl_duckdb_scan_register(duckdb_connection connection, struct sl_error *err) {
  duckdb_scalar_function f = SL_DUCKDB(create_scalar_function)();
  duckdb_logical_type address = SL_DUCKDB(create_logical_type)(DUCKDB_TYPE_UBIGINT);
  duckdb_logical_type any = SL_DUCKDB(create_logical_type)(DUCKDB_TYPE_ANY);
  SL_DUCKDB(scalar_function_set_name)(f, "sluice_scan");
  SL_DUCKDB(scalar_function_add_parameter)(f, address);
  SL_DUCKDB(scalar_function_set_varargs)(f, any);
  SL_DUCKDB(scalar_function_set_return_type)(f, address);
  SL_DUCKDB(scalar_function_set_special_handling)(f); /* rows with NULL count too */
  SL_DUCKDB(scalar_function_set_volatile)(f);         /* and those that are the same */
  SL_DUCKDB(scalar_function_set_function)(f, called);
  duckdb_state state = SL_DUCKDB(register_scalar_function)(connection, f);
  SL_DUCKDB(destroy_scalar_function)(&f);
  SL_DUCKDB(destroy_logical_type)(&address);
  SL_DUCKDB(destroy_logical_type)(&any);
  return state == DuckDBError ? sl_fail(err, SL_EDEST, "DuckDB refused the function sluice_scan")
                              : SL_OK;
}

sl_status sl_duckdb_scan(duckdb_connection connection, const char *sql, sl_take_rows take,
                         void *arg, struct sl_error *err) {
  struct scan s = { .take = take, .arg = arg, .lock = PTHREAD_MUTEX_INITIALIZER };
  struct sl_buffer text = { 0 };
  struct sl_error failure = { 0 };
  SL_DUCKDB(connection_get_arrow_options)(connection, &s.options);
  sl_buffer_printf(&text, "SELECT max(sluice_scan(%" PRIuPTR "::UBIGINT, *COLUMNS(*))) FROM (%s)",
                   (uintptr_t)&s, sql);
  sl_status rc = sl_buffer_check(&text, &failure);
  rc = rc == SL_OK ? sl_duckdb_run(connection, text.data, NULL, &failure) : rc;
  if (rc != SL_OK && err != NULL) {
    *err = s.status != SL_OK ? s.error : failure;
  }
  rc = s.status != SL_OK ? s.status : rc;
  if (s.schema.release != NULL) {
    s.schema.release(&s.schema);
  }
  SL_DUCKDB(destroy_arrow_options)(&s.options);
  pthread_mutex_destroy(&s.lock);
  sl_buffer_release(&text);
  return rc;
}
