/* text.c - see text.h. */
#include "base/text.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/real.h"

bool sl_buffer_reserve(struct sl_buffer *b, size_t more) {
  if (b->failed || more > SIZE_MAX / 2 - b->length) {
    b->failed = true;
    return false;
  }
  size_t need = b->length + more + 1;
  if (need <= b->capacity) {
    return true;
  }
  size_t wanted = b->capacity < 64 ? 64 : b->capacity;
  while (wanted < need) {
    wanted *= 2;
  }
  char *grown = realloc(b->data, wanted);
  if (grown == NULL) {
    b->failed = true;
    return false;
  }
  b->data = grown;
  b->capacity = wanted;
  return true;
}

void sl_buffer_append(struct sl_buffer *b, const void *bytes, size_t length) {
  if (!sl_buffer_reserve(b, length)) {
    return;
  }
  if (length > 0) {
    memcpy(b->data + b->length, bytes, length);
  }
  b->length += length;
  b->data[b->length] = '\0';
}

void sl_buffer_text(struct sl_buffer *b, const char *text) {
  sl_buffer_append(b, text, strlen(text));
}

void sl_buffer_char(struct sl_buffer *b, char c) {
  sl_buffer_append(b, &c, 1);
}

void sl_buffer_printf(struct sl_buffer *b, const char *format, ...) {
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length >= 0 && sl_buffer_reserve(b, (size_t)length)) {
    vsnprintf(b->data + b->length, (size_t)length + 1, format, again);
    b->length += (size_t)length;
  }
  va_end(again);
}

void sl_buffer_reset(struct sl_buffer *b) {
  b->length = 0;
  b->failed = false;
  if (b->data != NULL) {
    b->data[0] = '\0';
  }
}

void sl_buffer_release(struct sl_buffer *b) {
  free(b->data);
  *b = (struct sl_buffer){ 0 };
}

void sl_buffer_release_part(struct sl_buffer *part, struct sl_buffer *whole) {
  whole->failed = whole->failed || part->failed;
  sl_buffer_release(part);
}

char *sl_buffer_take(struct sl_buffer *b) {
  char *text = NULL;
  if (sl_buffer_reserve(b, 0)) {
    b->data[b->length] = '\0';
    text = b->data;
    b->data = NULL;
  }
  sl_buffer_release(b);
  return text;
}

sl_status sl_buffer_check(const struct sl_buffer *b, struct sl_error *err) {
  return b->failed ? sl_fail(err, SL_ENOMEM, "out of memory building text") : SL_OK;
}

size_t sl_utf8_cut(const char *text, size_t length, size_t most) {
  size_t n = length < most ? length : most;
  while (n > 0 && n < length && ((unsigned char)text[n] & 0xC0U) == 0x80U) {
    n--;
  }
  return n;
}

size_t sl_utf8_count(const char *text, size_t length) {
  size_t count = 0;
  for (size_t i = 0; i < length; i++) {
    count += ((unsigned char)text[i] & 0xC0U) != 0x80U;
  }
  return count;
}

/* Length of the sequence that starts with `lead` and its smallest code point; 0 = invalid. */
static int utf8_sequence(unsigned char lead, uint32_t *bits, uint32_t *smallest) {
  if (lead < 0x80) {
    *bits = lead, *smallest = 0;
    return 1;
  }
  if (lead >= 0xC2 && lead < 0xE0) {
    *bits = lead & 0x1FU, *smallest = 0x80;
    return 2;
  }
  if (lead >= 0xE0 && lead < 0xF0) {
    *bits = lead & 0x0FU, *smallest = 0x800;
    return 3;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    *bits = lead & 0x07U, *smallest = 0x10000;
    return 4;
  }
  return 0;
}

int32_t sl_utf8_next(const char **at, const char *end) {
  const unsigned char *p = (const unsigned char *)*at;
  uint32_t code = 0;
  uint32_t smallest = 0;
  int length = utf8_sequence(*p, &code, &smallest);
  if (length == 0 || end - *at < length) {
    *at += 1;
    return -1;
  }
  for (int i = 1; i < length; i++) {
    if ((p[i] & 0xC0U) != 0x80U) {
      *at += 1;
      return -1;
    }
    code = (code << 6) | (p[i] & 0x3FU);
  }
  if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    *at += 1;
    return -1;
  }
  *at += length;
  return (int32_t)code;
}

bool sl_utf8_valid(const char *text, size_t length) {
  const char *end = text + length;
  while (text < end) {
    uint64_t word;
    if (end - text >= 8 && (memcpy(&word, text, 8), (word & 0x8080808080808080ULL) == 0)) {
      text += 8; /* eight ASCII bytes */
    } else if (sl_utf8_next(&text, end) < 0) {
      return false;
    }
  }
  return true;
}

size_t sl_utf8_write(char out[4], uint32_t c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xC0 | (c >> 6));
    out[1] = (char)(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xE0 | (c >> 12));
    out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | (c >> 18));
  out[1] = (char)(0x80 | ((c >> 12) & 0x3F));
  out[2] = (char)(0x80 | ((c >> 6) & 0x3F));
  out[3] = (char)(0x80 | (c & 0x3F));
  return 4;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

size_t sl_text_distance(const char *a, const char *b, size_t limit) {
  enum { MOST = 64 };
  size_t n = strlen(a);
  size_t m = strlen(b);
  if (n >= MOST || m >= MOST) {
    return limit + 1;
  }
  size_t row[MOST + 1];
  for (size_t j = 0; j <= m; j++) {
    row[j] = j;
  }
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t above = row[j];
      size_t cost = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = smaller(cost, smaller(above, row[j - 1]) + 1);
      diagonal = above;
    }
  }
  return smaller(row[m], limit + 1);
}

bool sl_text_glob(const char *pattern, const char *text) {
  return fnmatch(pattern, text, 0) == 0;
}

bool sl_text_is_one_of(const char *const *list, const char *text) {
  while (*list != NULL && strcmp(*list, text) != 0) {
    list++;
  }
  return *list != NULL;
}

bool sl_text_glob_list(const char *patterns, const char *text) {
  char pattern[512];
  for (const char *at = patterns;; at++) {
    size_t length = strcspn(at, ",");
    size_t blank = strspn(at, " ");
    const char *start = blank < length ? at + blank : at;
    size_t kept = length - (size_t)(start - at);
    while (kept > 0 && start[kept - 1] == ' ') {
      kept--;
    }
    snprintf(pattern, sizeof pattern, "%.*s", (int)kept, start);
    if (kept > 0 && sl_text_glob(pattern, text)) {
      return true;
    }
    at += length;
    if (*at == '\0') {
      return false;
    }
  }
}

void sl_format_bytes(char out[32], int64_t bytes) {
  static const char *const units[] = { "B", "KB", "MB", "GB", "TB", "PB" };
  double value = (double)bytes;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
    value /= 1000.0;
    unit++;
  }
  char number[SL_REAL_CHARS];
  sl_real_print_fixed(number, value, unit > 0 && value < 9.95 ? 1 : 0);
  snprintf(out, 32, "%.8s %s", number, units[unit]);
}

void sl_format_count(char out[32], int64_t count) {
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRId64, count);
  char *to = out;
  const char *from = digits;
  if (*from == '-') {
    *to++ = *from++;
  }
  for (size_t left = strlen(from); left > 0; left--) {
    *to++ = *from++;
    if (left > 1 && left % 3 == 1) {
      *to++ = ',';
    }
  }
  *to = '\0';
}
