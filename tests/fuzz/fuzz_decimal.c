/* fuzz_decimal.c - any bytes as a decimal, and any 128 bits with a scale: printing and reading
 * agree, a change of scale is undone exactly. */
#include <stdlib.h>

#include "base/decimal.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(struct sl_decimal a, struct sl_decimal b) {
  return a.coefficient == b.coefficient && a.scale == b.scale;
}

static void check(struct sl_decimal d, int32_t scale) {
  char text[48];
  struct sl_decimal again;
  size_t length = sl_decimal_print(text, d);
  REQUIRE(length == strlen(text) && length <= 41);
  REQUIRE(sl_decimal_parse((struct sl_text){ text, length }, &again) && same(d, again));
  if (sl_decimal_rescale(&again, scale)) {
    REQUIRE(again.scale == scale && sl_decimal_digits(again.coefficient) <= 38);
    REQUIRE(sl_decimal_rescale(&again, d.scale) && same(d, again));
  } else {
    REQUIRE(same(d, again));
  }
  int64_t integer;
  if (sl_decimal_to_int64(d, &integer)) {
    struct sl_decimal back = { integer, 0 };
    REQUIRE(sl_decimal_rescale(&back, d.scale) && same(d, back));
  }
  double real = sl_decimal_to_double(d);
  REQUIRE((real < 0) == (d.coefficient < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sl_decimal d;
  if (size < 1) {
    return 0;
  }
  int32_t scale = data[0] % 39;
  if (sl_decimal_parse((struct sl_text){ (const char *)data + 1, size - 1 }, &d)) {
    REQUIRE(d.scale >= 0 && d.scale <= 38 && sl_decimal_digits(d.coefficient) <= 38);
    check(d, scale);
  }
  if (size >= 18) {
    memcpy(&d.coefficient, data + 1, 16);
    d.scale = data[17] % 39;
    if (sl_decimal_digits(d.coefficient) <= 38) {
      check(d, scale);
    }
  }
  return 0;
}
