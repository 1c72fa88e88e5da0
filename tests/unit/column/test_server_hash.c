/* The hashes that servers make of values are made again: PostgreSQL 15 and MariaDB 10.11 say so. */
#include "column/server_hash.h"

#include "base/decimal.h"
#include "unit/test.h"

static uint64_t hash(enum sl_sum_hash hash, enum sl_sum_form form, int scale, const char *format,
                     const void *values, const void *bytes) {
  const void *buffers[] = { NULL, values, bytes };
  struct ArrowSchema schema = { .format = format, .name = "x" };
  struct ArrowArray array = { .length = 1, .n_buffers = bytes == NULL ? 2 : 3, .buffers = buffers };
  struct sl_source_sum how = { .form = form, .scale = scale };
  struct sl_checksum sum = { 0 };
  CHECK(sl_server_hash_add(&sum, hash, &how, &schema, &array));
  CHECK_INT("values", sum.values, 1);
  return sum.sum;
}

static uint64_t of_text(enum sl_sum_hash by, enum sl_sum_form form, const char *text) {
  const int32_t offsets[] = { 0, (int32_t)strlen(text) };
  return hash(by, form, 0, "u", offsets, text);
}

static uint64_t of_integer(enum sl_sum_hash by, enum sl_sum_form form, const char *format,
                           int64_t value) {
  return hash(by, form, 0, format, &value, NULL);
}

TEST(texts_of_postgres) {
  static const struct {
    const char *text;
    int64_t want;
  } cases[] = {
    { "", -6939563903564495251 },
    { "abcdefghijk", 3112909444737856467 },
    { "abcdefghijklmnopqrstuvwxyz", -6612928417832572997 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    CHECK_INT(cases[i].text, (int64_t)of_text(SL_SUM_POSTGRES, SL_SUM_TEXT, cases[i].text),
              cases[i].want);
  }
}

TEST(numbers_of_postgres) {
  CHECK_INT("0", (int64_t)of_integer(SL_SUM_POSTGRES, SL_SUM_INTEGER, "l", 0), 4154612158245552303);
  CHECK_INT("-1", (int64_t)of_integer(SL_SUM_POSTGRES, SL_SUM_INTEGER, "l", -1),
            -1888257769727981238);
  CHECK_INT("2^32", (int64_t)of_integer(SL_SUM_POSTGRES, SL_SUM_INTEGER, "l", INT64_C(1) << 32),
            -3670598878359251130);
  double tenth = 0.1;
  CHECK_INT("0.1", (int64_t)hash(SL_SUM_POSTGRES, SL_SUM_REAL, 0, "g", &tenth, NULL),
            -4179333574236083663);
  double zero = -0.0;
  CHECK_INT("-0", (int64_t)hash(SL_SUM_POSTGRES, SL_SUM_REAL, 0, "g", &zero, NULL), 0);
  sl_int128 price = 125; /* 12.5, of a column with two digits */
  CHECK_INT("12.50", (int64_t)hash(SL_SUM_POSTGRES, SL_SUM_DECIMAL, 2, "d:12,1", &price, NULL),
            -7295497586817653440);
}

TEST(times_and_bytes_of_postgres) {
  CHECK_INT("1970-01-01 00:00:00.000001",
            (int64_t)of_integer(SL_SUM_POSTGRES, SL_SUM_MOMENT, "tsu:", 1), -1973665225637029606);
  const int32_t offsets[] = { 0, 2 };
  CHECK_INT("00ff", (int64_t)hash(SL_SUM_POSTGRES, SL_SUM_HEX, 0, "z", offsets, "\0\xff"),
            -7525990313240961927);
}

TEST(texts_of_mariadb) {
  CHECK_INT("abc", (int64_t)of_text(SL_SUM_CRC32, SL_SUM_TEXT, "abc"), 891568578);
  CHECK_INT("-12", (int64_t)of_integer(SL_SUM_CRC32, SL_SUM_INTEGER, "l", -12),
            (int64_t)of_text(SL_SUM_CRC32, SL_SUM_TEXT, "-12"));
}

TEST(another_kind_of_value_is_said) {
  int64_t value = 1;
  const void *buffers[] = { NULL, &value };
  struct ArrowSchema schema = { .format = "l", .name = "x" };
  struct ArrowArray array = { .length = 1, .n_buffers = 2, .buffers = buffers };
  static const enum sl_sum_form others[] = { SL_SUM_NONE, SL_SUM_DATE,   SL_SUM_TIME,
                                             SL_SUM_REAL, SL_SUM_MOMENT, SL_SUM_TEXT };
  for (size_t i = 0; i < COUNT(others); i++) {
    struct sl_source_sum how = { .form = others[i] };
    struct sl_checksum sum = { 0 };
    CHECK(!sl_server_hash_add(&sum, SL_SUM_POSTGRES, &how, &schema, &array));
  }
}
