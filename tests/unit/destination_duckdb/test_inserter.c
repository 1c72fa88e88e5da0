/* Rows into DuckDB tables: extremes of every column type, nulls and slices across chunks, wide
 * tables, streams of batches, errors in the middle, cancel. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column/batch.h"
#include "column/read.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "unit/test.h"

static const struct sl_destination_ops *const ops = &sl_duckdb_destination;

static struct sl_destination *bench_open(const char *path) {
  struct sl_destination *d = NULL;
  struct sl_error err = { 0 };
  void *settings = calloc(1, ops->settings_bytes);
  CHECK_OK(sl_options_set_defaults(ops->options, settings, &err), &err);
  const struct sl_destination_config config = {
    .location = path, .settings = settings, .memory_bytes = 256 << 20, .threads = 2
  };
  if (!CHECK_OK(ops->open(&d, &config, &err), &err)) {
    abort();
  }
  free(settings);
  CHECK_OK(ops->begin(d, &err), &err);
  CHECK_OK(ops->execute(d, "CREATE SCHEMA s", NULL, &err), &err);
  return d;
}

static void run(struct sl_destination *d, const char *sql) {
  struct sl_error err = { 0 };
  if (!CHECK_OK(ops->execute(d, sql, NULL, &err), &err)) {
    printf("  in %.200s\n", sql);
  }
}

/* The first value of the first row, as text. */
static char *ask(struct sl_destination *d, const char *sql) {
  struct ArrowArrayStream stream;
  struct ArrowSchema schema = { 0 };
  struct ArrowArray array = { 0 };
  struct sl_error err = { 0 };
  struct sl_buffer out = { 0 };
  sl_buffer_append(&out, "", 0);
  if (!CHECK_OK(ops->query(d, sql, &stream, &err), &err)) {
    return sl_buffer_take(&out);
  }
  CHECK(stream.get_schema(&stream, &schema) == 0 && stream.get_next(&stream, &array) == 0);
  if (array.release != NULL) {
    if (!sl_array_print(schema.children[0], array.children[0], 0, &out)) {
      sl_buffer_text(&out, "NULL");
    }
    array.release(&array);
  }
  schema.release(&schema);
  stream.release(&stream);
  return sl_buffer_take(&out);
}

static void check_answer(struct sl_destination *d, const char *label, const char *sql,
                         const char *want) {
  char *got = ask(d, sql);
  CHECK_STR(label, got, want);
  free(got);
}

/* Appends one column of our own making. `array` is moved, or released on failure. */
static sl_status append(struct sl_destination *d, const char *table, const char *column,
                        const char *format, struct ArrowArray *array, struct sl_error *err) {
  const struct sl_table_name name = { .dataset = "s", .table = table };
  const struct sl_field field = { .name = column, .format = format, .nullable = true };
  struct ArrowSchema schema;
  struct ArrowArray batch;
  int64_t rows = array->length;
  CHECK_OK(sl_schema_struct(&schema, &field, 1, err), err);
  CHECK_OK(sl_array_struct(&batch, array, 1, rows, err), err);
  sl_status rc = ops->append(d, &name, &schema, &batch, err);
  if (batch.release != NULL) {
    batch.release(&batch);
  }
  schema.release(&schema);
  return rc;
}

static struct ArrowArray integers(const int64_t *values, int64_t n, int64_t null_every) {
  struct sl_builder b = { .layout = SL_LAYOUT_INT64 };
  struct ArrowArray out;
  struct sl_error err = { 0 };
  for (int64_t i = 0; i < n; i++) {
    if (null_every == 0 || i % null_every != 0) {
      CHECK_OK(sl_builder_pad(&b, i, &err), &err);
      CHECK_OK(sl_builder_append_int64(&b, values == NULL ? i : values[i], &err), &err);
    }
  }
  CHECK_OK(sl_builder_finish(&b, n, &out, &err), &err);
  sl_builder_release(&b);
  return out;
}

/* ---- ranges ---- */

static const struct {
  const char *type, *format;
  int64_t value;
  const char *want; /* NULL = refused */
} integer_cases[] = {
  { "TINYINT", "l", INT8_MIN, "-128" },
  { "TINYINT", "l", INT8_MAX, "127" },
  { "TINYINT", "l", INT8_MAX + 1, NULL },
  { "TINYINT", "l", INT8_MIN - 1, NULL },
  { "SMALLINT", "l", INT16_MIN, "-32768" },
  { "SMALLINT", "l", INT16_MAX + 1, NULL },
  { "INTEGER", "l", INT32_MAX, "2147483647" },
  { "INTEGER", "l", INT64_C(2147483648), NULL },
  { "INTEGER", "l", INT64_MIN, NULL },
  { "UTINYINT", "l", 255, "255" },
  { "UTINYINT", "l", -1, NULL },
  { "USMALLINT", "l", 65535, "65535" },
  { "USMALLINT", "l", 65536, NULL },
  { "UINTEGER", "l", INT64_C(4294967295), "4294967295" },
  { "UINTEGER", "l", INT64_C(4294967296), NULL },
  { "UBIGINT", "l", INT64_MAX, "9223372036854775807" },
  { "UBIGINT", "l", -1, NULL },
  { "BIGINT", "l", INT64_MIN, "-9223372036854775808" },
  { "HUGEINT", "l", INT64_MIN, "-9223372036854775808" },
  { "DECIMAL(4,0)", "l", 9999, "9999" },
  { "DECIMAL(4,0)", "l", 10000, NULL },
  { "DECIMAL(4,2)", "l", -99, "-99.00" },
  { "DECIMAL(4,2)", "l", 100, NULL },
  { "DECIMAL(9,1)", "l", 12345678, "12345678.0" },
  { "DECIMAL(18,9)", "l", 999999999, "999999999.000000000" },
  { "DECIMAL(18,9)", "l", -1000000000, NULL },
  { "DECIMAL(38,18)", "l", INT64_MAX, "9223372036854775807.000000000000000000" },
  { "DECIMAL(38,30)", "l", 99999999, "99999999.000000000000000000000000000000" },
  { "DECIMAL(38,30)", "l", 100000000, NULL },
  { "DECIMAL(38,30)", "l", INT64_MIN, NULL },
  { "TIMESTAMP", "tsu:", 1, "1970-01-01 00:00:00.000001" },
  { "TIMESTAMP", "tsu:UTC", -1, "1969-12-31 23:59:59.999999" },
  { "TIMESTAMP", "tsu:", INT64_C(253402300799999999), "9999-12-31 23:59:59.999999" },
  { "TIMESTAMP", "tsu:", INT64_C(-62135596800000000), "0001-01-01 00:00:00" },
  { "TIMESTAMP_NS", "tsu:", 1, "1970-01-01 00:00:00.000001" },
  { "TIMESTAMP_NS", "tsu:", INT64_C(9223372036854774), "2262-04-11 23:47:16.854774" },
  { "TIMESTAMP_NS", "tsu:", INT64_C(253402300799999999), NULL },
  { "TIMESTAMP_NS", "tsu:", INT64_C(-62135596800000000), NULL },
  { "TIMESTAMP_MS", "tsu:", -1, "1969-12-31 23:59:59.999" },
  { "TIMESTAMP_S", "tsu:", -1, "1969-12-31 23:59:59" },
  { "TIME", "ttu", INT64_C(86399999999), "23:59:59.999999" },
};

TEST(values_stand_in_the_range_of_their_column) {
  struct sl_destination *d = bench_open(":memory:");
  for (size_t i = 0; i < COUNT(integer_cases); i++) {
    struct sl_error err = { 0 };
    char label[64];
    char sql[96];
    snprintf(label, sizeof label, "%lld as %s", (long long)integer_cases[i].value,
             integer_cases[i].type);
    run(d, "DROP TABLE IF EXISTS s.t");
    snprintf(sql, sizeof sql, "CREATE TABLE s.t (x %s)", integer_cases[i].type);
    run(d, sql);
    struct ArrowArray array = integers(&integer_cases[i].value, 1, 0);
    sl_status rc = append(d, "t", "x", integer_cases[i].format, &array, &err);
    rc = rc == SL_OK ? ops->flush(d, &err) : rc;
    if (integer_cases[i].want == NULL) {
      CHECK_CASE(label, rc != SL_OK);
      CHECK_CASE(err.message,
                 strstr(err.message, "range") != NULL && strstr(err.message, "column x") != NULL);
      ops->rollback(d); /* a failed statement has ended the transaction's use */
      CHECK_OK(ops->begin(d, &err), &err);
      run(d, "CREATE SCHEMA s");
    } else if (CHECK_OK(rc, &err)) {
      check_answer(d, label, "SELECT x::VARCHAR FROM s.t", integer_cases[i].want);
    }
  }
  ops->close(d);
}

static void nothing_to_free(struct ArrowArray *array) {
  array->release = NULL;
}

/* A slice of foreign buffers, as another library might hand it over. */
static struct ArrowArray slice(const void **buffers, int64_t n_buffers, int64_t offset,
                               int64_t length) {
  return (struct ArrowArray){ .length = length,
                              .offset = offset,
                              .null_count = -1,
                              .n_buffers = n_buffers,
                              .buffers = buffers,
                              .release = nothing_to_free };
}

TEST(null_slots_have_no_range) {
  static const int64_t values[] = { INT64_MAX, 7 };
  static const uint8_t second = 2;
  static const char *const types[] = { "TINYINT", "DECIMAL(4,2)", "UBIGINT" };
  struct sl_destination *d = bench_open(":memory:");
  for (size_t i = 0; i < COUNT(types); i++) {
    struct sl_error err = { 0 };
    const void *buffers[] = { &second, values };
    struct ArrowArray array = slice(buffers, 2, 0, 2);
    char sql[96];
    char name[8];
    snprintf(name, sizeof name, "t%zu", i);
    snprintf(sql, sizeof sql, "CREATE TABLE s.%s (x %s)", name, types[i]);
    run(d, sql);
    CHECK_OK(append(d, name, "x", "l", &array, &err), &err);
    CHECK_OK(ops->flush(d, &err), &err);
    snprintf(sql, sizeof sql, "SELECT count(*) || ' ' || sum(x)::INTEGER FROM s.%s", name);
    check_answer(d, types[i], sql, "2 7");
  }
  ops->close(d);
}

/* ---- slices and chunks ---- */

enum { ROWS = 5000 }; /* more than two of DuckDB's chunks of 2048 */

struct sliced {
  int64_t integers[ROWS];
  int32_t offsets[ROWS + 1];
  char texts[ROWS * 20];
  uint8_t bits[ROWS / 8 + 1], validity[ROWS / 8 + 1];
  sl_int128 decimals[ROWS];
};

static struct sliced *sliced_new(void) {
  struct sliced *s = calloc(1, sizeof *s);
  int32_t at = 0;
  for (int i = 0; i < ROWS; i++) {
    s->integers[i] = i;
    s->decimals[i] = (sl_int128)i * 1000000000;
    s->bits[i / 8] |= (uint8_t)((i % 5 == 0) << (i % 8));
    s->validity[i / 8] |= (uint8_t)((i % 3 != 0) << (i % 8));
    /* Texts of 0 to 19 bytes: DuckDB keeps up to 12 in the value itself. */
    for (int c = 0; c < i % 20; c++) {
      s->texts[at++] = (char)('a' + i % 26);
    }
    s->offsets[i + 1] = at;
  }
  return s;
}

TEST(slices_keep_their_nulls_over_all_borders) {
  static const int64_t offsets[] = { 0, 1, 7, 8, 9, 63, 64, 65, 2047, 2048, 2049 };
  static const int64_t lengths[] = { 1, 8, 2047, 2048, 2049, 2900 };
  struct sl_destination *d = bench_open(":memory:");
  struct sliced *s = sliced_new();
  const struct {
    const char *format, *type, *value; /* what stands in row i, as SQL */
    int64_t n_buffers;
    const void *second, *third;
  } columns[] = {
    { "l", "BIGINT", "i", 2, s->integers, NULL },
    { "l", "SMALLINT", "i", 2, s->integers, NULL },
    { "d:38,9", "DECIMAL(38,9)", "i", 2, s->decimals, NULL },
    { "d:14,9", "DECIMAL(14,9)", "i", 2, s->decimals, NULL },
    { "b", "BOOLEAN", "i % 5 = 0", 2, s->bits, NULL },
    { "u", "VARCHAR", "repeat(chr((97 + i % 26)::INTEGER), (i % 20)::INTEGER)", 3, s->offsets,
      s->texts },
  };
  for (size_t c = 0; c < COUNT(columns); c++) {
    for (size_t o = 0; o < COUNT(offsets); o++) {
      for (size_t l = 0; l < COUNT(lengths); l++) {
        struct sl_error err = { 0 };
        char sql[400];
        const void *buffers[] = { s->validity, columns[c].second, columns[c].third };
        struct ArrowArray array = slice(buffers, columns[c].n_buffers, offsets[o], lengths[l]);
        snprintf(sql, sizeof sql, "CREATE TABLE s.t (x %s)", columns[c].type);
        run(d, sql);
        CHECK_OK(append(d, "t", "x", columns[c].format, &array, &err), &err);
        CHECK_OK(ops->commit(d, &err), &err); /* now row ids count from 0 */
        CHECK_OK(ops->begin(d, &err), &err);
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM (SELECT x, rowid + %lld AS i FROM s.t) WHERE x IS NOT "
                 "DISTINCT FROM CASE WHEN i %% 3 = 0 THEN NULL ELSE (%s) END",
                 (long long)offsets[o], columns[c].value);
        char want[24];
        snprintf(want, sizeof want, "%lld", (long long)lengths[l]);
        check_answer(d, columns[c].type, sql, want);
        run(d, "DROP TABLE s.t");
      }
    }
  }
  free(s);
  ops->close(d);
}

/* Columns of one batch that the table has and some that it has not filled before. */
TEST(nulls_do_not_leak_into_the_next_batch) {
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  run(d, "CREATE TABLE s.t (x BIGINT)");
  for (int i = 0; i < 6; i++) {
    struct ArrowArray array = integers(NULL, 3000, i % 2 == 0 ? 2 : 0);
    CHECK_OK(append(d, "t", "x", "l", &array, &err), &err);
  }
  check_answer(d, "counts", "SELECT count(*) || ' ' || count(x) FROM s.t", "18000 13500");
  ops->close(d);
}

/* ---- wide, long, many ---- */

TEST(a_table_of_two_thousand_columns) {
  enum { COLUMNS = 2000, EACH = 3 };
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  struct sl_buffer sql = { 0 };
  static char names[COLUMNS][12];
  static struct sl_field fields[COLUMNS];
  static struct ArrowArray arrays[COLUMNS];
  struct ArrowSchema schema;
  struct ArrowArray batch;
  const struct sl_table_name name = { .dataset = "s", .table = "wide" };
  sl_buffer_text(&sql, "CREATE TABLE s.wide (");
  for (int64_t i = 0; i < COLUMNS; i++) {
    const int64_t values[EACH] = { i, -i, i * i };
    snprintf(names[i], sizeof names[i], "c%lld", (long long)i);
    sl_buffer_printf(&sql, "%s%s BIGINT", i == 0 ? "" : ", ", names[i]);
    fields[i] = (struct sl_field){ names[i], "l", true };
    arrays[i] = integers(values, EACH, 0);
  }
  sl_buffer_char(&sql, ')');
  run(d, sql.data);
  CHECK_OK(sl_schema_struct(&schema, fields, COLUMNS, &err), &err);
  CHECK_OK(sl_array_struct(&batch, arrays, COLUMNS, EACH, &err), &err);
  CHECK_OK(ops->append(d, &name, &schema, &batch, &err), &err);
  check_answer(d, "last column", "SELECT sum(c1999) FROM s.wide", "3996001");
  check_answer(d, "first column", "SELECT count(c0) FROM s.wide", "3");
  schema.release(&schema);
  sl_buffer_release(&sql);
  ops->close(d);
}

/* Less than a row group of as many columns as two threads have memory for, or nearly: at the end
 * DuckDB appends the rows once more, and holds blocks of both copies. */
TEST(a_wide_table_of_less_than_a_row_group) {
  enum { EACH = 5000, BATCHES = 12, COLUMNS = 128 };
  static char names[COLUMNS][8];
  static struct sl_field fields[COLUMNS];
  static struct ArrowArray arrays[COLUMNS];
  const struct sl_table_name name = { .dataset = "s", .table = "t" };
  char folder[] = "/tmp/sluice-inserter-XXXXXX"; /* in memory DuckDB works in another way */
  char path[64];
  struct sl_error err = { 0 };
  struct sl_buffer sql = { 0 };
  struct ArrowSchema schema;
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/x.duckdb", folder);
  struct sl_destination *d = bench_open(path);
  for (int i = 0; i < COLUMNS; i++) {
    snprintf(names[i], sizeof names[i], "c%d", i);
    fields[i] = (struct sl_field){ names[i], "l", true };
    sl_buffer_printf(&sql, "%s%s BIGINT", i == 0 ? "CREATE TABLE s.t (" : ", ", names[i]);
  }
  sl_buffer_char(&sql, ')');
  run(d, sql.data);
  CHECK_OK(sl_schema_struct(&schema, fields, COLUMNS, &err), &err);
  sl_status rc = SL_OK;
  for (int b = 0; rc == SL_OK && b < BATCHES; b++) {
    struct ArrowArray batch;
    for (int i = 0; i < COLUMNS; i++) {
      arrays[i] = integers(NULL, EACH, 7);
    }
    CHECK_OK(sl_array_struct(&batch, arrays, COLUMNS, EACH, &err), &err);
    rc = ops->append(d, &name, &schema, &batch, &err);
  }
  CHECK_OK(rc, &err);
  check_answer(d, "rows", "SELECT count(*) || ' ' || sum(c119) FROM s.t", "60000 128528580");
  schema.release(&schema);
  sl_buffer_release(&sql);
  ops->close(d);
  unlink(path);
  rmdir(folder);
}

TEST(texts_of_any_length_arrive) {
  static const size_t lengths[] = { 0, 1, 11, 12, 13, 255, 4096, 1 << 20, 3 << 20 };
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  struct sl_builder b = { .layout = SL_LAYOUT_BYTES };
  struct ArrowArray array;
  char *text = malloc(3 << 20);
  memset(text, 'x', 3 << 20);
  text[5] = '\0';
  run(d, "CREATE TABLE s.t (x VARCHAR)");
  for (size_t i = 0; i < COUNT(lengths); i++) {
    CHECK_OK(sl_builder_append_bytes(&b, text, lengths[i], &err), &err);
  }
  CHECK_OK(sl_builder_finish(&b, COUNT(lengths), &array, &err), &err);
  CHECK_OK(append(d, "t", "x", "u", &array, &err), &err);
  check_answer(d, "lengths",
               "SELECT list(octet_length(encode(x)) ORDER BY rowid)::VARCHAR FROM s.t",
               "[0, 1, 11, 12, 13, 255, 4096, 1048576, 3145728]");
  check_answer(d, "NUL", "SELECT instr(x, chr(0)) FROM s.t WHERE length(x) = 11", "6");
  sl_builder_release(&b);
  free(text);
  ops->close(d);
}

/* More than waits in memory: the first table is streamed, the other one inserted in between. */
TEST(two_tables_side_by_side) {
  enum { BATCHES = 60, EACH = 100000 };
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  run(d, "CREATE TABLE s.a (x BIGINT)");
  run(d, "CREATE TABLE s.b (x BIGINT)");
  for (int i = 0; i < BATCHES; i++) {
    struct ArrowArray array = integers(NULL, EACH, 0);
    CHECK_OK(append(d, i % 3 == 0 ? "b" : "a", "x", "l", &array, &err), &err);
    if (i == 30) {
      run(d, "ALTER TABLE s.b ADD COLUMN y BIGINT"); /* while a streams and b waits */
    }
  }
  CHECK_OK(ops->flush(d, &err), &err);
  check_answer(d, "a", "SELECT count(*) || ' ' || sum(x) FROM s.a", "4000000 199998000000");
  check_answer(d, "b", "SELECT count(*) || ' ' || sum(x) || ' ' || count(y) FROM s.b",
               "2000000 99999000000 0");
  CHECK_OK(ops->commit(d, &err), &err);
  ops->close(d);
}

/* ---- errors ---- */

static const struct {
  const char *column, *format, *message;
} mismatch_cases[] = {
  { "nothing", "l", "has no column nothing" },
  { "t", "l", "values of the kind 'l' do not fit" },
  { "x", "g", "values of the kind 'g' do not fit" },
};

/* Two threads take turns row group by row group, so what is less than one goes through one thread
 * and stays in order. */
TEST(threads_take_turns) {
  enum { EACH = 5000 };
  static const struct {
    int batches, width;
    const char *rows, *last;
  } cases[] = { { 20, 300, "100000", "99999" }, { 200, 40, "1000000", "999999" } };
  for (size_t c = 0; c < 2; c++) {
    struct sl_destination *d = bench_open(":memory:");
    struct sl_error err = { 0 };
    sl_status rc = SL_OK;
    run(d, "CREATE TABLE s.t (x VARCHAR)");
    for (int i = 0; rc == SL_OK && i < cases[c].batches; i++) {
      struct sl_builder b = { .layout = SL_LAYOUT_BYTES };
      struct ArrowArray array;
      for (int row = 0; row < EACH; row++) {
        char text[400];
        int n = snprintf(text, sizeof text, "%0*d", cases[c].width, i * EACH + row);
        CHECK_OK(sl_builder_append_bytes(&b, text, (size_t)n, &err), &err);
      }
      CHECK_OK(sl_builder_finish(&b, EACH, &array, &err), &err);
      rc = append(d, "t", "x", "u", &array, &err);
    }
    CHECK_OK(rc, &err);
    check_answer(d, "rows", "SELECT count(DISTINCT x::BIGINT) FROM s.t", cases[c].rows);
    check_answer(d, "last", "SELECT max(x::BIGINT) FROM s.t", cases[c].last);
    if (c == 0) {
      check_answer(d, "order", "SELECT count(DISTINCT x::BIGINT - rowid) FROM s.t", "1");
    }
    ops->close(d);
  }
}

TEST(what_does_not_fit_the_table_is_said) {
  struct sl_destination *d = bench_open(":memory:");
  for (size_t i = 0; i < COUNT(mismatch_cases); i++) {
    struct sl_error err = { 0 };
    struct ArrowArray array = integers(NULL, 1, 0);
    run(d, "CREATE TABLE s.t (x BIGINT, t VARCHAR)");
    sl_status rc = append(d, "t", mismatch_cases[i].column, mismatch_cases[i].format, &array, &err);
    rc = rc == SL_OK ? ops->flush(d, &err) : rc;
    CHECK_CASE(mismatch_cases[i].message, rc != SL_OK);
    CHECK_CASE(err.message, strstr(err.message, mismatch_cases[i].message) != NULL);
    ops->rollback(d);
    CHECK_OK(ops->begin(d, &err), &err);
    run(d, "CREATE SCHEMA s");
  }
  ops->close(d);
}

TEST(names_that_differ_by_case_are_not_put_together) {
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  const struct sl_field fields[] = { { "x", "l", true }, { "X", "l", true } };
  const struct sl_table_name name = { .dataset = "s", .table = "t" };
  struct ArrowArray arrays[] = { integers(NULL, 1, 0), integers(NULL, 1, 0) };
  struct ArrowSchema schema;
  struct ArrowArray batch;
  run(d, "CREATE TABLE s.t (x BIGINT)");
  CHECK_OK(sl_schema_struct(&schema, fields, 2, &err), &err);
  CHECK_OK(sl_array_struct(&batch, arrays, 2, 1, &err), &err);
  sl_status rc = ops->append(d, &name, &schema, &batch, &err);
  rc = rc == SL_OK ? ops->flush(d, &err) : rc;
  CHECK(rc != SL_OK);
  CHECK_CASE(err.message, strstr(err.message, "twice") != NULL);
  schema.release(&schema);
  ops->close(d);
}

/* One bad batch in a stream of many: it fails, at once or at the next call, and nothing hangs. */
TEST(a_stream_that_breaks_can_be_rolled_back) {
  enum { BATCHES = 80, EACH = 100000, BAD = 50 };
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  sl_status rc = SL_OK;
  run(d, "CREATE TABLE s.t (x INTEGER)");
  for (int i = 0; rc == SL_OK && i < BATCHES; i++) {
    const int64_t bad = INT64_MAX;
    struct ArrowArray array = i == BAD ? integers(&bad, 1, 0) : integers(NULL, EACH, 0);
    rc = append(d, "t", "x", "l", &array, &err);
  }
  rc = rc == SL_OK ? ops->flush(d, &err) : rc;
  CHECK(rc != SL_OK);
  CHECK_CASE(err.message, strstr(err.message, "range") != NULL);
  ops->rollback(d);
  CHECK_OK(ops->begin(d, &err), &err);
  check_answer(d, "as before", "SELECT count(*) FROM duckdb_tables()", "0");
  ops->close(d);
}

TEST(constraints_of_the_table_hold) {
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  struct ArrowArray array = integers(NULL, 10, 5);
  run(d, "CREATE TABLE s.t (x BIGINT NOT NULL)");
  sl_status rc = append(d, "t", "x", "l", &array, &err);
  rc = rc == SL_OK ? ops->flush(d, &err) : rc;
  CHECK(rc != SL_OK);
  CHECK_CASE(err.message, strstr(err.message, "NOT NULL") != NULL);
  ops->close(d);
}

/* ---- cancel, rollback ---- */

struct canceller {
  struct sl_destination *d;
  int after_micros;
};

static void *cancel_soon(void *arg) {
  const struct canceller *c = arg;
  usleep((useconds_t)c->after_micros);
  ops->cancel(c->d);
  return NULL;
}

TEST(a_cancelled_stream_ends_and_leaves_the_connection_usable) {
  for (int after = 0; after < 60000; after += 20000) {
    struct sl_destination *d = bench_open(":memory:");
    struct canceller c = { d, after };
    struct sl_error err = { 0 };
    pthread_t thread;
    sl_status rc = SL_OK;
    run(d, "CREATE TABLE s.t (x BIGINT)");
    CHECK_INT("start", pthread_create(&thread, NULL, cancel_soon, &c), 0);
    for (int i = 0; rc == SL_OK && i < 100; i++) {
      struct ArrowArray array = integers(NULL, 100000, 0);
      rc = append(d, "t", "x", "l", &array, &err);
    }
    rc = rc == SL_OK ? ops->flush(d, &err) : rc;
    pthread_join(thread, NULL);
    CHECK_CASE(err.message, rc == SL_OK || rc == SL_ECANCELLED);
    ops->rollback(d);
    CHECK_OK(ops->begin(d, &err), &err);
    check_answer(d, "as before", "SELECT count(*) FROM duckdb_tables()", "0");
    ops->close(d);
  }
}

TEST(a_rollback_drops_rows_that_wait) {
  struct sl_destination *d = bench_open(":memory:");
  struct sl_error err = { 0 };
  run(d, "CREATE TABLE s.t (x BIGINT)");
  CHECK_OK(ops->commit(d, &err), &err);
  for (int round = 0; round < 2; round++) {
    struct ArrowArray array = integers(NULL, 10, 0);
    CHECK_OK(ops->begin(d, &err), &err);
    CHECK_OK(append(d, "t", "x", "l", &array, &err), &err);
    if (round == 0) {
      ops->rollback(d);
    }
  }
  check_answer(d, "only the second", "SELECT count(*) FROM s.t", "10");
  ops->close(d); /* with a transaction that is open */
}

/* ---- leftovers ---- */

TEST(what_a_killed_process_has_spilled_is_deleted) {
  char folder[] = "/tmp/sluice-inserter-XXXXXX";
  char path[64];
  char below[96];
  char file[160];
  static const char *const names[] = { "duckdb_temp_storage_DEFAULT-0.tmp",
                                       "duckdb_temp_block-12.block", "mine" };
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/x.duckdb", folder);
  snprintf(below, sizeof below, "%s.tmp", path);
  CHECK(mkdir(below, 0700) == 0);
  for (size_t i = 0; i < COUNT(names); i++) {
    snprintf(file, sizeof file, "%s/%s", below, names[i]);
    FILE *f = fopen(file, "wb");
    CHECK(f != NULL && fclose(f) == 0);
  }
  ops->close(bench_open(path));
  for (size_t i = 0; i < COUNT(names); i++) {
    snprintf(file, sizeof file, "%s/%s", below, names[i]);
    CHECK_INT(names[i], access(file, F_OK) == 0, i == 2);
  }
  unlink(file);
  ops->close(bench_open(path));
  CHECK_INT("the empty folder too", access(below, F_OK) == 0, 0);
  unlink(path);
  rmdir(folder);
}
