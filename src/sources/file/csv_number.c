/* csv_number.c - numbers of csv_value.h. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/real.h"
#include "csv_value.h"

/* Eight digits, the first in the lowest byte, to a number. */
static uint64_t from_digits(uint64_t v) {
  v = v * 10 + (v >> 8);
  return (((v & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064)) +
          (((v >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001))) >>
         32;
}

/* 1 to 8 digits at `text` to a number, by arithmetic on a word. False: something is no digit. */
static inline bool short_digits(const char *text, size_t length, uint64_t *out) {
  uint64_t v;
  memcpy(&v, text, 8);
  v = (v ^ UINT64_C(0x3030303030303030)) << (64 - length * 8);
  if (((v + UINT64_C(0x7676767676767676)) | v) & UINT64_C(0x8080808080808080)) {
    return false;
  }
  *out = from_digits(v);
  return true;
}

/* 1 to 18 digits. */
static inline bool digits(const char *text, size_t length, uint64_t *out) {
  uint64_t high = 0;
  uint64_t low;
  if (length <= 8) {
    return short_digits(text, length, out);
  }
  if (length > 16) {
    uint64_t first;
    if (!short_digits(text, length - 16, &first) || !short_digits(text + length - 16, 8, &high) ||
        !short_digits(text + length - 8, 8, &low)) {
      return false;
    }
    *out = (first * 100000000 + high) * 100000000 + low;
    return true;
  }
  if (!short_digits(text, length - 8, &high) || !short_digits(text + length - 8, 8, &low)) {
    return false;
  }
  *out = high * 100000000 + low;
  return true;
}

bool csv_parse_bigint(const char *text, size_t length, int64_t *out) {
  bool negative = length > 0 && text[0] == '-';
  const char *at = text + negative;
  size_t n = length - negative;
  uint64_t value;
  if (n == 0 || n > 19 || (at[0] == '0' && n > 1)) {
    return false;
  }
  if (n == 19) {
    uint64_t last;
    if (!digits(at, 18, &value) || !short_digits(at + 18, 1, &last) ||
        value > (UINT64_C(9223372036854775807) - last + negative) / 10) {
      return false;
    }
    value = value * 10 + last;
  } else if (!digits(at, n, &value)) {
    return false;
  }
  *out = negative ? (int64_t)-value : (int64_t)value;
  return true;
}

struct number { /* mantissa / 10^scale */
  uint64_t mantissa;
  int32_t scale;
  bool negative;
};

static ptrdiff_t leading_zeros(const char *at, const char *end) {
  ptrdiff_t n = 0;
  for (; at < end && (*at == '0' || *at == '.'); at++) {
    n += *at == '0';
  }
  return n;
}

/* [-]digits[.digits], up to 19 digits after the zeros that it begins with. False: another form,
 * more digits, or zeros before the digits of an integer. */
static inline bool plain_number(const char *text, size_t length, struct number *out) {
  const char *at = text;
  const char *end = text + length;
  uint64_t mantissa = 0;
  *out = (struct number){ .negative = length > 0 && *at == '-' };
  at += out->negative;
  const char *start = at;
  for (; at < end && (unsigned char)(*at - '0') <= 9; at++) {
    mantissa = mantissa * 10 + (unsigned)(*at - '0');
  }
  ptrdiff_t whole = at - start;
  ptrdiff_t fraction = 0;
  if (whole > 1 && *start == '0') {
    return false;
  }
  if (at < end && *at == '.') {
    const char *point = at++;
    for (; at < end && (unsigned char)(*at - '0') <= 9; at++) {
      mantissa = mantissa * 10 + (unsigned)(*at - '0');
    }
    fraction = at - point - 1;
  }
  out->mantissa = mantissa;
  out->scale = (int32_t)fraction;
  return at == end && whole + fraction > 0 &&
         (whole + fraction <= 19 || whole + fraction - leading_zeros(start, end) <= 19);
}

static const double powers[23] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

#define MANTISSA_15 UINT64_C(1000000000000000) /* first number of 16 digits */

/* strtod of a text that does not end with NUL. */
static double slow_double(const char *text, size_t length) {
  char copy[400];
  if (length >= sizeof copy) {
    return NAN;
  }
  memcpy(copy, text, length);
  copy[length] = '\0';
  const char *end;
  double value = sl_real_parse(copy, &end);
  return end == copy + length ? value : NAN;
}

#if LDBL_MANT_DIG == 64
/* mantissa / 10^scale, correctly rounded; NAN where this way does not tell. Both are exact in 64
 * bits, so the quotient is off by less than half of its last bit; rounding it again to 53 bits is
 * right unless it lies just in the middle of two doubles. */
static double divide(uint64_t mantissa, int32_t scale) {
  static const long double large[5] = { 1e23L, 1e24L, 1e25L, 1e26L, 1e27L };
  if (scale > 27) {
    return NAN;
  }
  long double quotient =
      (long double)mantissa / (scale <= 22 ? (long double)powers[scale] : large[scale - 23]);
  uint64_t bits;
  memcpy(&bits, &quotient, sizeof bits);
  return (bits & 0x7FF) == 0x400 ? (double)NAN : (double)quotient;
}
#else
static double divide(uint64_t mantissa, int32_t scale) {
  (void)mantissa;
  (void)scale;
  return NAN;
}
#endif

/* The double, printed with as many digits as the mantissa has, is mantissa / 10^scale again: they
 * differ by less than half of the last digit. False where 128 bits do not tell. */
static bool prints_back(double value, uint64_t mantissa, int32_t scale) {
  int exponent;
  double fraction = frexp(value, &exponent);
  uint64_t bits = (uint64_t)ldexp(fraction, 53); /* value = bits * 2^(exponent - 53) */
  int shift = 53 - exponent;
  if (scale > 22 || shift < 1 || shift > 63 + __builtin_clzll(mantissa)) {
    return false;
  }
  /* bits * 10^scale against mantissa * 2^shift, in units of 10^-scale * 2^-shift */
  sl_uint128 power = 1;
  for (int32_t i = 0; i < scale; i++) {
    power *= 10;
  }
  sl_uint128 left = (sl_uint128)bits * power;
  sl_uint128 right = (sl_uint128)mantissa << shift;
  sl_uint128 difference = left > right ? left - right : right - left;
  return difference < ((sl_uint128)1 << (shift - 1));
}

/* The digits of a number without sign, point, exponent and the zeros around them. */
static size_t significant(const char *text, size_t length, char out[64]) {
  size_t n = 0;
  for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
    if (text[i] >= '0' && text[i] <= '9' && (n > 0 || text[i] != '0')) {
      if (n == 64) {
        return SIZE_MAX;
      }
      out[n++] = text[i];
    }
  }
  while (n > 0 && out[n - 1] == '0') {
    n--;
  }
  return n;
}

/* The same for any form of number, by printing. */
static bool prints_back_slowly(double value, const char *text, size_t length) {
  char written[64];
  char printed[64];
  char format[80];
  size_t n = significant(text, length, written);
  if (n <= 15) {
    return n == 0 || value != 0; /* a number that is not 0 must not become 0 */
  }
  if (n > 40) {
    return false;
  }
  int size = snprintf(format, sizeof format, "%.*e", (int)n - 1, value);
  return significant(format, (size_t)size, printed) == n && memcmp(written, printed, n) == 0;
}

/* [-](digits[.digits]|.digits)[e[+-]digits], no zero before other digits. */
static bool is_number(const char *text, size_t length, bool *integer) {
  const char *at = text;
  const char *end = text + length;
  at += at < end && *at == '-';
  const char *start = at;
  while (at < end && (unsigned char)(*at - '0') <= 9) {
    at++;
  }
  size_t whole = (size_t)(at - start);
  size_t fraction = 0;
  *integer = at == end;
  if (whole > 1 && *start == '0') {
    return false;
  }
  if (at < end && *at == '.') {
    start = ++at;
    while (at < end && (unsigned char)(*at - '0') <= 9) {
      at++;
    }
    fraction = (size_t)(at - start);
  }
  if (whole + fraction == 0) {
    return false;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    at += at < end && (*at == '+' || *at == '-');
    if (at == end) {
      return false;
    }
    while (at < end && (unsigned char)(*at - '0') <= 9) {
      at++;
    }
  }
  return at == end;
}

static bool read_word(const char *text, size_t length, double *out) {
  bool negative = length > 0 && text[0] == '-';
  struct sl_text word = { text + negative, length - negative };
  char lower[9];
  if (word.length < 3 || word.length > 8) {
    return false;
  }
  for (size_t i = 0; i < word.length; i++) {
    lower[i] = (char)(word.data[i] | 0x20);
  }
  lower[word.length] = '\0';
  if (strcmp(lower, "nan") == 0 && !negative) {
    *out = NAN;
  } else if (strcmp(lower, "inf") == 0 || strcmp(lower, "infinity") == 0) {
    *out = negative ? -HUGE_VAL : HUGE_VAL;
  } else {
    return false;
  }
  return true;
}

bool csv_parse_double(const char *text, size_t length, double *out) {
  struct number n;
  if (plain_number(text, length, &n)) {
    double value;
    if (n.mantissa < MANTISSA_15 && n.scale <= 22) { /* both sides exact, one rounding */
      value = (double)n.mantissa / powers[n.scale];
    } else {
      value = divide(n.mantissa, n.scale);
      if (isnan(value) || !prints_back(value, n.mantissa, n.scale)) {
        value = slow_double(text, length);
        value = n.negative ? -value : value;
        if (!prints_back_slowly(value, text, length)) {
          return false;
        }
      }
    }
    *out = n.negative ? -value : value;
    return true;
  }
  bool integer;
  if (is_number(text, length, &integer)) {
    double value = slow_double(text, length);
    struct sl_decimal whole; /* an integer too large for a decimal is text by itself, so here too */
    if (!isfinite(value) || !prints_back_slowly(value, text, length) ||
        (integer && !sl_decimal_parse((struct sl_text){ text, length }, &whole))) {
      return false;
    }
    *out = value;
    return true;
  }
  return read_word(text, length, out);
}

bool csv_parse_nearest_double(struct sl_text text, double *out) {
  bool integer;
  if (!is_number(text.data, text.length, &integer)) {
    return read_word(text.data, text.length, out);
  }
  *out = slow_double(text.data, text.length);
  return isfinite(*out);
}

bool csv_parse_decimal(const char *text, size_t length, int32_t precision, int32_t scale,
                       sl_int128 *out) {
  struct number n;
  bool integer;
  if (plain_number(text, length, &n) && n.scale <= scale && scale - n.scale < 20) {
    sl_int128 value = (sl_int128)n.mantissa * (sl_int128)sl_power10[scale - n.scale];
    *out = n.negative ? -value : value;
  } else {
    struct sl_decimal d;
    if (!is_number(text, length, &integer) ||
        !sl_decimal_parse((struct sl_text){ text, length }, &d) || !sl_decimal_rescale(&d, scale)) {
      return false;
    }
    *out = d.coefficient;
  }
  return precision >= 38 || sl_decimal_digits(*out) <= precision;
}

bool csv_read_number(struct sl_text text, struct csv_value *out) {
  bool integer;
  struct sl_decimal d;
  if (!is_number(text.data, text.length, &integer)) {
    out->word = true;
    out->type = CSV_DOUBLE;
    return read_word(text.data, text.length, &out->as.real);
  }
  if (csv_parse_bigint(text.data, text.length, &out->as.integer)) {
    out->type = CSV_BIGINT;
  } else if (!integer && csv_parse_double(text.data, text.length, &out->as.real)) {
    out->type = CSV_DOUBLE;
  } else if (sl_decimal_parse(text, &d)) {
    out->type = CSV_DECIMAL;
    out->as.decimal = d;
  } else {
    return false;
  }
  return true;
}
