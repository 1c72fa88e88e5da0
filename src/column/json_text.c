/* json_text.c - see json_text.h. */
#include "column/json_text.h"

/* One bit in the top of each byte that ends a plain run: below 0x20, a quote, a backslash. Bits
 * above the lowest one that is set may be wrong. */
static uint64_t special_bytes(uint64_t word) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  const uint64_t tops = ones << 7;
  uint64_t quote = word ^ ones * '"';
  uint64_t backslash = word ^ ones * '\\';
  return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
          ((backslash - ones) & ~backslash)) &
         tops;
}

static bool is_special(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

/* Bytes before the first one that has to be escaped; *high is set when one of them is not ASCII. */
static size_t plain_run(const char *text, size_t length, bool *high) {
  size_t i = 0;
  uint64_t seen = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, text + i, 8);
    if (special_bytes(word) != 0) {
      break;
    }
    seen |= word;
  }
  for (; i < length && !is_special((unsigned char)text[i]); i++) {
    seen |= (unsigned char)text[i];
  }
  *high = *high || (seen & UINT64_C(0x8080808080808080)) != 0;
  return i;
}

static void put_escape(struct sl_buffer *out, unsigned char c) {
  static const char letters[] = "btn?fr"; /* of 8 to 13 */
  static const char hex[] = "0123456789abcdef";
  char text[6] = { '\\', (char)c, '0', '0', '0', '0' };
  size_t n = 2;
  if (c >= 8 && c <= 13 && c != 11) {
    text[1] = letters[c - 8];
  } else if (c < 0x20) {
    text[1] = 'u';
    text[4] = hex[c >> 4];
    text[5] = hex[c & 15];
    n = 6;
  }
  sl_buffer_append(out, text, n);
}

/* Plain bytes of which some are not ASCII and not all are UTF-8. */
static void put_repaired(struct sl_buffer *out, const char *text, size_t length) {
  const char *end = text + length;
  while (text < end) {
    const char *from = text;
    if (sl_utf8_next(&text, end) < 0) {
      sl_buffer_text(out, "\xEF\xBF\xBD");
    } else {
      sl_buffer_append(out, from, (size_t)(text - from));
    }
  }
}

void sl_put_json_text(struct sl_buffer *out, const char *text, size_t length) {
  if (!sl_buffer_reserve(out, length + 2)) {
    return;
  }
  out->data[out->length++] = '"';
  for (size_t i = 0; i < length;) {
    bool high = false;
    size_t run = plain_run(text + i, length - i, &high);
    if (high && !sl_utf8_valid(text + i, run)) { /* a special byte never is part of a sequence */
      put_repaired(out, text + i, run);
    } else {
      sl_buffer_append(out, text + i, run);
    }
    i += run;
    if (i < length) {
      put_escape(out, (unsigned char)text[i++]);
    }
  }
  sl_buffer_char(out, '"');
}

size_t sl_put_int64(char out[SL_INT64_CHARS], int64_t value) {
  static const char pairs[] =
      "00010203040506070809101112131415161718192021222324252627282930313233"
      "34353637383940414243444546474849505152535455565758596061626364656667"
      "6869707172737475767778798081828384858687888990919293949596979899";
  char digits[SL_INT64_CHARS];
  char *at = digits + sizeof digits;
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  while (rest >= 100) {
    at -= 2;
    memcpy(at, pairs + rest % 100 * 2, 2);
    rest /= 100;
  }
  if (rest >= 10) {
    at -= 2;
    memcpy(at, pairs + rest * 2, 2);
  } else {
    *--at = (char)('0' + rest);
  }
  size_t n = (size_t)(digits + sizeof digits - at);
  out[0] = '-';
  memcpy(out + (value < 0), at, n);
  return n + (value < 0);
}
