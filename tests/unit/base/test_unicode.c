/* test_unicode.c - digits and white space of all scripts, as Python 3.11 has them. */
#include "base/unicode.h"

#include "unit/test.h"

static const struct {
  const char *label;
  int32_t point;
  int digit; /* -1 = none */
  bool space;
} points[] = {
  { "0", '0', 0, false },
  { "9", '9', 9, false },
  { "slash", '/', -1, false },
  { "colon", ':', -1, false },
  { "a", 'a', -1, false },
  { "invalid", -1, -1, false },
  { "Arabic-Indic three", 0x663, 3, false },
  { "before the Arabic-Indic digits", 0x65F, -1, false },
  { "after the Arabic-Indic digits", 0x66A, -1, false },
  { "Devanagari nine", 0x96F, 9, false },
  { "fullwidth zero", 0xFF10, 0, false },
  { "superscript two is no decimal digit", 0xB2, -1, false },
  { "one half", 0xBD, -1, false },
  { "mathematical bold 0", 0x1D7CE, 0, false },
  { "mathematical double-struck 0", 0x1D7D8, 0, false },
  { "mathematical monospace 9", 0x1D7FF, 9, false },
  { "the last run", 0x1FBF9, 9, false },
  { "beyond the last run", 0x1FBFA, -1, false },
  { "the last code point", 0x10FFFF, -1, false },
  { "tab", '\t', -1, true },
  { "file separator", 0x1C, -1, true },
  { "escape", 0x1B, -1, false },
  { "no-break space", 0xA0, -1, true },
  { "next line", 0x85, -1, true },
  { "em space", 0x2003, -1, true },
  { "zero width space is none", 0x200B, -1, false },
  { "ideographic space", 0x3000, -1, true },
  { "byte order mark is none", 0xFEFF, -1, false },
};

TEST(digits_and_spaces_are_those_of_python) {
  for (size_t i = 0; i < COUNT(points); i++) {
    CHECK_INT(points[i].label, sl_unicode_digit(points[i].point), points[i].digit);
    CHECK_INT(points[i].label, sl_unicode_is_space(points[i].point), points[i].space);
  }
}

/* Counted with unicodedata 14.0: 660 digits, 29 spaces. */
TEST(there_are_as_many_as_python_counts) {
  int digits = 0;
  int spaces = 0;
  for (int32_t c = 0; c <= 0x10FFFF; c++) {
    digits += sl_unicode_digit(c) >= 0;
    spaces += sl_unicode_is_space(c);
  }
  CHECK_INT("digits", digits, 660);
  CHECK_INT("spaces", spaces, 29);
}

static const struct {
  const char *in, *want;
} stripped[] = {
  { "", "" },
  { " ", "" },
  { "a", "a" },
  { " \t\na b\r ", "a b" },
  { "\xe2\x80\x83x\xe2\x80\x83", "x" },
  { "\xc2\xa0\x1c", "" },
  { "\xe6\x97\xa5", "\xe6\x97\xa5" },
  { " \xff ", "\xff" },
  { "x\xa0", "x\xa0" }, /* half of a no-break space is no space */
  { "\x80 ", "\x80" },
};

TEST(white_space_is_taken_from_both_ends) {
  for (size_t i = 0; i < COUNT(stripped); i++) {
    struct sl_text got = sl_text_strip(sl_text_of(stripped[i].in));
    CHECK_MEM(stripped[i].in, got.data, got.length, stripped[i].want, strlen(stripped[i].want));
  }
}
