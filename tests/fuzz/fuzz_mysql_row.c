/* fuzz_mysql_row.c - any bytes as rows of MySQL's binary protocol, of a table with all types: they
 * are decoded or refused, and what was decoded is a valid batch. */
#include <stdlib.h>

#include "sources/mysql/internal.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
  const char *format;
  enum maria_decode decode;
  int64_t detail;
} columns[] = {
  { "s", MARIA_TINY, 0 },           { "i", MARIA_LONG, MARIA_UNSIGNED_FLAG },
  { "d:20,0", MARIA_UNSIGNED, 0 },  { "l", MARIA_UNSIGNED, 0 },
  { "b", MARIA_TINY_BOOL, 0 },      { "g", MARIA_FLOAT, 0 },
  { "g", MARIA_DOUBLE, 0 },         { "d:10,2", MARIA_DECIMAL, 2 },
  { "d:38,30", MARIA_DECIMAL, 30 }, { "l", MARIA_BIT, 0 },
  { "tdD", MARIA_DATE, 0 },         { "tsu:UTC", MARIA_DATETIME, 6 },
  { "ttu", MARIA_TIME, 3 },         { "u", MARIA_TEXT, 0 },
  { "z", MARIA_BINARY, 0 },         { "u", MARIA_GEOMETRY, 0 },
  { "u", MARIA_NULL, 0 },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* One row: a length, then so many bytes. */
static sl_status decode_all(struct maria_decoder *d, const uint8_t *data, size_t size) {
  struct sl_error err;
  sl_status rc = SL_OK;
  while (rc == SL_OK && size > 0) {
    size_t length = data[0] < size - 1 ? data[0] : size - 1;
    uint8_t *packet = malloc(length + 1);
    REQUIRE(packet != NULL);
    memcpy(packet, data + 1, length);
    rc = maria_decode_row(d, packet, length, &err);
    REQUIRE(rc == SL_OK || rc == SL_ESOURCE || rc == SL_EDATA);
    free(packet);
    data += length + 1;
    size -= length + 1;
  }
  return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct sl_db_settings settings = { .special_values = "variant" };
  struct sl_db_table table = { .name = strdup("t") };
  struct maria_decoder *d;
  struct sl_error err;
  for (size_t i = 0; i < COLUMNS; i++) {
    struct sl_db_column *column;
    REQUIRE(sl_db_table_add_column(&table, "c", "type", columns[i].format, true, &column, &err) ==
            SL_OK);
    column->type = (int64_t)columns[i].decode;
    column->detail = columns[i].detail;
  }
  REQUIRE(maria_decoder_new(&d, &table, &settings, &err) == SL_OK);
  if (decode_all(d, data, size) == SL_OK && maria_decoder_rows(d) > 0) {
    struct sl_block block;
    int64_t rows = maria_decoder_rows(d);
    REQUIRE(maria_decoder_finish(d, &block, &err) == SL_OK);
    REQUIRE(block.array.length == rows && block.array.n_children == COLUMNS);
    for (int64_t i = 0; i < COLUMNS; i++) {
      REQUIRE(block.array.children[i]->length == rows);
    }
    block.release(&block);
  }
  maria_decoder_free(d);
  sl_db_table_release(&table);
  return 0;
}
