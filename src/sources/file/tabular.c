/* tabular.c - Parquet through DuckDB's reader, as a stream of Arrow batches.
 *
 * All files of the location are read by one query, so that DuckDB matches columns by name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "column/batch.h"
#include "duckdb/query.h"
#include "file_internal.h"

struct tabular {
  duckdb_database database;
  duckdb_connection connection;
  struct ArrowArrayStream stream;
  struct sl_buffer from; /* "read_parquet([...], ...)" */
  int64_t rows;
  bool drained;
};

void file_quote_sql(struct sl_buffer *out, const char *text) {
  sl_buffer_char(out, '\'');
  for (const char *c = text; *c != '\0'; c++) {
    sl_buffer_text(out, *c == '\'' ? "''" : "");
    if (*c != '\'') {
      sl_buffer_char(out, *c);
    }
  }
  sl_buffer_char(out, '\'');
}

/* The reader with the files [from, to). */
static void write_reader(const struct file_source *s, size_t from, size_t to,
                         struct sl_buffer *out) {
  sl_buffer_text(out, "read_parquet([");
  for (size_t i = from; i < to; i++) {
    sl_buffer_text(out, i == from ? "" : ", ");
    file_quote_sql(
        out, strcmp(s->files.items[i].path, "-") == 0 ? "/dev/stdin" : s->files.items[i].path);
  }
  sl_buffer_text(out, to - from > 1 ? "], union_by_name = true" : "]");
  sl_buffer_text(out, s->settings.file_columns ? ", filename = '_dango_filename')" : ")");
}

static sl_status open_engine(struct file_source *s, struct tabular *t, struct sl_error *err) {
  duckdb_config config = NULL;
  char *message = NULL;
  char memory[32];
  char threads[16];
  snprintf(memory, sizeof memory, "%" PRId64 "MiB",
           s->memory_bytes >> 20 < 64 ? INT64_C(64) : s->memory_bytes >> 20);
  snprintf(threads, sizeof threads, "%d", s->threads > 0 ? s->threads : 1);
  sl_status rc = sl_duckdb_load(err);
  if (rc != SL_OK) {
    return rc;
  }
  if (SL_DUCKDB(create_config)(&config) == DuckDBError ||
      SL_DUCKDB(set_config)(config, "memory_limit", memory) == DuckDBError ||
      SL_DUCKDB(set_config)(config, "threads", threads) == DuckDBError ||
      SL_DUCKDB(open_ext)(NULL, &t->database, config, &message) == DuckDBError ||
      SL_DUCKDB(connect)(t->database, &t->connection) == DuckDBError) {
    rc = sl_fail(err, SL_EINTERNAL, "DuckDB cannot be started: %s", message == NULL ? "" : message);
  }
  SL_DUCKDB(free)(message);
  SL_DUCKDB(destroy_config)(&config);
  return rc;
}

/* Columns and types of the files as the reader sees them. */
static sl_status describe(struct tabular *t, struct ArrowSchema *out, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct ArrowArrayStream stream = { 0 };
  sl_buffer_printf(&sql, "SELECT * FROM %s LIMIT 0", t->from.data);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_query(t->connection, sql.data, &stream, err);
  }
  if (rc == SL_OK && stream.get_schema(&stream, out) != 0) {
    rc = sl_fail(err, SL_ESOURCE, "DuckDB: %s", stream.get_last_error(&stream));
  }
  if (stream.release != NULL) {
    stream.release(&stream);
  }
  sl_buffer_release(&sql);
  return rc == SL_EDEST ? err->code = SL_EDATA : rc;
}

sl_status tabular_open(struct file_source *s, struct sl_error *err) {
  struct tabular *t = calloc(1, sizeof *t);
  if (t == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a reader");
  }
  s->tabular = t;
  sl_status rc = open_engine(s, t, err);
  if (rc == SL_OK) {
    write_reader(s, 0, s->files.count, &t->from);
    rc = sl_buffer_check(&t->from, err);
  }
  return rc;
}

static sl_status begin(struct file_source *s, struct tabular *t, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "SELECT ");
  if (s->settings.file_columns) {
    file_columns_sql(s, &sql);
  } else {
    sl_buffer_char(&sql, '*');
  }
  sl_buffer_printf(&sql, " FROM %s", t->from.data);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_query(t->connection, sql.data, &t->stream, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK && rc != SL_ENOMEM) {
    err->code = rc = SL_EDATA;
    sl_error_add_context(err, "reading %s", s->location);
  }
  return rc;
}

static char *text_of(const struct ArrowSchema *schema, const struct ArrowArray *array,
                     int64_t column, int64_t row) {
  struct sl_buffer text = { 0 };
  if (!sl_array_print(schema->children[column], array->children[column], row, &text)) {
    sl_buffer_release(&text);
    return NULL;
  }
  return sl_buffer_take(&text);
}

sl_status tabular_claim(struct file_source *s, struct sl_block *out, bool *end,
                        struct sl_error *err) {
  struct tabular *t = s->tabular;
  sl_status rc = t->stream.release == NULL && !t->drained ? begin(s, t, err) : SL_OK;
  *end = rc == SL_OK && t->drained;
  if (rc != SL_OK || *end) {
    return rc;
  }
  *out = (struct sl_block){ .kind = SL_BLOCK_BATCH,
                            .origin = s->location,
                            .first_record = t->rows,
                            .release = sl_block_release_batch };
  if (t->stream.get_next(&t->stream, &out->array) != 0) {
    rc = sl_fail(err, SL_EDATA, "%s: %s", s->location, t->stream.get_last_error(&t->stream));
  } else if (out->array.release != NULL && t->stream.get_schema(&t->stream, &out->schema) != 0) {
    rc = sl_fail(err, SL_ESOURCE, "DuckDB: %s", t->stream.get_last_error(&t->stream));
  }
  if (rc == SL_OK && out->array.release == NULL) {
    out->release = NULL;
    t->stream.release(&t->stream);
    t->drained = true;
    return tabular_claim(s, out, end, err);
  }
  if (rc != SL_OK) {
    sl_block_release_batch(out);
    return rc;
  }
  t->rows += out->array.length;
  return SL_OK;
}

/* Rows of `from`; -1 = not known. */
static int64_t count_rows(const struct tabular *t, const char *from) {
  struct sl_buffer sql = { 0 };
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  int64_t rows = -1;
  sl_buffer_printf(&sql, "SELECT count(*) FROM %s", from);
  if (!sql.failed && sl_duckdb_query(t->connection, sql.data, &stream, NULL) == SL_OK &&
      stream.get_schema(&stream, &schema) == 0 && stream.get_next(&stream, &array) == 0 &&
      array.release != NULL && array.length == 1) {
    char *text = text_of(&schema, &array, 0, 0);
    rows = text == NULL ? -1 : strtoll(text, NULL, 10);
    free(text);
  }
  if (array.release != NULL) {
    array.release(&array);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  if (stream.release != NULL) {
    stream.release(&stream);
  }
  sl_buffer_release(&sql);
  return rows;
}

sl_status tabular_discover(struct file_source *s, struct sl_source_table *out,
                           struct sl_error *err) {
  sl_status rc = s->tabular == NULL ? tabular_open(s, err) : SL_OK;
  if (rc == SL_OK) {
    rc = describe(s->tabular, &out->schema, err);
    out->rows = rc == SL_OK ? count_rows(s->tabular, s->tabular->from.data) : -1;
  }
  if (rc != SL_OK && strstr(err->message, s->location) == NULL) {
    sl_error_add_context(err, "reading %s", s->location);
  }
  return rc;
}

int64_t tabular_rows(const struct file_source *s) {
  return s->tabular->rows;
}

/* The rows of file `at` from `row` on, and all of the files behind it. */
static void write_rest(const struct file_source *s, size_t at, int64_t row, struct sl_buffer *out) {
  sl_buffer_text(out, "(SELECT * EXCLUDE (file_row_number) FROM read_parquet([");
  file_quote_sql(out, s->files.items[at].path);
  sl_buffer_printf(out, "], file_row_number = true%s) WHERE file_row_number >= %" PRId64,
                   s->settings.file_columns ? ", filename = '_dango_filename'" : "", row);
  if (at + 1 < s->files.count) {
    sl_buffer_text(out, " UNION ALL BY NAME SELECT * FROM ");
    write_reader(s, at + 1, s->files.count, out);
  }
  sl_buffer_char(out, ')');
}

sl_status tabular_skip(struct file_source *s, int64_t rows, struct sl_error *err) {
  struct tabular *t = s->tabular;
  struct sl_buffer one = { 0 };
  int64_t before = 0; /* rows of the files before the one looked at */
  int64_t n = 0;      /* of that one: its footer has it */
  size_t at = 0;
  sl_status rc = SL_OK;
  t->rows = rows;
  for (; rc == SL_OK && at < s->files.count && before + n <= rows; at++) {
    before += n;
    sl_buffer_reset(&one);
    write_reader(s, at, at + 1, &one);
    rc = sl_buffer_check(&one, err);
    n = rc == SL_OK ? count_rows(t, one.data) : 0;
    if (n < 0) {
      rc = sl_fail(err, SL_EDATA, "%s cannot be read any more", s->files.items[at].path);
    }
  }
  sl_buffer_release(&one);
  t->drained = before + n <= rows;
  if (rc == SL_OK && !t->drained) {
    sl_buffer_reset(&t->from);
    write_rest(s, at - 1, rows - before, &t->from);
    rc = sl_buffer_check(&t->from, err);
  }
  return rc;
}

void tabular_close(struct tabular *t) {
  if (t == NULL) {
    return;
  }
  if (t->stream.release != NULL) {
    t->stream.release(&t->stream);
  }
  if (t->connection != NULL) {
    SL_DUCKDB(disconnect)(&t->connection);
  }
  if (t->database != NULL) {
    SL_DUCKDB(close)(&t->database);
  }
  sl_buffer_release(&t->from);
  free(t);
}
