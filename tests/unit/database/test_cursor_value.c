/* test_cursor_value.c - cursor values: canonical, compared, moved back as dlt does, as JSON. The
 * results of lags are those of dlt 1.31 (dlt.extract.incremental.lag.apply_lag). */
#include "database/cursor_value.h"

#include <stdlib.h>

#include "unit/test.h"

static struct sl_db_column column_of(const char *format) {
  static char name[] = "c";
  static char type[] = "its type";
  struct sl_db_column c = { .name = name, .type_name = type };
  snprintf(c.format, sizeof c.format, "%s", format);
  return c;
}

TEST(canonical_values_are_iso_in_utc) {
  static const struct {
    const char *format, *value, *want;
    bool raw;
  } cases[] = {
    { "tsu:", "2024-05-31 10:20:30", "2024-05-31T10:20:30", false },
    { "tsu:UTC", "2024-05-31 10:20:30", "2024-05-31T10:20:30+00:00", false },
    { "tsu:UTC", "2024-05-31T12:20:30+02:00", "2024-05-31T10:20:30+00:00", false },
    { "tsu:", "2024-05-31", "2024-05-31T00:00:00", false },
    { "tsu:", "2024-05-31 10:20:30.5", "2024-05-31T10:20:30.500000", false },
    { "tsu:", "2024-05-31 10:20:30", "2024-05-31 10:20:30", true },
    { "tsu:", "no time", "no time", false },
    { "tdD", "2024-05-31", "2024-05-31", false },
    { "l", "42", "42", false },
    { "u", "2024-05-31 10:20:30", "2024-05-31 10:20:30", false },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_column c = column_of(cases[i].format);
    char *got = sl_cursor_canonical(&c, cases[i].value, cases[i].raw);
    CHECK_STR(cases[i].value, got, cases[i].want);
    free(got);
  }
}

TEST(values_compare_by_what_they_mean) {
  static const struct {
    const char *format, *a, *b;
    int want;
  } cases[] = {
    { "l", "9", "10", -1 },
    { "l", "9223372036854775807", "9223372036854775806", 1 },
    { "l", "+5", "5", 0 },
    { "d:38,9", "1.50", "1.5", 0 },
    { "d:38,9", "12345678901234567890.1", "12345678901234567890.2", -1 },
    { "g", "1e300", "2", 1 },
    { "g", "0.30000000000000004", "0.3", 1 },
    { "g", "-1e-5", "0", -1 },
    { "tsu:", "2024-05-31T10:00:00", "2024-05-31T10:00:00.000001", -1 },
    { "tsu:UTC", "2024-05-31T12:00:00+02:00", "2024-05-31T10:00:00+00:00", 0 },
    { "tsu:", "999", "1000", -1 }, /* stored as numbers */
    { "tsu:", "2024-05-31", "2024-05-31 10:00:00", -1 },
    { "tdD", "2024-05-31", "2024-06-01", -1 },
    { "u", "9", "10", 1 },
    { "u", "a", "a", 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_column c = column_of(cases[i].format);
    int got = sl_cursor_compare(&c, cases[i].a, cases[i].b);
    int back = sl_cursor_compare(&c, cases[i].b, cases[i].a);
    CHECK_INT(cases[i].a, (got > 0) - (got < 0), cases[i].want);
    CHECK_INT(cases[i].b, (back > 0) - (back < 0), -cases[i].want);
  }
}

static const struct {
  const char *format, *value, *lag, *initial, *want; /* want NULL: refused */
  bool raw;
} lags[] = {
  /* numbers */
  { "l", "10", "3", NULL, "7", false },
  { "l", "10", "1.5", NULL, "8", false },
  { "l", "-10", "1.5", NULL, "-11", false },
  { "l", "2", "5", NULL, "-3", false },
  { "l", "10", "-3", NULL, "13", false },
  { "g", "10.5", "0.25", NULL, "10.25", false },
  { "d:10,2", "10.50", "0.25", NULL, "10.25", false },
  { "d:38,0", "12345678901234567890123456789", "1", NULL, "12345678901234567890123456788", false },
  { "l", "ten", "1", NULL, NULL, false },
  { "l", "10", "one", NULL, NULL, false },
  { "l", "10", "", NULL, NULL, false },
  { "l", "10", "inf", NULL, NULL, false },
  /* dates: whole days */
  { "tdD", "2024-05-31", "1", NULL, "2024-05-30", false },
  { "tdD", "2024-05-31", "1.5", NULL, "2024-05-29", false },
  { "tdD", "2024-05-31", "0.5", NULL, "2024-05-30", false },
  { "tdD", "2024-05-31", "-1.5", NULL, "2024-06-01", false },
  { "tdD", "2024-03-01", "1", NULL, "2024-02-29", false },
  { "tdD", "0001-01-01", "1", NULL, NULL, false },
  /* times: seconds */
  { "tsu:UTC", "2024-05-31T10:00:00+00:00", "3600", NULL, "2024-05-31T09:00:00+00:00", false },
  { "tsu:", "2024-05-31T10:20:30.123456", "0.000001", NULL, "2024-05-31T10:20:30.123455", false },
  { "tsu:", "2024-05-31T10:20:30", "1", "2024-01-01", "2024-05-31T10:20:29", false },
  { "tsu:", "2024-05-31T00:00:00", "0.5", NULL, "2024-05-30T23:59:59.500000", false },
  /* texts: dates or times by their form, which stays */
  { "u", "2024-05-31", "1", NULL, "2024-05-30", false },
  { "u", "2024-05-31", "1.5", NULL, "2024-05-29", false },
  { "u", "20240301", "1", NULL, "20240229", false },
  { "u", "2024-05-31T10:20:30Z", "3600", NULL, "2024-05-31T09:20:30Z", false },
  { "u", "2024-05-31T10:20:30.250000Z", "0.5", NULL, "2024-05-31T10:20:29.750000Z", false },
  { "u", "2024-05-31T10:20:30+02:00", "86400", NULL, "2024-05-30T10:20:30+02:00", false },
  { "u", "2024-05-31T10:20:30+0200", "1", NULL, "2024-05-31T10:20:29+0200", false },
  { "u", "2024-05-31T00:00:00-05:30", "1", NULL, "2024-05-30T23:59:59-05:30", false },
  { "u", "2024-05-31T10:20:30", "31", NULL, "2024-05-31T10:19:59", false },
  { "u", "2024-05-31T10:20", "60", NULL, "2024-05-31T10:19", false },
  { "u", "2024-05-31T10", "7200", NULL, "2024-05-31T08", false },
  { "u", "2024-05", "3456000", NULL, "2024-03", false },
  { "u", "2024-03-01T00:00:00Z", "1", NULL, "2024-02-29T23:59:59Z", false },
  { "u", "2024-05-31 10:20:30", "30", NULL, "2024-05-31 10:20:00", false }, /* dlt: no text then */
  { "u", "2024-05-31 10:20:30.125", "0.001", NULL, "2024-05-31 10:20:30.124", false },
  { "u", "2024-05-31 10:20:30.1234567", "1", NULL, "2024-05-31 10:20:29.1234567", false },
  { "u", "2024-W03-1", "1", NULL, NULL, false },
  { "u", "order 5", "1", NULL, NULL, false },
  { "u", "10:20:30", "1", NULL, NULL, false },
  /* the form of the initial value decides the unit */
  { "u", "2024-05-31T10:20:30Z", "1", "2024-01-01", "2024-05-30T00:00:00Z", false },
  { "u", "2024-05-31T10:20:30Z", "1", "20240101", "2024-05-30T00:00:00Z", false },
  { "u", "2024-05-31T00:20:30+02:00", "2", "2024-01-01", "2024-05-28T02:00:00+02:00", false },
  { "u", "2024-05-31", "86400", "2024-01-01T00:00:00Z", "2024-05-30", false },
  { "u", "2024-05-31", "2", "no time", "2024-05-29", false },
  /* as they are stored */
  { "tsu:", "2024-05-31 10:20:30", "30", NULL, "2024-05-31 10:20:00", true },
  { "tsu:", "2024-05-31 10:20:30.5", "1", NULL, "2024-05-31 10:20:29.5", true },
  { "tsu:", "2024-05-31T10:20:30Z", "30", NULL, "2024-05-31T10:20:00Z", true },
  { "tsu:", "2024-05-31", "3600", NULL, "2024-05-30", true },
  { "tsu:", "1700000000", "100", NULL, "1699999900", true },
  { "tdD", "2024-05-31", "1", NULL, "2024-05-30", true },
};

TEST(lags_are_as_in_dlt) {
  for (size_t i = 0; i < COUNT(lags); i++) {
    struct sl_db_column c = column_of(lags[i].format);
    struct sl_error err = { 0 };
    char label[200];
    char *got = NULL;
    snprintf(label, sizeof label, "%s: %s - %s", lags[i].format, lags[i].value, lags[i].lag);
    sl_status rc =
        sl_cursor_lag(&c, lags[i].value, lags[i].lag, lags[i].initial, lags[i].raw, &got, &err);
    CHECK_STR(label, got, lags[i].want);
    CHECK_INT(label, rc, lags[i].want == NULL ? SL_EUSAGE : SL_OK);
    free(got);
  }
}

TEST(no_lag_is_a_lag_of_nothing) {
  CHECK(sl_cursor_lag_given(NULL) == NULL);
  CHECK(sl_cursor_lag_given("0") == NULL);
  CHECK(sl_cursor_lag_given("0.0") == NULL);
  CHECK_STR("one", sl_cursor_lag_given("1"), "1");
  CHECK_STR("refused later", sl_cursor_lag_given("x"), "x");
}

TEST(states_have_dlts_typed_json) {
  static const struct {
    const char *format, *value, *want;
  } cases[] = {
    { "l", "42", "42" },
    { "l", "+5", "5" },
    { "l", "1e3", "1000" },
    { "l", "5.5", "5.5" },
    { "l", "five", "\"five\"" },
    { "g", "0.1", "0.1" },
    { "g", "1e300", "1e+300" },
    { "g", "inf", "\"inf\"" },
    { "d:10,2", "10.50",
      "\"\xEF\x80\xA6"
      "10.50\"" },
    { "tsu:", "2024-05-31T10:20:30",
      "\"\xEF\x80\xA7"
      "2024-05-31T10:20:30\"" },
    { "tsu:", "2024-05-31",
      "\"\xEF\x80\xA7"
      "2024-05-31\"" },
    { "tsu:", "1700000000", "1700000000" },
    { "tsu:", "whenever", "\"whenever\"" },
    { "tdD", "2024-05-31",
      "\"\xEF\x80\xA8"
      "2024-05-31\"" },
    { "u", "say \"hi\"", "\"say \\\"hi\\\"\"" },
    { "u", "2024-05-31", "\"2024-05-31\"" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_db_column c = column_of(cases[i].format);
    struct sl_buffer out = { 0 };
    sl_cursor_to_json(&c, cases[i].value, &out);
    CHECK_STR(cases[i].value, out.data, cases[i].want);
    sl_buffer_release(&out);
  }
}

TEST(marks_are_taken_off) {
  CHECK_STR("decimal",
            sl_cursor_unmark("\xEF\x80\xA6"
                             "10.50"),
            "10.50");
  CHECK_STR("time",
            sl_cursor_unmark("\xEF\x80\xAD"
                             "10:20"),
            "10:20");
  CHECK_STR("none", sl_cursor_unmark("plain"), "plain");
  CHECK_STR("another character", sl_cursor_unmark("\xEF\x80\xAE"), "\xEF\x80\xAE");
  CHECK_STR("empty", sl_cursor_unmark(""), "");
}
