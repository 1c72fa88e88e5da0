/* test_csv_value.c - types and values of texts, and of columns. */
#include "unit/test.h"

#include "csv_text.h"
#include "sources/file/csv_value.h"

#include "base/time.h"

static const struct {
  const char *text;
  enum csv_type type;
  int64_t integer; /* BIGINT, DATE, TIME, TIMESTAMP */
} cases[] = {
  { "0", CSV_BIGINT, 0 },
  { "-7", CSV_BIGINT, -7 },
  { "12345678", CSV_BIGINT, 12345678 },
  { "123456789", CSV_BIGINT, 123456789 },
  { "1234567890123456", CSV_BIGINT, 1234567890123456 },
  { "12345678901234567", CSV_BIGINT, 12345678901234567 },
  { "999999999999999999", CSV_BIGINT, 999999999999999999 },
  { "9223372036854775807", CSV_BIGINT, INT64_MAX },
  { "-9223372036854775808", CSV_BIGINT, INT64_MIN },
  { "9223372036854775808", CSV_DECIMAL, 0 },
  { "-9223372036854775809", CSV_DECIMAL, 0 },
  { "99999999999999999999999999999999999999", CSV_DECIMAL, 0 },
  { "999999999999999999999999999999999999999", CSV_TEXT, 0 },
  { " 5 ", CSV_BIGINT, 5 },
  { "007", CSV_TEXT, 0 },
  { "-01", CSV_TEXT, 0 },
  { "+5", CSV_TEXT, 0 },
  { "-", CSV_TEXT, 0 },
  { "1_000", CSV_TEXT, 0 },
  { "1,5", CSV_TEXT, 0 },
  { "0x1F", CSV_TEXT, 0 },
  { "12 34", CSV_TEXT, 0 },
  { "1:", CSV_TEXT, 0 },
  { "00.5", CSV_TEXT, 0 },
  { "1.2.3", CSV_TEXT, 0 },
  { "1e", CSV_TEXT, 0 },
  { ".", CSV_TEXT, 0 },
  { "1e400", CSV_TEXT, 0 },
  { "1e-400", CSV_TEXT, 0 },
  { "0.1234567890123456789", CSV_DECIMAL, 0 },
  { "nano", CSV_TEXT, 0 },
  { "-nan", CSV_TEXT, 0 },
  { "2024-02-29", CSV_DATE, 19782 },
  { "2024/02/29", CSV_DATE, 19782 },
  { "0001-01-01", CSV_DATE, -719162 },
  { "2023-02-29", CSV_TEXT, 0 },
  { "1900-02-29", CSV_TEXT, 0 },
  { "2024-13-01", CSV_TEXT, 0 },
  { "2024-00-01", CSV_TEXT, 0 },
  { "2024-01/02", CSV_TEXT, 0 },
  { "2024-1-2", CSV_TEXT, 0 },
  { "01/02/2024", CSV_TEXT, 0 },
  { "20240102", CSV_BIGINT, 20240102 },
  { "12:34:56", CSV_TIME, 45296000000 },
  { "12:34:56.5", CSV_TIME, 45296500000 },
  { "12:34:56.123456000", CSV_TIME, 45296123456 },
  { "12:34:56.1234567", CSV_TEXT, 0 },
  { "24:00:00", CSV_TEXT, 0 },
  { "12:34", CSV_TEXT, 0 },
  { "12:34:56.", CSV_TEXT, 0 },
  { "1970-01-02 00:00:01", CSV_TIMESTAMP, 86401000000 },
  { "1970-01-02T00:00:01.25", CSV_TIMESTAMP, 86401250000 },
  { "1970-01-02 00:01", CSV_TIMESTAMP, 86460000000 },
  { "1970-01-01T00:00:00Z", CSV_TIMESTAMPTZ, 0 },
  { "1970-01-01 01:00:00+01", CSV_TIMESTAMPTZ, 0 },
  { "1970-01-01 01:00:00.5+0130", CSV_TIMESTAMPTZ, -1799500000 },
  { "1970-01-01T00:00:00-05:00", CSV_TIMESTAMPTZ, 18000000000 },
  { "1970-01-01T00:00:00+24:00", CSV_TEXT, 0 },
  { "1970-01-01T00:00:00.1234567", CSV_TEXT, 0 },
  { "0001-01-01T00:00:00+01:00", CSV_TEXT, 0 },
  { "1970-01-01T00:00:60", CSV_TEXT, 0 },
  { "1970-01-01T", CSV_TEXT, 0 },
  { "1970-01-01 x00:00:00", CSV_TEXT, 0 },
  { "yes", CSV_TEXT, 0 },
  { "T", CSV_TEXT, 0 },
  { "tRUE", CSV_TEXT, 0 },
  { "  ", CSV_TEXT, 0 },
};

static void read_padded(const char *text, struct csv_value *out) {
  size_t size = strlen(text);
  char *data = padded(text, size);
  csv_value_read((struct sl_text){ data, size }, out);
  free(data);
}

TEST(types_of_texts) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct csv_value v;
    read_padded(cases[i].text, &v);
    CHECK_STR(cases[i].text, csv_type_name(v.type), csv_type_name(cases[i].type));
    CHECK_INT(cases[i].text, v.type, cases[i].type);
    if (v.type != CSV_DECIMAL && v.type != CSV_TEXT && v.type != CSV_BOOL) {
      CHECK_INT(cases[i].text, v.as.integer, cases[i].integer);
    }
  }
}

static const struct {
  const char *text;
  double value;
} doubles[] = {
  { "2.5", 2.5 },
  { "-0.0", -0.0 },
  { ".5", 0.5 },
  { "5.", 5.0 },
  { "0.1", 0.1 },
  { "123456789012.345", 123456789012.345 },
  { "1e5", 1e5 },
  { "1.5E-7", 1.5e-7 },
  { "1e22", 1e22 },
  { "0.30000000000000004", 0.30000000000000004 },
  { "0.1000000000000000055511151231257827", 0.1 },
  { "0.10000000000000001", 0.1 },
  { "1.7976931348623157e308", 1.7976931348623157e308 },
  { "5e-324", 5e-324 },
  { "123456.78901234567", 123456.78901234567 },
  { "0.00012345678901234567", 0.00012345678901234567 },
  { "0.000000000000000000123456789012345", 0.000000000000000000123456789012345 },
  { "98765432109876.12", 98765432109876.12 },
  { "1.50000000000000000000000", 1.5 },
  { "inf", HUGE_VAL },
  { "-Infinity", -HUGE_VAL },
  { "NaN", NAN },
};

TEST(doubles_are_those_of_the_compiler) {
  for (size_t i = 0; i < COUNT(doubles); i++) {
    struct csv_value v;
    read_padded(doubles[i].text, &v);
    CHECK_INT(doubles[i].text, v.type, CSV_DOUBLE);
    CHECK_DOUBLE(doubles[i].text, v.as.real, doubles[i].value);
  }
}

/* Random doubles as Python and C print them come back bit for bit; a number in between does not
 * pass for a double. */
TEST(doubles_come_back) {
  uint64_t state = 88172645463325252U;
  for (int i = 0; i < 200000; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    double value = (double)(int64_t)state / (i % 3 == 0 ? 1e15 : i % 3 == 1 ? 3e18 : 7e12);
    char text[80];
    int digits = 15 + i % 3;
    snprintf(text, sizeof text, "%.*g", digits, value);
    double back = strtod(text, NULL);
    char *data = padded(text, strlen(text));
    double got = 0;
    bool good = csv_parse_double(data, strlen(text), &got);
    char again[80];
    snprintf(again, sizeof again, "%.*g", digits, back);
    if (!CHECK_CASE(text, good == (strcmp(again, text) == 0)) ||
        (good && !CHECK_DOUBLE(text, got, back))) {
      free(data);
      return;
    }
    free(data);
  }
}

TEST(decimals_keep_every_digit) {
  static const struct {
    const char *text;
    int32_t precision, scale;
    bool good;
    int64_t coefficient;
  } decimals[] = {
    { "1.5", 38, 2, true, 150 },         { "-1.50", 38, 2, true, -150 },
    { "1.505", 38, 2, false, 0 },        { "1.500", 38, 2, true, 150 },
    { "123.4", 4, 1, true, 1234 },       { "1234.5", 4, 1, false, 0 },
    { "1e3", 38, 0, true, 1000 },        { "12", 38, 9, true, 12000000000 },
    { "007", 38, 0, false, 0 },          { "0.000000001", 38, 9, true, 1 },
    { "0.0000000001", 38, 9, false, 0 },
  };
  for (size_t i = 0; i < COUNT(decimals); i++) {
    size_t size = strlen(decimals[i].text);
    char *data = padded(decimals[i].text, size);
    sl_int128 got = 0;
    bool good = csv_parse_decimal(data, size, decimals[i].precision, decimals[i].scale, &got);
    CHECK_INT(decimals[i].text, good, decimals[i].good);
    if (good) {
      CHECK_INT(decimals[i].text, (int64_t)got, decimals[i].coefficient);
    }
    free(data);
  }
}

static const struct {
  const char *label, *values; /* separated by | */
  const char *format;
} columns[] = {
  { "nothing", "", "u" },
  { "integers", "1|-2|30", "l" },
  { "integers and fractions", "1|2.5", "g" },
  { "large integers and fractions", "9007199254740993|2.5", "d:38,9" },
  { "beyond 64 bits", "1|12345678901234567890", "d:38,0" },
  { "many digits", "1.5|0.12345678901234567890", "d:38,20" },
  { "few and many digits", "2.5|12345678901234567890.123", "d:38,9" },
  { "too many digits together", "12345678901234567890123456789012345678|0.5", "u" },
  { "nan among numbers", "1.5|nan", "g" },
  { "nan among integers", "1|nan", "g" },
  { "nan alone", "Nan|Inf", "u" },
  { "nan among decimals", "12345678901234567890|nan", "u" },
  { "large exponents among decimals", "1e300|12345678901234567890", "u" },
  { "truth", "true|False", "b" },
  { "truth and numbers", "true|1", "u" },
  { "dates", "2024-01-01|2024/01/02", "tdD" },
  { "dates and timestamps", "2024-01-01|2024-01-02 10:00:00", "u" },
  { "timestamps", "2024-01-02 10:00:00|2024-01-02T10:00", "tsu:" },
  { "zoned timestamps", "2024-01-02 10:00:00Z|2024-01-02T10:00:00+02:00", "tsu:UTC" },
  { "with and without zone", "2024-01-02 10:00:00Z|2024-01-02T10:00:00", "u" },
  { "times", "10:00:00|11:30:00.5", "ttu" },
  { "leading zeros", "007|12", "u" },
  { "words", "1|x", "u" },
};

TEST(types_of_columns) {
  for (size_t i = 0; i < COUNT(columns); i++) {
    struct csv_guess guess = { 0 };
    const char *at = columns[i].values;
    while (*at != '\0') {
      size_t n = strcspn(at, "|");
      char *data = padded(at, n);
      csv_guess_add(&guess, (struct sl_text){ data, n });
      free(data);
      at += n + (at[n] == '|');
    }
    char format[32];
    csv_kind_format(csv_guess_kind(&guess), format);
    CHECK_STR(columns[i].label, format, columns[i].format);
  }
}
