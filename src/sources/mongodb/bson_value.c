/* bson_value.c - single BSON values as text: dates, doubles, Decimal128. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <yyjson.h>

#include "base/decimal.h"
#include "base/time.h"
#include "sources/mongodb/bson_json.h"

/* [sign]year-month-dayThour:minute:second[.fraction]+00:00, as Python's isoformat() where that can.
 */
size_t mongo_print_date(char out[48], int64_t millis) {
  int64_t days = millis / 86400000;
  int64_t rest = millis % 86400000;
  if (rest < 0) {
    rest += 86400000;
    days--;
  }
  int64_t year;
  unsigned month;
  unsigned day;
  sl_civil_from_days(days, &year, &month, &day);
  if (year >= 1 && year <= 9999) {
    return sl_timestamp_print(out, millis * 1000, true);
  }
  int n = snprintf(out, 24, "%s%0*" PRId64 "-%02u-%02uT", year > 9999 ? "+" : "", year < 0 ? 5 : 4,
                   year, month % 100, day % 100);
  size_t length = (size_t)n;
  length += sl_time_print(out + length, rest * 1000);
  memcpy(out + length, "+00:00", 7);
  return length + 6;
}

static size_t print_integral(char *out, double value) {
  char digits[20];
  size_t n = 0;
  size_t length = 0;
  if (signbit(value)) {
    out[length++] = '-';
  }
  uint64_t whole = (uint64_t)fabs(value);
  do {
    digits[n++] = (char)('0' + whole % 10);
    whole /= 10;
  } while (whole > 0);
  while (n > 0) {
    out[length++] = digits[--n];
  }
  memcpy(out + length, ".0", 3);
  return length + 2;
}

size_t mongo_print_double(char out[40], double value) {
  char memory[512]; /* the writer takes all it needs from here */
  yyjson_alc pool;
  yyjson_val number = { 0 };
  size_t length = 0;
  if (!isfinite(value)) {
    return (size_t)snprintf(out, 40, "%s",
                            isnan(value) ? "NaN"
                            : value < 0  ? "-Infinity"
                                         : "Infinity");
  }
  if (fabs(value) < 0x1p53 && value == trunc(value)) {
    return print_integral(out, value);
  }
  yyjson_set_real(&number, value);
  const char *text = yyjson_alc_pool_init(&pool, memory, sizeof memory)
                         ? yyjson_val_write_opts(&number, 0, &pool, &length, NULL)
                         : NULL;
  if (text == NULL || length >= 40) {
    return (size_t)snprintf(out, 40, "%.17g", value); /* cannot happen: the pool is large enough */
  }
  memcpy(out, text, length + 1);
  return length;
}

/* ---- Decimal128, binary integer decimal ---- */

struct decimal128 {
  bool negative, finite, nan;
  sl_uint128 coefficient;
  int exponent;
};

static struct decimal128 unpack(uint64_t high, uint64_t low) {
  enum { BIAS = 6176 };
  struct decimal128 d = { .negative = high >> 63 != 0, .finite = true };
  unsigned combination = (unsigned)(high >> 58) & 0x1F;
  if (combination >= 0x1E) {
    d.finite = false;
    d.nan = combination == 0x1F;
    return d;
  }
  if (combination >> 3 == 3) { /* a coefficient beyond 34 digits stands for 0 */
    d.exponent = (int)(high >> 47 & 0x3FFF) - BIAS;
    return d;
  }
  sl_uint128 most = 1;
  for (int i = 0; i < 34; i++) {
    most *= 10;
  }
  d.exponent = (int)(high >> 49 & 0x3FFF) - BIAS;
  d.coefficient = (sl_uint128)(high & 0x1FFFFFFFFFFFF) << 64 | low;
  d.coefficient = d.coefficient < most ? d.coefficient : 0;
  return d;
}

bool mongo_print_decimal(char out[64], uint64_t high, uint64_t low) {
  enum { MOST_DIGITS = 38 };
  struct decimal128 d = unpack(high, low);
  if (!d.finite) {
    return false;
  }
  while (d.exponent < -MOST_DIGITS && d.coefficient % 10 == 0 && d.coefficient != 0) {
    d.coefficient /= 10;
    d.exponent++;
  }
  if (d.coefficient == 0) {
    d.exponent = d.exponent > 0 ? 0 : d.exponent < -MOST_DIGITS ? -MOST_DIGITS : d.exponent;
  }
  if (d.exponent < -MOST_DIGITS) {
    return false;
  }
  sl_int128 coefficient = (sl_int128)d.coefficient;
  struct sl_decimal plain = { d.negative ? -coefficient : coefficient, 0 };
  if (d.exponent > 0) {
    /* sl_decimal_rescale multiplies as far as 38 digits go */
    if (d.exponent > MOST_DIGITS || !sl_decimal_rescale(&plain, d.exponent)) {
      return false;
    }
    plain.scale = 0;
  } else {
    plain.scale = -d.exponent;
  }
  sl_decimal_print(out, plain);
  return true;
}

void mongo_print_any_decimal(char out[64], uint64_t high, uint64_t low) {
  struct decimal128 d = unpack(high, low);
  char digits[48];
  if (!d.finite) {
    snprintf(out, 64, "%s", d.nan ? "NaN" : d.negative ? "-Infinity" : "Infinity");
    return;
  }
  size_t n = sl_decimal_print(digits, (struct sl_decimal){ (sl_int128)d.coefficient, 0 });
  int exponent = d.exponent + (int)n - 1;
  const char *sign = d.negative ? "-" : "";
  if (d.exponent <= 0 && exponent >= -6) {
    sl_decimal_print(digits, (struct sl_decimal){ (sl_int128)d.coefficient, -d.exponent });
    snprintf(out, 64, "%s%s", sign, digits);
  } else {
    snprintf(out, 64, "%s%c%s%sE%+d", sign, digits[0], n > 1 ? "." : "", digits + 1, exponent);
  }
}
