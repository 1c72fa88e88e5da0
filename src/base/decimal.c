/* decimal.c - see decimal.h. */
#include "base/decimal.h"

#include <stdlib.h>
#include <string.h>

#include "base/real.h"

const uint64_t sl_power10[20] = {
  1,
  10,
  100,
  1000,
  10000,
  100000,
  1000000,
  10000000,
  100000000,
  1000000000,
  10000000000,
  100000000000,
  1000000000000,
  10000000000000,
  100000000000000,
  1000000000000000,
  10000000000000000,
  100000000000000000,
  1000000000000000000,
  UINT64_C(10000000000000000000),
};

/* 10 to the n-th, 0 <= n <= 38 */
static sl_int128 power10(int64_t n) {
  return n < 20 ? (sl_int128)sl_power10[n]
                : (sl_int128)sl_power10[19] * (sl_int128)sl_power10[n - 19];
}

static sl_uint128 magnitude(sl_int128 value) {
  return value < 0 ? -(sl_uint128)value : (sl_uint128)value;
}

int32_t sl_decimal_digits(sl_int128 coefficient) {
  sl_uint128 value = magnitude(coefficient);
  int32_t n = 1;
  while (n <= SL_DECIMAL_MOST_DIGITS && value >= (sl_uint128)power10(n)) {
    n++;
  }
  return n;
}

/* A number as it is read: value * 10^(zeros - scale), value without zeros at its end. */
struct reading {
  sl_uint128 value;
  int64_t kept;  /* digits of value; 0 = only zeros so far */
  int64_t zeros; /* zeros after value, not multiplied in yet: there may be any number of them */
  int64_t scale; /* digits after the point */
};

/* [+-]?digits[.digits]; false when there is no digit or more than 38 that count. */
static bool read_digits(const char **position, const char *end, struct reading *r) {
  bool point = false;
  bool any = false;
  const char *at = *position;
  for (; at < end && ((*at >= '0' && *at <= '9') || (*at == '.' && !point)); at++) {
    if (*at == '.') {
      point = true;
      continue;
    }
    any = true;
    r->scale += point;
    if (*at == '0') {
      r->zeros += r->kept > 0;
      continue;
    }
    if (r->kept + r->zeros + 1 > SL_DECIMAL_MOST_DIGITS) {
      return false;
    }
    r->value = r->value * (sl_uint128)power10(r->zeros) * 10 + (unsigned)(*at - '0');
    r->kept += r->zeros + 1;
    r->zeros = 0;
  }
  *position = at;
  return any;
}

/* [e[+-]digits] up to the end; beyond 10^15 all exponents are alike, no text has so many zeros. */
static bool read_exponent(const char *at, const char *end, int64_t *out) {
  *out = 0;
  if (at == end) {
    return true;
  }
  if (*at != 'e' && *at != 'E') {
    return false;
  }
  at++;
  bool negative = at < end && *at == '-';
  if (at < end && (*at == '+' || *at == '-')) {
    at++;
  }
  if (at == end) {
    return false;
  }
  int64_t value = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') {
      return false;
    }
    value = value > INT64_C(100000000000000) ? value : value * 10 + (*at - '0');
  }
  *out = negative ? -value : value;
  return true;
}

static int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* Chooses coefficient and scale: as written as far as 38 digits reach, else with fewer zeros. */
static bool settle(const struct reading *r, int64_t exponent, bool negative,
                   struct sl_decimal *out) {
  int64_t written = larger(0, smaller(SL_DECIMAL_MOST_DIGITS, r->scale - exponent));
  if (r->kept == 0) {
    *out = (struct sl_decimal){ 0, (int32_t)written };
    return true;
  }
  int64_t power = r->zeros - r->scale + exponent; /* the number is value * 10^power */
  int64_t least = larger(0, -power);              /* the smallest possible scale */
  if (least > SL_DECIMAL_MOST_DIGITS || r->kept + power + least > SL_DECIMAL_MOST_DIGITS) {
    return false;
  }
  int64_t scale = smaller(written, SL_DECIMAL_MOST_DIGITS - r->kept - power);
  sl_int128 value = (sl_int128)r->value * power10(power + scale);
  *out = (struct sl_decimal){ negative ? -value : value, (int32_t)scale };
  return true;
}

bool sl_decimal_parse(struct sl_text text, struct sl_decimal *out) {
  if (text.length == 0) {
    return false;
  }
  const char *at = text.data;
  const char *end = at + text.length;
  struct reading r = { 0 };
  int64_t exponent;
  bool negative = *at == '-';
  at += *at == '+' || *at == '-';
  return read_digits(&at, end, &r) && read_exponent(at, end, &exponent) &&
         settle(&r, exponent, negative, out);
}

void sl_decimal_trim(struct sl_decimal *d) {
  while (d->scale > 0 && d->coefficient != 0 && d->coefficient == (int64_t)d->coefficient &&
         (int64_t)d->coefficient % 10 == 0) { /* short ones by short divisions */
    d->coefficient = (int64_t)d->coefficient / 10;
    d->scale--;
  }
  while (d->scale > 0 && d->coefficient != 0 && d->coefficient % 10 == 0) {
    d->coefficient /= 10;
    d->scale--;
  }
  d->scale = d->coefficient == 0 ? 0 : d->scale;
}

int32_t sl_decimal_format_scale(const char *format) {
  const char *comma = format[0] == 'd' ? strchr(format, ',') : NULL;
  return comma == NULL ? 0 : (int32_t)strtol(comma + 1, NULL, 10);
}

bool sl_decimal_rescale(struct sl_decimal *d, int32_t scale) {
  if (d->scale < scale) {
    int32_t more = scale - d->scale;
    if (d->coefficient != 0 && sl_decimal_digits(d->coefficient) + more > SL_DECIMAL_MOST_DIGITS) {
      return false;
    }
    d->coefficient = d->coefficient == 0 ? 0 : d->coefficient * power10(more);
  } else if (d->scale > scale && d->coefficient != 0) {
    int32_t fewer = d->scale - scale;
    if (fewer > SL_DECIMAL_MOST_DIGITS || d->coefficient % power10(fewer) != 0) {
      return false;
    }
    d->coefficient /= power10(fewer);
  }
  d->scale = scale;
  return true;
}

/* Writes the digits of `value` backwards from `end`, at least one; returns where they begin. */
static char *digits_before(char *end, sl_uint128 value) {
  const uint64_t chunk =
      UINT64_C(1000000000000000000); /* 18 digits: one 128-bit division for them */
  do {
    uint64_t low = (uint64_t)(value % chunk);
    value /= chunk;
    char *full = end - 18;
    do {
      *--end = (char)('0' + low % 10);
      low /= 10;
    } while (low > 0);
    while (value > 0 && end > full) {
      *--end = '0';
    }
  } while (value > 0);
  return end;
}

size_t sl_decimal_print(char out[48], struct sl_decimal d) {
  char digits[80];
  char *end = digits + sizeof digits;
  char *at = digits_before(end, magnitude(d.coefficient));
  while (end - at <= d.scale) {
    *--at = '0';
  }
  char *to = out;
  if (d.coefficient < 0) {
    *to++ = '-';
  }
  size_t whole = (size_t)(end - at - d.scale);
  memcpy(to, at, whole);
  to += whole;
  if (d.scale > 0) {
    *to++ = '.';
    memcpy(to, at + whole, (size_t)d.scale);
    to += d.scale;
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
  return sl_real_parse(text, NULL);
}
