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
  unsigned (*rank)(unsigned char c);
  unsigned char (*letter)(unsigned rank);
};

/* Most collations put signs before digits before letters, and take no notice of capitals. */
static const char folded[] =
    " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789abcdefghijklmnopqrstuvwxyz";

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
  [MARIA_KEY_TEXT] = { (unsigned)sizeof folded - 1, folded_rank, folded_letter },
  [MARIA_KEY_TEXT_BINARY] = { '~' - ' ' + 1, ascii_rank, ascii_letter },
  [MARIA_KEY_BINARY] = { 256, byte_rank, byte_letter },
};

static sl_uint128 number_of(const struct alphabet *a, struct sl_text text) {
  sl_uint128 value = 0;
  for (size_t i = 0; i < DIGITS; i++) {
    value = value * a->size + (i < text.length ? a->rank((unsigned char)text.data[i]) : 0);
  }
  return value;
}

static bool middle_text(const struct alphabet *a, struct sl_text low, struct sl_text high,
                        struct sl_buffer *out) {
  size_t same = 0;
  while (same < low.length && same < high.length &&
         a->rank((unsigned char)low.data[same]) == a->rank((unsigned char)high.data[same])) {
    if ((unsigned char)low.data[same] >= 0x80 && a->size < 256) {
      return false; /* characters of several bytes are not cut */
    }
    same++;
  }
  sl_uint128 from = number_of(a, (struct sl_text){ low.data + same, low.length - same });
  sl_uint128 to = number_of(a, (struct sl_text){ high.data + same, high.length - same });
  if (to <= from + 1) {
    return false;
  }
  sl_uint128 middle = from + (to - from) / 2;
  char letters[DIGITS];
  for (size_t i = DIGITS; i-- > 0;) {
    letters[i] = (char)a->letter((unsigned)(middle % a->size));
    middle /= a->size;
  }
  sl_buffer_append(out, low.data, same);
  sl_buffer_append(out, letters, DIGITS);
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
