/* test_text.c - UTF-8 and UTF-16, and words in texts. */
#include "odbc/text.h"

#include <stdlib.h>

#include "unit/test.h"

static const char *const texts[] = {
  "",
  "a",
  "abcd",
  "abcde",
  "é",
  "abcé",
  "abcdé",
  "漢字",
  "𝄞",
  "a𝄞b",
  "ascii then 𝄞 and é",
  "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf",
  "\xf4\x8f\xbf\xbf",
};

TEST(texts_come_back) {
  for (size_t i = 0; i < COUNT(texts); i++) {
    SQLWCHAR *units;
    struct sl_error err;
    char back[256];
    size_t n = 0;
    if (!CHECK_OK(odbc_widen(texts[i], &units, &err), &err)) {
      continue;
    }
    while (units[n] != 0) {
      n++;
    }
    size_t length = odbc_narrow(units, n, back);
    CHECK_MEM(texts[i], back, length, texts[i], strlen(texts[i]));
    free(units);
  }
}

TEST(surrogates_come_in_pairs) {
  static const SQLWCHAR bad[][3] = {
    { 0xD800, 'a', 'b' }, { 'a', 0xDC00, 'b' }, { 'a', 'b', 0xD800 }, { 0xD800, 0xD800, 0xDC00 }
  };
  char out[16];
  for (size_t i = 0; i < COUNT(bad); i++) {
    CHECK(odbc_narrow(bad[i], 3, out) == ODBC_NOT_UTF16);
  }
}

TEST(bad_utf8_is_refused) {
  SQLWCHAR *units;
  struct sl_error err;
  CHECK_FAILS(odbc_widen("a\xff", &units, &err), SL_EUSAGE, &err);
  CHECK(units == NULL);
  CHECK_OK(odbc_widen(NULL, &units, &err), &err);
  CHECK(units == NULL);
}

TEST(words) {
  CHECK(odbc_has_word("maria|mysql", "MariaDB Unicode"));
  CHECK(odbc_has_word("maria|mysql", "libMySQL.so"));
  CHECK(!odbc_has_word("maria|mysql", "SQLite3"));
  CHECK(odbc_has_word("", "anything"));
}
