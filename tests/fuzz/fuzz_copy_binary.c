/* fuzz_copy_binary.c - any bytes as the messages of PostgreSQL's COPY in its binary format, for a
 * table with all kinds of columns: rows are decoded or refused, and what was decoded is a valid
 * batch. libpq is played by the functions below. The input: a length in two bytes, so many bytes
 * of one message, and so on; the seeds are a real server's (make_copy_seeds.py). */
#include <stdlib.h>
#include <string.h>

#include "sources/postgres/decode.h"
#include "sources/postgres/wire.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
  const char *format;
  enum pg_kind kind;
  int32_t scale;
  bool unbounded;
} columns[] = {
  { "b", PG_BOOL, 0, false },         { "s", PG_INT2, 0, false },
  { "i", PG_INT4, 0, false },         { "l", PG_INT8, 0, false },
  { "l", PG_UINT4, 0, false },        { "g", PG_FLOAT4, 0, false },
  { "g", PG_FLOAT8, 0, false },       { "d:10,2", PG_NUMERIC, 2, false },
  { "d:38,9", PG_NUMERIC, 9, true },  { "u", PG_BYTES, 0, false },
  { "z", PG_BYTES, 0, false },        { "u", PG_JSONB, 0, false },
  { "u", PG_UUID, 0, false },         { "u", PG_INET, 0, false },
  { "tdD", PG_DATE, 0, false },       { "ttu", PG_TIME, 0, false },
  { "tsu:", PG_TIMESTAMP, 0, false }, { "tsu:UTC", PG_TIMESTAMP, 0, false },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* ---- libpq ---- */

static const uint8_t *input, *input_end;
static size_t message; /* bytes of the message under way that were not asked for yet */

/* As PQgetlineAsync: a message, or as much of it as there is room for; -1 at the end. */
static int give_line(PGconn *conn, char *to, int room) {
  (void)conn;
  if (room <= 0) {
    return 0;
  }
  while (message == 0) {
    size_t left = (size_t)(input_end - input);
    if (left < 2) {
      return -1;
    }
    message = pg_be16(input) < left - 2 ? pg_be16(input) : left - 2;
    input += 2;
  }
  size_t n = message < (size_t)room ? message : (size_t)room;
  memcpy(to, input, n);
  input += n;
  message -= n;
  return (int)n;
}

static int take_input(PGconn *conn) {
  (void)conn;
  return 1;
}

static int no_socket(const PGconn *conn) {
  (void)conn;
  return -1;
}

static PGresult *no_result(PGconn *conn) {
  (void)conn;
  return NULL;
}

/* ---- the table ---- */

static void make_table(struct sl_db_table *table) {
  struct sl_error err;
  *table = (struct sl_db_table){ .name = strdup("t") };
  for (size_t i = 0; i < COLUMNS; i++) {
    struct sl_db_column *column;
    REQUIRE(sl_db_table_add_column(table, "c", "type", columns[i].format, true, &column, &err) ==
            SL_OK);
    column->type = (int64_t)columns[i].kind;
    column->detail = columns[i].scale;
    column->unbounded = columns[i].unbounded;
  }
}

static void check_block(struct sl_block *block) {
  REQUIRE(block->array.n_children >= COLUMNS);
  for (int64_t i = 0; i < block->array.n_children; i++) {
    REQUIRE(block->array.children[i]->length == block->array.length);
  }
  block->release(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct sl_db_settings settings = { .special_values = "variant" };
  static const struct sl_db_config config = { .settings = &settings,
                                              .batch_rows = 3,
                                              .block_bytes = 1 << 20 };
  struct sl_db_table table;
  struct sl_error err;
  struct pg_session s = { .config = &config, .table = &table, .copying = true };
  sl_status rc = SL_OK;
  bool end = false;
  pg_api.getlineAsync = give_line;
  pg_api.consumeInput = take_input;
  pg_api.socket = no_socket;
  pg_api.getResult = no_result;
  input = data;
  input_end = data + size;
  message = 0;
  make_table(&table);
  REQUIRE(sl_db_batch_new(&s.batch, &table, &settings, &err) == SL_OK);
  REQUIRE((s.fields = pg_fields_new(&table, s.batch)) != NULL);
  while (rc == SL_OK && !end) {
    struct sl_block block = { 0 };
    rc = pg_next(&s.base, &block, &end, &err);
    REQUIRE(rc == SL_OK || rc == SL_ESOURCE || rc == SL_EDATA);
    if (rc == SL_OK && !end) {
      check_block(&block);
    }
  }
  sl_db_batch_free(s.batch);
  free(s.fields);
  free(s.row);
  sl_db_table_release(&table);
  return 0;
}
