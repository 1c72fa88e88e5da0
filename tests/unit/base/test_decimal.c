/* test_decimal.c - exact decimals: reading, scales, printing, limits. */
#include "base/decimal.h"

#include "unit/test.h"

#define NINES38 "99999999999999999999999999999999999999"
#define ZEROS37 "0000000000000000000000000000000000000"

static const struct {
  const char *in, *want; /* want NULL = refused */
  int32_t scale;
} readings[] = {
  { "0", "0", 0 },
  { "-0", "0", 0 },
  { "-0.00", "0.00", 2 },
  { "1", "1", 0 },
  { "+12", "12", 0 },
  { "007", "7", 0 },
  { "2.50", "2.50", 2 },
  { "-12.5", "-12.5", 1 },
  { ".5", "0.5", 1 },
  { "5.", "5", 0 },
  { "1e5", "100000", 0 },
  { "1.5E-3", "0.0015", 4 },
  { "1.50e+1", "15.0", 1 },
  { "12345e-5", "0.12345", 5 },
  { "0e-100", "0.00000000000000000000000000000000000000", 38 },
  { "0e999999999999999999999", "0", 0 },
  { NINES38, NINES38, 0 },
  { "-" NINES38, "-" NINES38, 0 },
  { "0." NINES38, "0." NINES38, 38 },
  { "1" ZEROS37 "0", NULL, 0 },
  { NINES38 "9", NULL, 0 },
  { "0." NINES38 "9", NULL, 0 },
  { "1e38", NULL, 0 },
  { "1e37", "1" ZEROS37, 0 },
  { "1e-38", "0.0" ZEROS37 /* 38 digits, the last is 1 */, -1 },
  { "1e-39", NULL, 0 },
  { "10e-39", "0.0" ZEROS37, -1 },
  { "1." ZEROS37 "00000", "1." ZEROS37, 37 }, /* zeros beyond 38 digits go */
  { "1" ZEROS37 "000e-3", "1" ZEROS37, 0 },
  { "1e999999999999999999999999", NULL, 0 },
  { "1e-999999999999999999999999", NULL, 0 },
  { "", NULL, 0 },
  { "-", NULL, 0 },
  { ".", NULL, 0 },
  { "+.", NULL, 0 },
  { "1.2.3", NULL, 0 },
  { "1e", NULL, 0 },
  { "1e+", NULL, 0 },
  { "1e5x", NULL, 0 },
  { " 1", NULL, 0 },
  { "1_0", NULL, 0 },
  { "0x1", NULL, 0 },
  { "nan", NULL, 0 },
};

TEST(decimals_are_read_exactly) {
  for (size_t i = 0; i < COUNT(readings); i++) {
    struct sl_decimal d;
    char text[48];
    bool good = sl_decimal_parse(sl_text_of(readings[i].in), &d);
    if (!CHECK_INT(readings[i].in, good, readings[i].want != NULL) || !good) continue;
    size_t length = sl_decimal_print(text, d);
    CHECK_INT(readings[i].in, length, strlen(text));
    if (readings[i].scale < 0) {
      CHECK_INT(readings[i].in, d.scale, 38);
      CHECK_INT(readings[i].in, d.coefficient, 1);
    } else {
      CHECK_INT(readings[i].in, d.scale, readings[i].scale);
      CHECK_STR(readings[i].in, text, readings[i].want);
    }
  }
}

TEST(a_nul_ends_no_number) {
  struct sl_decimal d;
  CHECK(!sl_decimal_parse((struct sl_text){ "1\0002", 3 }, &d));
  CHECK(sl_decimal_parse((struct sl_text){ "123", 2 }, &d));
  CHECK_INT("only the given length is read", d.coefficient, 12);
}

static const struct {
  const char *in;
  int32_t scale;
  const char *want; /* NULL = digits would be lost */
} scales[] = {
  { "2.50", 1, "2.5" },       { "2.50", 0, NULL },       { "2.5", 4, "2.5000" },
  { "-200", 0, "-200" },      { "0.00", 0, "0" },        { "0", 38, "0." ZEROS37 "0" },
  { NINES38, 1, NULL },       { "1", 37, "1." ZEROS37 }, { "1", 38, NULL },
  { "0." NINES38, 37, NULL },
};

TEST(scales_change_without_loss_or_not_at_all) {
  for (size_t i = 0; i < COUNT(scales); i++) {
    struct sl_decimal d;
    char text[48];
    CHECK(sl_decimal_parse(sl_text_of(scales[i].in), &d));
    struct sl_decimal before = d;
    CHECK_INT(scales[i].in, sl_decimal_rescale(&d, scales[i].scale), scales[i].want != NULL);
    sl_decimal_print(text, d);
    if (scales[i].want != NULL) {
      CHECK_STR(scales[i].in, text, scales[i].want);
    } else {
      CHECK_CASE("unchanged", d.coefficient == before.coefficient && d.scale == before.scale);
    }
  }
}

TEST(digits_are_counted) {
  sl_int128 value = 1;
  CHECK_INT("zero", sl_decimal_digits(0), 1);
  for (int n = 1; n <= 38; n++, value *= 10) {
    CHECK_INT("1000…", sl_decimal_digits(value), n);
    CHECK_INT("-1000…", sl_decimal_digits(-value), n);
    CHECK_INT("999…", sl_decimal_digits(value - 1), n == 1 ? 1 : n - 1);
  }
}

TEST(integers_come_out_when_they_are) {
  static const struct {
    const char *in;
    bool good;
    int64_t want;
  } cases[] = {
    { "9223372036854775807", true, INT64_MAX },
    { "9223372036854775808", false, 0 },
    { "-9223372036854775808", true, INT64_MIN },
    { "-9223372036854775809", false, 0 },
    { "12.00", true, 12 },
    { "12.01", false, 0 },
    { NINES38, false, 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_decimal d;
    int64_t got = 0;
    CHECK(sl_decimal_parse(sl_text_of(cases[i].in), &d));
    CHECK_INT(cases[i].in, sl_decimal_to_int64(d, &got), cases[i].good);
    if (cases[i].good) CHECK_INT(cases[i].in, got, cases[i].want);
  }
}

TEST(doubles_are_rounded_correctly) {
  static const struct {
    const char *in;
    double want;
  } cases[] = {
    { "0.1", 0.1 },
    { "-2.50", -2.5 },
    { "9007199254740993", 9007199254740992.0 }, /* a tie goes to even */
    { "9007199254740993.000001", 9007199254740994.0 },
    { NINES38, 1e38 },
    { "0.00000000000000000000000000000000000001", 1e-38 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_decimal d;
    CHECK(sl_decimal_parse(sl_text_of(cases[i].in), &d));
    CHECK_DOUBLE(cases[i].in, sl_decimal_to_double(d), cases[i].want);
  }
}

TEST(trimming_drops_only_zeros_of_the_fraction) {
  static const struct {
    const char *in, *want;
  } cases[] = {
    { "12.500", "12.5" },
    { "100", "100" },
    { "-1.000", "-1" },
    { "0.000", "0" },
    { "12345678901234567890123456789.1000", "12345678901234567890123456789.1" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_decimal d;
    char text[48];
    CHECK(sl_decimal_parse(sl_text_of(cases[i].in), &d));
    (void)sl_decimal_rescale(&d, 4);
    sl_decimal_trim(&d);
    sl_decimal_print(text, d);
    CHECK_STR(cases[i].in, text, cases[i].want);
  }
}

TEST(an_arrow_format_tells_the_scale) {
  CHECK(sl_decimal_format_scale("d:12,2") == 2);
  CHECK(sl_decimal_format_scale("d:38,0") == 0);
  CHECK(sl_decimal_format_scale("d:20,3,256") == 3);
  CHECK(sl_decimal_format_scale("tsu:UTC,1") == 0);
  CHECK(sl_decimal_format_scale("l") == 0);
}
