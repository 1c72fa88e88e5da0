/* tabular.c - CSV, TSV and Parquet through DuckDB's readers, as a stream of Arrow batches.
 *
 * All files of the location are read by one query, so that DuckDB detects one dialect and one set
 * of types for them and matches columns by name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "column/batch.h"
#include "duckdb/query.h"
#include "file_internal.h"

struct tabular {
  duckdb_database database;
  duckdb_connection connection;
  struct ArrowArrayStream stream;
  struct sl_buffer from; /* "read_csv([...], ...)" */
  int64_t total_bytes, rows;
  bool drained, rejects_given;
};

static void quote(struct sl_buffer *out, const char *text) {
  sl_buffer_char(out, '\'');
  for (const char *c = text; *c != '\0'; c++) {
    sl_buffer_text(out, *c == '\'' ? "''" : "");
    if (*c != '\'') {
      sl_buffer_char(out, *c);
    }
  }
  sl_buffer_char(out, '\'');
}

static void option(struct sl_buffer *out, const char *name, const char *value) {
  if (value != NULL) {
    sl_buffer_printf(out, ", %s = ", name);
    quote(out, value);
  }
}

/* "\t" as users write it. */
static const char *delimiter_of(const struct file_source *s) {
  const char *given = s->settings.delimiter;
  if (given != NULL) {
    return strcmp(given, "\\t") == 0 || strcmp(given, "tab") == 0 ? "\t" : given;
  }
  return s->files.items[0].format == FILE_TSV ? "\t" : NULL;
}

enum { SMALL_FILES = 1 << 20, LITTLE_MEMORY = 256 << 20 };

/* Of all files as stored; a packed or unknown one counts as large. */
static int64_t total_bytes(const struct file_source *s) {
  int64_t bytes = 0;
  for (size_t i = 0; i < s->files.count; i++) {
    const struct file_item *item = &s->files.items[i];
    bytes += item->size >= 0 && item->packing == FILE_PLAIN ? item->size : SMALL_FILES;
  }
  return bytes;
}

/* The reader with its files and options; `types` (may be NULL) is the inside of types = {…}. */
static void write_reader(const struct file_source *s, const char *types, bool store_rejects,
                         struct sl_buffer *out) {
  bool parquet = s->files.items[0].format == FILE_PARQUET;
  sl_buffer_reset(out);
  sl_buffer_text(out, parquet ? "read_parquet([" : "read_csv([");
  for (size_t i = 0; i < s->files.count; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    quote(out, strcmp(s->files.items[i].path, "-") == 0 ? "/dev/stdin" : s->files.items[i].path);
  }
  sl_buffer_text(out, "]");
  if (s->files.count > 1) {
    sl_buffer_text(out, ", union_by_name = true");
  }
  if (!parquet) {
    option(out, "delim", delimiter_of(s));
    option(out, "quote", s->settings.quote);
    option(out, "escape", s->settings.escape);
    option(out, "nullstr", s->settings.nulls);
    if (s->settings.header != NULL) {
      sl_buffer_printf(out, ", header = %s",
                       strcmp(s->settings.header, "yes") == 0 ? "true" : "false");
    }
    if (types != NULL && types[0] != '\0') {
      sl_buffer_printf(out, ", types = {%s}", types);
    }
    /* DuckDB's own 32 MB cost a small file more than its reading, and little memory has no room. */
    if (total_bytes(s) < SMALL_FILES || s->memory_bytes < LITTLE_MEMORY) {
      sl_buffer_text(out, ", buffer_size = 4194304");
    }
    if (store_rejects) {
      sl_buffer_text(out, ", store_rejects = true");
    }
  }
  sl_buffer_text(out, ")");
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

/* DuckDB's type for a type of --columns. */
static void write_type(struct sl_text type, struct sl_buffer *out) {
  static const struct {
    const char *dlt, *duckdb;
  } map[] = {
    { "text", "VARCHAR" },      { "bigint", "BIGINT" },       { "double", "DOUBLE" },
    { "bool", "BOOLEAN" },      { "timestamp", "TIMESTAMP" }, { "date", "DATE" },
    { "time", "TIME" },         { "json", "VARCHAR" },        { "binary", "VARCHAR" },
    { "wei", "DECIMAL(38,0)" },
  };
  for (size_t i = 0; i < sizeof map / sizeof map[0]; i++) {
    if (sl_text_equal(type, sl_text_of(map[i].dlt))) {
      sl_buffer_text(out, map[i].duckdb);
      return;
    }
  }
  if (type.length >= 7 && strncmp(type.data, "decimal", 7) == 0) {
    sl_buffer_text(out, "DECIMAL");
    sl_buffer_append(out, type.data + 7, type.length - 7);
    if (type.length == 7) {
      sl_buffer_text(out, "(38,9)");
    }
  } else {
    sl_buffer_text(out, "VARCHAR");
  }
}

static bool has_column(const struct ArrowSchema *schema, struct sl_text name) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    if (sl_text_equal(sl_text_of(schema->children[i]->name), name)) {
      return true;
    }
  }
  return false;
}

/* The end of one entry of --columns: a comma outside parentheses. */
static size_t entry_length(const char *at) {
  int depth = 0;
  size_t n = 0;
  for (; at[n] != '\0' && (at[n] != ',' || depth > 0); n++) {
    depth += (at[n] == '(') - (at[n] == ')');
  }
  return n;
}

/* types = {…} for the columns that the file has. */
static void write_types(const char *columns, const struct ArrowSchema *schema,
                        struct sl_buffer *out) {
  for (const char *at = columns; at != NULL && *at != '\0';) {
    size_t n = entry_length(at);
    const char *colon = memchr(at, ':', n);
    struct sl_text name = { at, colon == NULL ? n : (size_t)(colon - at) };
    if (colon != NULL && has_column(schema, name)) {
      size_t rest = n - name.length - 1;
      const char *next = memchr(colon + 1, ':', rest);
      struct sl_text type = { colon + 1, next == NULL ? rest : (size_t)(next - colon - 1) };
      char *copy = strndup(name.data, name.length);
      if (type.length > 0 && copy != NULL) {
        sl_buffer_text(out, out->length > 0 ? ", " : "");
        quote(out, copy);
        sl_buffer_text(out, ": '");
        write_type(type, out);
        sl_buffer_text(out, "'");
      }
      free(copy);
    }
    at += n + (at[n] == ',');
  }
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
  struct ArrowSchema schema = { 0 };
  struct sl_buffer types = { 0 };
  sl_status rc = open_engine(s, t, err);
  if (rc == SL_OK) {
    write_reader(s, NULL, false, &t->from);
    rc = sl_buffer_check(&t->from, err);
  }
  if (rc == SL_OK && s->settings.column_types != NULL && s->files.items[0].format != FILE_PARQUET) {
    rc = describe(t, &schema, err);
    if (rc == SL_OK) {
      write_types(s->settings.column_types, &schema, &types);
      schema.release(&schema);
    }
  }
  if (rc == SL_OK) {
    write_reader(s, types.data, s->keep_rejects, &t->from);
    rc = sl_buffer_check(&t->from, err);
  }
  for (size_t i = 0; i < s->files.count; i++) {
    t->total_bytes += s->files.items[i].size > 0 ? s->files.items[i].size : 0;
  }
  sl_buffer_release(&types);
  return rc;
}

static sl_status begin(struct file_source *s, struct tabular *t, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql, "SELECT * FROM %s", t->from.data);
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

static void batch_release(struct sl_block *block) {
  if (block->array.release != NULL) {
    block->array.release(&block->array);
  }
  if (block->schema.release != NULL) {
    block->schema.release(&block->schema);
  }
  block->release = NULL;
}

static void rejects_release(struct sl_block *block) {
  for (size_t i = 0; i < block->n_rejects; i++) {
    free(block->rejects[i].origin);
    free(block->rejects[i].column);
    free(block->rejects[i].raw);
    free(block->rejects[i].reason);
  }
  free(block->rejects);
  block->release = NULL;
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

static sl_status add_rejects(struct sl_block *block, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, struct sl_error *err) {
  for (int64_t row = 0; row < array->length; row++) {
    struct sl_source_reject *grown =
        realloc(block->rejects, (block->n_rejects + 1) * sizeof *block->rejects);
    if (grown == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for rejected rows");
    }
    block->rejects = grown;
    char *line = text_of(schema, array, 1, row);
    char *byte = text_of(schema, array, 2, row);
    block->rejects[block->n_rejects++] = (struct sl_source_reject){
      .origin = text_of(schema, array, 0, row),
      .line = line == NULL ? 0 : strtoll(line, NULL, 10),
      .byte_offset = byte == NULL ? -1 : strtoll(byte, NULL, 10),
      .column = text_of(schema, array, 3, row),
      .raw = text_of(schema, array, 4, row),
      .reason = text_of(schema, array, 5, row),
    };
    free(line);
    free(byte);
  }
  return SL_OK;
}

/* What DuckDB set aside, once all was read. One entry for each line. */
static sl_status claim_rejects(struct file_source *s, struct sl_block *out, bool *end,
                               struct sl_error *err) {
  struct tabular *t = s->tabular;
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  t->rejects_given = true;
  *out = (struct sl_block){ .kind = SL_BLOCK_REJECTS,
                            .origin = s->location,
                            .release = rejects_release };
  sl_status rc = sl_duckdb_query(
      t->connection,
      "SELECT any_value(f.file_path), e.line, min(e.line_byte_position), any_value(e.column_name), "
      "any_value(e.csv_line), any_value(e.error_message) FROM reject_errors e JOIN reject_scans f "
      "USING (scan_id, file_id) GROUP BY scan_id, file_id, e.line ORDER BY 1, 2",
      &stream, err);
  if (rc == SL_OK && stream.get_schema(&stream, &schema) != 0) {
    rc = sl_fail(err, SL_ESOURCE, "DuckDB: %s", stream.get_last_error(&stream));
  }
  while (rc == SL_OK) {
    struct ArrowArray array = { 0 };
    if (stream.get_next(&stream, &array) != 0) {
      rc = sl_fail(err, SL_ESOURCE, "DuckDB: %s", stream.get_last_error(&stream));
    }
    if (array.release == NULL) {
      break;
    }
    rc = add_rejects(out, &schema, &array, err);
    array.release(&array);
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  if (stream.release != NULL) {
    stream.release(&stream);
  }
  *end = rc == SL_OK && out->n_rejects == 0;
  if (rc != SL_OK || *end) {
    rejects_release(out);
  }
  return rc;
}

sl_status tabular_claim(struct file_source *s, struct sl_block *out, bool *end,
                        struct sl_error *err) {
  struct tabular *t = s->tabular;
  sl_status rc = t->stream.release == NULL && !t->drained ? begin(s, t, err) : SL_OK;
  *end = false;
  if (rc == SL_OK && t->drained) {
    *end = !s->keep_rejects || t->rejects_given || s->files.items[0].format == FILE_PARQUET;
    return *end ? SL_OK : claim_rejects(s, out, end, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  *out = (struct sl_block){
    .kind = SL_BLOCK_BATCH, .origin = s->location, .first_record = t->rows, .release = batch_release
  };
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
    batch_release(out);
    return rc;
  }
  t->rows += out->array.length;
  return SL_OK;
}

/* Rows are known without reading for Parquet only. */
static int64_t count_rows(struct tabular *t) {
  struct sl_buffer sql = { 0 };
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  int64_t rows = -1;
  sl_buffer_printf(&sql, "SELECT count(*) FROM %s", t->from.data);
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
  /* Columns of CSV are known only after a look at the file, which reading takes anyway. */
  if (rc == SL_OK && s->files.items[0].format == FILE_PARQUET) {
    rc = describe(s->tabular, &out->schema, err);
    out->rows = rc == SL_OK ? count_rows(s->tabular) : -1;
  }
  if (rc != SL_OK && strstr(err->message, s->location) == NULL) {
    sl_error_add_context(err, "reading %s", s->location);
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
