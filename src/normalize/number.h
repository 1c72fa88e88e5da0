/* number.h - numbers as JSON writes them. Private to src/normalize/. */
#ifndef SL_NORMALIZE_NUMBER_H
#define SL_NORMALIZE_NUMBER_H

#include "schema/detect.h"

/* [-]digits within 18 digits: no overflow possible. */
static inline bool nz_small_integer(const char *text, size_t length, int64_t *out) {
  bool negative = text[0] == '-';
  size_t i = negative;
  if (length - i > 18) {
    return false;
  }
  int64_t value = 0;
  for (; i < length; i++) {
    unsigned digit = (unsigned char)text[i] - '0';
    if (digit > 9) {
      return false;
    }
    value = value * 10 + (int64_t)digit;
  }
  *out = negative ? -value : value;
  return true;
}

/* A number whose only type is double, for the fast road; NUL-terminated. typed: see sl_block. */
bool nz_is_double(const char *text, size_t length, bool typed, double *out);
/* Any number: bigint, wei, double, decimal, or text as the last resort. NUL-terminated. */
void nz_read_number(const char *text, size_t length, bool typed, struct sl_value *out);

#endif
