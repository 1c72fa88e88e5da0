/* numeric.c - see numeric.h. */
#include "sources/postgres/numeric.h"

#include "sources/postgres/wire.h"

enum { HEADER = 8, GROUP_DIGITS = 4, MOST_DIGITS = 38, GROUP = 10000 };
enum { NEGATIVE = 0x4000, NOT_A_NUMBER = 0xC000, INFINITE = 0xD000, MINUS_INFINITE = 0xF000 };

static const int64_t small_powers[] = { 1, 10, 100, 1000, 10000 };

static sl_int128 power_of_ten(int32_t exponent) {
  sl_int128 power = 1;
  while (exponent >= GROUP_DIGITS) {
    power *= GROUP;
    exponent -= GROUP_DIGITS;
  }
  return power * small_powers[exponent];
}

static inline int32_t digits_of_group(uint16_t group) {
  return group >= 1000 ? 4 : group >= 100 ? 3 : group >= 10 ? 2 : 1;
}

/* All groups but the last are whole at this scale; of the last one, `shift` < 0 digits would lie
 * behind the scale and must be zeros. */
static enum pg_numeric decode_long(const unsigned char *groups, int32_t n, int32_t shift,
                                   sl_int128 *out) {
  sl_int128 value = 0;
  if (shift <= -GROUP_DIGITS) { /* any number of groups, so before they are added up */
    return PG_NUMERIC_TOO_LONG;
  }
  for (int32_t i = 0; i + 1 < n; i++) {
    value = value * GROUP + pg_be16(groups + 2 * i);
  }
  int32_t last = pg_be16(groups + 2 * (n - 1));
  if (shift >= 0) {
    *out = (value * GROUP + last) * power_of_ten(shift);
    return PG_NUMERIC_FITS;
  }
  if (last % small_powers[-shift] != 0) {
    return PG_NUMERIC_TOO_LONG;
  }
  *out = value * small_powers[GROUP_DIGITS + shift] + last / small_powers[-shift];
  return PG_NUMERIC_FITS;
}

static bool are_groups(const unsigned char *groups, int32_t n) {
  bool good = true;
  for (int32_t i = 0; i < n; i++) {
    good = good && pg_be16(groups + 2 * i) < GROUP;
  }
  return good;
}

enum pg_numeric pg_numeric_decode(const unsigned char *bytes, size_t length, int32_t scale,
                                  sl_int128 *out) {
  if (length < HEADER) {
    return PG_NUMERIC_BROKEN;
  }
  int32_t n = pg_be16(bytes);
  int32_t weight = (int16_t)pg_be16(bytes + 2);
  uint16_t sign = pg_be16(bytes + 4);
  if (length != HEADER + 2 * (size_t)n || !are_groups(bytes + HEADER, n)) {
    return PG_NUMERIC_BROKEN;
  }
  if ((sign & NOT_A_NUMBER) == NOT_A_NUMBER) {
    return PG_NUMERIC_SPECIAL;
  }
  *out = 0;
  if (n == 0) {
    return PG_NUMERIC_FITS;
  }
  const unsigned char *groups = bytes + HEADER;
  int32_t shift = scale + GROUP_DIGITS * (weight - n + 1);
  enum pg_numeric outcome = PG_NUMERIC_FITS;
  if (n <= 3 && shift >= 0 && shift <= GROUP_DIGITS) { /* nearly all numbers that people store */
    int64_t value = pg_be16(groups);
    for (int32_t i = 1; i < n; i++) {
      value = value * GROUP + pg_be16(groups + 2 * i);
    }
    *out = value * small_powers[shift];
  } else if (digits_of_group(pg_be16(groups)) + GROUP_DIGITS * weight + scale > MOST_DIGITS) {
    return PG_NUMERIC_TOO_LONG;
  } else {
    outcome = decode_long(groups, n, shift, out);
  }
  *out = sign == NEGATIVE ? -*out : *out;
  return outcome;
}

static void print_group(struct sl_buffer *out, uint16_t group, bool padded) {
  char text[GROUP_DIGITS];
  int32_t digits = padded ? GROUP_DIGITS : digits_of_group(group);
  for (int32_t i = digits - 1; i >= 0; i--) {
    text[i] = (char)('0' + group % 10);
    group = (uint16_t)(group / 10);
  }
  sl_buffer_append(out, text, (size_t)digits);
}

static uint16_t group_at(const unsigned char *bytes, int32_t index) {
  return index >= 0 && index < pg_be16(bytes) ? pg_be16(bytes + HEADER + 2 * index) : 0;
}

void pg_numeric_print(const unsigned char *bytes, struct sl_buffer *out) {
  int32_t weight = (int16_t)pg_be16(bytes + 2);
  uint16_t sign = pg_be16(bytes + 4);
  int32_t scale = pg_be16(bytes + 6) & 0x3FFF;
  if ((sign & NOT_A_NUMBER) == NOT_A_NUMBER) {
    sl_buffer_text(out, sign == NOT_A_NUMBER     ? "NaN"
                        : sign == MINUS_INFINITE ? "-Infinity"
                                                 : "Infinity");
    return;
  }
  sl_buffer_text(out, sign == NEGATIVE ? "-" : "");
  sl_buffer_text(out, weight < 0 ? "0" : "");
  for (int32_t i = 0; i <= weight; i++) {
    print_group(out, group_at(bytes, i), i > 0);
  }
  if (scale > 0) {
    sl_buffer_char(out, '.');
    size_t end = out->length + (size_t)scale;
    for (int32_t i = weight + 1; out->length < end && !out->failed; i++) {
      print_group(out, group_at(bytes, i), true);
    }
    if (!out->failed) {
      out->length = end; /* the last group may have digits more than the scale */
      out->data[end] = '\0';
    }
  }
}
