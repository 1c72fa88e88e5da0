/* unicode.c - see unicode.h. */
#include "base/unicode.h"

/* Every run starts with the digit zero; 0x1D7CE holds five alphabets of digits. */
static const struct {
  uint32_t first, count;
} digit_runs[] = {
  { 0x660, 10 },   { 0x6F0, 10 },   { 0x7C0, 10 },   { 0x966, 10 },   { 0x9E6, 10 },
  { 0xA66, 10 },   { 0xAE6, 10 },   { 0xB66, 10 },   { 0xBE6, 10 },   { 0xC66, 10 },
  { 0xCE6, 10 },   { 0xD66, 10 },   { 0xDE6, 10 },   { 0xE50, 10 },   { 0xED0, 10 },
  { 0xF20, 10 },   { 0x1040, 10 },  { 0x1090, 10 },  { 0x17E0, 10 },  { 0x1810, 10 },
  { 0x1946, 10 },  { 0x19D0, 10 },  { 0x1A80, 10 },  { 0x1A90, 10 },  { 0x1B50, 10 },
  { 0x1BB0, 10 },  { 0x1C40, 10 },  { 0x1C50, 10 },  { 0xA620, 10 },  { 0xA8D0, 10 },
  { 0xA900, 10 },  { 0xA9D0, 10 },  { 0xA9F0, 10 },  { 0xAA50, 10 },  { 0xABF0, 10 },
  { 0xFF10, 10 },  { 0x104A0, 10 }, { 0x10D30, 10 }, { 0x11066, 10 }, { 0x110F0, 10 },
  { 0x11136, 10 }, { 0x111D0, 10 }, { 0x112F0, 10 }, { 0x11450, 10 }, { 0x114D0, 10 },
  { 0x11650, 10 }, { 0x116C0, 10 }, { 0x11730, 10 }, { 0x118E0, 10 }, { 0x11950, 10 },
  { 0x11C50, 10 }, { 0x11D50, 10 }, { 0x11DA0, 10 }, { 0x16A60, 10 }, { 0x16AC0, 10 },
  { 0x16B50, 10 }, { 0x1D7CE, 50 }, { 0x1E140, 10 }, { 0x1E2F0, 10 }, { 0x1E950, 10 },
  { 0x1FBF0, 10 },
};

int sl_unicode_digit(int32_t c) {
  if (c < 0x80) {
    return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
  }
  uint32_t point = (uint32_t)c;
  size_t low = 0;
  size_t high = sizeof digit_runs / sizeof digit_runs[0];
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (point < digit_runs[middle].first) {
      high = middle;
    } else if (point >= digit_runs[middle].first + digit_runs[middle].count) {
      low = middle + 1;
    } else {
      return (int)((point - digit_runs[middle].first) % 10);
    }
  }
  return -1;
}

bool sl_unicode_is_space(int32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

struct sl_text sl_text_strip(struct sl_text in) {
  if (in.length == 0) {
    return in;
  }
  const char *end = in.data + in.length;
  const char *at = in.data;
  while (at < end) {
    const char *next = at;
    if (!sl_unicode_is_space(sl_utf8_next(&next, end))) {
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
    if (!sl_unicode_is_space(sl_utf8_next(&next, end)) || next != end) {
      break;
    }
    end = last;
  }
  return (struct sl_text){ at, (size_t)(end - at) };
}
