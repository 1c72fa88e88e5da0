/* appender.c - see appender.h. */
#include "appender.h"

#include <ctype.h>
#include <stdlib.h>

#include "duckdb/query.h"

enum { FLUSH_BYTES = 16 << 20, VECTOR_ROWS = 2048 };

/* DuckDB's names differ only by case when they are the same. */
static char *lower_copy(const char *name) {
  char *copy = strdup(name);
  for (char *c = copy; c != NULL && *c != '\0'; c++) {
    *c = (char)tolower((unsigned char)*c);
  }
  return copy;
}

static sl_status appender_fail(struct duck_writer *w, struct sl_error *err) {
  duckdb_error_data data = SL_DUCKDB(appender_error_data)(w->appender);
  sl_status rc = sl_duckdb_fail(err, SL_DUCKDB(error_data_message)(data), DUCKDB_ERROR_INVALID);
  SL_DUCKDB(destroy_error_data)(&data);
  return rc;
}

static sl_status read_types(struct duck_writer *w, struct sl_error *err) {
  w->n_columns = SL_DUCKDB(appender_column_count)(w->appender);
  w->targets = sl_calloc_array(w->n_columns, sizeof *w->targets);
  duckdb_logical_type *types = sl_calloc_array(w->n_columns, sizeof *types);
  if (w->targets == NULL || types == NULL) {
    free(types);
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", w->key);
  }
  for (idx_t i = 0; i < w->n_columns; i++) {
    types[i] = SL_DUCKDB(appender_column_type)(w->appender, i);
    w->targets[i] = sl_duckdb_target_of(types[i]);
  }
  w->chunk = SL_DUCKDB(create_data_chunk)(types, w->n_columns);
  for (idx_t i = 0; i < w->n_columns; i++) {
    SL_DUCKDB(destroy_logical_type)(&types[i]);
  }
  free(types);
  return SL_OK;
}

static sl_status map_columns(struct duck_writer *w, const struct ArrowSchema *columns,
                             struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < columns->n_children; i++) {
    char *name = lower_copy(columns->children[i]->name);
    rc = name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", w->key)
                      : sl_map_set(&w->columns, name, strlen(name), (int32_t)i, err);
    free(name);
  }
  return rc;
}

sl_status duck_writer_new(struct duck_writer **out, duckdb_connection connection,
                          const char *catalog, const struct sl_table_name *name,
                          const struct ArrowSchema *columns, const char *key,
                          struct sl_error *err) {
  struct duck_writer *w = calloc(1, sizeof *w);
  if (w == NULL || (w->key = strdup(key)) == NULL) {
    free(w);
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", key);
  }
  duckdb_state state = SL_DUCKDB(appender_create_ext)(
      connection, name->temporary ? "temp" : catalog, name->temporary ? "main" : name->dataset,
      name->table, &w->appender);
  sl_status rc = state == DuckDBError ? appender_fail(w, err) : read_types(w, err);
  if (rc == SL_OK) {
    rc = map_columns(w, columns, err);
  }
  if (rc != SL_OK) {
    duck_writer_free(w);
    return rc;
  }
  *out = w;
  return SL_OK;
}

void duck_writer_free(struct duck_writer *w) {
  if (w->chunk != NULL) {
    SL_DUCKDB(destroy_data_chunk)(&w->chunk);
  }
  if (w->appender != NULL) {
    SL_DUCKDB(appender_destroy)(&w->appender);
  }
  sl_map_release(&w->columns);
  free(w->targets);
  free(w->key);
  free(w);
}

sl_status duck_writer_flush(struct duck_writer *w, struct sl_error *err) {
  w->buffered_bytes = 0;
  return SL_DUCKDB(appender_flush)(w->appender) == DuckDBError ? appender_fail(w, err) : SL_OK;
}

/* For each column of the table, which child of the batch it takes; -1 = none. */
static sl_status match_columns(struct duck_writer *w, const struct ArrowSchema *schema,
                               int32_t *sources, struct sl_error *err) {
  for (idx_t i = 0; i < w->n_columns; i++) {
    sources[i] = -1;
  }
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    char *name = lower_copy(child->name);
    int32_t at = name == NULL ? -1 : sl_map_get(&w->columns, name, strlen(name));
    free(name);
    if (at < 0) {
      return sl_fail(err, SL_EDEST, "table %s has no column %s; was it dropped by hand?", w->key,
                     child->name);
    }
    if (!sl_duckdb_accepts(&w->targets[at], child->format)) {
      return sl_fail(err, SL_EDEST,
                     "column %s of table %s has a type in the database that values of the kind '%s' "
                     "do not fit; was it altered by hand?",
                     child->name, w->key, child->format);
    }
    sources[at] = (int32_t)i;
  }
  return SL_OK;
}

static void fill_nulls(duckdb_vector vector, int64_t count) {
  SL_DUCKDB(vector_ensure_validity_writable)(vector);
  memset(SL_DUCKDB(vector_get_validity)(vector), 0, (size_t)(count + 63) / 64 * 8);
}

static int64_t text_bytes(const struct ArrowSchema *schema, const struct ArrowArray *array,
                          int64_t from, int64_t count) {
  int64_t bytes = 0;
  for (int64_t i = 0; i < schema->n_children; i++) {
    const char format = schema->children[i]->format[0];
    if (format == 'u' || format == 'z') {
      const struct ArrowArray *child = array->children[i];
      const int32_t *offsets = (const int32_t *)child->buffers[1] + child->offset + from;
      bytes += offsets[count] - offsets[0];
    }
  }
  return bytes;
}

static sl_status append_rows(struct duck_writer *w, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, const int32_t *sources, int64_t from,
                             int64_t count, struct sl_error *err) {
  SL_DUCKDB(data_chunk_reset)(w->chunk);
  for (idx_t i = 0; i < w->n_columns; i++) {
    duckdb_vector vector = SL_DUCKDB(data_chunk_get_vector)(w->chunk, i);
    if (sources[i] < 0) {
      fill_nulls(vector, count);
    } else {
      sl_duckdb_fill_vector(vector, &w->targets[i], schema->children[sources[i]]->format,
                            array->children[sources[i]], from, count);
    }
  }
  SL_DUCKDB(data_chunk_set_size)(w->chunk, (idx_t)count);
  if (SL_DUCKDB(append_data_chunk)(w->appender, w->chunk) == DuckDBError) {
    return appender_fail(w, err);
  }
  w->buffered_bytes +=
      count * (int64_t)w->n_columns * 8 + text_bytes(schema, array, from, count);
  return w->buffered_bytes > FLUSH_BYTES ? duck_writer_flush(w, err) : SL_OK;
}

sl_status duck_writer_append(struct duck_writer *w, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, struct sl_error *err) {
  int32_t *sources = sl_alloc_array(w->n_columns, sizeof *sources);
  sl_status rc = sources == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", w->key)
                                 : match_columns(w, schema, sources, err);
  for (int64_t from = 0; rc == SL_OK && from < array->length; from += VECTOR_ROWS) {
    int64_t count = array->length - from < VECTOR_ROWS ? array->length - from : VECTOR_ROWS;
    rc = append_rows(w, schema, array, sources, from, count, err);
  }
  free(sources);
  return rc;
}
