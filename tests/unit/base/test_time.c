/* test_time.c - the calendar both ways, and printing as Python's isoformat(). */
#include "base/time.h"

#include "unit/test.h"

static const struct {
  int64_t year;
  unsigned month, day;
  int64_t days;
  const char *text;
} dates[] = {
  { 1970, 1, 1, 0, "1970-01-01" },      { 1969, 12, 31, -1, "1969-12-31" },
  { 2000, 2, 29, 11016, "2000-02-29" }, { 1900, 3, 1, -25508, "1900-03-01" },
  { 1, 1, 1, -719162, "0001-01-01" },   { 9999, 12, 31, 2932896, "9999-12-31" },
  { 0, 12, 31, -719163, "0000-12-31" }, { 10000, 1, 1, 2932897, "10000-01-01" },
  { -1, 12, 31, -719529, "-1-12-31" },
};

TEST(days_and_dates_are_the_same) {
  for (size_t i = 0; i < COUNT(dates); i++) {
    int64_t year;
    unsigned month;
    unsigned day;
    char text[16];
    CHECK_INT(dates[i].text, sl_days_from_civil(dates[i].year, dates[i].month, dates[i].day),
              dates[i].days);
    sl_civil_from_days(dates[i].days, &year, &month, &day);
    CHECK_INT(dates[i].text, year, dates[i].year);
    CHECK_INT(dates[i].text, month, dates[i].month);
    CHECK_INT(dates[i].text, day, dates[i].day);
    CHECK_INT(dates[i].text, sl_date_print(text, (int32_t)dates[i].days), strlen(dates[i].text));
    CHECK_STR(dates[i].text, text, dates[i].text);
  }
}

TEST(every_day_of_four_centuries_follows_the_one_before) {
  int64_t year = 1900;
  unsigned month = 1;
  unsigned day = 1;
  int64_t first = sl_days_from_civil(year, month, day);
  for (int64_t days = first; days < first + 146097; days++) {
    int64_t y;
    unsigned m;
    unsigned d;
    sl_civil_from_days(days, &y, &m, &d);
    if (!CHECK(sl_days_from_civil(y, m, d) == days)) return;
    bool follows = days == first || (y == year && m == month && d == day + 1) ||
                   (y == year && m == month + 1 && d == 1 && day >= 28) ||
                   (y == year + 1 && m == 1 && d == 1 && month == 12 && day == 31);
    if (!CHECK(follows)) return;
    year = y, month = m, day = d;
  }
  CHECK_INT("ends on December 31st", month * 100 + day, 1231);
}

TEST(the_longest_dates_fit_their_buffer) {
  char text[16];
  CHECK_INT("last", sl_date_print(text, INT32_MAX), 13);
  CHECK_STR("last", text, "5881580-07-11");
  CHECK_INT("first", sl_date_print(text, INT32_MIN), 14);
  CHECK_STR("first", text, "-5877641-06-23");
}

static const struct {
  int64_t micros;
  const char *naive, *zoned;
} moments[] = {
  { 0, "1970-01-01T00:00:00", "1970-01-01T00:00:00+00:00" },
  { -1, "1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999+00:00" },
  { INT64_C(1704164645000006), "2024-01-02T03:04:05.000006", "2024-01-02T03:04:05.000006+00:00" },
  { INT64_C(253402300799999999), "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999+00:00" },
  { INT64_C(-62135596800000000), "0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00" },
  { INT64_MAX, "294247-01-10T04:00:54.775807", "294247-01-10T04:00:54.775807+00:00" },
  { INT64_MIN, "-290308-12-21T19:59:05.224192", "-290308-12-21T19:59:05.224192+00:00" },
};

TEST(timestamps_print_as_isoformat) {
  for (size_t i = 0; i < COUNT(moments); i++) {
    char text[40];
    CHECK_INT(moments[i].naive, sl_timestamp_print(text, moments[i].micros, false),
              strlen(moments[i].naive));
    CHECK_STR(moments[i].naive, text, moments[i].naive);
    CHECK_INT(moments[i].zoned, sl_timestamp_print(text, moments[i].micros, true),
              strlen(moments[i].zoned));
    CHECK_STR(moments[i].zoned, text, moments[i].zoned);
  }
}

TEST(times_print_the_time_of_their_day) {
  static const struct {
    int64_t micros;
    const char *want;
  } cases[] = {
    { 0, "00:00:00" },
    { INT64_C(86399999999), "23:59:59.999999" },
    { INT64_C(36000500000), "10:00:00.500000" },
    { SL_MICROS_PER_DAY, "00:00:00" },
    { -1, "23:59:59.999999" },
    { INT64_MIN, "19:59:05.224192" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[20];
    CHECK_INT(cases[i].want, sl_time_print(text, cases[i].micros), strlen(cases[i].want));
    CHECK_STR(cases[i].want, text, cases[i].want);
  }
}

TEST(clocks_go_forward) {
  int64_t before = sl_monotonic_nanos();
  CHECK(sl_monotonic_nanos() >= before);
  CHECK_CASE("after 2024", sl_now_micros() > INT64_C(1704067200000000));
}
