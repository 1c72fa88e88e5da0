/* test_text.c - buffers, UTF-8, distances, and numbers for people. */
#include "base/text.h"

#include <stdlib.h>

#include "unit/comma_locale.h"

TEST(buffers_hold_bytes_and_end_with_nul) {
  struct sl_buffer b = { 0 };
  struct sl_error err;
  for (int i = 0; i < 1000; i++) {
    sl_buffer_char(&b, (char)('a' + i % 26));
  }
  sl_buffer_append(&b, "\0x", 2);
  sl_buffer_text(&b, "end");
  sl_buffer_printf(&b, "%05d", 42);
  CHECK_OK(sl_buffer_check(&b, &err), &err);
  CHECK_INT("length", b.length, 1010);
  CHECK_MEM("end", b.data + 1000, 11, "\0xend00042", 11);
  sl_buffer_reset(&b);
  CHECK_INT("empty", b.length, 0);
  CHECK_STR("empty", b.data, "");
  sl_buffer_release(&b);
  sl_buffer_release(&b);
}

TEST(taking_leaves_an_empty_buffer) {
  struct sl_buffer b = { 0 };
  char *text = sl_buffer_take(&b);
  CHECK_STR("of an empty one", text, "");
  free(text);
  sl_buffer_text(&b, "abc");
  text = sl_buffer_take(&b);
  CHECK_STR("taken", text, "abc");
  CHECK(b.data == NULL && b.length == 0);
  free(text);
}

TEST(a_failed_buffer_stays_failed) {
  struct sl_buffer b = { 0 };
  struct sl_error err;
  sl_buffer_text(&b, "abc");
  CHECK(!sl_buffer_reserve(&b, SIZE_MAX / 2));
  sl_buffer_text(&b, "def");
  CHECK_FAILS(sl_buffer_check(&b, &err), SL_ENOMEM, &err);
  CHECK_STR("what was there", b.data, "abc");
  CHECK(sl_buffer_take(&b) == NULL);
  sl_buffer_release(&b);
}

static const struct {
  const char *label, *bytes;
  size_t length;
  int32_t first; /* code point at the beginning, -1 = invalid */
  bool valid;
} utf8[] = {
  { "ASCII", "abcdefghij", 10, 'a', true },
  { "NUL", "\0", 1, 0, true },
  { "two bytes", "\xc3\xa9", 2, 0xE9, true },
  { "three bytes", "\xe6\x97\xa5", 3, 0x65E5, true },
  { "four bytes", "\xf0\x9f\x99\x82", 4, 0x1F642, true },
  { "the last one", "\xf4\x8f\xbf\xbf", 4, 0x10FFFF, true },
  { "beyond the last", "\xf4\x90\x80\x80", 4, -1, false },
  { "over-long slash", "\xc0\xaf", 2, -1, false },
  { "over-long in three", "\xe0\x80\xaf", 3, -1, false },
  { "over-long in four", "\xf0\x80\x80\xaf", 4, -1, false },
  { "half a surrogate", "\xed\xa0\x80", 3, -1, false },
  { "before the surrogates", "\xed\x9f\xbf", 3, 0xD7FF, true },
  { "lone continuation", "\x80", 1, -1, false },
  { "cut off", "\xe6\x97", 2, -1, false },
  { "cut off by ASCII", "\xe6\x97z", 3, -1, false },
  { "no lead byte", "\xff", 1, -1, false },
  { "bad after eight", "abcdefgh\xff", 9, 'a', false },
  { "bad within eight",
    "abc\xff"
    "efgh",
    8, 'a', false },
};

TEST(utf8_is_checked_as_the_standard_says) {
  for (size_t i = 0; i < COUNT(utf8); i++) {
    CHECK_INT(utf8[i].label, sl_utf8_valid(utf8[i].bytes, utf8[i].length), utf8[i].valid);
    const char *at = utf8[i].bytes;
    CHECK_INT(utf8[i].label, sl_utf8_next(&at, utf8[i].bytes + utf8[i].length), utf8[i].first);
    CHECK_CASE(utf8[i].label,
               at > utf8[i].bytes && (utf8[i].first >= 0 || at == utf8[i].bytes + 1));
  }
}

TEST(code_points_are_written_and_read_back) {
  for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) continue;
    char bytes[4];
    size_t n = sl_utf8_write(bytes, c);
    const char *at = bytes;
    if (!CHECK_INT("code point", sl_utf8_next(&at, bytes + n), c)) return;
    CHECK_INT("all bytes", at - bytes, n);
    CHECK_INT("one character", sl_utf8_count(bytes, n), 1);
  }
}

TEST(distances_count_edits_up_to_a_limit) {
  static const struct {
    const char *a, *b;
    size_t limit, want;
  } cases[] = {
    { "dataset", "dataset", 4, 0 },
    { "dataset", "datset", 4, 1 },
    { "kitten", "sitting", 9, 3 },
    { "", "abc", 9, 3 },
    { "abc", "", 9, 3 },
    { "abcdef", "uvwxyz", 4, 5 },
    { "dataset", "datsaet", 4, 2 },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    CHECK_INT(cases[i].a, sl_text_distance(cases[i].a, cases[i].b, cases[i].limit), cases[i].want);
  }
  char long_text[200];
  memset(long_text, 'x', sizeof long_text);
  long_text[sizeof long_text - 1] = '\0';
  CHECK_INT("too long to be a typing error", sl_text_distance(long_text, "x", 4), 5);
}

TEST(sizes_and_counts_are_short_and_right) {
  static const struct {
    int64_t value;
    const char *bytes, *count;
  } cases[] = {
    { 0, "0 B", "0" },
    { 999, "999 B", "999" },
    { 1000, "1.0 KB", "1,000" },
    { 1449, "1.4 KB", "1,449" },
    { 9949, "9.9 KB", "9,949" },
    { 9950, "10 KB", "9,950" },
    { 999499, "999 KB", "999,499" },
    { 999500, "1.0 MB", "999,500" },
    { 1234567, "1.2 MB", "1,234,567" },
    { INT64_C(533000000), "533 MB", "533,000,000" },
    { INT64_MAX, "9223 PB", "9,223,372,036,854,775,807" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[32];
    sl_format_bytes(text, cases[i].value);
    CHECK_STR(cases[i].count, text, cases[i].bytes);
    sl_format_count(text, cases[i].value);
    CHECK_STR(cases[i].count, text, cases[i].count);
  }
  char text[32];
  sl_format_count(text, INT64_MIN);
  CHECK_STR("negative", text, "-9,223,372,036,854,775,808");
  if (comma_locale_set()) {
    sl_format_bytes(text, 1234567);
    CHECK_STR("the locale changes nothing", text, "1.2 MB");
    comma_locale_unset();
  }
}

TEST(globs_match_as_in_a_shell) {
  static const struct {
    const char *pattern, *text;
    bool want;
  } cases[] = {
    { "*", "events", true },
    { "ev*", "events", true },
    { "ev*", "tweets", false },
    { "?vents", "events", true },
    { "[a-f]*", "events", true },
    { "[a-d]*", "events", false },
    { "", "", true },
    { "", "x", false },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    CHECK_INT(cases[i].pattern, sl_text_glob(cases[i].pattern, cases[i].text), cases[i].want);
  }
}
