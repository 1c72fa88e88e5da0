/* key_middle.c - a value between two values of a key, whatever its type.
 *
 * It need not be a value of the table, and need not lie exactly in the middle: the server compares
 * with it, so that every row falls on one side in any case, and tells how many do. A bad guess
 * only makes parts of unlike size. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/time.h"
#include "sources/mysql/split.h"

static bool is_zero_date(const char *text) {
  return strncmp(text, "0000", 4) == 0;
}

static bool middle_integer(const char *low, const char *high, struct sl_buffer *out) {
  struct sl_decimal a, b;
  if (!sl_decimal_parse(sl_text_of(low), &a) || !sl_decimal_parse(sl_text_of(high), &b) ||
      a.scale != 0 || b.scale != 0 || b.coefficient - a.coefficient < 1) {
    return false;
  }
  char text[48];
  struct sl_decimal middle = { a.coefficient + (b.coefficient - a.coefficient + 1) / 2, 0 };
  sl_decimal_print(text, middle);
  sl_buffer_text(out, text);
  return true;
}

static bool middle_time(const char *low, const char *high, struct sl_buffer *out) {
  struct sl_iso a, b;
  char text[40];
  if (is_zero_date(low) || !sl_iso_parse(sl_text_of(low), &a) ||
      !sl_iso_parse(sl_text_of(high), &b) || a.kind != b.kind) {
    return false;
  }
  if (a.kind == SL_ISO_DATE) {
    sl_date_print(text, a.days + (b.days - a.days + 1) / 2);
    sl_buffer_text(out, text);
    return b.days > a.days;
  }
  sl_timestamp_print(text, a.micros + (b.micros - a.micros + 1) / 2, false);
  text[10] = ' ';
  sl_buffer_text(out, text);
  return b.micros > a.micros;
}

/* ---- texts as numbers: the digits are ranks of characters ---- */

enum { DIGITS = 8 };

struct alphabet {
  unsigned size;
  unsigned first; /* letters of lower rank are not used: collations differ in the order of signs */
  unsigned (*rank)(unsigned char c);
  unsigned char (*letter)(unsigned rank);
};

/* Most collations put signs before digits before letters, and take no notice of capitals. */
static const char folded[] =
    " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789abcdefghijklmnopqrstuvwxyz";
enum { FOLDED_SIGNS = sizeof folded - 1 - 36 };

static unsigned folded_rank(unsigned char c) {
  unsigned char lower = c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
  const char *at = lower == 0 ? NULL : strchr(folded, lower);
  return at != NULL ? (unsigned)(at - folded) : c < ' ' ? 0 : (unsigned)sizeof folded - 2;
}
static unsigned char folded_letter(unsigned rank) {
  return (unsigned char)folded[rank];
}

/* Collations named _bin compare code points; what is no ASCII counts as the last sign. */
static unsigned ascii_rank(unsigned char c) {
  return c < ' ' ? 0 : c > '~' ? (unsigned)('~' - ' ') : (unsigned)(c - ' ');
}
static unsigned char ascii_letter(unsigned rank) {
  return (unsigned char)(' ' + rank);
}

static unsigned byte_rank(unsigned char c) {
  return c;
}
static unsigned char byte_letter(unsigned rank) {
  return (unsigned char)rank;
}

static const struct alphabet alphabets[] = {
  [MARIA_KEY_TEXT] = { (unsigned)sizeof folded - 1, FOLDED_SIGNS, folded_rank, folded_letter },
  [MARIA_KEY_TEXT_BINARY] = { '~' - ' ' + 1, 0, ascii_rank, ascii_letter },
  [MARIA_KEY_BINARY] = { 256, 0, byte_rank, byte_letter },
};

static sl_uint128 number_of(const struct alphabet *a, struct sl_text text) {
  sl_uint128 value = 0;
  for (size_t i = 0; i < DIGITS; i++) {
    value = value * a->size + (i < text.length ? a->rank((unsigned char)text.data[i]) : 0);
  }
  return value;
}

/* Bytes that both begin with; never a part of a character. */
static size_t same_bytes(const struct alphabet *a, struct sl_text low, struct sl_text high) {
  size_t same = 0;
  while (same < low.length && same < high.length) {
    unsigned char x = (unsigned char)low.data[same];
    unsigned char y = (unsigned char)high.data[same];
    if (x != y && (x >= 0x80 || y >= 0x80 || a->rank(x) != a->rank(y))) {
      break;
    }
    same++;
  }
  while (a->size < 256 && same > 0 &&
         ((same < low.length && ((unsigned char)low.data[same] & 0xC0) == 0x80) ||
          (same < high.length && ((unsigned char)high.data[same] & 0xC0) == 0x80))) {
    same--;
  }
  return same;
}

static bool middle_text(const struct alphabet *a, struct sl_text low, struct sl_text high,
                        struct sl_buffer *out) {
  size_t same = same_bytes(a, low, high);
  sl_uint128 from = number_of(a, (struct sl_text){ low.data + same, low.length - same });
  sl_uint128 to = number_of(a, (struct sl_text){ high.data + same, high.length - same });
  if (to <= from + 1) {
    return false;
  }
  char letters[DIGITS];
  sl_uint128 middle = from + (to - from) / 2;
  for (size_t i = DIGITS; i-- > 0;) {
    letters[i] = (char)a->letter((unsigned)(middle % a->size));
    middle /= a->size;
  }
  char raised[DIGITS];
  bool sign = false;
  for (size_t i = 0; i < DIGITS; i++) {
    sign = sign || a->rank((unsigned char)letters[i]) < a->first;
    raised[i] = sign ? (char)a->letter(a->first) : letters[i];
  }
  bool fits = number_of(a, (struct sl_text){ raised, DIGITS }) < to;
  sl_buffer_append(out, low.data, same);
  sl_buffer_append(out, fits ? raised : letters, DIGITS);
  return true;
}

/* Binary keys are hexadecimal texts everywhere else. */
static bool unhex(const char *text, struct sl_buffer *out) {
  for (size_t i = 0; text[i] != '\0' && text[i + 1] != '\0'; i += 2) {
    const char pair[] = { text[i], text[i + 1], '\0' };
    sl_buffer_char(out, (char)strtoul(pair, NULL, 16));
  }
  return !out->failed && out->length > 0;
}

static bool middle_binary(const char *low, const char *high, struct sl_buffer *out) {
  struct sl_buffer a = { 0 };
  struct sl_buffer b = { 0 };
  struct sl_buffer middle = { 0 };
  bool found = unhex(low, &a) && unhex(high, &b) &&
               middle_text(&alphabets[MARIA_KEY_BINARY], (struct sl_text){ a.data, a.length },
                           (struct sl_text){ b.data, b.length }, &middle);
  for (size_t i = 0; found && i < middle.length; i++) {
    sl_buffer_printf(out, "%02X", (unsigned)(unsigned char)middle.data[i]);
  }
  sl_buffer_release(&a);
  sl_buffer_release(&b);
  sl_buffer_release(&middle);
  return found;
}

bool maria_key_middle(enum maria_key_kind kind, const char *low, const char *high,
                      struct sl_buffer *out) {
  switch (kind) {
    case MARIA_KEY_INTEGER: return middle_integer(low, high, out);
    case MARIA_KEY_TIME: return middle_time(low, high, out);
    case MARIA_KEY_BINARY: return middle_binary(low, high, out);
    case MARIA_KEY_TEXT:
    case MARIA_KEY_TEXT_BINARY:
      return middle_text(&alphabets[kind], sl_text_of(low), sl_text_of(high), out);
    case MARIA_KEY_OTHER: break;
  }
  return false;
}
