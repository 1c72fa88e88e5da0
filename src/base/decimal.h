/* decimal.h - exact decimal numbers: a 128-bit coefficient and a scale.
 *
 * value = coefficient / 10^scale, at most 38 digits, 0 <= scale <= 38. */
#ifndef SL_BASE_DECIMAL_H
#define SL_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/builder.h> /* sl_int128 */

#include "base/text.h"

__extension__ typedef unsigned __int128 sl_uint128;

extern const uint64_t sl_power10[20]; /* 10 to the n-th: what 64 bits hold */

enum { SL_DECIMAL_MOST_DIGITS = 38 };

struct sl_decimal { /* a scale of 0 to SL_DECIMAL_MOST_DIGITS */
  sl_int128 coefficient;
  int32_t scale;
};

/* Reads [+-]digits[.digits][e[+-]digits] exactly. Zeros at the end of the fraction are kept in
 * scale
 * ("2.50" has scale 2) as far as 38 digits reach. False: not a number, or more digits than that. */
bool sl_decimal_parse(struct sl_text text, struct sl_decimal *out);
/* Changes the scale (0 to 38); false, and d as it was, when digits would be lost or 38 exceeded. */
bool sl_decimal_rescale(struct sl_decimal *d, int32_t scale);
/* Drops the zeros at the end of the fraction. */
void sl_decimal_trim(struct sl_decimal *d);
/* Of an Arrow format "d:12,2": 2. Of other formats 0. */
int32_t sl_decimal_format_scale(const char *format);
int32_t sl_decimal_digits(sl_int128 coefficient);           /* significant digits; 0 has 1 */
size_t sl_decimal_print(char out[48], struct sl_decimal d); /* "-12.50" */
/* True and *out when integral and within 64 bits. */
bool sl_decimal_to_int64(struct sl_decimal d, int64_t *out);
double sl_decimal_to_double(struct sl_decimal d); /* correctly rounded (through its text) */

#endif
