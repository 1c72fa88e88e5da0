/* naming_rules.c - dlt's conventions, character by character (dlt.md 2.4). */
#include "schema/naming_rules.h"

/* Decimal digits outside ASCII (Unicode category Nd): Python's \\d matches them, so dlt keeps them. */
static const struct {
  uint32_t first, count;
} unicode_digits[] = {
  { 0x660, 10 }, { 0x6F0, 10 }, { 0x7C0, 10 }, { 0x966, 10 }, { 0x9E6, 10 }, { 0xA66, 10 },
  { 0xAE6, 10 }, { 0xB66, 10 }, { 0xBE6, 10 }, { 0xC66, 10 }, { 0xCE6, 10 }, { 0xD66, 10 },
  { 0xDE6, 10 }, { 0xE50, 10 }, { 0xED0, 10 }, { 0xF20, 10 }, { 0x1040, 10 }, { 0x1090, 10 },
  { 0x17E0, 10 }, { 0x1810, 10 }, { 0x1946, 10 }, { 0x19D0, 10 }, { 0x1A80, 10 }, { 0x1A90, 10 },
  { 0x1B50, 10 }, { 0x1BB0, 10 }, { 0x1C40, 10 }, { 0x1C50, 10 }, { 0xA620, 10 }, { 0xA8D0, 10 },
  { 0xA900, 10 }, { 0xA9D0, 10 }, { 0xA9F0, 10 }, { 0xAA50, 10 }, { 0xABF0, 10 }, { 0xFF10, 10 },
  { 0x104A0, 10 }, { 0x10D30, 10 }, { 0x11066, 10 }, { 0x110F0, 10 }, { 0x11136, 10 },
  { 0x111D0, 10 }, { 0x112F0, 10 }, { 0x11450, 10 }, { 0x114D0, 10 }, { 0x11650, 10 },
  { 0x116C0, 10 }, { 0x11730, 10 }, { 0x118E0, 10 }, { 0x11950, 10 }, { 0x11C50, 10 },
  { 0x11D50, 10 }, { 0x11DA0, 10 }, { 0x16A60, 10 }, { 0x16AC0, 10 }, { 0x16B50, 10 },
  { 0x1D7CE, 50 }, { 0x1E140, 10 }, { 0x1E2F0, 10 }, { 0x1E950, 10 }, { 0x1FBF0, 10 },
};

static bool is_unicode_digit(int32_t c) {
  size_t low = 0;
  size_t high = sizeof unicode_digits / sizeof unicode_digits[0];
  while (low < high) {
    size_t middle = (low + high) / 2;
    if ((uint32_t)c < unicode_digits[middle].first) {
      high = middle;
    } else if ((uint32_t)c >= unicode_digits[middle].first + unicode_digits[middle].count) {
      low = middle + 1;
    } else {
      return true;
    }
  }
  return false;
}

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_space(int32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

struct sl_text sl_naming_strip(struct sl_text in) {
  const char *end = in.data + in.length;
  const char *at = in.data;
  while (at < end) {
    const char *next = at;
    if (!is_space(sl_utf8_next(&next, end))) {
      break;
    }
    at = next;
  }
  while (end > at) {
    const char *last = end - 1;
    while (last > at && ((unsigned char)*last & 0xC0U) == 0x80U) {
      last--;
    }
    const char *next = last;
    if (!is_space(sl_utf8_next(&next, end))) {
      break;
    }
    end = last;
  }
  return (struct sl_text){ at, (size_t)(end - at) };
}

/* Runs of anything but letters, digits and _ become one _; `special` maps single characters first. */
static void reduce_alphabet(struct sl_text in, const char *from, const char *to,
                            struct sl_buffer *out) {
  const char *end = in.data + in.length;
  bool gap = false;
  for (const char *at = in.data; at < end;) {
    const char *start = at;
    int32_t c = sl_utf8_next(&at, end);
    const char *special = c > 0 && c < 0x80 ? strchr(from, c) : NULL;
    if (special != NULL && *special != '\0') {
      sl_buffer_char(out, to[special - from]);
      gap = false;
    } else if ((c >= 0 && c < 0x80 &&
                (is_lower((char)c) || is_upper((char)c) || is_digit((char)c) || c == '_')) ||
               (c >= 0x80 && is_unicode_digit(c))) {
      sl_buffer_append(out, start, (size_t)(at - start));
      gap = false;
    } else if (!gap) {
      sl_buffer_char(out, '_');
      gap = true;
    }
  }
}

/* ([^_])([A-Z][a-z]+) -> \\1_\\2, left to right without overlap. */
static void break_words(const char *s, size_t n, struct sl_buffer *out) {
  for (size_t i = 0; i < n;) {
    if (s[i] != '_' && ((unsigned char)s[i] & 0xC0U) != 0x80U && i + 2 < n && is_upper(s[i + 1]) &&
        is_lower(s[i + 2])) {
      sl_buffer_char(out, s[i]);
      sl_buffer_char(out, '_');
      sl_buffer_char(out, s[++i]);
      for (i++; i < n && is_lower(s[i]); i++) {
        sl_buffer_char(out, s[i]);
      }
    } else if (((unsigned char)s[i] & 0xC0U) == 0xC0U) {
      /* One character of several bytes, which may stand before a capital too. */
      do {
        sl_buffer_char(out, s[i++]);
      } while (i < n && ((unsigned char)s[i] & 0xC0U) == 0x80U);
      if (i + 1 < n && is_upper(s[i]) && is_lower(s[i + 1])) {
        sl_buffer_char(out, '_');
        do {
          sl_buffer_char(out, s[i++]);
        } while (i < n && is_lower(s[i]));
      }
    } else {
      sl_buffer_char(out, s[i++]);
    }
  }
}

/* ([a-z0-9])([A-Z]) -> \\1_\\2, then lower case. */
static void break_capitals(const char *s, size_t n, struct sl_buffer *out) {
  for (size_t i = 0; i < n; i++) {
    sl_buffer_char(out, is_upper(s[i]) ? (char)(s[i] + 32) : s[i]);
    if ((is_lower(s[i]) || is_digit(s[i])) && i + 1 < n && is_upper(s[i + 1])) {
      sl_buffer_char(out, '_');
      sl_buffer_char(out, (char)(s[++i] + 32));
    }
  }
}

static bool starts_with_digit(const char *s, size_t n) {
  if (n == 0) {
    return false;
  }
  const char *at = s;
  int32_t c = sl_utf8_next(&at, s + n);
  return c >= 0 && (c < 0x80 ? is_digit((char)c) : is_unicode_digit(c));
}

/* Appends with runs of _ as one. */
static void contract(const char *s, size_t n, struct sl_buffer *out) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] != '_' || i == 0 || s[i - 1] != '_') {
      sl_buffer_char(out, s[i]);
    }
  }
}

void sl_normalize_snake_case(struct sl_text in, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  struct sl_buffer b = { 0 };
  reduce_alphabet(sl_naming_strip(in), "+-*@|", "x_xal", &a);
  break_words(a.data, a.length, &b);
  sl_buffer_reset(&a);
  if (b.length > 0) {
    break_capitals(b.data, b.length, &a);
  }
  sl_buffer_reset(&b);
  if (starts_with_digit(a.data, a.length)) {
    sl_buffer_char(&b, '_');
  }
  sl_buffer_append(&b, a.data, a.length);
  for (size_t i = b.length; i > 0 && b.data[i - 1] == '_'; i--) {
    b.data[i - 1] = 'x';
  }
  contract(b.data, b.length, out);
  out->failed = out->failed || a.failed || b.failed;
  sl_buffer_release(&a);
  sl_buffer_release(&b);
}

void sl_normalize_sql_cs(struct sl_text in, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  struct sl_buffer b = { 0 };
  reduce_alphabet(sl_naming_strip(in), "", "", &a);
  if (starts_with_digit(a.data, a.length)) {
    sl_buffer_char(&b, '_');
  }
  sl_buffer_append(&b, a.data, a.length);
  size_t n = b.length;
  while (n > 0 && b.data[n - 1] == '_' && b.length > 1) {
    n--;
  }
  contract(b.data, n, out);
  out->failed = out->failed || a.failed || b.failed;
  sl_buffer_release(&a);
  sl_buffer_release(&b);
}

void sl_normalize_sql_ci(struct sl_text in, struct sl_buffer *out) {
  size_t from = out->length;
  sl_normalize_sql_cs(in, out);
  for (size_t i = from; i < out->length; i++) {
    if (is_upper(out->data[i])) {
      out->data[i] = (char)(out->data[i] + 32);
    }
  }
}

/* Replaces the characters of `odd` (ASCII) and of `odd_text` (one character, may be empty) by _. */
static void clean(struct sl_text in, const char *odd, const char *odd_text, struct sl_buffer *out) {
  size_t width = strlen(odd_text);
  for (size_t i = 0; i < in.length;) {
    if (width > 0 && in.length - i >= width && memcmp(in.data + i, odd_text, width) == 0) {
      sl_buffer_char(out, '_');
      i += width;
    } else {
      char c = in.data[i++];
      sl_buffer_char(out, c != '\0' && strchr(odd, c) != NULL ? '_' : c);
    }
  }
}

void sl_normalize_direct(struct sl_text in, struct sl_buffer *out) {
  clean(sl_naming_strip(in), "\n\r'\"", "\xe2\x96\xb6", out);
}

void sl_normalize_duck_case(struct sl_text in, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  clean(sl_naming_strip(in), "\n\r\"", "", &a);
  contract(a.data, a.length, out);
  out->failed = out->failed || a.failed;
  sl_buffer_release(&a);
}
