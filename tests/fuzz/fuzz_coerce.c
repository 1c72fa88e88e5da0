/* fuzz_coerce.c - any value to any type: no way of the table breaks, results have the type asked
 * for.
 *
 * Bytes 0 and 1 choose the types; the rest is the value. */
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "schema/detect.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Numbers come from the first bytes, as a program would hand them over. */
static struct sl_value make_value(enum sl_type type, const uint8_t *data, size_t size) {
  struct sl_value v = { .type = type };
  int64_t integer = 0;
  memcpy(&integer, data, size < 8 ? size : 8);
  v.as.integer = integer;
  switch (type) {
    case SL_TYPE_TEXT:
    case SL_TYPE_JSON:
    case SL_TYPE_BINARY: v.as.text = (struct sl_text){ (const char *)data, size }; break;
    case SL_TYPE_BOOL: v.as.boolean = integer & 1; break;
    case SL_TYPE_DOUBLE: memcpy(&v.as.real, &integer, 8); break;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      v.as.decimal = (struct sl_decimal){ 0, 0 };
      if (size >= 17) {
        memcpy(&v.as.decimal.coefficient, data, 16);
        v.as.decimal.scale = data[16] % 39;
      }
      if (sl_decimal_digits(v.as.decimal.coefficient) > 38) {
        v.as.decimal.coefficient = integer;
      }
      break;
    case SL_TYPE_DATE: v.as.integer = (int32_t)integer; break;
    case SL_TYPE_TIMESTAMP: v.zoned = integer & 1; break;
    default: break;
  }
  return v;
}

static void check_result(const struct sl_value *in, const struct sl_value *out) {
  switch (out->type) {
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      REQUIRE(out->as.decimal.scale >= 0 && out->as.decimal.scale <= 38);
      REQUIRE(sl_decimal_digits(out->as.decimal.coefficient) <= 38);
      break;
    case SL_TYPE_TIMESTAMP:
      REQUIRE(in->type == SL_TYPE_DATE || (out->as.integer >= -719162 * SL_MICROS_PER_DAY &&
                                           out->as.integer < 2932897 * SL_MICROS_PER_DAY));
      break;
    case SL_TYPE_TIME: REQUIRE(out->as.integer >= 0 && out->as.integer < SL_MICROS_PER_DAY); break;
    case SL_TYPE_TEXT:
    case SL_TYPE_JSON:
    case SL_TYPE_BINARY: REQUIRE(out->as.text.data != NULL || out->as.text.length == 0); break;
    default: break;
  }
}

/* A double that was printed is the same double when it is read. */
static void check_double(double value) {
  struct sl_buffer text = { 0 };
  struct sl_value out;
  sl_print_double(value, &text);
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = { text.data, text.length } };
  struct sl_buffer scratch = { 0 };
  REQUIRE(sl_coerce(&in, SL_TYPE_DOUBLE, &out, &scratch));
  REQUIRE(out.as.real == value || (isnan(out.as.real) && isnan(value)));
  sl_buffer_release(&scratch);
  sl_buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) {
    return 0;
  }
  enum sl_type from = (enum sl_type)(SL_TYPE_TEXT + data[0] % (SL_TYPE_COUNT - 1));
  enum sl_type to = (enum sl_type)(SL_TYPE_TEXT + data[1] % (SL_TYPE_COUNT - 1));
  struct sl_value in = make_value(from, data + 2, size - 2);
  struct sl_value out;
  struct sl_buffer scratch = { 0 };
  sl_detect(data[0], &in);
  if (from != to && sl_coerce(&in, to, &out, &scratch)) {
    REQUIRE(out.type == to);
    check_result(&in, &out);
  }
  if (from == SL_TYPE_DOUBLE) {
    check_double(in.as.real);
  }
  sl_buffer_release(&scratch);
  return 0;
}
