/* test_temporal.c - dates and times as drivers print them and as structures. */
#include "sources/odbc/temporal.h"

#include "base/time.h"
#include "unit/test.h"

static const struct {
  const char *text, *want; /* want NULL: refused */
  bool finer, zone;
} moments[] = {
  { "2024-01-02 03:04:05", "2024-01-02T03:04:05", false, false },
  { "2024-01-02T03:04:05", "2024-01-02T03:04:05", false, false },
  { "2024-01-02", "2024-01-02T00:00:00", false, false },
  { "2024-01-02 03:04:05.1", "2024-01-02T03:04:05.100000", false, false },
  { "2024-01-02 03:04:05.123456", "2024-01-02T03:04:05.123456", false, false },
  { "2024-01-02 03:04:05.1234567", "2024-01-02T03:04:05.123456", true, false },
  { "2024-01-02 03:04:05.123456000", "2024-01-02T03:04:05.123456", false, false },
  { "2024-01-02 03:04:05.", "2024-01-02T03:04:05", false, false },
  { "0001-01-01 00:00:00", "0001-01-01T00:00:00", false, false },
  { "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999", false, false },
  { "2024-02-29 00:00:00", "2024-02-29T00:00:00", false, false },
  { "2024-01-02 03:04:05+02", "2024-01-02T01:04:05", false, true },
  { "2024-01-02 03:04:05 +02:00", "2024-01-02T01:04:05", false, true },
  { "2024-01-02 03:04:05.5-0330", "2024-01-02T06:34:05.500000", false, true },
  { "2024-01-02 03:04:05-00:30", "2024-01-02T03:34:05", false, true },
  { "2024-01-02 03:04:05+01:00:30", "2024-01-02T02:03:35", false, true },
  { "2024-01-02 03:04:05Z", "2024-01-02T03:04:05", false, true },
  { "2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05", false, true },
  { "2023-02-29 00:00:00", NULL, false, false },
  { "1900-02-29 00:00:00", NULL, false, false },
  { "0000-00-00 00:00:00", NULL, false, false },
  { "2024-13-01 00:00:00", NULL, false, false },
  { "2024-01-02 24:00:00", NULL, false, false },
  { "2024-01-02 23:59:60", NULL, false, false },
  { "2024-01-02 03:04", NULL, false, false },
  { "2024-01-02 03:04:05 BC", NULL, false, false },
  { "2024-01-02 03:04:05+", NULL, false, false },
  { "2024-01-02 03:04:05+1", NULL, false, false },
  { "2024-01-02 03:04:05+25", NULL, false, false },
  { "2024-01-02 03:04:05+01:00:3", NULL, false, false },
  { "2024-01-02 03:04:05 Europe/Berlin", NULL, false, false },
  { "20240102", NULL, false, false },
  { "infinity", NULL, false, false },
  { "12024-01-02 03:04:05", NULL, false, false },
  { "", NULL, false, false },
};

TEST(timestamps) {
  for (size_t i = 0; i < COUNT(moments); i++) {
    struct odbc_moment m;
    char printed[40];
    bool good = odbc_parse_timestamp(moments[i].text, strlen(moments[i].text), &m);
    CHECK_CASE(moments[i].text, good == (moments[i].want != NULL));
    if (good && moments[i].want != NULL) {
      sl_timestamp_print(printed, m.micros, false);
      CHECK_STR(moments[i].text, printed, moments[i].want);
      CHECK_INT(moments[i].text, m.finer, moments[i].finer);
      CHECK_INT(moments[i].text, m.has_zone, moments[i].zone);
    }
  }
}

TEST(times) {
  static const struct {
    const char *text;
    int64_t micros; /* -1: refused */
  } cases[] = {
    { "00:00:00", 0 },
    { "23:59:59.999999", INT64_C(86399999999) },
    { "01:02:03.5", INT64_C(3723500000) },
    { "24:00:00", -1 },
    { "-01:00:00", -1 },
    { "838:59:59", -1 },
    { "01:02", -1 },
    { "01:02:03+02", -1 },
    { "", -1 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct odbc_moment m;
    bool good = odbc_parse_time(cases[i].text, strlen(cases[i].text), &m);
    CHECK_INT(cases[i].text, good ? m.micros : -1, cases[i].micros);
  }
}

TEST(dates) {
  int32_t days = 7;
  CHECK(odbc_parse_date("1970-01-01", 10, &days) && days == 0);
  CHECK(odbc_parse_date("0001-01-01", 10, &days) && days == -719162);
  CHECK(!odbc_parse_date("0000-01-01", 10, &days));
  CHECK(!odbc_parse_date("1970-1-1", 8, &days));
  CHECK(!odbc_parse_date("1970-01-01 ", 11, &days));
}

TEST(structures) {
  struct odbc_moment m;
  int32_t days;
  SQL_TIMESTAMP_STRUCT t = { .year = 1970, .month = 1, .day = 2, .hour = 1, .fraction = 123456789 };
  SQL_DATE_STRUCT zero = { 0 };
  CHECK(odbc_timestamp_micros(&t, &m));
  CHECK_INT("micros", m.micros, INT64_C(90000123456));
  CHECK_INT("finer", m.finer, 1);
  t.fraction = 123456000;
  CHECK(odbc_timestamp_micros(&t, &m) && !m.finer);
  t.day = 0;
  CHECK(!odbc_timestamp_micros(&t, &m));
  t.day = 31;
  t.month = 4;
  CHECK(!odbc_timestamp_micros(&t, &m));
  CHECK(!odbc_date_days(&zero, &days));
}
