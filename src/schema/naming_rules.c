/* naming_rules.c - dlt's conventions, character by character (dlt.md 2.4). */
#include "schema/naming_rules.h"

#include "base/unicode.h"

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Runs of anything but letters, digits and _ become one _; `special` maps single characters first.
 */
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
               (c >= 0x80 && sl_unicode_digit(c) >= 0)) {
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
  return sl_unicode_digit(c) >= 0;
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
  reduce_alphabet(sl_text_strip(in), "+-*@|", "x_xal", &a);
  break_words(a.data, a.length, &b);
  bool failed = a.failed || b.failed; /* a name that lost a part would be another name */
  sl_buffer_reset(&a);
  if (b.length > 0) {
    break_capitals(b.data, b.length, &a);
  }
  failed = failed || a.failed;
  sl_buffer_reset(&b);
  if (starts_with_digit(a.data, a.length)) {
    sl_buffer_char(&b, '_');
  }
  sl_buffer_append(&b, a.data, a.length);
  for (size_t i = b.length; i > 0 && b.data[i - 1] == '_'; i--) {
    b.data[i - 1] = 'x';
  }
  contract(b.data, b.length, out);
  out->failed = out->failed || failed;
  sl_buffer_release_part(&a, out);
  sl_buffer_release_part(&b, out);
}

void sl_normalize_sql_cs(struct sl_text in, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  struct sl_buffer b = { 0 };
  reduce_alphabet(sl_text_strip(in), "", "", &a);
  if (starts_with_digit(a.data, a.length)) {
    sl_buffer_char(&b, '_');
  }
  sl_buffer_append(&b, a.data, a.length);
  size_t n = b.length;
  while (n > 0 && b.data[n - 1] == '_' && b.length > 1) {
    n--;
  }
  contract(b.data, n, out);
  sl_buffer_release_part(&a, out);
  sl_buffer_release_part(&b, out);
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

/* Replaces the characters of `odd` (ASCII), `odd_point` (0 = none) and NUL by _, and bytes that are
 * no UTF-8 by U+FFFD. dlt keeps NUL, and the destination then refuses the name. */
static void clean(struct sl_text in, const char *odd, int32_t odd_point, struct sl_buffer *out) {
  const char *end = in.data + in.length;
  for (const char *at = in.data; at < end;) {
    const char *start = at;
    int32_t c = sl_utf8_next(&at, end);
    if (c < 0) {
      sl_buffer_text(out, "\xef\xbf\xbd");
    } else if (c == 0 || c == odd_point || (c < 0x80 && strchr(odd, c) != NULL)) {
      sl_buffer_char(out, '_');
    } else {
      sl_buffer_append(out, start, (size_t)(at - start));
    }
  }
}

void sl_normalize_direct(struct sl_text in, struct sl_buffer *out) {
  clean(sl_text_strip(in), "\n\r'\"", 0x25B6, out);
}

void sl_normalize_duck_case(struct sl_text in, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  clean(sl_text_strip(in), "\n\r\"", 0, &a);
  contract(a.data, a.length, out);
  sl_buffer_release_part(&a, out);
}
