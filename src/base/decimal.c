/* decimal.c - see decimal.h. */
#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_DIGITS = 38 };

static sl_int128 power10(int32_t n) {
  sl_int128 value = 1;
  while (n-- > 0) {
    value *= 10;
  }
  return value;
}

int32_t sl_decimal_digits(sl_int128 coefficient) {
  sl_uint128 rest = coefficient < 0 ? -(sl_uint128)coefficient : (sl_uint128)coefficient;
  int32_t n = 1;
  while (rest >= 10) {
    rest /= 10;
    n++;
  }
  return n;
}

/* [e[+-]digits]; false when malformed or beyond any use. */
static bool parse_exponent(const char *at, const char *end, int32_t *out) {
  bool negative = false;
  if (at < end && (*at == '+' || *at == '-')) {
    negative = *at++ == '-';
  }
  if (at == end) {
    return false;
  }
  int32_t value = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') {
      return false;
    }
    value = value > 9999 ? value : value * 10 + (*at - '0');
  }
  *out = negative ? -value : value;
  return true;
}

bool sl_decimal_parse(struct sl_text text, struct sl_decimal *out) {
  const char *at = text.data;
  const char *end = at + text.length;
  bool negative = false;
  if (at < end && (*at == '+' || *at == '-')) {
    negative = *at++ == '-';
  }
  sl_uint128 value = 0;
  int32_t scale = 0;
  int32_t significant = 0;
  bool point = false;
  bool any = false;
  for (; at < end; at++) {
    if (*at == '.' && !point) {
      point = true;
      continue;
    }
    if (*at < '0' || *at > '9') {
      break;
    }
    any = true;
    significant += significant > 0 || *at != '0';
    if (significant > MOST_DIGITS) {
      return false;
    }
    value = value * 10 + (unsigned)(*at - '0');
    scale += point;
  }
  int32_t exponent = 0;
  if (at < end && (*at == 'e' || *at == 'E')) {
    if (!parse_exponent(at + 1, end, &exponent)) {
      return false;
    }
    at = end;
  }
  if (!any || at != end || scale > 10000) {
    return false;
  }
  scale -= exponent;
  if (value == 0 && scale > MOST_DIGITS) {
    scale = MOST_DIGITS;
  }
  if (scale < 0) {
    if (value != 0 && significant - scale > MOST_DIGITS) {
      return false;
    }
    value = value == 0 ? 0 : value * (sl_uint128)power10(-scale);
    scale = 0;
  }
  while (scale > MOST_DIGITS && value % 10 == 0 && value != 0) {
    value /= 10;
    scale--;
  }
  if (scale > MOST_DIGITS) {
    return false;
  }
  out->coefficient = negative ? -(sl_int128)value : (sl_int128)value;
  out->scale = scale;
  return true;
}

bool sl_decimal_rescale(struct sl_decimal *d, int32_t scale) {
  while (d->scale > scale) {
    if (d->coefficient % 10 != 0) {
      return false;
    }
    d->coefficient /= 10;
    d->scale--;
  }
  if (d->scale < scale) {
    int32_t more = scale - d->scale;
    if (d->coefficient != 0 && sl_decimal_digits(d->coefficient) + more > MOST_DIGITS) {
      return false;
    }
    d->coefficient = d->coefficient == 0 ? 0 : d->coefficient * power10(more);
    d->scale = scale;
  }
  return true;
}

size_t sl_decimal_print(char out[48], struct sl_decimal d) {
  char digits[48];
  int n = 0;
  sl_uint128 rest = d.coefficient < 0 ? -(sl_uint128)d.coefficient : (sl_uint128)d.coefficient;
  do {
    digits[n++] = (char)('0' + (int)(rest % 10));
    rest /= 10;
  } while (rest > 0);
  while (n <= d.scale) {
    digits[n++] = '0';
  }
  char *to = out;
  if (d.coefficient < 0) {
    *to++ = '-';
  }
  while (n > 0) {
    if (n == d.scale) {
      *to++ = '.';
    }
    *to++ = digits[--n];
  }
  *to = '\0';
  return (size_t)(to - out);
}

bool sl_decimal_to_int64(struct sl_decimal d, int64_t *out) {
  if (!sl_decimal_rescale(&d, 0) || d.coefficient > INT64_MAX || d.coefficient < INT64_MIN) {
    return false;
  }
  *out = (int64_t)d.coefficient;
  return true;
}

double sl_decimal_to_double(struct sl_decimal d) {
  char text[48];
  sl_decimal_print(text, d);
  return strtod(text, NULL);
}
