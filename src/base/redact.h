/* redact.h - texts without the secrets in them, for messages, traces and logs.
 *
 * May include base/text.h. */
#ifndef SL_BASE_REDACT_H
#define SL_BASE_REDACT_H

#include "base/text.h"

/* Appends text with the passwords of URLs and of key=value pairs like password= and token= hidden.
 */
void sl_redact(struct sl_buffer *out, const char *text);
/* The same as a new text; malloc'ed, NULL = no memory. */
char *sl_redact_copy(const char *text);

#endif
