/* test_numeric.c - numeric from its groups of four digits: exact, and refused when it must be. */
#include "sources/postgres/numeric.h"

#include "unit/test.h"

enum { MOST_GROUPS = 20 };

static const struct {
  const char *label;
  int n, weight, sign, printed_scale;
  int groups[MOST_GROUPS];
  int scale; /* that is asked for */
  enum pg_numeric outcome;
  const char *coefficient; /* NULL = not looked at */
  const char *text;
} cases[] = {
  { "zero", 0, 0, 0, 0, { 0 }, 2, PG_NUMERIC_FITS, "0", "0" },
  { "zero with a scale", 0, 0, 0, 2, { 0 }, 2, PG_NUMERIC_FITS, "0", "0.00" },
  { "one", 1, 0, 0, 0, { 1 }, 0, PG_NUMERIC_FITS, "1", "1" },
  { "one at scale 9", 1, 0, 0, 0, { 1 }, 9, PG_NUMERIC_FITS, "1000000000", "1" },
  { "minus 12.34", 2, 0, 0x4000, 2, { 12, 3400 }, 2, PG_NUMERIC_FITS, "-1234", "-12.34" },
  { "0.01", 1, -1, 0, 2, { 100 }, 2, PG_NUMERIC_FITS, "1", "0.01" },
  { "0.0001 at scale 2", 1, -1, 0, 4, { 1 }, 2, PG_NUMERIC_TOO_LONG, NULL, "0.0001" },
  { "0.00000001", 1, -2, 0, 8, { 1 }, 9, PG_NUMERIC_FITS, "10", "0.00000001" },
  { "1e-10 at scale 9", 1, -3, 0, 10, { 100 }, 9, PG_NUMERIC_TOO_LONG, NULL, "0.0000000001" },
  { "ten thousand", 1, 1, 0, 0, { 1 }, 0, PG_NUMERIC_FITS, "10000", "10000" },
  { "1e12", 1, 3, 0, 0, { 1 }, 2, PG_NUMERIC_FITS, "100000000000000", "1000000000000" },
  { "12345678.9012",
    3,
    1,
    0,
    4,
    { 1234, 5678, 9012 },
    4,
    PG_NUMERIC_FITS,
    "123456789012",
    "12345678.9012" },
  { "four groups",
    4,
    3,
    0,
    0,
    { 9999, 9999, 9999, 9999 },
    2,
    PG_NUMERIC_FITS,
    "999999999999999900",
    "9999999999999999" },
  { "38 nines",
    10,
    9,
    0,
    0,
    { 99, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999 },
    0,
    PG_NUMERIC_FITS,
    "99999999999999999999999999999999999999",
    "99999999999999999999999999999999999999" },
  { "39 digits",
    10,
    9,
    0,
    0,
    { 100, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
    0,
    PG_NUMERIC_TOO_LONG,
    NULL,
    "100000000000000000000000000000000000001" },
  { "38 digits behind the point",
    10,
    -1,
    0x4000,
    38,
    { 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9900 },
    38,
    PG_NUMERIC_FITS,
    "-99999999999999999999999999999999999999",
    "-0.99999999999999999999999999999999999999" },
  { "30 digits at scale 9",
    8,
    7,
    0,
    0,
    { 12, 0, 0, 0, 0, 0, 0, 3 },
    9,
    PG_NUMERIC_TOO_LONG,
    NULL,
    "120000000000000000000000000003" },
  { "68 digits behind the point",
    18,
    0,
    0,
    68,
    { 7, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999,
      9999, 9999 },
    2,
    PG_NUMERIC_TOO_LONG,
    NULL,
    "7.99999999999999999999999999999999999999999999999999999999999999999999" },
  { "not a number", 0, 0, 0xC000, 0, { 0 }, 2, PG_NUMERIC_SPECIAL, NULL, "NaN" },
  { "infinity", 0, 0, 0xD000, 0, { 0 }, 2, PG_NUMERIC_SPECIAL, NULL, "Infinity" },
  { "minus infinity", 0, 0, 0xF000, 0, { 0 }, 2, PG_NUMERIC_SPECIAL, NULL, "-Infinity" },
};

static void put16(unsigned char *to, int value) {
  to[0] = (unsigned char)(value >> 8);
  to[1] = (unsigned char)value;
}

static size_t encode(unsigned char out[8 + 2 * MOST_GROUPS], size_t i) {
  put16(out, cases[i].n);
  put16(out + 2, cases[i].weight);
  put16(out + 4, cases[i].sign);
  put16(out + 6, cases[i].printed_scale);
  for (int g = 0; g < cases[i].n; g++) {
    put16(out + 8 + 2 * g, cases[i].groups[g]);
  }
  return 8 + 2 * (size_t)cases[i].n;
}

TEST(numeric_decode) {
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    unsigned char bytes[8 + 2 * MOST_GROUPS];
    char text[48];
    sl_int128 value = 0;
    size_t length = encode(bytes, i);
    enum pg_numeric outcome = pg_numeric_decode(bytes, length, cases[i].scale, &value);
    CHECK_INT(cases[i].label, outcome, cases[i].outcome);
    if (cases[i].coefficient != NULL) {
      sl_decimal_print(text, (struct sl_decimal){ value, 0 });
      CHECK_STR(cases[i].label, text, cases[i].coefficient);
    }
  }
}

TEST(numeric_print) {
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    unsigned char bytes[8 + 2 * MOST_GROUPS];
    struct sl_buffer text = { 0 };
    encode(bytes, i);
    pg_numeric_print(bytes, &text);
    CHECK_STR(cases[i].label, text.data, cases[i].text);
    sl_buffer_release(&text);
  }
}

TEST(numeric_broken) {
  static const unsigned char bytes[] = { 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1 };
  sl_int128 value;
  for (size_t length = 0; length < sizeof bytes; length++) {
    CHECK_INT("a length that is not its groups'", pg_numeric_decode(bytes, length, 2, &value),
              PG_NUMERIC_BROKEN);
  }
  static const unsigned char group[] = { 0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10 };
  CHECK_INT("a group of 10000", pg_numeric_decode(group, sizeof group, 2, &value),
            PG_NUMERIC_BROKEN);
  CHECK_INT("whole", pg_numeric_decode(bytes, sizeof bytes, 4, &value), PG_NUMERIC_FITS);
}
