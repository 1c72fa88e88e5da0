/* text.h - borrowed text and growing byte buffers.
 *
 * Text is UTF-8 and may hold NUL, so it is a pointer and a length. A buffer keeps a NUL
 * after its last byte, so its data can be used as a C string. May include base/memory.h. */
#ifndef SL_BASE_TEXT_H
#define SL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sluice/error.h>

struct sl_text { /* borrowed, not terminated */
  const char *data;
  size_t length;
};

#define SL_TEXT_LITERAL(s) ((struct sl_text){ (s), sizeof(s) - 1 })

static inline struct sl_text sl_text_of(const char *s) {
  return (struct sl_text){ s, s == NULL ? 0 : strlen(s) };
}

static inline bool sl_text_equal(struct sl_text a, struct sl_text b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

struct sl_buffer { /* all-zero is a valid empty buffer; data is NULL until the first byte */
  char *data;
  size_t length, capacity;
  bool failed; /* out of memory: later appends do nothing, check once at the end */
};

/* Appends never fail at the call; ask sl_buffer_check at the end. */
void sl_buffer_append(struct sl_buffer *b, const void *bytes, size_t length);
void sl_buffer_text(struct sl_buffer *b, const char *text);
void sl_buffer_char(struct sl_buffer *b, char c);
void sl_buffer_printf(struct sl_buffer *b, const char *format, ...) SL_PRINTF(2, 3);
bool sl_buffer_reserve(struct sl_buffer *b, size_t more); /* room for `more` bytes and a NUL */
void sl_buffer_reset(struct sl_buffer *b);                /* empties, keeps the memory */
void sl_buffer_release(struct sl_buffer *b);
/* Of a buffer that was made for another one, which has failed if this one has. */
void sl_buffer_release_part(struct sl_buffer *part, struct sl_buffer *whole);
char *sl_buffer_take(struct sl_buffer *b); /* malloc'ed C string, caller frees; NULL = no memory */
sl_status sl_buffer_check(const struct sl_buffer *b, struct sl_error *err);

/* 0 to 15; -1 = no hexadecimal digit. */
static inline int sl_hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* Number of code points; `text` must be valid UTF-8. */
size_t sl_utf8_count(const char *text, size_t length);
/* Bytes of the longest beginning of at most `most` bytes that ends with a whole character. */
size_t sl_utf8_cut(const char *text, size_t length, size_t most);
/* True when `text` is valid UTF-8 (surrogates and over-long forms refused). */
bool sl_utf8_valid(const char *text, size_t length);
/* Decodes one code point at *at and advances; -1 = invalid (advances one byte). */
int32_t sl_utf8_next(const char **at, const char *end);
/* Writes 1-4 bytes, returns how many. */
size_t sl_utf8_write(char out[4], uint32_t code_point);

/* Edit distance for "did you mean"; at most `limit` + 1. */
size_t sl_text_distance(const char *a, const char *b, size_t limit);
/* True when `text` matches a pattern with * ? and [sets], as a shell's. */
bool sl_text_glob(const char *pattern, const char *text);
/* True when `text` matches one of the comma-separated patterns. */
bool sl_text_glob_list(const char *patterns, const char *text);
/* True when `text` stands in a list that ends with NULL. */
bool sl_text_is_one_of(const char *const *list, const char *text);
/* "1.4 GB", "312 KB"; powers of 1000. */
void sl_format_bytes(char out[32], int64_t bytes);
/* "1,234,567" */
void sl_format_count(char out[32], int64_t count);

#endif
