/* test_real.c - numbers do not follow the locale of the process. */
#include "base/real.h"

#include "unit/comma_locale.h"

TEST(text_becomes_the_nearest_double) {
  static const struct {
    const char *text;
    double want;
    size_t read;
  } cases[] = {
    { "0.1", 0.1, 3 },
    { "1e400", HUGE_VAL, 5 },
    { "-1e-400", -0.0, 7 },
    { "5e-324", 5e-324, 6 },
    { "9007199254740993", 9007199254740992.0, 16 },
    { "1,5", 1, 1 },
    { "x", 0, 0 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *end;
    CHECK_DOUBLE(cases[i].text, sl_real_parse(cases[i].text, &end), cases[i].want);
    CHECK_INT(cases[i].text, end - cases[i].text, cases[i].read);
  }
}

TEST(the_locale_of_the_process_changes_nothing) {
  static const struct {
    double value;
    const char *shortest, *two_decimals;
  } cases[] = {
    { 2.5, "2.5", "2.50" },
    { 0.1, "0.1", "0.10" },
    { -1234567.125, "-1234567.125", "-1234567.12" },
    { 1e22, "1e+22", "10000000000000000000000.00" },
    { 3, "3", "3.00" },
    { 0.30000000000000004, "0.30000000000000004", "0.30" },
    { 5e-324, "4.94065645841247e-324", "0.00" },
  };
  if (!comma_locale_set()) {
    return;
  }
  CHECK_DOUBLE("parse", sl_real_parse("2.5", NULL), 2.5);
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[SL_REAL_CHARS];
    sl_real_print(text, cases[i].value);
    CHECK_STR("shortest", text, cases[i].shortest);
    sl_real_print_fixed(text, cases[i].value, 2);
    CHECK_STR("fixed", text, cases[i].two_decimals);
  }
  comma_locale_unset();
}
