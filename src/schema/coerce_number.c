/* coerce_number.c - text to numbers exactly as Python's int(), float() and Decimal() read it. */
#include <math.h>
#include <strings.h>

#include "base/real.h"
#include "base/unicode.h"
#include "schema/coerce.h"

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_number_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.' || c == '_' || (c >= 9 && c <= 13) || c == ' ';
}

/* Appends the text with digits and spaces of all scripts as ASCII, as CPython does before it reads
 * a number; false at the first character that is in no number. */
static bool to_ascii(struct sl_text text, struct sl_buffer *out) {
  const char *end = text.data + text.length;
  for (const char *at = text.data; at < end;) {
    int32_t c = sl_utf8_next(&at, end);
    int digit = sl_unicode_digit(c);
    if (digit >= 0) {
      sl_buffer_char(out, (char)('0' + digit));
    } else if (c >= 0x80 && sl_unicode_is_space(c)) {
      sl_buffer_char(out, ' ');
    } else if (c > 0 && c < 0x80 && is_number_char((char)c)) {
      sl_buffer_char(out, (char)c);
    } else {
      return false;
    }
  }
  return !out->failed && out->length > 0;
}

static bool is_space(char c) {
  return c == ' ' || (c >= 9 && c <= 13);
}

/* A whole number: digits of `base` without sign, prefix, underscores and zeros in front. */
struct whole {
  struct sl_text digits; /* in the buffer that was read */
  bool negative;
};

/* Python's int(text, base) for base 10 and 16; rewrites the buffer. */
static bool read_whole(struct sl_buffer *b, int base, struct whole *out) {
  enum { MOST_DIGITS = 4300 }; /* sys.set_int_max_str_digits */
  char *at = b->data;
  char *end = at + b->length;
  while (at < end && is_space(*at)) {
    at++;
  }
  while (end > at && is_space(end[-1])) {
    end--;
  }
  out->negative = at < end && *at == '-';
  at += at < end && (*at == '+' || *at == '-');
  if (base == 16 && end - at >= 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
    at += 2;
    at += at < end && *at == '_';
  }
  char *first = at;
  char *to = at;
  for (; at < end; at++) {
    if (*at == '_' && at > first && at[-1] != '_' && at + 1 < end) {
      continue;
    }
    if (base == 16 ? sl_hex_digit(*at) < 0 : !is_digit(*at)) {
      return false;
    }
    *to++ = *at;
  }
  if (to == first || (base == 10 && to - first > MOST_DIGITS)) {
    return false;
  }
  while (first + 1 < to && *first == '0') {
    first++;
  }
  out->digits = (struct sl_text){ first, (size_t)(to - first) };
  return true;
}

/* False when it has more than 38 digits. */
static bool whole_to_decimal(const struct whole *whole, int base, struct sl_decimal *out) {
  if (base == 10) {
    if (!sl_decimal_parse(whole->digits, out)) {
      return false;
    }
  } else {
    sl_uint128 value = 0;
    if (whole->digits.length > 32) {
      return false;
    }
    for (size_t i = 0; i < whole->digits.length; i++) {
      value = value * 16 + (unsigned)sl_hex_digit(whole->digits.data[i]);
    }
    *out = (struct sl_decimal){ (sl_int128)value, 0 };
    if (value >> 127 != 0 || sl_decimal_digits(out->coefficient) > 38) {
      return false;
    }
  }
  out->coefficient = whole->negative ? -out->coefficient : out->coefficient;
  return true;
}

/* Python's float(int) of hexadecimal digits: rounds half to even, false when too large. */
static bool hex_to_double(const struct whole *whole, double *out) {
  uint64_t top = 0; /* the first 64 bits at least; the rest only matters as being there */
  bool rest = false;
  size_t i = 0;
  for (; i < whole->digits.length && top >> 60 == 0; i++) {
    top = top * 16 + (unsigned)sl_hex_digit(whole->digits.data[i]);
  }
  size_t shifted = whole->digits.length - i;
  for (; i < whole->digits.length; i++) {
    rest = rest || whole->digits.data[i] != '0';
  }
  if (shifted > 300) {
    return false;
  }
  double value = ldexp((double)(top | (uint64_t)rest), 4 * (int)shifted);
  *out = whole->negative && value != 0 ? -value : value; /* an int has no -0 */
  return isfinite(value);
}

static bool starts_hex(struct sl_text t) {
  return t.length >= 2 && t.data[0] == '0' && t.data[1] == 'x';
}

static struct sl_text after_prefix(struct sl_text t) {
  return (struct sl_text){ t.data + 2, t.length - 2 };
}

bool sl_text_to_bigint(struct sl_text text, int64_t *out, struct sl_buffer *scratch) {
  struct sl_text t = sl_text_strip(text);
  int base = starts_hex(t) ? 16 : 10;
  struct sl_buffer b = { 0 };
  struct whole whole;
  struct sl_decimal d;
  bool ok = to_ascii(base == 16 ? after_prefix(t) : t, &b) && read_whole(&b, base, &whole) &&
            whole_to_decimal(&whole, base, &d) && sl_decimal_to_int64(d, out);
  sl_buffer_release_part(&b, scratch);
  return ok;
}

static size_t digit_run(const char *at, const char *end) {
  const char *start = at;
  while (at < end && is_digit(*at)) {
    at++;
  }
  return (size_t)(at - start);
}

/* Takes underscores out; each must stand between two digits. */
static bool drop_underscores(struct sl_buffer *b) {
  size_t n = 0;
  for (size_t i = 0; i < b->length; i++) {
    if (b->data[i] != '_') {
      b->data[n++] = b->data[i];
    } else if (i == 0 || i + 1 == b->length || !is_digit(b->data[i - 1]) ||
               !is_digit(b->data[i + 1])) {
      return false;
    }
  }
  b->data[n] = '\0';
  b->length = n;
  return true;
}

/* digits[.digits][e[sign]digits], inf, infinity or nan, after a sign: strtod alone also takes
 * hexadecimal floats and nan(…). */
static bool is_float(const char *at, const char *end) {
  at += at < end && (*at == '+' || *at == '-');
  size_t left = (size_t)(end - at);
  if ((left == 3 && (strncasecmp(at, "inf", 3) == 0 || strncasecmp(at, "nan", 3) == 0)) ||
      (left == 8 && strncasecmp(at, "infinity", 8) == 0)) {
    return true;
  }
  size_t whole = digit_run(at, end);
  at += whole;
  size_t fraction = 0;
  if (at < end && *at == '.') {
    at++;
    fraction = digit_run(at, end);
    at += fraction;
  }
  if (whole + fraction == 0) {
    return false;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    at += at < end && (*at == '+' || *at == '-');
    size_t exponent = digit_run(at, end);
    at += exponent;
    return exponent > 0 && at == end;
  }
  return at == end;
}

bool sl_text_to_float(struct sl_text text, double *out, struct sl_buffer *scratch) {
  struct sl_buffer b = { 0 };
  bool ok = to_ascii(text, &b) && drop_underscores(&b);
  if (ok) {
    const char *at = b.data;
    const char *end = at + b.length;
    while (at < end && is_space(*at)) {
      at++;
    }
    while (end > at && is_space(end[-1])) {
      end--;
    }
    ok = is_float(at, end);
    *out = ok ? sl_real_parse(at, NULL) : 0;
  }
  sl_buffer_release_part(&b, scratch);
  return ok;
}

bool sl_text_to_double(struct sl_text text, double *out, struct sl_buffer *scratch) {
  struct sl_text t = sl_text_strip(text);
  if (!starts_hex(t)) {
    return sl_text_to_float(t, out, scratch);
  }
  struct sl_buffer b = { 0 };
  struct whole whole;
  bool ok =
      to_ascii(after_prefix(t), &b) && read_whole(&b, 16, &whole) && hex_to_double(&whole, out);
  sl_buffer_release_part(&b, scratch);
  return ok;
}

bool sl_text_to_decimal(struct sl_text text, struct sl_decimal *out, struct sl_buffer *scratch) {
  struct sl_text t = sl_text_strip(text);
  struct sl_buffer b = { 0 };
  struct whole whole;
  bool ok;
  if (starts_hex(t)) {
    ok = to_ascii(after_prefix(t), &b) && read_whole(&b, 16, &whole) &&
         whole_to_decimal(&whole, 16, out);
  } else {
    ok = to_ascii(t, &b);
    size_t n = 0;
    for (size_t i = 0; ok && i < b.length; i++) { /* Decimal() takes underscores anywhere */
      if (b.data[i] != '_') {
        b.data[n++] = b.data[i];
      }
    }
    ok = ok && sl_decimal_parse((struct sl_text){ b.data, n }, out);
  }
  sl_buffer_release_part(&b, scratch);
  return ok;
}
