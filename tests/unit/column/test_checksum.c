/* The same values have the same checksums, whatever type holds them and in whatever order they
 * come; other values have others. */
#include "column/checksum.h"

#include "base/decimal.h"
#include "unit/test.h"

static const struct sl_checksum_reading plain = { 0 };

static struct sl_checksum sum_of(const char *format, const void *values, const void *bytes,
                                 const uint8_t *validity, int64_t n,
                                 const struct sl_checksum_reading *reading, uint64_t *rows) {
  const void *buffers[] = { validity, values, bytes };
  struct ArrowSchema schema = { .format = format, .name = "x", .flags = ARROW_FLAG_NULLABLE };
  struct ArrowArray array = { .length = n,
                              .null_count = validity == NULL ? 0 : -1,
                              .n_buffers = bytes == NULL ? 2 : 3,
                              .buffers = buffers };
  struct sl_checksum sum = { 0 };
  sl_checksum_add(&sum, &schema, &array, reading, rows);
  return sum;
}

static uint64_t one(const char *format, const void *values) {
  return sum_of(format, values, NULL, NULL, 1, &plain, NULL).sum;
}

static uint64_t text(const char *value, const struct sl_checksum_reading *reading) {
  const int32_t offsets[] = { 0, (int32_t)strlen(value) };
  return sum_of("u", offsets, value, NULL, 1, reading, NULL).sum;
}

TEST(one_number_in_many_types) {
  const struct sl_checksum_reading number = { .number = true };
  const int64_t l = 1;
  const int32_t i = 1;
  const int16_t s = 1;
  const uint64_t u = 1;
  const uint8_t b = 1;
  const sl_int128 d0 = 1;
  const sl_int128 d2 = 100;
  const sl_int128 d30 = d2 * 10000000000000000 * 1000000000000;
  uint64_t want = one("l", &l);
  CHECK(one("i", &i) == want && one("s", &s) == want && one("L", &u) == want);
  CHECK(one("b", &b) == want && one("d:38,0", &d0) == want && one("d:12,2", &d2) == want);
  CHECK(one("d:38,30", &d30) == want);
  CHECK(text("1.00", &number) == want && text("1", &plain) != want);
  const double g = 1;
  CHECK(one("g", &g) != want);
}

TEST(large_numbers) {
  const struct sl_checksum_reading number = { .number = true };
  const uint64_t u = UINT64_MAX;
  const sl_int128 d = (sl_int128)UINT64_MAX;
  const sl_int128 d1 = d * 10;
  const sl_int128 zero = 0;
  const int64_t l = 0;
  CHECK(one("L", &u) == one("d:38,0", &d) && one("d:38,1", &d1) == one("L", &u));
  CHECK(text("18446744073709551615", &number) == one("L", &u));
  CHECK(one("d:38,20", &zero) == one("l", &l));
  const sl_int128 a = 15;
  CHECK(one("d:38,1", &a) != one("d:38,2", &a));
}

TEST(moments) {
  const int32_t day = 19000;
  const int64_t micros = INT64_C(19000) * 86400 * 1000000;
  const int64_t millis = micros / 1000;
  const int64_t seconds = micros / 1000000;
  uint64_t want = one("tsu:", &micros);
  CHECK(one("tdD", &day) == want && one("tsu:UTC", &micros) == want);
  CHECK(one("tsm:", &millis) == want && one("tss:UTC", &seconds) == want);
  CHECK(one("ttu", &micros) != want && one("l", &micros) != want);
}

TEST(doubles) {
  const double values[] = { 0.0, -0.0, (double)NAN, -(double)NAN, 0.1 };
  CHECK(one("g", &values[0]) != one("g", &values[1]));
  CHECK(one("g", &values[2]) == one("g", &values[3]));
  const float f = 0.5F;
  const double g = 0.5;
  CHECK(one("f", &f) == one("g", &g));
}

TEST(order_and_nulls) {
  const int64_t a[] = { 1, 2, 3, 4 };
  const int64_t b[] = { 4, 3, 2, 1 };
  const uint8_t three[] = { 0x7 };
  struct sl_checksum x = sum_of("l", a, NULL, NULL, 4, &plain, NULL);
  struct sl_checksum y = sum_of("l", b, NULL, NULL, 4, &plain, NULL);
  struct sl_checksum z = sum_of("l", a, NULL, three, 4, &plain, NULL);
  CHECK(x.sum == y.sum && x.values == 4 && z.values == 3 && z.sum != x.sum);
  /* two equal values do not cancel each other out */
  const int64_t same[] = { 7, 7 };
  const int64_t others[] = { 8, 8 };
  CHECK(sum_of("l", same, NULL, NULL, 2, &plain, NULL).sum !=
        sum_of("l", others, NULL, NULL, 2, &plain, NULL).sum);
}

TEST(rows_hold_together) {
  const int64_t a[] = { 1, 2 };
  const int64_t b[] = { 5, 6 };
  const int64_t swapped[] = { 6, 5 };
  const void *columns[][2] = { { a, b }, { a, swapped } };
  uint64_t sums[2];
  for (int i = 0; i < 2; i++) {
    uint64_t rows[2] = { 0 };
    for (int c = 0; c < 2; c++) {
      const void *buffers[] = { NULL, columns[i][c] };
      struct ArrowSchema schema = { .format = "l", .name = c == 0 ? "a" : "b" };
      struct ArrowArray array = { .length = 2, .n_buffers = 2, .buffers = buffers };
      struct sl_checksum sum = { 0 };
      sl_checksum_add(&sum, &schema, &array, &plain, rows);
    }
    sums[i] = sl_checksum_of_rows(rows, 2);
  }
  CHECK(sums[0] != sums[1]);
}

TEST(texts) {
  CHECK(text("a", &plain) != text("a ", &plain) && text("", &plain) != 0);
  CHECK(text("\xC3\xA9", &plain) != text("e\xCC\x81", &plain));
}

TEST(json) {
  const struct sl_checksum_reading json = { .json = true };
  static const char *const same[][2] = {
    { "{\"a\":1,\"b\":[1,2]}", "{ \"b\" : [1, 2], \"a\" : 1.0 }" },
    { "{\"a\":1,\"a\":2}", "{\"a\":2}" },
    { "100", "1e2" },
    { "\"\\u00e9\"", "\"\xC3\xA9\"" },
    { "[]", " [ ] " },
    { "no json", "no json" },
  };
  static const char *const other[][2] = {
    { "{\"a\":1}", "{\"a\":\"1\"}" },
    { "[1,2]", "[2,1]" },
    { "{}", "[]" },
    { "null", "\"null\"" },
    { "true", "false" },
    { "{\"a\":null}", "{}" },
    { "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}" },
    { "0.1", "0.10000000000000001" },
  };
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
    CHECK(text(same[i][0], &json) == text(same[i][1], &json));
  }
  for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
    CHECK(text(other[i][0], &json) != text(other[i][1], &json));
  }
}
