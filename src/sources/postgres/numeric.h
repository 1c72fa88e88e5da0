/* numeric.h - PostgreSQL's numeric as it travels: groups of four decimal digits.
 *
 *   int16 groups, weight (of the first group, in groups), sign, scale as printed; then the groups.
 *   1234567.8 is weight 1, groups 123 4567 8000 (value = sum of group[i] * 10000^(weight - i)). */
#ifndef SL_SOURCES_POSTGRES_NUMERIC_H
#define SL_SOURCES_POSTGRES_NUMERIC_H

#include "base/decimal.h"

enum pg_numeric {
  PG_NUMERIC_FITS,
  PG_NUMERIC_TOO_LONG, /* for 38 digits at this scale; print it */
  PG_NUMERIC_SPECIAL,  /* NaN, Infinity, -Infinity: print it */
  PG_NUMERIC_BROKEN    /* the bytes are no numeric */
};
/* The value times 10^scale (0 to 38), exactly. */
enum pg_numeric pg_numeric_decode(const unsigned char *bytes, size_t length, int32_t scale,
                                  sl_int128 *out);
/* As the server prints it. The bytes must not be broken. */
void pg_numeric_print(const unsigned char *bytes, struct sl_buffer *out);

#endif
