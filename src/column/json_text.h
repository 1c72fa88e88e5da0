/* json_text.h - texts and integers as JSON has them, fast. May include base/. */
#ifndef SL_COLUMN_JSON_TEXT_H
#define SL_COLUMN_JSON_TEXT_H

#include "base/text.h"

/* Appends a JSON string with its quotes, escaped as orjson does: UTF-8 stays as it is. Bytes that
 * are no UTF-8 become U+FFFD. */
void sl_put_json_text(struct sl_buffer *out, const char *text, size_t length);

enum { SL_INT64_CHARS = 20 };
/* Writes the decimal digits of a number, without a NUL; returns how many characters. */
size_t sl_put_int64(char out[SL_INT64_CHARS], int64_t value);

#endif
