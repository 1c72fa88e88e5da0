/* Queries as streams, statements, errors and their kinds, and which values a column takes. */
#include "duckdb/query.h"

#include <stdlib.h>

#include <sluice/builder.h>

#include "column/read.h"
#include "duckdb/vectors.h"
#include "unit/test.h"

struct bench {
  duckdb_database database;
  duckdb_connection connection;
};

static void bench_open(struct bench *b) {
  struct sl_error err = { 0 };
  *b = (struct bench){ 0 };
  if (!CHECK_OK(sl_duckdb_load(&err), &err)) {
    abort();
  }
  CHECK(SL_DUCKDB(open_ext)(":memory:", &b->database, NULL, NULL) == DuckDBSuccess);
  CHECK(SL_DUCKDB(connect)(b->database, &b->connection) == DuckDBSuccess);
}

static void bench_close(struct bench *b) {
  SL_DUCKDB(disconnect)(&b->connection);
  SL_DUCKDB(close)(&b->database);
}

/* Reads a stream to its end: rows, and the sum of the first column. */
static int read_stream(struct ArrowArrayStream *stream, int64_t *rows, int64_t *sum, char *error,
                       size_t error_size) {
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  int rc = stream->get_schema(stream, &schema);
  *rows = *sum = 0;
  while (rc == 0) {
    rc = stream->get_next(stream, &array);
    if (rc != 0 || array.release == NULL) {
      break;
    }
    for (int64_t i = 0; i < array.length; i++) {
      *sum += sl_array_read(schema.children[0], array.children[0], i).as.integer;
    }
    *rows += array.length;
    array.release(&array);
  }
  snprintf(error, error_size, "%s", rc == 0 ? "" : stream->get_last_error(stream));
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  return rc;
}

TEST(results_come_in_pieces) {
  struct bench b;
  struct sl_error err = { 0 };
  struct ArrowArrayStream stream;
  int64_t rows;
  int64_t sum;
  char error[256];
  bench_open(&b);
  CHECK_OK(sl_duckdb_query(b.connection, "SELECT range FROM range(100000)", &stream, &err), &err);
  CHECK_INT("no error", read_stream(&stream, &rows, &sum, error, sizeof error), 0);
  CHECK_INT("rows", rows, 100000);
  CHECK_INT("sum", sum, INT64_C(99999) * 50000);
  stream.release(&stream);
  CHECK_OK(sl_duckdb_query(b.connection, "SELECT 1 WHERE FALSE", &stream, &err), &err);
  CHECK_INT("empty", read_stream(&stream, &rows, &sum, error, sizeof error), 0);
  CHECK_INT("no rows", rows, 0);
  stream.release(&stream);
  bench_close(&b);
}

TEST(a_stream_may_be_given_up) {
  struct bench b;
  struct sl_error err = { 0 };
  struct ArrowArrayStream stream;
  struct ArrowArray array = { 0 };
  bench_open(&b);
  CHECK_OK(sl_duckdb_query(b.connection, "SELECT range FROM range(100000000)", &stream, &err),
           &err);
  CHECK_INT("first piece", stream.get_next(&stream, &array), 0);
  array.release(&array);
  stream.release(&stream);
  CHECK(stream.release == NULL);
  CHECK_OK(sl_duckdb_run(b.connection, "SELECT 1", NULL, &err), &err);
  bench_close(&b);
}

TEST(an_error_in_the_middle_is_told) {
  struct bench b;
  struct sl_error err = { 0 };
  struct ArrowArrayStream stream;
  int64_t rows;
  int64_t sum;
  char error[1024] = "";
  bench_open(&b);
  sl_status rc =
      sl_duckdb_query(b.connection,
                      "SELECT CASE WHEN range = 90000 THEN error('it broke') ELSE range END "
                      "FROM range(100000)",
                      &stream, &err);
  if (rc == SL_OK) {
    CHECK(read_stream(&stream, &rows, &sum, error, sizeof error) != 0);
    stream.release(&stream);
  } else {
    snprintf(error, sizeof error, "%s", err.message);
  }
  CHECK_CASE(error, strstr(error, "it broke") != NULL);
  CHECK_OK(sl_duckdb_run(b.connection, "SELECT 1", NULL, &err), &err);
  bench_close(&b);
}

static const struct {
  const char *sql, *message;
  sl_status want;
} error_cases[] = {
  { "SELEC 1", "syntax error", SL_EDEST },
  { "SELECT * FROM nothing", "nothing does not exist", SL_ENOTFOUND },
  { "SELECT 'x'::INTEGER", "Could not convert", SL_EDATA },
  { "SELECT error('one\ntwo')", "one", SL_EDEST },
  { "SELECT * FROM read_csv('/nowhere/at/all.csv')", "all.csv", SL_EIO },
};

TEST(errors_are_one_line_and_of_a_kind) {
  struct bench b;
  bench_open(&b);
  for (size_t i = 0; i < COUNT(error_cases); i++) {
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_duckdb_run(b.connection, error_cases[i].sql, NULL, &err), error_cases[i].want,
                &err);
    CHECK_CASE(err.message, strstr(err.message, error_cases[i].message) != NULL);
    CHECK_CASE(err.message, strchr(err.message, '\n') == NULL);
    CHECK_CASE(err.message, strncmp(err.message, "DuckDB: ", 8) == 0);
  }
  bench_close(&b);
}

TEST(kinds_are_known_by_the_message_too) {
  static const struct {
    const char *message;
    duckdb_error_type type;
    sl_status want;
  } cases[] = {
    { "IO Error: Could not set lock on file", DUCKDB_ERROR_IO, SL_EBUSY },
    { "IO Error: No space left on device", DUCKDB_ERROR_IO, SL_EIO },
    { "anything", DUCKDB_ERROR_OUT_OF_MEMORY, SL_ENOMEM },
    { "Out of Memory Error: failed to pin block", DUCKDB_ERROR_INVALID, SL_ENOMEM },
    { "INTERRUPT Error: Interrupted!", DUCKDB_ERROR_INTERRUPT, SL_ECANCELLED },
    { "Constraint Error: x", DUCKDB_ERROR_CONSTRAINT, SL_EDATA },
    { NULL, DUCKDB_ERROR_INVALID, SL_EDEST },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_error err = { 0 };
    CHECK_INT(cases[i].message == NULL ? "no message" : cases[i].message,
              sl_duckdb_fail(&err, cases[i].message, cases[i].type), cases[i].want);
  }
}

/* Every kind of value that the normalizer makes against every type of column. */
static const char *const formats[] = { "l",   "g",    "b",       "u",      "z",      "tdD",
                                       "ttu", "tsu:", "tsu:UTC", "d:38,9", "d:10,2", "d:38,0" };
static const struct {
  const char *type, *accepted;
} accept_cases[] = {
  { "TINYINT", "l" },
  { "SMALLINT", "l" },
  { "INTEGER", "l" },
  { "BIGINT", "l" },
  { "HUGEINT", "l" },
  { "UTINYINT", "l" },
  { "USMALLINT", "l" },
  { "UINTEGER", "l" },
  { "UBIGINT", "l" },
  { "UHUGEINT", "" },
  { "FLOAT", "" },
  { "DOUBLE", "g" },
  { "BOOLEAN", "b" },
  { "VARCHAR", "u" },
  { "JSON", "u" },
  { "BLOB", "z" },
  { "DATE", "tdD" },
  { "TIME", "ttu" },
  { "TIMETZ", "" },
  { "TIMESTAMP", "tsu: tsu:UTC" },
  { "TIMESTAMPTZ", "tsu: tsu:UTC" },
  { "TIMESTAMP_S", "tsu: tsu:UTC" },
  { "TIMESTAMP_MS", "tsu: tsu:UTC" },
  { "TIMESTAMP_NS", "tsu: tsu:UTC" },
  { "DECIMAL(38,9)", "l d:38,9" },
  { "DECIMAL(10,2)", "l d:10,2" },
  { "DECIMAL(4,2)", "l d:10,2" },
  { "DECIMAL(38,0)", "l d:38,0" },
  { "UUID", "" },
  { "INTERVAL", "" },
  { "INTEGER[]", "" },
  { "STRUCT(a INTEGER)", "" },
  { "ENUM('a')", "" },
};

TEST(columns_take_what_fits_them) {
  struct bench b;
  bench_open(&b);
  for (size_t i = 0; i < COUNT(accept_cases); i++) {
    struct sl_error err = { 0 };
    duckdb_result result;
    char sql[96];
    char got[64] = "";
    snprintf(sql, sizeof sql, "SELECT NULL::%s", accept_cases[i].type);
    if (!CHECK_OK(sl_duckdb_run(b.connection, sql, &result, &err), &err)) {
      continue;
    }
    duckdb_logical_type type = SL_DUCKDB(column_logical_type)(&result, 0);
    struct sl_duckdb_target target = sl_duckdb_target_of(type);
    for (size_t f = 0; f < COUNT(formats); f++) {
      size_t n = strlen(got);
      if (sl_duckdb_accepts(&target, formats[f])) {
        snprintf(got + n, sizeof got - n, "%s%s", n > 0 ? " " : "", formats[f]);
      }
    }
    CHECK_STR(accept_cases[i].type, got, accept_cases[i].accepted);
    SL_DUCKDB(destroy_logical_type)(&type);
    SL_DUCKDB(destroy_result)(&result);
  }
  bench_close(&b);
}

TEST(json_columns_can_be_told_from_texts) {
  struct bench b;
  struct sl_error err = { 0 };
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  bench_open(&b);
  CHECK_OK(sl_duckdb_query(b.connection, "SELECT '1'::JSON AS j, 'x' AS t, 1 AS i", &stream, &err),
           &err);
  CHECK_INT("schema", stream.get_schema(&stream, &schema), 0);
  sl_duckdb_mark_json(&stream, &schema);
  CHECK(sl_schema_is_json(schema.children[0]));
  CHECK(!sl_schema_is_json(schema.children[1]) && !sl_schema_is_json(schema.children[2]));
  schema.release(&schema);
  stream.release(&stream);
  bench_close(&b);
}
