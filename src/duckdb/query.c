/* query.c - see query.h. */
#include "duckdb/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sluice/builder.h>

#include "base/memory.h"

struct query_stream {
  duckdb_result result;
  duckdb_arrow_options options;
  idx_t columns;
  duckdb_logical_type *types;
  const char **names; /* owned by the result */
  char error[512];
};

static sl_status classify(const char *message, duckdb_error_type type) {
  if (strstr(message, "Could not set lock") != NULL) {
    return SL_EBUSY;
  }
  if (strstr(message, "No space left") != NULL || strstr(message, "disk space") != NULL) {
    return SL_EIO;
  }
  static const struct { /* statements tell no type */
    const char *prefix;
    sl_status status;
  } kinds[] = {
    { "Out of Memory Error", SL_ENOMEM },
    { "IO Error", SL_EIO },
    { "INTERRUPT Error", SL_ECANCELLED },
    { "Constraint Error", SL_EDATA }, /* NULL where none may be, a key twice */
    { "Conversion Error", SL_EDATA },
    { "Catalog Error: Table with name", SL_ENOTFOUND },
    { "Catalog Error: Schema with name", SL_ENOTFOUND },
  };
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strncmp(message, kinds[i].prefix, strlen(kinds[i].prefix)) == 0 &&
        (kinds[i].status != SL_ENOTFOUND || strstr(message, "does not exist") != NULL)) {
      return kinds[i].status;
    }
  }
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY: return SL_ENOMEM;
    case DUCKDB_ERROR_IO: return SL_EIO;
    case DUCKDB_ERROR_INTERRUPT: return SL_ECANCELLED;
    default: return SL_EDEST;
  }
}

sl_status sl_duckdb_fail(struct sl_error *err, const char *message, duckdb_error_type type) {
  const char *text = message == NULL ? "unknown error" : message;
  size_t length = strcspn(text, "\n");
  sl_status rc =
      sl_fail(err, classify(text, type), "DuckDB: %.*s", (int)(length < 800 ? length : 800), text);
  if (err != NULL) { /* two transactions changed the same: the later one may try again */
    err->retryable =
        strncmp(text, "TransactionContext Error", 24) == 0 && strstr(text, "conflict") != NULL;
  }
  return rc;
}

static void stream_release(struct ArrowArrayStream *stream) {
  struct query_stream *s = stream->private_data;
  for (idx_t i = 0; s->types != NULL && i < s->columns; i++) {
    SL_DUCKDB(destroy_logical_type)(&s->types[i]);
  }
  free(s->types);
  free(s->names);
  if (s->options != NULL) {
    SL_DUCKDB(destroy_arrow_options)(&s->options);
  }
  SL_DUCKDB(destroy_result)(&s->result);
  free(s);
  stream->release = NULL;
}

static int keep_error(struct query_stream *s, duckdb_error_data data) {
  bool failed = data != NULL && SL_DUCKDB(error_data_has_error)(data);
  if (failed) {
    snprintf(s->error, sizeof s->error, "%s", SL_DUCKDB(error_data_message)(data));
  }
  if (data != NULL) {
    SL_DUCKDB(destroy_error_data)(&data);
  }
  return failed ? EIO : 0;
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  struct query_stream *s = stream->private_data;
  return keep_error(s, SL_DUCKDB(to_arrow_schema)(s->options, s->types, s->names, s->columns, out));
}

void sl_duckdb_mark_json(const struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
  const struct query_stream *s = stream->private_data;
  for (idx_t i = 0; i < s->columns; i++) {
    char *alias = SL_DUCKDB(logical_type_get_alias)(s->types[i]);
    if (alias != NULL && strcmp(alias, "JSON") == 0) {
      sl_schema_mark_json(schema->children[i]);
    }
    SL_DUCKDB(free)(alias);
  }
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct query_stream *s = stream->private_data;
  *out = (struct ArrowArray){ 0 };
  duckdb_data_chunk chunk = SL_DUCKDB(fetch_chunk)(s->result);
  if (chunk == NULL) {
    const char *message = SL_DUCKDB(result_error)(&s->result);
    if (message != NULL && message[0] != '\0') {
      snprintf(s->error, sizeof s->error, "%s", message);
      return EIO;
    }
    return 0;
  }
  int rc = keep_error(s, SL_DUCKDB(data_chunk_to_arrow)(s->options, chunk, out));
  SL_DUCKDB(destroy_data_chunk)(&chunk);
  return rc;
}

static const char *stream_error(struct ArrowArrayStream *stream) {
  return ((struct query_stream *)stream->private_data)->error;
}

/* duckdb_query would look for tasks in a busy loop while DuckDB's own threads work on them: a fifth
 * of all cycles of a load. So waiting is done here, in naps that get longer. */
static bool wait_for_end(duckdb_pending_result pending) {
  enum { SHORTEST_NAP = 10, LONGEST_NAP = 500 }; /* microseconds */
  useconds_t nap = SHORTEST_NAP;
  for (;;) {
    switch (SL_DUCKDB(pending_execute_task)(pending)) {
      case DUCKDB_PENDING_RESULT_NOT_READY: nap = SHORTEST_NAP; break;
      case DUCKDB_PENDING_NO_TASKS_AVAILABLE:
        usleep(nap);
        nap = nap * 2 < LONGEST_NAP ? nap * 2 : LONGEST_NAP;
        break;
      case DUCKDB_PENDING_ERROR: return false;
      default: return true;
    }
  }
}

sl_status sl_duckdb_run(duckdb_connection connection, const char *sql, duckdb_result *result,
                        struct sl_error *err) {
  duckdb_prepared_statement statement = NULL;
  duckdb_pending_result pending = NULL;
  duckdb_result own;
  duckdb_result *to = result == NULL ? &own : result;
  sl_status rc = SL_OK;
  if (SL_DUCKDB(prepare)(connection, sql, &statement) == DuckDBError) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(prepare_error)(statement), DUCKDB_ERROR_INVALID);
  } else if (SL_DUCKDB(pending_prepared)(statement, &pending) == DuckDBError) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(pending_error)(pending), DUCKDB_ERROR_INVALID);
  } else if (!wait_for_end(pending)) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(pending_error)(pending), DUCKDB_ERROR_INVALID);
  } else {
    bool failed = SL_DUCKDB(execute_pending)(pending, to) == DuckDBError;
    if (failed) {
      rc = sl_duckdb_fail(err, SL_DUCKDB(result_error)(to), SL_DUCKDB(result_error_type)(to));
    }
    if (failed || result == NULL) {
      SL_DUCKDB(destroy_result)(to);
    }
  }
  SL_DUCKDB(destroy_pending)(&pending);
  SL_DUCKDB(destroy_prepare)(&statement);
  return rc;
}

/* Executes as a stream: the result is produced while it is read. */
static sl_status run_streaming(duckdb_connection connection, const char *sql, duckdb_result *result,
                               struct sl_error *err) {
  duckdb_prepared_statement statement = NULL;
  duckdb_pending_result pending = NULL;
  sl_status rc = SL_OK;
  if (SL_DUCKDB(prepare)(connection, sql, &statement) == DuckDBError) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(prepare_error)(statement), DUCKDB_ERROR_INVALID);
  } else if (SL_DUCKDB(pending_prepared_streaming)(statement, &pending) == DuckDBError) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(pending_error)(pending), DUCKDB_ERROR_INVALID);
  } else if (SL_DUCKDB(execute_pending)(pending, result) == DuckDBError) {
    rc = sl_duckdb_fail(err, SL_DUCKDB(result_error)(result), SL_DUCKDB(result_error_type)(result));
    SL_DUCKDB(destroy_result)(result);
  }
  SL_DUCKDB(destroy_pending)(&pending);
  SL_DUCKDB(destroy_prepare)(&statement);
  return rc;
}

sl_status sl_duckdb_query(duckdb_connection connection, const char *sql,
                          struct ArrowArrayStream *out, struct sl_error *err) {
  struct query_stream *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  sl_status rc = run_streaming(connection, sql, &s->result, err);
  if (rc != SL_OK) {
    free(s);
    return rc;
  }
  *out = (struct ArrowArrayStream){ .get_schema = stream_schema,
                                    .get_next = stream_next,
                                    .get_last_error = stream_error,
                                    .release = stream_release,
                                    .private_data = s };
  s->columns = SL_DUCKDB(column_count)(&s->result);
  s->options = SL_DUCKDB(result_get_arrow_options)(&s->result);
  s->types = sl_calloc_array(s->columns, sizeof *s->types);
  s->names = sl_calloc_array(s->columns, sizeof *s->names);
  if (s->types == NULL || s->names == NULL) {
    out->release(out);
    return sl_fail(err, SL_ENOMEM, "out of memory for a query");
  }
  for (idx_t i = 0; i < s->columns; i++) {
    s->types[i] = SL_DUCKDB(column_logical_type)(&s->result, i);
    s->names[i] = SL_DUCKDB(column_name)(&s->result, i);
  }
  return SL_OK;
}
