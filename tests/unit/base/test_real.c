/* test_real.c - numbers do not follow the locale of the process. */
#include "base/real.h"

#include <locale.h>

#include "unit/test.h"

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

/* With a German locale installed this fails for plain strtod; without one it shows nothing more
 * than the test before. */
TEST(the_locale_of_the_process_changes_nothing) {
  const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8", "C" };
  for (size_t i = 0; i < COUNT(locales); i++) {
    if (setlocale(LC_ALL, locales[i]) != NULL) {
      CHECK_DOUBLE(locales[i], sl_real_parse("2.5", NULL), 2.5);
    }
  }
  setlocale(LC_ALL, "C");
}
