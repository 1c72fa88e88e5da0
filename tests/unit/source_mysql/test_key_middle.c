/* test_key_middle.c - values between two values of a key. */
#include "sources/mysql/split.h"
#include "unit/test.h"

static const struct {
  const char *label;
  enum maria_key_kind kind;
  const char *low, *high, *want; /* NULL = there is none */
} cases[] = {
  { "numbers", MARIA_KEY_INTEGER, "1", "10", "6" },
  { "neighbours", MARIA_KEY_INTEGER, "1", "2", "2" },
  { "the same", MARIA_KEY_INTEGER, "7", "7", NULL },
  { "negative", MARIA_KEY_INTEGER, "-10", "-1", "-5" },
  { "across zero", MARIA_KEY_INTEGER, "-9223372036854775808", "9223372036854775807", "0" },
  { "unsigned", MARIA_KEY_INTEGER, "0", "18446744073709551615", "9223372036854775808" },
  { "no number", MARIA_KEY_INTEGER, "a", "b", NULL },
  { "dates", MARIA_KEY_TIME, "2024-01-01", "2024-01-03", "2024-01-02" },
  { "next day", MARIA_KEY_TIME, "2024-02-28", "2024-02-29", "2024-02-29" },
  { "one day", MARIA_KEY_TIME, "2024-01-01", "2024-01-01", NULL },
  { "a zero date", MARIA_KEY_TIME, "0000-00-00", "2024-01-01", NULL },
  { "times", MARIA_KEY_TIME, "2024-01-01 00:00:00", "2024-01-02 00:00:00", "2024-01-01 12:00:00" },
  { "microseconds", MARIA_KEY_TIME, "2024-01-01 00:00:00.000001", "2024-01-01 00:00:00.000003",
    "2024-01-01 00:00:00.000002" },
  { "bytes", MARIA_KEY_BINARY, "00", "80", "4000000000000000" },
  { "the same bytes first", MARIA_KEY_BINARY, "FF00", "FF02", "FF0100000000000000" },
  { "the same bytes", MARIA_KEY_BINARY, "FF", "FF", NULL },
  { "no bytes", MARIA_KEY_BINARY, "", "FF", NULL },
  { "other types", MARIA_KEY_OTHER, "1", "9", NULL },
  { "letters", MARIA_KEY_TEXT, "a", "c", "b" },
  { "capitals are letters", MARIA_KEY_TEXT, "A", "C", "b" },
  { "the same letters", MARIA_KEY_TEXT, "Abc", "aBC", NULL },
  { "what both begin with stays", MARIA_KEY_TEXT, "Key 1", "Key 3", "Key 2" },
  { "signs are not used", MARIA_KEY_TEXT, "!", "1", "0" },
  { "but between signs", MARIA_KEY_TEXT, "!", "%", "#" },
  { "whole characters", MARIA_KEY_TEXT,
    "\xC3\xA4"
    "1",
    "\xC3\xA4"
    "3",
    "\xC3\xA4"
    "2" },
  { "none is cut", MARIA_KEY_TEXT, "\xC3\xA4", "\xC3\xB6", NULL },
  { "code points", MARIA_KEY_TEXT_BINARY, "A", "a", "Q" },
};

TEST(values_in_the_middle) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_buffer out = { 0 };
    bool found = maria_key_middle(cases[i].kind, cases[i].low, cases[i].high, &out);
    CHECK_CASE(cases[i].label, found == (cases[i].want != NULL));
    if (found && cases[i].want != NULL) { /* letters after the wanted ones are the least there is */
      size_t length = strlen(cases[i].want);
      CHECK_CASE(cases[i].label, out.length >= length);
      CHECK_MEM(cases[i].label, out.data, length, cases[i].want, length);
    }
    sl_buffer_release(&out);
  }
}

TEST(texts_stay_valid) {
  static const char *const texts[] = {
    "", "a", "zzzzzzzzzzzz", "\xC3\xA4\xC3\xB6", "~", "\xE9\x94\xAE", "'\\\"", "9\xF0\x9F\x98\x80"
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    for (size_t j = 0; j < COUNT(texts); j++) {
      for (int kind = MARIA_KEY_TEXT; kind <= MARIA_KEY_TEXT_BINARY; kind++) {
        struct sl_buffer out = { 0 };
        if (maria_key_middle((enum maria_key_kind)kind, texts[i], texts[j], &out)) {
          CHECK_CASE(texts[i], sl_utf8_valid(out.data, out.length));
        }
        sl_buffer_release(&out);
      }
    }
  }
}
