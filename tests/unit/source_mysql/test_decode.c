/* test_decode.c - rows of the binary protocol: good ones, and packets that are cut or twisted. */
#include <stdlib.h>

#include <sluice/builder.h>

#include "base/decimal.h"
#include "column/batch.h"
#include "sources/mysql/internal.h"
#include "unit/test.h"

static const struct sl_db_settings settings = { .special_values = "variant" };

/* A table of one column. */
static struct sl_db_table table_of(const char *format, enum maria_decode decode, int64_t detail) {
  struct sl_db_table table = { .name = (char *)"t" };
  struct sl_db_column *column;
  struct sl_error err = { 0 };
  CHECK_OK(sl_db_table_add_column(&table, "c", "type", format, true, &column, &err), &err);
  column->type = (int64_t)decode;
  column->detail = detail;
  return table;
}

static void release(struct sl_db_table *table) {
  table->name = NULL;
  sl_db_table_release(table);
}

/* The value of one row, as a user reads it; NULL for NULL, "!" where decoding fails. */
static char *decoded(const struct sl_db_table *table, const void *packet, size_t length) {
  struct maria_decoder *d;
  struct sl_block block = { 0 };
  struct sl_error err = { 0 };
  struct sl_buffer text = { 0 };
  CHECK_OK(maria_decoder_new(&d, table, &settings, &err), &err);
  /* A copy of its own size, so that the sanitizer sees a byte too far. */
  unsigned char *copy = malloc(length == 0 ? 1 : length);
  memcpy(copy, packet, length);
  sl_status rc = maria_decode_row(d, copy, length, &err);
  free(copy);
  if (rc == SL_OK && CHECK_OK(maria_decoder_finish(d, &block, &err), &err)) {
    if (sl_array_print(block.schema.children[0], block.array.children[0], 0, &text) &&
        text.data == NULL) {
      sl_buffer_text(&text, "");
    }
    block.release(&block);
  } else {
    CHECK(strlen(err.message) > 10);
    sl_buffer_char(&text, '!');
  }
  maria_decoder_free(d);
  return text.data;
}

static const struct {
  const char *label, *format;
  enum maria_decode decode;
  int64_t detail;
  const char *bytes; /* behind the zero byte and the bitmap */
  size_t length;
  const char *want;
} cases[] = {
  { "tiny", "s", MARIA_TINY, 0, "\x80", 1, "-128" },
  { "tiny unsigned", "s", MARIA_TINY, MARIA_UNSIGNED_FLAG, "\xFF", 1, "255" },
  { "short", "s", MARIA_SHORT, 0, "\x00\x80", 2, "-32768" },
  { "long", "i", MARIA_LONG, 0, "\xFF\xFF\xFF\xFF", 4, "-1" },
  { "long unsigned", "l", MARIA_LONG, MARIA_UNSIGNED_FLAG, "\xFF\xFF\xFF\xFF", 4, "4294967295" },
  { "long, cut", "l", MARIA_LONG, 0, "\xFF\xFF\xFF", 3, "!" },
  { "longlong", "l", MARIA_LONGLONG, 0, "\0\0\0\0\0\0\0\x80", 8, "-9223372036854775808" },
  { "unsigned", "d:20,0", MARIA_UNSIGNED, 0, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8,
    "18446744073709551615" },
  { "unsigned in bigint", "l", MARIA_UNSIGNED, 0, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8,
    "18446744073709551615" },
  { "bool", "b", MARIA_TINY_BOOL, 0, "\x01", 1, "true" },
  { "no bool", "b", MARIA_TINY_BOOL, 0, "\xFF", 1, "-1" },
  { "float", "g", MARIA_FLOAT, 0, "\0\0\xC0\x3F", 4, "1.5" },
  { "double", "g", MARIA_DOUBLE, 0, "\0\0\0\0\0\0\xF8\xBF", 8, "-1.5" },
  { "decimal", "d:5,2", MARIA_DECIMAL, 2, "\x07-999.99", 8, "-999.99" },
  { "decimal, other scale", "d:5,2", MARIA_DECIMAL, 2,
    "\x03"
    "1.5",
    4, "1.50" },
  { "decimal, no digits", "d:5,2", MARIA_DECIMAL, 2,
    "\x04"
    "a.00",
    5, "a.00" },
  { "decimal, empty", "d:5,0", MARIA_DECIMAL, 0, "\x00", 1, "" },
  { "decimal, two signs", "d:5,0", MARIA_DECIMAL, 0, "\x03--1", 4, "--1" },
  { "decimal, only a sign", "d:5,0", MARIA_DECIMAL, 0, "\x01-", 2, "-" },
  { "39 digits", "d:38,0", MARIA_DECIMAL, 0,
    "\x27"
    "100000000000000000000000000000000000000",
    40, "100000000000000000000000000000000000000" },
  { "zeros before", "d:38,2", MARIA_DECIMAL, 2,
    "\x07"
    "0000.01",
    8, "0.01" },
  { "decimal, cut", "d:5,2", MARIA_DECIMAL, 2, "\x07-999.9", 7, "!" },
  { "bits", "l", MARIA_BIT, 0, "\x02\x01\x00", 3, "256" },
  { "nine bytes of bits", "l", MARIA_BIT, 0, "\x09\1\1\1\1\1\1\1\1\1", 10, "!" },
  { "date", "tdD", MARIA_DATE, 0, "\x04\xE8\x07\x02\x1D", 5, "2024-02-29" },
  { "no date", "tdD", MARIA_DATE, 0, "\x04\xE7\x07\x02\x1D", 5, "2023-02-29" },
  { "zero date", "tdD", MARIA_DATE, 0, "\x00", 1, "0000-00-00" },
  { "month 13", "tdD", MARIA_DATE, 0, "\x04\xE8\x07\x0D\x01", 5, "2024-13-01" },
  { "date of 5 bytes", "tdD", MARIA_DATE, 0, "\x05\xE8\x07\x02\x1D\0", 6, "!" },
  { "datetime", "tsu:", MARIA_DATETIME, 3, "\x0B\xE8\x07\1\2\3\4\5\x40\xE2\1\0", 12,
    "2024-01-02T03:04:05.123456" },
  { "midnight", "tsu:", MARIA_DATETIME, 0, "\x04\xE8\x07\1\2", 5, "2024-01-02T00:00:00" },
  { "zero datetime", "tsu:", MARIA_DATETIME, 3, "\x00", 1, "0000-00-00 00:00:00.000" },
  { "time", "ttu", MARIA_TIME, 0, "\x08\0\0\0\0\0\x17\x3B\x3B", 9, "23:59:59" },
  { "negative time", "ttu", MARIA_TIME, 0, "\x08\1\x22\0\0\0\x16\x3B\x3B", 9, "-838:59:59" },
  { "a day", "ttu", MARIA_TIME, 6, "\x0C\0\1\0\0\0\0\0\0\1\0\0\0", 13, "24:00:00.000001" },
  { "time of 4 bytes", "ttu", MARIA_TIME, 0, "\x04\0\0\0\0", 5, "!" },
  { "text", "u", MARIA_TEXT, 0, "\x03\xE2\x82\xAC", 4, "\xE2\x82\xAC" },
  { "no text", "u", MARIA_TEXT, 0, "\x01\xFF", 2, "/w==" },
  { "text, cut", "u", MARIA_TEXT, 0,
    "\x05"
    "abc",
    4, "!" },
  { "a length of 3 bytes", "u", MARIA_TEXT, 0, "\xFC\x02\0ab", 5, "ab" },
  { "a length that is cut", "u", MARIA_TEXT, 0, "\xFD\x02\0", 3, "!" },
  { "a huge length", "u", MARIA_TEXT, 0, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9, "!" },
  { "no length", "u", MARIA_TEXT, 0, "\xFB", 1, "!" },
  { "a short geometry", "u", MARIA_GEOMETRY, 0, "\x02\0\0", 3, "" },
};

TEST(values) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_table table = table_of(cases[i].format, cases[i].decode, cases[i].detail);
    char packet[128] = { 0 };
    memcpy(packet + 2, cases[i].bytes, cases[i].length);
    char *got = decoded(&table, packet, 2 + cases[i].length);
    CHECK_STR(cases[i].label, got, cases[i].want);
    free(got);
    release(&table);
  }
}

TEST(packets_without_values) {
  struct sl_db_table table = table_of("l", MARIA_LONGLONG, 0);
  static const unsigned char null_row[] = { 0, 4 };
  CHECK_STR("NULL", decoded(&table, null_row, 2), NULL);
  for (size_t length = 0; length < 2; length++) {
    char *got = decoded(&table, null_row, length);
    CHECK_STR("cut", got, "!");
    free(got);
  }
  release(&table);
}
