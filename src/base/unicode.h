/* unicode.h - the two properties of characters that dlt's rules ask for: decimal digits, white
 * space.
 *
 * As Python 3.11 answers (Unicode 14.0): names and numbers of other scripts are read as dlt reads
 * them. May include base/text.h. */
#ifndef SL_BASE_UNICODE_H
#define SL_BASE_UNICODE_H

#include "base/text.h"

/* 0 to 9 for a decimal digit of any script (category Nd: what Python's \d and int() take), else -1.
 */
int sl_unicode_digit(int32_t code_point);
/* What Python's str.strip() takes away. */
bool sl_unicode_is_space(int32_t code_point);
/* `in` without the white space around it. */
struct sl_text sl_text_strip(struct sl_text in);

#endif
